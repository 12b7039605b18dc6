"""The W3C's SHACL test suite, through the set engine's compiler on tables of any RDF graph.

pySHACL is the engine that is right here; what the compiler does not support is left to it. Equal
results are compared as one: where a node is reached twice, the suite wants its results twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import SUMMARY
from tests.engines.batch.shacl_suite import SuiteTest, outcome, suite_tests

SUITE = Path(__file__).parents[2] / "data" / "w3c-shacl"

NOT_SUPPORTED = {
    # The query asks for the shapes graph, which pySHACL does not give it either.
    "sparql/pre-binding/shapesGraph-001": "$shapesGraph",
}


@cache
def whole_suite() -> dict[str, SuiteTest]:
    return {test.name: test for test in suite_tests(SUITE)}


@cache
def outcome_of(name: str) -> tuple[str, str]:
    return outcome(whole_suite()[name])


@pytest.mark.parametrize("name", [name for name in whole_suite() if name not in NOT_SUPPORTED])
def test_results_are_those_of_the_suite(name: str) -> None:
    how, why = outcome_of(name)
    assert how == "passed", why


def test_all_else_is_refused_with_its_reason(
    record_property: Callable[[str, object], None],
) -> None:
    outcomes = {name: outcome_of(name) for name in whole_suite()}
    left = {name: why for name, (how, why) in outcomes.items() if how == "not supported"}
    counts = Counter(how for how, _ in outcomes.values())
    reasons = Counter(left.values())
    record_property(
        SUMMARY,
        f"W3C SHACL suite: {counts['passed']} passed, {counts['wrong']} wrong,"
        f" {counts['not supported']} not supported"
        + "".join(f"\n  {count} {reason}" for reason, count in sorted(reasons.items())),
    )
    assert left == NOT_SUPPORTED
    assert len(outcomes) == 121
