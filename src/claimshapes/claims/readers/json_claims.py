"""Claims in JSON: one object, an array, or one object a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from claimshapes.claims.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.claims.format_check import Admission, reject
from claimshapes.claims.quick_check import read_claim
from claimshapes.claims.readers.broken_lines import names_in
from claimshapes.claims.readers.json_document import read_value_document
from claimshapes.claims.readers.json_lines import LineDecoder, read_lines
from claimshapes.claims.readers.json_places import ClaimLines
from claimshapes.claims.readers.json_values import JsonValue, objects_within, without_repeated
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.schema import ClaimFault, claim_schema, shown_name
from claimshapes.errors import InputError

CLAIM_BYTES = limit("CLAIM_BYTES", 10_000_000)
"""The most bytes that one claim may have; a claim with 50 lines has some 10,000."""

_MARKS_OF_REPORTS = (
    {"kind", "verdict", "rulesInForce"},
    {"kind", "claims", "complete"},
    {"findings", "notChecked", "summary"},
    {"$schema", "runs"},
)
"""Names that only parts of reports have together: JSON lines, JSON, SARIF."""
_NUMBER = re.compile(r'^\s*\{\s*"id"\s*:\s*"([^"\\]{1,80})"')


def read_json_lines(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads one claim a line, in bounded memory; a bad line is rejected and the rest go on.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file holds nothing.
    """
    yield from _read(read_lines(stream, file, longest=CLAIM_BYTES), file, Admission())


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Lines of a file that are read elsewhere; none of them goes on in another block.

    Attributes:
        file: the file's name, for messages.
        lines: each line with its number; or that it is too long.
    """

    file: str
    lines: Sequence[tuple[int, bytes | ClaimFault]]

    def readings(self) -> Iterator[ClaimReading]:
        """As ``read_json_lines``, but that a claim number may repeat.

        Raises:
            InputError: the lines are those of a report.
        """
        yield from _read(self.lines, self.file, Admission(repeats=True))


def read_line_blocks(stream: BinaryIO, file: str, size: int) -> Iterator[LineBlock]:
    """The lines of a file as they are, at least as many at a time as ``size`` says.

    Raises:
        InputError: the file holds nothing.
    """
    block: list[tuple[int, bytes | ClaimFault]] = []
    for number, line in read_lines(stream, file, longest=CLAIM_BYTES):
        block.append((number, line))
        # What comes after a line that was cut may go on from it; after a claim nothing does.
        if len(block) >= size and isinstance(line, bytes) and read_claim(line) is not None:
            yield LineBlock(file, block)
            block = []
    if block:
        yield LineBlock(file, block)


def _read(
    lines: Iterable[tuple[int, bytes | ClaimFault]], file: str, admission: Admission
) -> Iterator[ClaimReading]:
    decoder = LineDecoder()
    for number, line in lines:
        origin = Origin(file, number, "")
        claim = read_claim(line) if isinstance(line, bytes) else None
        if claim is not None:
            decoder.begins_anew()
            yield admission.admit_valid(claim, origin)
        else:
            for value in decoder.values(line, origin):
                yield _admit(value, admission)


def read_json_document(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads an array of claims, or claims one after another, in memory for one at a time.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file holds neither an object nor an array.
    """
    admission = Admission()
    for value in read_value_document(stream, file, longest=CLAIM_BYTES, is_whole=is_claim):
        yield _admit(value, admission)


def _admit(value: JsonValue, admission: Admission) -> ClaimReading:
    _refuse_report(value)
    if value.fault is not None:
        return rejected_value(value, value.fault)
    reading = admission.admit(value.content, value.origin)
    if isinstance(reading, RejectedClaim):
        return replace(reading, claims=max(1, _claims_within(value.content)))
    if value.lines is not None:
        return replace(reading, places=ClaimLines(value.lines))
    return reading


def _refuse_report(value: JsonValue) -> None:
    """Says once, and not for each of its lines, that a file is a report.

    Raises:
        InputError: the value is part of one.
    """
    content = value.content
    if not isinstance(content, dict):
        return
    if any(marks <= content.keys() for marks in _MARKS_OF_REPORTS):
        raise InputError(
            "is a report of `claimshapes check`, not claims",
            file=value.origin.file,
            line=value.origin.line,
        )


def rejected_value(value: JsonValue, fault: ClaimFault) -> RejectedClaim:
    """The rejection of a value that is no claim; it counts the claims that were in its text."""
    rejected = reject([fault], value.origin, without_repeated(value.content))
    if value.is_note:
        return replace(rejected, claims=0)
    if value.text is None:
        return replace(rejected, claims=max(1, _claims_within(value.content)))
    numbers = _NUMBER.findall(value.text)
    return replace(
        rejected,
        claims=_claims_in(value),
        claim_id=shown_name(numbers[0]) if numbers else rejected.claim_id,
    )


def _claims_within(content: Any) -> int:
    """How many claims there are in a value that is no claim, such as an array in an array."""
    if isinstance(content, dict):
        # A context has the fields of a claim, too.
        content = {name: value for name, value in content.items() if name != "@context"}
    return sum(map(is_claim, objects_within(content)))


def _claims_in(value: JsonValue) -> int:
    """How many claims there are in a text that is no JSON: two may have become one text."""
    text = value.text or ""
    if value.is_rest:
        return min(names_in(text))
    return value.before.and_next(text).claims - value.before.claims


def is_claim(value: Mapping[str, Any]) -> bool:
    """Whether an object is a claim, and no part of one: it has more than half of its fields."""
    required = claim_schema()["required"]
    return 2 * sum(name in value for name in required) > len(required)
