"""The compiled knowledge: looks up codes, and gathers what a claim's codes reach."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from claimshapes.errors import KnowledgeError
from claimshapes.files.compiled_record import is_as_recorded
from claimshapes.knowledge.compile import (
    BOOLEAN,
    DATE,
    ENGLISH,
    FORMAT,
    INTEGER,
    IRI,
    PLAIN,
    beginnings,
    code_key,
    source_hashes,
)
from claimshapes.knowledge.in_use import compiled_knowledge, resource_directory
from claimshapes.knowledge.tables import LargeTable, read_large_table, triples_of_rows
from claimshapes.rdf.vocabulary import CS_NS, XSD_NS

_CACHED = 4096
_CACHED_PAGES = 256
_LONGEST_CODE = 7
_SHORTEST_CODE = 3
_DATATYPES = {
    DATE: ox.NamedNode(f"{XSD_NS}date"),
    BOOLEAN: ox.NamedNode(f"{XSD_NS}boolean"),
    INTEGER: ox.NamedNode(f"{XSD_NS}integer"),
}
_MOST_AKIN = 5_000
_REPORTABLE = ox.NamedNode(f"{CS_NS}reportableDuring")
_WITHIN = ox.NamedNode(f"{CS_NS}within")


@dataclass(frozen=True, slots=True)
class ConceptMatch:
    """What is known of a code.

    Attributes:
        concept: IRI of the concept that has the code; none where no release knows it.
        notation: the concept's code in its official form, else empty.
        nearest: IRI of the concept with the longest code that an unknown code begins with.
        excess: what the unknown code has after that.
    """

    concept: str | None
    notation: str
    nearest: str | None
    excess: str


class Knowledge:
    """The compiled file, opened read-only; may be used by several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._reached = lru_cache(_CACHED)(self._gathered)
        self._described = lru_cache(_CACHED)(self._read_description)
        self._pages = lru_cache(_CACHED_PAGES)(self._unpacked)
        self._payers = lru_cache(_CACHED)(self._payers_of)
        try:
            meta = dict(self._connection().execute("SELECT name, value FROM meta"))
            values: dict[str, Any] = {name: json.loads(text) for name, text in meta.items()}
            if values["format"] != FORMAT:
                raise KnowledgeError(_rebuild(path, "is of another version"))
            self.sources: dict[str, str] = values["sources"]
            self.counts: dict[str, int] = values["counts"]
            self._predicates = [ox.NamedNode(iri) for iri in values["predicates"]]
            self._namespaces: list[str] = values["namespaces"]
            self._reach = frozenset(values["reach"])
            self._ancestry = frozenset(values["ancestry"])
            self._tables = {name: _table(at) for name, at in values["tables"].items()}
            self._reaching = {name for name, large in self._tables.items() if large.reaches}
        except (sqlite3.Error, KeyError, ValueError) as error:
            raise KnowledgeError(_rebuild(path, f"cannot be read ({error})")) from error

    @classmethod
    def open(cls, path: Path | None = None) -> Knowledge:
        """Opens the compiled file, by default the one that was made at installation.

        Raises:
            KnowledgeError: the file is missing, damaged, altered, of another version, or made
                of other sources than there are.
        """
        chosen = compiled_knowledge() if path is None else path
        if not chosen.is_file():
            raise KnowledgeError(_rebuild(chosen, "is missing"))
        opened = cls(chosen)
        problem = opened.problem()
        if problem is not None:
            raise KnowledgeError(problem)
        return opened

    def problem(self) -> str | None:
        """Why the file is not to be used: it was altered, or other sources are in its place."""
        if not is_as_recorded(self._path):
            return _rebuild(self._path, "is not as it was made")
        found = source_hashes(resource_directory("ontology"))
        for name in sorted(found.keys() | self.sources.keys()):
            if found.get(name) != self.sources.get(name):
                return _rebuild(self._path, f"was made of another ontology/{name}")
        return None

    def match(self, code: str) -> ConceptMatch:
        """Looks a diagnosis code up, however it is written."""
        key = code_key(code)
        for length in range(min(len(key), _LONGEST_CODE), _SHORTEST_CODE - 1, -1):
            row = (
                self._connection()
                .execute("SELECT concept, notation FROM code WHERE key = ?", (key[:length],))
                .fetchone()
            )
            if row is not None and length == len(key):
                return ConceptMatch(row[0], row[1], None, "")
            if row is not None:
                return ConceptMatch(None, "", row[0], key[length:])
        return ConceptMatch(None, "", None, key)

    def concepts(self) -> Iterator[tuple[str, str]]:
        """Every code and heading in their order: its notation and the concept's IRI."""
        yield from self._connection().execute("SELECT notation, concept FROM code ORDER BY key")

    def mentioning(self, texts: Iterable[str]) -> list[str]:
        """The IRIs of what is described with all texts, however they are capitalized.

        A text is looked for in names and values alike: who asks for a property's looks again.
        """
        parts = [_escaped(json.dumps(text, ensure_ascii=False)[1:-1]) for text in texts]
        asked = " AND ".join(["facts LIKE ? ESCAPE '~'"] * len(parts))
        rows = self._connection().execute(
            f"SELECT subject FROM description WHERE {asked} ORDER BY subject", parts
        )
        return [self._term(IRI, subject).value for (subject,) in rows]

    def values(self, *predicates: ox.NamedNode) -> Iterator[str]:
        """Every text that is the value of one of the properties, of whatever it is said."""
        numbers = "|".join(str(self._predicates.index(each)) for each in predicates)
        text = re.compile(rf'\[(?:{numbers}),(?:{PLAIN}|{ENGLISH}),("(?:[^"\\]|\\.)*")\]')
        for (facts,) in self._connection().execute("SELECT facts FROM description"):
            yield from map(json.loads, text.findall(facts))

    def describe(self, iri: str) -> list[ox.Triple]:
        """The triples whose subject is this concept, note, period or set of characters."""
        return list(self._described(iri))

    def _read_description(self, iri: str) -> tuple[ox.Triple, ...]:
        subject = ox.NamedNode(iri)
        row = (
            self._connection()
            .execute("SELECT facts FROM description WHERE subject = ?", (self._shortened(iri),))
            .fetchone()
        )
        if row is None:
            return ()
        return tuple(
            ox.Triple(subject, self._predicates[number], self._term(kind, value))
            for number, kind, value in json.loads(row[0])
        )

    def slice(
        self,
        diagnosis_codes: Iterable[str],
        service_codes: Iterable[str],
        payers: frozenset[str] | None = None,
    ) -> list[ox.Triple]:
        """What the codes of a claim reach.

        Args:
            diagnosis_codes: codes of diagnoses, however they are written.
            service_codes: codes of services, modifiers and revenue codes, as their concepts
                have them.
            payers: IRIs of the payers whose rows are taken, where a table says for whom its rows
                are; those of all payers when absent.

        Returns:
            The concepts, or nearest concepts, with what they stand under, its notes, periods
            and seventh characters; and the rows of the large tables of which every code by
            which they are reached is on the claim, or a heading of one that is, or in a row that
            is reached.
        """
        triples: dict[ox.Triple, None] = {}
        # A diagnosis code has a dot or three characters, a service's five, a revenue code's four,
        # a modifier's two, a provider's number ten and a drug's eleven: none is of two kinds.
        codes = set(service_codes)
        for code in diagnosis_codes:
            match = self.match(code)
            codes.update(beginnings(match.notation))
            iri = match.concept or match.nearest
            if iri is not None:
                triples.update(dict.fromkeys(self._reached(iri)))
        codes |= {
            row[column]
            for first in codes
            for name, page in self._pages(first)
            if name in self._reaching
            for row in page
            if self._concerns(self._tables[name], row, payers)
            for column in self._tables[name].reaches
        }
        for first in sorted(codes):
            for name, page in self._pages(first):
                large = self._tables[name]
                rows = [
                    row
                    for row in page
                    if all(row[key] in codes for key in large.keys[1:])
                    and self._concerns(large, row, payers)
                ]
                triples.update(dict.fromkeys(triples_of_rows(large.table, rows)))
        return list(triples)

    def _concerns(
        self, large: LargeTable, row: Mapping[str, str], payers: frozenset[str] | None
    ) -> bool:
        """Whether a row is of one of the payers, and so are those that it reaches."""
        if payers is None:
            return True
        stated = [large.payers(row), *(self._payers(row[column]) for column in large.reaches)]
        return not any(own is not None and payers.isdisjoint(own) for own in stated)

    def _payers_of(self, code: str) -> frozenset[str] | None:
        """The payers of the rows that a code reaches first; none where no table says for whom."""
        found = [
            own
            for name, page in self._pages(code)
            for row in page
            if (own := self._tables[name].payers(row)) is not None
        ]
        return frozenset().union(*found) if found else None

    def children(self, code: str) -> list[tuple[str, str]]:
        """Codes right below a heading: each notation with the concept's IRI."""
        key = code_key(code)
        parent = self.match(code).concept
        if parent is None:
            return []
        rows = self._connection().execute(
            "SELECT notation, concept FROM code WHERE key > ? AND key < ? ORDER BY key",
            (key, key + "\x7f"),
        )
        return [
            (notation, concept)
            for notation, concept in rows
            if any(
                triple.predicate.value in self._ancestry and triple.object == ox.NamedNode(parent)
                for triple in self._described(concept)
            )
        ]

    def nearby(self, code: str, most: int = 5) -> list[str]:
        """Known codes that an unknown one may have been meant for."""
        match = self.match(code)
        key = code_key(code)
        start = key[: len(key) - len(match.excess)] if match.nearest else key[:1]
        return self.beginning(start, most)

    def beginning(self, begun: str, most: int) -> list[str]:
        """Known codes that begin with some characters, with or without the dot."""
        start = code_key(begun)
        rows = self._connection().execute(
            "SELECT notation FROM code WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
            (start, start + "\x7f", most),
        )
        return [notation for (notation,) in rows]

    def akin(self, code: str) -> list[ox.Triple]:
        """Codes that begin as a code does but for its last character, with their periods.

        Args:
            code: a diagnosis code, however it is written.

        Returns:
            Their triples and those of their periods; of a category, those of all its codes.
        """
        key = code_key(code)
        start = key[: max(_SHORTEST_CODE, len(key) - 1)]
        rows = self._connection().execute(
            "SELECT concept FROM code WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
            (start, start + "\x7f", _MOST_AKIN),
        )
        found: dict[ox.Triple, None] = {}
        for (concept,) in rows.fetchall():
            for triple in self._described(concept):
                found[triple] = None
                if triple.predicate == _REPORTABLE and isinstance(triple.object, ox.NamedNode):
                    found.update(dict.fromkeys(self._described(triple.object.value)))
        return list(found)

    def _gathered(self, iri: str) -> tuple[ox.Triple, ...]:
        found: list[ox.Triple] = []
        ancestors: set[str] = set()
        pending, seen = [iri], {iri}
        upwards = {iri}
        while pending:
            at = pending.pop()
            if at in upwards:
                ancestors.add(at)
            for triple in self._described(at):
                found.append(triple)
                predicate = triple.predicate.value
                if predicate not in self._reach:
                    continue
                if not isinstance(triple.object, ox.NamedNode):
                    continue
                value = triple.object.value
                if at in upwards and predicate in self._ancestry:
                    upwards.add(value)
                if value not in seen:
                    seen.add(value)
                    pending.append(value)
        subject = ox.NamedNode(iri)
        found += [ox.Triple(subject, _WITHIN, ox.NamedNode(at)) for at in sorted(ancestors)]
        return tuple(found)

    def _unpacked(self, first: str) -> list[tuple[str, list[dict[str, str]]]]:
        """The rows that a code reaches first, by table."""
        return [
            (
                name,
                [
                    dict(zip(self._tables[name].table.names, values, strict=True))
                    for values in csv.reader(io.StringIO(zlib.decompress(rows).decode()))
                ],
            )
            for name, rows in self._connection().execute(
                "SELECT name, rows FROM page WHERE first = ? ORDER BY name", (first,)
            )
        ]

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True)
            self._local.connection = connection
        return connection

    def _term(self, kind: int, value: str) -> ox.NamedNode | ox.Literal:
        if kind == IRI:
            number, _, local = value.partition(":")
            return ox.NamedNode(self._namespaces[int(number)] + local)
        if kind == ENGLISH:
            return ox.Literal(value, language="en")
        datatype = _DATATYPES.get(kind)
        return ox.Literal(value, datatype=datatype) if datatype else ox.Literal(value)

    def _shortened(self, iri: str) -> str:
        cut = max(iri.rfind("/"), iri.rfind("#")) + 1
        try:
            return f"{self._namespaces.index(iri[:cut])}:{iri[cut:]}"
        except ValueError:
            return iri


def _escaped(text: str) -> str:
    """A text of which LIKE takes no character for any, and that may be anywhere."""
    return "%" + re.sub("([%_~])", r"~\1", text) + "%"


def _table(description: str) -> LargeTable:
    return read_large_table(resource_directory("ontology") / description)


def _rebuild(path: Path, problem: str) -> str:
    return f"{path}: the compiled knowledge {problem}; run `claimshapes knowledge build`"
