"""Remembers the claim numbers of a file and where each stood first, in bounded memory."""

from __future__ import annotations

import sqlite3
import weakref

from claimshapes.errors import InputError

_IN_MEMORY = 100_000
"""Numbers that are kept in memory, some 140 bytes each; with more, all go to the disk."""

_CACHE_KIB = 16 * 1024

Place = int | str
"""A line, a JSON Pointer or a file's name."""


class ClaimNumbers:
    """Claim numbers with the place of each one's first appearance.

    Many are kept in a private database in the folder for temporary files, which has no name
    there and goes away with this object.

    Args:
        in_memory: how many are kept in memory, before all go to the disk.
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._few: dict[str, Place] = {}
        self._many: sqlite3.Cursor | None = None

    def add(self, number: str, place: Place) -> Place | None:
        """Remembers a number that is new.

        Args:
            number: the claim number.
            place: where it stands now.

        Returns:
            Where it stood first, or none where it is new.

        Raises:
            InputError: the numbers do not fit into the folder for temporary files.
        """
        if self._many is not None:
            return self._add_on_disk(self._many, number, place)
        first = self._few.get(number)
        if first is None:
            self._few[number] = place
            if len(self._few) > self._in_memory:
                self._move_to_disk()
        return first

    def _move_to_disk(self) -> None:
        # A reader may be made in one thread and read in another; there is one reader.
        connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, connection.close)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(
            "CREATE TABLE seen (number BLOB PRIMARY KEY, place NOT NULL) WITHOUT ROWID"
        )
        # Never ended: each statement would otherwise be written to the disk by itself.
        connection.execute("BEGIN")
        self._many = connection.cursor()
        few, self._few = self._few, {}
        for number, place in few.items():
            self._add_on_disk(self._many, number, place)

    def _add_on_disk(self, many: sqlite3.Cursor, number: str, place: Place) -> Place | None:
        key = _bytes(number)
        kept = place if isinstance(place, int) else _bytes(place)
        try:
            many.execute("INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", (key, kept))
            if many.rowcount:
                return None
            (first,) = many.execute("SELECT place FROM seen WHERE number = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            reason = f"its claim numbers cannot be kept in the temporary folder ({error})"
            raise InputError(reason) from error
        return first if isinstance(first, int) else _text(first)


def _bytes(text: str) -> bytes:
    # As bytes, since SQLite takes no text with half of a surrogate pair, as a file's name may be.
    return text.encode("utf-8", "surrogatepass")


def _text(encoded: bytes) -> str:
    return encoded.decode("utf-8", "surrogatepass")
