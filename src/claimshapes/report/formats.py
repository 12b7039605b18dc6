"""The formats of a report; a new one is a module with ``open_report`` and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.report.summary import Summary
from claimshapes.rules.severity import Severity

if TYPE_CHECKING:
    from claimshapes.rules.rule import Rule

_MODULES = {
    "text": "claimshapes.report.text",
    "json": "claimshapes.report.json_report",
    "ndjson": "claimshapes.report.ndjson_report",
    "turtle": "claimshapes.report.shacl_report",
    "html": "claimshapes.report.html_report",
    "csv": "claimshapes.report.csv_report",
    "sarif": "claimshapes.report.sarif",
    "junit": "claimshapes.report.junit",
    "github": "claimshapes.report.github",
    "outcome": "claimshapes.report.operation_outcome",
}

REPORT_FORMATS = tuple(_MODULES)
"""Names of the report formats, the default first."""

CONTINUABLE_FORMATS = ("ndjson", "csv")
"""Those in which every line stands for itself, so that a stopped report can go on."""


class Detail(StrEnum):
    """How much the report for people says of a finding.

    ``SHORT``: one line. ``USUAL``: what, where, and what to do. ``FULL``: also why, and on whose
    authority.
    """

    SHORT = "short"
    USUAL = "usual"
    FULL = "full"


GROUPINGS = ("rule", "claim", "payer", "provider")
"""By what the report for people can put findings together."""


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How the report for people is laid out.

    Attributes:
        detail: how much it says of a finding.
        group_by: one of ``GROUPINGS``; none for each claim where there are few, which waits for
            the end, else each rule.
        statistics: whether only numbers are wanted, and no findings.
        top: how many groups are shown, those with the most findings; none for the usual number.
        suggest: whether each finding with candidates is shown with a corrected claim.
    """

    detail: Detail = Detail.USUAL
    group_by: str | None = None
    statistics: bool = False
    top: int | None = None
    suggest: bool = False


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What a report may say beside what the results say.

    Attributes:
        rules: the rules by their ids.
        denials: what each claim adjustment reason code means, in our words.
        several_files: whether claims come from more than one file, so that a claim's number
            does not name it.
        fail_on: the least severity at which the check fails; none where it never does.
        continued: whether the report goes on where an earlier one stopped.
        layout: of the report for people.
    """

    rules: Mapping[str, Rule]
    denials: Mapping[str, str]
    several_files: bool = False
    fail_on: Severity | None = Severity.VIOLATION
    continued: bool = False
    layout: TextLayout = TextLayout()


class Report(Protocol):
    """Takes results as they come, so that a report of any length needs little memory.

    What it has written need not have left the stream's buffer before it is finished.
    """

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        """Reports on a claim, whose payer is the one that it was judged for."""

    def reject(self, rejected: RejectedClaim) -> None:
        """Reports a claim, or a whole file, that could not be read."""

    def finish(self, summary: Summary) -> None:
        """Ends the report; called once, also after an interruption."""


class _Format(Protocol):
    def open_report(self, stream: TextIO, context: ReportContext) -> Report: ...


def open_report(name: str, stream: TextIO, context: ReportContext) -> Report:
    """Begins a report.

    Args:
        name: one of ``REPORT_FORMATS``.
        stream: where the report is written.
        context: what it may say beside the results.
    """
    return cast(_Format, import_module(_MODULES[name])).open_report(stream, context)
