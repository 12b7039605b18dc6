"""Values of a JSON file that has one on each line, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from claimshapes.claims.claim import Origin
from claimshapes.claims.readers.broken_lines import NONE_BROKEN
from claimshapes.claims.readers.json_values import (
    CHUNK,
    JSON_VALUES,
    NOT_UTF8,
    TOO_LONG,
    TOO_MANY,
    ExactDecoder,
    JsonValue,
    syntax_fault,
)
from claimshapes.claims.schema import ClaimFault
from claimshapes.errors import InputError

_END_EXPECTED = "expected the end of the line after the claim"


def read_value_lines(
    stream: BinaryIO, file: str, *, longest: int, as_written: bool = False
) -> Iterator[JsonValue]:
    """Reads one value a line, in bounded memory; a bad line has a fault and the rest go on.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        longest: the most bytes that a value may have.
        as_written: keep the zeros at the end of numbers.

    Raises:
        InputError: the file holds nothing.
    """
    decoder = LineDecoder(as_written=as_written)
    for number, line in read_lines(stream, file, longest=longest):
        yield from decoder.values(line, Origin(file, number, ""))


def read_lines(
    stream: BinaryIO, file: str, *, longest: int
) -> Iterator[tuple[int, bytes | ClaimFault]]:
    """Reads the lines that are not empty, in bounded memory.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        longest: the most bytes that a line may have.

    Yields:
        The line's number, from 1, and the line, or that it is too long.

    Raises:
        InputError: the file holds nothing.
    """
    number = 0
    empty = True
    while line := stream.readline(longest + 1):
        number += 1
        if len(line) > longest and not line.endswith(b"\n"):
            _skip_line(stream)
            empty = False
            yield number, ClaimFault("", TOO_LONG.format(longest))
        elif not line.isspace():
            empty = False
            yield number, line
    if empty:
        raise InputError("the file is empty", file=file)


class LineDecoder:
    """Turns lines into values, one after another.

    Args:
        as_written: keep the zeros at the end of numbers.
    """

    def __init__(self, *, as_written: bool = False) -> None:
        self._decoder = ExactDecoder(as_written=as_written)
        self._broken = NONE_BROKEN

    def value(self, line: bytes | ClaimFault, origin: Origin) -> JsonValue:
        """The value of a line that holds exactly one, or what is wrong with it."""
        first, *others = self.values(line, origin)
        self._broken = NONE_BROKEN
        if not others:
            return first
        return JsonValue.of_fault(origin, _END_EXPECTED)

    def begins_anew(self) -> None:
        """Forgets a line that was cut, since the next was read elsewhere."""
        self._broken = NONE_BROKEN

    def values(self, line: bytes | ClaimFault, origin: Origin) -> Iterator[JsonValue]:
        """The values of a line that ``read_lines`` gave: one, or two whose line end was lost.

        What goes on from a line that was cut, and does not begin an object, is no value of its own.
        """
        before, self._broken = self._broken, NONE_BROKEN
        if isinstance(line, ClaimFault):
            yield JsonValue(origin, None, line)
            return
        try:
            text = line.decode("utf-8").strip(" \t\r\n")
        except UnicodeDecodeError:
            yield JsonValue.of_fault(origin, NOT_UTF8, line.decode("utf-8", "replace"))
            return
        if text.count(",") > JSON_VALUES:
            yield JsonValue.of_fault(origin, TOO_MANY)
            return
        position = 0
        reason = rest = ""
        while not position or rest:
            try:
                value, end, fault = self._decoder.value(text, position)
            except (json.JSONDecodeError, RecursionError) as error:
                reason = syntax_fault(error)
                break
            while text[end : end + 1].isspace():
                end += 1
            rest = text[end : end + 1]
            if rest and rest != "{":
                reason = _END_EXPECTED
                break
            yield JsonValue(origin, value, fault)
            position = end
        if reason:
            self._broken = before.and_next(text[position:])
            fault = ClaimFault("", reason)
            yield JsonValue(origin, None, fault, text[position:], before=before)


def _skip_line(stream: BinaryIO) -> None:
    while data := stream.readline(CHUNK):
        if data.endswith(b"\n"):
            return
