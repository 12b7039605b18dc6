"""A value of a JSON file, or what is wrong with the text that is there for one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from claimshapes.claims.claim import Origin
from claimshapes.claims.readers.broken_lines import NONE_BROKEN, BrokenLines
from claimshapes.claims.readers.json_places import JsonLines
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.schema import ClaimFault

JSON_VALUES = limit("JSON_VALUES", 4_000_000)
"""The most commas of one claim or resource; a value takes some 100 bytes in memory."""

CHUNK = 1 << 16
"""The bytes of a file that are read at a time."""

TOO_LONG = "a claim must not be longer than {:,} bytes"
TOO_MANY = f"a claim must not have over {JSON_VALUES:,} values"
NOT_UTF8 = "is not UTF-8 text"


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
        """What stands in a file for a value that cannot be read."""
        return cls(origin, None, ClaimFault("", reason), text)
