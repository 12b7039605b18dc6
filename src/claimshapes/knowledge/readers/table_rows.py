"""What a reader gives for a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from claimshapes.knowledge.published import Row


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table, in its columns; or a file that is kept as it is.

    Attributes:
        names: the columns.
        rows: the rows.
        order: columns by which they are ordered first.
        file: the file that is kept.
        count: how many rows that has.
    """

    names: list[str]
    rows: Iterable[Row] = ()
    order: tuple[str, ...] = ()
    file: Path | None = None
    count: int = 0
