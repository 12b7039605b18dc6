"""One check from its first claim to the end of its report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from claimshapes.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.cli.ending import complain, warn
from claimshapes.cli.interruption import Interruption
from claimshapes.cli.progress import Progress
from claimshapes.cli.settings import CheckSettings
from claimshapes.errors import InputError
from claimshapes.findings import Severity
from claimshapes.read import read_claims
from claimshapes.report.formats import Report, ReportContext
from claimshapes.report.summary import Summary
from claimshapes.waivers import Waivers

if TYPE_CHECKING:
    from claimshapes.checking.checker import Checker


def report_context(
    checker: Checker, files: Sequence[str], fail_on: Severity | None
) -> ReportContext:
    """What a report may say beside the results of a check.

    Args:
        checker: the rules by which claims are judged.
        files: names of the files of claims.
        fail_on: the least severity at which the check fails; none where it never does.
    """
    from claimshapes.report.denials import denial_texts

    return ReportContext(
        rules=checker.book.rules,
        denials=denial_texts(),
        several_files=len(files) > 1,
        fail_on=fail_on,
    )


def claims_of(
    files: Iterable[str], settings: CheckSettings, shown: Progress
) -> Iterator[ClaimReading]:
    """The claims of all files, each with the payer that it is judged for.

    A file that cannot be used does not keep the others from it.
    """
    for file in files:
        shown.doing(f"checking {'standard input' if file == '-' else file}")
        try:
            readings = read_claims(
                file, input_format=settings.input_format, columns=settings.columns
            )
            for reading in readings:
                if isinstance(reading, ClaimRecord) and settings.payer is not None:
                    claim = {**reading.claim, "payer": settings.payer}
                    yield replace(reading, claim=claim)
                else:
                    yield reading
        except InputError as error:
            origin = Origin(error.file or file, error.line, error.pointer)
            yield RejectedClaim(origin, error.message)


def run_check(
    checker: Checker,
    readings: Iterable[ClaimReading],
    waivers: Waivers,
    report: Report,
    shown: Progress,
    interruption: Interruption,
    *,
    on_terminal: bool,
) -> Summary:
    """Checks claim after claim; the report ends well whatever happens in between."""
    summary = Summary(waivers=waivers)
    aside = shown.paused if on_terminal else nullcontext
    try:
        for reading, judged in checker.check_readings(readings):
            if isinstance(reading, ClaimRecord) and judged is not None:
                result = waivers.apply(reading.claim, judged)
                with interruption.held(), aside():
                    summary.add(reading, result)
                    report.add(reading, result)
                shown.count(summary.claims, summary.findings)
            elif isinstance(reading, RejectedClaim):
                with interruption.held(), shown.paused():
                    summary.rejected += 1
                    complain(str(reading))
                    report.reject(reading)
    except KeyboardInterrupt:
        summary.complete = False
        with shown.paused():
            complain("interrupted; the report is about the claims checked so far")
    except BrokenPipeError:
        raise
    except Exception:
        summary.complete = False
        with aside():
            report.finish(summary)
        raise
    with interruption.held(), aside():
        report.finish(summary)
    if summary.complete:
        with shown.paused():
            for notice in waivers.notices():
                warn(notice)
            for rule, reason in sorted(checker.uncompiled().items()):
                warn(f"{rule} was judged claim by claim, which takes longer: {reason}")
    return summary
