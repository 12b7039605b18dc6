"""The report for people: each claim with its findings, or, of many claims, the findings by rule.

Of up to a hundred claims each is shown, then the summary. Of more, the summary comes first, and
then the findings of each rule together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TextIO

from claimshapes.checking.findings import ClaimResult, Finding, NotChecked, Verdict, WaivedFinding
from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.claims.form_places import FormPlace, form_place
from claimshapes.knowledge.denials import name_denial
from claimshapes.report.correction import write_correction
from claimshapes.report.finding_groups import FindingGroup, FindingGroups
from claimshapes.report.formats import Detail, Report, ReportContext
from claimshapes.report.lines import Page, Span, counted
from claimshapes.report.summary import Summary, ranked
from claimshapes.report.summary_words import gap_rules, severities_in_words, summary_fields
from claimshapes.rules.severity import Severity

SEVERITY_STYLES = {
    Severity.VIOLATION: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.INFO: "bold blue",
}
MOST_CLAIMS = 100
"""Claims of which each is shown where nothing else is asked for."""
_MOST_GROUPS = 10
_MOST_PLACES = 5
_MOST_RULES = 5
_MOST_CANDIDATES = 4


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a report for people."""
    return _TextReport(stream, context)


class _TextReport:
    def __init__(self, stream: TextIO, context: ReportContext) -> None:
        self._page = Page(stream)
        self._stream = stream
        self._context = context
        self._layout = layout = context.layout
        self._empty = True
        grouped = layout.group_by or ("rule" if layout.statistics or layout.top else None)
        # Claims one after another need no group, unless some of them are to be chosen.
        every = layout.suggest or (
            grouped == "claim" and layout.top is None and not layout.statistics
        )
        short = layout.detail is Detail.SHORT and not layout.statistics and layout.top is None
        self._at_once = every or (grouped is None and short)
        self._held: list[tuple[ClaimRecord, ClaimResult]] | None = None if grouped else []
        self._groups = FindingGroups(grouped or "rule")

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        self._empty = False
        if self._at_once:
            self._claim(record, result)
            return
        self._groups.add(record, result)
        if self._held is not None:
            self._held.append((record, result))
            if len(self._held) > MOST_CLAIMS:
                self._held = None

    def reject(self, rejected: RejectedClaim) -> None:
        """Leaves it to the error stream, which names each rejected claim when it comes."""

    def finish(self, summary: Summary) -> None:
        # A file of which nothing could be read has had its one line.
        if self._empty and summary.complete and (summary.rejected or summary.faults):
            return
        for record, result in self._held or ():
            self._claim(record, result)
        if self._at_once and self._layout.detail is Detail.SHORT:
            self._page.line(_in_one_line(summary))
        else:
            write_summary(self._page, summary)
        if not self._at_once and self._held is None:
            self._write_groups()
        self._stream.flush()

    def _claim(self, record: ClaimRecord, result: ClaimResult) -> None:
        if self._layout.detail is Detail.SHORT:
            self._in_lines(record, result)
            return
        page = self._page
        payer = record.claim["payer"]
        page.line((f"Claim {result.claim}", "bold"), f"  payer {payer}  ({record.origin})", hang=2)
        for _, same in groupby(result.findings, key=lambda each: (each.severity, each.rule)):
            self._findings(record, list(same))
        match result.verdict:
            case Verdict.CLEAN:
                rules = counted(result.rules_in_force, "rule")
                page.line(("clean", "green"), f": no findings, {rules} in force", indent=2)
            case Verdict.WAIVED:
                page.line("no findings but what is waived", indent=2)
            case Verdict.KNOWN:
                page.line("no findings but those of the baseline", indent=2)
            case Verdict.INCOMPLETE:
                page.line(
                    ("incomplete", "yellow"), ": no findings, but not everything checked", indent=2
                )
        for waived in result.waived:
            self._waived(record, waived)
        self._not_checked(record, result.not_checked)
        page.space()

    def _in_lines(self, record: ClaimRecord, result: ClaimResult) -> None:
        """One line for each finding, for programs that jump to a place in a file."""
        for finding in result.findings:
            line = finding.source_line or record.origin.line
            at = f"{record.origin.file}:{line}" if line else record.origin.file
            self._page.unwrapped(
                f"{at}: {finding.claim}: ",
                (finding.severity.value, SEVERITY_STYLES[finding.severity]),
                " ",
                (finding.rule, "bold"),
                f" {finding.message} ({_place(record, finding).words})",
            )

    def _findings(self, record: ClaimRecord, findings: Sequence[Finding]) -> None:
        """The findings of one rule on a claim, what they have in common once."""
        page, first = self._page, findings[0]
        by_message: dict[str, list[Finding]] = {}
        for finding in findings:
            by_message.setdefault(finding.message, []).append(finding)
        times = f"{len(findings):,} times"
        if len(by_message) > 1:
            told = times
        else:
            told = first.message if len(findings) == 1 else f"{first.message}  ({times})"
        self._head(first.severity, first.rule, told)
        for message, same in by_message.items():
            if len(by_message) > 1:
                page.line(message, indent=4, hang=2)
            self._where(record, same)
        rule = self._context.rules.get(first.rule)
        full = self._layout.detail is Detail.FULL
        if rule is not None and full:
            page.field("why", rule.rationale, indent=4)
        for remedy in dict.fromkeys(finding.remedy for finding in findings):
            page.field("what to do", remedy, indent=4)
        self._candidates(record, findings)
        if first.denial_codes and full:
            denials = dict(self._context.denials)
            named = "; ".join(name_denial(code, denials) for code in first.denial_codes)
            page.field("prevents", named, indent=4)
        for citation in rule.citations if rule is not None and full else ():
            page.field("source", str(citation), indent=4)

    def _head(self, severity: Severity, name: str, told: str) -> None:
        """The line that findings of a rule, or of a group, begin with."""
        style = SEVERITY_STYLES[severity]
        self._page.line(
            (severity.value, style), "  ", (name, "bold"), f"  {told}", indent=2, hang=2
        )

    def _where(self, record: ClaimRecord, findings: Sequence[Finding]) -> None:
        full = self._layout.detail is Detail.FULL
        shown = findings if full else findings[:_MOST_PLACES]
        places = [
            _where(record, finding, form=full or index == len(shown) - 1)
            for index, finding in enumerate(shown)
        ]
        if len(shown) < len(findings):
            places.append(f"{len(findings) - len(shown):,} more")
        denials = ", ".join(findings[0].denial_codes)
        prevented = f"; prevents CARC {denials}" if denials and not full else ""
        self._page.field("where", "; ".join(places) + prevented, indent=4)
        if full:
            for finding in findings:
                fhir = _place(record, finding).fhir
                pointer = finding.place or "the claim"
                self._page.field("pointer", f"{pointer}; FHIR {fhir}", indent=4)
                if finding.source not in (None, f"line {finding.source_line}"):
                    self._page.field("in file", finding.source or "", indent=4)

    def _candidates(self, record: ClaimRecord, findings: Sequence[Finding]) -> None:
        """What would settle the findings; as a corrected claim where that is wanted."""
        shown: dict[str, None] = {}
        for finding in findings:
            if not finding.suggestions:
                continue
            most = len(finding.suggestions) if self._layout.suggest else _MOST_CANDIDATES
            named = finding.suggestions[:most]
            left = len(finding.suggestions) - len(named)
            grouped = [
                "; ".join(str(each) for each in group)
                + (f" and {left:,} more" if left and condition == named[-1].condition else "")
                + f", {condition}"
                for condition, group in groupby(named, key=lambda each: each.condition)
            ]
            shown["; ".join(grouped)] = None
        for words in shown:
            self._page.field("candidates", words, indent=4)
        if self._layout.suggest:
            for finding in findings:
                if finding.suggestions:
                    write_correction(self._page, record.claim, finding)

    def _waived(self, record: ClaimRecord, waived: WaivedFinding) -> None:
        page, finding, waiver = self._page, waived.finding, waived.waiver
        page.line(
            ("waived", "dim"),
            f" {finding.severity.value}  ",
            (finding.rule, "bold"),
            f"  {finding.message}",
            indent=2,
            hang=2,
        )
        page.field("where", _where(record, finding), indent=4)
        page.field("waived by", f"{waiver.reviewer} until {waiver.until}", indent=4)
        page.field("because", waiver.reason, indent=4)

    def _not_checked(self, record: ClaimRecord, items: tuple[NotChecked, ...]) -> None:
        def by_reason(item: NotChecked) -> tuple[str, str]:
            return item.rule or "", item.reason

        for (rule, reason), group in groupby(sorted(items, key=by_reason), key=by_reason):
            places = [form_place(record.claim, item.focus).words for item in group if item.focus]
            where = f"  ({', '.join(places)})" if places else ""
            named: list[Span] = ["  ", (rule, "bold")] if rule else []
            self._page.line(("not checked", "dim"), *named, f"  {reason}{where}", indent=2, hang=2)

    def _write_groups(self) -> None:
        groups, layout = self._groups, self._layout
        most = layout.top or (None if layout.statistics else _MOST_GROUPS)
        if not len(groups):
            return
        self._page.space()
        self._page.line((f"Findings by {groups.group_by}", "bold"))
        for group in groups.ranked(most):
            self._group(group)
        if most is not None and len(groups) > most:
            left = counted(len(groups) - most, groups.group_by)
            self._page.line(f"{left} more; --top {len(groups)} shows all", indent=2)

    def _group(self, group: FindingGroup) -> None:
        page, groups = self._page, self._groups
        rule = self._context.rules.get(group.name) if groups.group_by == "rule" else None
        findings, claims = counted(group.findings, "finding"), counted(group.claims, "claim")
        if groups.group_by == "rule":
            label = f": {rule.label}" if rule is not None else ""
            told = f"{findings} on {claims}{label}"
        elif groups.group_by == "claim":
            told = f"{findings}: {severities_in_words(group.severities)}"
        else:
            told = f"{claims}, {group.clean:,} clean; {severities_in_words(group.severities)}"
        self._head(group.worst, group.name, told)
        if self._layout.statistics:
            return
        if groups.group_by != "rule":
            for identifier, number in ranked(group.rules)[:_MOST_RULES]:
                page.beside([f"{number:>7,}"], identifier, indent=4, column=9)
            return
        for record, finding in group.examples:
            where = _where(record, finding, form=False)
            told = f"{finding.message}  ({where}; claim {finding.claim}, {record.origin})"
            page.line("such as ", told, indent=4, hang=2)
        _, first = group.examples[0]
        page.field("what to do", first.remedy, indent=4)
        if rule is not None and self._layout.detail is Detail.FULL:
            page.field("why", rule.rationale, indent=4)
            for citation in rule.citations:
                page.field("source", str(citation), indent=4)


def _place(record: ClaimRecord, finding: Finding) -> FormPlace:
    return form_place(record.claim, finding.place)


def _where(record: ClaimRecord, finding: Finding, *, form: bool = True) -> str:
    """Where a finding is, as its reader finds it on the form and in the file."""
    place = _place(record, finding)
    value = f" {finding.value}" if finding.value is not None and finding.path else ""
    on_forms = f" ({place.on_forms})" if form and place.on_forms else ""
    return f"{place.words}{value}{on_forms}{_in_file(finding)}"


def _in_file(finding: Finding) -> str:
    """Where the file has it, without the loop or path that the form's place says too."""
    if finding.source is None:
        return ""
    parts = finding.source.split(", ")
    of_file = " of the file" if finding.source_line else ""
    return f", {', '.join(parts[1:] or parts)}{of_file}"


def _in_one_line(summary: Summary) -> str:
    stopped = "" if summary.complete else "; stopped before the end"
    return (
        f"{counted(summary.claims, 'claim')} checked, {summary.clean:,} clean;"
        f" {severities_in_words(summary.by_severity)}{stopped}"
    )


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
