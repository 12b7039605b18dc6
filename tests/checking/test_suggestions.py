"""Candidates: they come from the loaded knowledge, and taking one settles the finding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from claimshapes import Checker
from claimshapes.authoring import rule_tests
from claimshapes.checking.findings import Finding
from claimshapes.explain.procedure_facts import listed_codes
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.vocabulary import BASE
from claimshapes.report.correction import patched
from claimshapes.report.json_report import finding_object
from claimshapes.rules.candidate_sources import read_candidate_sources
from claimshapes.rules.derivations import declared_prefixes
from claimshapes.rules.rule_book import load_rules

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPIRED = "05-expired-low-back-pain.json"
THERAPY = "13-therapy-without-modifier-or-time.json"
PAIR = "15-traction-and-manual-therapy.json"


def claim_of(name: str, *diagnoses: str) -> dict[str, Any]:
    claim: dict[str, Any] = json.loads((EXAMPLES / name).read_text("utf-8"))
    for diagnosis, code in zip(claim["diagnosis"], diagnoses, strict=False):
        diagnosis["code"] = code
    return claim


@pytest.fixture(scope="module")
def checker() -> Checker:
    rules = ["DX-DATE", "DX-NOT-BILLABLE", "DX-7CH-MISSING", "DX-7CH-INVALID", "TH-GP", "PX-PTP1"]
    return Checker(select=[*rules, "TH-GP-UHC", "TH-UNITS", "PX-25"])


def found(checker: Checker, claim: Mapping[str, Any], rule: str) -> list[Finding]:
    return [each for each in checker.check_one(claim).findings if each.rule == rule]


def one_line() -> dict[str, Any]:
    claim = claim_of("14-too-many-units.json")
    line = claim["item"][0]
    minutes = [fact for fact in claim.get("documentation", ()) if fact.get("item") in (None, 1)]
    return {
        **claim,
        "item": [{**line, "quantity": 2, "minutes": 16}],
        "documentation": minutes,
    }


def visit_with(procedure: str) -> dict[str, Any]:
    """A visit on the day of a procedure."""
    claim = claim_of("02-clean-visit.json")
    (line,) = claim["item"]
    return {
        **claim,
        "payer": "medicare-b",
        "item": [line, {**line, "sequence": 2, "procedure": procedure}],
    }


@pytest.mark.parametrize(
    ("claim", "rule", "values"),
    [
        (claim_of(EXPIRED), "DX-DATE", ["M54.50", "M54.51", "M54.59"]),
        (claim_of(EXPIRED, "M54.5"), "DX-DATE", ["M54.50", "M54.51", "M54.59"]),
        (claim_of(EXPIRED, "M99.0", "R10.9"), "DX-NOT-BILLABLE", ["M99.00", "M99.01"]),
        (
            claim_of(EXPIRED, "S83.511", "R10.9"),
            "DX-7CH-MISSING",
            ["S83.511A", "S83.511D", "S83.511S"],
        ),
        (
            claim_of(EXPIRED, "S83.511Z", "R10.9"),
            "DX-7CH-INVALID",
            ["S83.511A", "S83.511D", "S83.511S"],
        ),
        (claim_of(THERAPY), "TH-GP", ["GP"]),
        (claim_of(THERAPY) | {"payer": "unitedhealthcare-commercial"}, "TH-GP-UHC", ["GP"]),
        (claim_of(PAIR), "PX-PTP1", ["XU", "XS"]),
        (one_line(), "TH-UNITS", ["1"]),
        (visit_with("11981"), "PX-25", ["25"]),
        (visit_with("27447"), "PX-PTP1", ["57", "25"]),
        (visit_with("20610"), "PX-PTP1", ["25"]),
    ],
)
def test_a_candidate_settles_the_finding(
    checker: Checker, claim: dict[str, Any], rule: str, values: list[str]
) -> None:
    (finding, *_) = found(checker, claim, rule)
    suggestions = finding.suggestions
    assert [each.value for each in suggestions][: len(values)] == values
    assert all(each.condition.startswith("if ") for each in suggestions)
    before = json.dumps(claim, default=str)
    changed = patched(claim, suggestions[0])
    assert json.dumps(claim, default=str) == before
    assert not [each for each in found(checker, changed, rule) if each.focus == finding.focus]


RULES = {rule.id: rule for rule in load_rules()}
WITH_CANDIDATES = sorted(name for name, rule in RULES.items() if rule.candidates)
ELSEWHERE = {"MN-LCD-UNSUPPORTED", "MN-NCD-UNSUPPORTED", "TH-GP-UHC"}
"""Rules whose own tests have no candidate: those of policies are in tests/knowledge."""


def test_every_source_of_candidates_is_used() -> None:
    ontology = resource_directory("ontology")
    prefixes = declared_prefixes(ontology / "rule.ttl")
    used = {rule.candidates for rule in RULES.values() if rule.candidates}
    assert used == read_candidate_sources(ontology, prefixes).keys()


@pytest.mark.parametrize("rule", WITH_CANDIDATES)
def test_candidates_settle_the_findings_of_the_tests_of_a_rule(rule: str) -> None:
    """What the rule's own tests find goes where a candidate is taken, and one has a candidate."""
    checker = Checker(select=[rule], suggest=True)
    told = 0
    for claim in rule_tests.tested_claims(RULES[rule]):
        for finding in found(checker, claim, rule):
            told += len(finding.suggestions)
            for suggestion in finding.suggestions[:3]:
                assert suggestion.condition.startswith("if ")
                left = found(checker, patched(claim, suggestion), rule)
                same = [each for each in left if each.focus == finding.focus]
                assert finding.message not in [each.message for each in same], suggestion
    assert told or rule in ELSEWHERE


def test_without_a_candidate_there_is_no_suggestion(checker: Checker) -> None:
    claim = claim_of(THERAPY)
    claim["billingProvider"] = {"npi": claim["billingProvider"]["npi"]}
    (finding,) = found(checker, claim, "TH-GP")
    assert finding.suggestions == ()
    assert "suggestions" not in finding_object(finding, claim)


def test_many_together_get_them_where_they_are_asked_for() -> None:
    claim = claim_of(EXPIRED)
    for suggest, number in ((None, 0), (True, 3)):
        checker = Checker(select=["DX-DATE"], engine="set", suggest=suggest)
        records = [claim | {"id": "A"}, claim | {"id": "B"}]
        results = list(checker.check(records))
        assert [len(each.suggestions) for each in results[1].findings] == [number]


def test_json_has_the_patch(checker: Checker) -> None:
    claim = claim_of(THERAPY)
    (finding,) = found(checker, claim, "TH-GP")
    (said,) = finding_object(finding, claim)["suggestions"]
    assert said["patch"] == [{"op": "add", "path": "/item/0/modifier", "value": ("GP",)}]


def test_a_patch_tests_what_it_changes(checker: Checker) -> None:
    claim = claim_of(THERAPY)
    claim["item"][0]["modifier"] = ["59"]
    (finding,) = found(checker, claim, "TH-GP")
    (said,) = finding_object(finding, claim)["suggestions"]
    assert said["patch"] == [
        {"op": "test", "path": "/item/0/modifier", "value": ("59",)},
        {"op": "add", "path": "/item/0/modifier/-", "value": "GP"},
    ]
    (finding,) = found(checker, claim_of(EXPIRED), "DX-DATE")
    first = finding_object(finding)["suggestions"][0]["patch"][0]
    assert first == {"op": "test", "path": "/diagnosis/1/code", "value": "M54.5"}


def test_the_classes_of_therapists_are_those_of_the_taxonomy() -> None:
    codes = listed_codes(resource_directory("ontology"), f"{BASE}taxonomy/")
    numbers = [sum(code.startswith(named) for code in codes) for named in ("2251", "225X", "235Z")]
    assert numbers == [11, 13, 1]
