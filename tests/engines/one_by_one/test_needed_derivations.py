"""A graph without what no chosen rule reads says the same of the chosen rules."""

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from claimshapes.checking.checker import Checker
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.engines.one_by_one.needed_derivations import Reading
from claimshapes.engines.one_by_one.required_patterns import RequiredPatterns
from claimshapes.rules.derivations import Derivation

EXAMPLES = Path(__file__).parents[3] / "examples"
SPACE = "urn:x:"


def derivation(name: str, order: int, construct: str) -> Derivation:
    return Derivation(name, order, f"PREFIX : <{SPACE}>\n{construct}")


DERIVATIONS = (
    derivation("first", 1, "CONSTRUCT { $this :a ?x } { $this :given ?x }"),
    derivation("second", 2, "CONSTRUCT { $this :b ?x } { $this :a ?x }"),
    derivation("typed", 3, "CONSTRUCT { ?x a :One } { $this :c ?x }"),
    derivation(
        "hidden", 4, "CONSTRUCT { $this :d ?x } { $this :e ?x FILTER EXISTS { ?x ^:b/:q ?y } }"
    ),
    derivation("after", 5, "CONSTRUCT { $this :a ?x } { $this :late ?x }"),
)


def needed(query: str) -> list[str]:
    reading = Reading(RequiredPatterns(), ())
    reading.add_queries([f"PREFIX : <{SPACE}>\n{query}"])
    return [each.iri for each in reading.needed(DERIVATIONS)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT $this { $this :given ?x }", []),
        ("SELECT $this { $this :a ?x }", ["first", "after"]),
        ("SELECT $this { $this :b ?x }", ["first", "second"]),
        ("SELECT $this { $this a :One }", ["typed"]),
        ("SELECT $this { $this a :Other }", []),
        ("SELECT $this { $this a ?class }", ["typed"]),
        ("SELECT $this { $this :d ?x }", ["first", "second", "hidden"]),
        ("SELECT $this { $this :p ?x OPTIONAL { ?x (:q|^:b)+ ?y } }", ["first", "second"]),
        ("SELECT $this { $this :p ?x FILTER NOT EXISTS { ?x a :One } }", ["typed"]),
        (
            "SELECT $this { $this :p ?x FILTER NOT EXISTS { ?x :q ?y FILTER EXISTS { ?y :b 1 } } }",
            ["first", "second"],
        ),
        ("SELECT $this { $this :p ?x FILTER (?x > 1 || EXISTS { ?x a :One }) }", ["typed"]),
        # rdflib does not translate this one.
        (
            "SELECT $this (IF(EXISTS { $this a :One }, 1, 2) AS ?y) { $this :p ?x }",
            [each.iri for each in DERIVATIONS],
        ),
        (
            "SELECT $this { $this :p ?x OPTIONAL { ?x :q ?y FILTER EXISTS { ?y a :One } } }",
            ["typed"],
        ),
        ("SELECT $this { { SELECT ?x { ?x :p ?y MINUS { ?x :b ?y } } } }", ["first", "second"]),
        ("SELECT $this { $this ?any ?x }", [each.iri for each in DERIVATIONS]),
        ("SELECT $this { $this !:p ?x }", [each.iri for each in DERIVATIONS]),
        ("SELECT $this { no query", [each.iri for each in DERIVATIONS]),
    ],
)
def test_which_derivations_a_query_needs(query: str, expected: list[str]) -> None:
    assert needed(query) == expected


def test_what_shapes_read() -> None:
    graph = rdflib.Graph().parse(
        format="turtle",
        data=f"""
        @prefix : <{SPACE}> . @prefix sh: <http://www.w3.org/ns/shacl#> .
        :shape sh:targetClass :Two ; sh:property [ sh:path [ sh:inversePath :b ] ] .
        """,
    )
    reading = Reading(RequiredPatterns(), ())
    reading.add_shapes(graph, lambda iri: {iri, f"{SPACE}One"} if iri.endswith("Two") else {iri})
    assert [each.iri for each in reading.needed(DERIVATIONS)] == ["first", "second", "typed"]


def test_resident_triples_that_something_reads() -> None:
    reading = Reading(RequiredPatterns(), [f"{SPACE}a"])
    reading.add_queries([f"SELECT $this {{ $this a <{SPACE}One> }}"])
    a, b = ox.NamedNode(f"{SPACE}a"), ox.NamedNode(f"{SPACE}b")
    type_ = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    quads = [
        ox.Quad(b, a, b),
        ox.Quad(a, b, a),
        ox.Quad(b, type_, ox.NamedNode(f"{SPACE}One")),
        ox.Quad(b, type_, b),
    ]
    assert reading.read(quads) == [quads[0], quads[2]]


def test_one_rule_says_the_same_by_itself() -> None:
    checker = Checker()
    (claim,) = read_claims(EXAMPLES / "13-therapy-without-modifier-or-time.json")
    assert isinstance(claim, ClaimRecord)
    whole = checker.check_one(claim)
    assert len({each.rule for each in whole.findings}) > 1
    for rule in {each.rule for each in whole.findings}:
        alone = Checker(book=checker.book, select=[rule], engine="reference").check_one(claim)
        assert alone.findings == tuple(each for each in whole.findings if each.rule == rule)
