"""``claimshapes explain``: a rule or a code, in the terminal."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from claimshapes.cli.completion import complete_subjects
from claimshapes.cli.knowledge_folder import knowledge_option
from claimshapes.cli.loaded_rules import loaded
from claimshapes.cli.options import DATE, day, rule_folders
from claimshapes.errors import InputError

if TYPE_CHECKING:
    from claimshapes.report.lines import Page
    from claimshapes.rules.rule import Rule
    from claimshapes.rules.rule_book import RuleBook

_SUGGESTED = 5
_MOST_FOUND = 20
_MOST_RULES = 10
_RULE_COLUMN = 28
_CODE_COLUMN = 12
_LEAST_OF_PAYER = 4
_DENIAL = re.compile(r"(?:CARC|CO|PR|OA|PI)[ -]?([A-Z]?[0-9]{1,3})", re.IGNORECASE)
_REMARK = re.compile(r"(?:RARC[ -]?)?((?:MA|M|N)[0-9]{1,3})", re.IGNORECASE)
_SEARCHED = 20_000
_LEAST_ALIKE = 0.65


@click.command(short_help="Say what a rule, code, denial, payer or words mean.")
@click.argument(
    "subjects",
    nargs=-1,
    required=True,
    metavar="RULE-ID|CODE|PAYER|WORDS...",
    shell_complete=complete_subjects,
)
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
    """Explain a rule, a code, a denial, a payer, or words.

    A rule: what it checks, why, what to do, where it comes from. A diagnosis code: title,
    validity, hierarchy, inclusion terms and every instructional note, inherited ones included; its
    dot and case do not matter. A procedure code, modifier, revenue code, place of service or
    taxonomy code: what the tables say of it, and the rules that name it. A claim adjustment reason
    code (CARC), a remark code (RARC) and a payer: what it is, and the rules that concern it.
    Of blocks, chapters and value sets, what is in them. Words: the rules whose title has them, or
    whose id fits a pattern such as DX-*, and the diagnosis codes whose title or inclusion terms
    have them.

    \b
    Example:
      claimshapes explain DX-EXCL1
      claimshapes explain m545 --on 2021-10-01
      claimshapes explain M50-M54
      claimshapes explain 97110
      claimshapes explain revenue 420
      claimshapes explain POS 11
      claimshapes explain CARC 50
      claimshapes explain RARC MA63
      claimshapes explain medicare-b
      claimshapes explain low back pain
      claimshapes explain timely filing
    """
    from claimshapes.explain.code_entry import is_code_like, is_heading_like

    subject = " ".join(subjects).strip()
    denial, remark = _DENIAL.fullmatch(subject), _REMARK.fullmatch(subject)
    if denial is not None:
        _explain_denial(denial[1].upper(), folders)
        return
    if _explain_listed(subject, folders):
        return
    # MA and digits are no diagnosis code; M or N and digits may be one.
    named = remark is not None and (
        subject.upper() != remark[1].upper() or remark[1].upper().startswith("MA")
    )
    if (
        remark is not None
        and (named or not _is_diagnosis(subject))
        and _explain_remark(remark[1].upper(), named, folders)
    ):
        return
    if is_code_like(subject) or is_heading_like(subject):
        _explain_code(subject, on or date.today())
        if remark is not None and not named:
            _explain_homonym(remark[1].upper(), folders)
    else:
        _explain_rule_or_words(subject, folders)


def _explain_denial(code: str, folders: tuple[Path, ...]) -> None:
    from claimshapes.knowledge.denials import denial_texts, name_denial

    if code not in denial_texts():
        raise InputError(
            f"no rule concerns claim adjustment reason code {code}{_hint(code, denial_texts())}"
        )
    _, book = loaded(folders)
    _write_rules(name_denial(code), "prevented by", [r for r in book if code in r.denial_codes])


def _explain_remark(code: str, named: bool, folders: tuple[Path, ...]) -> bool:
    """Explains a remark code, unless it is unknown and may be something else."""
    from claimshapes.knowledge.denials import remark_texts

    known = remark_texts()
    if code in known:
        _, book = loaded(folders)
        rules = [rule for rule in book if code in rule.remark_codes]
        _write_rules(f"RARC {code} ({known[code]})", "comes with", rules)
        return True
    if named:
        raise InputError(
            f"no rule concerns remittance advice remark code {code}{_hint(code, known)}"
        )
    return False


def _explain_homonym(code: str, folders: tuple[Path, ...]) -> None:
    """Says that what is a diagnosis code is a remark code, too."""
    from claimshapes.knowledge.denials import remark_texts
    from claimshapes.report.lines import Page

    if code in remark_texts():
        Page(sys.stdout).space()
        _explain_remark(code, False, folders)


def _explain_listed(subject: str, folders: tuple[Path, ...], heading: str = "") -> bool:
    """Explains codes that tables list, if the subject is one that is no diagnosis code."""
    from claimshapes.explain.listed_code import KINDS, find_listed, near_codes, rules_naming
    from claimshapes.knowledge.denials import denial_texts
    from claimshapes.report.lines import Page
    from claimshapes.report.listed_code_page import write_listed_code

    word, _, code = subject.partition(" ")
    named = [kind for kind in KINDS if word.lower() in kind.words and code and " " not in code]
    if not named:
        if " " in subject or _is_diagnosis(subject):
            return False
        code = subject
    found = find_listed(code, named or KINDS)
    if not found and named:
        hint = _named_near(near_codes(code, _SUGGESTED, named))
        raise InputError(f"no loaded table has the {named[0].name} {code.upper()}{hint}")
    if found:
        _, book = loaded(folders)
        page = Page(sys.stdout)
        if heading:
            page.line((heading, "dim"))
        for number, listed in enumerate(found):
            if number:
                page.space()
            write_listed_code(page, listed, rules_naming(book, listed))
        if not named and code.upper() in denial_texts():
            page.space()
            _explain_denial(code.upper(), folders)
    return bool(found)


def _is_diagnosis(subject: str) -> bool:
    from claimshapes.explain.code_entry import is_code_like
    from claimshapes.knowledge.compiled_knowledge import Knowledge

    return is_code_like(subject) and Knowledge.open().match(subject).concept is not None


def _hint(wanted: str, known: Iterable[str]) -> str:
    return _named_near(difflib.get_close_matches(wanted, list(known), _SUGGESTED, _LEAST_ALIKE))


def _named_near(near: Sequence[str]) -> str:
    return f"; near it: {', '.join(near)}" if near else ""


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
        hint = _named_near([*_listed_alike(code), *near])
        raise InputError(f"no loaded release of ICD-10-CM has the code {code.upper()}{hint}")
    write_code(Page(sys.stdout), entry, on, read_datasets())


def _listed_alike(code: str) -> list[str]:
    """The code without its dot, if that is one of another code system."""
    from claimshapes.explain.listed_code import KINDS, find_listed

    return [f"{each.kind.name} {each.code}" for each in find_listed(code.replace(".", ""), KINDS)]


def _explain_rule_or_words(subject: str, folders: tuple[Path, ...]) -> None:
    from claimshapes.explain.words import meanings
    from claimshapes.knowledge.format_terms import format_terms
    from claimshapes.knowledge.payers import payer_labels, with_broader
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
        own = [each for each in book if each.payers & with_broader(payer)]
        _write_rules(f"payer {payer} ({payer_labels()[payer]})", "rules for it", own)
        return
    if _explain_value_set(page, subject.lower().removeprefix("set:"), book):
        return
    if _write_found(page, subject, book):
        return
    for meant in meanings(subject):
        heading = f"{subject}: looked for as {meant}"
        if _explain_listed(meant, folders, heading) or _write_found(page, meant, book, heading):
            return
    near = _near_names(subject, book, format_terms().payers)
    hint = f"near it: {', '.join(near)}" if near else "`claimshapes rules list` names the rules"
    raise InputError(f"there is no rule, code, payer or title {subject}; {hint}")


def _explain_value_set(page: Page, name: str, book: RuleBook) -> bool:
    """Explains a value set, if the subject is the id of one."""
    from claimshapes.explain.listed_code import rules_reaching
    from claimshapes.knowledge.ontology_graph import OntologyGraph, last_part
    from claimshapes.rdf.vocabulary import BASE

    iri = f"{BASE}value-set/{name}"
    graph = OntologyGraph()
    if iri not in graph.instances("ValueSet"):
        return False
    members = [each for each in graph.memberships() if each.value_set == iri]
    page.line((f"value set {name}", "bold"), f"  {graph.label(iri)}")
    codes = sorted({last_part(each.member) for each in members})
    page.field("members", ", ".join(codes) or "none on file", indent=2, column=14)
    word = "named by"
    for rule in rules_reaching(book, {iri}):
        page.field(word, f"{rule.id}  {rule.label}", indent=2, column=14)
        word = ""
    return True


def _write_found(page: Page, words: str, book: RuleBook, heading: str = "") -> bool:
    """Writes the rules, payers, denials and codes that words lead to, if there are any."""
    from claimshapes.explain.words import find_codes, find_denials, find_rules, meanings
    from claimshapes.knowledge.compiled_knowledge import Knowledge
    from claimshapes.knowledge.payers import payer_labels

    found = find_codes(Knowledge.open(), words)
    named = find_rules(book, words, deep=not found)
    meant = meanings(words)
    parts = [each.casefold() for each in (words, *meant) if len(each) >= _LEAST_OF_PAYER]
    payers_named = [
        (payer, label)
        for payer, label in payer_labels().items()
        if any(part in payer or part in label.casefold() for part in parts)
    ]
    denials = find_denials(words)
    if denials and not named:
        named = next(filter(None, (find_rules(book, each, deep=False) for each in meant)), [])
    if not found and not named and not payers_named and not denials:
        return False
    if heading:
        page.line((heading, "dim"))
    for each in named[:_MOST_RULES]:
        page.beside([(each.id, "bold")], each.label, column=_RULE_COLUMN)
    if len(named) > _MOST_RULES:
        page.line(f"and {len(named) - _MOST_RULES:,} more rules; more words find fewer")
    for payer, label in payers_named:
        page.beside([(payer, "bold")], f"payer: {label}", column=_RULE_COLUMN)
    for denial, text in denials:
        page.beside([(denial, "bold")], text, column=_RULE_COLUMN)
    if (named or payers_named or denials) and found:
        page.space()
    for code in found[:_MOST_FOUND]:
        term = f" ({code.term})" if code.term else ""
        page.beside([(code.notation, "bold")], f"{code.title}{term}", column=_CODE_COLUMN)
    if len(found) > _MOST_FOUND:
        page.line(f"and {len(found) - _MOST_FOUND:,} more; more words find fewer")
    return True


def _near_names(subject: str, book: RuleBook, payers: Iterable[str]) -> list[str]:
    """Rules, payers, codes, or words of titles that may have been meant."""
    from claimshapes.explain.listed_code import near_codes
    from claimshapes.explain.words import near_words
    from claimshapes.knowledge.compiled_knowledge import Knowledge

    names = {name.casefold(): name for name in (*book.rules, *payers)}
    near = difflib.get_close_matches(subject.casefold(), names, _SUGGESTED, _LEAST_ALIKE)
    if near:
        return [names[name] for name in near]
    if any(character.isdecimal() for character in subject):
        codes = near_codes(subject, _SUGGESTED)
        if codes:
            return codes
    words = near_words(Knowledge.open(), book, subject)
    return [words] if words else []


def _near(wanted: str, known: list[str]) -> list[str]:
    return difflib.get_close_matches(wanted, known, _SUGGESTED, 0.5) or known[:_SUGGESTED]
