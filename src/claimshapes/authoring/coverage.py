"""What of the rules no test reaches: rules, reasons, days, payers and the values of forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from rdflib import URIRef

from claimshapes.authoring.boundary_tests import EARLIEST, BoundaryTest, could_fail
from claimshapes.authoring.rule_tests import RuleTest
from claimshapes.claims.to_triples import ClaimGraphBuilder, Field
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CS_NS, PAYER_NS
from claimshapes.rules.code_tests import is_stated, stated_codes
from claimshapes.rules.families import code_kind
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

_DAY = timedelta(days=1)
_NOTES = {"not checked", "not covered"}


@dataclass(frozen=True, slots=True)
class Gap:
    """What no test reaches.

    Attributes:
        rule: id of the rule.
        what: what is not reached.
    """

    rule: str
    what: str


@dataclass(slots=True)
class _Reached:
    """The claims of the tests of a rule, and what is said of them."""

    finding: list[Mapping[str, Any]] = field(default_factory=list)
    passing: list[Mapping[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    def claims(self) -> list[Mapping[str, Any]]:
        return [*self.finding, *self.passing]


def gaps(
    book: RuleBook,
    rules: Iterable[Rule],
    own: Sequence[RuleTest],
    generated: Iterable[BoundaryTest],
) -> Iterator[Gap]:
    """What the tests of rules do not reach.

    Args:
        book: all rules.
        rules: those in question.
        own: the tests next to them.
        generated: the tests that are made from their forms.
    """
    reached: dict[str, _Reached] = {}
    for test in own:
        of_rule = reached.setdefault(test.rule, _Reached())
        found = [each.message for each in test.expected if each.severity not in _NOTES]
        (of_rule.finding if found else of_rule.passing).append(test.claim)
        of_rule.said += found
        of_rule.noted += [each.message for each in test.expected if each.severity in _NOTES]
    for made in generated:
        of_rule = reached.setdefault(made.rule, _Reached())
        (of_rule.finding if made.found else of_rule.passing).append(made.claim)
    for rule in rules:
        if rule.status == "active":
            for what in _of_rule(book, rule, reached.get(rule.id, _Reached())):
                yield Gap(rule.id, what)


def _of_rule(book: RuleBook, rule: Rule, reached: _Reached) -> Iterator[str]:
    if not reached.finding:
        yield "no test has a finding of it"
    if not reached.passing:
        yield "no test passes it"
    yield from _messages(book, rule, reached)
    yield from _days(book, rule, reached)
    payers = {f"{PAYER_NS}{claim.get('payer')}" for claim in reached.claims()}
    if rule.payers and payers <= rule.payers:
        yield "no test is of another payer"
    yield from _values(book, rule, reached)


def _messages(book: RuleBook, rule: Rule, reached: _Reached) -> Iterator[str]:
    own = book.messages(rule)
    if len(own) > 1:
        for text in own:
            if not any(_like(text, said) for said in reached.said):
                yield f"no test has the finding: {text}"
    for text in book.reasons(rule):
        if not any(_like(text, noted) for noted in reached.noted):
            yield f"no test has the reason for not evaluating it: {text}"


def _like(template: str, said: str) -> bool:
    parts = re.split(r"\{[?$]\w+\}", template)
    return re.fullmatch(".*".join(map(re.escape, parts)), said, re.DOTALL) is not None


def _days(book: RuleBook, rule: Rule, reached: _Reached) -> Iterator[str]:
    finding = _service_days(reached.finding)
    passing = _service_days(reached.passing)
    if rule.valid_from >= EARLIEST:
        for day, days, words in (
            (rule.valid_from, finding, "its first day"),
            (rule.valid_from - _DAY, passing, "the day before its first"),
        ):
            if day not in days and could_fail(book, rule, day):
                yield f"no test is of {words}, {day}"
    if rule.valid_through is not None:
        for day, days, words in (
            (rule.valid_through, finding, "its last day"),
            (rule.valid_through + _DAY, passing, "the day after its last"),
        ):
            if day not in days and could_fail(book, rule, day):
                yield f"no test is of {words}, {day}"


def _service_days(claims: Iterable[Mapping[str, Any]]) -> set[date]:
    return {
        date.fromisoformat(str(line["serviced"]))
        for claim in claims
        for line in claim.get("item", ())
        if isinstance(line.get("serviced"), str)
    }


def _values(book: RuleBook, rule: Rule, reached: _Reached) -> Iterator[str]:
    form = book.forms.get(rule.iri)
    if form is None:
        return
    day = max(rule.valid_from, EARLIEST).isoformat()
    fields = ClaimGraphBuilder().fields
    for parameter in form.family.parameters:
        if parameter.field is None:
            continue
        kind = code_kind(parameter.field)
        written = {
            code for claim in reached.claims() for code in _codes(claim, fields, parameter.field)
        }
        for value in form.values.get(parameter.name, ()):
            stated = stated_codes(kind, [value], book.lists, day)
            if stated and not any(is_stated(kind, stated, code) for code in written):
                said = last_part(str(value)) if isinstance(value, URIRef) else f'"{value}"'
                yield f"no test has a claim with cs:{parameter.name} {said}"


def _codes(part: Any, fields: Mapping[str, Field], name: str) -> Iterator[str]:
    """The values of a claim field, wherever in a claim."""
    if not isinstance(part, Mapping):
        return
    for key, value in part.items():
        term = fields.get(key)
        if term is None:
            continue
        inner = {**fields, **term.fields}
        for each in value if isinstance(value, list) else [value]:
            if term.predicate.value == CS_NS + name and not isinstance(each, Mapping):
                yield str(each)
            yield from _codes(each, inner, name)
