"""Claim numbers of a file: found again wherever they are kept, with the place they stood first."""

from __future__ import annotations

import gc
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from claimshapes.claims import format_check as admissions
from claimshapes.claims.claim import ClaimReading, RejectedClaim
from claimshapes.claims.claim_numbers import ClaimNumbers
from claimshapes.errors import InputError
from tests.claims.conftest import WHOLE_CLAIM

Read = Callable[..., list[ClaimReading]]


def test_numbers_are_found_before_and_after_they_went_to_the_disk() -> None:
    numbers = ClaimNumbers(in_memory=3)
    for line in range(1, 11):
        assert numbers.add(f"C-{line}", line) is None
        assert [numbers.add(f"C-{before}", 99) for before in range(1, line + 1)] == list(
            range(1, line + 1)
        )


def test_nothing_stays_in_memory_once_numbers_are_on_the_disk() -> None:
    numbers = ClaimNumbers(in_memory=3)
    for line in range(1, 4):
        numbers.add(f"C-{line}", line)
    assert len(numbers._few) == 3
    assert numbers._many is None
    for line in range(4, 1000):
        numbers.add(f"C-{line}", line)
        assert not numbers._few


@pytest.mark.parametrize("in_memory", [0, 100])
def test_numbers_that_are_alike_are_not_the_same(in_memory: int) -> None:
    numbers = ClaimNumbers(in_memory)
    alike = ["1", "01", "1.0", "1 ", "a", "A", "\u00e9", "e\u0301", "x\0", "x\0y", "\ud800", "?"]
    assert [numbers.add(text, place) for place, text in enumerate(alike)] == [None] * len(alike)
    assert [numbers.add(text, "") for text in alike] == list(range(len(alike)))


@pytest.mark.parametrize("in_memory", [0, 100])
def test_a_place_comes_back_as_it_was(in_memory: int) -> None:
    numbers = ClaimNumbers(in_memory)
    places: list[int | str] = [7, "/entry/3/resource", "claim 7", "7", "caf\udce9.ttl", 1 << 40]
    for place in places:
        numbers.add(f"at {place!r}", place)
    assert [numbers.add(f"at {place!r}", 1) for place in places] == places


def test_a_reader_names_the_line_of_a_number_that_is_on_the_disk(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "ClaimNumbers", lambda: ClaimNumbers(in_memory=2))
    order = [1, 2, 1, 3, 4, 1, 4]
    readings = read("\n".join(json.dumps({**WHOLE_CLAIM, "id": f"C-{n}"}) for n in order))
    rejected = {
        reading.origin.line: reading.reason
        for reading in readings
        if isinstance(reading, RejectedClaim)
    }
    assert rejected == {
        3: "the claim on line 1 has the same number",
        6: "the claim on line 1 has the same number",
        7: "the claim on line 5 has the same number",
    }


def test_a_full_disk_is_told() -> None:
    numbers = ClaimNumbers(in_memory=0)
    numbers.add("C-0", 1)
    assert numbers._many is not None
    numbers._many.execute("PRAGMA max_page_count = 3")
    with pytest.raises(InputError, match=r"temporary folder \(database or disk is full\)"):
        for line in range(1, 1000):
            numbers.add(f"{'C' * 100}-{line}", line)


def test_the_database_goes_away_with_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[sqlite3.Connection] = []

    class Remembered(sqlite3.Connection):
        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            opened.append(self)

    monkeypatch.setattr(sqlite3, "connect", Remembered)
    numbers = ClaimNumbers(in_memory=0)
    numbers.add("C-1", 1)
    del numbers
    gc.collect()
    (connection,) = opened
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
