"""Claims that were answered before the rules were run; README.md says how."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from claimshapes import Checker
from claimshapes.checking.findings import ClaimResult
from tests.scenarios.scenarios import claim

Answer = dict[str, Any]

CLAIMS: dict[str, Answer] = tomllib.loads(
    (Path(__file__).parent / "claims.toml").read_text("utf-8")
)


def made(name: str, answer: Answer) -> dict[str, Any]:
    """The claim that an entry describes."""
    day: date = answer["day"]
    stay = answer.get("stay", 0)
    spec = {
        "payers": [answer.get("payer", "medicare-b")],
        "sex": "female",
        **answer,
        "age": [answer["age"], answer["age"]],
        "stay": [stay, stay],
    }
    made = claim(spec, name, name.replace(" ", "-"), days=(day, day))
    for item in made["item"]:
        item.update(answer.get("item", {}))
    if "history" in answer:
        made["history"] = answer["history"]
    if "subscriber" in answer:
        made["patient"]["id"] = answer["subscriber"]
    return {**made, **answer.get("set", {})}


@cache
def _results() -> dict[str, ClaimResult]:
    claims = [made(name, answer) for name, answer in CLAIMS.items()]
    return dict(zip(CLAIMS, Checker(engine="set").check(claims), strict=True))


def differs(answer: Answer, result: ClaimResult) -> bool:
    """Whether the rules say something else of a claim than its answer."""
    if "denied" not in answer:
        return not result.clean
    return not any(
        set(answer["denied"]) & set(finding.denial_codes)
        for finding in result.findings
    )
