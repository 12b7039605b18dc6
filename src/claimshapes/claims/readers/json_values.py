"""Values of JSON with exact numbers, and what JSON allows in them that a claim does not."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from claimshapes.claims.claim import Origin
from claimshapes.claims.readers.broken_lines import NONE_BROKEN, BrokenLines
from claimshapes.claims.readers.json_places import JsonLines
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.schema import ClaimFault, json_pointer, plain_number, shown_name

JSON_VALUES = limit("JSON_VALUES", 4_000_000)
"""The most commas of one claim or resource; a value takes some 100 bytes in memory."""

CHUNK = 1 << 16
"""The bytes of a file that are read at a time."""

TOO_LONG = "a claim must not be longer than {:,} bytes"
TOO_MANY = f"a claim must not have over {JSON_VALUES:,} values"
NOT_UTF8 = "is not UTF-8 text"

_LONGEST_NUMBER = 30
# The longest token, string apart, that the end of a piece of text may cut: -Infinity, \uXXXX.
_LONGEST_CUT = 12
_CUT_TOKEN = re.compile(r"[A-Za-z-]{0,8}\s*|\\u?[0-9A-Fa-f]{0,4}")

_CUT = "is cut off: it ends in the middle of a claim"
_TOO_DEEP = "is nested too deeply for a claim"


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

    @classmethod
    def of_fault(cls, origin: Origin, reason: str, text: str | None = None) -> JsonValue:
        """What a file has in place of a value that can be read."""
        return cls(origin, None, ClaimFault("", reason), text)


@dataclass(frozen=True, slots=True)
class _Refused:
    """Stands in a decoded document for what JSON allows and a claim does not.

    Attributes:
        reason: why it is refused.
        pairs: of an object with a repeated name, its names and values.
    """

    reason: str
    pairs: tuple[tuple[str, Any], ...] = ()


class ExactDecoder(json.JSONDecoder):
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


def syntax_fault(error: json.JSONDecodeError | RecursionError) -> str:
    """What is wrong with a text of which ``ExactDecoder`` made no value."""
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


def may_be_cut(error: json.JSONDecodeError | RecursionError, length: int) -> bool:
    """Whether a text of this length may be wrong only since more of the file is to come."""
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
