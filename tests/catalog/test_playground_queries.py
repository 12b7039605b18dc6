"""Shapes as queries for a browser, without one."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from claimshapes.catalog.pages import GeneratedFiles
from claimshapes.catalog.playground.core_constraints import logical_queries
from claimshapes.catalog.playground.engine_files import add_engine_files
from claimshapes.catalog.playground.sparql_queries import (
    THIS,
    Check,
    Queries,
    constructions,
    names_in,
    rule_queries,
    with_prefixes,
)
from claimshapes.errors import InputError, RuleError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.derivations import Derivation, declared_prefixes, load_derivations
from claimshapes.rules.rule_book import load_rules

SHAPES = resource_directory("shapes")
PREFIXES = declared_prefixes(resource_directory("ontology") / "rule.ttl")


def queries_of(folder: Path, select: str, more: str = "") -> Queries:
    """A shipped rule whose query is another, and whose shape says more."""
    text = (SHAPES / "claim" / "CLM-PTR.ttl").read_text("utf-8")
    start = text.index('sh:select """') + len('sh:select """')
    text = text[:start] + select + text[text.index('"""', start) :]
    text = text.replace("    sh:message", f"    {more} sh:message", 1)
    (folder / "CLM-PTR.ttl").write_text(text, "utf-8")
    return rule_queries(load_rules([folder]), PREFIXES)


def check_of(folder: Path, select: str) -> Check:
    made = queries_of(folder, select)
    assert made.left == {}
    (found,) = (check for check in made.checks if check.note is None)
    return found


def solutions(query: str, turtle: str, node: str) -> list[dict[str, str]]:
    store = ox.Store()
    store.load(f"PREFIX : <urn:> {turtle}".encode(), format=ox.RdfFormat.TURTLE)
    found = store.query(query.replace(THIS, node))
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [
        {name: solution[name].value for name in names if solution[name] is not None}
        for solution in found
    ]


def test_the_focus_node_is_written_in(tmp_path: Path) -> None:
    check = check_of(tmp_path, "SELECT $this ?value WHERE { $this <urn:p> ?value }")
    assert "$this " not in check.query
    assert solutions(check.query, ":a :p 1 . :b :p 2 .", "urn:a") == [{"value": "1"}]


def test_a_group_without_solutions_is_none(tmp_path: Path) -> None:
    select = (
        "SELECT $this (COUNT(?v) AS ?n) WHERE { $this <urn:p> ?v } "
        "GROUP BY $this HAVING (COUNT(?v) < 2)"
    )
    query = check_of(tmp_path, select).query
    assert solutions(query, ":a :p 1 .", "urn:a") == [{"n": "1"}]
    assert solutions(query, ":b :p 1 .", "urn:a") == []


def test_a_query_within_keeps_the_focus_node(tmp_path: Path) -> None:
    select = (
        "SELECT $this ?n WHERE { $this a <urn:C> . "
        "{ SELECT $this (COUNT(?v) AS ?n) WHERE { $this <urn:p> ?v } GROUP BY $this } }"
    )
    query = check_of(tmp_path, select).query
    assert solutions(query, ":a a :C ; :p 1, 2 . :b a :C ; :p 1 .", "urn:a") == [{"n": "2"}]


def test_a_query_that_selects_nothing_else_still_finds(tmp_path: Path) -> None:
    query = check_of(tmp_path, "SELECT DISTINCT $this WHERE { $this <urn:p> 1 }").query
    assert solutions(query, ":a :p 1 .", "urn:a") == [{"found": "true"}]


@pytest.mark.parametrize("expression", ["3 - 2 - 1", "8 / 4 * 2", "(?v - 2 + 1)"])
def test_what_engines_group_differently_is_refused(tmp_path: Path, expression: str) -> None:
    made = queries_of(tmp_path, f"SELECT $this {{ $this <urn:p> ?v . FILTER ({expression} = 0) }}")
    assert "write (a - b) - c" in made.left["CLM-PTR"]
    assert made.checks == []


def test_a_rule_that_a_browser_cannot_judge_is_named(tmp_path: Path) -> None:
    select = "SELECT $this WHERE { $this <urn:p> 1 }"
    made = queries_of(tmp_path, select, "sh:closed true ;")
    assert made.left == {"CLM-PTR": "sh:closed"}
    made = queries_of(tmp_path, select, "sh:property [ sh:path cs:charge ; sh:lessThan cs:paid ] ;")
    assert made.left == {"CLM-PTR": "sh:lessThan"}


LOGICAL = """
@prefix : <urn:> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:some> sh:or (
    [ sh:property [ sh:path ( [ sh:inversePath :has ] :known ) ; sh:minCount 1 ] ]
    [ sh:not [ sh:property [ sh:path :p ; sh:hasValue 1 ] ] ]
) .
<urn:none> sh:not [ sh:property
        [ sh:path :q ; sh:maxCount 0 ],
        [ sh:path :has ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:class :C ] ] ] .
"""
DATA = """
:a :p 1 . :b :p 1 . :whole :has :b ; :known true . :c :p 2 .
:d :has :e . :e a :C . :f :has :e ; :q 1 . :g :has :a .
"""


@pytest.mark.parametrize(("shape", "faulty"), [("urn:some", "a"), ("urn:none", "d")])
def test_nodes_that_do_not_conform_to_what_is_joined_or_negated(shape: str, faulty: str) -> None:
    graph = rdflib.Graph().parse(data=LOGICAL, format="turtle")
    (query,) = logical_queries(graph, rdflib.URIRef(shape))
    written = query.replace("SELECT $this", "SELECT (true AS ?found)").replace("$this", f"<{THIS}>")
    found = [name for name in "abcdefg" if solutions(written, DATA, f"urn:{name}")]
    assert found == [faulty]


def test_a_constraint_may_have_a_message_of_its_own(tmp_path: Path) -> None:
    text = (SHAPES / "claim" / "CLM-PTR.ttl").read_text("utf-8")
    own = 'sh:select """', 'sh:message "of the constraint" ; sh:select """'
    (tmp_path / "CLM-PTR.ttl").write_text(text.replace(*own, 1), "utf-8")
    made = rule_queries(load_rules([tmp_path]), PREFIXES)
    (check,) = (check for check in made.checks if check.note is None)
    assert made.left == {}
    assert "of the constraint" in check.messages
    assert len(check.messages) == 2


def test_every_shipped_rule_is_judged_in_a_browser() -> None:
    assert rule_queries(load_rules([SHAPES]), PREFIXES).left == {}


@pytest.mark.parametrize("expression", ["(3 - 2) - 1", "1 - 2 > 3 - 4", '"a - b - c" = "x"'])
def test_what_they_group_alike_is_not(tmp_path: Path, expression: str) -> None:
    check_of(tmp_path, f"SELECT $this {{ $this <urn:p> ?v . FILTER ({expression}) }}")


def test_a_derivation_is_a_query_for_the_claim() -> None:
    derivation = Derivation("urn:d", 1, "CONSTRUCT { $this <urn:q> ?v } WHERE { $this <urn:p> ?v }")
    (query,) = constructions([derivation], PREFIXES)
    store = ox.Store()
    store.load(b"<urn:a> <urn:p> 1 . <urn:b> <urn:p> 2 .", format=ox.RdfFormat.TURTLE)
    made = store.query(query.replace(THIS, "urn:a"))
    assert isinstance(made, ox.QueryTriples)
    assert [triple.subject for triple in made] == [ox.NamedNode("urn:a")]
    for other in ("ASK {}", "CONSTRUCT { $this <urn:q> ?n } WHERE { BIND (3 - 2 - 1 AS ?n) }"):
        with pytest.raises(RuleError, match="urn:d: not for a browser"):
            constructions([Derivation("urn:d", 1, other)], PREFIXES)


def test_every_shipped_derivation_is_a_query_for_a_browser() -> None:
    derivations = load_derivations(resource_directory("ontology") / "derivations", PREFIXES)
    assert len(constructions(derivations, PREFIXES)) == len(derivations)


def test_only_prefixes_that_are_used_are_sent() -> None:
    prefixes = {"cs": "urn:cs:", "skos": "urn:skos:", "doc": "urn:doc:"}
    query = "SELECT * { ?x cs:a/skos:b* ?y . FILTER (?y != doc:) }"
    assert with_prefixes(query, prefixes).count("PREFIX") == 3
    assert with_prefixes("SELECT * { ?x a ?y }", prefixes).count("PREFIX") == 0
    assert names_in(query, prefixes) == {"urn:cs:a", "urn:skos:b", "urn:doc:"}


def test_a_changed_engine_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "vendor" / "oxigraph"
    folder.mkdir(parents=True)
    with pytest.raises(InputError, match="engine is missing"):
        add_engine_files(GeneratedFiles(), load_rules(), resource_directory("ontology"), tmp_path)
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  web.js\n")
    (folder / "web.js").write_text("changed")
    with pytest.raises(InputError, match="not the file that SHA256SUMS names"):
        add_engine_files(GeneratedFiles(), load_rules(), resource_directory("ontology"), tmp_path)
