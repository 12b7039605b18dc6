"""Everyday claims that are coded correctly come out clean, and what is wrong with them is found."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest

from claimshapes import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.rules.severity import Severity
from tests.scenarios.scenarios import SETTINGS, Scenario, claims, faulty, scenarios

SEED = 20261127
CLAIMS = 2_000
CLEAN = 0.9
"""The share of correct claims that has to come out clean."""

FAULTS = [(scenario, fault) for scenario in scenarios() for fault in scenario.faults]


@cache
def _results() -> tuple[tuple[Scenario, ClaimResult], ...]:
    made = list(claims(SEED, CLAIMS))
    results = Checker(engine="set").check(claim for _, claim in made)
    return tuple((scenario, result) for (scenario, _), result in zip(made, results, strict=True))


def test_there_are_200_scenarios_over_settings_payers_and_three_years() -> None:
    made = [claim for _, claim in claims(SEED, CLAIMS)]
    assert len(scenarios()) >= 200
    assert len({scenario.setting for scenario in scenarios()}) >= 17
    assert len({claim["payer"] for claim in made}) >= 5
    assert {claim["item"][0]["serviced"][:4] for claim in made} == {"2024", "2025", "2026"}


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_has_correct_and_faulty_claims(setting: str) -> None:
    own = [each for each in scenarios() if each.setting in SETTINGS[setting]]
    assert len(own) >= 10
    assert sum(len(each.faults) for each in own) >= 10
    results = [result for scenario, result in _results() if scenario in own]
    assert sum(result.clean for result in results) / len(results) >= CLEAN


def test_every_file_is_of_a_setting() -> None:
    assert {each.setting for each in scenarios()} == {
        file for files in SETTINGS.values() for file in files
    }


def test_therapy_is_of_three_disciplines_and_surgery_has_assistants_and_global_periods() -> None:
    lines = {
        name: " ".join(
            line for each in scenarios() if each.setting == name for line in each.spec["lines"]
        )
        for name in ("therapy", "surgery")
    }
    assert all(f"-{discipline}" in lines["therapy"] for discipline in ("GP", "GO", "GN"))
    assert "-80" in lines["surgery"] or "-AS" in lines["surgery"]
    rules = {fault["rule"] for each in scenarios() for fault in each.faults}
    assert any(rule.startswith("PX-GLOBAL") for rule in rules)


def test_correct_claims_come_out_clean() -> None:
    results = _results()
    clean = sum(result.clean for _, result in results)
    spoilt: Counter[str] = Counter()
    for _, result in results:
        if not result.clean:
            spoilt.update(finding.rule for finding in result.findings)
            spoilt.update(note.rule or "no rule" for note in result.not_checked)
    assert clean / len(results) >= CLEAN, spoilt.most_common()


def test_no_correct_claim_has_a_violation() -> None:
    violations = {
        (scenario.name, finding.rule, finding.message)
        for scenario, result in _results()
        for finding in result.findings
        if finding.severity is Severity.VIOLATION
    }
    assert not violations


@pytest.mark.parametrize("engine", ["set", "reference"])
def test_every_fault_is_found(engine: Any) -> None:
    checker = Checker(engine=engine)
    pairs = [faulty(scenario, fault, SEED) for scenario, fault in FAULTS]
    claims = (claim for pair in pairs for claim in pair)
    results = list(
        checker.check({**claim, "id": f"C-{number}"} for number, claim in enumerate(claims))
    )
    missed = []
    for (scenario, fault), right, wrong in zip(FAULTS, results[::2], results[1::2], strict=True):
        before = {(finding.rule, finding.message) for finding in right.findings}
        new = {f.rule for f in wrong.findings if (f.rule, f.message) not in before}
        if not any(rule.startswith(fault["rule"]) for rule in new):
            missed.append((scenario.name, fault["name"], sorted(new)))
    assert not missed
