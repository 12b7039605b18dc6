from __future__ import annotations

from typing import Any

import pytest
import rdflib
from rdflib.namespace import RDF, SH

from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.part_iris import part_iri
from tests.report.conftest import (
    CLEAN,
    COVERAGE,
    FOUND,
    NO_RULES,
    REJECTED,
    UNJUDGED,
    a_finding,
    a_record,
    reported,
)

CS = rdflib.Namespace("https://w3id.org/claimshapes/ns#")
RULE = rdflib.Namespace("https://w3id.org/claimshapes/rule/")


def parsed(results: list[Any], **changed: Any) -> rdflib.Graph:
    return rdflib.Graph().parse(data=reported("turtle", results, **changed), format="turtle")


def conforms(graph: rdflib.Graph) -> bool:
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    value = graph.value(report, SH.conforms)
    assert isinstance(value, rdflib.Literal)
    return bool(value.toPython())


def test_a_result_says_what_the_finding_says() -> None:
    graph = parsed([FOUND])
    (result,) = graph.subjects(SH.sourceShape, RULE["DX-DATE"])
    assert (None, SH.result, result) in graph
    assert {(p, str(o)) for p, o in graph.predicate_objects(result)} == {
        (RDF.type, str(SH.ValidationResult)),
        (SH.focusNode, "urn:claimshapes:claim:C-1#/diagnosis/0"),
        (SH.resultSeverity, str(SH.Violation)),
        (SH.sourceShape, str(RULE["DX-DATE"])),
        (SH.sourceConstraintComponent, str(SH.SPARQLConstraintComponent)),
        (SH.resultMessage, "M54.5 may not be reported on 2026-05-04"),
        (SH.resultPath, str(CS.code)),
        (SH.value, "M54.5"),
    }


def test_every_result_is_one_that_shacl_tools_read() -> None:
    graph = parsed([FOUND, CLEAN, REJECTED, UNJUDGED])
    results = set(graph.subjects(RDF.type, SH.ValidationResult))
    assert len(results) == 6
    assert results == set(graph.objects(None, SH.result))
    for result in results:
        for needed in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent):
            assert len(list(graph.objects(result, needed))) == 1


@pytest.mark.parametrize(
    ("results", "complete", "expected"),
    [
        ([], True, True),
        ([CLEAN], True, True),
        ([CLEAN, UNJUDGED], True, True),
        ([FOUND], True, False),
        ([REJECTED], True, False),
        ([CLEAN], False, False),
    ],
)
def test_conforms(results: list[Any], complete: bool, expected: bool) -> None:
    assert conforms(parsed(results, complete=complete)) is expected


def test_not_checked_has_a_severity_of_its_own() -> None:
    graph = parsed([UNJUDGED])
    (result,) = graph.subjects(SH.resultSeverity, CS.NotChecked)
    assert str(graph.value(result, SH.focusNode)) == "urn:claimshapes:claim:C-3"


def test_counts_and_coverage_are_the_reports() -> None:
    graph = parsed([FOUND, COVERAGE, NO_RULES, REJECTED])
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    counts = {p: int(str(o)) for p, o in graph.predicate_objects(report) if str(o).isdecimal()}
    assert counts == {
        CS.claimsRead: 4,
        CS.claimsChecked: 3,
        CS.claimsRejected: 1,
        CS.claimsClean: 1,
        CS.claimsIncomplete: 1,
        CS.claimsWithFindings: 1,
        CS.claimsOnlyWaived: 0,
        CS.claimsOnlyKnown: 0,
        CS.fewestRulesInForce: 0,
        CS.mostRulesInForce: 40,
    }
    gaps = {
        str(graph.value(gap, SH.resultMessage)): (
            {str(rule).rsplit("/", 1)[-1] for rule in graph.objects(gap, SH.sourceShape)},
            str(graph.value(gap, CS.placeCount)),
        )
        for gap in graph.objects(report, CS.coverage)
    }
    assert gaps == {
        "no record came with the claim": ({"DOC-ORDER", "TH-TIME"}, "1"),
        "no minutes on the claim": ({"TH-UNITS"}, "2"),
    }


def test_any_text_and_any_claim_number() -> None:
    claim = 'a b"<>#%\u00e9'
    value = 'x"\\\n\u00e9\ud800'
    text = [ClaimResult(claim, (a_finding(claim=claim, value=value, focus="/item/0"),))]
    graph = parsed(text)
    (node,) = graph.objects(None, SH.focusNode)
    assert str(node) == "urn:claimshapes:claim:a%20b%22%3C%3E%23%25%C3%A9#/item/0"
    (written,) = graph.objects(None, SH.value)
    assert str(written) == 'x"\\\n\u00e9?'


def test_claims_of_several_files_are_different_nodes() -> None:
    graph = parsed(
        [(a_record("C-1", file), FOUND) for file in ("a.json", "b/b.json")], several_files=True
    )
    nodes = {str(node) for node in graph.objects(None, SH.focusNode)}
    assert "urn:claimshapes:claim:C-1?=file=a.json#/diagnosis/0" in nodes
    assert "urn:claimshapes:claim:C-1?=file=b%2Fb.json#/diagnosis/0" in nodes


def test_focus_node_of_the_claim_itself() -> None:
    assert part_iri("C-1", "") == "urn:claimshapes:claim:C-1"
