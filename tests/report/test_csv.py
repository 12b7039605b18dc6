from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from claimshapes.checking.findings import ClaimResult
from claimshapes.report.csv_report import COLUMNS
from tests.report.conftest import (
    CLEAN,
    COVERAGE,
    FOUND,
    HOSTILE,
    NO_RULES,
    REJECTED,
    SOURCED,
    UNJUDGED,
    WAIVED,
    a_finding,
    hostile_results,
    reported,
)


def rows(results: list[Any]) -> list[dict[str, str]]:
    """The rows before those of the coverage and the summary."""
    return [row for row in table(reported("csv", results)) if not row["claims"]]


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), strict=True))


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
        "claims": "",
    }


def test_every_kind_of_row() -> None:
    found = rows([FOUND, CLEAN, UNJUDGED, WAIVED, REJECTED, NO_RULES])
    assert [row["kind"] for row in found] == [
        "finding",
        "finding",
        "not-checked",
        "not-checked",
        "clean",
        "not-checked",
        "waived",
        "rejected",
        "not-checked",
    ]
    assert found[2]["message"] == "the table of 2026 is not at hand"
    assert (found[6]["waivedBy"], found[6]["waivedUntil"]) == ("A. Reviewer", "2027-03-31")
    assert (found[7]["focus"], found[7]["message"]) == ("/item/0/quantity", "expected a number")
    assert (found[8]["rule"], found[8]["message"]) == ("", "no rule was in force")


def test_coverage_and_summary_are_the_last_rows() -> None:
    whole = table(reported("csv", [FOUND, COVERAGE, COVERAGE, REJECTED]))
    last = [(r["kind"], r["rule"], r["message"], r["claims"]) for r in whole if r["claims"]]
    assert last == [
        ("coverage", "DOC-ORDER TH-TIME", "no record came with the claim", "2"),
        ("coverage", "TH-UNITS", "no minutes on the claim", "2"),
        ("summary", "", "read", "4"),
        ("summary", "", "checked", "3"),
        ("summary", "", "rejected", "1"),
        ("summary", "", "clean", "2"),
        ("summary", "", "incomplete", "0"),
        ("summary", "", "with findings", "1"),
        ("summary", "", "only waived", "0"),
        ("summary", "", "only known", "0"),
    ]


def test_where_a_finding_stands_in_the_file() -> None:
    (row,) = rows([SOURCED])
    assert (row["line"], row["source"]) == ("3", "2300 HI01, segment 26, line 27")


def test_nothing_is_a_header_and_a_summary() -> None:
    text = reported("csv", [])
    assert text.startswith(",".join(COLUMNS) + "\n")
    assert {row["claims"] for row in table(text)} == {"0"}


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
    (row,) = rows([ClaimResult("C", (a_finding(value=text, message=text),))])
    assert row["value"].startswith("'")
    assert row["message"].startswith("'")


@pytest.mark.parametrize("text", ["M54.5", "/item/0", "80.00", "a=1", "a\u2013b"])
def test_other_cells_stay(text: str) -> None:
    assert rows([ClaimResult("C", (a_finding(value=text),))])[0]["value"] == text


def test_hostile_texts_stay_in_their_cells() -> None:
    text = reported("csv", hostile_results())
    found = table(text)
    of_claims = [row for row in found if not row["claims"]]
    assert len(of_claims) == 7 * len(HOSTILE)
    assert len(found) == len(text.splitlines()) - 1
    assert all(None not in row and None not in row.values() for row in found)
    assert all(cell[:1] not in ("=", "+", "-", "@") for row in found for cell in row.values())
