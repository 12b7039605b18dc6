"""The old voice stays out of what users read: rules, ontology, documents, messages and help."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest
import rdflib

import claimshapes
from claimshapes.cli import program
from claimshapes.rules.rule_book import load_rules

ROOT = Path(__file__).resolve().parents[1]
OLD = re.compile(
    r"\bat hand\b|\bstands?\b(?! for\b| out\b|-)|(?<![:$-])\bbeside\b(?![-_(])"
    r"|(?<![:/\"])\bjudg(?:e|es|ed|ing)\b(?!/)|\bis a heading\b|\bmay (?:not )?be reported\b"
    r"|\bnothing found\b|\btake the service off\b|\bbill the patient\b|\bexclude each other\b"
    r"|\b(?:un)?authoris|\bprogrammes?\b|\bcolours?\b|(?<!`)\bcatalogues?\b|\blicences?\b"
    r"|\bneighbour",
    re.IGNORECASE,
)
IN_BACKQUOTES = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
OLD_IN_RULES = re.compile(
    r"\brests? on (?!a line)|\bof who bills\b|\bthat cannot be(?: one)?(?:$|[.,;])"
    r"|\bclearing houses?\b|\bpassed over\b"
    r"|\b[Dd]rop (?:it|the|both|modifier|what)\b|\bminutes make\b|\bfor want of\b"
    r"|\b(?:code|modifier) (?:that )?(?:has )?ended\b|\bUntil that day\b|\bcame again\b"
    r"|\bVisit (?:in|just|reported)\b|\bwhere none is\b|\bis no (?:National|Medicare)\b"
)
"""What stumbles in the texts of a rule, besides."""
QUERY = re.compile(r"\bSELECT\b|\bCONSTRUCT\b|\bWHERE\b")
LONGEST = 120
FILLED = re.compile(r"\{[?$]\w+\}")


def old_words(texts: Iterable[tuple[str, str]]) -> list[str]:
    return [
        f"{where}: {text[max(found.start() - 60, 0) : found.end() + 40]!r}"
        for where, text in texts
        for found in OLD.finditer(text)
    ]


def test_what_old_words_are() -> None:
    spoken = "This stands beside what is at hand; authorised, it could not be judged."
    assert len(OLD.findall(spoken)) == 5
    assert not OLD.findall("It stands for cs:beside and stands out with color.")


@pytest.mark.parametrize("folder", ["shapes", "ontology"])
def test_rules_and_ontology(folder: str) -> None:
    def texts() -> Iterator[tuple[str, str]]:
        for file in sorted((ROOT / folder).rglob("*.ttl")):
            if file.name.endswith(".test.ttl"):
                continue
            for _, predicate, value in rdflib.Graph().parse(file):
                if isinstance(value, rdflib.Literal) and not QUERY.search(str(value)):
                    yield f"{file.name} {predicate}", str(value)

    assert not old_words(texts())


def test_documents() -> None:
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    written = re.findall(r"^docs/(\S+)", (ROOT / ".gitignore").read_text("utf-8"), re.MULTILINE)
    made = [ROOT / "docs" / name.strip("/") for name in written]
    assert made
    for file in sorted((ROOT / "docs").rglob("*.md")):
        if not any(file.is_relative_to(folder) for folder in made):
            files.append(file)
    texts = ((str(file), IN_BACKQUOTES.sub("`", file.read_text("utf-8"))) for file in files)
    assert not old_words(texts)


def test_help_of_every_command() -> None:
    def texts(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
        context = click.Context(command, info_name=name, **program.context_settings)
        yield name, command.get_help(context)
        for each in getattr(command, "commands", {}).values():
            yield from texts(each, f"{name} {each.name}")

    assert not old_words(texts(program, "claimshapes"))


def test_messages_of_the_program() -> None:
    def texts() -> Iterator[tuple[str, str]]:
        for file in sorted((ROOT / "src").rglob("*.py")):
            tree = ast.parse(file.read_text("utf-8"))
            aside = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
            for each in ast.walk(tree):
                if not isinstance(each, ast.Constant) or not isinstance(each.value, str):
                    continue
                # A word alone is a name: of a term, an attribute, a class of a style sheet.
                if id(each) not in aside and " " in each.value and not QUERY.search(each.value):
                    yield f"{file.name}:{each.lineno}", each.value

    assert not old_words(texts())


def test_docstrings_of_what_is_public() -> None:
    def texts() -> Iterator[tuple[str, str]]:
        for name in claimshapes.__all__:
            public = getattr(claimshapes, name)
            yield name, inspect.getdoc(public) or ""
            if inspect.isclass(public):
                for own, value in vars(public).items():
                    if not own.startswith("_") and (callable(value) or isinstance(value, property)):
                        yield f"{name}.{own}", inspect.getdoc(value) or ""

    assert not old_words(texts())


def test_messages_are_short() -> None:
    """Before values are filled in, and without quotations, of which a message has one at most."""
    book = load_rules()
    long = {
        rule.id: message
        for rule in book
        for message in [*book.messages(rule), *book.reasons(rule)]
        if len(FILLED.sub("", message)) >= LONGEST
    }
    assert not long


def test_rules_say_what_a_biller_would() -> None:
    book = load_rules()
    stumbles = [
        f"{rule.id}: {text}"
        for rule in book
        for text in (
            rule.label,
            rule.description,
            rule.rationale,
            rule.remedy,
            *book.messages(rule),
            *book.reasons(rule),
        )
        if OLD_IN_RULES.search(text)
    ]
    assert not stumbles


ADDED = re.compile(r"\b[Aa]dd (?:modifier |one of )?(?:[0-9]{2}|[A-Z][A-Z0-9])\b")
CONDITION = re.compile(r"\b(?:[Ii]f|as the record shows|for|unless)\b")


def test_what_a_modifier_without_a_condition_is() -> None:
    assert ADDED.search("Add modifier 25 to the visit.")
    assert not CONDITION.search("Add modifier 25 to the visit.")
    assert CONDITION.search("If the record shows it, add 25.")


def test_no_modifier_is_added_without_a_condition() -> None:
    """To get paid is no reason: a remedy says what has to be true before a modifier is added."""
    advised = [
        f"{rule.id}: {sentence}"
        for rule in load_rules()
        for sentence in re.split(r"(?<=[.;]) ", rule.remedy)
        if ADDED.search(sentence) and not CONDITION.search(sentence)
    ]
    assert not advised
