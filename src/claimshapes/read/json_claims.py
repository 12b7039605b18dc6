"""Claims in JSON: one object, an array, or one object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from claimshapes.claim import ClaimReading
from claimshapes.read.admission import Admission, reject
from claimshapes.read.json_values import JsonValue, read_value_document, read_value_lines

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
    return _admit(read_value_lines(stream, file, longest=CLAIM_BYTES))


def read_json_document(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads an array of claims or one claim over several lines, one claim at a time.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file is not JSON, or holds neither an object nor an array.
    """
    return _admit(read_value_document(stream, file, longest=CLAIM_BYTES))


def _admit(values: Iterable[JsonValue]) -> Iterator[ClaimReading]:
    admission = Admission()
    for value in values:
        if value.fault is not None:
            yield reject([value.fault], value.origin)
        else:
            yield admission.admit(value.content, value.origin)
