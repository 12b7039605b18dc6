"""What a reader gives for a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from claimshapes.knowledge.sheet import Row


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table, in its columns; or a file that is kept as it is.

    Attributes:
        names: the columns.
        rows: the rows.
        order: columns by which they are ordered first.
        content: a file that is kept as it is.
        suffix: the end of its name.
    """

    names: list[str]
    rows: Iterable[Row] = ()
    order: tuple[str, ...] = ()
    content: bytes = b""
    suffix: str = ""
