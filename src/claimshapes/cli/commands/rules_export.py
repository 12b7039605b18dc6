"""``claimshapes rules export``: writes rules as plain SHACL."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from claimshapes.cli.completion import complete_payers, complete_rules
from claimshapes.cli.loaded_rules import loaded, rule_named
from claimshapes.cli.options import DATE, day, rule_folders


@click.command("export", short_help="Write the rules for a payer and a day as plain SHACL.")
@click.option(
    "--payer",
    metavar="ID",
    required=True,
    shell_complete=complete_payers,
    help="For claims of this payer.",
)
@click.option(
    "--on",
    "service_day",
    type=DATE,
    callback=day,
    required=True,
    help="The rules that are in force on this date of service.",
)
@click.option(
    "--claim-type",
    type=click.Choice(["professional", "institutional"]),
    default="professional",
    show_default=True,
    help="For claims of this type.",
)
@click.option(
    "--select",
    "identifiers",
    multiple=True,
    metavar="RULE-ID",
    shell_complete=complete_rules,
    help="Only this rule.",
)
@rule_folders
@click.option("--output", metavar="FILE", help="Write the shapes to a file, once it is whole.")
def export_rules(
    payer: str,
    service_day: date,
    claim_type: str,
    identifiers: tuple[str, ...],
    folders: tuple[Path, ...],
    output: str | None,
) -> None:
    """Write rules as SHACL in Turtle that any SHACL-SPARQL engine evaluates.

    The data graph is what `claimshapes graph` writes of a claim. The head of the file says what is
    not in the shapes.

    \b
    Example:
      claimshapes rules export --payer medicare-b --on 2026-10-15 > shapes.ttl
      claimshapes graph claim.json --output claim.ttl
      pyshacl -s shapes.ttl claim.ttl
    """
    from claimshapes.cli.output import report_stream
    from claimshapes.knowledge.payers import with_broader
    from claimshapes.rules.export import Scope, exported

    _, book = loaded(folders)
    only = [rule_named(book, identifier).id for identifier in identifiers] or None
    graph = exported(book, Scope(with_broader(payer), claim_type, service_day), only)
    with report_stream(output, []) as stream:
        stream.write(graph.serialize(format="turtle"))
