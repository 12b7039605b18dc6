"""What is said at diagnosis codes: at one, or read once at all of them, for pages and look-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple

import pyoxigraph as ox

from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS, RDFS_NS, SCHEMA_NS, SKOS_NS

BROADER = f"{SKOS_NS}broader"
UMBRELLA = f"{CS_NS}umbrellaBlock"
_REPORTABLE = f"{CS_NS}reportableDuring"
_TYPE = f"{RDF_NS}type"
_KINDS = {f"{CS_NS}CodeBlock": "block", f"{CS_NS}CodeChapter": "chapter"}
CATEGORY_LENGTH = 3


class Days(NamedTuple):
    """A first day, and a last one where there is one, as text."""

    first: str
    last: str | None

    def hold(self, day: date) -> bool:
        """Whether a day is one of them."""
        text = day.isoformat()
        return self.first <= text and (self.last is None or text <= self.last)

    def __str__(self) -> str:
        return f"{self.first} to {self.last}" if self.last else f"from {self.first}"


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line of a note.

    Attributes:
        holder: IRI of the code or heading where it is.
        kind: such as ``Excludes1`` or ``Code first``.
        text: the line.
        heading: the line that it is under, where it is under one.
        releases: IRIs of the releases that have it.
        targets: IRIs of the codes and headings that it names.
    """

    holder: str
    kind: str
    text: str
    heading: str
    releases: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(slots=True)
class CodeFacts:
    """What is said at a code, block or chapter itself.

    Attributes:
        iri: its concept.
        kind: ``code``, ``category``, ``block`` or ``chapter``.
        notation: the code, or the range or number of a heading.
        title: its title.
        periods: when it may be reported; none for a heading.
        up: IRIs of what it is right under.
        terms: other conditions that it is for.
        includes: lines of Includes notes.
        remarks: other remarks.
        notes: lines of instructional notes of every release.
        seventh: the seventh characters that are defined here, if any.
        flags: what a code editor holds it to be, with the days.
        unspecified: whether its title says that something is not specified.
        releases: IRIs of the releases of the tabular list that have it.
        down: IRIs of the codes right below; known where all codes are read.
    """

    iri: str
    kind: str
    notation: str
    title: str
    periods: tuple[Days, ...]
    up: tuple[str, ...]
    terms: tuple[str, ...]
    includes: tuple[str, ...]
    remarks: tuple[str, ...]
    notes: tuple[NoteLine, ...]
    seventh: str
    flags: tuple[tuple[str, Days], ...]
    unspecified: bool
    releases: tuple[str, ...]
    down: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.kind} {self.notation}"


class CodeReader:
    """Reads what is said at codes, blocks and chapters.

    Args:
        knowledge: the compiled knowledge.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._days: dict[str, Days] = {}
        self._labels = _labels()

    def read(self, iri: str) -> CodeFacts:
        """What is said at a code, block or chapter."""
        values = self.values(iri)

        def first(predicate: str) -> str:
            return values.get(predicate, [""])[0]

        def every(predicate: str) -> tuple[str, ...]:
            return tuple(sorted(values.get(predicate, ())))

        notation = first(f"{SKOS_NS}notation")
        kind = _KINDS.get(first(_TYPE)) or (
            "category" if len(notation) == CATEGORY_LENGTH else "code"
        )
        return CodeFacts(
            iri=iri,
            kind=kind,
            notation=notation,
            title=first(f"{SKOS_NS}prefLabel"),
            periods=self._periods(values.get(_REPORTABLE, ())),
            up=(*values.get(BROADER, ()), *values.get(UMBRELLA, ())),
            terms=every(f"{SKOS_NS}altLabel"),
            includes=every(f"{CS_NS}includes"),
            remarks=every(f"{SKOS_NS}note"),
            notes=tuple(self._notes(iri, values.get(f"{CS_NS}hasNote", ()))),
            seventh=self._seventh(values.get(f"{CS_NS}seventhCharacterSet", ())),
            flags=tuple(
                (self._labels[predicate].removeprefix("period in which "), period)
                for predicate, periods in sorted(values.items())
                if predicate.endswith("During") and predicate != _REPORTABLE
                for period in self._periods(periods)
            ),
            unspecified=first(f"{CS_NS}unspecified") == "true",
            releases=every(f"{CS_NS}inRelease"),
        )

    def values(self, iri: str) -> dict[str, list[str]]:
        """What is said of something, by the property."""
        values: dict[str, list[str]] = {}
        for triple in self._knowledge.describe(iri):
            if isinstance(triple.object, (ox.NamedNode, ox.Literal)):
                values.setdefault(triple.predicate.value, []).append(triple.object.value)
        return values

    def _periods(self, iris: Sequence[str]) -> tuple[Days, ...]:
        return tuple(sorted((self._period(iri) for iri in iris), key=lambda days: days.first))

    def _period(self, iri: str) -> Days:
        known = self._days.get(iri)
        if known is None:
            values = self.values(iri)
            last = values.get(f"{SCHEMA_NS}validThrough", [None])[0]
            known = Days(values[f"{SCHEMA_NS}validFrom"][0], last)
            self._days[iri] = known
        return known

    def _notes(self, holder: str, iris: Sequence[str]) -> Iterator[NoteLine]:
        for iri in iris:
            values = self.values(iri)
            yield NoteLine(
                holder=holder,
                kind=self._labels.get(values.get(_TYPE, [""])[0], "Note"),
                text=values.get(f"{CS_NS}noteText", [""])[0],
                heading=values.get(f"{CS_NS}underHeading", [""])[0],
                releases=tuple(sorted(values.get(f"{CS_NS}inRelease", ()))),
                targets=tuple(values.get(f"{CS_NS}target", ())),
            )

    def _seventh(self, iris: Sequence[str]) -> str:
        for iri in iris:
            for definition in self.values(iri).get(f"{SKOS_NS}definition", ()):
                return definition
        return ""


class CodeBook(CodeReader):
    """Every code of the code system, by the IRI of its concept."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.codes: dict[str, CodeFacts] = {}
        self.by_notation: dict[str, str] = {}
        for notation, iri in knowledge.concepts():
            self.codes[iri] = self.read(iri)
            self.by_notation[notation] = iri
        self.headings: dict[str, CodeFacts] = {}
        pending = {up for facts in self.codes.values() for up in facts.up} - self.codes.keys()
        while pending:
            # In order, so that the same knowledge makes the same site.
            found = {iri: self.read(iri) for iri in sorted(pending)}
            self.headings |= found
            above = {up for facts in found.values() for up in facts.up}
            pending = above - self.headings.keys() - self.codes.keys()
        for facts in self.codes.values():
            for up in facts.up:
                if up in self.codes:
                    self.codes[up].down.append(facts.iri)

    def facts(self, iri: str) -> CodeFacts:
        """What is said at a code, block or chapter."""
        return self.codes.get(iri) or self.headings[iri]

    def above(self, iri: str) -> list[CodeFacts]:
        """What a code is under, the nearest first."""
        found: dict[str, CodeFacts] = {}
        pending = [iri]
        while pending:
            for up in self.facts(pending.pop(0)).up:
                if up not in found:
                    found[up] = self.facts(up)
                    pending.append(up)
        return list(found.values())

    @cached_property
    def naming(self) -> dict[str, list[NoteLine]]:
        """The notes that name a code or heading, by its IRI."""
        named: dict[str, list[NoteLine]] = {}
        for facts in (*self.codes.values(), *self.headings.values()):
            for note in facts.notes:
                for target in note.targets:
                    named.setdefault(target, []).append(note)
        return named

    def notes_naming(self, iri: str, kind: str) -> Iterator[NoteLine]:
        """The notes of a kind elsewhere that name a code or what it is under."""
        own = [iri, *(facts.iri for facts in self.above(iri))]
        seen = set()
        for target in own:
            for note in self.naming.get(target, ()):
                key = (note.holder, note.kind, note.text)
                if note.kind == kind and note.holder not in own and key not in seen:
                    seen.add(key)
                    yield note


@cache
def _labels() -> dict[str, str]:
    return {
        triple.subject.value: triple.object.value
        for triple in read_triples(resource_directory("ontology") / "code.ttl")
        if triple.predicate.value == f"{RDFS_NS}label"
    }
