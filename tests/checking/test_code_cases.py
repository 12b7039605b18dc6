"""Codes that do not exist, totals, units: small inputs that were once evaluated wrongly."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from claimshapes.checking.checker import Checker, Engine
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims

CASES = Path(__file__).parents[1] / "data" / "cases"
ABOUT_CODES = (
    "PX-FMT",
    "PX-UNKNOWN",
    "PX-DATE",
    "PX-MOD-FMT",
    "PX-MOD-UNKNOWN",
    "PX-MOD-DATE",
    "PX-MUE",
    "PX-MUE-CLINICAL",
    "PX-MUE-LINE",
    "PX-MUE-ZERO",
    "CLM-TOB",
    "CLM-TOB-MISSING",
    "CLM-REVENUE-MISSING",
    "CLM-REVENUE-UNKNOWN",
    "CLM-TAXONOMY-UNKNOWN",
    "CLM-TOTAL",
    "CLM-UNITS",
)

Said = list[tuple[str, str]]


def of_engine(engine: Engine, name: str) -> list[ClaimResult]:
    records = [record for record in read_claims(CASES / name) if isinstance(record, ClaimRecord)]
    assert records
    return list(Checker(select=ABOUT_CODES, engine=engine).check(records))


def findings(result: ClaimResult) -> Said:
    return [(finding.rule, finding.message) for finding in result.findings]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "A2-procedure-that-does-not-exist.ndjson",
            [
                [("PX-FMT", f"{code} does not have the form of a CPT or HCPCS code")]
                for code in ("9921", "ABCDE", "0551")
            ],
        ),
        ("E1-dme-under-practitioner-mue.ndjson", [[]]),
        ("E3-span-of-days.837", [[]]),
        ("F1-fhir-no-quantity.json", [[]]),
        (
            "G2-total-not-the-sum.837",
            [[("CLM-TOTAL", "the claim total is 999; the lines sum to 100")]],
        ),
        (
            "G9-institutional-without-anything.json",
            [
                [
                    ("CLM-TOB-MISSING", "the claim has no type of bill"),
                    ("CLM-REVENUE-MISSING", "the line with 99213 has no revenue code"),
                ]
            ],
        ),
        ("G10-total-line-0001.837", [[]]),
    ],
)
@pytest.mark.parametrize("engine", ["reference", "set"])
def test_a_case_has_its_findings(name: str, expected: list[Said], engine: Engine) -> None:
    found = of_engine(engine, name)
    assert [sorted(findings(result)) for result in found] == [sorted(said) for said in expected]


def test_units_that_are_not_on_the_claim_are_not_checked() -> None:
    (result,) = of_engine("reference", "F1-fhir-no-quantity.json")
    assert [note.rule for note in result.not_checked] == ["CLM-UNITS"]


VISIT: dict[str, Any] = {
    "id": "N-1",
    "payer": "medicare-b",
    "patient": {"id": "P-1", "birthDate": "1950-03-03", "sex": "female"},
    "billingProvider": {"npi": "1234567893", "taxonomy": "207Q00000X"},
    "placeOfService": "11",
    "diagnosis": [{"sequence": 1, "code": "M54.6"}],
}
LINE = {"sequence": 1, "procedure": "99213", "quantity": 1, "charge": "92.00"}
BILL = {"type": "institutional", "typeOfBill": "0131"}


@pytest.mark.parametrize("day", ["2020-03-04", "2025-03-04", "2026-11-01", "2026-11-20"])
@pytest.mark.parametrize(
    ("changed", "line", "rule"),
    [
        ({}, {"procedure": "ABCDE"}, "PX-FMT"),
        ({}, {"modifier": ["ZZ"]}, "PX-MOD-UNKNOWN"),
        ({}, {"modifier": ["ZQ"]}, "PX-MOD-UNKNOWN"),
        (BILL, {"revenue": "9999"}, "CLM-REVENUE-UNKNOWN"),
        (BILL | {"typeOfBill": "0991"}, {"revenue": "0510"}, "CLM-TOB"),
        (
            {"billingProvider": {"npi": "1234567893", "taxonomy": "999999999X"}},
            {},
            "CLM-TAXONOMY-UNKNOWN",
        ),
    ],
)
@pytest.mark.parametrize("engine", ["reference", "set"])
def test_a_code_that_does_not_exist_is_never_clean(
    engine: Engine, changed: dict[str, Any], line: dict[str, Any], rule: str, day: str
) -> None:
    item = {**LINE, "serviced": day, "diagnosisSequence": [1], **line}
    claim = {**VISIT, "created": day, **changed, "item": [item]}
    (result,) = checker_of(engine).check([claim])
    assert not result.clean
    found = {finding.rule for finding in result.findings}
    assert rule in found | {note.rule for note in result.not_checked}


@cache
def checker_of(engine: Engine) -> Checker:
    return Checker(select=ABOUT_CODES, engine=engine)
