from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from claimshapes.checking.findings import ClaimResult
from claimshapes.checking.waivers import Waivers
from claimshapes.rules.rule_book import load_rules
from tests.report.conftest import (
    CLEAN,
    FOUND,
    HOSTILE,
    REJECTED,
    SOURCED,
    UNJUDGED,
    WAIVED,
    WAIVER,
    a_finding,
    a_record,
    hostile_results,
    reported,
)

SCHEMA = Path(__file__).parent.parent / "data" / "sarif" / "sarif-schema-2.1.0.json"


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)


def run_of(text: str) -> dict[str, Any]:
    (run,) = json.loads(text)["runs"]
    found: dict[str, Any] = run
    return found


def test_valid(validator: Draft7Validator) -> None:
    for results in (
        [],
        [CLEAN],
        [REJECTED],
        [FOUND, CLEAN, REJECTED, UNJUDGED, WAIVED],
        hostile_results(),
    ):
        for complete in (False, True):
            document = json.loads(reported("sarif", results, complete=complete))
            assert list(validator.iter_errors(document)) == []


def test_the_schema_is_asked(validator: Draft7Validator) -> None:
    document = json.loads(reported("sarif", [FOUND]))
    document["runs"][0]["results"][0]["level"] = "violation"
    assert not validator.is_valid(document)


def test_a_finding() -> None:
    result = run_of(reported("sarif", [FOUND]))["results"][0]
    assert result.pop("partialFingerprints").keys() == {"claimshapes/v1"}
    assert result == {
        "ruleId": "DX-DATE",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "Claim C-1, diagnosis 1, code: M54.5 may not be reported on 2026-05-04. "
            "Report the code that was valid."
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "claims.json"},
                    "region": {"startLine": 3},
                },
                "logicalLocations": [
                    {
                        "name": "code",
                        "fullyQualifiedName": "/diagnosis/0/code",
                        "kind": "property",
                    }
                ],
            }
        ],
        "properties": {
            "claim": "C-1",
            "pointer": "/diagnosis/0/code",
            "place": {
                "words": "diagnosis 1, code",
                "box": "box 21A",
                "x12": "2300 HI01-2",
                "fhir": "Claim.diagnosis[0].diagnosis",
            },
            "payer": "medicare-b",
            "value": "M54.5",
            "remedy": "Report the code that was valid.",
            "denialCodes": ["146", "16"],
        },
    }


def test_a_finding_stands_on_its_own_line_of_the_file(validator: Draft7Validator) -> None:
    text = reported("sarif", [SOURCED])
    assert list(validator.iter_errors(json.loads(text))) == []
    (result,) = run_of(text)["results"]
    assert result["properties"]["source"] == "2300 HI01, segment 26, line 27"
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 27}


def test_a_finding_in_a_file_of_one_line_has_its_column(validator: Draft7Validator) -> None:
    findings = tuple(
        replace(finding, source="2300 HI01, segment 26, line 1, column 854")
        for finding in SOURCED.findings
    )
    text = reported("sarif", [replace(SOURCED, findings=findings)])
    assert list(validator.iter_errors(json.loads(text))) == []
    (location,) = run_of(text)["results"][0]["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 854}


def test_levels_and_kinds() -> None:
    results = run_of(reported("sarif", [FOUND, WAIVED]))["results"]
    assert [(result["level"], result.get("kind")) for result in results] == [
        ("error", None),
        ("note", None),
        ("none", "open"),
        ("none", "open"),
        ("error", None),
    ]


def test_a_waived_finding_is_suppressed() -> None:
    *others, waived = run_of(reported("sarif", [FOUND, WAIVED]))["results"]
    assert all("suppressions" not in result for result in others)
    (suppression,) = waived["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["status"] == "accepted"
    assert suppression["justification"] == "on paper (A. Reviewer, until 2027-03-31)"
    assert suppression["properties"]["until"] == "2027-03-31"


def test_rules() -> None:
    (rule,) = run_of(reported("sarif", []))["tool"]["driver"]["rules"]
    assert rule["id"] == "DX-DATE"
    assert rule["helpUri"] == "https://w3id.org/claimshapes/rules/DX-DATE/"
    assert rule["defaultConfiguration"] == {"enabled": True, "level": "error"}
    assert rule["help"]["text"].splitlines() == [
        "The code set in force decides.",
        "What to do: Report the code that was valid.",
        "Prevents: CARC 146 (the diagnosis was not valid on the date of service); CARC 16",
        "Source: Code table, FY2016 to FY2027",
    ]


def test_the_shipped_rules_are_valid(validator: Draft7Validator) -> None:
    rules = load_rules().rules
    document = json.loads(reported("sarif", [FOUND], rules=rules))
    assert list(validator.iter_errors(document)) == []
    run = document["runs"][0]
    described = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in described] == list(rules)
    assert described[run["results"][0]["ruleIndex"]]["id"] == "DX-DATE"


def test_fingerprints_tell_findings_apart_and_stay() -> None:
    def fingerprints(*results: Any) -> list[str]:
        found = run_of(reported("sarif", list(results)))["results"]
        return [result["partialFingerprints"]["claimshapes/v1"] for result in found]

    moved = (a_record("C-1", line=77), FOUND)
    assert fingerprints(FOUND) == fingerprints(moved)
    elsewhere = (a_record("C-1", "other.json"), FOUND)
    second = ClaimResult("C-1", (a_finding(focus="/diagnosis/1"),))
    several = fingerprints(FOUND, elsewhere, second, ClaimResult("C-2", (a_finding(claim="C-2"),)))
    assert len(set(several)) == len(several)


def test_what_was_rejected_and_waivers_to_look_at_are_notifications() -> None:
    waivers = Waivers([WAIVER], today=date(2027, 4, 1))
    (invocation,) = run_of(reported("sarif", [REJECTED], waivers=waivers))["invocations"]
    rejected, waiver = invocation["toolExecutionNotifications"]
    assert rejected["level"] == "error"
    assert rejected["message"]["text"] == "expected a number"
    assert rejected["locations"][0]["physicalLocation"]["region"] == {"startLine": 9}
    logical = rejected["locations"][0]["logicalLocations"][0]
    assert logical["fullyQualifiedName"] == "/item/0/quantity"
    assert waiver["level"] == "warning"
    assert "ended on 2027-03-31" in waiver["message"]["text"]


def test_interruption_and_summary() -> None:
    run = run_of(reported("sarif", [CLEAN], complete=False))
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["properties"]["summary"]["clean"] == 1


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/c#1.json", "a%20b/c%231.json"),
        ("/data/x.json", "file:///data/x.json"),
        ("caf\u00e9.json", "caf%C3%A9.json"),
    ],
)
def test_uri(file: str, uri: str) -> None:
    (result,) = run_of(reported("sarif", [(a_record(file=file), WAIVED)]))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_standard_input_has_no_file() -> None:
    (result,) = run_of(reported("sarif", [(a_record(file="-"), WAIVED)]))["results"]
    assert "physicalLocation" not in result["locations"][0]


def test_messages_hold_no_link_and_no_placeholder() -> None:
    text = "[click](http://x) {0} {{1}}"
    (result,) = run_of(reported("sarif", [ClaimResult("C", (a_finding(message=text),))]))["results"]
    message = result["message"]["text"]
    assert r"\[click\](http://x) {{0}} {{{{1}}}}" in message


def test_hostile_texts_stay_text() -> None:
    text = reported("sarif", hostile_results())
    assert text.isascii()
    results = run_of(text)["results"]
    assert {result["properties"]["claim"] for result in results} == set(HOSTILE)
    assert all(
        "\x1b" not in result["message"]["text"] and "\u202e" not in result["message"]["text"]
        for result in results
    )
