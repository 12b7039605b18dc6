"""Value sets and lists of codes that forms name.

A value set is a set of ``tables/value-sets.csv``; a list is a CSV file of a rules folder, or a
sheet of a workbook, with the columns ``code``, ``valid_from``, ``valid_through`` and ``source``. A
code may be a range (``M54.0-M54.9``) or the beginning of codes (``M54.*``).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from claimshapes.errors import RuleError
from claimshapes.rules.list_workbooks import ListSheet, cell_place, read_list_sheets

LIST_NS = "https://w3id.org/claimshapes/list/"
SET_NS = "https://w3id.org/claimshapes/value-set/"
LIST_FOLDER = "lists"
COLUMNS = ("code", "valid_from", "valid_through", "source")
"""Those of a list."""
OPEN_IN_EXCEL = "~$"
"""How the file begins that Excel keeps next to an open workbook."""
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
            RuleError: a list cannot be read, or a name is taken twice; names file and line.
        """
        chosen = list(folders)
        for file in set_files(ontology, chosen):
            self._add_sets(file)
        for written in written_lists(chosen):
            iri = LIST_NS + written.name
            if iri in self.files:
                raise RuleError(
                    f"{written.place(1)}: there is a list of this name: {self.files[iri]}"
                )
            self.files[iri] = written.file
            self._rows[iri] = list(_list_rows(written))
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
    """The files of rules folders that are lists, or workbooks of lists."""
    return [
        file
        for folder in folders
        for pattern in ("*.csv", "*.xlsx")
        for file in sorted(folder.rglob(f"{LIST_FOLDER}/{pattern}"))
        if not file.name.startswith(OPEN_IN_EXCEL)
    ]


@dataclass(frozen=True, slots=True)
class WrittenList:
    """A list as somebody wrote it.

    Attributes:
        file: the file.
        sheet: the sheet that it is, in a workbook.
    """

    file: Path
    sheet: ListSheet | None = None

    @property
    def name(self) -> str:
        """How forms call it."""
        return self.file.stem if self.sheet is None else self.sheet.name

    def place(self, line: int, column: str = "") -> str:
        """Where something is in it: file and line, or file, sheet, row and column."""
        if self.sheet is None:
            return f"{self.file}, line {line}"
        number = COLUMNS.index(column) + 1 if column else 0
        return f"{self.file}, {cell_place(self.sheet.name, line, number, column)}"

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows with their numbers, as text by column; faults are not looked for.

        Raises:
            RuleError: it is not CSV, or has other columns.
        """
        if self.sheet is None:
            yield from _csv_rows(self)
            return
        head = self.sheet.rows[:1]
        if [cells for _, cells in head] != [list(COLUMNS)]:
            raise RuleError(f"{self.place(1)}: expected the columns {','.join(COLUMNS)}")
        for number, cells in self.sheet.rows[1:]:
            yield number, dict(zip(COLUMNS, cells, strict=True))


def written_lists(folders: Iterable[Path]) -> Iterator[WrittenList]:
    """The lists of rules folders.

    Raises:
        RuleError: a workbook cannot be read, or openpyxl is missing.
    """
    for file in list_files(folders):
        if file.suffix == ".csv":
            yield WrittenList(file)
            continue
        for sheet in read_list_sheets(file, COLUMNS):
            yield WrittenList(file, sheet)


def _csv_rows(written: WrittenList) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = written.file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{written.file}: is not UTF-8 text") from error
    reader = csv.DictReader(text.splitlines(), strict=True)
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise RuleError(f"{written.place(1)}: expected the columns {','.join(COLUMNS)}")
        for row in reader:
            yield reader.line_num, {name: row[name] or "" for name in COLUMNS}
    except csv.Error as error:
        raise RuleError(f"{written.place(reader.line_num)}: is not CSV: {error}") from error


def _list_rows(written: WrittenList) -> Iterator[ListRow]:
    for fault in written.sheet.faults if written.sheet else ():
        if not fault.misleads:
            column = COLUMNS[fault.column - 1] if 0 < fault.column <= len(COLUMNS) else ""
            place = written.place(fault.row, column)
            raise RuleError(f"{place}: {fault.message}; {fault.advice}")
    for line, row in written.rows():
        if not row["code"]:
            raise RuleError(f"{written.place(line)}: column code is empty")
        for name in ("valid_from", "valid_through"):
            if row[name]:
                _check_date(row[name], name, written.place(line))
        yield ListRow(
            row["code"].strip(),
            row["valid_from"] or None,
            row["valid_through"] or None,
            line,
            row["source"],
        )


def _check_date(text: str, name: str, place: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise RuleError(f"{place}: column {name} is no date (YYYY-MM-DD): {text}") from error
