"""Counts what a file says and its reader does not carry over, where somebody asks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_COUNTS: ContextVar[Counter[str] | None] = ContextVar("unread", default=None)
_VISITED: ContextVar[set[str] | None] = ContextVar("visited", default=None)
_INDEX = re.compile(r"\[[0-9]+\]")
# Names of things, which their codes say too, and what a server notes about the resource itself.
_WORDS = frozenset({"display", "text", "meta", "language", "id", "resourceType", "implicitRules"})


@contextmanager
def counting_unread() -> Iterator[Counter[str]]:
    """Counts, while claims are read, the parts of them that no field of the claim format has."""
    counts: Counter[str] = Counter()
    token = _COUNTS.set(counts)
    try:
        yield counts
    finally:
        _COUNTS.reset(token)


def unread_counts() -> Counter[str] | None:
    """The counts of this run, none where nobody asks."""
    return _COUNTS.get()


@contextmanager
def visits() -> Iterator[None]:
    """Notes which elements of a resource are asked for, and counts the others at its end."""
    token = _VISITED.set(set() if _COUNTS.get() is not None else None)
    try:
        yield
    finally:
        _VISITED.reset(token)


def visit(path: str, name: str) -> None:
    """Notes that an element was asked for."""
    visited = _VISITED.get()
    if visited is not None:
        visited.add(_INDEX.sub("", f"{path}.{name}"))


def count_part(path: str) -> None:
    """Counts a part of a resource that was looked at and that no field has."""
    counts = _COUNTS.get()
    if counts is not None:
        place = _INDEX.sub("", path)
        counts[place.rpartition("resource.")[2] or place] += 1


def count_unvisited(content: Mapping[str, Any], path: str) -> None:
    """Counts the values of a resource that nothing has asked for."""
    counts, visited = _COUNTS.get(), _VISITED.get()
    if counts is None or visited is None:
        return
    stack: list[tuple[str, Any]] = [(_INDEX.sub("", path), content)]
    while stack:
        place, value = stack.pop()
        if isinstance(value, Mapping):
            for name, inner in value.items():
                if name not in _WORDS:
                    stack.append((f"{place}.{name}", inner))
        elif isinstance(value, list):
            stack += [(place, inner) for inner in value]
        elif place not in visited:
            counts[place.rpartition("resource.")[2] or place] += 1
