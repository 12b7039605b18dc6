"""The tests that the form of a rule makes: written with the rule, and anew when it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from claimshapes.authoring.boundary_tests import Payers
from claimshapes.authoring.sample_claims import NoSampleError, Samples
from claimshapes.authoring.shipped_facts import PREFIXES
from claimshapes.authoring.turtle_text import quoted, with_head, with_missing_prefixes
from claimshapes.authoring.turtle_tokens import turtle_tokens
from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import Finding
from claimshapes.claims.field_terms import property_of
from claimshapes.claims.to_triples import ClaimGraphBuilder, Field
from claimshapes.errors import InputError
from claimshapes.rdf.vocabulary import BASE, CS_NS, XSD_NS
from claimshapes.rules.pack import TEST_SUFFIX, using_packs
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

_EARLIEST = date(1996, 1, 1)
_LABELS = {
    "fails": "a claim that the rule objects to",
    "passes": "a claim that the rule passes",
}
"""Names and labels of the tests; one that a person names or labels otherwise is that person's."""


def written_tests(book: RuleBook, identifier: str) -> str:
    """A file with the tests that the form of a rule makes: a claim that fails, and one that passes.

    Args:
        book: the rules.
        identifier: id of the rule, which has a form.

    Raises:
        InputError: no such claim can be made, or the rule does not say of it what it should.
    """
    tests = "\n".join(_made(book, identifier).values())
    return f"@prefix test: <{BASE}test/{identifier}#> .\n{with_head(tests)}"


def _made(book: RuleBook, identifier: str) -> dict[str, str]:
    """The tests by their names."""
    rule = book.rules[identifier]
    with using_packs(book.packs):
        own, _, _ = Payers.read().of(book, rule)
    samples = Samples(book.graph, book.lists, book.forms[rule.iri], own)
    checker = Checker(book=book, select=[identifier], engine="reference")
    fields = ClaimGraphBuilder().fields
    made = {}
    try:
        day = samples.possible_from(max(rule.valid_from, _EARLIEST), rule.valid_through)
        claims = {"fails": samples.failing(day), "passes": samples.passing(day)}
    except NoSampleError as error:
        raise InputError(f"no test can be made: {error}") from error
    for name, claim in claims.items():
        [result] = checker.check([{**claim, "id": f"{identifier}-{name}"}])
        if bool(result.findings) != (name == "fails"):
            raise InputError(f"the rule does not say what it should of a claim that {name}")
        claim.pop("id", None)
        told = [*_turtle(claim, fields, 1)]
        parts = [
            f"test:{name} a cs:RuleTest",
            f"    rdfs:label {quoted(_LABELS[name])}",
            f"    cs:testOf rule:{identifier}",
            "    cs:claim [\n" + " ;\n".join(told) + " ]",
        ]
        parts += [f"    cs:expects [ {_expected(finding)} ]" for finding in result.findings]
        made[name] = " ;\n".join(parts) + " .\n"
    return made


def _expected(finding: Finding) -> str:
    parts = [
        f"cs:pointer {quoted(finding.focus)}",
        f"sh:resultSeverity sh:{finding.severity.value.capitalize()}",
    ]
    if finding.path:
        parts.append(f"sh:resultPath cs:{property_of(finding.focus, finding.path)}")
    if finding.value is not None:
        parts.append(f"sh:value {quoted(finding.value)}")
    parts.append(f"sh:resultMessage {quoted(finding.message)}")
    return " ; ".join(parts)


def _turtle(content: Mapping[str, Any], fields: Mapping[str, Field], depth: int) -> Iterator[str]:
    """Predicates and objects of a part of a claim, a line for each field."""
    indent = "    " * (depth + 1)
    for name, value in content.items():
        term = fields[name]
        values = value if isinstance(value, list) else [value]
        inner = {**fields, **term.fields}
        objects = ", ".join(_object(each, term, inner, depth) for each in values)
        if isinstance(value, list) and not value:
            # A record that came and shows nothing is other than none.
            objects = "()"
        if objects:
            yield f"{indent}cs:{term.predicate.value.removeprefix(CS_NS)} {objects}"


def _object(value: Any, term: Field, fields: Mapping[str, Field], depth: int) -> str:
    if isinstance(value, Mapping):
        parts = (part.strip() for part in _turtle(value, fields, depth + 1))
        return f"[ {' ; '.join(parts)} ]"
    if isinstance(value, (int, Decimal)):
        return str(value)
    if term.namespace is not None and term.predicate.value != f"{CS_NS}payer":
        prefix = next((name for name, at in PREFIXES.items() if at == term.namespace), None)
        return f"{prefix}:{value}" if prefix else f"<{term.namespace}{value}>"
    if term.datatype is not None and term.datatype.value == f"{XSD_NS}date":
        return f'"{value}"^^xsd:date'
    return quoted(str(value))


def has_made_tests(book: RuleBook, rule: Rule) -> bool:
    """Whether the form of a rule has made some of its tests, or none were written yet."""
    if rule.iri not in book.forms:
        return False
    file = _test_file(rule)
    return not file.is_file() or bool(_spans(file.read_text("utf-8")))


def _test_file(rule: Rule) -> Path:
    return rule.file.with_name(f"{rule.id}{TEST_SUFFIX}")


def renew_tests(book: RuleBook, identifier: str) -> Path | None:
    """Writes the tests anew that the form of a rule made, and leaves the others as they are.

    Args:
        book: the rules.
        identifier: id of the rule.

    Returns:
        The file; none where nothing had to be changed.

    Raises:
        InputError: the rule has no form, none of its tests was made from it, or no claim can be
            made.
    """
    rule = book.rules[identifier]
    if rule.iri not in book.forms:
        raise InputError(f"{identifier} states no form of a family; its tests are written by hand")
    file = _test_file(rule)
    if not file.is_file():
        file.write_text(written_tests(book, identifier), "utf-8")
        return file
    before = file.read_text("utf-8")
    places = _spans(before)
    if not places:
        named = " or ".join(f"test:{name} ({quoted(label)})" for name, label in _LABELS.items())
        raise InputError(f"has no test that was made from the form: {named}", file=str(file))
    made = _made(book, identifier)
    after = before
    for name, (first, last) in sorted(places.items(), key=lambda each: each[1], reverse=True):
        after = after[:first] + made[name].rstrip("\n") + after[last:]
    after = with_missing_prefixes(after)
    if after == before:
        return None
    file.write_text(after, "utf-8")
    return file


def _spans(content: str) -> dict[str, tuple[int, int]]:
    spans = {name: _span(content, name, label) for name, label in _LABELS.items()}
    return {name: span for name, span in spans.items() if span is not None}


def _span(content: str, name: str, label: str) -> tuple[int, int] | None:
    """Where a test begins and ends that has this name and this label."""
    lines = [0]
    for line in content.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    own = [token for token in turtle_tokens(content) if token.subject == f"test:{name}"]
    if quoted(label) not in [token.text for token in own]:
        return None
    first, last = own[0], own[-1]
    return lines[first.line - 1] + first.column - 1, lines[last.line - 1] + last.column
