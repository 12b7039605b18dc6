"""Inputs that lost or mixed up claims, and their neighbors, by every way that claims come in."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from claimshapes import Checker, ClaimRecord, RejectedClaim, read_claims
from claimshapes.cli import program
from claimshapes.serve.app import Service, make_app
from claimshapes.serve.limits import ServeLimits
from claimshapes.serve.look_up import LookUp
from claimshapes.serve.processes import CheckingProcesses
from tests.claims.test_cases import CASES, HOSTILE
from tests.cli.conftest import ONLY
from tests.conftest import SUMMARY
from tests.hostile import CANARY, Hostile, hostile

RULES = ONLY[1].split(",")
SUFFIX_TYPES = {
    ".837": "application/x12",
    ".csv": "text/csv",
    ".json": "application/json",
    ".ttl": "text/turtle",
    ".jsonld": "application/ld+json",
}


def cases() -> list[Hostile]:
    """Those that were seen first; a table with columns of its own cannot be posted."""
    return [
        Hostile(
            name,
            Path(name).suffix,
            (CASES / name).read_bytes(),
            len(rejected),
            tuple(str(number) for number in range(read)),
            SUFFIX_TYPES[Path(name).suffix],
        )
        for name, columns, read, rejected in HOSTILE
        if columns is None and rejected
    ]


NEIGHBORS = hostile()
INPUTS = [*NEIGHBORS, *cases()]


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(engine="reference", select=RULES)


@pytest.fixture(scope="module")
def client(checker: Checker) -> Iterator[TestClient]:
    limits = ServeLimits(deadline=60)
    settings = {"engine": "reference", "select": RULES}
    processes = CheckingProcesses(1, settings, deadline=limits.deadline, queue=limits.queue)
    service = Service(processes, LookUp(checker.book, checker.knowledge), limits)
    with TestClient(make_app(service)) as opened:
        end = time.monotonic() + 120
        while opened.get("/ready").status_code != 200 and time.monotonic() < end:
            time.sleep(0.1)
        yield opened


@pytest.fixture
def file(tmp_path: Path, each: Hostile) -> Path:
    made = tmp_path / f"claims{each.suffix}"
    made.write_bytes(each.content)
    return made


def test_there_are_ten_of_each_kind() -> None:
    kinds = [each.kind.partition(":")[0] for each in NEIGHBORS]
    assert all(kinds.count(kind) >= 10 for kind in set(kinds))


@pytest.mark.parametrize("each", INPUTS, ids=lambda each: each.kind)
def test_in_a_program(each: Hostile, file: Path, checker: Checker) -> None:
    judged = list(checker.check_readings(read_claims(file)))
    results = [result for _, result in judged if result is not None]
    rejected = [reading for reading, _ in judged if isinstance(reading, RejectedClaim)]
    assert len(results) == len(each.good)
    if each not in NEIGHBORS:
        return
    assert tuple(result.claim for result in results) == each.good
    assert sum(reading.claims for reading in rejected) == each.rejected
    for reading, _ in judged:
        if isinstance(reading, ClaimRecord):
            assert CANARY not in json.dumps(reading.claim, default=str)


@pytest.mark.parametrize("each", INPUTS, ids=lambda each: each.kind)
def test_over_http(each: Hostile, client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.post(
            "/check", content=each.content, headers={"Content-Type": each.media_type}
        )
    assert answer.status_code == (200 if each.good else 422)
    report = answer.json()
    summary = report["summary"]
    assert (summary["checked"], summary["rejected"]) == (len(each.good), each.rejected)
    assert summary["read"] == len(each.good) + each.rejected
    assert report["rejected"]
    assert CANARY not in caplog.text
    assert CANARY not in json.dumps([said["reason"] for said in report["rejected"]])


@pytest.mark.parametrize("each", INPUTS, ids=lambda each: each.kind)
def test_on_the_command_line(each: Hostile, file: Path) -> None:
    result = CliRunner().invoke(program, ["convert", str(file), "--to", "ndjson"])
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == len(each.good)
    assert "Traceback" not in result.stderr
    reasons = [line.partition(": ")[2] for line in result.stderr.splitlines()]
    assert reasons and not any(CANARY in reason for reason in reasons)


def test_figures(record_property: Callable[[str, object], None]) -> None:
    record_property(
        SUMMARY,
        f"hostile inputs: {len(INPUTS)}, by a program, HTTP and the command line: 0 lost, 0 leaked",
    )
