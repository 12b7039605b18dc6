"""Values in JSON files: one object, an array, or one object a line, in bounded memory."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

from claimshapes.claim import Origin
from claimshapes.errors import InputError
from claimshapes.read.claim_schema import ClaimFault, json_pointer, shown_name

_CHUNK = 1 << 16
_WHITE_SPACE = re.compile(r"[ \t\r\n]*")
_LONGEST_NUMBER = 30
# The longest token, string apart, that the end of a piece of text may cut: -Infinity, \uXXXX.
_LONGEST_CUT = 12
_CUT_TOKEN = re.compile(r"[A-Za-z-]{0,8}\s*|\\u?[0-9A-Fa-f]{0,4}")

_TOO_DEEP = "is nested too deeply for a claim"
TOO_LONG = "a claim must not be longer than {:,} bytes"
_NOT_UTF8 = "is not UTF-8 text"


@dataclass(frozen=True, slots=True)
class JsonValue:
    """One value of a file.

    Attributes:
        origin: where it stands.
        content: the value; ``None`` where the text of a line is no JSON at all.
        fault: the first thing in it that JSON allows and a claim does not, or why it is no JSON.
    """

    origin: Origin
    content: Any
    fault: ClaimFault | None = None


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in a decoded document for what JSON allows and a claim does not."""

    reason: str


class _Decoder(json.JSONDecoder):
    """Decodes JSON with exact decimals; no number becomes a float, no repeated name is lost.

    Args:
        as_written: keep the zeros at the end of a number with decimals, which FHIR says
            must not be lost.
    """

    def __init__(self, *, as_written: bool = False) -> None:
        self._as_written = as_written
        super().__init__(
            parse_float=self._decimal,
            parse_constant=self._constant,
            object_pairs_hook=self._object,
        )
        self._refusals = 0

    def value(self, text: str, start: int = 0) -> tuple[Any, int, ClaimFault | None]:
        """The value that begins at ``start``, where it ends, and what in it is refused.

        Raises:
            json.JSONDecodeError: no JSON value begins there.
            RecursionError: it is nested too deeply.
        """
        self._refusals = 0
        try:
            value, end = self.raw_decode(text, start)
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            # Python refuses to convert integers of more than 4,300 digits.
            raise json.JSONDecodeError("a number has too many digits", text, start) from error
        return value, end, first_refusal(value) if self._refusals else None

    def _refuse(self, reason: str) -> _Refused:
        self._refusals += 1
        return _Refused(reason)

    def _decimal(self, text: str) -> int | Decimal | _Refused:
        if len(text) > _LONGEST_NUMBER or "e" in text or "E" in text:
            return self._refuse("expected a plain decimal number, without an exponent")
        number = Decimal(text)
        if self._as_written:
            return number
        whole = int(number)
        return whole if number == whole else number.normalize()

    def _constant(self, _: str) -> _Refused:
        return self._refuse("expected a number; NaN and Infinity are none")

    def _object(self, pairs: list[tuple[str, Any]]) -> Any:
        content = dict(pairs)
        if len(content) == len(pairs):
            return content
        (repeated, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        return self._refuse(f"the field '{shown_name(repeated)}' is given twice")


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
        yield decoder.value(line, Origin(file, number, ""))


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


def read_value_document(
    stream: BinaryIO, file: str, *, longest: int, as_written: bool = False
) -> Iterator[JsonValue]:
    """Reads an array of values or one object over several lines, one value at a time.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        longest: the most bytes that a value may have.
        as_written: keep the zeros at the end of numbers.

    Raises:
        InputError: the file is not JSON, or holds neither an object nor an array.
    """
    text = _Text(stream, file, longest, _Decoder(as_written=as_written))
    first = text.next_character()
    if first == "":
        raise InputError("the file is empty", file=file)
    if first == "[":
        yield from _read_array(text, file)
        return
    if first != "{":
        text.fail("expected a claim (an object) or an array of claims")
    while text.next_character():
        line = text.line
        value, fault = text.value()
        if text.next_character() and text.line == line:
            text.fail("expected the end of the file, or the next claim on a new line")
        yield JsonValue(Origin(file, line, ""), value, fault)


def _read_array(text: _Text, file: str) -> Iterator[JsonValue]:
    text.skip("[")
    index = 0
    while text.next_character() != "]":
        if index and not text.skip(","):
            text.fail("expected a comma or the end of the array")
        text.next_character()
        origin = Origin(file, text.line, f"/{index}")
        value, fault = text.value()
        yield JsonValue(origin, value, fault)
        index += 1
    text.skip("]")
    if text.next_character():
        text.fail("expected the end of the file after the array")


class LineDecoder:
    """Turns lines into values.

    Args:
        as_written: keep the zeros at the end of numbers.
    """

    def __init__(self, *, as_written: bool = False) -> None:
        self._decoder = _Decoder(as_written=as_written)

    def value(self, line: bytes | ClaimFault, origin: Origin) -> JsonValue:
        """The value of a line that ``read_lines`` gave, or what is wrong with it."""
        if isinstance(line, ClaimFault):
            return JsonValue(origin, None, line)
        try:
            text = line.decode("utf-8").strip(" \t\r\n")
        except UnicodeDecodeError:
            return JsonValue(origin, None, ClaimFault("", _NOT_UTF8))
        try:
            value, end, fault = self._decoder.value(text)
        except json.JSONDecodeError as error:
            return JsonValue(origin, None, ClaimFault("", _syntax(error)))
        except RecursionError:
            return JsonValue(origin, None, ClaimFault("", _TOO_DEEP))
        if end < len(text):
            fault = ClaimFault("", "expected the end of the line after the claim")
            return JsonValue(origin, None, fault)
        return JsonValue(origin, value, fault)


def _skip_line(stream: BinaryIO) -> None:
    while data := stream.readline(_CHUNK):
        if data.endswith(b"\n"):
            return


def _syntax(error: json.JSONDecodeError) -> str:
    if _is_cut(error):
        return "is cut off: it ends in the middle of a claim"
    return f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"


def _is_cut(error: json.JSONDecodeError) -> bool:
    """Whether nothing is wrong but that the text ends too early."""
    if error.msg.startswith("Unterminated string"):
        return True
    return _CUT_TOKEN.fullmatch(error.doc, error.pos) is not None


def _may_be_cut(error: json.JSONDecodeError, length: int) -> bool:
    return error.msg.startswith("Unterminated string") or error.pos >= length - _LONGEST_CUT


def first_refusal(document: Any) -> ClaimFault | None:
    """The first refused value of a document, without recursion however deep it is nested."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, _Refused):
            return ClaimFault(json_pointer(path), value.reason)
        if isinstance(value, dict):
            stack.extend(((*path, name), value[name]) for name in reversed(value))
        elif isinstance(value, list):
            stack.extend(((*path, index), value[index]) for index in range(len(value) - 1, -1, -1))
    return None


class _Text:
    """A JSON document read piece by piece; it holds the claim at hand and not the file."""

    def __init__(self, stream: BinaryIO, file: str, longest: int, decoder: _Decoder) -> None:
        self._stream = stream
        self._file = file
        self._longest = longest
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._decoder = decoder
        self._text = ""
        self._position = 0
        self._ended = False
        self.line = 1

    def next_character(self) -> str:
        """The next character that is not white space, ``""`` at the end of the file."""
        while True:
            match = _WHITE_SPACE.match(self._text, self._position)
            assert match is not None
            self._advance(match.end())
            if self._position < len(self._text) or self._ended:
                return self._text[self._position : self._position + 1]
            self._read(_CHUNK)

    def skip(self, character: str) -> bool:
        """Goes past the next character if it is this one."""
        if self.next_character() != character:
            return False
        self._advance(self._position + 1)
        return True

    def value(self) -> tuple[Any, ClaimFault | None]:
        """The next value, and what in it is refused.

        Raises:
            InputError: there is none.
        """
        size = _CHUNK
        while True:
            try:
                value, end, fault = self._decoder.value(self._text, self._position)
            except json.JSONDecodeError as error:
                if self._ended or not _may_be_cut(error, len(self._text)):
                    line = self.line + self._text.count("\n", self._position, error.pos)
                    reason = _syntax(error)
                    raise InputError(reason, file=self._file, line=line) from None
            except RecursionError:
                self.fail(_TOO_DEEP)
            else:
                # A number may go on in the part of the file that is still to come.
                if self._ended or end < len(self._text):
                    self._advance(end)
                    return value, fault
            if len(self._text) - self._position > self._longest:
                self.fail(TOO_LONG.format(self._longest))
            self._read(size)
            size *= 2

    def fail(self, reason: str) -> NoReturn:
        """Refuses the file at the place that has been reached."""
        raise InputError(reason, file=self._file, line=self.line)

    def _advance(self, position: int) -> None:
        self.line += self._text.count("\n", self._position, position)
        self._position = position

    def _read(self, size: int) -> None:
        data = self._stream.read(size)
        self._ended = not data
        try:
            text = self._decode.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            line = self.line + self._text.count("\n", self._position)
            line += data.count(b"\n", 0, error.start)
            raise InputError(_NOT_UTF8, file=self._file, line=line) from None
        self._text = self._text[self._position :] + text
        self._position = 0
