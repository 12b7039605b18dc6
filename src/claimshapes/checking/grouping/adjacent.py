"""Brings together claims that follow each other, holding one group at a time in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import cast

from claimshapes.checking.grouping.history import Extract, additions
from claimshapes.claims.claim import ClaimReading, ClaimRecord
from claimshapes.errors import InputError


def follow(
    readings: Iterable[ClaimReading],
    extract_of: Callable[[ClaimRecord, int], tuple[str, Extract] | None],
    look_back: timedelta,
) -> Iterator[ClaimReading]:
    """Gives claims their history where those of a group follow each other.

    Args:
        readings: the input.
        extract_of: a claim's group and what others need of it; none where it belongs to none.
        look_back: how long before a claim's first service those of the others may have been.

    Yields:
        What was read, in the same order.

    Raises:
        InputError: a group comes a second time; names where.
    """
    held: list[ClaimReading] = []
    extracts: list[Extract] = []
    current: str | None = None
    # Only the hashes of the groups, since there may be millions.
    ended: set[int] = set()
    start = 0
    for number, reading in enumerate(readings):
        if not isinstance(reading, ClaimRecord):
            held.append(reading)
            continue
        found = extract_of(reading, number)
        if found is None or found[0] != current:
            yield from _ended(held, extracts, start, look_back)
            held, extracts, start = [], [], number
            current = None if found is None else found[0]
            if current is not None:
                if hash(current) in ended:
                    raise InputError(
                        "the claims of a patient do not follow each other; leave --grouped out",
                        file=reading.origin.file,
                        line=reading.origin.line,
                        pointer=reading.origin.pointer,
                    )
                ended.add(hash(current))
        if found is not None:
            extracts.append(found[1])
        held.append(reading)
    yield from _ended(held, extracts, start, look_back)


def _ended(
    held: list[ClaimReading], extracts: list[Extract], start: int, look_back: timedelta
) -> Iterator[ClaimReading]:
    if len(extracts) > 1:
        order = sorted(extracts, key=lambda claim: (claim.first, claim.number))
        for addition in additions(order, look_back):
            place = addition.number - start
            held[place] = addition.to_record(cast(ClaimRecord, held[place]))
    yield from held
