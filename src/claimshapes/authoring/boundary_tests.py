"""Tests that a rule with a family's form needs in any case, made from the form.

Each asks whether the rule objects to a claim made for it: on the first and last day, the days
before and after, for a narrower and for another payer, without each of its conditions, with each
exception, and with each of its codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from claimshapes.authoring.rule_tests import TestOutcome
from claimshapes.authoring.sample_claims import NoSampleError, Samples
from claimshapes.checking.checker import Checker
from claimshapes.knowledge.format_terms import format_terms
from claimshapes.knowledge.payers import closure, payer_tree
from claimshapes.rdf.vocabulary import PAYER_NS
from claimshapes.rules.pack import using_packs
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

GENERATED = "generated"
"""Name of every such test; its label says what it is about."""

_DAY = timedelta(days=1)
EARLIEST = date(1996, 1, 1)
"""Rules that begin before are in force on every date that claims have."""


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
        tree = payer_tree()
        known = (PAYER_NS + name for name in format_terms().payers)
        return cls({payer: closure(payer, tree) for payer in known})

    def of(self, book: RuleBook, rule: Rule) -> tuple[str, str | None, str | None]:
        """Ids of a payer of the rule, of a narrower one, and of one that is neither.

        A payer that is exempt from the rule on some day is none of them.
        """
        exempt = frozenset[str]().union(
            *(each.payers for each in book.exemptions.get(rule.iri, ()))
        )
        subject = {payer: above for payer, above in self.broader.items() if not above & exempt}
        own = sorted(rule.payers & subject.keys()) or sorted(rule.payers) or sorted(subject)
        narrower = [payer for payer, above in subject.items() if own[0] in above - {payer}]
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


def boundary_tests(book: RuleBook, rule: Rule, payers: Payers) -> Iterator[BoundaryTest]:
    """The tests of a rule that states a form; none of another."""
    form = book.forms.get(rule.iri)
    if form is None or rule.status != "active":
        return
    own, narrower, other = payers.of(book, rule)
    samples = Samples(book.graph, book.lists, form, own)
    first, last = rule.valid_from, rule.valid_through
    days: list[tuple[str, date, bool]] = []
    if first >= EARLIEST:
        days += [("the day before", first - _DAY, False), ("the first day", first, True)]
    if last is not None:
        days += [("the last day", last, True), ("the day after", last + _DAY, False)]
    for label, day, found in days:
        yield from _made(rule, label, samples, day, found)
    try:
        day = samples.possible_from(max(first, last or first, EARLIEST), last)
    except NoSampleError:
        # Only lint can say what is wrong with a rule that has no code on any of its days.
        return
    for label, payer, found in (
        ("a narrower payer", narrower, True),
        ("another payer", other, False),
    ):
        if payer is not None:
            for_payer = Samples(book.graph, book.lists, form, payer)
            yield from _made(rule, label, for_payer, day, found)
    if len(book.stated_forms(rule)) > 1:
        # What one of its forms passes, another may object to.
        return
    for name in samples.conditions():
        yield from _made(rule, f"without cs:{name}", samples, day, False, name)
    for name, code in samples.exceptions(day):
        make = partial(samples.excepted, day, name, code)
        yield from _claim(rule, f"with cs:{name} {code}", make, False)
    yield from _claim(rule, "a claim that the rule passes", lambda: samples.passing(day), False)
    if samples.limits_both_sides():
        above = replace(samples, above=True)
        yield from _claim(rule, "above the greatest", lambda: above.failing(day), True)
        yield from _claim(rule, "the greatest", lambda: above.passing(day), False)
    for name, code in samples.further_codes(day):
        with_code = replace(samples, chosen={name: code})
        found = samples.fails_with(name)
        label = f"cs:{name} {code}"
        made = with_code.failing if found else with_code.passing
        yield from _claim(rule, label, partial(made, day), found)


def could_fail(book: RuleBook, rule: Rule, day: date) -> bool:
    """Whether a rule could have a finding on a day, were it in force: not where a list is empty."""
    form = book.forms.get(rule.iri)
    if form is None:
        return True
    try:
        Samples(book.graph, book.lists, form, "").failing(day)
    except NoSampleError:
        return False
    return True


def _claim(
    rule: Rule, label: str, make: Callable[[], dict[str, Any]], found: bool
) -> Iterator[BoundaryTest]:
    try:
        yield BoundaryTest(rule.id, label, make(), found)
    except NoSampleError:
        return


def _made(
    rule: Rule, label: str, samples: Samples, day: date, found: bool, without: str = ""
) -> Iterator[BoundaryTest]:
    yield from _claim(rule, label, lambda: samples.failing(day, without), found)


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
            yield from outcomes(book, tests)
        else:
            together += tests
    yield from outcomes(book, together)


def outcomes(book: RuleBook, tests: Sequence[BoundaryTest]) -> Iterator[TestOutcome]:
    """Runs tests that were made of rules, none of which yields to another one of them."""
    if not tests:
        return
    checker = Checker(
        book=book, select={test.rule for test in tests}, engine="reference", suggest=False
    )
    claims = [{**test.claim, "id": str(number)} for number, test in enumerate(tests)]
    for test, result in zip(tests, checker.check(claims), strict=True):
        messages = [each.message for each in result.findings if each.rule == test.rule]
        passed = bool(messages) == test.found
        came = messages[0] if messages else "no finding"
        expected = "a finding" if test.found else "no finding"
        problem = "" if passed else f"expected {expected}; came: {came}"
        yield TestOutcome(test.rule, GENERATED, test.label, passed, problem)
