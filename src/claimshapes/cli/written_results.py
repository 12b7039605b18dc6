"""What was said of claims, on its way into the report and the summary."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claimshapes.claims.claim import Origin, RejectedClaim
from claimshapes.errors import InputError
from claimshapes.report.formats import Report
from claimshapes.report.summary import Summary

if TYPE_CHECKING:
    from claimshapes.checking.baseline import Baseline
    from claimshapes.checking.claim_judge import JudgedReading
    from claimshapes.report.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Written:
    """A part that was checked.

    Attributes:
        readings: how many claims, read or rejected, it is about.
        report: its part of the report.
        summary: what was said of its claims.
        rejected: what is said of each claim that could not be read.
    """

    readings: int
    report: str
    summary: Summary
    rejected: tuple[str, ...]


def write_results(
    batch: Iterable[JudgedReading],
    summary: Summary,
    report: Report,
    redaction: Redaction | None,
    baseline: Baseline | None,
    complain: Callable[[str], None],
) -> None:
    """Writes and counts what was said of claims.

    Args:
        batch: the claims, or what is wrong with them, with their results.
        summary: counts them, and has the waivers.
        report: takes them.
        redaction: takes identifiers out of what the report is given.
        baseline: has the findings that are known.
        complain: is told of each claim that could not be read.
    """
    for reading, judged in batch:
        if isinstance(reading, RejectedClaim):
            summary.reject(reading)
            complain(str(reading))
            report.reject(reading if redaction is None else redaction.rejected(reading))
        elif judged is not None:
            result = summary.waivers.apply(reading.claim, judged)
            if redaction is not None:
                result = redaction.result(reading.claim, result)
                reading = redaction.record(reading)
            if baseline is not None:
                result = baseline.apply(result)
            summary.add(reading, result)
            report.add(reading, result)


def rejected_file(error: InputError, file: str) -> RejectedClaim:
    """What is wrong with a file that cannot be used, in the place of its claims."""
    return RejectedClaim(Origin(error.file or file, error.line, error.pointer), error.message)
