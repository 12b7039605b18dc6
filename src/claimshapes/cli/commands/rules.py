"""``claimshapes rules``: the commands of those who write rules."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.cli.commands.new_rule import new_rule
from claimshapes.cli.commands.rules_export import export_rules
from claimshapes.cli.commands.rules_impact import impact_of_rules
from claimshapes.cli.commands.rules_lint import lint_rules
from claimshapes.cli.commands.rules_test import test_rules
from claimshapes.cli.commands.rules_watch import watch_rules
from claimshapes.cli.completion import complete_rules
from claimshapes.cli.exit_status import FOUND, NOTHING_FOUND
from claimshapes.cli.loaded_rules import loaded, rule_named
from claimshapes.cli.options import rule_folders, text_or_json

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
    from claimshapes.authoring.pack_changes import changes, counts
    from claimshapes.authoring.pack_state import read_state
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


for command in (new_rule, test_rules, watch_rules, lint_rules, impact_of_rules, export_rules):
    rules.add_command(command)
