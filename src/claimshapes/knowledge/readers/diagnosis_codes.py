"""A release of ICD-10-CM: the tabular list as XML, and the list of its valid codes.

The addenda that come with the list say which codes the release adds and deletes: a list that
does not have the ones, or still has the others, is of another release.
"""

from __future__ import annotations

import lzma
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from xml.etree import ElementTree

from claimshapes.errors import InputError
from claimshapes.knowledge.readers.table_rows import TableRows
from claimshapes.knowledge.recognition import Recognized, last_day, named_rows, refuse_more_rows
from claimshapes.knowledge.rows import converted

CODES, TABULAR = "icd-10-cm-codes", "icd-10-cm-tabular"
ADDENDA = "addenda"
_CHANGE = re.compile(
    r"(Add|Delete|Revise from|Revise to|No change):?\s+(?:([01])\s+)?([A-Z][0-9A-Z]{2,6})(?:\s|$)",
    re.IGNORECASE,
)
_HALF_A_YEAR = 6
_MOST = 40_000_000
"""Bytes of a tabular list; that of 2026 has nine million."""


def read_diagnosis_codes(
    recognized: Sequence[Recognized], edition: date, left_out: Counter[str], details: dict[str, str]
) -> dict[str, TableRows]:
    """The valid codes, and the tabular list as it is.

    Raises:
        InputError: one of the two is missing, a code is not of its form, or the addenda are of
            another release.
    """
    details["coveredThrough"] = last_day(edition, _HALF_A_YEAR).isoformat()
    codes: set[str] = set()
    tabular = b""
    for each in recognized:
        if each.layout.name.startswith(ADDENDA):
            continue
        if each.layout.root:
            assert each.sheet.stream is not None
            with each.sheet.stream() as stream:
                tabular = stream.read(_MOST + 1)
            if len(tabular) > _MOST:
                raise InputError(f"has more than {_MOST:,} bytes", file=each.sheet.name)
            if any(sign in tabular for sign in (b"<!DOCTYPE", b"<!ENTITY", b"\0")):
                raise InputError("declares entities, or is not UTF-8", file=each.sheet.name)
            _refuse_cut(each.sheet.name, tabular)
            continue
        for number, values in named_rows(each):
            if values.get("valid", "1") != "1":
                left_out["headings"] += 1
                continue
            try:
                codes.add(converted(each.layout.cells["code"], values["code"]))
            except ValueError as error:
                raise InputError(f"row {number}: {error}", file=each.sheet.name) from None
    if not tabular or not codes:
        raise InputError(
            "a release of ICD-10-CM is the tabular list (XML) together with the order file or the"
            " list of codes; give both"
        )
    for each in recognized:
        if each.layout.name.startswith(ADDENDA):
            changes = list(_changes(each))
            _refuse_other_addenda(each.sheet.name, changes, codes)
            left_out["lines of addenda, with which the list agrees"] += len(changes)
    return {
        CODES: TableRows(["code"], [[code] for code in codes]),
        TABULAR: TableRows([], content=lzma.compress(tabular), suffix=".xml.xz"),
    }


def _refuse_cut(name: str, tabular: bytes) -> None:
    try:
        ElementTree.fromstring(tabular)
    except ElementTree.ParseError as error:
        raise InputError(f"is truncated, or no XML ({error})", file=name) from error


def _refuse_other_addenda(name: str, changes: list[tuple[str, str]], codes: set[str]) -> None:
    added = {code for change, code in changes if change == "add"}
    deleted = {code for change, code in changes if change == "delete"}
    if lacking := sorted(added - codes):
        raise InputError(
            f"adds {lacking[0]}, which the list of codes lacks: they are of different releases",
            file=name,
        )
    if kept := sorted((deleted - added) & codes):
        raise InputError(
            f"deletes {kept[0]}, which the list of codes has: they are of different releases",
            file=name,
        )


def _changes(recognized: Recognized) -> Iterator[tuple[str, str]]:
    """The changes of billable codes: what is done, in small letters, and the code."""
    assert recognized.sheet.lines is not None
    for count, line in enumerate(recognized.sheet.lines(), 1):
        refuse_more_rows(recognized, count)
        found = _CHANGE.match(line.strip())
        if found is not None and found[2] != "0":
            yield found[1].lower(), converted(recognized.layout.cells["code"], found[3])
