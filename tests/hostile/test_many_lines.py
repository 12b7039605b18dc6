"""A claim of many lines is checked or named within the limits, and its neighbors as without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from claimshapes import Checker, ClaimResult, RejectedClaim, read_claims
from claimshapes.checking.checker import Engine
from claimshapes.checking.claim_judge import JudgedReading
from claimshapes.engines import limits
from tests.conftest import SUMMARY
from tests.hostile import GOOD
from tests.hostile.many_lines import LARGE, ManyLines, many_lines

INPUTS = many_lines()
ENGINES: tuple[Engine, ...] = get_args(Engine)


def without_places(result: ClaimResult) -> ClaimResult:
    """The result without the lines of the file at which the claim stands."""
    return replace(result, findings=tuple(replace(each, source=None) for each in result.findings))


@pytest.fixture(scope="module")
def checkers() -> Iterator[dict[Engine, Checker]]:
    """Each engine with the limits that hold by default, in seconds of the processor.

    A machine that is busy with other things changes nothing then.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(limits, "time", SimpleNamespace(monotonic=time.process_time))
        yield {engine: Checker(engine=engine) for engine in ENGINES}


@pytest.fixture(scope="module")
def small(checkers: dict[Engine, Checker]) -> Callable[[Path], list[ClaimResult]]:
    """What the reference engine says of the claims of a file."""

    def judge(file: Path) -> list[ClaimResult]:
        judged = checkers["reference"].check_readings(read_claims(file))
        return [without_places(result) for _, result in judged if result is not None]

    return judge


def test_there_are_ten() -> None:
    assert len({each.kind for each in INPUTS}) >= 10


@pytest.mark.parametrize("each", INPUTS, ids=lambda each: each.kind)
def test_each_claim_is_checked_or_named(
    each: ManyLines,
    checkers: dict[Engine, Checker],
    small: Callable[[Path], list[ClaimResult]],
    tmp_path: Path,
) -> None:
    file, alone = tmp_path / f"claims{each.suffix}", tmp_path / f"alone{each.suffix}"
    file.write_text(each.content)
    alone.write_text(each.alone)
    expected = dict(zip(GOOD, small(alone), strict=True))
    said: list[ClaimResult] = []
    for engine in ENGINES:
        judged: list[JudgedReading] = list(checkers[engine].check_readings(read_claims(file)))
        results = {
            result.claim: without_places(result) for _, result in judged if result is not None
        }
        rejected = [reading for reading, _ in judged if isinstance(reading, RejectedClaim)]
        assert len(results) + sum(reading.claims for reading in rejected) == 3
        assert {number: results.get(number) for number in GOOD} == expected, engine
        if engine == "reference" and each.refused:
            (named,) = rejected
            assert named.claim_id == LARGE
            assert "are too many for the reference engine" in named.reason
        else:
            said.append(results[LARGE])
    assert all(result == said[0] for result in said)
    if each.findings is not None:
        rule, times = each.findings
        assert sum(finding.rule == rule for finding in said[0].findings) == times


def test_figures(record_property: Callable[[str, object], None]) -> None:
    refused = sum(each.refused for each in INPUTS)
    record_property(
        SUMMARY,
        f"claims of many lines: {len(INPUTS) * len(ENGINES) - refused} checked, {refused} refused"
        " by the reference engine, 0 lost, 0 neighbors with another result",
    )
