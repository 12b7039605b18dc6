"""What a reader hands on: claims as the JSON claim format has them, and where they stood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ClaimJson = Mapping[str, Any]
"""One claim in the JSON claim format, already checked against its JSON Schema."""


# Every claim has one, and a record: to make one that is frozen takes three times as long. Nothing
# changes them.
@dataclass(slots=True, unsafe_hash=True)
class Origin:
    """Where a claim stood in the input.

    Attributes:
        file: the file's name as the user gave it, ``-`` for standard input.
        line: first line of the claim, counted from 1, where the format has lines.
        pointer: JSON Pointer of the claim in its file, ``""`` for the whole document.
    """

    file: str
    line: int | None = None
    pointer: str | None = None

    def __str__(self) -> str:
        text = self.file
        if self.line is not None:
            text += f", line {self.line}"
        if self.pointer:
            text += f", at {self.pointer}"
        return text


class FilePlaces(Mapping[str, str]):
    """Places in a file whose text is known, so that their columns are, too."""

    def column(self, pointer: str) -> int | None:
        """Column, from 1, on the line of a part; none where that line's beginning is not known."""
        raise NotImplementedError


@dataclass(slots=True)
class ClaimRecord:
    """A claim that can be checked.

    Attributes:
        claim: the claim in the JSON claim format.
        origin: where it stood.
        places: where its parts stood in the form that it was read from, by their JSON Pointer:
            loop, segment and line of an 837 file (``2400 SV1, segment 19, line 19``), path of a
            FHIR resource (``Bundle.entry[2].resource.item[0]``), line of a table (``line 7``).
            Empty where that form is the JSON claim itself, or RDF.
        payer_names: the payer's id and names as that form states them, where a reader may have
            put a payer of the ontology in their place.
    """

    claim: ClaimJson
    origin: Origin
    places: Mapping[str, str] = field(default_factory=dict)
    payer_names: tuple[str, ...] = ()

    def place(self, pointer: str) -> str | None:
        """Where the part of the claim at a JSON Pointer stood, or what it is part of."""
        return place_of(self.places, pointer)

    def column(self, pointer: str) -> int | None:
        """Column, from 1, of that place on its line, where it is known and not in its words."""
        if not isinstance(self.places, FilePlaces):
            return None
        at = _nearest(self.places, pointer)
        return None if at is None else self.places.column(at)


@dataclass(frozen=True, slots=True)
class RejectedClaim:
    """A claim that cannot be checked, and why; the others of its file still are.

    Attributes:
        origin: where it is; ``origin.pointer`` names the offending field.
        reason: what is wrong and what was expected, in plain words, without claim contents.
        claim_id: the claim's own number where it could be read.
        claims: how many claims this is the rejection of: 1, or 0 for a fault of the file that is
            no claim's own, such as a missing trailer. Claims in a file = claims that were read +
            the sum of these.
    """

    origin: Origin
    reason: str
    claim_id: str | None = None
    claims: int = 1

    def __str__(self) -> str:
        return f"{self.origin}: {self.reason}"


def place_of(places: Mapping[str, str], pointer: str) -> str | None:
    """The place of the pointer, or of the nearest part around it that has one."""
    at = _nearest(places, pointer)
    return None if at is None else places[at]


def _nearest(places: Mapping[str, str], pointer: str) -> str | None:
    while pointer not in places:
        if not pointer:
            return None
        pointer = pointer.rpartition("/")[0]
    return pointer


ClaimReading = ClaimRecord | RejectedClaim
