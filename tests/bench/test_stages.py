"""The clock that says where the time goes."""

from __future__ import annotations

from importlib import import_module

import pytest
from bench import stages


def test_a_stage_does_not_count_what_another_takes_within_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = iter([0.0, 1.0, 3.0, 7.0, 15.0])
    monkeypatch.setattr("bench.stages.time.process_time", lambda: next(now))
    clock = stages.Clock()
    with clock.stage("outer"), clock.stage("inner"):
        pass
    assert dict(clock.seconds) == {"outer": 2.0 + 8.0, "inner": 4.0}


def test_getting_an_item_is_the_stages_and_using_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr("bench.stages.time.process_time", lambda: float(next(ticks)))
    clock = stages.Clock()
    got = []
    for item in clock.each("read", iter("ab")):
        with clock.stage("use"):
            got.append(item)
    assert got == ["a", "b"]
    assert dict(clock.seconds) == {"read": 3.0, "use": 2.0}


@pytest.mark.parametrize("stage", stages.STAGES, ids=lambda stage: stage[0])
def test_every_stage_is_a_function_that_is_there(stage: tuple[str, str, str]) -> None:
    _, module, function = stage
    found = import_module(module)
    for part in function.split("."):
        found = getattr(found, part)
    assert callable(found)
