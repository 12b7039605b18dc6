from __future__ import annotations

import json
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord, Origin
from claimshapes.claims.form_places import fhir_expression
from tests.report.conftest import (
    CLEAN,
    FOUND,
    REJECTED,
    UNJUDGED,
    WAIVED,
    a_finding,
    a_record,
    hostile_results,
    reported,
)

SEVERITIES = {"fatal", "error", "warning", "information"}


def issues(results: list[Any], **changed: Any) -> list[dict[str, Any]]:
    text = reported("outcome", results, **changed)
    # The resource is the same in R4 and R4B, which the package has.
    OperationOutcome.model_validate_json(text)
    found: list[dict[str, Any]] = json.loads(text)["issue"]
    return found


def test_valid() -> None:
    for results in ([], [CLEAN], [FOUND, CLEAN, REJECTED, UNJUDGED, WAIVED], hostile_results()):
        for complete in (False, True):
            assert {issue["severity"] for issue in issues(results, complete=complete)} <= SEVERITIES


def test_a_finding() -> None:
    assert issues([FOUND])[0] == {
        "severity": "error",
        "code": "business-rule",
        "details": {
            "coding": [
                {
                    "system": "https://w3id.org/claimshapes/rule",
                    "code": "DX-DATE",
                    "display": "Code not valid on the date of service",
                }
            ],
            "text": "M54.5 may not be reported on 2026-05-04",
        },
        "diagnostics": "claim C-1 (claims.json, line 3)\n"
        "what to do: Report the code that was valid.\n"
        "prevents: CARC 146 (the diagnosis was not valid on the date of service); CARC 16\n"
        "see https://w3id.org/claimshapes/rules/DX-DATE/",
        "expression": ["Claim.diagnosis[0].diagnosis"],
    }


def test_severities_and_codes() -> None:
    found = issues([FOUND, CLEAN, UNJUDGED, WAIVED, REJECTED])
    assert [(issue["severity"], issue["code"]) for issue in found] == [
        ("error", "business-rule"),
        ("information", "business-rule"),
        ("information", "incomplete"),
        ("information", "incomplete"),
        ("information", "informational"),
        ("information", "incomplete"),
        ("information", "business-rule"),
        ("fatal", "structure"),
        ("information", "informational"),
    ]
    assert "waived (violation) by A. Reviewer" in found[6]["diagnostics"]
    assert "claims: 5 read = 4 checked + 1 rejected" in found[8]["diagnostics"]


@pytest.mark.parametrize(
    ("pointer", "expression"),
    [
        ("", "Claim"),
        ("/item/0", "Claim.item[0]"),
        ("/item/12/procedure", "Claim.item[12].productOrService"),
        ("/item/0/modifier/1", "Claim.item[0].modifier[1]"),
        ("/item/0/serviced", "Claim.item[0].serviced"),
        ("/item/0/minutes", "Claim.item[0]"),
        ("/diagnosis/3/code", "Claim.diagnosis[3].diagnosis"),
        ("/diagnosis/3/sequence", "Claim.diagnosis[3].sequence"),
        ("/documentation/0/value", "Claim.supportingInfo[0].value"),
        ("/patient/birthDate", "Claim.patient"),
        ("/billingProvider/npi", "Claim.provider"),
        ("/payer", "Claim.insurer"),
        ("/therapyYearToDate/ot", "Claim"),
        ("/no-such-field", "Claim"),
    ],
)
def test_expression(pointer: str, expression: str) -> None:
    assert fhir_expression(pointer) == expression


def test_the_element_of_a_claim_that_came_from_fhir() -> None:
    places = {"": "Bundle.entry[2].resource", "/item/1": "Bundle.entry[2].resource.item[1]"}
    record = ClaimRecord(a_record().claim, Origin("b.json", 1), places)
    result = ClaimResult(
        "C-1", (a_finding(focus="/item/1", path="procedure"), a_finding(focus="", path=None))
    )
    found = issues([(record, result)])
    assert [issue["expression"] for issue in found[:2]] == [
        ["Bundle.entry[2].resource.item[1]"],
        ["Bundle.entry[2].resource"],
    ]


def test_hostile_texts_stay_text() -> None:
    found = issues([ClaimResult("C", (a_finding(message="a\x00\x1b[31m\u202e\ud800"),))])
    assert found[0]["details"]["text"] == r"a\x00\x1b[31m\u202e\ud800"
