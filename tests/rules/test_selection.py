"""Which rules hold on which days, and for whom."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from claimshapes.rdf.vocabulary import CS_NS, PAYER_NS
from claimshapes.rules.rule import Exemption, Rule
from claimshapes.rules.rule_book import RuleBook, load_rules
from claimshapes.rules.selection import Selection

TYPES = [f"{CS_NS}professional", f"{CS_NS}institutional"]


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules()


def turning_days(selection: Selection) -> list[date]:
    """Each day on which something may change, with the days before and after it."""
    spans: list[Rule | Exemption] = []
    for rule in selection.rules:
        spans += [rule, *rule.exemptions]
    days = {span.valid_from for span in spans}
    days |= {span.valid_through for span in spans if span.valid_through is not None}
    # Before the first day of all there is none.
    days -= {date.min}
    return sorted({day + timedelta(days=by) for day in days for by in (-1, 0, 1)} | {date.min})


@pytest.mark.parametrize("claim_type", TYPES)
@pytest.mark.parametrize("payer", ["medicare-b", "medicare", "commercial", "unheard-of"])
def test_as_many_rules_hold_as_say_so(book: RuleBook, payer: str, claim_type: str) -> None:
    payers = frozenset({PAYER_NS + payer})
    selection = Selection(book.select(payers, claim_type), record=True)
    days = turning_days(selection)
    assert len({selection.in_force([day]).evaluated for day in days}) > 1
    for day in days:
        held = selection.in_force([day]).evaluated
        assert held == sum(rule.in_force([day]) for rule in selection.rules)
    for pair in pairwise(days):
        held = selection.in_force(pair).evaluated
        assert held == sum(rule.in_force(pair) for rule in selection.rules)
    assert selection.in_force([]).evaluated == 0


def test_rules_that_read_the_record_wait_for_one(book: RuleBook) -> None:
    rules = book.select(frozenset({PAYER_NS + "medicare-b"}), TYPES[0])
    reading = {rule.id for rule in rules if rule.reads_documentation}
    day = [date(2026, 5, 4)]
    without = Selection(rules, record=False)
    assert not reading & without.by_id.keys()
    assert set(without.in_force(day).without_record) == {
        rule.id for rule in rules if rule.id in reading and rule.in_force(day)
    }
    assert without.in_force([]).without_record == ()
    record = Selection(rules, record=True)
    assert reading <= record.by_id.keys()
    assert record.in_force(day).without_record == ()
    evaluated, unread = without.in_force(day).evaluated, without.in_force(day).without_record
    assert record.in_force(day).evaluated == evaluated + len(unread)


def test_a_void_has_only_the_rules_about_the_claim(book: RuleBook) -> None:
    rules = book.select(frozenset({PAYER_NS + "medicare-b"}), TYPES[0])
    day = [date(2026, 5, 4)]
    void, other = (Selection(rules, record=False, void=is_void) for is_void in (True, False))
    assert void.rules and all(rule.applies_to_voids for rule in void.rules)
    assert void.in_force(day).without_record == ()
    assert other.in_force(day).left_to_original == ()
    assert set(void.in_force(day).left_to_original) == {
        rule.id for rule in rules if rule.in_force(day) and not rule.applies_to_voids
    }


@pytest.mark.parametrize("claim_type", TYPES)
def test_a_payer_that_no_rule_names_is_like_none(book: RuleBook, claim_type: str) -> None:
    unheard = PAYER_NS + "unheard-of"
    named = book.named_payers()
    assert unheard not in named
    assert book.select(frozenset({unheard}), claim_type) == book.select(frozenset(), claim_type)
    for payer in named:
        alone = book.select(frozenset({payer}), claim_type)
        assert book.select(frozenset({payer, unheard}), claim_type) == alone
