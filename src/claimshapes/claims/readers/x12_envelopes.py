"""The envelopes of an X12 file: interchange (ISA), functional group (GS), transaction set (ST)."""

from __future__ import annotations

from dataclasses import dataclass, field

from claimshapes.claims.readers.x12_loops import place_in_file
from claimshapes.claims.readers.x12_segments import Segment

_HEADERS = ("ISA", "GS", "ST")
_TRAILERS = ("IEA", "GE", "SE")
_CONTROL = {"ISA": 13, "GS": 6, "ST": 2}
_MOST_DIGITS = 10

ENVELOPE_SEGMENTS = frozenset(_HEADERS + _TRAILERS)
"""The segments that begin or end an envelope."""


@dataclass(slots=True)
class _Envelope:
    name: str
    control: str
    first: int
    inner: int = 0


@dataclass(slots=True)
class EnvelopeChange:
    """What a segment of an envelope shows.

    Attributes:
        faults: what is wrong with the envelopes that it ends, or with where it stands.
        ends_set: whether it is the trailer of the transaction set that is open.
        missing: of such a trailer, how many segments it counts that did not come.
    """

    faults: list[str] = field(default_factory=list)
    ends_set: bool = False
    missing: int = 0


class Envelopes:
    """Follows the envelopes, and holds their trailers against what came."""

    def __init__(self) -> None:
        self._open: list[_Envelope] = []

    def take(self, segment: Segment) -> EnvelopeChange:
        """Begins or ends an envelope."""
        if segment.id in _HEADERS:
            return self._begin(segment)
        return self._end(segment)

    def leave(self, depth: int, why: str) -> list[str]:
        """Leaves the envelopes from this depth on, which have no trailer.

        Returns:
            The fault, if there are any.
        """
        names = [envelope.name for envelope in self._open[depth:]]
        del self._open[depth:]
        if not names:
            return []
        missing = [_TRAILERS[_HEADERS.index(name)] for name in reversed(names)]
        return [f"{why}: {', '.join(missing)} missing"]

    def _begin(self, segment: Segment) -> EnvelopeChange:
        depth = _HEADERS.index(segment.id)
        change = EnvelopeChange(self.leave(depth, f"{_at(segment)} comes too early"))
        if len(self._open) < depth:
            missing = ", ".join(_HEADERS[len(self._open) : depth])
            change.faults.append(f"{_at(segment)} comes without {missing} before it")
        if self._open:
            self._open[-1].inner += 1
        control = segment.value(_CONTROL[segment.id]).lstrip("0")
        self._open.append(_Envelope(segment.id, control, segment.number))
        return change

    def _end(self, segment: Segment) -> EnvelopeChange:
        header = _HEADERS[_TRAILERS.index(segment.id)]
        names = [envelope.name for envelope in self._open]
        if header not in names:
            return EnvelopeChange([f"{_at(segment)} comes without {header} before it"])
        depth = names.index(header)
        change = EnvelopeChange(self.leave(depth + 1, f"{_at(segment)} comes too early"))
        envelope = self._open.pop()
        is_set = header == _HEADERS[-1]
        change.ends_set = is_set
        came = segment.number - envelope.first + 1 if is_set else envelope.inner
        stated = segment.value(1)
        if segment.value(2).lstrip("0") != envelope.control:
            change.missing = 1
            fault = f"{segment.id}02 is not the control number of the envelope that is open"
        elif not (stated.isascii() and stated.isdecimal()) or len(stated) > _MOST_DIGITS:
            change.missing = 1
            fault = f"{segment.id}01 is no number"
        elif int(stated) > came:
            change.missing = int(stated) - came
            fault = f"{segment.id}01 counts more than the {came} that came: a part is missing"
        else:
            # A trailer that counts too little, as real files have it: nothing is missing.
            return change
        change.faults.append(fault)
        return change


def _at(segment: Segment) -> str:
    return f"{segment.id} ({place_in_file(segment)})"
