"""A table as it was published, and how large one may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

Row = list[str]
MOST_ROWS = 6_000_000
"""Rows of a sheet; the largest published table has fewer than three million."""

MOST_COLUMNS = 400
LONGEST_CELL = 32_000_000
"""Characters; the texts of coverage documents have some hundred thousand."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it was published: rows of text, which can be read more than once.

    Attributes:
        name: name of the file, below the archives that it was in.
        rows: opens the rows.
        lines: opens its lines, where it is a text.
        stream: opens its bytes, where it is neither text nor workbook.
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    lines: Callable[[], Iterator[str]] | None = None
    stream: Callable[[], IO[bytes]] | None = None

    @property
    def file_name(self) -> str:
        """The last part of its name."""
        return PurePosixPath(self.name).name
