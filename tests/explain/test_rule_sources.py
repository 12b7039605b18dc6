from dataclasses import replace

import pytest

from claimshapes.checking.findings import ClaimResult
from claimshapes.explain.rule_sources import rules_by_source, source_strengths
from claimshapes.report.formats import REPORT_FORMATS
from claimshapes.rules.rule import Citation
from claimshapes.rules.rule_book import RuleBook, load_rules
from claimshapes.rules.severity import Severity
from tests.report.conftest import a_finding, a_record, reported


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


def test_a_finding_does_not_say_where_a_copy_was_read() -> None:
    citation = Citation("A manual", "section 2", "2026", "example.org", "quoted")
    assert str(citation) == "A manual, section 2, 2026"
    assert citation.with_copy == "A manual, section 2, 2026 (read at example.org)"
    assert replace(citation, seen_at=None).with_copy == str(citation)


@pytest.mark.parametrize("name", REPORT_FORMATS)
def test_no_report_says_where_copies_were_read(name: str, book: RuleBook) -> None:
    rule = book.rules["DX-EXCL1"]
    seen = [citation.seen_at for citation in rule.citations if citation.seen_at]
    result = ClaimResult("C-1", findings=(a_finding(rule=rule.id),), rules_in_force=1)
    report = reported(name, [(a_record(), result)], rules=book.rules)
    assert seen and not any(place in report for place in seen)
