"""Batches judged in several processes: what is said does not depend on how many there are."""

from __future__ import annotations

import copy
import os
import signal
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from claimshapes.checking import checker as checking
from claimshapes.checking.checker import Checker
from claimshapes.checking.claim_judge import JudgedReading
from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.errors import InputError, RuleError
from tests.checking.test_checker import a_claim
from tests.conftest import DAY
from tests.engines.batch.named_texts import named_texts
from tests.engines.batch.test_rules_of_authors import NOT_COMPILED, write_rules

PART = 20
SETTINGS: dict[str, Any] = {"engine": "set", "select": ["TH-GP", "DX-DATE", "MN-PAIR"]}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(checking, "BATCH", PART)
    yield
    assert not active_children()


def readings(number: int) -> Iterator[ClaimReading]:
    """Claims, every third with an expired code, every fifth with a record; some are rejected."""
    for place in range(number):
        origin = Origin("claims", place + 1)
        if place % 7 == 3:
            yield RejectedClaim(origin, "expected a claim")
            continue
        claim = copy.deepcopy(a_claim())
        claim["id"] = f"C-{place}"
        if place % 3 == 0:
            claim["diagnosis"][0]["code"] = "M54.5"
        if place % 5 == 0:
            claim["documentation"] = []
        yield ClaimRecord(claim, origin, {"": f"segment {place}"})


@pytest.mark.parametrize(("jobs", "number"), [(2, PART), (2, 5 * PART + 3), (3, 5 * PART)])
def test_results_are_those_of_one_process(jobs: int, number: int) -> None:
    alone = list(Checker(**SETTINGS).check_readings(readings(number)))
    beside = list(Checker(**SETTINGS, jobs=jobs).check_readings(readings(number)))
    assert beside == alone
    assert [reading.origin.line for reading, _ in beside] == list(range(1, number + 1))
    found = [finding for _, result in beside if result for finding in result.findings]
    assert {finding.rule for finding in found} == {"TH-GP", "DX-DATE"}
    assert all(finding.source for finding in found)


@pytest.mark.parametrize(
    "settings",
    [
        {"payer": "commercial"},
        {"documentation": False},
        {"strict": True},
        {"ignore": ["TH-GP"]},
    ],
)
def test_settings_reach_every_process(settings: dict[str, Any]) -> None:
    # Each process has the day of the machine.
    given = {"engine": "set", "sent_on": DAY, **settings}
    alone = list(Checker(**given).check_readings(readings(2 * PART)))
    assert list(Checker(**given, jobs=2).check_readings(readings(2 * PART))) == alone
    assert alone != list(Checker(engine="set", sent_on=DAY).check_readings(readings(2 * PART)))


def test_few_claims_start_no_process() -> None:
    checker = Checker(**SETTINGS, jobs=2)
    for _ in checker.check_readings(readings(PART - 1)):
        assert not active_children()


def test_what_a_process_leaves_to_the_reference_engine_is_named(tmp_path: Path) -> None:
    name = "word-characters"
    (rule,) = write_rules(tmp_path, {name: NOT_COMPILED[name][0]})
    checker = Checker(rules=[tmp_path], select=[rule], engine="set", jobs=2)
    found = [result for _, result in checker.check_readings(readings(2 * PART)) if result]
    assert any(result.findings for result in found)
    assert list(checker.uncompiled()) == [rule]


def test_a_faulty_rule_is_named_as_by_one_process(tmp_path: Path) -> None:
    faulty = named_texts("faulty-rules.txt")
    ids = write_rules(tmp_path, {"faulty": faulty["no list"]})
    said = []
    for jobs in (1, 2):
        with pytest.raises(RuleError) as raised:
            checker = Checker(rules=[tmp_path], select=ids, engine="set", jobs=jobs)
            list(checker.check_readings(readings(2 * PART)))
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_what_is_unforeseen_is_told_with_its_place() -> None:
    records = [ClaimRecord({"payer": "commercial"}, Origin("claims"))] * PART
    with pytest.raises(KeyError) as raised:
        list(Checker(**SETTINGS, jobs=2).check_readings(records))
    assert "judge_batch" in raised.value.__notes__[0]


def begun(jobs: int) -> Iterator[JudgedReading]:
    judged = Checker(**SETTINGS, jobs=jobs).check_readings(readings(6 * PART))
    next(judged)
    assert len(active_children()) == jobs
    return judged


def test_processes_end_where_nobody_wants_more() -> None:
    judged = begun(2)
    del judged
    assert not active_children()


def test_a_process_that_is_killed_is_told() -> None:
    judged = begun(2)
    for process in active_children():
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(InputError, match="ended with status -9; with fewer jobs"):
        list(judged)


def test_rules_of_a_book_cannot_be_sent() -> None:
    with pytest.raises(InputError, match="from folders"):
        Checker(book=Checker().book, jobs=2)
