"""Results made by hand, of which every kind of line in a report can be made."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from claimshapes.checking.findings import (
    NO_RULE_IN_FORCE,
    ClaimResult,
    Finding,
    NotChecked,
    NotCovered,
    WaivedFinding,
    Waiver,
)
from claimshapes.checking.waivers import Waivers
from claimshapes.claims.claim import ClaimRecord, Origin, RejectedClaim
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.report.formats import ReportContext, open_report
from claimshapes.report.summary import Summary
from claimshapes.rules.rule import Citation, Rule
from claimshapes.rules.rule_book import load_rules
from claimshapes.rules.severity import Severity


def a_finding(**changed: Any) -> Finding:
    fields: dict[str, Any] = {
        "claim": "C-1",
        "rule": "DX-DATE",
        "severity": Severity.VIOLATION,
        "focus": "/diagnosis/0",
        "path": "code",
        "value": "M54.5",
        "message": "M54.5 may not be reported on 2026-05-04",
        "remedy": "Report the code that was valid.",
        "denial_codes": ("146", "16"),
        "url": "https://w3id.org/claimshapes/rules/DX-DATE/",
    }
    return Finding(**(fields | changed))


def a_record(
    claim: str = "C-1", file: str = "claims.json", line: int | None = 3, **changed: Any
) -> ClaimRecord:
    content = {
        "id": claim,
        "payer": "medicare-b",
        "diagnosis": [{"sequence": 1, "code": "M54.5"}, {"sequence": 2, "code": "M54.6"}],
        "item": [
            {
                "sequence": 1,
                "procedure": "97110",
                "modifier": ["GP"],
                "quantity": 2,
                "charge": "80.00",
                "serviced": "2026-05-04",
                "diagnosisSequence": [1],
            },
            {"sequence": 2, "procedure": "97140", "quantity": 1, "serviced": "2026-05-04"},
        ],
    }
    return ClaimRecord(content | changed, Origin(file, line, None))


FOUND = ClaimResult(
    "C-1",
    (
        a_finding(),
        a_finding(rule="CLM-DOC-TYPE", severity=Severity.INFO, focus="", path=None, value=None),
    ),
    (
        NotChecked("C-1", "PX-PTP0", "/item/0", "the table of 2026 is not at hand"),
        NotChecked("C-1", "PX-PTP0", "/item/1", "the table of 2026 is not at hand"),
    ),
    40,
)
SOURCED = ClaimResult("C-6", (a_finding(claim="C-6", source="2300 HI01, segment 26, line 27"),))
"""A finding on a claim from an 837 that begins on line 3."""
WAIVER = Waiver(2, "DX-DATE", "on paper", "A. Reviewer", date(2027, 3, 31), claim="C-5")
WAIVED = ClaimResult("C-5", (), (), 41, (WaivedFinding(a_finding(claim="C-5"), WAIVER),))
CLEAN = ClaimResult("C-2", (), (), 41)
UNJUDGED = ClaimResult("C-3", (), (NotChecked("C-3", "PX-PTP0", "", "no table"),), 41)
COVERAGE = ClaimResult(
    "C-7",
    rules_in_force=38,
    not_covered=(
        NotCovered("C-7", "TH-UNITS", "/item/0", "no minutes on the claim"),
        NotCovered("C-7", "TH-UNITS", "/item/1", "no minutes on the claim"),
    ),
    without_record=("DOC-ORDER", "TH-TIME"),
)
"""A clean claim, of which some rules could not be evaluated for what is specific to no claim."""
NO_RULES = ClaimResult("C-8", not_checked=(NotChecked("C-8", None, "", NO_RULE_IN_FORCE),))
REJECTED = RejectedClaim(Origin("claims.json", 9, "/item/0/quantity"), "expected a number", "C-4")


@cache
def _shipped() -> Rule:
    return load_rules().rules["DX-DATE"]


def a_rule(**changed: Any) -> Rule:
    """The rule DX-DATE as it is loaded, with texts that do not change with the shipped one."""
    fields: dict[str, Any] = {
        "label": "Code not valid on the date of service",
        "description": "Each code is valid on the dates of service.",
        "rationale": "The code set in force decides.",
        "severity": Severity.VIOLATION,
        "message": "{?code} may not be reported on {?date}",
        "remedy": "Report the code that was valid.",
        "status": "active",
        "denial_codes": ("146", "16"),
        "citations": (Citation("Code table", None, "FY2016 to FY2027", None, "primary"),),
        "url": "https://w3id.org/claimshapes/rules/DX-DATE/",
        "file": Path("shapes/diagnosis/DX-DATE.ttl"),
    }
    return replace(_shipped(), **(fields | changed))


# Claim numbers and values that some reader of some format would act on.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script></style><svg onload=alert(1)>",
    "]]></testcase>&lt;&#0;",
    "::error file=x::injected\n::set-output name=x::y\r##[add-path]/tmp",
    "%0A::error::%25",
    '=HYPERLINK("http://x")',
    "[click](http://x) {0} {{1}}",
    "a\u202eb\x1b[31m\x00\ud800\U0001f600",
    "javascript:alert(1)",
)


def hostile_results() -> list[Any]:
    """A claim for each hostile text, which stands wherever a claim can bring it."""
    results: list[Any] = []
    for text in HOSTILE:
        record = a_record(text, file=f"{text}.json", payer=text)
        finding = a_finding(claim=text, value=text, message=f"{text} is wrong", source=text)
        waiver = replace(WAIVER, reason=text, reviewer=text)
        unjudged = (NotChecked(text, "PX-PTP0", "/item/0", text),)
        waived = (WaivedFinding(finding, waiver),)
        results.append((record, ClaimResult(text, (finding,), unjudged, 9, waived)))
        results.append((record, ClaimResult(text, (), unjudged, 9)))
        results.append((record, ClaimResult(text, (), (), 9)))
        uncovered = (NotCovered(text, "TH-UNITS", "/item/0", text),)
        results.append((record, ClaimResult(text, rules_in_force=9, not_covered=uncovered)))
        results.append(RejectedClaim(Origin(f"{text}.json", 1, f"/{text}"), text, text))
    return results


def context(**changed: Any) -> ReportContext:
    fields: dict[str, Any] = {
        "rules": {"DX-DATE": a_rule()},
        "denials": {"146": "the diagnosis was not valid on the date of service"},
    }
    return ReportContext(**(fields | changed))


def reported(
    name: str,
    results: list[Any],
    *,
    complete: bool = True,
    waivers: Waivers | None = None,
    **changed: Any,
) -> str:
    """A whole report on results and rejected claims."""
    stream = io.StringIO()
    report = open_report(name, stream, context(**changed))
    summary = Summary(waivers=waivers or Waivers(), complete=complete)
    for result in results:
        if isinstance(result, RejectedClaim):
            summary.reject(result)
            report.reject(result)
        else:
            record, result = (
                result if isinstance(result, tuple) else (a_record(result.claim), result)
            )
            summary.add(record, result)
            report.add(record, result)
    report.finish(summary)
    return stream.getvalue()


@pytest.fixture(scope="session")
def findings_schema() -> dict[str, Any]:
    file: Path = resource_directory("ontology") / "findings.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return schema
