"""Rules of a policy author with every component of SHACL Core mean the same to both engines."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult, Finding
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.engines.batch.compile_check import left_to_reference
from tests.engines.batch.named_texts import named_texts

EXAMPLES = Path(__file__).parents[3] / "examples"

HEAD = """
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix carc: <https://w3id.org/claimshapes/carc/> .
@prefix cs: <https://w3id.org/claimshapes/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix hcpcs: <https://w3id.org/claimshapes/hcpcs/> .
@prefix icd: <https://w3id.org/claimshapes/icd-10-cm/> .
@prefix modifier: <https://w3id.org/claimshapes/modifier/> .
@prefix rule: <https://w3id.org/claimshapes/rule/> .
@prefix schema: <https://schema.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix own: <https://example.org/own#> .

rule:NAME a sh:NodeShape, cs:Rule ;
    dcterms:identifier "NAME" ;
    skos:prefLabel "A rule of an author"@en ;
    dcterms:description "For a test."@en ;
    cs:rationale "For a test."@en ;
    cs:remedy "None."@en ;
    cs:denialCode carc:16 ;
    dcterms:source [ a cs:Citation ; dcterms:title "A policy" ; cs:strength cs:fictitious ] ;
    adms:status cs:active ;
    schema:validFrom "2015-10-01"^^xsd:date ;
    dcterms:issued "2026-11-24"^^xsd:date ;
    dcterms:modified "2026-11-24"^^xsd:date ;
    sh:severity sh:Warning ;
    sh:message "broken" ;
"""

RULES = named_texts("rules.txt")


def write_rules(folder: Path, rules: dict[str, str]) -> list[str]:
    """Writes the rules into files of a folder; returns their ids."""
    ids = []
    for name, body in rules.items():
        rule = f"OWN-{name.upper()}"
        (folder / f"{rule}.ttl").write_text(HEAD.replace("NAME", rule) + body, "utf-8")
        ids.append(rule)
    return ids


@cache
def claims() -> tuple[ClaimRecord, ...]:
    readings = [each for file in sorted(EXAMPLES.glob("*.json")) for each in read_claims(file)]
    return tuple(each for each in readings if isinstance(each, ClaimRecord))


def of_rule(results: list[ClaimResult], name: str) -> list[list[Finding]]:
    rule = f"OWN-{name.upper()}"
    return [[each for each in result.findings if each.rule == rule] for result in results]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[ClaimResult], list[ClaimResult]]:
    """What the set engine and the reference engine say of the examples."""
    folder = tmp_path_factory.mktemp("rules")
    ids = write_rules(folder, RULES)
    together = Checker(rules=[folder], select=ids, engine="set")
    found = list(together.check(claims()))
    assert together.uncompiled() == {}
    one_by_one = Checker(rules=[folder], select=ids, engine="reference")
    return found, list(one_by_one.check(claims()))


@pytest.mark.parametrize("name", RULES)
def test_both_engines_find_the_same(
    judged: tuple[list[ClaimResult], list[ClaimResult]], name: str
) -> None:
    found, expected = (of_rule(results, name) for results in judged)
    assert found == expected
    # The rule was tried: it speaks of some claims, and is silent of others.
    assert any(expected)
    assert all(expected) == (name in OF_EVERY_CLAIM)


OF_EVERY_CLAIM = {
    "class",
    "datatype",
    "node-kind",
    "node-kind-of-focus",
    "range-of-dates",
    "range-of-another-kind",
    "length-of-node",
    "language",
    "equals",
    "less-or-equal",
    "qualified-disjoint",
    "closed",
    "in",
    "deactivated-shape",
}
"""Rules that no claim keeps."""


NOT_COMPILED = {
    "word-characters": (
        'sh:targetClass cs:Item ; sh:property [ sh:path cs:procedure ; sh:pattern "^\\\\w0" ] .',
        "regular expression",
    ),
    "range-of-languages": (
        "sh:targetClass cs:Diagnosis ; sh:property"
        ' [ sh:path (cs:concept skos:prefLabel) ; sh:maxInclusive "M"@de ] .',
        "the order of literals",
    ),
    "property-of-codes": (
        'sh:targetClass cs:Diagnosis ; sh:sparql [ sh:select """SELECT $this ?value WHERE {'
        " $this <https://w3id.org/claimshapes/ns#concept> ?c . ?c ?property ?value"
        ' FILTER (?value = "M54.6") }""" ] .',
        "stands for a property",
    ),
}


@pytest.mark.parametrize("name", NOT_COMPILED)
def test_what_is_not_compiled_is_judged_by_the_reference_engine(name: str, tmp_path: Path) -> None:
    body, reason = NOT_COMPILED[name]
    (rule,) = write_rules(tmp_path, {name: body})
    together = Checker(rules=[tmp_path], select=[rule], engine="set")
    found = list(together.check(claims()[:4]))
    assert list(together.uncompiled()) == [rule]
    assert reason in together.uncompiled()[rule]
    assert any(result.findings for result in found)
    assert found == list(
        Checker(rules=[tmp_path], select=[rule], engine="reference").check(claims()[:4])
    )
    assert any(rule in line and reason in line for line in left_to_reference(together.book))
