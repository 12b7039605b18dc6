"""The report for programs, as ontology/findings.schema.json describes it.

Findings are written as they come. What was not checked or rejected waits in a spool, which
moves to a temporary file when it grows, since each list stands whole in the document.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from typing import Any, TextIO

from claimshapes.claim import ClaimRecord, RejectedClaim
from claimshapes.findings import ClaimResult, Finding, NotChecked, Severity
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.summary import Summary, ranked

_IN_MEMORY = 1 << 20


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a JSON report."""
    return _JsonReport(stream, context)


class _JsonReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._stream = stream
        self._several_files = context.several_files
        self._not_checked = _Spool()
        self._rejected = _Spool()
        self._findings = 0
        stream.write('{\n"findings": [')

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        origin = {"file": record.origin.file} if self._several_files else {}
        for finding in result.findings:
            self._stream.write(",\n" if self._findings else "\n")
            self._stream.write(_json(finding_object(finding) | origin))
            self._findings += 1
        for item in result.not_checked:
            self._not_checked.append(_json(_not_checked_object(item) | origin))
        self._stream.flush()

    def reject(self, rejected: RejectedClaim) -> None:
        self._rejected.append(_json(_rejected_object(rejected)))

    def finish(self, summary: Summary) -> None:
        write = self._stream.write
        write("\n]" if self._findings else "]")
        for name, spool in (("notChecked", self._not_checked), ("rejected", self._rejected)):
            write(f',\n"{name}": [')
            separator = "\n"
            for line in spool:
                write(separator + line)
                separator = ",\n"
            write("]" if separator == "\n" else "\n]")
        write(f',\n"claims": {summary.claims},\n"summary": {_json(summary_object(summary))}\n}}\n')
        self._stream.flush()


class _Spool:
    """Lines of text, in memory while they are few."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - lives as long as the report
            _IN_MEMORY, "w+", encoding="ascii", newline="\n"
        )

    def append(self, line: str) -> None:
        self._file.write(line + "\n")

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for line in self._file:
            yield line.rstrip("\n")


def finding_object(finding: Finding) -> dict[str, Any]:
    """A finding under the names of the claim format."""
    source = {} if finding.source is None else {"source": finding.source}
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
    } | source


def summary_object(summary: Summary) -> dict[str, Any]:
    """The counts of a check under their names in the JSON report."""
    rate = summary.clean_rate
    return {
        "complete": summary.complete,
        "clean": summary.clean,
        "cleanRate": None if rate is None else round(rate, 4),
        "withFindings": summary.with_findings,
        "notFullyChecked": summary.not_fully_checked,
        "rejected": summary.rejected,
        "findings": summary.findings,
        "bySeverity": {severity.value: summary.by_severity[severity] for severity in Severity},
        "byRule": dict(sorted(summary.by_rule.items())),
        "notChecked": {
            rule: [{"reason": reason, "claims": count} for reason, count in ranked(reasons)]
            for rule, reasons in sorted(summary.not_checked.items())
        },
    }


def _not_checked_object(item: NotChecked) -> dict[str, Any]:
    return {
        "claim": item.claim,
        "rule": item.rule,
        "focus": item.focus,
        "reason": item.reason,
    }


def _rejected_object(rejected: RejectedClaim) -> dict[str, Any]:
    return {
        "claim": rejected.claim_id,
        "file": rejected.origin.file,
        "line": rejected.origin.line,
        "pointer": rejected.origin.pointer,
        "reason": rejected.reason,
    }


def _json(value: Any) -> str:
    # ASCII, so that the document is valid whatever encoding the stream has.
    return json.dumps(value, ensure_ascii=True)
