"""Value sets and lists of codes that forms name.

A value set is a set of ``tables/value-sets.csv``; a list is a CSV file of a rules folder, with the
columns ``code``, ``valid_from``, ``valid_through`` and ``source``. A code may be a range
(``M54.0-M54.9``) or the beginning of codes (``M54.*``).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from claimshapes.errors import RuleError

LIST_NS = "https://w3id.org/claimshapes/list/"
SET_NS = "https://w3id.org/claimshapes/value-set/"
LIST_FOLDER = "lists"
COLUMNS = ("code", "valid_from", "valid_through", "source")
"""Those of a list."""
VALUE_SETS = "value-sets.csv"
SET_COLUMNS = ("value_set", "kind", "member", "valid_from", "valid_through", "source")


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of a set or list.

    Attributes:
        code: a code, a range or the beginning of codes.
        valid_from: first date of service, as text; none for every date before the last.
        valid_through: last date of service, as text; none while it lasts.
        line: line in the file.
        source: the document that says so.
    """

    code: str
    valid_from: str | None
    valid_through: str | None
    line: int = 0
    source: str = ""


@dataclass(slots=True)
class CodeLists:
    """The sets and lists by their IRIs.

    Attributes:
        files: the file of each.
    """

    _rows: dict[str, list[ListRow]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)

    def rows(self, iri: str) -> list[ListRow] | None:
        """The rows of a set or list; none where there is none of this name."""
        return self._rows.get(iri)

    def names(self) -> list[str]:
        """The IRIs of all sets and lists."""
        return sorted(self._rows)

    def read(self, ontology: Path, folders: Iterable[Path]) -> CodeLists:
        """Adds the value sets of an ontology and the lists of rules folders.

        Raises:
            RuleError: a list is not CSV, or a name is taken twice; names file and line.
        """
        chosen = list(folders)
        for file in set_files(ontology, chosen):
            self._add_sets(file)
        for file in list_files(chosen):
            iri = LIST_NS + file.stem
            if iri in self.files:
                raise RuleError(f"{file}: there is a list of this name: {self.files[iri]}")
            self.files[iri] = file
            self._rows[iri] = list(_list_rows(file))
        return self

    def _add_sets(self, file: Path) -> None:
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            for row in reader:
                iri = SET_NS + row["value_set"]
                self.files[iri] = file
                self._rows.setdefault(iri, []).append(
                    ListRow(
                        row["member"],
                        row["valid_from"] or None,
                        row["valid_through"] or None,
                        reader.line_num,
                        row["source"],
                    )
                )


def set_files(ontology: Path, folders: Iterable[Path]) -> list[Path]:
    """The files with value sets: that of an ontology, and those of rules folders."""
    own = (folder / VALUE_SETS for folder in folders)
    return [ontology / "tables" / VALUE_SETS, *(file for file in own if file.is_file())]


def list_files(folders: Iterable[Path]) -> list[Path]:
    """The files of rules folders that are lists."""
    return [file for folder in folders for file in sorted(folder.rglob(f"{LIST_FOLDER}/*.csv"))]


def _list_rows(file: Path) -> Iterator[ListRow]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{file}: is not UTF-8 text") from error
    reader = csv.DictReader(text.splitlines(), strict=True)
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise RuleError(f"{file}, line 1: expected the columns {','.join(COLUMNS)}")
        for row in reader:
            place = f"{file}, line {reader.line_num}"
            if not row["code"]:
                raise RuleError(f"{place}: column code is empty")
            for name in ("valid_from", "valid_through"):
                if row[name]:
                    _check_date(row[name], name, place)
            yield ListRow(
                row["code"].strip(),
                row["valid_from"] or None,
                row["valid_through"] or None,
                reader.line_num,
                row["source"] or "",
            )
    except csv.Error as error:
        raise RuleError(f"{file}, line {reader.line_num}: is not CSV: {error}") from error


def _check_date(text: str, name: str, place: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise RuleError(f"{place}: column {name} is no date (YYYY-MM-DD): {text}") from error
