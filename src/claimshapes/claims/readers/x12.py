"""Claims in X12 837 (005010X222A1, 005010X223A2), one after another.

Each CLM segment, whole or damaged, becomes one claim that is read or one that is rejected.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.claims.format_check import Admission, all_told
from claimshapes.claims.readers.described_formats import x12_terms
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.readers.unread import unread_counts
from claimshapes.claims.readers.x12_claim import (
    ClaimLoop,
    Placed,
    Unreadable,
    begin_claim,
    created_day,
    is_torn,
    take_claim,
    take_level,
)
from claimshapes.claims.readers.x12_claim_json import claim_json, payer_names
from claimshapes.claims.readers.x12_envelopes import ENVELOPE_SEGMENTS, EnvelopeChange, Envelopes
from claimshapes.claims.readers.x12_fields import is_read, unread_codes
from claimshapes.claims.readers.x12_loops import (
    CLAIM_LOOP,
    LINE_LOOP,
    Hierarchy,
    Level,
    damaged_claim_number,
    damaged_element,
    has_too_many_elements,
    is_level,
    is_once,
    is_within,
    known_segments,
    level_shown_by,
    may_come_once,
    place_in_file,
    resembles_level,
    shown_segment,
    step,
)
from claimshapes.claims.readers.x12_segments import Segment, read_segments
from claimshapes.claims.schema import ClaimFault, shown_name
from claimshapes.errors import InputError
from claimshapes.knowledge.format_terms import format_terms

CLAIM_SEGMENTS = limit("CLAIM_SEGMENTS", 20_000)
"""The most segments that one claim may have; 999 lines, the most of the guides, have fewer."""

HELD_CLAIMS = limit("HELD_CLAIMS", 5_000)
"""Claims of a transaction set that wait for its trailer, as many as the guides recommend."""

_CLAIM = "CLM"


def read_x12(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads the claims of an X12 file, in memory for one transaction set at a time.

    A claim's origin has the line of its CLM segment and, as pointer, ``segment`` with its number
    in the file, since many files have one line. The same claim number may come again. A claim
    is handed on once the trailer of its transaction set has come, or ``HELD_CLAIMS`` further
    claims: if the trailer counts segments that did not come, and no fault tells where they are
    missing, all that wait are rejected. A fault of no claim is a rejection that counts none.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file is not X12, or holds no transaction set.
    """
    collector = _Collector(file)
    for segment in read_segments(stream, file):
        yield from collector.take(segment)
    yield from collector.end()


@dataclass(slots=True)
class _ClaimSet:
    """What is known of the 837 that is open.

    Attributes:
        held: readings that wait for its trailer.
        faults: how many places were told at which segments may be missing.
        created: the day of BHT04, and its place.
        fault: why none of its claims can be read.
    """

    held: deque[ClaimReading] = field(default_factory=deque)
    faults: int = 0
    created: Placed = ("", "")
    fault: str = ""


class _Collector:
    """Follows envelopes, levels and loops, and gives each claim once it is known to be whole."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._admission = Admission(repeats=True, forgiven=_is_missing_birth_date)
        self._terms = format_terms()
        self._envelopes = Envelopes()
        self._set: _ClaimSet | None = None
        self._hierarchy = Hierarchy()
        self._loop = ""
        self._claim: ClaimLoop | None = None
        self._has_transaction = False
        self._is_other_set = False
        self._is_told_outside = False
        self._last = Origin(file)

    def take(self, segment: Segment) -> Iterator[ClaimReading]:
        """Takes the next segment up; gives the claims that can be handed on."""
        self._last = self._origin(segment)
        is_cut = segment.cut and segment.id != "IEA"
        if segment.id in ENVELOPE_SEGMENTS and not is_cut:
            yield from self._take_envelope(segment)
        elif self._set is None:
            yield from self._take_outside(segment)
        elif segment.id == _CLAIM:
            self._close()
            self._begin_claim(self._set, segment)
        elif is_level(segment) and not is_cut:
            self._close()
            self._end_levels(self._hierarchy.begin(segment))
            self._enter_level()
        elif not is_cut or damaged_claim_number(segment) is not None:
            self._take_inner(self._set, segment)
        if self._set is not None:
            while len(self._set.held) > HELD_CLAIMS:
                yield self._set.held.popleft()

    def end(self) -> Iterator[ClaimReading]:
        """Ends the file.

        Raises:
            InputError: no transaction set has come.
        """
        faults = self._envelopes.leave(0, "the file ends too early")
        yield from self._end_set(EnvelopeChange(faults))
        if not self._has_transaction:
            raise InputError("holds no transaction set (ST)", file=self._file)

    def _take_envelope(self, segment: Segment) -> Iterator[ClaimReading]:
        yield from self._end_set(self._envelopes.take(segment))
        self._is_other_set = self._is_told_outside = False
        if segment.id != "ST":
            return
        self._has_transaction = True
        self._hierarchy = Hierarchy()
        self._loop = "header"
        read = x12_terms()["transactionSet"]
        if segment.value(1) == read:
            self._set = _ClaimSet()
        else:
            name = segment.value(1) if segment.value(1).isdecimal() else "without a number"
            yield self._note(f"transaction set {name} is not read; only {read} is")
            self._is_other_set = self._is_told_outside = True

    def _end_set(self, change: EnvelopeChange) -> Iterator[ClaimReading]:
        """Hands the claims of the set on; all are rejected if a part of any may be missing."""
        claims, faults = self._set, list(change.faults)
        lost = ""
        if claims is not None:
            if change.ends_set:
                self._close()
                self._end_levels(self._hierarchy.levels)
                # The set's own fault comes last, after those of envelopes within.
                if change.missing > claims.faults:
                    lost = faults[-1]
                    faults[-1:] = [] if _has_record(claims) else faults[-1:]
                elif change.missing:
                    faults.pop()
            else:
                if self._claim is not None and faults:
                    self._claim.faults.append(f"may not be whole: {faults.pop(0)}")
                self._close()
                self._end_levels(self._hierarchy.levels)
            for reading in claims.held:
                if lost and isinstance(reading, ClaimRecord):
                    reason = f"may not be whole: {lost}, of which claim cannot be told"
                    yield RejectedClaim(reading.origin, reason, _shown(reading.claim["id"]))
                else:
                    yield reading
            self._set = None
        for fault in faults:
            yield self._note(fault)

    def _take_outside(self, segment: Segment) -> Iterator[RejectedClaim]:
        """Names claims outside of an 837, and once that something else stands there."""
        # Other sets have segments that resemble a damaged CLM, such as CLP.
        damaged = None if self._is_other_set else damaged_claim_number(segment)
        if segment.id == _CLAIM or damaged is not None:
            number = segment.value(1) if damaged is None else damaged
            reason = f"the claim is outside of a transaction set {x12_terms()['transactionSet']}"
            yield RejectedClaim(self._last, reason, _shown(number))
        elif not self._is_told_outside and segment.id != "TA1":
            self._is_told_outside = True
            yield self._note(f"{shown_segment(segment)} is outside of a transaction set")

    def _take_inner(self, claims: _ClaimSet, segment: Segment) -> None:
        loop = step(self._loop, segment.id, segment.value(1))
        level = self._hierarchy.innermost
        repeated = level is not None and loop in level.seen
        if loop is None or (repeated and loop != self._loop and may_come_once(loop)):
            where = f"loop {self._loop}" if self._loop != "header" else "the header"
            self._misplaced(claims, segment, f"{shown_segment(segment)} is not allowed in {where}")
        elif has_too_many_elements(segment):
            reason = f"{segment.id} has more elements than the guides, as of two segments in one"
            self._misplaced(claims, segment, reason)
        else:
            self._loop = loop
            self._count_unread(loop, segment)
            damaged = damaged_element(segment)
            if self._claim is None and level is not None and is_once(loop, segment.id):
                once = f"{loop} {segment.id}"
                damaged = damaged or (f"a second {segment.id}" if once in level.seen else "")
                level.seen.add(once)
            if damaged:
                claims.faults += 1
                if self._claim is None and level is not None:
                    level.seen.add(loop)
                self._blame(claims, f"{damaged} ({place_in_file(segment)})")
            elif self._claim is not None:
                self._take_claim(self._claim, loop, segment)
            elif level is not None:
                level.seen.add(loop)
                if not level.fault:
                    level.fault = _fault(take_level, level, loop, segment)
                    claims.faults += bool(level.fault)
            elif segment.id == "BHT":
                try:
                    claims.created = created_day(segment)
                except Unreadable as error:
                    claims.fault = f"{error} (segment {segment.number})"

    def _count_unread(self, loop: str, segment: Segment) -> None:
        counts = unread_counts()
        if counts is None:
            return
        if segment.id == "HI":
            counts.update(f"{loop} HI*{qualifier}" for qualifier in unread_codes(segment))
        elif not is_read(loop, segment):
            # The first element of others is no qualifier, but a street or a city.
            is_qualified = segment.id in x12_terms()["qualified"]
            counts[f"{loop} {segment.id}{'*' + segment.value(1)[:3] if is_qualified else ''}"] += 1

    def _misplaced(self, claims: _ClaimSet, segment: Segment, reason: str) -> None:
        """Tells of a segment that cannot stand where it stands, and attributes nothing to it.

        What has come of the claim before is whole where the segment itself shows what it was:
        the next CLM or HL, or the first segment of a level whose HL is missing.
        """
        claims.faults += 1
        reason = f"{reason} ({place_in_file(segment)})"
        is_unknown = segment.id not in known_segments()
        number = damaged_claim_number(segment)
        lost = level_shown_by(segment.id, segment.value(1))
        if number is not None and self._claim is not None and is_torn(self._claim):
            self._blame(claims, reason)
        elif number is not None:
            if not is_unknown:
                # Another segment and a CLM that became one.
                self._blame(claims, reason)
            self._close()
            self._begin_claim(claims, segment, number, f"{reason}: a damaged CLM")
        elif resembles_level(segment):
            self._close()
            self._end_levels(self._hierarchy.begin(segment))
            self._enter_level()
        elif lost is not None and (self._claim is None or is_within(self._loop, LINE_LOOP)):
            self._close()
            self._end_levels(self._hierarchy.lose(lost, f"{reason}: an HL is missing before it"))
            self._enter_level()
        else:
            self._blame(claims, reason)

    def _blame(self, claims: _ClaimSet, reason: str) -> None:
        """Tells a fault of the claim, else of the level, else of the set that is open."""
        level = self._hierarchy.innermost
        if self._claim is not None:
            self._claim.faults.append(reason)
        elif level is not None:
            level.fault = level.fault or reason
        else:
            claims.held.append(self._note(reason))
            if not claims.created[0]:
                # It may have been of BHT, which says when the claims were sent.
                claims.fault = reason

    def _enter_level(self) -> None:
        level = self._hierarchy.innermost
        if level is not None:
            self._loop = level.loop
            if level.fault and self._set is not None:
                self._set.faults += 1

    def _end_levels(self, levels: list[Level]) -> None:
        """Tells the faults of levels for which no claim was rejected."""
        assert self._set is not None
        for level in levels:
            if level.fault and not level.told:
                level.told = True
                self._set.held.append(self._note(level.fault))

    def _begin_claim(
        self, claims: _ClaimSet, segment: Segment, number: str | None = None, fault: str = ""
    ) -> None:
        claim = begin_claim(segment, self._last)
        if number is not None:
            claim.number = number
        self._claim = claim
        self._loop = CLAIM_LOOP
        faults = [fault, claims.fault, self._hierarchy.fault()]
        claim.faults += [reason for reason in faults if reason]
        if has_too_many_elements(segment) and not fault:
            claim.faults.append(f"CLM has more elements than the guides ({place_in_file(segment)})")
            claims.faults += 1
        elif (damaged := damaged_element(segment)) and not fault:
            claim.faults.append(f"{damaged} ({place_in_file(segment)})")
        fault = _fault(take_claim, claim, CLAIM_LOOP, segment, self._terms)
        if fault:
            claim.faults.append(fault)

    def _take_claim(self, claim: ClaimLoop, loop: str, segment: Segment) -> None:
        claim.segments += 1
        if claim.segments > CLAIM_SEGMENTS:
            if claim.segments == CLAIM_SEGMENTS + 1:
                reason = f"a claim must not have over {CLAIM_SEGMENTS:,} segments"
                claim.faults.append(reason)
            return
        fault = _fault(take_claim, claim, loop, segment, self._terms)
        if fault:
            claim.faults.append(fault)

    def _close(self) -> None:
        """Ends the claim that is open."""
        claims, claim, self._claim = self._set, self._claim, None
        if claim is None or claims is None:
            return
        faults = list(dict.fromkeys(claim.faults))
        services = {line.service for line in claim.lines if line.service}
        if not faults and not services:
            faults = ["the claim has no service line (SV1 or SV2)"]
            claims.faults += 1
        if not faults and len(services) > 1:
            faults = ["the claim has professional (SV1) and institutional (SV2) lines"]
        if faults:
            claims.held.append(RejectedClaim(claim.origin, all_told(faults), _shown(claim.number)))
            return
        levels = self._hierarchy.levels
        content, places = claim_json(levels, claim, claims.created, self._terms)
        reading = self._admission.admit(content, claim.origin, places, payer_names(levels))
        claims.faults += isinstance(reading, RejectedClaim)
        claims.held.append(reading)

    def _note(self, reason: str) -> RejectedClaim:
        """A fault that is no claim's."""
        return RejectedClaim(self._last, reason, claims=0)

    def _origin(self, segment: Segment) -> Origin:
        return Origin(self._file, segment.line, f"segment {segment.number}")


def _fault(take: Callable[..., None], *arguments: object) -> str:
    """What is wrong with the segment, which comes third; ``""`` where it can be taken up."""
    segment = arguments[2]
    assert isinstance(segment, Segment)
    try:
        take(*arguments)
    except Unreadable as error:
        return f"{error} (segment {segment.number})"
    return ""


def _has_record(claims: _ClaimSet) -> bool:
    return any(isinstance(reading, ClaimRecord) for reading in claims.held)


def _shown(number: object) -> str | None:
    return shown_name(str(number)) or None


def _is_missing_birth_date(fault: ClaimFault) -> bool:
    """Files leave DMG out, though the guide requires it of a subscriber who is the patient."""
    return fault.pointer == "/patient/birthDate" and "missing" in fault.reason
