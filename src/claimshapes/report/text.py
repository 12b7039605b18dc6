"""The report for people: each claim with what was found on it, then a summary."""

from __future__ import annotations

from itertools import groupby
from typing import TextIO

from claimshapes.claim import ClaimRecord, RejectedClaim
from claimshapes.findings import ClaimResult, Finding, NotChecked, Severity, WaivedFinding
from claimshapes.report.denials import name_denial
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.page import Page, counted
from claimshapes.report.summary import Summary, ranked
from claimshapes.report.summary_words import summary_fields

SEVERITY_STYLES = {
    Severity.VIOLATION: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.INFO: "bold blue",
}


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a report for people."""
    return _TextReport(stream, context)


class _TextReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._page = Page(stream)
        self._stream = stream
        self._context = context
        self._empty = True

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        page = self._page
        payer = record.claim["payer"]
        page.line((f"Claim {result.claim}", "bold"), f"  payer {payer}  ({record.origin})", hang=2)
        for finding in result.findings:
            self._finding(finding)
        if result.clean:
            judged = counted(result.rules_in_force, "rule")
            page.line(("clean", "green"), f": {judged} judged, nothing found", indent=2)
        elif not result.findings and result.waived:
            page.line("nothing found but what is waived", indent=2)
        elif not result.findings:
            page.line("nothing found, but not everything could be checked", indent=2)
        for waived in result.waived:
            self._waived(waived)
        self._not_checked(result.not_checked)
        page.space()
        self._empty = False

    def reject(self, rejected: RejectedClaim) -> None:
        """Leaves it to the error stream, which names each rejected claim when it comes."""

    def finish(self, summary: Summary) -> None:
        # A file of which nothing could be read has had its one line.
        if self._empty and summary.complete and summary.rejected:
            return
        write_summary(self._page, summary)
        self._stream.flush()

    def _finding(self, finding: Finding) -> None:
        page = self._page
        rule = self._context.rules.get(finding.rule)
        page.line(
            (finding.severity.value, SEVERITY_STYLES[finding.severity]),
            "  ",
            (finding.rule, "bold"),
            f"  {finding.message}",
            indent=2,
            hang=2,
        )
        page.field("where", _where(finding), indent=4)
        if finding.source is not None:
            page.field("in file", finding.source, indent=4)
        if rule is not None:
            page.field("why", rule.rationale, indent=4)
        page.field("what to do", finding.remedy, indent=4)
        if finding.denial_codes:
            denials = dict(self._context.denials)
            named = "; ".join(name_denial(code, denials) for code in finding.denial_codes)
            page.field("prevents", named, indent=4)
        for citation in rule.citations if rule is not None else ():
            page.field("source", str(citation), indent=4)

    def _waived(self, waived: WaivedFinding) -> None:
        page, finding, waiver = self._page, waived.finding, waived.waiver
        page.line(
            ("waived", "dim"),
            f" {finding.severity.value}  ",
            (finding.rule, "bold"),
            f"  {finding.message}",
            indent=2,
            hang=2,
        )
        page.field("where", _where(finding), indent=4)
        page.field("waived by", f"{waiver.reviewer} until {waiver.until}", indent=4)
        page.field("because", waiver.reason, indent=4)

    def _not_checked(self, items: tuple[NotChecked, ...]) -> None:
        by_reason = sorted(items, key=lambda item: (item.rule, item.reason))
        for (rule, reason), group in groupby(by_reason, key=lambda item: (item.rule, item.reason)):
            places = [item.focus for item in group if item.focus]
            where = f"  (at {', '.join(places)})" if places else ""
            self._page.line(
                ("not checked", "dim"), "  ", (rule, "bold"), f"  {reason}{where}", indent=2, hang=2
            )


def _where(finding: Finding) -> str:
    value = f" = {finding.value}" if finding.value is not None and finding.path else ""
    return (finding.place or "the claim") + value


def write_summary(page: Page, summary: Summary) -> None:
    """Writes the closing part of the report."""
    page.line(("Summary", "bold"))
    if not summary.complete:
        page.line(
            "stopped before the end: what follows is about the claims checked so far", indent=2
        )
    for name, value in summary_fields(summary):
        page.field(name, value, indent=2, column=13)
    for rule, count in ranked(summary.by_rule):
        page.beside([f"{count:>7,}"], rule, indent=2, column=9)
    if summary.not_checked:
        page.field("not checked", "rules that could not be judged, by claims", indent=2, column=13)
    for rule, reasons in sorted(summary.not_checked.items()):
        for reason, count in ranked(reasons):
            page.beside([f"{count:>7,}"], f"{rule}  {reason}", indent=2, column=9)
