"""What rules name: the pages of codes, value sets and payers rest on it."""

from __future__ import annotations

import pytest
from rdflib import URIRef

from claimshapes.explain.mentions import mentions, parameters
from claimshapes.explain.rule_reach import RuleReach
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.vocabulary import BASE, CS_NS
from claimshapes.rules.derivations import declared_prefixes
from claimshapes.rules.rule_book import RuleBook, load_rules

SETS = f"{BASE}value-set/"


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules([resource_directory("shapes")])


@pytest.fixture(scope="module")
def prefixes() -> dict[str, str]:
    return declared_prefixes(resource_directory("ontology") / "rule.ttl")


def test_the_values_of_a_components_parameters_are_named(
    book: RuleBook, prefixes: dict[str, str]
) -> None:
    stated = {
        (rule.id, str(value))
        for rule in book
        for parameter in parameters(book, rule)
        for value in book.graph.objects(URIRef(rule.iri), URIRef(parameter))
        if str(value).startswith(BASE) and not str(value).startswith(CS_NS)
    }
    assert len(stated) > 5
    named = {(rule.id, iri) for rule in book for iri in mentions(book, rule, prefixes)}
    assert stated - named == set()


def test_what_a_query_writes_with_a_prefix_is_named(
    book: RuleBook, prefixes: dict[str, str]
) -> None:
    assert f"{SETS}always-therapy" in mentions(book, book.rules["TH-GP"], prefixes)


def test_terms_of_the_vocabulary_are_not_named(book: RuleBook, prefixes: dict[str, str]) -> None:
    assert not any(iri.startswith(CS_NS) for rule in book for iri in mentions(book, rule, prefixes))


def test_a_rule_reads_what_its_derivations_read(book: RuleBook, prefixes: dict[str, str]) -> None:
    reach = RuleReach(book, resource_directory("ontology") / "derivations", prefixes)
    units = reach.of(book.rules["TH-UNITS"])
    assert f"{SETS}timed-therapy" in units
    assert f"{SETS}timed-therapy" not in mentions(book, book.rules["TH-UNITS"], prefixes)
    assert f"{CS_NS}mostUnits" not in units
    assert f"{CS_NS}columnTwo" in reach.of(book.rules["PX-PTP1"])
    notes = frozenset(CS_NS + kind for kind in ("CodeFirstNote", "CodeAlsoNote", "Excludes1Note"))
    for rule, kind in (("DX-CODEFIRST", "CodeFirstNote"), ("DX-EXCL1-BROAD", "Excludes1Note")):
        assert reach.nearest(book.rules[rule], notes) == {CS_NS + kind}
