"""Lets a claim in when it has the claim format, whatever file format it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim, place_of
from claimshapes.claims.claim_numbers import ClaimNumbers, Place
from claimshapes.claims.quick_check import is_surely_claim
from claimshapes.claims.schema import ClaimFault, shown_name

JSON_LD_CONTEXT_KEY = "@context"
_MOST_TOLD = 50
_NO_PLACES: Mapping[str, str] = {}


class Admission:
    """Judges the claims of one file; it remembers their numbers, which must not repeat.

    Args:
        repeats: whether a claim number may stand more than once, as in X12, where the number
            only has to be unique to the provider who sends it.
        forgiven: says of a fault that this file format may not always avoid it.
    """

    def __init__(
        self,
        *,
        repeats: bool = False,
        forgiven: Callable[[ClaimFault], bool] | None = None,
    ) -> None:
        self._forgiven = forgiven
        self._numbers = None if repeats else ClaimNumbers()

    def admit(
        self,
        claim: Any,
        origin: Origin,
        places: Mapping[str, str] | None = None,
        payer_names: tuple[str, ...] = (),
    ) -> ClaimReading:
        """The claim, or what is wrong with it.

        Args:
            claim: what should be a claim.
            origin: where it stood.
            places: where its parts stood, as ``ClaimRecord`` has them.
            payer_names: the payer's id and names, as ``ClaimRecord`` has them.
        """
        if not is_surely_claim(claim):
            # Imported here: it takes longer than the check of a claim.
            from claimshapes.claims.format_faults import claim_faults

            faults = claim_faults(claim)
            if self._forgiven is not None:
                faults = [fault for fault in faults if not self._forgiven(fault)]
            if faults:
                return reject(faults, origin, claim, places)
        return self.admit_valid(claim, origin, places, payer_names)

    def admit_valid(
        self,
        claim: dict[str, Any],
        origin: Origin,
        places: Mapping[str, str] | None = None,
        payer_names: tuple[str, ...] = (),
    ) -> ClaimReading:
        """Likewise of a claim that is known to have the claim format."""
        if self._numbers is not None:
            place = origin.pointer or origin.line or origin.file
            first = self._numbers.add(claim["id"], place)
            if first is not None:
                return reject_repeated(claim, origin, first, places)
        if JSON_LD_CONTEXT_KEY in claim:
            claim = {name: value for name, value in claim.items() if name != JSON_LD_CONTEXT_KEY}
        return ClaimRecord(claim, origin, places or _NO_PLACES, payer_names)


def reject_repeated(
    claim: Any, origin: Origin, first: Place, places: Mapping[str, str] | None = None
) -> RejectedClaim:
    """Rejects a claim whose number its file has already had, at the place that is given first."""
    reason = f"the claim {_shown(first)} has the same number"
    return reject([ClaimFault("/id", reason)], origin, claim, places)


def reject(
    faults: list[ClaimFault],
    origin: Origin,
    claim: Any = None,
    places: Mapping[str, str] | None = None,
) -> RejectedClaim:
    """Says what is wrong with a claim and where; the origin points at the first fault.

    Args:
        faults: what is wrong, at least one fault.
        origin: where the claim stood.
        claim: the claim, for its number.
        places: where its parts stood, as ``ClaimRecord`` has them.
    """
    first = faults[0]
    pointer = (origin.pointer or "") + first.pointer
    number = claim.get("id") if isinstance(claim, dict) else None
    reasons = [
        _placed(fault, places or {}, is_first=index == 0) for index, fault in enumerate(faults)
    ]
    return RejectedClaim(
        replace(origin, pointer=pointer or origin.pointer),
        all_told(reasons),
        shown_name(number) if isinstance(number, str) and number else None,
    )


def all_told(reasons: Sequence[str]) -> str:
    """The faults of one claim in one sentence, the first of them where there are many."""
    text = "; ".join(reasons[:_MOST_TOLD])
    more = len(reasons) - _MOST_TOLD
    return f"{text} (and {more:,} more in this claim)" if more > 0 else text


def _placed(fault: ClaimFault, places: Mapping[str, str], *, is_first: bool) -> str:
    place = place_of(places, fault.pointer)
    if place is not None:
        return f"{fault.reason} ({place})"
    # The first fault's pointer is the origin's.
    return fault.reason if is_first or not fault.pointer else f"{fault.reason} ({fault.pointer})"


def _shown(place: Place) -> str:
    if isinstance(place, int):
        return f"on line {place}"
    return f"at {place}" if place.startswith("/") else f"in {place}"
