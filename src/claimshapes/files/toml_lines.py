"""The line of a TOML file in which a table or a key is, which its parser does not tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*[=.]")


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line of what is at a path, where each table has its own header.

    Args:
        text: the file.
        path: names of tables and of a key; in an array of tables the number of one, from 0.
    """
    wanted = tuple(path)
    current: tuple[str, ...] = ()
    begun: Counter[tuple[str, ...]] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.fullmatch(line)
        if header is not None:
            current = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1] == "[[":
                begun[current] += 1
                current = (*current, str(begun[current] - 1))
            if current == wanted:
                return number
        elif (key := _KEY.match(line)) and (*current, key[1]) == wanted:
            return number
    return None
