from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from claimshapes.findings import ClaimResult
from claimshapes.report.csv_report import COLUMNS
from tests.report.conftest import (
    CLEAN,
    FOUND,
    HOSTILE,
    REJECTED,
    SOURCED,
    UNJUDGED,
    WAIVED,
    a_finding,
    hostile_results,
    reported,
)


def rows(results: list[Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reported("csv", results)), strict=True))


def test_a_finding() -> None:
    found = rows([FOUND])[0]
    assert tuple(found) == COLUMNS
    assert found == {
        "kind": "finding",
        "claim": "C-1",
        "file": "claims.json",
        "line": "3",
        "payer": "medicare-b",
        "rule": "DX-DATE",
        "severity": "violation",
        "focus": "/diagnosis/0",
        "path": "code",
        "source": "",
        "value": "M54.5",
        "message": "M54.5 may not be reported on 2026-05-04",
        "remedy": "Report the code that was valid.",
        "denialCodes": "146 16",
        "charges": "80.00",
        "url": "https://w3id.org/claimshapes/rules/DX-DATE/",
        "waivedBy": "",
        "waivedUntil": "",
        "waivedBecause": "",
    }


def test_every_kind_of_row() -> None:
    table = rows([FOUND, CLEAN, UNJUDGED, WAIVED, REJECTED])
    assert [row["kind"] for row in table] == [
        "finding",
        "finding",
        "not-checked",
        "not-checked",
        "clean",
        "not-checked",
        "waived",
        "rejected",
    ]
    assert table[2]["message"] == "the table of 2026 is not at hand"
    assert (table[6]["waivedBy"], table[6]["waivedUntil"]) == ("A. Reviewer", "2027-03-31")
    assert (table[7]["focus"], table[7]["message"]) == ("/item/0/quantity", "expected a number")


def test_where_a_finding_stands_in_the_file() -> None:
    (row,) = rows([SOURCED])
    assert (row["line"], row["source"]) == ("3", "2300 HI01, segment 26, line 27")


def test_nothing_is_a_header() -> None:
    assert reported("csv", []) == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        '"=1',
        "'=1",
        "\uff1d1",
        "%0A",
        "|x",
    ],
)
def test_no_cell_is_a_formula(text: str) -> None:
    table = rows([ClaimResult("C", (a_finding(value=text, message=text),))])
    assert table[0]["value"].startswith("'")
    assert table[0]["message"].startswith("'")


@pytest.mark.parametrize("text", ["M54.5", "/item/0", "80.00", "a=1", "a\u2013b"])
def test_other_cells_stay(text: str) -> None:
    assert rows([ClaimResult("C", (a_finding(value=text),))])[0]["value"] == text


def test_hostile_texts_stay_in_their_cells() -> None:
    text = reported("csv", hostile_results())
    table = list(csv.DictReader(io.StringIO(text), strict=True))
    assert len(table) == len(text.splitlines()) - 1 == 6 * len(HOSTILE)
    assert all(None not in row and None not in row.values() for row in table)
    assert all(cell[:1] not in ("=", "+", "-", "@") for row in table for cell in row.values())
