"""How large a claim each engine evaluates, and for how long, so that none holds up the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claimshapes.claims.claim import ClaimJson
from claimshapes.errors import InputError

TIME_LIMIT = 60.0
"""Seconds for a claim, where no other limit is given."""

_LARGE = 60 * 60
"""Pairs of lines from which a claim is the set engine's, where the engine is left open."""

_LARGEST_ALONE = 250 * 250
"""Pairs of lines that the reference engine takes; some of its queries go through all of them."""

_PAIRS_TOGETHER = 5_000_000
"""Pairs of lines that the set engine takes at once: memory for a claim of 999 lines five times."""

_SECONDS_MORE = 0.02
"""Seconds that each claim of a batch adds to the time limit."""


class LimitError(InputError):
    """A claim cannot be checked within the limits; says which."""


class TimeLimitReached(Exception):
    """The time for a claim, or a batch of them, is over."""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A claim that was not checked, in place of a result.

    Attributes:
        reason: the limit that it exceeds.
    """

    reason: str


class Clock:
    """Says when the time is over.

    Args:
        seconds: how much time there is.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def look(self) -> None:
        """Looks whether there is time left.

        Raises:
            TimeLimitReached: there is none.
        """
        if time.monotonic() > self._end:
            raise TimeLimitReached


def pairs(claim: ClaimJson) -> int:
    """About how many pairs of parts some rules go through."""
    lines = len(claim["item"])
    return lines * (lines + len(claim.get("history", ())) + len(claim.get("documentation", ())))


def is_large(claim: ClaimJson) -> bool:
    """Whether the set engine takes less time for it than it takes to start."""
    return pairs(claim) > _LARGE


def refuse_too_large(claim: ClaimJson) -> None:
    """Refuses a claim that the reference engine would need minutes for.

    Raises:
        LimitError: it is too large.
    """
    if pairs(claim) > _LARGEST_ALONE:
        raise LimitError(
            f"not checked: {len(claim['item']):,} lines are too many for the reference engine;"
            " the set engine takes them (--engine auto)"
        )


def out_of_time(claim: ClaimJson, seconds: float) -> str:
    """Why a claim was not checked."""
    return (
        f"not checked: it took longer than {seconds:g} s ({len(claim['item']):,} lines);"
        " --time-limit gives more"
    )


def time_for(claims: Sequence[ClaimJson], seconds: float) -> float:
    """Seconds for several claims together."""
    return seconds + _SECONDS_MORE * (len(claims) - 1)


def portions(claims: Sequence[ClaimJson]) -> Iterator[Sequence[ClaimJson]]:
    """Claims in portions that are evaluated together, in their order."""
    start = total = 0
    for place, claim in enumerate(claims):
        weight = pairs(claim)
        if total + weight > _PAIRS_TOGETHER and place > start:
            yield claims[start:place]
            start, total = place, 0
        total += weight
    if start < len(claims):
        yield claims[start:] if start else claims
