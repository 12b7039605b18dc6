"""Writes a rule of a family and its tests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from claimshapes.authoring.generated_tests import written_tests
from claimshapes.authoring.lint_context import LintContext
from claimshapes.authoring.problems import meant
from claimshapes.authoring.turtle_lint import lint_turtle
from claimshapes.authoring.turtle_text import head, quoted, with_head
from claimshapes.errors import InputError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.families import Family, Parameter, read_forms
from claimshapes.rules.pack import TEST_SUFFIX
from claimshapes.rules.rule_book import RuleBook, load_rules

SOURCES = "sources.ttl"
_NAMED = re.compile(r"(set|list|doc):[A-Za-z0-9][\w.-]*")
_TERM = re.compile(r"cs:[A-Za-z][\w-]*")
_ID = re.compile(r"[A-Z]{2,3}(-[A-Z0-9]+)+")


@dataclass(frozen=True, slots=True)
class NewRule:
    """What an author says of a new rule.

    Attributes:
        id: its id.
        form: name of the family's form, such as ``requiresModifier``.
        values: the values of each parameter.
        payer: id of the payer; none for every payer.
        valid_from: first date of service.
        valid_through: last date of service, if it ends.
        severity: ``violation``, ``warning`` or ``info``.
        source: name of a source of the pack, or title and edition with ``;`` between.
        denial: CARC number, if one is known.
        remark: RARC that comes with it, such as ``N706``.
    """

    id: str
    form: str
    values: Mapping[str, Sequence[str]]
    payer: str | None
    valid_from: date
    valid_through: date | None
    severity: str
    source: str
    denial: str | None = None
    remark: str | None = None


def families_by_form() -> dict[str, Family]:
    """The families by the local names of their forms.

    Raises:
        RuleError: the ontology cannot be read.
    """
    return {form.removeprefix(CS_NS): family for form, family in read_forms().items()}


def write_rule(new: NewRule, folder: Path) -> list[Path]:
    """Writes a rule's file, its tests, and its source where that is new.

    Args:
        new: the rule.
        folder: the pack.

    Returns:
        The files.

    Raises:
        InputError: the id is none, is taken, or a value is none that the family takes.
        RuleError: the rule cannot be used as it is stated; nothing is left behind.
    """
    if not _ID.fullmatch(new.id):
        raise InputError(f"{new.id} is no id of a rule; one is like VH-59 or VH-MRI-AUTH")
    file, tests = folder / f"{new.id}.ttl", folder / f"{new.id}{TEST_SUFFIX}"
    for each in (file, tests):
        if each.exists():
            raise InputError("is there already; choose another id", file=str(each))
    if new.valid_through and new.valid_through < new.valid_from:
        raise InputError(f"{new.id} ends on {new.valid_through}, before it begins")
    family = families_by_form()[new.form]
    folder.mkdir(parents=True, exist_ok=True)
    source, statement = _source(new.source)
    sources = folder / SOURCES
    before = sources.read_text("utf-8") if sources.is_file() else None
    known = LintContext([folder]).names["source"]
    if not statement and source not in known:
        advice = meant(source, known, 'tell it as "TITLE; EDITION"')
        raise InputError(f"there is no source {source}; {advice}")
    written = [file, tests]
    try:
        if statement and f"source:{source} " not in (before or ""):
            sources.write_text((before or head("cs", "dcterms", "source")) + statement, "utf-8")
            written.append(sources)
        file.write_text(_rule_text(new, family, source), "utf-8")
        book = load_rules([resource_directory("shapes"), folder])
        tests.write_text(_tests_of(book, new.id), "utf-8")
    except BaseException:
        file.unlink(missing_ok=True)
        tests.unlink(missing_ok=True)
        if before is not None:
            sources.write_text(before, "utf-8")
        elif sources in written:
            sources.unlink(missing_ok=True)
        raise
    return written


def _tests_of(book: RuleBook, identifier: str) -> str:
    """The tests; where none can be made, what lint says of the rule tells more than that."""
    try:
        return written_tests(book, identifier)
    except InputError as error:
        own = str(book.rules[identifier].file)
        mistakes = [
            f"{problem.message}; {problem.advice}"
            for problem in lint_turtle(LintContext(book.packs))
            if problem.file == own and problem.lint != "no-tests"
        ]
        if not mistakes:
            raise
        raise InputError("; ".join(mistakes)) from error


def _source(said: str) -> tuple[str, str]:
    """The name of a source, and the statement that names it where it is told in full."""
    title, _, edition = (part.strip() for part in said.partition(";"))
    if not edition:
        name = title.removeprefix("source:")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            raise InputError(
                "a source is named (--source our-manual) or told as TITLE; EDITION"
                ' (--source "Valley Health provider manual; 2027")'
            )
        return name, ""
    name = re.sub(r"[^a-z0-9]+", "-", f"{title} {edition}".lower()).strip("-")
    return name, (
        f"\nsource:{name} a cs:Citation ;\n    dcterms:title {quoted(title)} ;\n"
        f"    cs:edition {quoted(edition)} ;\n    cs:strength cs:primary .\n"
    )


def _rule_text(new: NewRule, family: Family, source: str) -> str:
    parameters = {each.name: each for each in family.parameters}
    fields = " ;\n        ".join(
        f"cs:{name} {', '.join(_value(parameters[name], value) for value in values)}"
        for name, values in new.values.items()
        if values
    )
    lines = [f"rule:{new.id} a cs:Rule ;"]
    if new.payer:
        lines.append(f"    cs:payer payer:{new.payer} ;")
    lines.append(f'    schema:validFrom "{new.valid_from}"^^xsd:date ;')
    if new.valid_through:
        lines.append(f'    schema:validThrough "{new.valid_through}"^^xsd:date ;')
    lines.append(f"    cs:{new.form} [\n        {fields} ] ;")
    lines.append(f"    sh:severity sh:{new.severity.capitalize()} ;")
    if new.denial:
        lines.append(f"    cs:denialCode carc:{new.denial} ;")
    if new.remark:
        lines.append(f"    cs:remarkCode rarc:{new.remark.upper()} ;")
    lines.append(f"    dcterms:source source:{source} .")
    return with_head("\n".join(lines) + "\n")


def _value(parameter: Parameter, value: str) -> str:
    if parameter.terms:
        if not _TERM.fullmatch(value):
            raise InputError(f"{parameter.name} is a term such as cs:inpatientOnly, not {value}")
        return value
    if parameter.field is None:
        if not re.fullmatch(r"\d+(\.\d+)?|true", value):
            raise InputError(f"{parameter.name} is a number, not {value}")
        return value
    if _NAMED.fullmatch(value):
        return value
    if parameter.field == "documentationType":
        return f"doc:{value}"
    return quoted(value)
