"""The report as workflow commands, which GitHub shows as annotations of a run.

Nothing but commands is written: a value in any other line could be taken for one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TextIO

from claimshapes.checking.findings import ClaimResult, Finding
from claimshapes.claims.claim import ClaimRecord, Origin, RejectedClaim
from claimshapes.claims.form_places import form_place
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.lines import plain
from claimshapes.report.summary import Summary
from claimshapes.report.summary_words import summary_lines
from claimshapes.rules.severity import Severity

_COMMANDS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_STANDARD_INPUT = "-"


def open_report(stream: TextIO, context: ReportContext) -> Report:
    """Begins a report of workflow commands."""
    return _GithubReport(stream)


class _GithubReport:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        for finding in result.findings:
            self._command(
                _COMMANDS[finding.severity],
                _origin(record, finding),
                finding.rule,
                [_what(record, finding), f"What to do: {finding.remedy}", finding.url],
                finding.source_column,
            )
        for waived in result.waived:
            waiver = waived.waiver
            self._command(
                "notice",
                _origin(record, waived.finding),
                f"{waived.finding.rule} (waived)",
                [
                    _what(record, waived.finding),
                    f"Waived by {waiver.reviewer} until {waiver.until}: {waiver.reason}",
                ],
                waived.finding.source_column,
            )

    def reject(self, rejected: RejectedClaim) -> None:
        place = f", at {rejected.origin.pointer}" if rejected.origin.pointer else ""
        self._command("error", rejected.origin, "not read", [f"{rejected.reason}{place}"])

    def finish(self, summary: Summary) -> None:
        notices = summary.waivers.notices() if summary.complete else []
        self._command("notice", None, "claimshapes", [*summary_lines(summary), *notices])
        self._stream.flush()

    def _command(
        self,
        name: str,
        origin: Origin | None,
        title: str,
        lines: list[str],
        column: int | None = None,
    ) -> None:
        properties = {"title": title}
        if origin is not None and origin.file != _STANDARD_INPUT:
            properties["file"] = origin.file
            if origin.line is not None:
                properties["line"] = str(origin.line)
            if column is not None:
                properties["col"] = str(column)
        stated = ",".join(f"{key}={command_property(value)}" for key, value in properties.items())
        message = command_data("\n".join(map(plain, lines)))
        self._stream.write(f"::{name} {stated}::{message}\n")


def _what(record: ClaimRecord, finding: Finding) -> str:
    place = "; ".join(filter(None, (str(form_place(record.claim, finding.place)), finding.source)))
    return f"Claim {finding.claim}, {place}: {finding.message}"


def _origin(record: ClaimRecord, finding: Finding) -> Origin:
    """Where the finding stands, or the claim where the finding's own line is not known."""
    line = finding.source_line
    return record.origin if line is None else replace(record.origin, line=line)


def command_data(text: str) -> str:
    """A message as a workflow command has it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """A property as a workflow command has it."""
    return command_data(plain(text)).replace(":", "%3A").replace(",", "%2C")
