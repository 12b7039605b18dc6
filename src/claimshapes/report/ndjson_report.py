"""The report for programs that read line by line: one object a claim, the summary last.

docs/reference/reports.md says what the objects hold. No line needs another one.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as _text
from typing import Any, TextIO

from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.json_report import (
    finding_object,
    not_checked_object,
    rejected_object,
    summary_object,
    waived_object,
)
from claimshapes.report.summary import Summary


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a report of lines, or goes on with one."""
    return _LinesReport(stream)


class _LinesReport:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._file = self._file_text = ""

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        if not (result.findings or result.waived or result.not_checked):
            # Most claims: the same line as below, without a dictionary for each.
            origin = record.origin
            if origin.file != self._file or not self._file_text:
                self._file, self._file_text = origin.file, _text(origin.file)
            self._stream.write(
                f'{{"kind": "claim", "claim": {_text(result.claim)}, "file": {self._file_text},'
                f' "line": {"null" if origin.line is None else origin.line},'
                f' "verdict": "{result.verdict}", "rulesInForce": {result.rules_in_force},'
                ' "findings": []}\n'
            )
            return
        line: dict[str, Any] = {
            "kind": "claim",
            "claim": result.claim,
            "file": record.origin.file,
            "line": record.origin.line,
            "verdict": result.verdict.value,
            "rulesInForce": result.rules_in_force,
            "findings": [
                _of_claim(finding_object(finding, record.claim)) for finding in result.findings
            ],
        }
        if result.waived:
            line["waived"] = [
                _of_claim(waived_object(waived, record.claim)) for waived in result.waived
            ]
        if result.not_checked:
            line["notChecked"] = [_of_claim(not_checked_object(i)) for i in result.not_checked]
        self._write(line)

    def reject(self, rejected: RejectedClaim) -> None:
        self._write({"kind": "rejected"} | rejected_object(rejected))

    def finish(self, summary: Summary) -> None:
        self._write({"kind": "summary", "claims": summary.claims} | summary_object(summary))
        self._stream.flush()

    def _write(self, line: dict[str, Any]) -> None:
        # ASCII, so that a line is valid whatever encoding the stream has.
        self._stream.write(json.dumps(line, ensure_ascii=True) + "\n")


def _of_claim(entry: dict[str, Any]) -> dict[str, Any]:
    del entry["claim"]
    return entry
