"""The benchmark says of every number of claims that a contestant has not judged why."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from bench import run as benchmark
from bench.contestants import CONTESTANTS

FILES = {size: Path(f"{size}.ndjson") for size in (100, 1000, 100_000)}
BUDGET = 60


class Runs:
    """Stands for the contestants' processes: each claim takes them the same time."""

    def __init__(self, seconds: float, status: int | None = 0, errors: str = "") -> None:
        self.tried: list[int] = []
        self._seconds = seconds
        self._end = status
        self._errors = errors

    def __call__(self, command: list[str], budget: float) -> tuple[int | None, str, str]:
        size = int(Path(command[-1]).stem)
        self.tried.append(size)
        if size > 100 and self._end != 0:
            return self._end, "", self._errors
        whole = size * self._seconds
        answer = {"start": 1.0, "seconds": whole / 2, "whole": whole, "peak": 9.0, "said": "well"}
        return 0, json.dumps(answer), ""


def compete(monkeypatch: pytest.MonkeyPatch, runs: Runs) -> benchmark.Measured:
    monkeypatch.setattr(benchmark, "run", runs)
    return benchmark.compete(CONTESTANTS[0], FILES, BUDGET)


def test_all_numbers_are_tried_where_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    known = compete(monkeypatch, runs := Runs(0.001))
    assert runs.tried == [100, 1000, 100_000]
    assert known.rates == pytest.approx(dict.fromkeys(runs.tried, 2000))
    assert (known.notes, known.missing) == ("well", "")


def test_a_hopeless_number_is_not_tried_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = compete(monkeypatch, runs := Runs(0.01))
    assert runs.tried == [100, 1000]
    assert known.notes == "well"
    assert known.missing == (
        "100,000 claims not tried: 1,000 s at the pace of the number before, the budget is 60 s"
    )


@pytest.mark.parametrize(
    ("status", "errors", "missing"),
    [
        (-signal.SIGALRM, "", "1,000 claims not judged within 60 s"),
        (None, "", "1,000 claims not judged within 60 s"),
        (1, "Traceback\nMemoryError\n", "1,000 claims: MemoryError"),
        (-signal.SIGKILL, "", "1,000 claims: ended with status -9"),
    ],
)
def test_a_number_that_failed_is_named_beside_what_was_found(
    monkeypatch: pytest.MonkeyPatch, status: int | None, errors: str, missing: str
) -> None:
    known = compete(monkeypatch, Runs(0.001, status, errors))
    assert (list(known.rates), known.notes, known.missing) == ([100], "well", missing)
