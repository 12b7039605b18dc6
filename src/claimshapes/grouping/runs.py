"""Brings together claims that follow each other, holding one group at a time in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import cast

from claimshapes.claim import ClaimReading, ClaimRecord
from claimshapes.errors import InputError
from claimshapes.grouping.history import Extract, additions


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
    for reading in readings:
        if not isinstance(reading, ClaimRecord):
            held.append(reading)
            continue
        found = extract_of(reading, 0)
        if found is None or found[0] != current:
            yield from _ended(held, extracts, look_back)
            held, extracts = [], []
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
            extracts.append(replace(found[1], number=len(held)))
        held.append(reading)
    yield from _ended(held, extracts, look_back)


def _ended(
    held: list[ClaimReading], extracts: list[Extract], look_back: timedelta
) -> Iterator[ClaimReading]:
    if len(extracts) > 1:
        order = sorted(extracts, key=lambda claim: (claim.first, claim.number))
        for addition in additions(order, look_back):
            record = cast(ClaimRecord, held[addition.number])
            held[addition.number] = replace(record, claim=addition.to(record.claim))
    yield from held
