"""Claims in X12 837 (005010X222A1, 005010X223A2), one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from claimshapes.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.errors import InputError
from claimshapes.read.admission import Admission
from claimshapes.read.claim_schema import ClaimFault, shown_name
from claimshapes.read.terms import format_terms
from claimshapes.read.x12_claim import (
    ClaimLoop,
    Header,
    Unreadable,
    begin_claim,
    claim_json,
    documentation_fact,
    place,
    take_claim,
    take_header,
)
from claimshapes.read.x12_segments import EnvelopeFault, Segment, read_segments

CLAIM_SEGMENTS = 20_000
"""The most segments that one claim may have; 999 lines, the most of the guides, have fewer."""


def read_x12(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads the claims of an X12 file, in memory for one claim at a time.

    A claim's origin has the line of its CLM segment and, as pointer, ``segment`` with its number
    in the file, since many files have one line. The same claim number may come again.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file is not X12, or holds no transaction set.
    """
    collector = _Collector(file)
    for part in read_segments(stream, file):
        if isinstance(part, EnvelopeFault):
            yield from collector.envelope_fault(part)
        else:
            yield from collector.take(part)
    if not collector.transactions:
        raise InputError("holds no transaction set (ST)", file=file)


class _Collector:
    """Follows the segments and gives a claim when its last segment has come."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._admission = Admission(repeats=True, forgiven=_is_missing_birth_date)
        self._terms = format_terms()
        self._header = Header()
        self._claim: ClaimLoop | None = None
        self._is_claim_set = False
        self.transactions = 0

    def take(self, segment: Segment) -> Iterator[ClaimReading]:
        """Takes the next segment up; gives the claim that it ends."""
        match segment.id:
            case "ST":
                yield from self._close()
                yield from self._begin_transaction(segment)
            case "HL" | "SE" | "GE" | "IEA":
                yield from self._close()
                if segment.id == "HL":
                    self._header.begin_level(segment.value(3))
            case "CLM" if self._is_claim_set:
                yield from self._close()
                self._claim = begin_claim(segment, self._origin(segment.number, segment.line))
                self._take_claim(self._claim, segment)
            case _ if not self._is_claim_set:
                return
            case _ if self._claim is None:
                _guard(self._header, take_header, segment)
            case _:
                self._take_claim(self._claim, segment)

    def envelope_fault(self, fault: EnvelopeFault) -> Iterator[RejectedClaim]:
        """Says that the claim at hand, or some of the envelope's, may not be whole."""
        if self._claim is None:
            yield RejectedClaim(self._origin(fault.number, fault.line), fault.reason)
            return
        claim, self._claim = self._claim, None
        number = shown_name(claim.number) or None
        yield RejectedClaim(claim.origin, f"may not be whole: {fault.reason}", number)

    def _begin_transaction(self, segment: Segment) -> Iterator[RejectedClaim]:
        self.transactions += 1
        self._header = Header()
        self._is_claim_set = segment.value(1) == "837"
        if not self._is_claim_set:
            reason = f"transaction set {shown_name(segment.value(1))} is not read; only 837 is"
            yield RejectedClaim(self._origin(segment.number, segment.line), reason)

    def _take_claim(self, claim: ClaimLoop, segment: Segment) -> None:
        claim.segments += 1
        if claim.segments > CLAIM_SEGMENTS:
            claim.faults.setdefault("", f"a claim must not have over {CLAIM_SEGMENTS:,} segments")
            return
        if not _guard(claim, take_claim, segment) and not claim.within_other_loop:
            facts = claim.lines[-1].facts if claim.lines else claim.facts
            loop = "2400" if claim.lines else "2300"
            fact = documentation_fact(segment, self._terms)
            if fact is not None:
                facts.append((fact, place(loop, segment)))

    def _close(self) -> Iterator[ClaimReading]:
        if self._claim is None:
            return
        claim, self._claim = self._claim, None
        faults = [*claim.faults.values(), *self._header.faults.values()]
        if not faults and not claim.lines:
            faults = ["the claim has no service line (SV1 or SV2)"]
        if not faults and len({line.service for line in claim.lines if line.service}) > 1:
            faults = ["the claim has professional (SV1) and institutional (SV2) lines"]
        if faults:
            yield RejectedClaim(claim.origin, faults[0], shown_name(claim.number) or None)
            return
        content, places = claim_json(self._header, claim, self._terms)
        yield self._admission.admit(content, claim.origin, places)

    def _origin(self, number: int, line: int) -> Origin:
        return Origin(self._file, line, f"segment {number}")


def _is_missing_birth_date(fault: ClaimFault) -> bool:
    """Files leave DMG out, though the guide requires it of a subscriber who is the patient."""
    return fault.pointer == "/patient/birthDate" and "missing" in fault.reason


def _guard(holder: Any, take: Any, segment: Segment) -> bool:
    """Lets a segment be taken up; keeps the first fault of each kind, with the place it is in.

    Returns:
        Whether the segment was one that became a field.
    """
    try:
        return bool(take(holder, segment))
    except Unreadable as error:
        holder.faults.setdefault(segment.id, f"{error} (segment {segment.number})")
        return True
