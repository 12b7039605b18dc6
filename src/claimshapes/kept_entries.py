"""What takes long to find and may be found anew at any time, kept in files between runs.

An entry's key says all that it depends on, so that what is kept cannot be stale.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

Entry = TypeVar("Entry")

_MOST = 5000
"""Entries that a file keeps; the oldest go."""


class KeptEntries(Generic[Entry]):
    """Entries by their keys.

    Args:
        files: files of entries; the last of them takes what is new.
        read: a file's entries, none where it cannot be used.
        written: entries as a file has them.
    """

    def __init__(
        self,
        files: Iterable[Path],
        read: Callable[[Path], dict[str, Entry]],
        written: Callable[[dict[str, Entry]], bytes],
    ) -> None:
        self._files = list(files)
        self._read = read
        self._written = written
        self._known: dict[str, Entry] = {}
        self._new: dict[str, Entry] = {}
        for file in self._files:
            self._known |= read(file)

    def get(self, key: str) -> Entry | None:
        """The entry of a key, if one is known."""
        return self._known.get(key)

    def add(self, key: str, entry: Entry) -> None:
        """Enters what was found."""
        self._known[key] = self._new[key] = entry

    def keep(self) -> None:
        """Writes down what is new; that it cannot be written does no harm."""
        if not self._new or not self._files:
            return
        file = self._files[-1]
        kept = dict(list({**self._read(file), **self._new}.items())[-_MOST:])
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as stream:
                stream.write(self._written(kept))
            Path(stream.name).replace(file)
        except OSError:
            return
        self._new = {}
