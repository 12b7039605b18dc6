"""``claimshapes rules lint``: says what is wrong with rules before they check a claim."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from claimshapes.cli.exit_status import FOUND, NOTHING_FOUND
from claimshapes.cli.loaded_rules import loaded
from claimshapes.cli.options import rule_folders_as_they_are


@click.command("lint", short_help="Say what is wrong with the rules themselves.")
@click.option(
    "--engine",
    type=click.Choice(["set"]),
    help="Name the rules, too, that this engine leaves to the reference engine, and why.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="Format of what is written.",
)
@click.option("--fix", is_flag=True, help="Correct what can be corrected without a decision.")
@rule_folders_as_they_are
def lint_rules(folders: tuple[Path, ...], engine: str | None, output_format: str, fix: bool) -> int:
    """Check the rules before they check a claim.

    Files of yours are named with line and column, what is wrong, and what to do.

    Exit status: 0 nothing wrong; 1 something is; 2 the files cannot be used.

    \b
    Example:
      claimshapes rules lint --rules our-rules
      claimshapes rules lint --rules our-rules --format github
    """
    from claimshapes.authoring.lint import lint
    from claimshapes.authoring.pack_lint import fix_packs, lint_packs, placed
    from claimshapes.authoring.problems import as_github, as_json, as_sarif
    from claimshapes.report.lines import Page, counted
    from claimshapes.rules.pack import using_packs
    from claimshapes.version import __version__

    fixed = fix_packs(folders) if fix else []
    problems = lint_packs(folders)
    number = 0
    # What is wrong with the files is told first: rules that cannot be loaded have no shapes.
    if not problems:
        with using_packs(folders):
            directories, book = loaded(folders)
            number = len(book.rules)
            said = lint(book, directories)
            if engine is not None:
                from claimshapes.engines.batch.compile_check import left_to_reference

                said += left_to_reference(book)
        problems = placed(said, folders)
    if output_format == "json":
        click.echo(as_json(problems))
    elif output_format == "sarif":
        click.echo(as_sarif(problems, __version__))
    elif output_format == "github":
        click.echo(as_github(problems), nl=False)
    else:
        page = Page(sys.stdout)
        for line in fixed:
            page.line(line, hang=2)
        for problem in problems:
            page.line(str(problem) if problem.file else problem.message, hang=2)
        of = f"{counted(number, 'rule')}: " if number else ""
        page.line(f"{of}{counted(len(problems), 'problem')}")
    return FOUND if problems else NOTHING_FOUND
