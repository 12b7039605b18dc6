"""The report as a table for spreadsheets, one row a finding.

docs/reference/reports.md says what the columns are. A cell that a spreadsheet would take for a
formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
from typing import TextIO

from claimshapes.checking.findings import ClaimResult, Finding, Verdict
from claimshapes.claims.claim import ClaimRecord, Origin, RejectedClaim
from claimshapes.report.charges import charges_at
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.lines import plain
from claimshapes.report.summary import Summary

COLUMNS = (
    "kind",
    "claim",
    "file",
    "line",
    "payer",
    "rule",
    "severity",
    "focus",
    "path",
    "source",
    "value",
    "message",
    "remedy",
    "denialCodes",
    "charges",
    "url",
    "waivedBy",
    "waivedUntil",
    "waivedBecause",
    "claims",
)
"""Names of the columns, in their order."""

# What Excel, LibreOffice and Google Sheets begin a formula with; the last four are full width.
_FORMULA = ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a table with its header, or goes on with one."""
    return _CsvReport(stream, context.continued)


class _CsvReport:
    def __init__(self, stream: TextIO, continued: bool) -> None:
        self._stream = stream
        self._table = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
        if not continued:
            self._table.writeheader()

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        claim = _claim_cells(result.claim, record.origin) | {"payer": str(record.claim["payer"])}
        if result.clean:
            self._row(claim | {"kind": "clean"})
        if result.verdict is Verdict.KNOWN:
            self._row(claim | {"kind": "known"})
        for finding in result.findings:
            self._row(claim | {"kind": "finding"} | _finding_cells(record, finding))
        for waived in result.waived:
            waiver = {
                "waivedBy": waived.waiver.reviewer,
                "waivedUntil": waived.waiver.until.isoformat(),
                "waivedBecause": waived.waiver.reason,
            }
            self._row(claim | {"kind": "waived"} | _finding_cells(record, waived.finding) | waiver)
        for item in result.not_checked:
            self._row(
                claim
                | {
                    "kind": "not-checked",
                    "rule": item.rule or "",
                    "focus": item.focus,
                    "message": item.reason,
                }
            )

    def reject(self, rejected: RejectedClaim) -> None:
        cells = {"kind": "rejected", "focus": rejected.origin.pointer or ""}
        cells["message"] = rejected.reason
        self._row(_claim_cells(rejected.claim_id or "", rejected.origin) | cells)

    def finish(self, summary: Summary) -> None:
        for gap in summary.coverage:
            self._row(
                {
                    "kind": "coverage",
                    "rule": " ".join(gap.rules),
                    "message": gap.reason,
                    "claims": str(gap.claims),
                }
            )
        for word, count in (
            ("read", summary.read),
            ("checked", summary.claims),
            ("rejected", summary.rejected),
            ("clean", summary.clean),
            ("incomplete", summary.incomplete),
            ("with findings", summary.with_findings),
            ("only waived", summary.only_waived),
            ("only known", summary.only_known),
        ):
            self._row({"kind": "summary", "message": word, "claims": str(count)})
        self._stream.flush()

    def _row(self, cells: dict[str, str]) -> None:
        self._table.writerow({name: _cell(text) for name, text in cells.items()})


def _claim_cells(claim: str, origin: Origin) -> dict[str, str]:
    line = "" if origin.line is None else str(origin.line)
    return {"claim": claim, "file": origin.file, "line": line}


def _finding_cells(record: ClaimRecord, finding: Finding) -> dict[str, str]:
    charges = charges_at(record.claim, finding.focus)
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "focus": finding.focus,
        "path": finding.path or "",
        "source": finding.source or "",
        "value": finding.value or "",
        "message": finding.message,
        "remedy": finding.remedy,
        "denialCodes": " ".join(finding.denial_codes),
        "charges": "" if charges is None else str(charges),
        "url": finding.url,
    }


def _cell(text: str) -> str:
    shown = plain(text)
    return f"'{shown}" if shown.lstrip(" '\"").startswith(_FORMULA) else shown
