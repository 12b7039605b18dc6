"""Everything that the knowledge says of a diagnosis code, gathered for a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

import pyoxigraph as ox

from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, ICD_NS, RDF_NS, RDFS_NS, SCHEMA_NS, SKOS_NS

_BROADER = f"{SKOS_NS}broader"
_UMBRELLA = f"{CS_NS}umbrellaBlock"
_IN_RELEASE = f"{CS_NS}inRelease"
_REPORTABLE = f"{CS_NS}reportableDuring"
_KINDS = {
    f"{CS_NS}DiagnosisCode": "code",
    f"{CS_NS}CodeBlock": "block",
    f"{CS_NS}CodeChapter": "chapter",
}
_CATEGORY_LENGTH = 3
_RANGE = re.compile(r"[A-Z][0-9][0-9A-Z]-[A-Z][0-9][0-9A-Z]")
_CHAPTER = re.compile(r"CHAPTER ([0-9]{1,2})")
_NEXT_CHARACTER = r"; (?=[A-Z0-9] )"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last; without a last one it has not ended."""

    first: date
    last: date | None

    def __contains__(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)

    def __str__(self) -> str:
        return f"{self.first} to {self.last}" if self.last else f"from {self.first}"


@dataclass(frozen=True, slots=True)
class Place:
    """A code, block or chapter: where a note stands and what a code stands under."""

    iri: str
    kind: str
    notation: str
    title: str

    def __str__(self) -> str:
        return f"{self.kind} {self.notation}"


@dataclass(frozen=True, slots=True)
class Note:
    """A line of an instructional note.

    Attributes:
        kind: such as ``Excludes1`` or ``Code first``.
        text: the line.
        heading: the line that it stands under, where it does.
        place: where it stands.
        releases: IRIs of the releases that have it.
    """

    kind: str
    text: str
    heading: str
    place: Place
    releases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeventhCharacters:
    """The seventh characters that a code takes, and where that is defined."""

    meanings: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Child:
    """A code right below."""

    notation: str
    title: str
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What is known of a code or heading.

    Attributes:
        place: the code itself.
        periods: when it may be reported; none for a heading.
        above: what it stands under, from the nearest to the chapter.
        inclusion_terms: other conditions that it is for.
        includes: lines of Includes notes, its own and those of what it stands under.
        remarks: other remarks, likewise.
        notes: instructional notes of every release, its own first.
        seventh_characters: those that it takes, if it takes any.
        flags: what a code editor holds the code to be, with the period.
        releases: IRIs of the releases of the tabular list that have it.
        children: the codes right below.
    """

    place: Place
    periods: tuple[Period, ...]
    above: tuple[Place, ...]
    inclusion_terms: tuple[str, ...]
    includes: tuple[tuple[str, Place], ...]
    remarks: tuple[tuple[str, Place], ...]
    notes: tuple[Note, ...]
    seventh_characters: SeventhCharacters | None
    flags: tuple[tuple[str, Period], ...]
    releases: tuple[str, ...]
    children: tuple[Child, ...]

    def reportable_on(self, day: date) -> bool:
        """Whether the code may be reported for services of this day."""
        return any(day in period for period in self.periods)


def read_code_entry(knowledge: Knowledge, code: str) -> CodeEntry | None:
    """Gathers what is known of a code, however it is written.

    Args:
        knowledge: the compiled knowledge.
        code: a code or heading, a block such as ``M50-M54``, or a chapter such as ``chapter 13``.

    Returns:
        The entry; none when no release knows the code.
    """
    heading = heading_of(knowledge, code)
    concept = heading or knowledge.match(code).concept
    if concept is None:
        return None
    own = _Facts(knowledge, concept)
    line = [own, *_above(knowledge, own)]
    labels = _labels()
    return CodeEntry(
        place=own.place,
        periods=_periods(knowledge, own),
        above=tuple(facts.place for facts in line[1:]),
        inclusion_terms=own.texts(f"{SKOS_NS}altLabel"),
        includes=tuple(
            (text, facts.place) for facts in line for text in facts.texts(f"{CS_NS}includes")
        ),
        remarks=tuple(
            (text, facts.place) for facts in line for text in facts.texts(f"{SKOS_NS}note")
        ),
        notes=tuple(note for facts in line for note in _notes(knowledge, facts, labels)),
        seventh_characters=_seventh_characters(knowledge, line),
        flags=_flags(knowledge, own, labels),
        releases=own.texts(_IN_RELEASE),
        children=tuple(
            Child(notation, facts.place.title, _periods(knowledge, facts))
            for notation, iri in _below(knowledge, own, heading is not None)
            for facts in (_Facts(knowledge, iri),)
        ),
    )


def heading_of(knowledge: Knowledge, text: str) -> str | None:
    """The IRI of the block or chapter that a text names, by its range of codes or its number."""
    asked = text.strip().upper()
    if _RANGE.fullmatch(asked):
        block = f"{ICD_NS}block-{asked}"
        if knowledge.describe(block):
            return block
        titled = (_Facts(knowledge, iri) for iri in knowledge.mentioning([f"({asked})"]))
        return next((facts.iri for facts in titled if facts.place.kind == "chapter"), None)
    chapter = _CHAPTER.fullmatch(asked)
    iri = f"{ICD_NS}chapter-{int(chapter[1])}" if chapter else None
    return iri if iri is not None and knowledge.describe(iri) else None


def _below(knowledge: Knowledge, own: _Facts, heading: bool) -> list[tuple[str, str]]:
    """What is right below: each notation with the concept's IRI."""
    if not heading:
        return knowledge.children(own.place.notation)
    name = f":{own.iri.removeprefix(ICD_NS)}"
    named = [_Facts(knowledge, iri) for iri in knowledge.mentioning([name])]
    narrower = [facts for facts in named if own.iri in facts.texts(_BROADER)]
    spanned = [facts for facts in named if own.iri in facts.texts(_UMBRELLA)]
    return sorted((facts.place.notation, facts.iri) for facts in narrower or spanned)


class _Facts:
    """The triples about one subject, by predicate."""

    def __init__(self, knowledge: Knowledge, iri: str) -> None:
        self.iri = iri
        self._values: dict[str, list[str]] = {}
        for triple in knowledge.describe(iri):
            if isinstance(triple.object, (ox.NamedNode, ox.Literal)):
                self._values.setdefault(triple.predicate.value, []).append(triple.object.value)

    def texts(self, predicate: str) -> tuple[str, ...]:
        """Every value of a property, sorted."""
        return tuple(sorted(self._values.get(predicate, ())))

    def text(self, predicate: str) -> str:
        """The first value of a property, or nothing."""
        return next(iter(self.texts(predicate)), "")

    def properties(self) -> list[str]:
        """The properties of which there are values."""
        return sorted(self._values)

    @property
    def place(self) -> Place:
        """The subject as a code, block or chapter."""
        kind = _KINDS.get(self.text(f"{RDF_NS}type"), "code")
        notation = self.text(f"{SKOS_NS}notation")
        if kind == "code" and len(notation) == _CATEGORY_LENGTH:
            kind = "category"
        return Place(self.iri, kind, notation, self.text(f"{SKOS_NS}prefLabel"))


def _above(knowledge: Knowledge, own: _Facts) -> list[_Facts]:
    """What a code stands under, the nearest first, wider blocks after narrower ones."""
    found: dict[str, _Facts] = {own.iri: own}
    pending = [own]
    while pending:
        facts = pending.pop()
        for iri in (*facts.texts(_BROADER), *facts.texts(_UMBRELLA)):
            if iri not in found:
                found[iri] = _Facts(knowledge, iri)
                pending.append(found[iri])
    del found[own.iri]
    return sorted(found.values(), key=_from_nearest)


def _from_nearest(facts: _Facts) -> tuple[int, int, str]:
    place = facts.place
    order = {"code": 0, "category": 1, "block": 2, "chapter": 3}[place.kind]
    width = _block_width(place.notation) if place.kind == "block" else -len(place.notation)
    return order, width, place.notation


def _block_width(notation: str) -> int:
    """How many categories a block such as M50-M54 spans, to put the narrower one first."""
    first, _, last = notation.partition("-")
    return _number(last or first) - _number(first)


def _number(category: str) -> int:
    return int(category, 36)


def _periods(
    knowledge: Knowledge, facts: _Facts, predicate: str = _REPORTABLE
) -> tuple[Period, ...]:
    return tuple(
        sorted(
            (_period(_Facts(knowledge, iri)) for iri in facts.texts(predicate)),
            key=lambda period: period.first,
        )
    )


def _period(facts: _Facts) -> Period:
    last = facts.text(f"{SCHEMA_NS}validThrough")
    return Period(
        date.fromisoformat(facts.text(f"{SCHEMA_NS}validFrom")),
        date.fromisoformat(last) if last else None,
    )


def _notes(knowledge: Knowledge, holder: _Facts, labels: dict[str, str]) -> list[Note]:
    notes = []
    for iri in holder.texts(f"{CS_NS}hasNote"):
        facts = _Facts(knowledge, iri)
        notes.append(
            Note(
                kind=labels.get(facts.text(f"{RDF_NS}type"), "Note"),
                text=facts.text(f"{CS_NS}noteText"),
                heading=facts.text(f"{CS_NS}underHeading"),
                place=holder.place,
                releases=facts.texts(_IN_RELEASE),
            )
        )
    return sorted(notes, key=lambda note: (note.kind, note.heading, note.text))


def _seventh_characters(knowledge: Knowledge, line: list[_Facts]) -> SeventhCharacters | None:
    for facts in line:
        for iri in facts.texts(f"{CS_NS}seventhCharacterSet"):
            definition = _Facts(knowledge, iri).text(f"{SKOS_NS}definition")
            return SeventhCharacters(tuple(re.split(_NEXT_CHARACTER, definition)), facts.place)
    return None


def _flags(
    knowledge: Knowledge, own: _Facts, labels: dict[str, str]
) -> tuple[tuple[str, Period], ...]:
    return tuple(
        (labels[predicate].removeprefix("period in which "), period)
        for predicate in own.properties()
        if predicate.endswith("During") and predicate != _REPORTABLE and predicate in labels
        for period in _periods(knowledge, own, predicate)
    )


@cache
def _labels() -> dict[str, str]:
    return {
        triple.subject.value: triple.object.value
        for triple in read_triples(resource_directory("ontology") / "code.ttl")
        if triple.predicate.value == f"{RDFS_NS}label"
    }


def is_code_like(text: str) -> bool:
    """Whether a text has the form of an ICD-10-CM code: a letter, a digit, up to five more."""
    key = text.replace(".", "").rstrip("-")
    return (
        _CATEGORY_LENGTH <= len(key) <= 7
        and key.isascii()
        and key.isalnum()
        and key[0].isalpha()
        and key[1].isdigit()
    )


def is_heading_like(text: str) -> bool:
    """Whether a text has the form of a block, ``M50-M54``, or of a chapter, ``chapter 13``."""
    asked = text.strip().upper()
    return bool(_RANGE.fullmatch(asked) or _CHAPTER.fullmatch(asked))
