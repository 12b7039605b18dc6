"""The report for people: each claim with what was found on it, then a summary."""

from __future__ import annotations

from itertools import groupby
from typing import TextIO

from claimshapes.checking.findings import ClaimResult, Finding, NotChecked, Verdict, WaivedFinding
from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.knowledge.denials import name_denial
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.lines import Page, counted
from claimshapes.report.summary import Summary, ranked
from claimshapes.report.summary_words import gap_rules, summary_fields
from claimshapes.rules.severity import Severity

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
        match result.verdict:
            case Verdict.CLEAN:
                rules = counted(result.rules_in_force, "rule")
                page.line(("clean", "green"), f": no findings, {rules} in force", indent=2)
            case Verdict.WAIVED:
                page.line("no findings but what is waived", indent=2)
            case Verdict.INCOMPLETE:
                page.line(
                    ("incomplete", "yellow"), ": no findings, but not everything checked", indent=2
                )
        for waived in result.waived:
            self._waived(waived)
        self._not_checked(result.not_checked)
        page.space()
        self._empty = False

    def reject(self, rejected: RejectedClaim) -> None:
        """Leaves it to the error stream, which names each rejected claim when it comes."""

    def finish(self, summary: Summary) -> None:
        # A file of which nothing could be read has had its one line.
        if self._empty and summary.complete and (summary.rejected or summary.faults):
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
        def by_reason(item: NotChecked) -> tuple[str, str]:
            return item.rule or "", item.reason

        for (rule, reason), group in groupby(sorted(items, key=by_reason), key=by_reason):
            places = [item.focus for item in group if item.focus]
            where = f"  (at {', '.join(places)})" if places else ""
            named: list[str | tuple[str, str]] = ["  ", (rule, "bold")] if rule else []
            self._page.line(("not checked", "dim"), *named, f"  {reason}{where}", indent=2, hang=2)


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
        words = "rules that lack a fact of the claim, by claims"
        page.field("not checked", words, indent=2, column=13)
    for rule, reasons in sorted(summary.not_checked.items()):
        for reason, count in ranked(reasons):
            page.beside([f"{count:>7,}"], f"{rule}  {reason}".strip(), indent=2, column=9)
    if summary.coverage:
        words = "what the format does not carry or no table holds, by claims"
        page.field("coverage", words, indent=2, column=13)
    for gap in summary.coverage:
        page.beside([f"{gap.claims:>7,}"], f"{gap_rules(gap)}  {gap.reason}", indent=2, column=9)
