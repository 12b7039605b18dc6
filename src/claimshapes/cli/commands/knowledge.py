"""``claimshapes knowledge``: the code sets and tables that rules rest on."""

from __future__ import annotations

import json
import sys

import click

from claimshapes.errors import InputError


@click.group(short_help="Say which code sets are loaded; make them anew.")
def knowledge() -> None:
    """Say which code sets and tables are loaded, and make them anew.

    \b
    Example:
      claimshapes knowledge info
      claimshapes knowledge build
    """


@knowledge.command("info", short_help="Say which releases are loaded and what they cover.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)
def info(output_format: str) -> None:
    """Say which data sets are available, which days they cover and which not, and their hashes.

    Every table and graph is read and held against what is recorded of it.

    \b
    Example:
      claimshapes knowledge info --format json
    """
    from claimshapes.knowledge.compiled_knowledge import Knowledge
    from claimshapes.knowledge.datasets import read_datasets
    from claimshapes.knowledge.recorded import recorded_files
    from claimshapes.report.knowledge_page import knowledge_object, write_knowledge
    from claimshapes.report.lines import Page
    from claimshapes.resources import compiled_knowledge, resource_directory

    file = compiled_knowledge()
    if not file.is_file():
        Knowledge.open()
    compiled = Knowledge(file)
    datasets = read_datasets()
    recorded = list(recorded_files(resource_directory("ontology")))
    if output_format == "json":
        click.echo(json.dumps(knowledge_object(compiled, datasets, recorded), indent=2))
    else:
        write_knowledge(Page(sys.stdout), compiled, datasets, recorded)


@knowledge.command("build", short_help="Compile the code sets and tables.")
def build() -> None:
    """Make the compiled file anew from the graphs and tables of the ontology.

    Needed after a change to ontology/codes in a checkout; installing does the same.

    \b
    Example:
      claimshapes knowledge build
    """
    from claimshapes.engines.batch.compile_check import keep_shipped_queries
    from claimshapes.engines.batch.tables import knowledge_tables
    from claimshapes.engines.one_by_one.required_patterns import shipped_patterns
    from claimshapes.engines.one_by_one.shipped_patterns import keep_shipped_patterns
    from claimshapes.knowledge.compile import compile_knowledge
    from claimshapes.resources import compiled_knowledge, resource_directory

    output = compiled_knowledge()
    try:
        compile_knowledge(resource_directory("ontology"), output)
        knowledge_tables.build(resource_directory("ontology"), knowledge_tables.knowledge_file())
        keep_shipped_queries()
        shipped_patterns().unlink(missing_ok=True)
        keep_shipped_patterns(shipped_patterns())
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
    from claimshapes.resources import resource_directory

    if every == bool(tables):
        raise click.UsageError("name the tables, or give --all")
    if every:
        files = recorded.recorded_files(resource_directory("ontology"))
        tables = tuple(each.name for each in files)
    for name in tables:
        now = recorded.record(resource_directory("ontology"), name)
        unit = "triples" if now.is_graph else "rows"
        click.echo(f"{now.name}: {now.count:,} {unit}, sha256 {now.sha256}")


@knowledge.group("import", short_help="Make a graph anew from its publisher's files.")
def import_() -> None:
    """Make a graph of ontology/codes anew from its publisher's files.

    \b
    Example:
      claimshapes knowledge import icd10cm
    """


@import_.command("icd10cm", short_help="ICD-10-CM from tabular lists and date table.")
def import_icd10cm() -> None:
    """Make the graph of ICD-10-CM anew from the tabular lists and the date table.

    Words of notes and titles are read by tables/note-words.csv and site-words.csv.

    Prints what was made and what could not be understood. The same files give the same bytes.

    \b
    Example:
      claimshapes knowledge import icd10cm && claimshapes knowledge build
    """
    from claimshapes.knowledge.importers.icd10cm import OUTPUT_NAME, generate, tabular_files
    from claimshapes.knowledge.recorded import record as record_file
    from claimshapes.resources import resource_directory

    ontology = resource_directory("ontology")
    folder = ontology / "codes" / "icd10cm"
    sources = folder / "sources"
    try:
        dates = sources / "date-table.csv.gz"
        report = generate(tabular_files(sources), dates, ontology / "tables", folder / OUTPUT_NAME)
    except OSError as error:
        file = str(error.filename or folder)
        raise InputError(error.strerror or "cannot be used", file=file) from error
    record_file(resource_directory("ontology"), "icd10cm")
    click.echo(str(report))
    click.echo(f"wrote {folder / OUTPUT_NAME}; `claimshapes knowledge build` compiles it")
