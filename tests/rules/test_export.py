"""What the exported rules are, for whoever reads them without this program."""

from __future__ import annotations

import re
from datetime import date

import pytest
import rdflib
from rdflib.namespace import RDF, SH

from claimshapes.knowledge.payers import with_broader
from claimshapes.rdf.vocabulary import CS_NS, RULE_NS
from claimshapes.rules.export import EXPORT, Scope, exported
from claimshapes.rules.rule_book import RuleBook, load_rules


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules()


@pytest.fixture(scope="module")
def shapes(book: RuleBook) -> rdflib.Graph:
    return _exported(book, "professional")


def _exported(book: RuleBook, claim_type: str) -> rdflib.Graph:
    return exported(book, Scope(with_broader("medicare-b"), claim_type, date(2026, 5, 4)))


def _rules(shapes: rdflib.Graph) -> set[str]:
    return {str(rule).removeprefix(RULE_NS) for rule in shapes.subjects(RDF.type, SH.NodeShape)}


@pytest.mark.parametrize("claim_type", ["professional", "institutional"])
def test_rules_for_one_kind_of_claim_are_in_it(book: RuleBook, claim_type: str) -> None:
    chosen = book.select(with_broader("medicare-b"), f"{CS_NS}{claim_type}")
    kind = {rule.id for rule in chosen if rule.claim_types and rule.in_force((date(2026, 5, 4),))}
    assert len(kind) > 20
    assert kind <= _rules(_exported(book, claim_type))


def test_results_name_the_rule_with_its_severity(shapes: rdflib.Graph) -> None:
    parts = list(shapes.subject_objects(SH.property))
    of_rules = [(rule, part) for rule, part in parts if isinstance(rule, rdflib.URIRef)]
    assert of_rules
    for rule, part in of_rules:
        assert str(part).startswith(f"{rule}#property-")
        assert shapes.value(part, SH.severity) == shapes.value(rule, SH.severity)


def test_preconditions_say_whose_they_are(shapes: rdflib.Graph) -> None:
    not_rules = [
        node
        for severity in ("NotChecked", "NotCovered")
        for node in shapes.subjects(SH.severity, rdflib.URIRef(CS_NS + severity))
        if "#property-" not in str(node)
    ]
    assert not_rules
    for node in not_rules:
        assert (node, rdflib.URIRef(f"{CS_NS}preconditionOf"), None) in shapes


def test_a_file_says_for_whom_it_is(shapes: rdflib.Graph) -> None:
    again = rdflib.Graph().parse(data=shapes.serialize(format="turtle"), format="turtle")
    assert len(again) == len(shapes)
    disallowed = set(again.objects(EXPORT, rdflib.URIRef(f"{SH}conformanceDisallows")))
    assert disallowed == {SH.Info, SH.Warning, SH.Violation}


def test_every_query_says_its_message(shapes: rdflib.Graph) -> None:
    constraints = set(shapes.objects(None, SH.sparql))
    assert constraints
    for constraint in constraints:
        assert (constraint, SH.message, None) in shapes


def test_queries_keep_to_what_pre_binding_allows(book: RuleBook) -> None:
    """SHACL, appendix A: no MINUS, SERVICE or VALUES, and subqueries hand ``$this`` on."""
    queries = {str(query) for query in book.shapes_of(tuple(book)).objects(None, SH.select)}
    assert queries
    for query in queries:
        assert not re.search(r"\b(VALUES|MINUS|SERVICE)\b|\bAS\s+[$?]this\b", query), query
        for selected in re.findall(r"\{\s*SELECT\b([^{]*)\{", query):
            assert re.search(r"[$?]this\b", selected), query
