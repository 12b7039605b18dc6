"""``claimshapes tables``: lists of a pack as a workbook, and back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from claimshapes.cli.configuration import configured_folders
from claimshapes.cli.exit_status import NOTHING_FOUND

_FOLDER = click.option(
    "--rules",
    "folder",
    default=lambda: next(iter(configured_folders("rules")), "."),
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of your rules; by default `rules` in claimshapes.toml or pyproject.toml, else"
    " the current folder.",
)


@click.group(short_help="Edit lists of codes in a spreadsheet.")
def tables() -> None:
    """Write the lists of your rules as a workbook, or read them from one.

    \b
    Example:
      claimshapes tables export lists.xlsx --rules our-rules
      claimshapes tables import lists.xlsx --rules our-rules
    """


@tables.command("export", short_help="Write a workbook with a sheet for each list.")
@click.argument("workbook", type=click.Path(dir_okay=False, path_type=Path))
@_FOLDER
def export(workbook: Path, folder: Path) -> int:
    """Write every lists/NAME.csv as the sheet NAME, its cells as text.

    Exit status: 0 written; 2 there is no list.

    \b
    Example:
      claimshapes tables export lists.xlsx --rules our-rules
    """
    from claimshapes.authoring.workbooks import export_lists
    from claimshapes.report.lines import Page, counted

    names = export_lists(folder, workbook)
    Page(sys.stdout).line(f"wrote {workbook}: {counted(len(names), 'list')}")
    return NOTHING_FOUND


@tables.command("import", short_help="Read lists from a workbook.")
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_FOLDER
def import_(workbook: Path, folder: Path) -> int:
    """Write each sheet NAME as lists/NAME.csv; a new sheet becomes a new list.

    Exit status: 0 written; 2 a cell cannot be used: sheet, row and column are named.

    \b
    Example:
      claimshapes tables import lists.xlsx --rules our-rules
    """
    from claimshapes.authoring.workbooks import import_lists
    from claimshapes.report.lines import Page, counted

    changed = import_lists(workbook, folder)
    page = Page(sys.stdout)
    for file in changed:
        page.line(f"wrote {file}")
    page.line(f"{counted(len(changed), 'list')} changed")
    return NOTHING_FOUND
