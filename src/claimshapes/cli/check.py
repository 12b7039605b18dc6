"""``claimshapes check``: claims in, findings out."""

from __future__ import annotations

from contextlib import ExitStack

import click

from claimshapes.cli.ending import FOUND, INTERRUPTED, NOTHING_FOUND, UNUSABLE
from claimshapes.cli.interruption import Interruption
from claimshapes.cli.output import report_stream
from claimshapes.cli.progress import progress
from claimshapes.cli.run import claims_of, report_context, run_check
from claimshapes.cli.settings import CheckSettings, check_settings
from claimshapes.findings import Severity
from claimshapes.report.formats import REPORT_FORMATS, open_report
from claimshapes.report.summary import Summary

_NEVER = "never"


@click.command(short_help="Check claims and say what would be denied.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
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
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), _NEVER]),
    default=Severity.VIOLATION.value,
    show_default=True,
    help="Least severity at which the exit status is 1.",
)
@check_settings
@click.option(
    "--resume",
    is_flag=True,
    help="Go on where the same command was stopped; needs --output and --format ndjson or csv.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="NUMBER",
    help="Processes that check large files, a core and a gigabyte each.",
)
@click.option(
    "--progress/--no-progress",
    "show_progress",
    default=None,
    help="Say how far the check has come; by default on a terminal.",
)
def check(
    files: tuple[str, ...],
    output_format: str,
    output: str | None,
    fail_on: str,
    settings: CheckSettings,
    resume: bool,
    jobs: int,
    show_progress: bool | None,
) -> int:
    """Check the claims in each FILE; - is standard input.

    JSON, NDJSON, X12 837P and 837I, FHIR R4 (Claim, ExplanationOfBenefit, Bundle), CSV, Parquet,
    Turtle, N-Triples, N-Quads and JSON-LD are read, also compressed (.gz, .zst).
    A claim that cannot be read is named on standard error, the others are checked.

    \b
    Example:
      claimshapes check claims.json
      claimshapes check --format json --output report.json batch-1.837 batch-2.837
      claimshapes check --format ndjson --output night.ndjson --resume claims.ndjson.zst
      claimshapes check --jobs 8 --format ndjson --output night.ndjson claims.ndjson
      claimshapes check --select DX-DATE,DX-EXCL1 --fail-on warning - < claims.ndjson

    Exit status: 0 nothing found at or above --fail-on; 1 something found; 2 the call or some
    of the input cannot be used; 3 an internal error; 130 interrupted.
    """
    threshold = None if fail_on == _NEVER else Severity(fail_on)
    inputs = [*files, *filter(None, [settings.waiver_file, settings.columns, settings.payers])]
    interruption = Interruption()
    with ExitStack() as stack:
        stack.enter_context(interruption.watched())
        resumption = None
        if not resume:
            stream = stack.enter_context(report_stream(output, inputs))
        shown = stack.enter_context(progress(show_progress))
        shown.doing("loading rules and code sets")
        checker = settings.checker(jobs)
        waivers = settings.waivers(checker)
        if resume:
            from claimshapes.cli.resumption import Resumption

            resumption = Resumption(
                output, output_format, files, settings, checker.knowledge.sources
            )
            stream = stack.enter_context(resumption.stream())
        context = report_context(
            checker, files, threshold, continued=resumption is not None and resumption.continued
        )
        summary = run_check(
            checker,
            claims_of(files, settings, shown),
            waivers,
            open_report(output_format, stream, context),
            shown,
            interruption,
            stream=stream,
            resumption=resumption,
        )
    return _status(summary, threshold)


def _status(summary: Summary, threshold: Severity | None) -> int:
    if not summary.complete:
        return INTERRUPTED
    if summary.rejected:
        return UNUSABLE
    if threshold is not None and summary.reaches(threshold):
        return FOUND
    return NOTHING_FOUND
