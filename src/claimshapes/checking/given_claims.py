"""Claims that a program gives, as the records that readers make of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claimshapes.claims.claim import ClaimJson, ClaimReading, ClaimRecord
from claimshapes.claims.claim_numbers import ClaimNumbers
from claimshapes.errors import InputError


def records(claims: Iterable[ClaimJson | ClaimRecord]) -> Iterator[ClaimRecord]:
    """The records of claims in memory.

    Raises:
        InputError: one has not the claim format, or the number of another; ``index`` says which.
    """
    numbers = ClaimNumbers()
    for index, claim in enumerate(claims):
        made = record_of(claim, index)
        # Readers have looked already, by what their formats allow.
        if made is not claim:
            first = numbers.add(made.claim["id"], index)
            if first is not None:
                reason = f"the claim at index {first} has the same number"
                raise InputError(reason, pointer="/id", index=index)
        yield made


def record_of(claim: ClaimJson | ClaimRecord, index: int | None = None) -> ClaimRecord:
    """The record of one claim.

    Raises:
        InputError: it has not the claim format; names the field.
    """
    if isinstance(claim, ClaimRecord):
        return claim
    from claimshapes.claims.readers import read_claim_objects

    reading = next(iter(read_claim_objects([claim])))
    if isinstance(reading, ClaimRecord):
        return reading
    raise InputError(reading.reason, pointer=reading.origin.pointer, index=index)


def usable(readings: Iterable[ClaimReading]) -> Iterator[ClaimRecord]:
    """What a reader gives, as long as nothing is wrong with it.

    Raises:
        InputError: something is; names the place.
    """
    for reading in readings:
        if not isinstance(reading, ClaimRecord):
            raise InputError(
                reading.reason,
                file=reading.origin.file,
                line=reading.origin.line,
                pointer=reading.origin.pointer,
            )
        yield reading
