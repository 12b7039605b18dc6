"""A release of ICD-10-CM: the tabular list as XML, and the list of its valid codes."""

from __future__ import annotations

import lzma
from collections import Counter
from collections.abc import Sequence
from datetime import date

from claimshapes.errors import InputError
from claimshapes.knowledge.readers.table_rows import TableRows
from claimshapes.knowledge.recognition import Recognized, data_rows, last_day
from claimshapes.knowledge.rows import converted

CODES, TABULAR = "icd-10-cm-codes", "icd-10-cm-tabular"
_HALF_A_YEAR = 6
_MOST = 40_000_000
"""Bytes of a tabular list; that of 2026 has nine million."""


def read_diagnosis_codes(
    recognized: Sequence[Recognized], edition: date, left_out: Counter[str], details: dict[str, str]
) -> dict[str, TableRows]:
    """The valid codes, and the tabular list as it is.

    Raises:
        InputError: one of the two is missing, or a code is not of its form.
    """
    details["coveredThrough"] = last_day(edition, _HALF_A_YEAR).isoformat()
    codes: set[str] = set()
    tabular = b""
    for each in recognized:
        if each.layout.root:
            assert each.sheet.stream is not None
            with each.sheet.stream() as stream:
                tabular = stream.read(_MOST + 1)
            if len(tabular) > _MOST:
                raise InputError(f"has more than {_MOST:,} bytes", file=each.sheet.name)
            if b"<!DOCTYPE" in tabular or b"<!ENTITY" in tabular:
                raise InputError("declares entities", file=each.sheet.name)
            continue
        names = list(each.layout.fixed)
        for number, row in data_rows(each):
            values = dict(zip(names, row, strict=True))
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
    return {
        CODES: TableRows(["code"], [[code] for code in codes]),
        TABULAR: TableRows([], content=lzma.compress(tabular), suffix=".xml.xz"),
    }
