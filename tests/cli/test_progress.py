"""How far a check has come, while the tables of the set engine are made on the way."""

import logging
import time

import pytest

from claimshapes.cli.progress import progress

MAKING = logging.getLogger("claimshapes.making")


def made(share: float) -> None:
    MAKING.info("made", extra={"share": share})


def test_making_the_tables_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(True) as shown:
        shown.begin(0)
        made(0.0)
        made(0.5)
        made(1.0)
    assert capsys.readouterr().err.splitlines() == ["making the tables of the set engine, once: 0%"]
    assert not MAKING.handlers
    assert not MAKING.isEnabledFor(logging.INFO)


def test_its_time_does_not_count(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with progress(True) as shown:
        shown.begin(0)
        made(0.0)
        now += 40
        made(0.6)
        now += 4
        made(1.0)
        now += 10
        shown.count(20, 3)
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == "making the tables of the set engine, once: 60%"
    assert lines[-1] == "20 claims, 3 findings, 2 claims/s"


def test_no_display_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(False):
        made(0.5)
    assert capsys.readouterr().err == ""
