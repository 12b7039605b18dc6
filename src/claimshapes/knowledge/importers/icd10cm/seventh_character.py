"""Seventh characters: which definition holds for a code, and the codes that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from claimshapes.knowledge.importers.icd10cm.tabular import Entry

FULL_LENGTH = 7


def definition_for(entry: Entry) -> Mapping[str, str]:
    """Meaning by character from the nearest definition, the entry's own or one above it.

    Empty where none is above it, or where the code has seven characters already.
    """
    if len(entry.key) >= FULL_LENGTH:
        return {}
    at: Entry | None = entry
    while at is not None:
        if at.seventh_characters:
            return at.seventh_characters
        at = at.parent
    return {}


def expanded(entry: Entry) -> Iterator[tuple[str, str]]:
    """The full codes of an entry at the lowest level that takes a seventh character.

    Places between the code and the seventh character are filled with X (ICD-10-CM
    Official Guidelines, section I.A.4 and I.A.5).

    Yields:
        Code with its dot, and title.
    """
    for character, meaning in sorted(definition_for(entry).items()):
        code = entry.key.ljust(FULL_LENGTH - 1, "X") + character
        yield f"{code[:3]}.{code[3:]}", f"{entry.title}, {meaning}"
