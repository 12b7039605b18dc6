"""``claimshapes knowledge``: the code sets and tables that rules rest on."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.cli.exit_status import FOUND
from claimshapes.cli.knowledge_folder import knowledge_option, knowledge_to_write
from claimshapes.cli.options import DATE, day, text_or_json
from claimshapes.errors import InputError
from claimshapes.names import named

if TYPE_CHECKING:
    from claimshapes.knowledge.datasets import Dataset
    from claimshapes.knowledge.folder import KnowledgeFolder

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _quarter(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """The first day of a quarter, or a day."""
    if value is None:
        return None
    match = re.fullmatch(r"(20\d\d)-?[Qq]([1-4])", value)
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]) * 3 - 2, 1)
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("expected a quarter (2027Q1) or a day (2027-01-01)") from None


@click.group(short_help="Say which code sets are loaded; import newer ones.")
def knowledge() -> None:
    """Say which code sets and tables are loaded, import newer ones, and make them anew.

    \b
    Example:
      claimshapes knowledge info
      claimshapes knowledge import mue-2027q1.csv --knowledge ~/knowledge
    """


@knowledge.command("info", short_help="Say which releases are loaded and what they cover.")
@knowledge_option
@click.option("--stale", is_flag=True, help="Say only what is out of date; exit 1 if anything is.")
@click.option(
    "--on",
    "day",
    type=DATE,
    callback=day,
    metavar="YYYY-MM-DD",
    help="By which day it is told what is out of date; by default today.",
)
@click.option(
    "--data-set",
    "data_sets",
    metavar="NAME",
    multiple=True,
    help="With --stale, only data sets of this name, which may have stars (mue-*); repeatable.",
)
@text_or_json
def info(stale: bool, day: date | None, data_sets: tuple[str, ...], output_format: str) -> None:
    """Say which data sets are loaded, which days they cover and which not, and their hashes.

    Shipped releases and those of your knowledge folder are told apart. Every table and graph is
    read and held against what is recorded of it.

    \b
    Example:
      claimshapes knowledge info --format json
      claimshapes knowledge info --stale
      claimshapes knowledge info --stale --data-set "mue-*" --data-set "ncci-*"
    """
    from claimshapes.knowledge.compiled_knowledge import Knowledge
    from claimshapes.knowledge.datasets import read_datasets
    from claimshapes.knowledge.descriptions import importable
    from claimshapes.knowledge.in_use import compiled_knowledge, resource_directory
    from claimshapes.knowledge.lists_in_part import lists_in_part
    from claimshapes.knowledge.recorded import recorded_files
    from claimshapes.report.knowledge_page import knowledge_object, write_knowledge
    from claimshapes.report.lines import Page

    if data_sets and not stale:
        raise click.UsageError("--data-set says of what --stale tells; add --stale")
    today = day or date.today()
    datasets = read_datasets()
    if stale:
        if data_sets:
            ids = [each.id for each in datasets]
            wanted = named(data_sets, ids, "data set", "claimshapes knowledge info")
            datasets = [each for each in datasets if each.id in wanted]
        _stale(datasets, today, output_format)
        return
    file = compiled_knowledge()
    if not file.is_file():
        Knowledge.open()
    compiled = Knowledge(file)
    recorded = list(recorded_files(resource_directory("ontology")))
    there = {dataset.id for dataset in datasets}
    missing = {name: each for name, each in importable().items() if name not in there}
    in_part = lists_in_part(there)
    if output_format == "json":
        content = knowledge_object(compiled, datasets, recorded, missing, in_part, today)
        click.echo(json.dumps(content, indent=2))
    else:
        page = Page(sys.stdout)
        write_knowledge(page, compiled, datasets, recorded, missing, in_part, today)


def _stale(datasets: Iterable[Dataset], today: date, output_format: str) -> None:
    """Says what is out of date, and ends with exit status 1 if anything is."""
    old = {each: since for each in datasets if (since := each.stale_since(today)) is not None}
    if output_format == "json":
        content = [
            {"dataSet": each.id, "label": each.label, "outOfDateSince": since.isoformat()}
            for each, since in old.items()
        ]
        click.echo(json.dumps(content, indent=2))
    else:
        for each, since in old.items():
            click.echo(f"{each.id}: out of date since {since}; {each.label}")
    if old:
        raise click.exceptions.Exit(FOUND)


@knowledge.command("build", short_help="Compile the code sets and tables.")
@knowledge_option
def build() -> None:
    """Make the compiled file anew from the graphs and tables of the ontology.

    Needed after a change to ontology/codes in a checkout; installing does the same. With a
    knowledge folder its merged tables are compiled, which else the next check does.

    \b
    Example:
      claimshapes knowledge build
    """
    from claimshapes.engines.precompile import precompile
    from claimshapes.knowledge.in_use import compiled_knowledge

    output = compiled_knowledge()
    try:
        precompile(anew=True, for_batches=True)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=str(output)) from error
    click.echo(f"compiled into {output}")


@knowledge.command("record", short_help="Record a table that was changed on purpose.")
@click.argument("tables", nargs=-1, metavar="TABLE...")
@click.option("--all", "every", is_flag=True, help="Record all of them.")
def record(tables: tuple[str, ...], every: bool) -> None:
    """Record the hash and the number of rows of each TABLE as it is now.

    A table is used only as its description records it. After a change that is meant, record it,
    and say in the description where the new rows are from. `knowledge build` compiles it.

    \b
    Example:
      claimshapes knowledge record value-sets
    """
    from claimshapes.knowledge import recorded
    from claimshapes.resources import shipped_directory

    if every == bool(tables):
        raise click.UsageError("name the tables, or give --all")
    if every:
        files = recorded.recorded_files(shipped_directory("ontology"))
        tables = tuple(each.name for each in files)
    for name in tables:
        now = recorded.record(shipped_directory("ontology"), name)
        unit = "triples" if now.is_graph else "rows"
        click.echo(f"{now.name}: {now.count:,} {unit}, sha256 {now.sha256}")


@knowledge.command("import", short_help="Import files as their publishers made them.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_FILE)
@knowledge_to_write
@click.option(
    "--data-set",
    metavar="NAME",
    help="Which data set the files are of, where they do not tell; see `knowledge layouts`.",
)
@click.option(
    "--quarter",
    metavar="YYYYQN",
    callback=_quarter,
    help="For which quarter, or from which day (YYYY-MM-DD), where the files do not say.",
)
@click.option("--dry-run", is_flag=True, help="Check the files and say what would change.")
@click.option("--older", is_flag=True, help="Take a release older than the newest one loaded.")
@click.option(
    "--accept-changes",
    is_flag=True,
    help="Take a release of which more changed than is believed.",
)
@text_or_json
def import_(
    files: tuple[Path, ...],
    data_set: str | None,
    quarter: date | None,
    dry_run: bool,
    older: bool,
    accept_changes: bool,
    output_format: str,
) -> None:
    """Import FILEs into your knowledge folder: zip, text, CSV, XML or Excel, as published.

    The data set, its layout and its quarter are told from the files. All files are checked before
    anything changes; nothing changes if one of them is refused. Give the parts of a release
    together.

    \b
    Example:
      claimshapes knowledge import ccipra-v331r0-f*.zip --knowledge ~/knowledge
      claimshapes knowledge import mue.csv --quarter 2027Q1 --dry-run
    """
    from claimshapes.knowledge.importing import ImportOptions, import_files
    from claimshapes.report.import_page import write_import
    from claimshapes.report.lines import Page

    options = ImportOptions(data_set, quarter, dry_run, older, accept_changes)
    reports = import_files(files, _folder(), options)
    if output_format == "json":
        click.echo(json.dumps([report.as_object() for report in reports], indent=2))
    else:
        page = Page(sys.stdout)
        for report in reports:
            write_import(page, report)


@knowledge.command("layouts", short_help="Say what can be imported.")
@text_or_json
def layouts(output_format: str) -> None:
    """Say which data sets can be imported, in which published layouts.

    \b
    Example:
      claimshapes knowledge layouts
    """
    from claimshapes.knowledge.descriptions import importable

    described = importable()
    if output_format == "json":
        content = [
            {
                "dataSet": each.data_set,
                "title": each.title,
                "publisher": each.publisher,
                "layouts": [
                    {"name": layout.name, "checkedAgainst": layout.checked_against}
                    for layout in each.layouts
                ],
            }
            for each in described.values()
        ]
        click.echo(json.dumps(content, indent=2))
        return
    for each in described.values():
        click.echo(f"{each.data_set}: {each.title} ({each.publisher})")
        for layout in each.layouts:
            click.echo(f"  {layout.name}; checked against a {layout.checked_against}")


@knowledge.command("remove", short_help="Remove releases from your knowledge folder.")
@click.argument("releases", nargs=-1, required=True, metavar="RELEASE...")
@knowledge_option
def remove(releases: tuple[str, ...]) -> None:
    """Remove each RELEASE, such as mue-practitioner/2027-01-01, from your knowledge folder.

    \b
    Example:
      claimshapes knowledge remove mue-practitioner/2027-01-01
    """
    folder = _folder()
    with folder.changing():
        kept = {release.name: release for release in folder.releases()}
        for name in releases:
            if kept.pop(name, None) is None:
                there = ", ".join(sorted(kept)) or "none"
                raise InputError(f"there is no imported release {name}; there are {there}")
        folder.put(tuple(kept.values()))
    for name in releases:
        click.echo(f"removed {name}")


@knowledge.command("diff", short_help="Say what differs between two releases.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@knowledge_option
@text_or_json
def diff(first: str, second: str, output_format: str) -> None:
    """Say what differs between the releases A and B of a data set, shipped or imported.

    \b
    Example:
      claimshapes knowledge diff mue-dme/2026-04-01 mue-dme/2027-01-01
    """
    from claimshapes.knowledge.difference import differences
    from claimshapes.knowledge.folder import KnowledgeFolder
    from claimshapes.knowledge.in_use import knowledge_folder
    from claimshapes.report.import_page import change_lines

    place = knowledge_folder()
    changes = differences(first, second, None if place is None else KnowledgeFolder(place))
    if output_format == "json":
        content = {**changes.counts, "share": changes.share, "examples": changes.examples}
        click.echo(json.dumps(content, indent=2))
        return
    for line in change_lines(changes):
        click.echo(line)


@knowledge.group("generate", short_help="Make a graph of the ontology anew from its sources.")
def generate_() -> None:
    """Make a graph of ontology/codes anew from the sources in a checkout.

    \b
    Example:
      claimshapes knowledge generate icd10cm
    """


@generate_.command("icd10cm", short_help="ICD-10-CM from tabular lists and date table.")
def generate_icd10cm() -> None:
    """Make the graph of ICD-10-CM anew from the tabular lists and the date table.

    Words of notes and titles are read by tables/note-words.csv and site-words.csv.

    Prints what was made and what could not be understood. The same files give the same bytes.

    \b
    Example:
      claimshapes knowledge generate icd10cm && claimshapes knowledge build
    """
    from claimshapes.knowledge.importers.icd10cm import OUTPUT_NAME, generate, tabular_files
    from claimshapes.knowledge.recorded import record as record_file
    from claimshapes.resources import shipped_directory

    ontology = shipped_directory("ontology")
    folder = ontology / "codes" / "icd10cm"
    sources = folder / "sources"
    try:
        dates = sources / "date-table.csv.gz"
        report = generate(tabular_files(sources), dates, ontology / "tables", folder / OUTPUT_NAME)
    except OSError as error:
        file = str(error.filename or folder)
        raise InputError(error.strerror or "cannot be used", file=file) from error
    record_file(shipped_directory("ontology"), "icd10cm")
    click.echo(str(report))
    click.echo(f"wrote {folder / OUTPUT_NAME}; `claimshapes knowledge build` compiles it")


def _folder() -> KnowledgeFolder:
    from claimshapes.knowledge.folder import KnowledgeFolder
    from claimshapes.knowledge.in_use import KNOWLEDGE_VARIABLE, knowledge_folder

    place = knowledge_folder()
    if place is None:
        raise click.UsageError(
            f"name your knowledge folder: --knowledge DIR, or {KNOWLEDGE_VARIABLE}"
        )
    return KnowledgeFolder(place)
