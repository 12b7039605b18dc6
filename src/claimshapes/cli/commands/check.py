"""``claimshapes check``: claims in, findings out."""

from __future__ import annotations

import secrets
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.checking.baseline import read_baseline
from claimshapes.claims.readers import read_claims
from claimshapes.cli.check_run import claims_of, report_context, run_check, size_of
from claimshapes.cli.exit_status import FOUND, NOTHING_FOUND, UNUSABLE
from claimshapes.cli.interruption import Interruption
from claimshapes.cli.options import claim_files, jobs_option
from claimshapes.cli.output import report_stream
from claimshapes.cli.progress import progress
from claimshapes.cli.settings import CheckSettings, check_settings
from claimshapes.cli.text_layout import text_layout
from claimshapes.errors import InputError
from claimshapes.report.formats import REPORT_FORMATS, TextLayout, open_report
from claimshapes.report.summary import Summary
from claimshapes.rules.severity import Severity

if TYPE_CHECKING:
    from claimshapes.report.redaction import Redaction

_NEVER = "never"
_SHORTEST_KEY = 16


@click.command(short_help="Check claims and say what would be denied.")
@claim_files
@click.option(
    "--format",
    "output_format",
    type=click.Choice(REPORT_FORMATS),
    default=REPORT_FORMATS[0],
    show_default=True,
    help="Format of the report.",
)
@text_layout
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
    "--baseline",
    metavar="FILE",
    help="Show only what is new since this report, which an earlier check wrote in JSON or NDJSON.",
)
@click.option(
    "--suggest",
    is_flag=True,
    help="Find candidates for every finding, and show the claim as it is next to itself with the"
    " first; nothing is changed.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on where the same command was stopped; needs --output and --format ndjson or csv.",
)
@click.option(
    "--redact",
    is_flag=True,
    help="Put tokens in the place of the numbers of claims, patients and providers.",
)
@click.option(
    "--redact-key",
    metavar="FILE",
    help="File whose content the tokens depend on, so that they are the same in every report;"
    " without it they hold for one report.",
)
@jobs_option("Processes that check large files, a core and a gigabyte each.")
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
    layout: TextLayout,
    baseline: str | None,
    suggest: bool,
    resume: bool,
    redact: bool,
    redact_key: str | None,
    jobs: int,
    show_progress: bool | None,
) -> int:
    """Check the claims in each FILE: a file, a folder, or a pattern; - is standard input.

    JSON, NDJSON, X12 837P and 837I, FHIR R4 (Claim, ExplanationOfBenefit, Bundle), CSV, Parquet,
    Turtle, N-Triples, N-Quads and JSON-LD are read, also compressed (.gz, .zst).
    Of a folder, and of those below, the files are read whose names are of these formats; the
    others are named. A claim that cannot be read is named on standard error, the others are
    checked.

    \b
    Example:
      claimshapes check claims.json
      claimshapes check --format json --output report.json batch-1.837 batch-2.837
      claimshapes check --format ndjson --output night.ndjson --resume claims.zst
      claimshapes check --concise claims/
      claimshapes check 'claims/**/*.837'
      claimshapes check --group-by payer --top 5 claims.ndjson
      claimshapes check --jobs 8 --format csv --output night.csv claims.ndjson
      claimshapes check --baseline last-week.json claims.json
      claimshapes check --select DX-DATE,DX-EXCL1 --fail-on info - < claims.json

    Exit status: 0 no finding at or above --fail-on; 1 a finding; 2 the call or some
    of the input cannot be used; 3 an internal error; 130 interrupted.
    """
    threshold = None if fail_on == _NEVER else Severity(fail_on)
    inputs = [
        *files,
        *filter(None, [baseline, settings.waiver_file, settings.columns, settings.payers]),
    ]
    redaction = _redaction(redact_key, resume=resume) if redact or redact_key else None
    interruption = Interruption()
    with ExitStack() as stack:
        stack.enter_context(interruption.watched())
        resumption = None
        if not resume:
            stream = stack.enter_context(report_stream(output, inputs))
        shown = stack.enter_context(progress(show_progress))
        shown.doing("loading rules and code sets")
        day = date.today()
        if resume:
            from claimshapes.cli.resumption import Resumption, first_day

            day = first_day(output) or day
        checker = settings.checker(jobs, day, suggest=suggest or None)
        waivers = settings.waivers(checker, day)
        known = None if baseline is None else read_baseline(baseline)
        if resume:
            resumption = Resumption(
                output,
                output_format,
                files,
                settings,
                checker.knowledge.sources,
                day,
                "" if redaction is None else redaction.token(""),
                baseline=baseline,
            )
            stream = stack.enter_context(resumption.stream())
        context = report_context(
            checker,
            files,
            threshold,
            continued=resumption is not None and resumption.continued,
            layout=replace(layout, suggest=suggest),
        )
        parts = None
        if jobs > 1 and (resumption is None or not resumption.done):
            from claimshapes.cli.check_parts import ReportSettings, parts_of

            parts = parts_of(
                size_of(files),
                settings,
                checker,
                jobs,
                settings.keywords(checked_on=day) | {"suggest": suggest or None},
                ReportSettings(output_format, waivers, redaction, known),
            )
        summary = run_check(
            checker,
            claims_of(files, settings, shown, read_claims if parts is None else parts.read),
            waivers,
            open_report(output_format, stream, context),
            shown,
            interruption,
            stream=stream,
            resumption=resumption,
            redaction=redaction,
            baseline=known,
            arriving=size_of(files) is None,
            parts=parts,
            whole_only=resumption is None and stream is not sys.stdout,
            where_others_are=(
                "a report in another format, such as ndjson, names them"
                if output_format == "text"
                else "the report names them"
            ),
        )
    return _status(summary, threshold, interruption)


def _redaction(file: str | None, *, resume: bool) -> Redaction:
    from claimshapes.report.redaction import Redaction

    if file is None:
        if resume:
            raise InputError("--resume with --redact needs --redact-key, for tokens that stay")
        return Redaction(secrets.token_bytes(32))
    try:
        key = Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is no file name"
        raise InputError(f"cannot be read ({reason})", file=file) from error
    if len(key) < _SHORTEST_KEY:
        raise InputError(f"a key has at least {_SHORTEST_KEY} bytes", file=file)
    return Redaction(key)


def _status(summary: Summary, threshold: Severity | None, interruption: Interruption) -> int:
    if not summary.complete:
        return interruption.status
    if summary.rejected or summary.faults:
        return UNUSABLE
    if threshold is not None and summary.reaches(threshold):
        return FOUND
    return NOTHING_FOUND
