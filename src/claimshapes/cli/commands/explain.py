"""``claimshapes explain``: a rule or a code, in the terminal."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.cli.knowledge_folder import knowledge_option
from claimshapes.cli.loaded_rules import loaded
from claimshapes.cli.options import DATE, day, rule_folders
from claimshapes.errors import InputError

if TYPE_CHECKING:
    from claimshapes.rules.rule_book import Rule

_SUGGESTED = 5
_MOST_FOUND = 20
_DENIAL = re.compile(r"(?:CARC|CO|PR|OA|PI)[ -]?([A-Z]?[0-9]{1,3})", re.IGNORECASE)
_SEARCHED = 20_000


@click.command(short_help="Say what a rule, code, denial, payer or words mean.")
@click.argument("subjects", nargs=-1, required=True, metavar="RULE-ID|CODE|WORDS")
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
def explain(subjects: tuple[str, ...], on: date | None, folders: tuple[Path, ...]) -> None:
    """Explain a rule, a diagnosis code, a denial, a payer, or words.

    A rule: what it checks, why, what to do, where it comes from. A code: title, validity,
    hierarchy, inclusion terms and every instructional note, inherited ones included; its dot
    and case do not matter. A claim adjustment reason code, and a payer: what it is, and the rules
    that concern it. Words: the codes whose title or inclusion terms have them.

    \b
    Example:
      claimshapes explain DX-EXCL1
      claimshapes explain m545 --on 2021-10-01
      claimshapes explain CARC 50
      claimshapes explain medicare-b
      claimshapes explain low back pain
    """
    from claimshapes.explain.code_entry import is_code_like

    subject = " ".join(subjects)
    denial = _DENIAL.fullmatch(subject.strip())
    if denial is not None:
        _explain_denial(denial[1].upper(), folders)
    elif is_code_like(subject):
        _explain_code(subject, on or date.today())
    else:
        _explain_rule_or_words(subject, folders)


def _explain_denial(code: str, folders: tuple[Path, ...]) -> None:
    from claimshapes.knowledge.denials import denial_texts, name_denial

    if code not in denial_texts():
        near = difflib.get_close_matches(code, denial_texts(), _SUGGESTED, 0.5)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise InputError(f"no rule concerns claim adjustment reason code {code}{hint}")
    _, book = loaded(folders)
    _write_rules(name_denial(code), "prevented by", [r for r in book if code in r.denial_codes])


def _write_rules(heading: str, name: str, rules: Sequence[Rule]) -> None:
    from claimshapes.report.lines import Page

    page = Page(sys.stdout)
    page.line((heading, "bold"))
    for rule in rules:
        page.field(name, f"{rule.id}  {rule.label}", indent=2, column=14)
        name = ""


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


def _explain_rule_or_words(subject: str, folders: tuple[Path, ...]) -> None:
    from claimshapes.explain.words import find_codes
    from claimshapes.knowledge.compiled_knowledge import Knowledge
    from claimshapes.knowledge.format_terms import format_terms
    from claimshapes.knowledge.payers import with_broader
    from claimshapes.report.lines import Page
    from claimshapes.report.rule_page import write_rule

    _, book = loaded(folders)
    page = Page(sys.stdout)
    rule = book.rules.get(subject.upper())
    if rule is not None:
        write_rule(page, rule, book)
        return
    if subject.lower() in format_terms().payers:
        payer = subject.lower()
        payers = with_broader(payer)
        named = [each for each in book if each.payers & payers]
        _write_rules(f"payer {payer}", "rules for it", named)
        return
    found = find_codes(Knowledge.open(), subject)
    if not found:
        near = difflib.get_close_matches(subject.upper(), book.rules, _SUGGESTED, 0.6)
        hint = f"near it: {', '.join(near)}" if near else "`claimshapes rules list` names the rules"
        raise InputError(f"there is neither a rule nor a code {subject}; {hint}")
    for code in found[:_MOST_FOUND]:
        term = f" ({code.term})" if code.term else ""
        page.beside([(code.notation, "bold")], f"{code.title}{term}", column=10)
    if len(found) > _MOST_FOUND:
        page.line(f"and {len(found) - _MOST_FOUND:,} more; more words find fewer")


def _near(wanted: str, known: list[str]) -> list[str]:
    return difflib.get_close_matches(wanted, known, _SUGGESTED, 0.5) or known[:_SUGGESTED]
