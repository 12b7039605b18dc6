"""Claims in JSON: one object, an array, or one object a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from claimshapes.claim import ClaimReading, Origin
from claimshapes.read.admission import Admission, reject
from claimshapes.read.claim_schema import ClaimFault, claim_schema, shown_name
from claimshapes.read.json_values import (
    JsonValue,
    LineDecoder,
    read_lines,
    read_value_document,
)
from claimshapes.read.quick_claims import read_claim

CLAIM_BYTES = 10_000_000
"""The most bytes that one claim may have; a claim with 50 lines has some 10,000."""

_ONE_A_CLAIM = re.compile(r'"payer"\s*:')
_NUMBER = re.compile(r'^\s*\{\s*"id"\s*:\s*"([^"\\]{1,80})"')


def read_json_lines(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads one claim a line, in bounded memory; a bad line is rejected and the rest go on.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file holds nothing.
    """
    admission = Admission()
    decoder = LineDecoder()
    for number, line in read_lines(stream, file, longest=CLAIM_BYTES):
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
    for value in read_value_document(stream, file, longest=CLAIM_BYTES, is_whole=_is_claim):
        yield _admit(value, admission)


def _admit(value: JsonValue, admission: Admission) -> ClaimReading:
    if value.is_note:
        return replace(reject([_told(value)], value.origin), claims=0)
    if value.fault is None:
        return admission.admit(value.content, value.origin)
    rejected = reject([value.fault], value.origin, value.content)
    if value.text is None:
        return rejected
    # Two claims of which both are damaged may be one text.
    numbers = _NUMBER.findall(value.text)
    return replace(
        rejected,
        claims=max(1, len(_ONE_A_CLAIM.findall(value.text))),
        claim_id=shown_name(numbers[0]) if numbers else None,
    )


def _told(value: JsonValue) -> ClaimFault:
    return value.fault or ClaimFault("", "is no claim")


def _is_claim(value: Mapping[str, Any]) -> bool:
    """Whether an object is a claim, and no part of one: it has more than half of its fields."""
    required = claim_schema()["required"]
    return 2 * sum(name in value for name in required) > len(required)
