"""Claims that are coded correctly have no violation, and a fault is found by its own rule alone."""

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from claimshapes.checking.checker import Checker
from tests.generator.claims import MAKERS, claim, claims
from tests.generator.faults import FAULTS, Fault, faulty

SEED = 20261124
CLAIMS = 5_000
CLAIMS_FOR_A_FAULT = 3


@cache
def checker() -> Checker:
    return Checker()


def test_no_violation_on_5_000_correct_claims() -> None:
    findings = [
        (finding.severity.value, finding.rule, finding.claim, finding.message)
        for result in Checker(engine="set").check(claims(SEED, CLAIMS))
        for finding in result.findings
    ]
    violations = [finding for finding in findings if finding[0] == "violation"]
    assert not violations, violations[:5]
    warned = {name for severity, _, name, _ in findings if severity == "warning"}
    rules = Counter(rule for severity, rule, _, _ in findings if severity == "warning")
    # A rule that warns of what is right would cry wolf.
    assert len(warned) < CLAIMS / 100, rules


def test_same_seed_gives_the_same_claims() -> None:
    def text(seed: int) -> str:
        return json.dumps(list(claims(seed, 40)))

    assert text(1) == text(1) != text(2)
    assert list(claims(1, 40))[7] == claim(1, 7)


def test_claims_are_of_every_sort_and_over_all_chapters() -> None:
    made = list(claims(SEED, 1_000))
    assert len({json.dumps(one["diagnosis"]) for one in made}) > 500
    # Q to Y stand second or are rare; U is for a handful of codes.
    first = Counter(one["diagnosis"][0]["code"][0] for one in made)
    assert set("ABCDEFGHIJKLMNOQRSTZ") <= set(first), first
    assert {one["type"] for one in made} == {"professional", "institutional"}
    assert len({line["procedure"] for one in made for line in one["item"]}) > 150
    assert len(MAKERS) == 5


def said(content: dict[str, Any]) -> Counter[tuple[str, str, str]]:
    return Counter(
        (finding.rule, finding.focus, finding.message)
        for finding in checker().check_one(content).findings
    )


def test_there_are_40_kinds_of_fault() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40
    assert len({fault.rule for fault in FAULTS}) >= 40


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_by_its_rule_and_no_other(fault: Fault) -> None:
    for seed in range(CLAIMS_FOR_A_FAULT):
        before, after = faulty(fault, seed)
        assert before != after
        new = said(after) - said(before)
        assert {rule for rule, _, _ in new} == {fault.rule}, new
