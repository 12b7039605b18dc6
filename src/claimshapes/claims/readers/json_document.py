"""Values of a JSON document: an array of them or one after another, in bounded memory."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO, NoReturn

from claimshapes.claims.claim import Origin
from claimshapes.claims.readers.json_places import JsonLines
from claimshapes.claims.readers.json_values import (
    CHUNK,
    JSON_VALUES,
    NOT_UTF8,
    TOO_LONG,
    TOO_MANY,
    ExactDecoder,
    JsonValue,
    may_be_cut,
    syntax_fault,
    without_repeated,
)
from claimshapes.claims.schema import ClaimFault
from claimshapes.errors import InputError

_WHITE_SPACE = re.compile(r"[ \t\r\n]*")
# What may be the beginning of the next value: an object after a comma or at the start of a line.
_OBJECT = re.compile(r"(?:,[ \t\r\n]*|\n)\{")
# What may follow a value: the end, or the beginning of the next one.
_BEHIND = ",]{["
_MOST_TRIED = 20_000
_END_EXPECTED = "is not JSON: expected the end of the claim"
_OTHER_BYTES = re.compile(r"[\udc80-\udcff]")


def read_value_document(
    stream: BinaryIO,
    file: str,
    *,
    longest: int,
    is_whole: Callable[[Mapping[str, Any]], bool],
    as_written: bool = False,
) -> Iterator[JsonValue]:
    """Reads an array of values or values one after another, in memory for one at a time.

    What is no JSON is one faulty value; reading goes on at the next object that is whole.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        longest: the most bytes that a value may have.
        is_whole: whether an object is one of the values, and no part of one.
        as_written: keep the zeros at the end of numbers.

    Raises:
        InputError: the file holds neither an object nor an array.
    """
    text = _Text(stream, file, longest, ExactDecoder(as_written=as_written), is_whole)
    first = text.next_character()
    if first == "":
        raise InputError("the file is empty", file=file)
    if first not in "[{":
        text.fail("expected a claim (an object) or an array of claims")
    in_array = text.skip("[")
    index, ended = 0, False
    while character := text.next_character():
        origin = Origin(file, text.line, f"/{index}" if in_array else "")
        if in_array and character == "]":
            text.skip("]")
            ended = True
            if text.next_character():
                yield _note(Origin(file, text.line), "expected the end of the file after the array")
            continue
        ended = False
        if in_array and text.skip(","):
            if text.next_character() in ("]", ","):
                yield _note(Origin(file, text.line), "expected a claim after the comma")
            continue
        value = text.value(origin)
        yield value
        index += 1
        line = text.line
        after = text.next_character()
        if value.content is None and value.fault is not None:
            continue
        if in_array and after not in ("", ",", "]"):
            reason = "expected a comma or the end of the array"
            yield _note(Origin(file, text.line), reason)
        elif not in_array and after and text.line == line:
            reason = "expected the end of the file, or the next claim on a new line"
            yield _note(Origin(file, line), reason)
    if in_array and not ended and not text.is_lost:
        yield _note(Origin(file, text.line), "is cut off: the array does not end")


def _note(origin: Origin, reason: str) -> JsonValue:
    return JsonValue(origin, None, ClaimFault("", reason), is_note=True)


class _Text:
    """A JSON document read piece by piece; it holds the value that is read and not the file.

    Attributes:
        line: the line that has been reached.
        is_lost: whether the last value was no JSON, and the end of the file came with it.
    """

    def __init__(
        self,
        stream: BinaryIO,
        file: str,
        longest: int,
        decoder: ExactDecoder,
        is_whole: Callable[[Mapping[str, Any]], bool],
    ) -> None:
        self._stream = stream
        self._file = file
        self._longest = longest
        # Bytes that are no UTF-8 stay in their value, which is then refused.
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._decoder = decoder
        self._is_whole = is_whole
        self._text = ""
        self._position = 0
        self._ended = False
        self._has_other_bytes = False
        self.line = 1
        self.is_lost = False

    def next_character(self) -> str:
        """The next character that is not white space, ``""`` at the end of the file."""
        while True:
            match = _WHITE_SPACE.match(self._text, self._position)
            assert match is not None
            self._advance(match.end())
            if self._position < len(self._text) or self._ended:
                return self._text[self._position : self._position + 1]
            self._read(CHUNK)

    def skip(self, character: str) -> bool:
        """Goes past the next character if it is this one."""
        if self.next_character() != character:
            return False
        self._advance(self._position + 1)
        return True

    def value(self, origin: Origin) -> JsonValue:
        """The next value, or what is wrong with the text up to the next whole one."""
        size, searched, first = CHUNK, 1, self.line
        line, reason = first, ""
        while True:
            damaged = False
            if self._text.count(",", self._position) > JSON_VALUES:
                self._skip_over_long()
                return JsonValue.of_fault(origin, TOO_MANY)
            try:
                content, end, fault = self._decoder.value(self._text, self._position)
            except (json.JSONDecodeError, RecursionError) as error:
                reason = syntax_fault(error)
                if isinstance(error, json.JSONDecodeError):
                    line = self.line + self._text.count("\n", self._position, error.pos)
                damaged = self._ended or not may_be_cut(error, len(self._text))
            else:
                # A number may go on in the part of the file that is still to come.
                after = _WHITE_SPACE.match(self._text, end)
                next_at = end if after is None else after.end()
                if next_at < len(self._text) and self._text[next_at] not in _BEHIND:
                    reason, line = _END_EXPECTED, first
                    damaged = True
                elif self._ended or next_at < len(self._text):
                    text = self._text[self._position : end]
                    self._advance(end)
                    if self._has_other_bytes and _OTHER_BYTES.search(text):
                        return JsonValue.of_fault(origin, NOT_UTF8, text)
                    lines = JsonLines(text, first) if self.line > first else None
                    return JsonValue(origin, content, fault, lines=lines)
            if damaged:
                found, searched = self._next_whole(self._position, searched)
                if found is not None or self._ended:
                    text = self._take_up_to(found)
                    fault, is_rest = ClaimFault("", reason), not text.startswith("{")
                    return JsonValue(replace(origin, line=line), None, fault, text, is_rest=is_rest)
            if len(self._text) - self._position > self._longest:
                self._skip_over_long()
                return JsonValue.of_fault(origin, TOO_LONG.format(self._longest))
            self._read(size)
            size *= 2

    def _take_up_to(self, found: int | None) -> str:
        """The text up to the next whole value, or to the end of the file."""
        self.is_lost = found is None
        end = len(self._text) if found is None else found
        text = self._text[self._position : end]
        self._advance(end)
        return text

    def fail(self, reason: str) -> NoReturn:
        """Refuses the file at the place that has been reached."""
        raise InputError(reason, file=self._file, line=self.line)

    def _next_whole(self, start: int, searched: int) -> tuple[int | None, int]:
        """The next object that is one of the values.

        Args:
            start: where the value begins that is no JSON.
            searched: how far behind it was searched before.

        Returns:
            The object's place, and how far behind the start need not be searched again.
        """
        cut: int | None = None
        done = start + searched
        for tried, match in enumerate(_OBJECT.finditer(self._text, done)):
            if tried > _MOST_TRIED:
                break
            place = match.end() - 1
            try:
                content, end, _ = self._decoder.value(self._text, place)
            except RecursionError:
                continue
            except json.JSONDecodeError as error:
                # It may go on in the part of the file that is still to come.
                if cut is None and may_be_cut(error, len(self._text)):
                    cut = match.start()
                continue
            content = without_repeated(content)
            if isinstance(content, dict) and self._is_whole(content):
                return place, place - start
            done = max(done, end)
        return None, (done if cut is None else min(cut, done)) - start

    def _skip_over_long(self) -> None:
        """Goes past a value that is too long, to the next whole one or the end of the file."""
        while True:
            found, _ = self._next_whole(self._position, 1)
            if found is not None or self._ended:
                self._take_up_to(found)
                return
            # Half is kept, for an object that begins there and ends further on.
            self._advance(max(self._position, len(self._text) - self._longest // 2))
            self._read(max(CHUNK, self._longest // 2))

    def _advance(self, position: int) -> None:
        self.line += self._text.count("\n", self._position, position)
        self._position = position

    def _read(self, size: int) -> None:
        data = self._stream.read(size)
        self._ended = not data
        text = self._decode.decode(data, final=self._ended)
        if not text.isascii() and _OTHER_BYTES.search(text):
            self._has_other_bytes = True
        self._text = self._text[self._position :] + text
        self._position = 0
