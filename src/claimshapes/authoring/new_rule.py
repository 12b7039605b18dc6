"""Writes a rule of a family and its tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from claimshapes.authoring.boundary_tests import Payers
from claimshapes.authoring.lint_context import LintContext
from claimshapes.authoring.problems import meant
from claimshapes.authoring.sample_claims import NoSampleError, Samples
from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import Finding
from claimshapes.claims.to_triples import ClaimGraphBuilder, Field
from claimshapes.errors import InputError
from claimshapes.rdf.vocabulary import BASE, CS_NS, DCTERMS_NS, RDFS_NS, SCHEMA_NS, SH_NS, XSD_NS
from claimshapes.resources import resource_directory, using_packs
from claimshapes.rules.families import Family, Parameter, read_forms
from claimshapes.rules.pack import TEST_SUFFIX
from claimshapes.rules.rule_book import load_rules

SOURCES = "sources.ttl"
_EARLIEST = date(1996, 1, 1)
_PREFIXES = {
    "carc": f"{BASE}carc/",
    "cs": CS_NS,
    "dcterms": DCTERMS_NS,
    "doc": f"{BASE}documentation/",
    "list": f"{BASE}list/",
    "payer": f"{BASE}payer/",
    "rdfs": RDFS_NS,
    "rule": f"{BASE}rule/",
    "schema": SCHEMA_NS,
    "set": f"{BASE}value-set/",
    "sh": SH_NS,
    "source": f"{BASE}source/",
    "xsd": XSD_NS,
}
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
            sources.write_text((before or _head("cs", "dcterms", "source")) + statement, "utf-8")
            written.append(sources)
        file.write_text(_rule_text(new, family, source), "utf-8")
        tests.write_text(_test_text(new, folder), "utf-8")
    except BaseException:
        file.unlink(missing_ok=True)
        tests.unlink(missing_ok=True)
        if before is not None:
            sources.write_text(before, "utf-8")
        elif sources in written:
            sources.unlink(missing_ok=True)
        raise
    return written


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
        f"\nsource:{name} a cs:Citation ;\n    dcterms:title {_text(title)} ;\n"
        f"    cs:edition {_text(edition)} ;\n    cs:strength cs:primary .\n"
    )


def _head(*names: str) -> str:
    return "".join(f"@prefix {name}: <{_PREFIXES[name]}> .\n" for name in sorted(names))


def _with_head(body: str) -> str:
    used = [name for name in _PREFIXES if re.search(rf"(?<![\w\"]){name}:", body)]
    return f"{_head(*used)}\n{body}"


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
    lines.append(f"    dcterms:source source:{source} .")
    return _with_head("\n".join(lines) + "\n")


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
    return _text(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _test_text(new: NewRule, folder: Path) -> str:
    """Tests with the claims that the form makes: one that fails, and one that passes."""
    book = load_rules([resource_directory("shapes"), folder])
    rule = book.rules[new.id]
    with using_packs([folder]):
        own, _, _ = Payers.read().of(rule)
    samples = Samples(book.graph, book.lists, book.forms[rule.iri], own)
    checker = Checker(book=book, select=[new.id], engine="reference")
    fields = ClaimGraphBuilder().fields
    body = []
    try:
        day = samples.possible_from(max(rule.valid_from, _EARLIEST), rule.valid_through)
        claims = {"fails": samples.failing(day), "passes": samples.passing(day)}
    except NoSampleError as error:
        raise InputError(f"no test can be made: {error}") from error
    for name, claim in claims.items():
        [result] = checker.check([{**claim, "id": f"{new.id}-{name}"}])
        if bool(result.findings) != (name == "fails"):
            raise InputError(f"the rule does not say what it should of a claim that {name}")
        claim.pop("id", None)
        told = [*_turtle(claim, fields, 1)]
        does = "objects to" if name == "fails" else "passes"
        parts = [
            f"test:{name} a cs:RuleTest",
            f"    rdfs:label {_text(f'a claim that the rule {does}')}",
            f"    cs:testOf rule:{new.id}",
            "    cs:claim [\n" + " ;\n".join(told) + " ]",
        ]
        parts += [f"    cs:expects [ {_expected(finding)} ]" for finding in result.findings]
        body.append(" ;\n".join(parts) + " .\n")
    return f"@prefix test: <{BASE}test/{new.id}#> .\n" + _with_head("\n".join(body))


def _expected(finding: Finding) -> str:
    parts = [
        f"cs:pointer {_text(finding.focus)}",
        f"sh:resultSeverity sh:{finding.severity.value.capitalize()}",
    ]
    if finding.path:
        parts.append(f"sh:resultPath cs:{finding.path}")
    if finding.value is not None:
        parts.append(f"sh:value {_text(finding.value)}")
    parts.append(f"sh:resultMessage {_text(finding.message)}")
    return " ; ".join(parts)


def _turtle(content: Mapping[str, Any], fields: Mapping[str, Field], depth: int) -> Iterator[str]:
    """Predicates and objects of a part of a claim, a line for each field."""
    indent = "    " * (depth + 1)
    for name, value in content.items():
        term = fields[name]
        values = value if isinstance(value, list) else [value]
        inner = {**fields, **term.fields}
        objects = ", ".join(_object(each, term, inner, depth) for each in values)
        if objects:
            yield f"{indent}cs:{term.predicate.value.removeprefix(CS_NS)} {objects}"


def _object(value: Any, term: Field, fields: Mapping[str, Field], depth: int) -> str:
    if isinstance(value, Mapping):
        parts = (part.strip() for part in _turtle(value, fields, depth + 1))
        return f"[ {' ; '.join(parts)} ]"
    if isinstance(value, (int, Decimal)):
        return str(value)
    if term.namespace is not None and term.predicate.value != f"{CS_NS}payer":
        prefix = next((name for name, at in _PREFIXES.items() if at == term.namespace), None)
        return f"{prefix}:{value}" if prefix else f"<{term.namespace}{value}>"
    if term.datatype is not None and term.datatype.value == f"{XSD_NS}date":
        return f'"{value}"^^xsd:date'
    return _text(str(value))
