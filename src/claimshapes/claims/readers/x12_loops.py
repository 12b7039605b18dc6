"""Which segment may stand in which loop of an 837, and which claims a broken level touches.

The loops stand in ontology/x12.json. A segment's place is found as a reader of the guides would:
in a loop within, in the loop itself, or in a loop that may follow an outer one. A segment that
fits nowhere is a fault, and nothing is attributed across it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from claimshapes.claims.readers.described_formats import x12_terms
from claimshapes.claims.readers.x12_segments import Segment

CLAIM_LOOP = "2300"
"""The loop of a claim."""

LINE_LOOP = "2400"
"""The loop of a service line."""

_LEVEL = "HL"
_CLAIM = "CLM"
# CLM05: facility code, its qualifier, frequency; no other element of an 837 looks like it.
_FACILITY = re.compile(r"\w{2}")
_FACILITY_AT = 5
_SHOWN = re.compile(r"[A-Za-z0-9 ]{1,4}")
_ENVELOPE = {"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"}
_CLOSE_ENOUGH = 0.6


@cache
def step(loop: str, name: str, qualifier: str) -> str | None:
    """The loop in which a segment stands that comes while another loop is open.

    Args:
        loop: the loop of the segment before.
        name: the segment's identifier.
        qualifier: its first element.

    Returns:
        The loop, or none where the segment cannot stand there.
    """
    loops = x12_terms()["loops"]
    inner = _starting(loops[loop].get("children", []), name, qualifier)
    if inner is not None:
        return inner
    if name in loops[loop]["segments"]:
        return loop
    while (outer := _outer().get(loop)) is not None:
        tiers = loops[outer]["children"]
        own = next(index for index, tier in enumerate(tiers) if loop in tier)
        found = _starting(tiers[own:], name, qualifier)
        if found is not None:
            return found
        loop = outer
    return None


def is_within(loop: str, outer: str) -> bool:
    """Whether a loop is the other one, or stands within it."""
    while loop != outer:
        if loop not in _outer():
            return False
        loop = _outer()[loop]
    return True


def may_come_once(loop: str) -> bool:
    """Whether a loop comes but once in its level."""
    return bool(x12_terms()["loops"][loop].get("once"))


def is_once(loop: str, name: str) -> bool:
    """Whether a segment comes but once in its loop, since it says who somebody is."""
    return name in x12_terms()["once"].get(loop, ())


@cache
def _outer() -> Mapping[str, str]:
    """The loop around each loop; of the claim's, which stands in two, that of the subscriber."""
    outer: dict[str, str] = {}
    for name, loop in x12_terms()["loops"].items():
        for tier in loop.get("children", []):
            for inner in tier:
                outer.setdefault(inner, name)
    return outer


def _starting(tiers: list[list[str]], name: str, qualifier: str) -> str | None:
    # Levels and claims are begun by Hierarchy and the reader, which know more.
    if name in (_LEVEL, _CLAIM):
        return None
    loops = x12_terms()["loops"]
    for tier in tiers:
        for loop in tier:
            for start, *qualifiers in loops[loop].get("start", []):
                if start == name and (not qualifiers or qualifier in qualifiers):
                    return str(loop)
    return None


@cache
def known_segments() -> frozenset[str]:
    """The identifiers of all segments that an 837 may have."""
    names = set(_ENVELOPE)
    for loop in x12_terms()["loops"].values():
        names |= {*loop["segments"], *(start for start, *_ in loop.get("start", []))}
    return frozenset(names)


def has_too_many_elements(segment: Segment) -> bool:
    """Whether it has more elements than the guides, as two segments have that became one."""
    most = x12_terms()["elements"].get(segment.id)
    return most is not None and segment.extent > most


def damaged_element(segment: Segment) -> str:
    """Says which element is none of a sound segment, as where a delimiter is missing.

    Returns:
        What is wrong, ``""`` where nothing is.
    """
    terms = x12_terms()["damaged"]
    name = segment.id
    for at in terms["simple"].get(name, ()):
        if len(segment.components(at)) > 1:
            return f"{name}{at:02} has components, which it never has"
    for at in terms["unused"].get(name, ()):
        if segment.value(at):
            return f"{name}{at:02} has a value, which it never has"
    for first, second in terms["pairs"].get(name, ()):
        if bool(segment.value(first)) != bool(segment.value(second)):
            return f"of {name}{first:02} and {name}{second:02} there is only one"
    for at, (component, codes) in terms["codes"].get(name, {}).items():
        if segment.value(int(at), component) not in ("", *codes):
            return f"{name}{int(at):02} is none of {', '.join(codes)}"
    return ""


def damaged_claim_number(segment: Segment) -> str | None:
    """The claim number of what was a CLM segment before it was damaged.

    Returns:
        The number, ``""`` where it cannot be told; none where this was no CLM segment.
    """
    _, kinds = x12_terms()["damaged"]["codes"][_CLAIM][str(_FACILITY_AT)]
    for at in range(1, len(segment.elements) + 1):
        facility, *rest = [part.strip() for part in segment.components(at)]
        is_facility = _FACILITY.fullmatch(facility) and len(rest) == 2
        if is_facility and rest[0] in kinds and len(rest[1]) == 1:
            number = at - _FACILITY_AT + 1
            return segment.value(number) if number >= 1 else ""
    if segment.id.startswith(_CLAIM) and len(segment.id) > len(_CLAIM):
        # Its elements have another sign between them.
        _, *parts = segment.id.split(segment.id[len(_CLAIM)])
        if len(parts) >= _FACILITY_AT:
            return parts[0].strip()
    if segment.id in known_segments() or segment.extent < _FACILITY_AT - 3:
        return None
    name = re.sub(r"[^A-Z0-9]", "", segment.id.upper())
    if difflib.SequenceMatcher(None, name, _CLAIM).ratio() > _CLOSE_ENOUGH:
        return segment.value(1)
    return None


@dataclass(slots=True)
class Level:
    """One level of the hierarchy: a billing provider, a subscriber or a patient.

    Attributes:
        number: HL01.
        loop: its loop, such as ``2000B``.
        fields: what its segments say, by the part of the claim.
        places: where that stood.
        seen: loops within it that have come, and their segments that come but once.
        fault: why no claim can be attributed to it, ``""`` where one can.
        told: whether a claim was rejected for that reason.
    """

    number: str
    loop: str
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    fault: str = ""
    told: bool = False


class Hierarchy:
    """The levels that are open: billing provider, subscriber, patient."""

    def __init__(self) -> None:
        self._levels: list[Level] = []
        # Those that were open before one whose parent could not be told.
        self._before: list[Level] = []

    @property
    def levels(self) -> list[Level]:
        """The open levels, outermost first."""
        return self._levels

    @property
    def innermost(self) -> Level | None:
        """The level that was begun last."""
        return self._levels[-1] if self._levels else None

    def begin(self, segment: Segment) -> list[Level]:
        """Begins the level of an HL segment, or a broken one where it does not fit.

        Returns:
            The levels that it ends.
        """
        codes = level_loops()
        number, parent, code = (segment.value(at) for at in (1, 2, 3))
        loop = codes.get(code)
        depth = list(codes).index(code) if loop else None
        reason, ended = "", self._levels
        below = (_is_below(levels, depth or 0, parent) for levels in (self._levels, self._before))
        if depth and list(below) == [False, True]:
            # It names its parent, so that only the one before it was damaged.
            self._levels = self._before
        if segment.id != _LEVEL:
            reason = f"{shown_segment(segment)} is no segment of an 837; it may be a damaged HL"
        elif has_too_many_elements(segment):
            reason = "HL has more elements than the guides"
        elif loop is None:
            reason = f"HL03 is none of {', '.join(codes)}"
        elif not number.isdecimal():
            reason = "HL01 is no number"
        elif depth == 0 and parent:
            reason = "HL02 names a parent; a billing provider has none"
        elif depth and not _is_below(self._levels, depth, parent):
            reason = "HL02 is not the number of the level that is open above it"
            if segment.id == _LEVEL and self._levels and not self._levels[-1].fault:
                self._before = self._levels
        if reason:
            # It stands below its parent, if that can be told; else all may be another's.
            numbers = [level.number for level in self._levels[: len(codes) - 1]]
            depth = numbers.index(parent) + 1 if parent and parent in numbers else 0
            loop = (not depth and loop) or list(codes.values())[depth]
            reason += f" ({place_in_file(segment)})"
        assert depth is not None and loop is not None
        kept = self._levels[:depth]
        self._levels = [*kept, Level(number, loop, fault=reason)]
        return [level for level in ended if not any(level is each for each in kept)]

    def lose(self, loop: str, reason: str) -> list[Level]:
        """Breaks the level of a loop and those within, since its HL did not come.

        Returns:
            The levels that it ends.
        """
        depth = min(list(level_loops().values()).index(loop), len(self._levels))
        ended = self._levels[depth:]
        self._levels = [*self._levels[:depth], Level("", loop, fault=reason)]
        return ended

    def fault(self) -> str:
        """Why a claim cannot be attributed to the open levels, ``""`` where it can."""
        codes = level_loops()
        for level in self._levels:
            if level.fault:
                level.told = True
                return level.fault
        if len(self._levels) < 2:
            return f"the claim is below no subscriber (HL with {list(codes)[1]})"
        for level in self._levels:
            for loop in _children(level.loop):
                term = x12_terms()["loops"][loop]
                if "required" in term and loop not in level.seen:
                    (name, qualifier), *_ = term["start"]
                    code = next(code for code, own in codes.items() if own == level.loop)
                    return (
                        f"the {term['required']} ({name}*{qualifier}) of the claim's level "
                        f"(HL with {code}) is missing"
                    )
        return ""


def _is_below(levels: list[Level], depth: int, parent: str) -> bool:
    """Whether a level of this depth that names this parent is below these."""
    return len(levels) >= depth and levels[depth - 1].number == parent


@cache
def level_loops() -> Mapping[str, str]:
    """The loops of the hierarchy by HL03, outermost first."""
    loops = x12_terms()["loops"]
    return {loop["level"]: name for name, loop in loops.items() if "level" in loop}


@cache
def level_shown_by(name: str, qualifier: str) -> str | None:
    """The level that a segment is a sign of, where it cannot stand in the loops that are open.

    Args:
        name: the segment's identifier.
        qualifier: its first element.
    """
    loops = x12_terms()["loops"]
    for level in level_loops().values():
        inner = [loop for loop in _children(level) if "level" not in loops[loop]]
        if _starting([inner], name, qualifier) is not None:
            return level
        for sign, *qualifiers in loops[level]["signs"]:
            if sign == name and (not qualifiers or qualifier in qualifiers):
                return level
    return None


def is_level(segment: Segment) -> bool:
    """Whether an HL segment is one; else it is another segment whose identifier was damaged."""
    is_numbered = segment.value(1).isdecimal() or segment.value(3) in level_loops()
    return segment.id == _LEVEL and is_numbered


def resembles_level(segment: Segment) -> bool:
    """Whether a segment with an unknown identifier has the elements of an HL."""
    number, parent, code = (segment.value(at) for at in (1, 2, 3))
    return (
        segment.id not in known_segments()
        and code in level_loops()
        and (number + parent).isdecimal()
        and segment.extent <= 4
    )


def shown_segment(segment: Segment) -> str:
    """A segment's identifier as a message may show it: one that is longer may hold values."""
    return segment.id if _SHOWN.fullmatch(segment.id) else "a damaged segment"


def place_in_file(segment: Segment) -> str:
    """Where a segment stands, as messages name it."""
    # In a file of one line the line tells nothing.
    column = f", column {segment.column}" if segment.column > 1 else ""
    return f"segment {segment.number}, line {segment.line}{column}"


def _children(loop: str) -> list[str]:
    return [inner for tier in x12_terms()["loops"][loop]["children"] for inner in tier]
