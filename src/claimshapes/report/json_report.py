"""The report for programs, as ontology/findings.schema.json describes it.

Findings are written as they come. What is waived, was not checked or was rejected waits in a
spool, since each list stands whole in the document.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, TextIO

from claimshapes.checking.findings import (
    ClaimResult,
    Finding,
    NotChecked,
    NotCovered,
    Suggestion,
    WaivedFinding,
    Waiver,
)
from claimshapes.claims.claim import ClaimJson, ClaimRecord, RejectedClaim
from claimshapes.claims.form_places import form_place
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.summary import NO_RULE, Gap, Summary, ranked
from claimshapes.report.written_later import Spool
from claimshapes.rules.severity import Severity


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a JSON report."""
    return _JsonReport(stream, context)


class _JsonReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._stream = stream
        self._several_files = context.several_files
        self._waived = Spool()
        self._not_checked = Spool()
        self._rejected = Spool()
        self._findings = 0
        stream.write('{\n"findings": [')

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        origin = {"file": record.origin.file} if self._several_files else {}
        for finding in result.findings:
            self._stream.write(",\n" if self._findings else "\n")
            self._stream.write(_json(finding_object(finding, record.claim) | origin))
            self._findings += 1
        for waived in result.waived:
            self._waived.append(_json(waived_object(waived, record.claim) | origin))
        for item in result.not_checked:
            self._not_checked.append(_json(not_checked_object(item) | origin))

    def reject(self, rejected: RejectedClaim) -> None:
        self._rejected.append(_json(rejected_object(rejected)))

    def finish(self, summary: Summary) -> None:
        write = self._stream.write
        write("\n]" if self._findings else "]")
        for name, spool in (
            ("waived", self._waived),
            ("notChecked", self._not_checked),
            ("rejected", self._rejected),
        ):
            write(f',\n"{name}": [')
            separator = "\n"
            for line in spool:
                write(separator + line)
                separator = ",\n"
            write("]" if separator == "\n" else "\n]")
        write(f',\n"claims": {summary.claims},\n"summary": {_json(summary_object(summary))}\n}}\n')
        self._stream.flush()


def finding_object(finding: Finding, claim: ClaimJson | None = None) -> dict[str, Any]:
    """A finding under the names of the claim format.

    Args:
        finding: the finding.
        claim: the claim that it is about, for its place on the forms.
    """
    source = {} if finding.source is None else {"source": finding.source}
    place = {} if claim is None else {"place": place_object(finding, claim)}
    known = list(map(_suggestion, finding.suggestions))
    suggestions = {"suggestions": known} if known else {}
    return {
        "claim": finding.claim,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "focus": finding.focus,
        "path": finding.path,
        "value": finding.value,
        "message": finding.message,
        "remedy": finding.remedy,
        "denialCodes": list(finding.denial_codes),
        "url": finding.url,
        **source,
        **place,
        **suggestions,
    }


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    """A candidate, the condition that makes it true, and the JSON Patch that takes it."""
    return {
        "value": suggestion.value,
        "title": suggestion.title,
        "condition": suggestion.condition,
        "patch": [
            {"op": operation, "path": path, "value": value}
            for operation, path, value in suggestion.patch
        ],
    }


def place_object(finding: Finding, claim: ClaimJson) -> dict[str, Any]:
    """Where a finding is, in words, on the paper form, in the 837, in FHIR and in the file."""
    place = form_place(claim, finding.place)
    fields = {
        "words": place.words,
        "box": place.box,
        "x12": place.x12,
        "fhir": place.fhir,
        "line": finding.source_line,
        "column": finding.source_column,
    }
    return {name: value for name, value in fields.items() if value}


def waived_object(waived: WaivedFinding, claim: ClaimJson) -> dict[str, Any]:
    """A waived finding, with what the waiver says."""
    return finding_object(waived.finding, claim) | {"waiver": waiver_object(waived.waiver)}


def waiver_object(waiver: Waiver) -> dict[str, Any]:
    """A waiver under the names of the waiver file, without what it does not state."""
    fields = {
        "number": waiver.number,
        "rule": waiver.rule,
        "claim": waiver.claim,
        "payer": waiver.payer,
        "code": waiver.code,
        "pointer": waiver.pointer,
        "reason": waiver.reason,
        "reviewer": waiver.reviewer,
        "until": waiver.until.isoformat(),
    }
    return {name: value for name, value in fields.items() if value is not None}


def summary_object(summary: Summary) -> dict[str, Any]:
    """The counts of a check under their names in the JSON report."""
    rate = summary.clean_rate
    return {
        "complete": summary.complete,
        "read": summary.read,
        "checked": summary.claims,
        "rejected": summary.rejected,
        "faults": summary.faults,
        "clean": summary.clean,
        "cleanRate": None if rate is None else round(rate, 4),
        "withFindings": summary.with_findings,
        "onlyWaived": summary.only_waived,
        "onlyKnown": summary.only_known,
        "incomplete": summary.incomplete,
        "rulesInForce": {"fewest": summary.fewest_rules or 0, "most": summary.most_rules},
        "findings": summary.findings,
        "waived": summary.waived,
        "known": summary.known,
        "bySeverity": {severity.value: summary.by_severity[severity] for severity in Severity},
        "byRule": dict(sorted(summary.by_rule.items())),
        "byDenialCode": dict(sorted(summary.by_denial.items())),
        "byPayer": {
            payer: {
                "claims": counts.claims,
                "clean": counts.clean,
                "findings": counts.findings,
                "chargesAtRisk": str(counts.at_risk),
            }
            for payer, counts in sorted(summary.by_payer.items())
        },
        "unknownPayers": [
            {"payer": payer, "claims": count} for payer, count in ranked(summary.unknown_payers)
        ],
        "charges": {
            "total": str(summary.charges.total),
            "atRisk": str(summary.charges.at_risk),
            "bySeverity": {
                severity.value: str(amount) for severity, amount in summary.charges.touched.items()
            },
            "lines": summary.charges.lines,
            "linesWithoutCharge": summary.charges.without_charge,
        },
        "notChecked": {
            rule: [{"reason": reason, "claims": count} for reason, count in ranked(reasons)]
            for rule, reasons in sorted(summary.not_checked.items())
            if rule != NO_RULE
        },
        "noRuleInForce": summary.not_checked.get(NO_RULE, Counter()).total(),
        "coverage": [gap_object(gap) for gap in summary.coverage],
        "expiredWaivers": [
            waiver_object(waiver) | {"findings": count}
            for waiver, count in summary.waivers.expired()
        ],
        "unmatchedWaivers": [waiver_object(waiver) for waiver in summary.waivers.unmatched()],
    }


def gap_object(gap: Gap) -> dict[str, Any]:
    """What kept rules from being evaluated, under the names of the JSON report."""
    return {
        "rules": list(gap.rules),
        "reason": gap.reason,
        "claims": gap.claims,
        "places": gap.places,
    }


def not_checked_object(item: NotChecked | NotCovered) -> dict[str, Any]:
    """What was not evaluated, under the names of the JSON report."""
    return {
        "claim": item.claim,
        "rule": item.rule,
        "focus": item.focus,
        "reason": item.reason,
    }


def rejected_object(rejected: RejectedClaim) -> dict[str, Any]:
    """A claim that could not be read, under the names of the JSON report."""
    return {
        "claim": rejected.claim_id,
        "file": rejected.origin.file,
        "line": rejected.origin.line,
        "pointer": rejected.origin.pointer,
        "reason": rejected.reason,
        "claims": rejected.claims,
    }


def _json(value: Any) -> str:
    # ASCII, so that the document is valid whatever encoding the stream has.
    return json.dumps(value, ensure_ascii=True)
