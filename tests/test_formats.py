"""A claim gives the same findings whatever it is written in."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.claims.writers import CLAIM_FORMATS, open_writer
from tests.claims.conftest import WHOLE_CLAIM
from tests.writers import as_837, as_csv, as_fhir, carried_by_837

EXAMPLES = Path(__file__).parents[1] / "examples"

HOSPITAL: dict[str, Any] = {
    "id": "H-1",
    "type": "institutional",
    "typeOfBill": "0131",
    "payer": "medicare-outpatient",
    "patient": {"id": "P-7", "birthDate": "1950-02-01", "sex": "male"},
    "billingProvider": {"npi": "1234567893", "taxonomy": "282N00000X"},
    "priorAuthorization": ["A-1", "A-2"],
    "created": "2026-05-11",
    "total": "167.50",
    "billablePeriod": {"start": "2026-05-04", "end": "2026-05-06"},
    "admittingDiagnosis": "R079",
    "reasonForVisit": ["M549", "R0789"],
    "diagnosis": [{"sequence": 1, "code": "M545"}, {"sequence": 2, "code": "M5124"}],
    "item": [
        {
            "sequence": 1,
            "revenue": "0420",
            "procedure": "97012",
            "modifier": ["GP"],
            "quantity": 1,
            "charge": "80.00",
            "serviced": "2026-05-04",
        },
        {
            "sequence": 2,
            "revenue": "0420",
            "procedure": "97140",
            "modifier": ["GP"],
            "quantity": 1,
            "charge": "75.50",
            "serviced": "2026-05-04",
        },
        {
            "sequence": 3,
            "revenue": "0250",
            "quantity": 3,
            "charge": "12",
            "serviced": "2026-05-04",
            "servicedEnd": "2026-05-06",
        },
    ],
}


def claims() -> dict[str, dict[str, Any]]:
    """Every example, and a claim of a hospital; an empty list says as much as none."""
    found = {file.stem: json.loads(file.read_text()) for file in sorted(EXAMPLES.iterdir())}
    for name, claim in found.items():
        found[name] = {field: value for field, value in claim.items() if value != []}
    return found | {"hospital": HOSPITAL}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


@pytest.fixture(scope="module")
def expected(checker: Checker) -> Callable[[dict[str, Any]], ClaimResult]:
    """What is found on a claim that is given as an object, once for each."""
    known: dict[str, ClaimResult] = {}

    def result(claim: dict[str, Any]) -> ClaimResult:
        key = json.dumps(claim, sort_keys=True)
        if key not in known:
            known[key] = checker.check_one(copy.deepcopy(claim))
        return known[key]

    return result


def read_one(file: Path, **options: Any) -> ClaimRecord:
    (record,) = read_claims(file, **options)
    assert isinstance(record, ClaimRecord), str(record)
    return record


def without_sources(result: ClaimResult) -> ClaimResult:
    findings = tuple(replace(finding, source=None) for finding in result.findings)
    return replace(result, findings=findings)


def with_type(claim: dict[str, Any]) -> dict[str, Any]:
    return {"type": "professional", **claim}


def by_type(claim: Any) -> dict[str, Any]:
    """The claim with its facts in the order of a table's columns."""
    facts = sorted(claim.get("documentation", []), key=lambda fact: fact["type"])
    return {**claim, **({"documentation": facts} if facts else {})}


def test_the_hospital_claim_is_worth_comparing(
    expected: Callable[[dict[str, Any]], ClaimResult],
) -> None:
    assert {"DX-DATE", "PX-PTP1"} <= {finding.rule for finding in expected(HOSPITAL).findings}


@pytest.mark.parametrize("name", claims())
@pytest.mark.parametrize("claim_format", CLAIM_FORMATS)
def test_written_and_read_back(
    tmp_path: Path,
    checker: Checker,
    expected: Callable[[dict[str, Any]], ClaimResult],
    name: str,
    claim_format: str,
) -> None:
    claim = claims()[name]
    file = tmp_path / f"claims.{'ttl' if claim_format == 'turtle' else claim_format}"
    with file.open("w") as stream:
        writer = open_writer(stream, claim_format)
        writer.add(claim)
        writer.finish()
    record = read_one(file)
    assert record.claim == claim
    assert without_sources(checker.check_one(record)) == without_sources(expected(claim))


@pytest.mark.parametrize("claim_format", CLAIM_FORMATS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_every_field_of_several_claims(tmp_path: Path, claim_format: str, count: int) -> None:
    stated = [{**copy.deepcopy(WHOLE_CLAIM), "id": f'C "{n}" é'} for n in range(count)]
    stream = io.StringIO()
    writer = open_writer(stream, claim_format)
    for claim in stated:
        writer.add(claim)
    writer.finish()
    file = tmp_path / f"claims.{'ttl' if claim_format == 'turtle' else claim_format}"
    file.write_text(stream.getvalue(), encoding="utf-8")
    if count:
        readings = list(read_claims(file))
        assert [r.claim for r in readings if isinstance(r, ClaimRecord)] == stated
    else:
        assert stream.getvalue().count("C ") == 0


@pytest.mark.parametrize("name", claims())
def test_fhir(
    tmp_path: Path,
    checker: Checker,
    expected: Callable[[dict[str, Any]], ClaimResult],
    name: str,
) -> None:
    claim = claims()[name]
    file = tmp_path / "bundle.json"
    file.write_text(as_fhir(claim))
    record = read_one(file)
    assert record.claim == with_type(claim)
    result = checker.check_one(record)
    assert without_sources(result) == expected(claim)
    assert all(finding.source for finding in result.findings)


@pytest.mark.parametrize("name", claims())
def test_csv(
    tmp_path: Path,
    checker: Checker,
    expected: Callable[[dict[str, Any]], ClaimResult],
    name: str,
) -> None:
    claim = claims()[name]
    file = tmp_path / "claims.csv"
    file.write_text(as_csv(claim))
    record = read_one(file)
    assert by_type(record.claim) == by_type(claim)
    result = checker.check_one(record)
    ordered = expected(by_type(claim))
    assert [f.message for f in without_sources(result).findings] == [
        f.message for f in ordered.findings
    ]
    assert result.not_checked == ordered.not_checked


@pytest.mark.parametrize("name", claims())
def test_x12(
    tmp_path: Path,
    checker: Checker,
    expected: Callable[[dict[str, Any]], ClaimResult],
    name: str,
) -> None:
    """The 837 has no place for minutes and most of what a record holds; the rest is the same."""
    claim = carried_by_837(claims()[name])
    file = tmp_path / "claims.837"
    file.write_text(as_837(claim))
    record = read_one(file)
    undotted = copy.deepcopy(claim)
    for entry in undotted["diagnosis"]:
        entry["code"] = entry["code"].replace(".", "")
    assert record.claim == undotted
    result = checker.check_one(record)
    assert without_sources(result) == expected(undotted)
    assert [(f.rule, f.message) for f in result.findings] == [
        (f.rule, f.message) for f in expected(claim).findings
    ]
    assert all(finding.source for finding in result.findings)
