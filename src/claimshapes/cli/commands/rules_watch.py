"""``claimshapes rules watch``: lints and tests rules when they are saved."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import click

from claimshapes.cli.exit_status import NOTHING_FOUND, complain
from claimshapes.cli.loaded_rules import loaded
from claimshapes.cli.options import rule_folders_as_they_are
from claimshapes.errors import ClaimshapesError, InputError
from claimshapes.files.file_states import States, file_states

_SECONDS_BETWEEN_LOOKS = 0.5


@click.command("watch", short_help="Lint and test rules whenever they are saved.")
@rule_folders_as_they_are
@click.option(
    "--site",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the catalog of the rules; its pages are made again where they change.",
)
def watch_rules(folders: tuple[Path, ...], site: Path | None) -> int:
    """Lint the rules of your folders and run their tests, and again on every change, until Ctrl-C.

    With --site, the pages of the catalog that a change concerns are made again, too, once the rules
    have no problems and their tests pass.

    Exit status: 0 ended by Ctrl-C; 2 the call cannot be used.

    \b
    Example:
      claimshapes rules watch --rules our-rules
      claimshapes rules watch --rules our-rules --site site
    """
    if not folders:
        raise InputError("name a folder to watch with --rules")
    try:
        with tempfile.TemporaryDirectory(prefix="claimshapes-watch-") as pages:
            _watch(folders, site, Path(pages))
    except KeyboardInterrupt:
        click.echo(err=True)
    return NOTHING_FOUND


def _watch(folders: tuple[Path, ...], site: Path | None, pages: Path) -> None:
    while True:
        before = _state(folders)
        click.clear()
        if lint_and_test(folders) and site is not None:
            update_site(folders, site, pages)
        click.echo(f"\n{datetime.now():%H:%M:%S}  watching {len(before):,} files; Ctrl-C ends")
        while _state(folders) == before:
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def update_site(folders: tuple[Path, ...], site: Path, pages: Path) -> None:
    """Makes those pages of a catalog that changed, and says which.

    Args:
        folders: the packs.
        site: the folder of the catalog.
        pages: a folder that keeps the pages before they are rendered.
    """
    from claimshapes.catalog.build import render
    from claimshapes.catalog.pack_site import write_pack_pages

    try:
        changed = [path for path, is_new in write_pack_pages(folders, pages).items() if is_new]
        if changed or not site.is_dir():
            render(pages, site)
    except ClaimshapesError as error:
        complain(str(error))
        return
    for path in changed:
        click.echo(f"page  {site / path.removesuffix('.md')}.html")


def lint_and_test(folders: tuple[Path, ...]) -> bool:
    """Writes what is wrong with the rules of folders, or else how their tests went.

    Returns:
        Whether nothing is wrong and no test failed.
    """
    from claimshapes.authoring.boundary_tests import run_boundary_tests
    from claimshapes.authoring.pack_lint import lint_packs
    from claimshapes.authoring.rule_tests import load_rule_tests, rule_test_files, run_rule_tests
    from claimshapes.report.lines import Page, counted
    from claimshapes.rules.pack import using_packs

    page = Page(sys.stdout)
    problems = lint_packs(folders)
    for problem in problems:
        page.line(str(problem), hang=2)
    page.line(counted(len(problems), "problem"))
    if problems:
        return False
    try:
        with using_packs(folders):
            _, book = loaded(folders)
            own = book.within(folders)
            outcomes = [*run_rule_tests(book, load_rule_tests(rule_test_files(folders)))]
            outcomes += run_boundary_tests(book, own)
    except ClaimshapesError as error:
        complain(str(error))
        return False
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        where = f"  {outcome.name} ({outcome.label}): {outcome.problem}"
        page.line(("failed", "bold red"), "  ", (outcome.rule, "bold"), where, hang=2)
    page.line(f"{counted(len(outcomes), 'test')}: {len(failed):,} failed")
    return not failed


def _state(folders: tuple[Path, ...]) -> States:
    return file_states(
        file
        for folder in folders
        for pattern in ("*.ttl", "*.csv", "*.xlsx", "*.toml")
        for file in folder.rglob(pattern)
    )
