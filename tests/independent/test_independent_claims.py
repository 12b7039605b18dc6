"""Claims that were answered before the rules were run; README.md says how."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from claimshapes import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.rules.severity import Severity
from tests.scenarios.scenarios import claim

Answer = dict[str, Any]


def answers(file: str) -> dict[str, Answer]:
    """The claims of a file next to this one, by name."""
    return tomllib.loads((Path(__file__).parent / file).read_text("utf-8"))


CLAIMS = answers("claims.toml")
CORRECT = answers("correct.toml")
FAULTY = answers("faulty.toml")
BLIND = answers("blind.toml")

MEMBER = {"medicare": "1EG4TE5MK73"}


def made(name: str, answer: Answer) -> dict[str, Any]:
    """The claim that an entry describes."""
    day: date = answer["day"]
    stay = answer.get("stay", 0)
    payer = answer.get("payer", "medicare-b")
    spec = {
        "sex": "female",
        **answer,
        "payers": [payer],
        "age": [answer["age"], answer["age"]],
        "stay": [stay, stay],
    }
    content = claim(spec, name, name.replace(" ", "-"), days=(day, day))
    for item in content["item"]:
        item.update(answer.get("item", {}))
    member = answer.get("member") or MEMBER.get(payer.partition("-")[0], "W123456789")
    content["subscriber"] = {"id": member, "relationship": "self"}
    npi = content["billingProvider"]["npi"]
    content["history"] = [{"npi": npi, **service} for service in answer.get("history", [])]
    return {**content, **answer.get("set", {})}


def results_of(entries: Mapping[str, Answer]) -> dict[str, ClaimResult]:
    """What the rules say of the claims that entries describe."""
    claims = [made(name, answer) for name, answer in entries.items()]
    return dict(zip(entries, Checker(engine="set").check(claims), strict=True))


@cache
def _results() -> dict[str, ClaimResult]:
    return results_of(CLAIMS)


def differs(answer: Answer, result: ClaimResult) -> bool:
    """Whether the rules say something else of a claim than its answer."""
    if "denied" not in answer:
        return not result.clean
    return not any(set(answer["denied"]) & set(finding.denial_codes) for finding in result.findings)


def test_there_are_claims_of_both_kinds() -> None:
    correct = sum("denied" not in answer for answer in CLAIMS.values())
    assert len(CLAIMS) >= 100
    assert 0.3 <= correct / len(CLAIMS) <= 0.7


@pytest.mark.parametrize("name", CLAIMS)
def test_the_rules_answer_as_was_answered_before(name: str) -> None:
    answer, result = CLAIMS[name], _results()[name]
    said: list[tuple[str | None, tuple[str, ...]]] = [
        (finding.rule, finding.denial_codes) for finding in result.findings
    ]
    said += [(note.rule, ()) for note in result.not_checked]
    assert differs(answer, result) == ("differs" in answer), said


def test_no_correct_claim_has_a_violation() -> None:
    assert not [
        name
        for name, answer in CLAIMS.items()
        for finding in _results()[name].findings
        if "denied" not in answer and finding.severity is Severity.VIOLATION
    ]


def test_correct_claims_of_twenty_settings_are_clean() -> None:
    settings = {name.partition(":")[0] for name in CORRECT}
    assert len(settings) == 20
    assert len(CORRECT) >= 100
    assert not {
        name: [finding.message for finding in result.findings]
        for name, result in results_of(CORRECT).items()
        if not result.clean
    }


def test_one_fault_of_a_claim_is_found() -> None:
    assert len(FAULTY) >= 50
    results = results_of({name: {"age": 70, **answer} for name, answer in FAULTY.items()})
    assert not {
        name: [(finding.rule, finding.denial_codes) for finding in result.findings]
        for name, result in results.items()
        if differs(FAULTY[name], result) != ("differs" in FAULTY[name])
    }


def test_claims_of_other_kinds_are_answered_as_before() -> None:
    correct = {name for name, answer in BLIND.items() if "denied" not in answer}
    assert len(BLIND) >= 60
    assert len(correct) >= 30
    assert len({name.partition(":")[0] for name in correct}) == 20
    results = results_of(BLIND)
    assert not {
        name: [(finding.rule, finding.denial_codes) for finding in result.findings]
        for name, result in results.items()
        if differs(BLIND[name], result) != ("differs" in BLIND[name])
    }
    assert not [name for name in correct if "differs" in BLIND[name]]
