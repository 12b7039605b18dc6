"""The tables that say how words of notes and titles are read: note-words.csv, site-words.csv."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from claimshapes.errors import InputError

NOTE_WORDS = "note-words.csv"
SITE_WORDS = "site-words.csv"

READINGS = frozenset({"condition", "examples", "every-patient", "linked"})

_KINDS = {
    "codeFirst": "code-first",
    "useAdditionalCode": "use-additional",
    "codeAlso": "code-also",
}
_NO_ONE_SITE = re.compile(r"\bmultiple\b|\bunspecified sites?\b|\bsites? unspecified\b")


@dataclass(frozen=True, slots=True)
class WordTables:
    """Both tables, with a pattern for each entry that compares whole words, whatever their case.

    Attributes:
        notes: pattern, kind of note or empty for every kind, reading.
        sites: pattern and the parts of the body that its words name.
    """

    notes: tuple[tuple[re.Pattern[str], str, str], ...]
    sites: tuple[tuple[re.Pattern[str], frozenset[str]], ...]

    def readings(self, kind: str, words: str) -> frozenset[str]:
        """How a line of a note is read, with the heading above it.

        Args:
            kind: kind of note, as the tabular XML names it.
            words: heading and line.
        """
        named = _KINDS.get(kind)
        if named is None:
            return frozenset()
        return frozenset(
            reading
            for pattern, only, reading in self.notes
            if only in ("", named) and pattern.search(words)
        )

    def sites_of(self, title: str) -> frozenset[str]:
        """The parts of the body that a title names; none where it says several or unspecified."""
        if _NO_ONE_SITE.search(title.lower()):
            return frozenset()
        return frozenset(
            site for pattern, sites in self.sites if pattern.search(title) for site in sites
        )


def read_word_tables(folder: Path) -> WordTables:
    """Reads both tables.

    Args:
        folder: folder of the tables.

    Raises:
        InputError: a reading is none of ``READINGS``, or a kind of note is not known.
    """
    notes = []
    file = folder / NOTE_WORDS
    for row in _rows(file):
        if row["reading"] not in READINGS or row["kind"] not in ("", *_KINDS.values()):
            raise InputError(f"reading or kind not known: {row['words']}", file=str(file))
        notes.append((_pattern(row["words"]), row["kind"], row["reading"]))
    sites: dict[str, set[str]] = defaultdict(set)
    for row in _rows(folder / SITE_WORDS):
        sites[row["words"]].add(row["site"])
    return WordTables(
        tuple(notes),
        tuple((_pattern(words), frozenset(named)) for words, named in sites.items()),
    )


def _rows(file: Path) -> Iterable[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9]){re.escape(words)}(?![a-z0-9])", re.IGNORECASE)
