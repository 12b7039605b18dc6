"""Each row of a table is a node of its own, and no two rows of a key hold on one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from sys import intern

from claimshapes.errors import RuleError
from claimshapes.rdf.vocabulary import CS_NS, SCHEMA_NS

_FROM = {f"{SCHEMA_NS}validFrom", f"{CS_NS}fromRelease"}
_THROUGH = {f"{SCHEMA_NS}validThrough", f"{CS_NS}throughRelease"}
_OPEN = "9999-12-31"

_Period = tuple[str, str, int]
"""First and last day as ISO 8601 has them, and the row's line."""


class RowIdentity:
    """Sees a table's rows one after the other.

    Args:
        file: the table's file, for messages.
        description: its description, for messages.
        terms: names of the columns that the file has, by the property that they give.
        key: names of the columns that make a row's node.

    Raises:
        RuleError: rows have periods, and their nodes' IRI does not say from when they hold.
    """

    def __init__(
        self, file: Path, description: Path, terms: Mapping[str | None, str], key: Sequence[str]
    ) -> None:
        self._file = file
        self._start = next((terms[term] for term in _FROM if term in terms), None)
        self._end = next((terms[term] for term in _THROUGH if term in terms), None)
        if self._start is not None and self._start not in key:
            raise RuleError(
                f"{description}: aboutUrl needs {{{self._start}}}; rows of other dates"
                " would be one node"
            )
        self._key = [name for name in key if name != self._start]
        # Hashes of the keys: there may be millions.
        self._first: dict[int, _Period] = {}
        self._more: dict[int, list[_Period]] = {}

    def see(self, row: Mapping[str, str], line: int) -> None:
        """Takes the next row.

        Raises:
            RuleError: an earlier row of its key holds on one of its days; names both lines.
        """
        key = hash(tuple(row[name] for name in self._key))
        # Millions of rows have the same few days.
        start = intern(row[self._start]) if self._start is not None else ""
        end = intern((row[self._end] if self._end is not None else "") or _OPEN)
        period = (start, end, line)
        first = self._first.setdefault(key, period)
        if first is period:
            return
        others = self._more.setdefault(key, [first])
        for other_start, other_end, other_line in others:
            if start <= other_end and other_start <= end:
                named = ", ".join(row[name] for name in self._key)
                raise RuleError(
                    f"{self._file}, lines {other_line} and {line}: two rows of {named}"
                    + (" hold on the same day" if self._start is not None else "")
                )
        others.append(period)
