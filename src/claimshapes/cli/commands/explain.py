"""``claimshapes explain``: a rule or a code, in the terminal."""

from __future__ import annotations

import difflib
import sys
from datetime import date
from pathlib import Path

import click

from claimshapes.cli.knowledge_folder import knowledge_option
from claimshapes.cli.options import DATE, day, rule_folders
from claimshapes.errors import InputError

_SUGGESTED = 5
_SEARCHED = 20_000


@click.command(short_help="Say what a rule or a diagnosis code means.")
@click.argument("subject", metavar="RULE-ID|CODE")
@click.option(
    "--on",
    "on",
    type=DATE,
    callback=day,
    metavar="YYYY-MM-DD",
    help="Day for which a code is explained; today by default.",
)
@rule_folders
@knowledge_option
def explain(subject: str, on: date | None, folders: tuple[Path, ...]) -> None:
    """Explain a rule, or an ICD-10-CM code with or without its dot, in any case.

    A rule: what it checks, why, what to do, where it comes from. A code: title, validity,
    hierarchy, inclusion terms and every instructional note, inherited ones included.

    \b
    Example:
      claimshapes explain DX-EXCL1
      claimshapes explain m545 --on 2021-10-01
    """
    from claimshapes.explain.code_entry import is_code_like

    if is_code_like(subject):
        _explain_code(subject, on or date.today())
    else:
        _explain_rule(subject, folders)


def _explain_code(code: str, on: date) -> None:
    from claimshapes.explain.code_entry import read_code_entry
    from claimshapes.knowledge.compiled_knowledge import Knowledge
    from claimshapes.knowledge.datasets import read_datasets
    from claimshapes.report.code_page import write_code
    from claimshapes.report.lines import Page

    knowledge = Knowledge.open()
    entry = read_code_entry(knowledge, code)
    if entry is None:
        near = _near(code.upper(), knowledge.nearby(code, _SEARCHED))
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise InputError(f"no loaded release of ICD-10-CM has the code {code.upper()}{hint}")
    write_code(Page(sys.stdout), entry, on, read_datasets())


def _explain_rule(identifier: str, folders: tuple[Path, ...]) -> None:
    from claimshapes.report.lines import Page
    from claimshapes.report.rule_page import write_rule
    from claimshapes.resources import resource_directory
    from claimshapes.rules.rule_book import load_rules

    book = load_rules([resource_directory("shapes"), *folders])
    rule = book.rules.get(identifier.upper())
    if rule is None:
        near = _near(identifier.upper(), list(book.rules))
        hint = f"near it: {', '.join(near)}" if near else "`claimshapes rules list` names the rules"
        raise InputError(f"there is neither a rule nor a code {identifier}; {hint}")
    write_rule(Page(sys.stdout), rule, book)


def _near(wanted: str, known: list[str]) -> list[str]:
    return difflib.get_close_matches(wanted, known, _SUGGESTED, 0.5) or known[:_SUGGESTED]
