from dataclasses import replace

import pytest

from claimshapes.checking.rules import RuleBook, load_rules
from claimshapes.findings import Severity
from claimshapes.report.sources import rules_by_source, source_strengths


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules()


def test_strengths_stand_in_their_order_with_their_meaning() -> None:
    strengths = source_strengths()
    assert list(strengths) == ["primary", "quoted", "secondary", "fictitious"]
    assert all(meaning.endswith(".") for meaning in strengths.values())


def test_every_rule_stands_once_under_its_strongest_source(book: RuleBook) -> None:
    table = rules_by_source(book)
    assert list(table) == list(source_strengths())
    assert sorted(entry.rule.id for rules in table.values() for entry in rules) == [*book.rules]
    for strength, rules in table.items():
        for entry in rules:
            assert entry.strength == strength
            assert entry.citations
            assert {citation.strength for citation in entry.citations} == {strength}
    assert "EX-RESPONSE" in [entry.rule.id for entry in table["fictitious"]]


def test_rule_of_secondary_sources_is_at_most_a_warning(book: RuleBook) -> None:
    rules = [entry.rule for entry in rules_by_source(book)["secondary"]]
    assert rules
    assert Severity.VIOLATION not in {rule.severity for rule in rules}


def test_two_sources_of_one_strength_are_both_named(book: RuleBook) -> None:
    rule = book.rules["CLM-FILING"]
    (entry,) = rules_by_source([rule])["quoted"]
    assert entry.citations == rule.citations
    assert len(entry.citations) == 3


def test_what_is_no_strength_comes_last(book: RuleBook) -> None:
    rule = book.rules["CLM-FILING"]
    hearsay = replace(rule, citations=(replace(rule.citations[0], strength="hearsay"),))
    table = rules_by_source([hearsay])
    assert list(table) == [*source_strengths(), "hearsay"]
    assert [entry.rule for entry in table["hearsay"]] == [hearsay]
