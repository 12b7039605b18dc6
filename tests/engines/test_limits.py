"""Large claims take seconds, and one that takes too long does not hold up the others."""

from __future__ import annotations

import time
from typing import Any

import duckdb
import pytest

from claimshapes.checking import checker as checking
from claimshapes.checking.checker import Checker, Engine
from claimshapes.claims.claim import ClaimRecord, Origin, RejectedClaim
from claimshapes.engines import limits
from claimshapes.engines.batch import engine as set_engine
from claimshapes.engines.batch.engine import SetEngine
from claimshapes.engines.limits import LimitError, portions
from claimshapes.errors import KnowledgeError

SECONDS = 60
"""For a claim on a slow machine; without limits some of these took minutes."""


def claim(lines: int, number: str = "C-1", **more: Any) -> dict[str, Any]:
    line = {"procedure": "99213", "serviced": "2026-05-04", "quantity": 1, "charge": "92.00"}
    return {
        "id": number,
        "payer": "commercial",
        "patient": {"birthDate": "1962-08-08", "sex": "male"},
        "billingProvider": {"npi": "1234567893"},
        "placeOfService": "11",
        "diagnosis": [{"sequence": 1, "code": "M54.6"}, {"sequence": 2, "code": "M51.24"}],
        "item": [
            {"sequence": place, "diagnosisSequence": [1, 2]} | line | more
            for place in range(1, lines + 1)
        ],
    }


def records(*claims: dict[str, Any]) -> list[ClaimRecord]:
    return [ClaimRecord(each, Origin("claims", line)) for line, each in enumerate(claims, 1)]


@pytest.fixture(scope="module")
def auto() -> Checker:
    return Checker()


@pytest.mark.parametrize("lines", [100, 200, 999])
def test_many_equal_lines_take_seconds(auto: Checker, lines: int) -> None:
    start = time.monotonic()
    result = auto.check_one(claim(lines))
    assert time.monotonic() - start < SECONDS
    assert sum(finding.rule == "CLM-DUP" for finding in result.findings) == lines - 1


def test_engines_agree_on_a_large_claim(auto: Checker) -> None:
    large = claim(61)
    assert auto.check_one(large) == Checker(engine="reference").check_one(large)


def test_the_reference_engine_refuses_what_it_would_need_minutes_for() -> None:
    checker = Checker(engine="reference")
    with pytest.raises(LimitError, match="999 lines are too many for the reference engine"):
        checker.check_one(claim(999))
    (first, none), (_, some) = checker.check_readings(records(claim(999), claim(1, "C-2")))
    assert isinstance(first, RejectedClaim)
    assert (first.claim_id, first.origin.line, none) == ("C-1", 1, None)
    assert some is not None


@pytest.mark.parametrize("engine", ["set", "reference"])
def test_a_claim_that_takes_too_long_is_named(engine: Engine) -> None:
    select = ["CLM-DUP", "DX-EXCL1"]
    checker = Checker(engine=engine, select=select)
    given = records(claim(1, "C-1"), claim(240, "C-2"), claim(2, "C-3"))
    expected = [result for _, result in checker.check_readings(given)]
    checker._judge._time_limit = 0.0001
    for reading, result in checker.check_readings(given):
        assert isinstance(reading, RejectedClaim)
        assert reading.reason.startswith("not checked: it took longer than 0.0001 s")
        assert result is None
    checker._judge._time_limit = 60
    assert [result for _, result in checker.check_readings(given)] == expected


def test_what_is_broken_off_leaves_nothing_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    checker = Checker(engine="set", select=["CLM-DUP", "DX-EXCL1"])
    alone = checker.check_one(claim(1, "C-9"))
    looks = 0
    original = limits.Clock.look

    def look(self: limits.Clock) -> None:
        nonlocal looks
        looks += 1
        if looks == 12:
            raise limits.TimeLimitReached
        original(self)

    for _ in range(3):
        looks = 0
        with monkeypatch.context() as patched:
            patched.setattr(limits.Clock, "look", look)
            with pytest.raises(LimitError):
                checker.check_one(claim(30, "C-1"))
        assert checker.check_one(claim(1, "C-9")) == alone


def test_what_ends_after_its_time_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that was broken off and said nothing of it would find nothing."""
    checker = Checker(engine="set", select=["CLM-DUP"])

    def late(self: SetEngine, *_: object) -> None:
        self._clock._end = 0

    monkeypatch.setattr(SetEngine, "_add_dates", late)
    ((reading, result),) = checker.check_readings(records(claim(2)))
    assert isinstance(reading, RejectedClaim) and result is None


def test_portions_are_all_the_claims_in_their_order() -> None:
    claims = [claim(lines, str(place)) for place, lines in enumerate([1, 999, 999, 999] * 4)]
    parts = list(portions(claims))
    assert [each for part in parts for each in part] == claims
    assert len(parts) > 1
    assert all(sum(map(limits.pairs, part)) <= 5_000_000 for part in parts)
    assert list(portions([])) == []


def test_a_batch_that_takes_more_memory_is_given_it(monkeypatch: pytest.MonkeyPatch) -> None:
    derive, limits_seen = SetEngine._derive, []

    def fails_once(engine: SetEngine) -> None:
        limits_seen.append(engine._rows("SELECT current_setting('memory_limit')"))
        if len(limits_seen) == 1:
            raise duckdb.OutOfMemoryException
        derive(engine)

    monkeypatch.setattr(SetEngine, "_derive", fails_once)
    (result,) = Checker(select=["CLM-DUP"], engine="set").check([claim(2)])
    assert len(result.findings) == 1
    first, second = limits_seen
    assert first != second


def test_a_batch_that_takes_more_memory_is_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    derive, sizes = SetEngine._derive, []

    def fails_with_many(engine: SetEngine) -> None:
        sizes.append(engine._rows("SELECT count(*) FROM batch")[0][0])
        if sizes[-1] > 2:
            raise duckdb.OutOfMemoryException
        derive(engine)

    monkeypatch.setattr(SetEngine, "_derive", fails_with_many)
    monkeypatch.setattr(set_engine, "_FEWEST", 1)
    given = [claim(2, f"C-{number}") for number in range(5)]
    found = [result.claim for result in Checker(select=["CLM-DUP"], engine="set").check(given)]
    assert found == [f"C-{number}" for number in range(5)]
    assert sizes == [5, 2, 3, 1, 2]


@pytest.mark.parametrize(
    "error", [KnowledgeError("no room"), OSError(28, "No room"), duckdb.Error()]
)
def test_without_the_set_engine_claims_are_checked_one_by_one(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tries = 0

    def fails(*_: object, **__: object) -> None:
        nonlocal tries
        tries += 1
        raise error

    monkeypatch.setattr(SetEngine, "__init__", fails)
    monkeypatch.setattr(checking, "_ALONE", 2)
    checker = Checker(select=["CLM-DUP"])
    assert checker.fallback is None
    results = list(checker.check(claim(2, f"C-{number}") for number in range(5)))
    assert [len(result.findings) for result in results] == [1] * 5
    assert checker.fallback is not None
    assert tries == 1
    assert checker.check_one(claim(61)).findings
