from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator

from claimshapes.checking.findings import ClaimResult
from claimshapes.checking.waivers import Waivers
from tests.report.conftest import (
    CLEAN,
    COVERAGE,
    FOUND,
    NO_RULES,
    REJECTED,
    SOURCED,
    UNJUDGED,
    WAIVED,
    WAIVER,
    a_finding,
    a_record,
    reported,
)

CONTRACT_KEYS = [
    "claim",
    "rule",
    "severity",
    "focus",
    "path",
    "value",
    "message",
    "remedy",
    "denialCodes",
    "url",
    "place",
]


def test_finding_has_the_keys_of_the_claim_format() -> None:
    document = json.loads(reported("json", [FOUND]))
    assert [list(finding) for finding in document["findings"]] == [CONTRACT_KEYS] * 2
    assert document["findings"][0] == {
        "claim": "C-1",
        "rule": "DX-DATE",
        "severity": "violation",
        "focus": "/diagnosis/0",
        "path": "code",
        "value": "M54.5",
        "message": "M54.5 may not be reported on 2026-05-04",
        "remedy": "Report the code that was valid.",
        "denialCodes": ["146", "16"],
        "url": "https://w3id.org/claimshapes/rules/DX-DATE/",
        "place": {
            "words": "diagnosis 1, code",
            "box": "box 21A",
            "x12": "2300 HI01-2",
            "fhir": "Claim.diagnosis[0].diagnosis",
        },
    }


def test_the_line_of_the_file_is_a_number() -> None:
    (finding,) = json.loads(reported("json", [SOURCED]))["findings"]
    assert finding["place"]["line"] == 27


def test_whole_report() -> None:
    document = json.loads(reported("json", [FOUND, CLEAN, REJECTED, UNJUDGED, WAIVED]))
    assert document["claims"] == 4
    assert [finding["claim"] for finding in document["findings"]] == ["C-1", "C-1"]
    (waived,) = document["waived"]
    assert (waived["claim"], waived["rule"], waived["severity"]) == ("C-5", "DX-DATE", "violation")
    assert waived["waiver"] == {
        "number": 2,
        "rule": "DX-DATE",
        "claim": "C-5",
        "reason": "on paper",
        "reviewer": "A. Reviewer",
        "until": "2027-03-31",
    }
    assert [item["focus"] for item in document["notChecked"]] == ["/item/0", "/item/1", ""]
    assert document["rejected"] == [
        {
            "claim": "C-4",
            "file": "claims.json",
            "line": 9,
            "pointer": "/item/0/quantity",
            "reason": "expected a number",
            "claims": 1,
        }
    ]
    assert document["summary"] == {
        "complete": True,
        "read": 5,
        "checked": 4,
        "rejected": 1,
        "faults": 0,
        "clean": 1,
        "cleanRate": 0.25,
        "withFindings": 1,
        "onlyWaived": 1,
        "onlyKnown": 0,
        "incomplete": 1,
        "rulesInForce": {"fewest": 40, "most": 41},
        "findings": 2,
        "waived": 1,
        "known": 0,
        "bySeverity": {"violation": 1, "warning": 0, "info": 1},
        "byRule": {"CLM-DOC-TYPE": 1, "DX-DATE": 1},
        "byDenialCode": {"146": 2, "16": 2},
        "byPayer": {
            "medicare-b": {"claims": 4, "clean": 1, "findings": 2, "chargesAtRisk": "80.00"}
        },
        "unknownPayers": [],
        "charges": {
            "total": "320.00",
            "atRisk": "80.00",
            "bySeverity": {"violation": "80.00", "warning": "0", "info": "0"},
            "lines": 8,
            "linesWithoutCharge": 4,
        },
        "notChecked": {
            "PX-PTP0": [
                {"reason": "no table", "claims": 1},
                {"reason": "the table of 2026 is not at hand", "claims": 1},
            ]
        },
        "noRuleInForce": 0,
        "coverage": [],
        "expiredWaivers": [],
        "unmatchedWaivers": [],
    }


def test_coverage_and_claims_without_a_rule() -> None:
    document = json.loads(reported("json", [COVERAGE, NO_RULES]))
    assert document["notChecked"] == [
        {"claim": "C-8", "rule": None, "focus": "", "reason": "no rule was in force"}
    ]
    summary = document["summary"]
    assert (summary["clean"], summary["incomplete"], summary["noRuleInForce"]) == (1, 1, 1)
    assert (summary["notChecked"], summary["rulesInForce"]["fewest"]) == ({}, 0)
    assert summary["coverage"] == [
        {
            "rules": ["DOC-ORDER", "TH-TIME"],
            "reason": "no record came with the claim",
            "claims": 1,
            "places": 1,
        },
        {"rules": ["TH-UNITS"], "reason": "no minutes on the claim", "claims": 1, "places": 2},
    ]


def test_waivers_that_ended_or_match_nothing_are_told() -> None:
    ended = replace(WAIVER, number=1, until=date(2026, 1, 31))
    waivers = Waivers([ended, replace(WAIVER, claim="C-9")], today=date(2026, 2, 1))
    record = a_record("C-5")
    result = waivers.apply(record.claim, ClaimResult("C-5", (a_finding(claim="C-5"),)))
    summary = json.loads(reported("json", [(record, result)], waivers=waivers))["summary"]
    assert summary["findings"] == 1
    assert [(entry["number"], entry["findings"]) for entry in summary["expiredWaivers"]] == [(1, 1)]
    assert [entry["claim"] for entry in summary["unmatchedWaivers"]] == ["C-9"]


def test_schema_describes_the_reports(findings_schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(findings_schema)
    validator = Draft202012Validator(
        findings_schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    every = [FOUND, CLEAN, REJECTED, UNJUDGED, WAIVED, COVERAGE, NO_RULES]
    for results in ([], [CLEAN], [REJECTED], every):
        for several_files in (False, True):
            for complete in (False, True):
                text = reported("json", results, complete=complete, several_files=several_files)
                assert list(validator.iter_errors(json.loads(text))) == []


def test_schema_refuses_what_is_no_report(findings_schema: dict[str, Any]) -> None:
    validator = Draft202012Validator(findings_schema)
    whole = json.loads(reported("json", [FOUND, REJECTED]))
    for key in whole:
        assert not validator.is_valid({name: value for name, value in whole.items() if name != key})
    for change in ({"severity": "error"}, {"focus": "item/0"}, {"denialCodes": [16]}, {"x": 1}):
        wrong = whole | {"findings": [whole["findings"][0] | change]}
        assert not validator.is_valid(wrong)


def test_files_are_told_apart() -> None:
    results = [(a_record("C-1", file), FOUND) for file in ("a.json", "b.json")]
    document = json.loads(reported("json", results, several_files=True))
    assert [finding["file"] for finding in document["findings"]] == ["a.json"] * 2 + ["b.json"] * 2
    assert {item["file"] for item in document["notChecked"]} == {"a.json", "b.json"}


def test_any_text_stays_what_it_is() -> None:
    value = 'caf\u00e9 "\\\x1b\ud800'
    text = reported("json", [ClaimResult("C", (a_finding(value=value),))])
    assert text.isascii()
    assert json.loads(text)["findings"][0]["value"] == value


def test_what_waits_beyond_memory_is_written(monkeypatch: Any) -> None:
    monkeypatch.setattr("claimshapes.report.written_later._IN_MEMORY", 10)
    document = json.loads(reported("json", [UNJUDGED] * 50))
    assert len(document["notChecked"]) == 50
