"""Ranges of texts, such as of codes."""

from __future__ import annotations

from collections.abc import Iterable

Ranges = tuple[tuple[str, str | None], ...]
"""The first and last text of each range; none where it has no end."""


def in_ranges(ranges: Iterable[tuple[str, str | None]], texts: Iterable[object]) -> bool:
    """Whether one of the texts is in one of the ranges."""
    return any(
        low <= text and (high is None or text <= high)
        for low, high in ranges
        for text in texts
        if isinstance(text, str)
    )


def split(ranges: Ranges) -> tuple[frozenset[str], Ranges]:
    """The ranges of one text, as these texts, and the other ranges."""
    texts = frozenset(low for low, high in ranges if low == high)
    return texts, tuple((low, high) for low, high in ranges if low != high)
