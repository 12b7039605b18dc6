"""``claimshapes check``: claims in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.cli.ending import FOUND, INTERRUPTED, NOTHING_FOUND, UNUSABLE, complain
from claimshapes.cli.interruption import Interruption
from claimshapes.cli.options import DATE, claim_inputs, day, rule_folders
from claimshapes.cli.output import report_stream
from claimshapes.cli.progress import Progress, progress
from claimshapes.errors import InputError
from claimshapes.findings import Severity
from claimshapes.read import read_claims
from claimshapes.report.formats import REPORT_FORMATS, Report, ReportContext, open_report
from claimshapes.report.summary import Summary

if TYPE_CHECKING:
    from claimshapes.checking.checker import Checker

_NEVER = "never"


def rule_ids(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> list[str]:
    """Rule ids, in capitals, from options that have them with commas between."""
    return [part.strip().upper() for text in value for part in text.split(",") if part.strip()]


@click.command(short_help="Check claims and say what would be denied.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@claim_inputs
@click.option(
    "--format",
    "output_format",
    type=click.Choice(REPORT_FORMATS),
    default=REPORT_FORMATS[0],
    show_default=True,
    help="Format of the report.",
)
@click.option("--output", metavar="FILE", help="Write the report to a file, once it is whole.")
@click.option(
    "--select",
    multiple=True,
    callback=rule_ids,
    metavar="RULE[,RULE]",
    help="Judge by these rules only.",
)
@click.option(
    "--ignore",
    multiple=True,
    callback=rule_ids,
    metavar="RULE[,RULE]",
    help="Leave these rules out.",
)
@click.option("--payer", metavar="ID", help="Check as if this payer stood on every claim.")
@click.option(
    "--as-of",
    type=DATE,
    callback=day,
    metavar="YYYY-MM-DD",
    help="Judge by what holds on this day instead of on the dates of service.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), _NEVER]),
    default=Severity.VIOLATION.value,
    show_default=True,
    help="Least severity at which the exit status is 1.",
)
@click.option(
    "--no-documentation",
    is_flag=True,
    help="Leave out the rules about the record, for claims that never carry documentation.",
)
@rule_folders
@click.option(
    "--progress/--no-progress",
    "show_progress",
    default=None,
    help="Say how far the check has come; by default on a terminal.",
)
def check(
    files: tuple[str, ...],
    input_format: str | None,
    columns: str | None,
    output_format: str,
    output: str | None,
    select: list[str],
    ignore: list[str],
    payer: str | None,
    as_of: date | None,
    fail_on: str,
    no_documentation: bool,
    folders: tuple[Path, ...],
    show_progress: bool | None,
) -> int:
    """Check the claims in each FILE; - is standard input.

    JSON, NDJSON, X12 837P and 837I, FHIR R4 (Claim, ExplanationOfBenefit, Bundle), CSV, Parquet,
    Turtle, N-Triples, N-Quads and JSON-LD are read, gzipped or not.
    A claim that cannot be read is named on standard error, the others are checked.

    \b
    Example:
      claimshapes check claims.json
      claimshapes check --format json --output report.json batch-1.837 batch-2.837
      claimshapes check --select DX-DATE,DX-EXCL1 --fail-on warning - < claims.ndjson

    Exit status: 0 nothing found at or above --fail-on; 1 something found; 2 the call or some
    of the input cannot be used; 3 an internal error; 130 interrupted.
    """
    interruption = Interruption()
    with ExitStack() as stack:
        stack.enter_context(interruption.watched())
        stream = stack.enter_context(report_stream(output, files))
        shown = stack.enter_context(progress(show_progress))
        shown.doing("loading rules and code sets")
        from claimshapes.checking.checker import Checker
        from claimshapes.report.denials import denial_texts

        checker = Checker(
            rules=folders,
            select=select or None,
            ignore=ignore,
            payer=payer,
            as_of=as_of,
            documentation=not no_documentation,
        )
        context = ReportContext(
            rules=checker.book.rules,
            denials=denial_texts(),
            payer=payer,
            several_files=len(files) > 1,
        )
        report = open_report(output_format, stream, context)
        summary = _run(
            checker,
            _readings(files, input_format, columns, shown),
            report,
            shown,
            interruption,
            on_terminal=stream.isatty(),
        )
    return _status(summary, fail_on)


def _run(
    checker: Checker,
    readings: Iterable[ClaimReading],
    report: Report,
    shown: Progress,
    interruption: Interruption,
    *,
    on_terminal: bool,
) -> Summary:
    """Checks claim after claim; the report ends well whatever happens in between."""
    summary = Summary()
    aside = shown.paused if on_terminal else nullcontext
    try:
        for reading in readings:
            if isinstance(reading, ClaimRecord):
                result = checker.check_one(reading)
                with interruption.held(), aside():
                    summary.add(result)
                    report.add(reading, result)
                shown.count(summary.claims, summary.findings)
            else:
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
    return summary


def _readings(
    files: Iterable[str], input_format: str | None, columns: str | None, shown: Progress
) -> Iterator[ClaimReading]:
    """The claims of all files; a file that cannot be used does not keep the others from it."""
    for file in files:
        shown.doing(f"checking {'standard input' if file == '-' else file}")
        try:
            yield from read_claims(file, input_format=input_format, columns=columns)
        except InputError as error:
            origin = Origin(error.file or file, error.line, error.pointer)
            yield RejectedClaim(origin, error.message)


def _status(summary: Summary, fail_on: str) -> int:
    if not summary.complete:
        return INTERRUPTED
    if summary.rejected:
        return UNUSABLE
    if fail_on != _NEVER and summary.reaches(Severity(fail_on)):
        return FOUND
    return NOTHING_FOUND
