"""Claims in JSON: one object, an array, or one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from claimshapes.claim import ClaimReading, Origin
from claimshapes.read.admission import Admission, reject
from claimshapes.read.json_values import (
    JsonValue,
    LineDecoder,
    read_lines,
    read_value_document,
)
from claimshapes.read.quick_claims import read_claim

CLAIM_BYTES = 10_000_000
"""The most bytes that one claim may have; a claim with 50 lines has some 10,000."""


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
            yield admission.admit_valid(claim, origin)
        else:
            yield _admit(decoder.value(line, origin), admission)


def read_json_document(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads an array of claims or one claim over several lines, one claim at a time.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file is not JSON, or holds neither an object nor an array.
    """
    admission = Admission()
    for value in read_value_document(stream, file, longest=CLAIM_BYTES):
        yield _admit(value, admission)


def _admit(value: JsonValue, admission: Admission) -> ClaimReading:
    if value.fault is not None:
        return reject([value.fault], value.origin)
    return admission.admit(value.content, value.origin)
