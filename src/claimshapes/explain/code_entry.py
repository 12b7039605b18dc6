"""Everything that the knowledge says of a diagnosis code, gathered for a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from claimshapes.explain.code_facts import (
    BROADER,
    CATEGORY_LENGTH,
    UMBRELLA,
    CodeFacts,
    CodeReader,
    NoteLine,
)
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.rdf.vocabulary import ICD_NS

_RANGE = re.compile(r"[A-Z][0-9][0-9A-Z]-[A-Z][0-9][0-9A-Z]")
_CHAPTER = re.compile(r"CHAPTER ([0-9]{1,2})")
_NEXT_CHARACTER = re.compile(r"; (?=[A-Z0-9] )")
_ORDER = ("code", "category", "block", "chapter")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What is known of a code or heading.

    Attributes:
        facts: what is said at it.
        above: what it stands under, from the nearest to the chapter.
        children: the codes right below.
    """

    facts: CodeFacts
    above: tuple[CodeFacts, ...]
    children: tuple[CodeFacts, ...]

    @property
    def line(self) -> tuple[CodeFacts, ...]:
        """Itself, and what it is under."""
        return self.facts, *self.above

    @property
    def notes(self) -> list[tuple[NoteLine, CodeFacts]]:
        """Instructional notes of every release, its own first, each with where it is."""
        return [
            (note, place)
            for place in self.line
            for note in sorted(
                place.notes, key=lambda note: (note.kind, note.heading, note.text, note.releases)
            )
        ]

    @property
    def seventh_characters(self) -> tuple[list[str], CodeFacts] | None:
        """The seventh characters that it takes, if it takes any, and where that is defined."""
        return next(
            ((seventh_characters(place), place) for place in self.line if place.seventh), None
        )

    def reportable_on(self, day: date) -> bool:
        """Whether the code may be reported for services of this day."""
        return any(period.hold(day) for period in self.facts.periods)


def seventh_characters(place: CodeFacts) -> list[str]:
    """The seventh characters that are defined at a code, each with its meaning."""
    return _NEXT_CHARACTER.split(place.seventh)


def read_code_entry(knowledge: Knowledge, code: str) -> CodeEntry | None:
    """Gathers what is known of a code, however it is written.

    Args:
        knowledge: the compiled knowledge.
        code: a code or heading, a block such as ``M50-M54``, or a chapter such as ``chapter 13``.

    Returns:
        The entry; none when no release knows the code.
    """
    reader = CodeReader(knowledge)
    heading = _heading_of(knowledge, reader, code)
    concept = heading or knowledge.match(code).concept
    if concept is None:
        return None
    own = reader.read(concept)
    if heading is None:
        below = [iri for _, iri in knowledge.children(own.notation)]
    else:
        below = _below_heading(knowledge, reader, heading)
    children = sorted(map(reader.read, below), key=lambda child: (child.notation, child.iri))
    return CodeEntry(own, _above(reader, own), tuple(children))


def _heading_of(knowledge: Knowledge, reader: CodeReader, text: str) -> str | None:
    """The IRI of the block or chapter that a text names, by its range of codes or its number."""
    asked = text.strip().upper()
    if _RANGE.fullmatch(asked):
        block = f"{ICD_NS}block-{asked}"
        if knowledge.describe(block):
            return block
        titled = map(reader.read, knowledge.mentioning([f"({asked})"]))
        return next((facts.iri for facts in titled if facts.kind == "chapter"), None)
    chapter = _CHAPTER.fullmatch(asked)
    iri = f"{ICD_NS}chapter-{int(chapter[1])}" if chapter else None
    return iri if iri is not None and knowledge.describe(iri) else None


def _below_heading(knowledge: Knowledge, reader: CodeReader, heading: str) -> list[str]:
    """IRIs of what is right below a heading; of a block that only spans blocks, of these."""
    named = knowledge.mentioning([f":{heading.removeprefix(ICD_NS)}"])
    said = {iri: reader.values(iri) for iri in named}
    narrower = [iri for iri, values in said.items() if heading in values.get(BROADER, ())]
    return narrower or [iri for iri, values in said.items() if heading in values.get(UMBRELLA, ())]


def _above(reader: CodeReader, own: CodeFacts) -> tuple[CodeFacts, ...]:
    """What a code stands under, the nearest first, wider blocks after narrower ones."""
    found = {own.iri: own}
    pending = [own]
    while pending:
        for iri in pending.pop().up:
            if iri not in found:
                found[iri] = reader.read(iri)
                pending.append(found[iri])
    del found[own.iri]
    return tuple(sorted(found.values(), key=_from_nearest))


def _from_nearest(place: CodeFacts) -> tuple[int, int, str]:
    width = _block_width(place.notation) if place.kind == "block" else -len(place.notation)
    return _ORDER.index(place.kind), width, place.notation


def _block_width(notation: str) -> int:
    """How many categories a block such as M50-M54 spans, to put the narrower one first."""
    first, _, last = notation.partition("-")
    return int(last or first, 36) - int(first, 36)


def is_code_like(text: str) -> bool:
    """Whether a text has the form of an ICD-10-CM code: a letter, a digit, up to five more."""
    key = text.replace(".", "").rstrip("-")
    return (
        CATEGORY_LENGTH <= len(key) <= 7
        and key.isascii()
        and key.isalnum()
        and key[0].isalpha()
        and key[1].isdigit()
    )


def is_heading_like(text: str) -> bool:
    """Whether a text has the form of a block, ``M50-M54``, or of a chapter, ``chapter 13``."""
    asked = text.strip().upper()
    return bool(_RANGE.fullmatch(asked) or _CHAPTER.fullmatch(asked))
