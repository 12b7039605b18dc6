"""Values in JSON files: one object, an array, or one object a line, in bounded memory."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, BinaryIO, NoReturn

from claimshapes.claims.claim import Origin
from claimshapes.claims.field_values import plain_number
from claimshapes.claims.readers.broken_lines import NONE_BROKEN, BrokenLines
from claimshapes.claims.readers.json_places import JsonLines
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.schema import ClaimFault, json_pointer, shown_name
from claimshapes.errors import InputError

JSON_VALUES = limit("JSON_VALUES", 4_000_000)
"""The most commas of one claim or resource; a value takes some 100 bytes in memory."""

_CHUNK = 1 << 16
_WHITE_SPACE = re.compile(r"[ \t\r\n]*")
_LONGEST_NUMBER = 30
# What may be the beginning of the next value: an object after a comma or at the start of a line.
_OBJECT = re.compile(r"(?:,[ \t\r\n]*|\n)\{")
# The longest token, string apart, that the end of a piece of text may cut: -Infinity, \uXXXX.
_LONGEST_CUT = 12
# What may stand behind a value: the end, or the beginning of the next one.
_BEHIND = ",]{["
_MOST_TRIED = 20_000
_OTHER_BYTES = re.compile(r"[\udc80-\udcff]")
_CUT_TOKEN = re.compile(r"[A-Za-z-]{0,8}\s*|\\u?[0-9A-Fa-f]{0,4}")

_CUT = "is cut off: it ends in the middle of a claim"
_END_EXPECTED = "expected the end of the line after the claim"
_TOO_DEEP = "is nested too deeply for a claim"
TOO_LONG = "a claim must not be longer than {:,} bytes"
_TOO_MANY = "a claim must not have over {:,} values"
_NOT_UTF8 = "is not UTF-8 text"


@dataclass(frozen=True, slots=True)
class JsonValue:
    """One value of a file.

    Attributes:
        origin: where it stands.
        content: the value; ``None`` where the text is no JSON at all.
        fault: the first thing in it that JSON allows and a claim does not, or why it is no JSON.
        text: of what is no JSON, the text; ``None`` where it is too long to be kept.
        is_note: whether the fault is that of the file, and of no value in it.
        is_rest: whether the text begins no object: it may go on from the value before.
        before: of a line, the lines right before it that were broken too.
        lines: of a value over several lines, what tells on which of them its parts are.
    """

    origin: Origin
    content: Any
    fault: ClaimFault | None = None
    text: str | None = None
    is_note: bool = False
    is_rest: bool = False
    before: BrokenLines = NONE_BROKEN
    lines: JsonLines | None = None


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in a decoded document for what JSON allows and a claim does not.

    Attributes:
        reason: why it is refused.
        pairs: of an object with a repeated name, its names and values.
    """

    reason: str
    pairs: tuple[tuple[str, Any], ...] = ()


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
            parse_int=self._integer,
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
        value, end = self.raw_decode(text, start)
        return value, end, first_refusal(value) if self._refusals else None

    def _refuse(self, reason: str, pairs: Sequence[tuple[str, Any]] = ()) -> _Refused:
        self._refusals += 1
        return _Refused(reason, tuple(pairs))

    def _integer(self, text: str) -> int | _Refused:
        # Python converts no more than 4,300 digits, and takes long for fewer.
        return int(text) if len(text) <= _LONGEST_NUMBER else self._refuse("expected a number")

    def _decimal(self, text: str) -> int | Decimal | _Refused:
        if len(text) > _LONGEST_NUMBER or "e" in text or "E" in text:
            return self._refuse("expected a plain decimal number, without an exponent")
        number = Decimal(text)
        return number if self._as_written else plain_number(number)

    def _constant(self, _: str) -> _Refused:
        return self._refuse("expected a number; NaN and Infinity are none")

    def _object(self, pairs: list[tuple[str, Any]]) -> Any:
        content = dict(pairs)
        if len(content) == len(pairs):
            return content
        (repeated, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        return self._refuse(f"the field '{shown_name(repeated)}' is given twice", pairs)


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
    text = _Text(stream, file, longest, _Decoder(as_written=as_written), is_whole)
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


class LineDecoder:
    """Turns lines into values, one after another.

    Args:
        as_written: keep the zeros at the end of numbers.
    """

    def __init__(self, *, as_written: bool = False) -> None:
        self._decoder = _Decoder(as_written=as_written)
        self._broken = NONE_BROKEN

    def value(self, line: bytes | ClaimFault, origin: Origin) -> JsonValue:
        """The value of a line that holds exactly one, or what is wrong with it."""
        first, *others = self.values(line, origin)
        self._broken = NONE_BROKEN
        if not others:
            return first
        return JsonValue(origin, None, ClaimFault("", _END_EXPECTED))

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
            yield JsonValue(
                origin, None, ClaimFault("", _NOT_UTF8), line.decode("utf-8", "replace")
            )
            return
        if text.count(",") > JSON_VALUES:
            yield JsonValue(origin, None, ClaimFault("", _TOO_MANY.format(JSON_VALUES)))
            return
        position = 0
        while True:
            try:
                value, end, fault = self._decoder.value(text, position)
            except (json.JSONDecodeError, RecursionError) as error:
                fault = ClaimFault("", _syntax(error))
                self._broken = before.and_next(text[position:])
                yield JsonValue(origin, None, fault, text[position:], before=before)
                return
            while text[end : end + 1].isspace():
                end += 1
            rest = text[end : end + 1]
            if rest and rest != "{":
                fault = ClaimFault("", _END_EXPECTED)
                self._broken = before.and_next(text[position:])
                yield JsonValue(origin, None, fault, text[position:], before=before)
                return
            yield JsonValue(origin, value, fault)
            if not rest:
                return
            position = end


def _skip_line(stream: BinaryIO) -> None:
    while data := stream.readline(_CHUNK):
        if data.endswith(b"\n"):
            return


def _syntax(error: json.JSONDecodeError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return _TOO_DEEP
    if _is_cut(error):
        return _CUT
    return f"is not JSON: {json_fault(error)}"


def json_fault(error: json.JSONDecodeError) -> str:
    """What is wrong in the words of Python's reader, whose place is told elsewhere."""
    fault = re.sub("( starting)? at$", "", error.msg)
    return fault[:1].lower() + fault[1:]


def _is_cut(error: json.JSONDecodeError) -> bool:
    """Whether nothing is wrong but that the text ends too early."""
    if error.msg.startswith("Unterminated string"):
        return True
    return _CUT_TOKEN.fullmatch(error.doc, error.pos) is not None


def _may_be_cut(error: json.JSONDecodeError | RecursionError, length: int) -> bool:
    if isinstance(error, RecursionError):
        return False
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


def objects_within(document: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a document, it among them, without recursion however deep it is nested.

    One with repeated names comes as those that it may have been before they ran together.
    """
    stack = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            yield value
            stack.extend(value.values())
        elif isinstance(value, _Refused):
            yield from _parted(value.pairs)
            stack.extend(inner for _, inner in value.pairs)
        elif isinstance(value, list):
            stack.extend(value)


def _parted(pairs: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Objects without repeated names: what comes first of each name, what comes second, and on.

    Few names that are repeated make no other object.
    """
    parts: list[dict[str, Any]] = []
    times: Counter[str] = Counter()
    for name, value in pairs:
        if times[name] == len(parts):
            parts.append({})
        parts[times[name]][name] = value
        times[name] += 1
    return [part for part in parts if 2 * len(part) > len(parts[0])]


def without_repeated(content: Any) -> Any:
    """An object with repeated names without the fields of these names; else the content."""
    if not isinstance(content, _Refused) or not content.pairs:
        return content
    times = Counter(name for name, _ in content.pairs)
    return {name: value for name, value in content.pairs if times[name] == 1}


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
        decoder: _Decoder,
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
            self._read(_CHUNK)

    def skip(self, character: str) -> bool:
        """Goes past the next character if it is this one."""
        if self.next_character() != character:
            return False
        self._advance(self._position + 1)
        return True

    def value(self, origin: Origin) -> JsonValue:
        """The next value, or what is wrong with what stands there up to the next whole one."""
        size, searched, line = _CHUNK, 1, self.line
        while True:
            if self._text.count(",", self._position) > JSON_VALUES:
                self._skip_over_long()
                return JsonValue(origin, None, ClaimFault("", _TOO_MANY.format(JSON_VALUES)))
            try:
                content, end, fault = self._decoder.value(self._text, self._position)
            except (json.JSONDecodeError, RecursionError) as error:
                reason = _syntax(error)
                if isinstance(error, json.JSONDecodeError):
                    line = self.line + self._text.count("\n", self._position, error.pos)
                if self._ended or not _may_be_cut(error, len(self._text)):
                    found, searched = self._next_whole(self._position, searched)
                    if found is not None or self._ended:
                        text = self._take_up_to(found)
                        return self._damaged(replace(origin, line=line), reason, text)
            else:
                # A number may go on in the part of the file that is still to come.
                after = _WHITE_SPACE.match(self._text, end)
                next_at = end if after is None else after.end()
                if next_at < len(self._text) and self._text[next_at] not in _BEHIND:
                    reason = "is not JSON: expected the end of the claim"
                    found, searched = self._next_whole(self._position, searched)
                    if found is not None or self._ended:
                        rest = self._take_up_to(found)
                        return self._damaged(origin, reason, rest)
                elif self._ended or next_at < len(self._text):
                    text = self._text[self._position : end]
                    first = self.line
                    self._advance(end)
                    if self._has_other_bytes and _OTHER_BYTES.search(text):
                        return JsonValue(origin, None, ClaimFault("", _NOT_UTF8), text)
                    lines = JsonLines(text, first) if self.line > first else None
                    return JsonValue(origin, content, fault, lines=lines)
            if len(self._text) - self._position > self._longest:
                self._skip_over_long()
                return JsonValue(origin, None, ClaimFault("", TOO_LONG.format(self._longest)))
            self._read(size)
            size *= 2

    def _damaged(self, origin: Origin, reason: str, text: str) -> JsonValue:
        return JsonValue(
            origin, None, ClaimFault("", reason), text, is_rest=not text.startswith("{")
        )

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
                if cut is None and _may_be_cut(error, len(self._text)):
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
            self._read(max(_CHUNK, self._longest // 2))

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
