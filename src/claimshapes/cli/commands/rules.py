"""``claimshapes rules``: the commands of those who write rules."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.cli.commands.new_rule import new_rule
from claimshapes.cli.commands.rules_test import test_rules
from claimshapes.cli.commands.rules_watch import watch_rules
from claimshapes.cli.completion import complete_payers, complete_rules
from claimshapes.cli.exit_status import FOUND, NOTHING_FOUND, UNUSABLE
from claimshapes.cli.loaded_rules import loaded, rule_named
from claimshapes.cli.options import (
    DATE,
    claim_files,
    claim_inputs,
    day,
    jobs_option,
    rule_folders,
    rule_folders_as_they_are,
    text_or_json,
)

if TYPE_CHECKING:
    from claimshapes.report.lines import Page
    from claimshapes.rules.rule import Rule
    from claimshapes.rules.rule_book import RuleBook


@click.group(short_help="List, show, test and lint rules.")
def rules() -> None:
    """List, show, test and lint rules.

    \b
    Example:
      claimshapes rules list
      claimshapes rules test --rules our-rules
    """


@rules.command("list", short_help="List the rules.")
@text_or_json
@click.option(
    "--by-source",
    is_flag=True,
    help="Sort the rules by the strength of their strongest source, and name it.",
)
@rule_folders
def list_rules(output_format: str, by_source: bool, folders: tuple[Path, ...]) -> None:
    """List the rules with their severity.

    \b
    Example:
      claimshapes rules list --format json
      claimshapes rules list --by-source
    """
    from claimshapes.report.lines import Page, counted
    from claimshapes.report.rule_page import rule_object, write_rules_by_source
    from claimshapes.report.text import SEVERITY_STYLES

    _, book = loaded(folders)
    if output_format == "json":
        click.echo(json.dumps([rule_object(rule, book) for rule in book], indent=2))
        return
    page = Page(sys.stdout)
    if by_source:
        write_rules_by_source(page, book)
        return
    longest = max((len(rule.id) for rule in book), default=0)
    for rule in book:
        page.beside(
            [
                (rule.id.ljust(longest + 2), "bold"),
                (rule.severity.value, SEVERITY_STYLES[rule.severity]),
            ],
            rule.label,
            "" if rule.status == "active" else f" ({rule.status})",
            column=longest + 13,
        )
    page.space()
    page.line(counted(len(book.rules), "rule"))


@rules.command("show", short_help="Show a rule and its Turtle.")
@click.argument("identifier", metavar="RULE-ID", shell_complete=complete_rules)
@click.option(
    "--plan",
    is_flag=True,
    help="Show the SQL of the set engine in place of the file, with the rows and the time of each"
    " operator on the claims of the rule's own tests.",
)
@rule_folders
def show_rule(identifier: str, plan: bool, folders: tuple[Path, ...]) -> None:
    """Show what a rule says of itself, then its file.

    \b
    Example:
      claimshapes rules show DX-DATE
      claimshapes rules show DX-DATE --plan
    """
    from claimshapes.report.lines import Page
    from claimshapes.report.rule_page import write_rule

    _, book = loaded(folders)
    rule = rule_named(book, identifier)
    page = Page(sys.stdout)
    if plan:
        _write_plan(page, book, rule)
        return
    write_rule(page, rule, book)
    page.field("file", str(rule.file), indent=2)
    page.space()
    page.turtle(rule.file.read_text("utf-8"))


def _write_plan(page: Page, book: RuleBook, rule: Rule) -> None:
    from claimshapes.authoring.rule_tests import tested_claims
    from claimshapes.checking.checker import Checker
    from claimshapes.report.plan_page import write_plan

    checker = Checker(book=book, engine="set", select={rule.id})
    left = checker.uncompiled().get(rule.id)
    if left is not None:
        page.line(f"{rule.id} is left to the reference engine: {left}")
        return
    claims = tested_claims(rule)
    write_plan(page, checker.explained(rule.id, claims), len(claims))


rules.add_command(new_rule)
rules.add_command(watch_rules)


rules.add_command(test_rules)


@rules.command("lint", short_help="Say what is wrong with the rules themselves.")
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


@rules.command("impact", short_help="Say what rules would have done to claims.")
@claim_files
@click.option(
    "--against",
    multiple=True,
    metavar="DIR|REV",
    help="Folder of rules, git revision of the folder of --rules, or REVISION:FOLDER, to compare"
    " with; the shipped rules alone without it.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="Format of what is written.",
)
@click.option("--output", metavar="FILE", help="Write to a file, once it is whole.")
@jobs_option("Processes that check large files, twice as many: with the rules and without.")
@claim_inputs
@rule_folders_as_they_are
def impact(
    files: tuple[str, ...],
    against: tuple[str, ...],
    output_format: str,
    output: str | None,
    jobs: int,
    input_format: str | None,
    columns: str | None,
    folders: tuple[Path, ...],
) -> int:
    """Check claims with and without rules: newly flagged, no longer flagged, charges touched.

    Only the rules that differ are evaluated where what is known of the claim's payers and value
    sets is the same; claims of payers that no difference is for are only counted.

    Exit status: 0 no difference; 1 a difference; 2 the files cannot be used, or a
    claim in them could not be read; the others were checked.

    \b
    Example:
      claimshapes rules impact last-month.837 --rules our-rules
      claimshapes rules impact last-month.json --rules our-rules --against v1.2
      claimshapes rules impact may.json --rules our-rules --format html > may.html
    """
    from claimshapes.authoring.differing_rules import what_differs
    from claimshapes.authoring.impact import impact_of
    from claimshapes.authoring.impact_page import write_impact_page
    from claimshapes.authoring.impact_words import write_impact
    from claimshapes.authoring.revisions import folder_at
    from claimshapes.checking.checker import Checker
    from claimshapes.claims.readers import read_claims
    from claimshapes.cli.interruption import Interruption
    from claimshapes.cli.output import report_stream
    from claimshapes.report.lines import Page

    readings = chain.from_iterable(
        read_claims(file, input_format=input_format, columns=columns) for file in files
    )
    interruption = Interruption()
    with ExitStack() as stack:
        stack.enter_context(interruption.ending())
        like = folders[0] if folders else None
        others = [stack.enter_context(folder_at(said, like)) for said in against]
        _, before = loaded(others)
        _, after = loaded(folders)
        differing = what_differs(before, after)

        def checkers(only: frozenset[str] | None) -> tuple[Checker, Checker]:
            first, second = (
                Checker(
                    select=None if only is None else only & book.rules.keys(),
                    jobs=jobs,
                    # Processes load the rules themselves.
                    book=book if jobs == 1 else None,
                    rules=() if jobs == 1 else used,
                )
                for book, used in ((before, others), (after, folders))
            )
            return first, second

        found = impact_of(interruption.through(readings), differing, checkers)
    with report_stream(output, files) as stream:
        if output_format == "json":
            stream.write(json.dumps(found.object(), indent=2) + "\n")
        elif output_format == "html":
            write_impact_page(stream, found)
        else:
            write_impact(Page(stream), found)
    if found.rejected:
        return UNUSABLE
    return FOUND if found.newly.claims or found.no_longer.claims else NOTHING_FOUND


@rules.command("diff", short_help="Say what changed between two states of rules.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@text_or_json
def diff_rules(old: str, new: str, output_format: str) -> int:
    """Compare two states of rules, payers, terms, exemptions, adjustments, lists and tables.

    A state is a folder, a git revision of the other folder, or REVISION:FOLDER. A folder with
    shapes/ and ontology/ is a checkout of the project. Each change is stricter, looser, re-dated,
    re-worded, or changed where that cannot be told.

    Exit status: 0 they say the same; 1 something changed; 2 a file cannot be used.

    \b
    Example:
      claimshapes rules diff our-rules-2026 our-rules
      claimshapes rules diff v1.2 our-rules --format json
    """
    from claimshapes.authoring.change_words import write_changes
    from claimshapes.authoring.pack_changes import changes, counts, read_state
    from claimshapes.authoring.revisions import folder_at
    from claimshapes.report.lines import Page
    from claimshapes.rules.families import read_forms

    families = read_forms()
    folders = [Path(each) for each in (old, new) if Path(each).is_dir()]
    like = folders[0] if folders else None
    with folder_at(old, like) as before, folder_at(new, like) as after:
        found = changes(read_state(before, families), read_state(after, families))
    if output_format == "json":
        content = {"counts": counts(found), "changes": [change.object() for change in found]}
        click.echo(json.dumps(content, indent=2))
    else:
        write_changes(Page(sys.stdout), found)
    return FOUND if found else NOTHING_FOUND


@rules.command("export", short_help="Write the rules for a payer and a day as plain SHACL.")
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
