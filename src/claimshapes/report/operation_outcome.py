"""The report as a FHIR R4 OperationOutcome, for systems that speak FHIR.

The expressions keep to the simple subset of FHIRPath that R4 allows there.
"""

from __future__ import annotations

import json
import re
from typing import Any, TextIO

from claimshapes.checking.findings import ClaimResult, Finding
from claimshapes.claims.claim import ClaimRecord, Origin, RejectedClaim
from claimshapes.claims.form_places import fhir_expression
from claimshapes.knowledge.denials import name_denial
from claimshapes.rdf.vocabulary import RULE_NS
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.lines import plain
from claimshapes.report.summary import Summary
from claimshapes.report.summary_words import summary_lines
from claimshapes.rules.severity import Severity

_SEVERITIES = {
    Severity.VIOLATION: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "information",
}
_FHIR = re.compile(r"((?:Bundle|Claim|ExplanationOfBenefit)\b[^, ]*)(?:, line [0-9]+)?")


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins an OperationOutcome."""
    return _OutcomeReport(stream, context)


class _OutcomeReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._stream = stream
        self._context = context
        self._issues = 0
        stream.write('{\n"resourceType": "OperationOutcome",\n"issue": [')

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        for finding in result.findings:
            self._finding(record, finding, _SEVERITIES[finding.severity], [])
        for waived in result.waived:
            waiver = waived.waiver
            words = (
                f"waived ({waived.finding.severity.value}) by {waiver.reviewer} "
                f"until {waiver.until}: {waiver.reason}"
            )
            self._finding(record, waived.finding, "information", [words])
        for item in result.not_checked:
            self._issue(
                "information",
                "incomplete",
                f"not checked: {item.reason}",
                [_claim(result.claim, record.origin)],
                rule=item.rule,
                element=_element(record, item.focus),
            )
        if result.clean:
            self._issue(
                "information",
                "informational",
                "clean",
                [_claim(result.claim, record.origin)],
                element=_element(record, ""),
            )

    def reject(self, rejected: RejectedClaim) -> None:
        self._issue("fatal", "structure", rejected.reason, [f"not read: {rejected.origin}"])

    def finish(self, summary: Summary) -> None:
        notices = summary.waivers.notices() if summary.complete else []
        self._issue("information", "informational", "summary", [*summary_lines(summary), *notices])
        self._stream.write("\n]\n}\n")
        self._stream.flush()

    def _finding(
        self, record: ClaimRecord, finding: Finding, severity: str, more: list[str]
    ) -> None:
        denials = dict(self._context.denials)
        prevented = "; ".join(name_denial(code, denials) for code in finding.denial_codes)
        self._issue(
            severity,
            "business-rule",
            finding.message,
            [
                _claim(finding.claim, record.origin),
                *more,
                f"what to do: {finding.remedy}",
                *([f"prevents: {prevented}"] if prevented else []),
                f"see {finding.url}",
            ],
            rule=finding.rule,
            element=_element(record, finding.place),
        )

    def _issue(
        self,
        severity: str,
        code: str,
        text: str,
        diagnostics: list[str],
        *,
        rule: str | None = None,
        element: str | None = None,
    ) -> None:
        details: dict[str, Any] = {"text": plain(text)}
        if rule is not None:
            coding = {"system": RULE_NS.rstrip("/"), "code": rule}
            if rule in self._context.rules:
                coding["display"] = self._context.rules[rule].label
            details = {"coding": [coding]} | details
        issue: dict[str, Any] = {
            "severity": severity,
            "code": code,
            "details": details,
            "diagnostics": "\n".join(map(plain, diagnostics)),
        }
        if element is not None:
            issue["expression"] = [element]
        self._stream.write(",\n" if self._issues else "\n")
        self._stream.write(json.dumps(issue, ensure_ascii=True))
        self._issues += 1


def _element(record: ClaimRecord, pointer: str) -> str:
    """The element that a claim from FHIR was read from, else the one that it would be."""
    place = record.place(pointer)
    path = None if place is None else _FHIR.fullmatch(place)
    return path[1] if path is not None else fhir_expression(pointer)


def _claim(number: str, origin: Origin) -> str:
    return f"claim {number} ({origin})"
