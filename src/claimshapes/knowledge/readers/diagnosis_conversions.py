"""The conversion table of ICD-10-CM: each code that came later, with those it was reported by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from claimshapes.errors import InputError
from claimshapes.knowledge.descriptions import Cell
from claimshapes.knowledge.readers.table_rows import TableRows
from claimshapes.knowledge.recognition import Recognized, last_day, named_rows, refuse_more_rows
from claimshapes.knowledge.rows import codes_of_range, converted

_BETWEEN = re.compile(r"\s*(?:[,;&]|\band\b)\s*", re.IGNORECASE)
_HALF_A_YEAR = 6


def read_diagnosis_conversions(
    recognized: Sequence[Recognized], edition: date, left_out: Counter[str], details: dict[str, str]
) -> dict[str, TableRows]:
    """Pairs of a code and one that it took the place of, with the first day.

    Raises:
        InputError: a value is not of its form.
    """
    details["coveredThrough"] = last_day(edition, _HALF_A_YEAR).isoformat()
    description = recognized[0].description
    pairs: set[tuple[str, str, str]] = set()
    for each in recognized:
        cells = each.layout.cells
        for number, values in named_rows(each):
            try:
                code = converted(cells["code"], values["current"])
                since = _first_day(cells["valid_from"], values["effective"])
                former = list(_codes(cells["previous"], values["previous"]))
            except ValueError as error:
                raise InputError(f"row {number}: {error}", file=each.sheet.name) from None
            if not since:
                left_out["without an effective date"] += 1
            elif not former:
                left_out["the code before is told in words, or there was none"] += 1
            pairs |= {(code, one, since) for one in former if since and one != code}
            refuse_more_rows(each, len(pairs))
    names = ["code", "previous", "valid_from"]
    return {description.table: TableRows(names, [list(pair) for pair in pairs])}


def _first_day(cell: Cell, text: str) -> str:
    """The first day, which older rows tell by the year in whose October it was."""
    return f"{text}-10-01" if re.fullmatch(r"20\d\d", text) else converted(cell, text)


def _codes(cell: Cell, text: str) -> Iterator[str]:
    """The codes that a cell lists; none where it says them in words."""
    parts = [part for part in _BETWEEN.split(text.strip(" \"'")) if part]
    codes = [one for part in parts for one in codes_of_range(part)]
    if all(re.fullmatch(cell.pattern, one.upper()) for one in codes):
        yield from (converted(cell, one) for one in codes)
