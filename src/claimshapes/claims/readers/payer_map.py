"""A site's payer ids and names, and the payers of the ontology that they mean."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from claimshapes.errors import InputError
from claimshapes.knowledge.format_terms import format_terms

COLUMNS = ("id", "name", "payer")


@dataclass(frozen=True, slots=True)
class PayerMap:
    """Which payer of the ontology a site's id or name means.

    Attributes:
        ids: payers by the site's id, as it is written.
        names: payers by name, in small letters with single blanks.
    """

    ids: Mapping[str, str]
    names: Mapping[str, str]

    def payer(self, stated: Iterable[str]) -> str | None:
        """The payer that an id or name means; an id counts before a name.

        Args:
            stated: the ids and names that a claim states, in order.
        """
        stated = [text.strip() for text in stated]
        found = [self.ids.get(text) for text in stated]
        found += [self.names.get(_plain(text)) for text in stated]
        return next(filter(None, found), None)


def read_payer_map(file: str | os.PathLike[str]) -> PayerMap:
    """Reads a CSV file with the columns ``id``, ``name`` and ``payer``.

    A row has an id, a name or both, and a payer of the ontology. Columns may stand in any order,
    and one of ``id`` and ``name`` may be missing.

    Raises:
        InputError: the file cannot be read, has other columns or no rows, or a row has neither id
            nor name, no payer of the ontology, or an id or name that came before; names the line.
    """
    name = os.fspath(file)
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as stream:
            return _read(csv.DictReader(stream, strict=True), name)
    except OSError as error:
        raise InputError(error.strerror or str(error), file=name) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8", file=name) from error
    except csv.Error as error:
        raise InputError(f"is not CSV: {error}", file=name) from error


def _read(reader: csv.DictReader[str], file: str) -> PayerMap:
    header = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = header
    expected = f"expected the columns {', '.join(COLUMNS)}"
    if not header:
        raise InputError(f"is empty; {expected}", file=file)
    if "payer" not in header or len(header) < 2 or len(set(header)) < len(header):
        raise InputError(expected, file=file, line=1)
    unknown = [column for column in header if column not in COLUMNS]
    if unknown:
        raise InputError(f"unknown column '{unknown[0]}'; {expected}", file=file, line=1)
    ids: dict[str, str] = {}
    names: dict[str, str] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in reader:
        line = reader.line_num
        if None in row or None in row.values():
            raise InputError(f"expected {len(header)} values", file=file, line=line)
        fields = {column: text.strip() for column, text in row.items()}
        payer = fields["payer"]
        if payer not in format_terms().payers:
            known = ", ".join(sorted(format_terms().payers))
            reason = f"unknown payer '{payer}'" if payer else "no payer"
            raise InputError(f"{reason}; the payers are {known}", file=file, line=line)
        if not fields.get("id") and not fields.get("name"):
            raise InputError("neither an id nor a name", file=file, line=line)
        for column, text, known_payers in (
            ("id", fields.get("id", ""), ids),
            ("name", _plain(fields.get("name", "")), names),
        ):
            if not text:
                continue
            first = lines.setdefault((column, text), line)
            if first != line:
                reason = f"the {column} of line {first} comes again"
                raise InputError(reason, file=file, line=line)
            known_payers[text] = payer
    if not ids and not names:
        raise InputError("has no rows", file=file)
    return PayerMap(ids, names)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
