"""Keeps what a report may write only later, whatever its length."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

_IN_MEMORY = 1 << 20


class Spool:
    """Lines of ASCII text, in memory while they are few and then in a temporary file."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - lives as long as the report
            _IN_MEMORY, "w+", encoding="ascii", newline="\n"
        )

    def append(self, line: str) -> None:
        """Adds a line, which holds no line break."""
        self._file.write(line + "\n")

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for line in self._file:
            yield line.rstrip("\n")

    def close(self) -> None:
        """Gives the memory or the file back."""
        self._file.close()
