"""The lists of the Definitions of Medicare Code Edits, a manual that is published as a text.

A line with a tab after a code is an entry, and belongs to the heading above it. The table of
contents, the changes since the edition before and the index have headings too, but no lists.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from claimshapes.errors import InputError
from claimshapes.knowledge.readers.table_rows import TableRows
from claimshapes.knowledge.recognition import Recognized, last_day, refuse_more_rows
from claimshapes.knowledge.rows import converted

_ENTRY = re.compile(r"(\*?)([0-9A-Z]{3,7})\s*\t")
_SECTION = re.compile(r"(\d{1,2}|[A-Z])\. |Chapter \d")
_HALF_A_YEAR = 6


def read_code_editor_lists(
    recognized: Sequence[Recognized], edition: date, left_out: Counter[str], details: dict[str, str]
) -> dict[str, TableRows]:
    """The codes of each list, as members of value sets.

    Raises:
        InputError: a list is missing, or an entry has not the form of a code.
    """
    description = recognized[0].description
    details["coveredThrough"] = last_day(edition, _HALF_A_YEAR).isoformat()
    headings = {name: re.compile(form, re.IGNORECASE) for name, form in description.facts.items()}
    members: set[tuple[str, str]] = set()
    for each in recognized:
        assert each.sheet.lines is not None
        current = ""
        for number, line in enumerate(each.sheet.lines(), 1):
            refuse_more_rows(each, number)
            entry = _ENTRY.match(line)
            if entry is None:
                current = _heading(line.strip(), headings, current)
            elif not current:
                left_out["codes of other lists"] += 1
            elif entry[1]:
                left_out["accepted as principal diagnosis with a secondary diagnosis"] += 1
            else:
                try:
                    code = converted(each.layout.cells["code"], entry[2])
                except ValueError as error:
                    raise InputError(f"row {number}: {error}", file=each.sheet.name) from None
                members.add((code, current))
    missing = sorted(headings.keys() - {name for _, name in members})
    if missing:
        raise InputError(
            f"lacks the list {missing[0]}: it is truncated, or its headings changed",
            file=recognized[0].sheet.name,
        )
    return {
        description.table: TableRows(
            ["code", "value_set", "release"], [[code, name, ""] for code, name in members]
        )
    }


def _heading(line: str, headings: dict[str, re.Pattern[str]], current: str) -> str:
    """The list that begins with a line, or goes on after it; none where another section begins."""
    for name, form in headings.items():
        if form.fullmatch(line):
            return name
    return "" if _SECTION.match(line) else current
