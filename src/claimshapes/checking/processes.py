"""Claims checked in several processes, each with a checker of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from claimshapes.checking.claim_judge import ClaimJudge, JudgedReading, claims_of
from claimshapes.checking.cycles import uncollected
from claimshapes.claims.claim import ClaimReading


def judged_in_processes(
    readings: Iterator[ClaimReading],
    judge: ClaimJudge,
    *,
    jobs: int,
    size: int,
    make: Callable[..., Any],
    settings: Mapping[str, Any],
) -> Iterator[list[JudgedReading]]:
    """Judges what a reader gives in processes; in none, where it is less than one takes at once.

    Args:
        readings: what a reader gives.
        judge: checks claims in this process; is told which rules the set engine left elsewhere.
        jobs: how many processes there are at most.
        size: how many readings a process checks together.
        make: makes the checker of each process; found by its name there.
        settings: its keyword arguments.
    """
    from claimshapes.checking.workers import Workers

    batches = _batches(readings, size)
    first = next(batches, [])
    if len(first) < size:
        # A process would take longer to start.
        if first:
            with uncollected():
                judged = judge.readings(first)
            yield judged
        return
    with Workers(jobs, make, settings) as workers:
        given = ((batch, claims_of(batch)) for batch in chain([first], batches))
        for batch, results in workers.judge(given):
            yield judge.side_by_side(batch, results)
        judge.uncompiled.update(workers.uncompiled)


def _batches(readings: Iterator[ClaimReading], size: int) -> Iterator[list[ClaimReading]]:
    while True:
        with uncollected():
            batch = list(islice(readings, size))
        if not batch:
            return
        yield batch
        # It may be given back before the next one is read.
        del batch
