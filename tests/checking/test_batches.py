"""Batches of claims: one is given back before the next is read, so that memory stays whole."""

import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from claimshapes.checking import checker as checking
from claimshapes.checking.checker import Checker
from claimshapes.checking.claim_judge import ClaimJudge
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimJson, ClaimRecord, Origin


class Claim(dict[str, Any]):
    """A claim of which one can see whether it is still held."""


def test_a_batch_is_given_back_before_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(_: ClaimJudge, claims: Sequence[ClaimJson]) -> list[ClaimResult]:
        return [ClaimResult(str(claim["id"]), (), (), 1) for claim in claims]

    monkeypatch.setattr(checking, "BATCH", 3)
    monkeypatch.setattr(ClaimJudge, "together", judge)
    made: list[weakref.ref[Claim]] = []

    def readings() -> Iterator[ClaimRecord]:
        for number in range(9):
            if number % 3 == 0:
                # ``enumerate`` holds the last that it gave.
                assert sum(claim() is not None for claim in made) <= 1
            claim = Claim(id=f"C-{number}", payer="commercial", item=[])
            made.append(weakref.ref(claim))
            record = ClaimRecord(claim, Origin("claims", number))
            del claim
            yield record
            del record

    batches = Checker(engine="set").check_batches(readings())
    sizes = []
    for batch in batches:
        sizes.append(len(batch))
        del batch
    assert sizes == [3, 3, 3]
