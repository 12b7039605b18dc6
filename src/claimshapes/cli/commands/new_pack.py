"""``claimshapes new-pack``: a folder of rules of one's own to start from."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from claimshapes.cli.exit_status import NOTHING_FOUND


@click.command("new-pack", short_help="Write a folder of rules of your own to start from.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--payer", required=True, metavar="ID", help="Id of the payer, such as valley-health."
)
@click.option("--name", metavar="TEXT", help="Name of the payer; by default its id.")
@click.option(
    "--parent", default="commercial", show_default=True, metavar="ID", help="The broader payer."
)
def new_pack(folder: Path, payer: str, name: str | None, parent: str) -> int:
    """Write a repository with a payer, a source, a list and tests that run in CI.

    Exit status: 0 written; 2 the folder is not empty, or the payer's id is none.

    \b
    Example:
      claimshapes new-pack valley --payer valley-health --name "Valley Health"
    """
    from claimshapes.authoring.new_pack import RULES, write_pack
    from claimshapes.report.lines import Page

    page = Page(sys.stdout)
    for file in write_pack(folder, payer, name or payer, parent, date.today()):
        page.line(f"wrote {file}")
    page.line(f"next: claimshapes rules new --help; your rules are in {folder / RULES}")
    return NOTHING_FOUND


@click.command("editor", short_help="Write what makes an editor know the files of your rules.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def editor(folder: Path) -> int:
    """Write JSON Schemas, Turtle snippets and shapes of rule files for editors into a folder.

    They are of the installed release: run it again after an upgrade. `new-pack` writes them, too.

    Exit status: 0 written; 2 the folder cannot be used.

    \b
    Example:
      claimshapes editor valley
    """
    from claimshapes.authoring.editor_files import write_editor_files
    from claimshapes.report.lines import Page, counted

    page = Page(sys.stdout)
    written = write_editor_files(folder)
    for file in written:
        page.line(f"wrote {file}")
    page.line(f"{counted(len(written), 'file')} changed")
    return NOTHING_FOUND
