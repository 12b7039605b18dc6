"""On which line of its file a part of a JSON document is; found only when it is asked for."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cached_property
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in typeshed

from claimshapes.claims.claim import FilePlaces

_SPACE = re.compile(r"[ \t\r\n]*")
_STEPS = re.compile(r"\.([A-Za-z]+)|\[([0-9]+)\]")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)


class JsonLines:
    """The lines of a value's text.

    Args:
        text: the value as its file has it; well-formed JSON.
        first: the line on which it begins.
    """

    def __init__(self, text: str, first: int) -> None:
        self._text = text
        self._first = first
        self._parts: dict[int, dict[str, int]] = {}

    def line(self, pointer: str) -> int | None:
        """The line on which the part at a JSON Pointer begins; none where there is no such part.

        That of a member of an object is the line of its name.
        """
        begins = self._begins(pointer)
        return None if begins is None else self._first + bisect_left(self._ends, begins)

    def column(self, pointer: str) -> int | None:
        """The column, from 1, at which the part begins; none on the first line of the text.

        What the file has before the text on that line is not known.
        """
        begins = self._begins(pointer)
        number = 0 if begins is None else bisect_left(self._ends, begins)
        return begins - self._ends[number - 1] if begins is not None and number else None

    def _begins(self, pointer: str) -> int | None:
        at = named = 0
        for step in pointer.split("/")[1:]:
            parts = self._parts_of(at)
            named = parts.get(step.replace("~1", "/").replace("~0", "~"), -1)
            if named < 0:
                return None
            at = self._value_at(named, self._text[at] == "{")
        return named

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    def _value_at(self, named: int, is_member: bool) -> int:
        if not is_member:
            return named
        _, end = scanstring(self._text, named + 1)
        return self._after_space(self._after_space(end) + 1)

    def _parts_of(self, at: int) -> dict[str, int]:
        """Where each member, by its name, or each entry, by its index, of a value begins."""
        known = self._parts.get(at)
        if known is None:
            known = self._parts[at] = dict(self._read(at))
        return known

    def _read(self, at: int) -> Iterator[tuple[str, int]]:
        opening = self._text[at]
        if opening not in "{[":
            return
        position, index = self._after_space(at + 1), 0
        while self._text[position] not in "}]":
            name = str(index)
            start = position
            if opening == "{":
                name, _ = scanstring(self._text, position + 1)
            yield name, start
            value = self._value_at(start, opening == "{")
            _, position = _DECODER.raw_decode(self._text, value)
            position = self._after_space(position)
            if self._text[position] == ",":
                position = self._after_space(position + 1)
            index += 1

    def _after_space(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return position if match is None else match.end()


class ClaimLines(FilePlaces):
    """The places of a claim's parts: the lines of its JSON, by JSON Pointer.

    Args:
        lines: the claim's text.
    """

    def __init__(self, lines: JsonLines) -> None:
        self._lines = lines

    def __getitem__(self, pointer: str) -> str:
        line = self._lines.line(pointer)
        if line is None:
            raise KeyError(pointer)
        return f"line {line}"

    def column(self, pointer: str) -> int | None:
        """Column of a part on its line."""
        return self._lines.column(pointer)

    def __iter__(self) -> Iterator[str]:
        yield ""

    def __len__(self) -> int:
        return 1


class ResourceLines(FilePlaces):
    """The places of a claim's parts in FHIR, each path with its line.

    Args:
        places: the paths, by JSON Pointer.
        lines: the text of the document.
    """

    def __init__(self, places: Mapping[str, str], lines: JsonLines) -> None:
        self._places = places
        self._lines = lines

    def __getitem__(self, pointer: str) -> str:
        path = self._places[pointer]
        line = self._lines.line(_pointer_of(path))
        return path if line is None else f"{path}, line {line}"

    def column(self, pointer: str) -> int | None:
        """Column of a part on its line."""
        return self._lines.column(_pointer_of(self._places[pointer]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, pointer: object) -> bool:
        return pointer in self._places

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        # The document would go along with each of its claims.
        return dict, (dict(self._places),)


def _pointer_of(path: str) -> str:
    """The JSON Pointer of a FHIR path."""
    steps = (name or index for name, index in _STEPS.findall(path))
    return "".join(f"/{step}" for step in steps)
