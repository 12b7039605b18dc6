"""Rules of a policy author with every component of SHACL Core mean the same to both engines."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from claimshapes.checking.checker import Checker
from claimshapes.claim import ClaimRecord
from claimshapes.findings import ClaimResult, Finding
from claimshapes.read import read_claims
from claimshapes.set_engine.lint import left_to_reference

EXAMPLES = Path(__file__).parents[2] / "examples"

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

RULES = {
    "class": "sh:targetClass cs:Claim ; sh:property [ sh:path cs:item ; sh:class cs:Diagnosis ] .",
    "datatype": "sh:targetClass cs:Item ;"
    " sh:property [ sh:path cs:quantity ; sh:datatype xsd:integer ] .",
    "node-kind": "sh:targetClass cs:Item ;"
    " sh:property [ sh:path cs:procedure ; sh:nodeKind sh:IRI ] .",
    "node-kind-of-focus": "sh:targetClass cs:Item ; sh:nodeKind sh:Literal .",
    "counts": "sh:targetClass cs:Claim ;"
    " sh:property [ sh:path cs:item ; sh:minCount 2 ; sh:maxCount 2 ] .",
    "at-least-one": "sh:targetClass cs:Item ; sh:property [ sh:path cs:modifier ; sh:minCount 1 ] .",
    "range": "sh:targetClass cs:Item ;"
    " sh:property [ sh:path cs:charge ; sh:minInclusive 50 ; sh:maxExclusive 300.0 ] .",
    "range-in-doubles": "sh:targetClass cs:Item ;"
    " sh:property [ sh:path cs:charge ; sh:maxInclusive 9.2e1 ] .",
    "range-of-dates": "sh:targetClass cs:Item ;"
    ' sh:property [ sh:path cs:serviced ; sh:maxInclusive "2024-06-01"^^xsd:date ] .',
    "range-of-another-kind": 'sh:targetClass cs:Item ; sh:property [ sh:path cs:charge ; sh:minInclusive "5"'
    " ] .",
    "length": "sh:targetClass cs:Diagnosis ;"
    " sh:property [ sh:path cs:code ; sh:minLength 4 ; sh:maxLength 5 ] .",
    "length-of-node": "sh:targetClass cs:Diagnosis ; sh:maxLength 10 .",
    "pattern": "sh:targetClass cs:Diagnosis ; sh:property [ sh:path cs:code ; sh:pattern"
    ' "^m54\\\\.[0-5]$" ; sh:flags "i" ] .',
    "pattern-with-digits": "sh:targetClass cs:Item ; sh:property [ sh:path cs:procedure ; sh:pattern"
    ' "^\\\\d+[02]\\\\d+$" ] .',
    "language": "sh:targetClass cs:Diagnosis ;"
    ' sh:property [ sh:path (cs:concept skos:prefLabel) ; sh:languageIn ("de") ] .',
    "unique-language": "sh:targetClass cs:Claim ; sh:property"
    " [ sh:path (cs:diagnosis cs:concept skos:prefLabel) ; sh:uniqueLang true ] .",
    "equals": "sh:targetClass cs:Diagnosis ;"
    " sh:property [ sh:path cs:concept ; sh:equals cs:within ] .",
    "disjoint": "sh:targetClass cs:Diagnosis ;"
    " sh:property [ sh:path cs:concept ; sh:disjoint cs:within ] .",
    "less": "sh:targetClass cs:Item ;"
    " sh:property [ sh:path cs:allowed ; sh:lessThan cs:charge ] ,"
    " [ sh:path cs:quantity ; sh:lessThan cs:serviceUnits ] .",
    "less-or-equal": "sh:targetClass cs:Item ;"
    " sh:property [ sh:path cs:charge ; sh:lessThanOrEquals cs:quantity ] .",
    "not": "sh:targetClass cs:Item ; sh:not [ sh:property [ sh:path cs:modifier ;"
    ' sh:hasValue "GP" ] ] .',
    "and": "sh:targetClass cs:Item ;"
    " sh:and ( [ sh:property [ sh:path cs:modifier ; sh:minCount 1 ] ]"
    " [ sh:property [ sh:path cs:minutes ; sh:minCount 1 ] ] ) .",
    "or": "sh:targetClass cs:Item ;"
    " sh:or ( [ sh:property [ sh:path cs:modifier ; sh:minCount 1 ] ]"
    ' [ sh:property [ sh:path cs:procedure ; sh:pattern "^9921" ] ] ) .',
    "or-of-values": "sh:targetClass cs:Item ; sh:property [ sh:path cs:procedure ;"
    ' sh:or ( [ sh:in ("97110" "97140") ] [ sh:pattern "^99" ] ) ] .',
    "xone": "sh:targetClass cs:Item ;"
    " sh:xone ( [ sh:property [ sh:path cs:modifier ; sh:minCount 1 ] ]"
    " [ sh:property [ sh:path cs:quantity ; sh:minInclusive 2 ] ] ) .",
    "node": "sh:targetClass cs:Claim ; sh:property [ sh:path cs:item ; sh:node own:Timed ] .\n"
    "own:Timed a sh:NodeShape ; sh:property [ sh:path cs:minutes ; sh:minCount 1 ],"
    " [ sh:path cs:charge ; sh:maxInclusive 90 ] .",
    "node-of-focus": "sh:targetClass cs:Item ; sh:node own:Cheap .\n"
    "own:Cheap a sh:NodeShape ; sh:property [ sh:path cs:charge ; sh:maxInclusive 90 ] .",
    "nested": "sh:targetClass cs:Claim ; sh:property [ sh:path cs:diagnosis ;"
    ' sh:property [ sh:path cs:code ; sh:in ("M54.50" "M54.6") ] ] .',
    "qualified": "sh:targetClass cs:Claim ; sh:property [ sh:path cs:item ;"
    " sh:qualifiedValueShape [ sh:property [ sh:path cs:modifier ; sh:minCount 1 ] ] ;"
    " sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1 ] .",
    "qualified-disjoint": "sh:targetClass cs:Claim ;"
    " sh:property [ sh:path cs:item ; sh:qualifiedValueShapesDisjoint true ;"
    " sh:qualifiedValueShape [ sh:property [ sh:path cs:minutes ; sh:minCount 1 ] ] ;"
    " sh:qualifiedMinCount 1 ],"
    " [ sh:path cs:item ; sh:qualifiedValueShapesDisjoint true ;"
    ' sh:qualifiedValueShape [ sh:property [ sh:path cs:procedure ; sh:hasValue "97110" ] ] ;'
    " sh:qualifiedMinCount 1 ] .",
    "closed": "sh:targetClass cs:Patient ; sh:closed true ;"
    " sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;"
    " sh:property [ sh:path cs:birthDate ], [ sh:path cs:identifier ] .",
    "has-value": "sh:targetClass cs:Claim ;"
    ' sh:property [ sh:path (cs:item cs:procedure) ; sh:hasValue "97110" ] .',
    "in": "sh:targetClass cs:Item ; sh:property [ sh:path cs:quantity ; sh:in (2.0 4.0 3) ] .",
    "alternative-path": "sh:targetClass cs:Claim ; sh:property [ sh:path"
    " ( [ sh:alternativePath (cs:diagnosis cs:item) ] cs:sequence ) ; sh:maxExclusive 2 ] .",
    "choice-of-sequences": "sh:targetClass cs:Claim ; sh:property [ sh:path"
    " [ sh:alternativePath ( (cs:diagnosis cs:code) (cs:item cs:procedure) ) ] ;"
    ' sh:pattern "^[M9]" ] .',
    "inverse-path": "sh:targetClass cs:Diagnosis ; sh:property [ sh:path"
    " [ sh:inversePath cs:pointsTo ] ; sh:minCount 2 ] .",
    "path-of-any-length": "sh:targetClass cs:Claim ; sh:property [ sh:path"
    " ( [ sh:zeroOrMorePath [ sh:alternativePath (cs:item cs:pointsTo) ] ] cs:code ) ;"
    ' sh:hasValue "M54.6" ] .',
    "optional-step": "sh:targetClass cs:Item ; sh:property [ sh:path"
    " ( [ sh:zeroOrOnePath cs:pointsTo ] cs:sequence ) ; sh:maxCount 1 ] .",
    "subjects": "sh:targetSubjectsOf cs:minutes ;"
    " sh:property [ sh:path cs:charge ; sh:maxInclusive 60 ] .",
    "objects": "sh:targetObjectsOf cs:pointsTo ; sh:property [ sh:path cs:code ; sh:pattern"
    ' "6$" ] .',
    "deactivated-part": "sh:targetClass cs:Item ;"
    " sh:property [ sh:path cs:charge ; sh:maxInclusive 1 ; sh:deactivated true ],"
    " [ sh:path cs:charge ; sh:minInclusive 100 ] .",
    "deactivated-shape": "sh:targetClass cs:Item ; sh:not [ sh:deactivated true ; sh:class cs:Claim ] .",
    "message-of-part": "sh:targetClass cs:Item ;"
    ' sh:property [ sh:path cs:charge ; sh:maxInclusive 90 ; sh:message "dear" ] .',
    "query-of-a-path": "sh:targetClass cs:Item ; sh:property [ sh:path cs:charge ;"
    ' sh:sparql [ sh:message "much: {?value}" ;'
    ' sh:select "SELECT $this ?value WHERE { $this $PATH ?value FILTER (?value > 90.5) }" ] ] .',
    "query-in-or": "sh:targetClass cs:Item ; sh:or ("
    ' [ sh:sparql [ sh:select "SELECT $this WHERE { $this'
    ' <https://w3id.org/claimshapes/ns#minutes> ?m }" ] ]'
    " [ sh:property [ sh:path cs:quantity ; sh:maxInclusive 1 ] ] ) .",
    "component-asks": "sh:targetClass cs:Item ; own:atMost 90 ;"
    " sh:property [ sh:path cs:charge ; own:atMost 60 ] .\n"
    "own:AtMost a sh:ConstraintComponent ; sh:parameter [ sh:path own:atMost ] ;"
    ' sh:validator [ a sh:SPARQLAskValidator ; sh:message "more than {$atMost}" ;'
    ' sh:ask "ASK { FILTER (!isNumeric($value) || $value <= $atMost) }" ] .',
    "component-selects": "sh:targetClass cs:Claim ;"
    " sh:property [ sh:path cs:item ; own:property cs:charge ; own:below 90.0 ] .\n"
    "own:Below a sh:ConstraintComponent ;"
    " sh:parameter [ sh:path own:property ], [ sh:path own:below ],"
    " [ sh:path own:unless ; sh:optional true ] ;"
    " sh:propertyValidator [ a sh:SPARQLSelectValidator ;"
    ' sh:select "SELECT $this ?value WHERE { $this $PATH ?value . ?value $property ?amount'
    ' FILTER (?amount >= $below && !BOUND($unless)) }" ] .',
}


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
        "another language",
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
