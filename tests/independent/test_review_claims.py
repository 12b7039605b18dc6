"""The claims of the review's rows: what rules must find in them, and which must be silent."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from claimshapes.checking.findings import ClaimResult
from tests.independent.test_independent_claims import Answer, answers, results_of

CLAIMS = answers("review.toml")
USUAL: Answer = {"day": date(2025, 3, 10), "age": 70}


@cache
def _results() -> dict[str, ClaimResult]:
    return results_of({name: {**USUAL, **answer} for name, answer in CLAIMS.items()})


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_of_the_review(name: str) -> None:
    answer, result = CLAIMS[name], _results()[name]
    found = {finding.rule: finding for finding in result.findings}
    said = [(finding.rule, finding.message) for finding in result.findings]
    assert answer.get("finds") or answer.get("silent")
    assert set(answer.get("finds", ())) <= found.keys(), said
    assert not set(answer.get("silent", ())) & found.keys(), said
    if "remedy" in answer:
        assert answer["remedy"] in found[answer["finds"][0]].remedy
    if "severity" in answer:
        assert found[answer["finds"][0]].severity.value == answer["severity"]
