"""Tests that a rule with a family's form needs in any case, made from the form.

Each asks whether the rule objects to a claim made for it: on the first and last day, the days
before and after, for a narrower and for another payer, and without each of its conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyoxigraph as ox

from claimshapes.authoring.rule_tests import TestOutcome
from claimshapes.authoring.sample_claims import NoSampleError, Samples
from claimshapes.checking.checker import Checker
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, PAYER_NS, RDF_NS, SKOS_NS
from claimshapes.resources import resource_directory, using_packs
from claimshapes.rules.rule_book import Rule, RuleBook

GENERATED = "generated"
"""Name of every such test; its label says what it is about."""

_DAY = timedelta(days=1)
_EARLIEST = date(1996, 1, 1)
_BROADER = ox.NamedNode(f"{SKOS_NS}broader")


@dataclass(frozen=True, slots=True)
class BoundaryTest:
    """A claim made for a rule, and whether the rule has to object to it."""

    rule: str
    label: str
    claim: dict[str, Any]
    found: bool


@dataclass(frozen=True, slots=True)
class Payers:
    """The payers of the ontology and of the packs in use: each with its broader ones."""

    broader: dict[str, frozenset[str]]

    @classmethod
    def read(cls) -> Payers:
        """Reads them.

        Raises:
            RuleError: a file is not Turtle.
        """
        store = ox.Store()
        file = resource_directory("ontology") / "payers.ttl"
        store.extend(statement.quad() for statement in read_triples(file))
        names = [
            ox.NamedNode(str(quad.subject)[1:-1])
            for quad in store.quads_for_pattern(
                None, ox.NamedNode(f"{RDF_NS}type"), ox.NamedNode(f"{CS_NS}Payer")
            )
        ]
        return cls({name.value: _upwards(store, name) for name in names})

    def of(self, rule: Rule) -> tuple[str, str | None, str | None]:
        """Ids of a payer of the rule, of a narrower one, and of one that is neither."""
        own = sorted(rule.payers) or sorted(self.broader)
        narrower = [payer for payer, above in self.broader.items() if own[0] in above - {payer}]
        others = [
            payer
            for payer, above in self.broader.items()
            if rule.payers and not above & rule.payers
        ]
        return (
            own[0].removeprefix(PAYER_NS),
            min(narrower).removeprefix(PAYER_NS) if narrower else None,
            min(others).removeprefix(PAYER_NS) if others else None,
        )


def _upwards(store: ox.Store, payer: Any) -> frozenset[str]:
    found, pending = set(), [payer]
    while pending:
        node = pending.pop()
        if node.value not in found:
            found.add(node.value)
            pending += [quad.object for quad in store.quads_for_pattern(node, _BROADER, None)]
    return frozenset(found)


def boundary_tests(book: RuleBook, rule: Rule, payers: Payers) -> Iterator[BoundaryTest]:
    """The tests of a rule that states a form; none of another."""
    form = book.forms.get(rule.iri)
    if form is None or rule.status != "active":
        return
    own, narrower, other = payers.of(rule)
    samples = Samples(book.graph, book.lists, form, own)
    first, last = rule.valid_from, rule.valid_through
    days: list[tuple[str, date, bool]] = []
    if first >= _EARLIEST:
        days += [("the day before", first - _DAY, False), ("the first day", first, True)]
    if last is not None:
        days += [("the last day", last, True), ("the day after", last + _DAY, False)]
    for label, day, found in days:
        yield from _made(rule, label, samples, day, found)
    day = max(first, last or first, _EARLIEST)
    for label, payer, found in (
        ("a narrower payer", narrower, True),
        ("another payer", other, False),
    ):
        if payer is not None:
            for_payer = Samples(book.graph, book.lists, form, payer)
            yield from _made(rule, label, for_payer, day, found)
    for name in samples.conditions():
        yield from _made(rule, f"without cs:{name}", samples, day, False, name)
    try:
        yield BoundaryTest(rule.id, "a claim that the rule passes", samples.passing(day), False)
    except NoSampleError:
        return


def _made(
    rule: Rule, label: str, samples: Samples, day: date, found: bool, without: str = ""
) -> Iterator[BoundaryTest]:
    try:
        yield BoundaryTest(rule.id, label, samples.failing(day, without), found)
    except NoSampleError:
        return


def run_boundary_tests(book: RuleBook, rules: Iterable[Rule]) -> Iterator[TestOutcome]:
    """Makes and runs the tests of rules.

    Yields:
        One outcome for each test.
    """
    with using_packs(book.packs):
        payers = Payers.read()
    together: list[BoundaryTest] = []
    for rule in rules:
        tests = list(boundary_tests(book, rule, payers))
        if rule.yields_to:
            # Another rule's finding would hide the one that is asked for.
            yield from _run(book, tests)
        else:
            together += tests
    yield from _run(book, together)


def _run(book: RuleBook, tests: list[BoundaryTest]) -> Iterator[TestOutcome]:
    if not tests:
        return
    checker = Checker(book=book, select={test.rule for test in tests}, engine="reference")
    claims = [{**test.claim, "id": str(number)} for number, test in enumerate(tests)]
    for test, result in zip(tests, checker.check(claims), strict=True):
        messages = [each.message for each in result.findings if each.rule == test.rule]
        passed = bool(messages) == test.found
        came = messages[0] if messages else "no finding"
        expected = "a finding" if test.found else "no finding"
        problem = "" if passed else f"expected {expected}; came: {came}"
        yield TestOutcome(test.rule, GENERATED, test.label, passed, problem)
