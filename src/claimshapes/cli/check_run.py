"""One check from its first claim to the end of its report."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from claimshapes.checking.waivers import Waivers
from claimshapes.claims.claim import RejectedClaim
from claimshapes.claims.readers import BytesRead, read_claims
from claimshapes.cli.exit_status import Complaints, complain, warn
from claimshapes.cli.interruption import Interruption
from claimshapes.cli.progress import Progress
from claimshapes.cli.settings import CheckSettings
from claimshapes.cli.written_results import Written, rejected_file, write_results
from claimshapes.errors import InputError
from claimshapes.report.formats import Report, ReportContext, TextLayout
from claimshapes.report.summary import Summary
from claimshapes.rules.severity import Severity

if TYPE_CHECKING:
    from claimshapes.checking.baseline import Baseline
    from claimshapes.checking.checker import Checker
    from claimshapes.checking.claim_judge import JudgedReading
    from claimshapes.cli.check_parts import Parts
    from claimshapes.cli.resumption import Resumption
    from claimshapes.report.redaction import Redaction


def report_context(
    checker: Checker,
    files: Sequence[str],
    fail_on: Severity | None,
    *,
    continued: bool = False,
    layout: TextLayout | None = None,
) -> ReportContext:
    """What a report may say beside the results of a check.

    Args:
        checker: the rules by which claims are judged.
        files: names of the files of claims.
        fail_on: the least severity at which the check fails; none where it never does.
        continued: whether the report goes on where an earlier one stopped.
        layout: of the report for people.
    """
    from claimshapes.knowledge.denials import denial_texts

    return ReportContext(
        rules=checker.book.rules,
        denials=denial_texts(),
        several_files=len(files) > 1,
        fail_on=fail_on,
        continued=continued,
        layout=layout or TextLayout(),
    )


def claims_of(
    files: Iterable[str],
    settings: CheckSettings,
    shown: Progress,
    read: Callable[..., Iterator[Any]] = read_claims,
) -> Iterator[Any]:
    """The claims of all files.

    A file that cannot be used does not keep the others from it.

    Args:
        files: their names.
        settings: how they are read.
        shown: says how far reading has come.
        read: reads one of them.
    """
    bytes_read = BytesRead()
    shown.reading(bytes_read, size_of(files))
    for file in files:
        shown.doing(f"checking {'standard input' if file == '-' else file}")
        try:
            yield from read(
                file,
                input_format=settings.input_format,
                columns=settings.columns,
                bytes_read=bytes_read,
            )
        except InputError as error:
            yield rejected_file(error, file)


def size_of(files: Iterable[str]) -> int | None:
    """The bytes of all files together; none where one's size cannot be known."""
    try:
        states = [Path(file).stat() for file in files]
    except (OSError, ValueError):
        return None
    sizes = [state.st_size for state in states if stat.S_ISREG(state.st_mode)]
    return sum(sizes) if len(sizes) == len(states) else None


def run_check(
    checker: Checker,
    readings: Iterable[Any],
    waivers: Waivers,
    report: Report,
    shown: Progress,
    interruption: Interruption,
    *,
    stream: TextIO,
    resumption: Resumption | None = None,
    whole_only: bool = False,
    redaction: Redaction | None = None,
    baseline: Baseline | None = None,
    arriving: bool = False,
    where_others_are: str = "the report names them",
    parts: Parts | None = None,
) -> Summary:
    """Checks batch after batch, each written as it comes; the report ends well in any case.

    Args:
        checker: the rules by which claims are judged.
        readings: the claims.
        waivers: findings that do not count.
        report: takes the results.
        shown: says how far the check has come.
        interruption: holds Ctrl-C back while something is written, and sees that it is not lost.
        stream: where the report goes.
        resumption: keeps how far the check has come, and says where it goes on. The report of
            a check that is stopped then waits for the next run.
        whole_only: whether a report that is not whole is of no use, as what was in its place
            before stays.
        redaction: takes identifiers out of what the report is given.
        baseline: has the findings that are known.
        arriving: whether the claims come when they come, as over a pipe.
        where_others_are: where rejected claims are named that the error stream only counts.
        parts: checks the claims, which are then what it has read, and writes of them.

    Raises:
        KeyboardInterrupt: the check was interrupted, and ``whole_only`` holds.
    """
    summary = Summary(waivers=waivers) if resumption is None else resumption.summary(waivers)
    done = 0 if resumption is None else resumption.done
    complaints = Complaints(where_others_are)
    shown.begin(summary.claims)
    on_terminal = stream.isatty()
    aside = shown.paused if on_terminal else nullcontext
    try:
        read = interruption.through(readings)
        batches: Iterator[list[JudgedReading] | Written] = (
            checker.check_batches(read, skip=done, arriving=arriving)
            if parts is None
            else parts.written(read)
        )
        for batch in interruption.through(batches):
            if isinstance(batch, Written):
                bad = bool(batch.rejected)
            else:
                bad = any(isinstance(reading, RejectedClaim) for reading, _ in batch)
            with interruption.held(), (shown.paused if bad else aside)():
                if isinstance(batch, Written):
                    done += batch.readings
                    summary.merge(batch.summary)
                    stream.write(batch.report)
                    for words in batch.rejected:
                        complaints.add(words)
                else:
                    done += len(batch)
                    write_results(batch, summary, report, redaction, baseline, complaints.add)
                stream.flush()
                if resumption is not None:
                    resumption.keep(summary, done)
            shown.count(summary.claims, summary.findings)
            # Before the next one is read: two at a time leave gaps in memory, ever more of them.
            del batch
    except KeyboardInterrupt as error:
        summary.complete = False
        how = str(error) or "interrupted"
        if whole_only:
            error.args = (f"{how}; the report was not written",)
            raise
        hint = "the report is about the claims checked so far"
        if resumption is not None:
            hint = "the same command goes on from here"
        with shown.paused():
            complain(f"{how}; {hint}")
    except BrokenPipeError:
        raise
    except Exception:
        summary.complete = False
        if resumption is None:
            with aside():
                report.finish(summary)
        raise
    if resumption is None or summary.complete:
        with interruption.held(), aside():
            report.finish(summary)
            if resumption is not None:
                resumption.finish()
    with shown.paused():
        complaints.finish()
    if summary.complete:
        with shown.paused():
            for notice in waivers.notices():
                warn(notice)
            if checker.alone:
                warn(f"claims that name no patient were checked without others: {checker.alone:,}")
            if checker.fallback is not None:
                warn(f"claims were checked one by one, which takes longer: {checker.fallback}")
            uncompiled = checker.uncompiled() | ({} if parts is None else parts.uncompiled)
            for rule, reason in sorted(uncompiled.items()):
                warn(f"{rule} was checked claim by claim, which takes longer: {reason}")
    return summary
