"""``claimshapes watch``: checks again when claims, waivers or rules change."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.claims.readers.found_files import find_files
from claimshapes.cli.check_run import claims_of, report_context, run_check
from claimshapes.cli.exit_status import NOTHING_FOUND, complain
from claimshapes.cli.interruption import Interruption
from claimshapes.cli.progress import progress
from claimshapes.cli.settings import CheckSettings, check_settings
from claimshapes.errors import ClaimshapesError, InputError
from claimshapes.files.file_states import States, file_states
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.report.formats import REPORT_FORMATS, open_report
from claimshapes.rules.severity import Severity

if TYPE_CHECKING:
    from claimshapes.checking.checker import Checker

# Looking at some hundred files twice a second costs little, and works on every file system.
_SECONDS_BETWEEN_LOOKS = 0.5
_STANDARD_INPUT = "-"


@click.command(short_help="Check claims again whenever they or the rules change.")
@click.argument("names", nargs=-1, required=True, metavar="FILE...")
@check_settings
def watch(names: tuple[str, ...], settings: CheckSettings) -> int:
    """Check the claims in each FILE, and again on every change, until Ctrl-C.

    FILE may be a folder or a pattern, too. A change of a file of claims, of the waivers, of a
    rule that comes with the program or of one in a folder of --rules counts. On a terminal each
    report replaces the one before.

    \b
    Example:
      claimshapes watch claims.json
      claimshapes watch --rules our-rules claims.json

    Exit status: 0 ended by Ctrl-C; 2 the call cannot be used; 3 an internal error.
    """
    if _STANDARD_INPUT in names:
        raise InputError("standard input cannot be watched; name a file")
    try:
        _watch(names, settings)
    except KeyboardInterrupt:
        click.echo(err=True)
    return NOTHING_FOUND


def _watch(names: tuple[str, ...], settings: CheckSettings) -> None:
    checker: Checker | None = None
    rules: States = {}
    while True:
        rules_before, rules = rules, file_states(_rule_files(settings))
        claims = file_states(_claim_files(names, settings))
        if rules != rules_before:
            checker = None
        click.clear()
        try:
            checker = checker or settings.checker()
            if not _check(find_files(names).files, settings, checker):
                return
        except ClaimshapesError as error:
            complain(str(error))
        now = datetime.now().strftime("%H:%M:%S")
        click.echo(f"\n{now}  watching {len(claims) + len(rules):,} files; Ctrl-C ends")
        while rules == file_states(_rule_files(settings)) and claims == file_states(
            _claim_files(names, settings)
        ):
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        _settle(names, settings)


def _check(files: tuple[str, ...], settings: CheckSettings, checker: Checker) -> bool:
    """Checks once; says whether it came to its end."""
    interruption = Interruption()
    with interruption.watched(), progress(None) as shown:
        context = report_context(checker, files, Severity.VIOLATION)
        summary = run_check(
            checker,
            claims_of(files, settings, shown),
            settings.waivers(checker),
            open_report(REPORT_FORMATS[0], sys.stdout, context),
            shown,
            interruption,
            stream=sys.stdout,
        )
    return summary.complete


def _settle(names: tuple[str, ...], settings: CheckSettings) -> None:
    """Waits until nothing changes any more, so that a file is not read half written."""
    before: States | None = None
    while True:
        state = file_states([*_rule_files(settings), *_claim_files(names, settings)])
        if state == before:
            return
        before = state
        time.sleep(_SECONDS_BETWEEN_LOOKS / 2)


def _claim_files(names: Iterable[str], settings: CheckSettings) -> Iterator[Path]:
    yield from map(Path, find_files(names).files)
    yield from (
        Path(name) for name in (settings.waiver_file, settings.columns, settings.payers) if name
    )


def _rule_files(settings: CheckSettings) -> Iterator[Path]:
    for folder in (resource_directory("shapes"), *settings.folders):
        yield from folder.rglob("*.ttl")
        yield from folder.rglob("*.csv")
