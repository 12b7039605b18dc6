"""What a graph must hold for a query to have a solution.

Most rules are about services or diagnoses that a claim does not have. A pattern that every
solution matches asks for a property, and often for one of few objects; where a claim's graph has
none, the query need not be run. Every graph holds the same resident knowledge: the patterns about
that are evaluated once, and say which objects the claim has to bring along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

import pyoxigraph as ox

from claimshapes.engines.one_by_one.required_patterns import (
    Pattern,
    RequiredPatterns,
    kept_patterns,
)
from claimshapes.engines.text_ranges import Ranges, in_ranges, split
from claimshapes.rdf.vocabulary import RDFS_NS, XSD_NS
from claimshapes.resources import cache_folder

_STRING = ox.NamedNode(f"{XSD_NS}string")


@dataclass(frozen=True, slots=True)
class Need:
    """A triple that a graph has to hold.

    Attributes:
        predicate: IRI of its property.
        objects: the IRIs and strings of which one is its object; any where absent.
        ranges: ranges of text in which its object may be too.
    """

    predicate: str
    objects: frozenset[str] | None = None
    ranges: Ranges = ()

    def met_by(self, objects: set[str]) -> bool:
        """Whether one of the objects that a graph has is one of those."""
        if self.objects is None or not self.objects.isdisjoint(objects):
            return True
        return in_ranges(self.ranges, objects)


class Contents:
    """The properties in a graph with their objects.

    Args:
        resident: those that every graph has.
        told: is called with each property of which the graph has triples of its own.
    """

    def __init__(
        self, resident: Mapping[str, set[str]], told: Callable[[str], None] = lambda _: None
    ) -> None:
        self._resident = resident
        self._told = told
        self._own: dict[str, set[str]] = {}

    def add(self, triples: Iterable[ox.Triple | ox.Quad]) -> None:
        """Enters triples of this graph."""
        own = self._own
        for triple in triples:
            predicate = triple.predicate.value
            objects = own.get(predicate)
            if objects is None:
                objects = own[predicate] = set()
                self._told(predicate)
            objects.add(_text(triple.object))

    def meets(self, need: Need) -> bool:
        """Whether what is needed is there."""
        return any(
            objects is not None and need.met_by(objects)
            for objects in (self._own.get(need.predicate), self._resident.get(need.predicate))
        )


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What a query needs.

    Attributes:
        needs: all of it, what is rarest met first.
        granted: properties of which only the resident triples were looked at.
    """

    needs: tuple[Need, ...]
    granted: frozenset[str]


class Needs:
    """What queries need of claims' graphs.

    Args:
        resident: the triples that every graph holds.
        patterns: reads what the queries require.
        changing: properties that claims' graphs have triples of too; others of them become known
            as claims come.
    """

    def __init__(
        self,
        resident: Sequence[ox.Quad],
        patterns: RequiredPatterns,
        changing: Iterable[str] = (),
    ) -> None:
        self.patterns = patterns
        self._triples = resident
        self._changing: set[str] = set(changing)
        self._known: dict[str, _Compiled] = {}
        # What is compiled goes by what is known to change.
        self._compiling = Lock()

    def contents(self) -> Contents:
        """What a graph holds that has nothing of its own yet."""
        return Contents(self._resident, self._learn)

    def met(self, query: str, contents: Contents) -> bool:
        """Whether a query can have solutions over a graph.

        Args:
            query: the query, with its prefixes.
            contents: all that the graph holds.
        """
        return all(map(contents.meets, self.of(query)))

    def of(self, query: str) -> tuple[Need, ...]:
        """What a query needs, what is rarest met first.

        Args:
            query: the query, with its prefixes.
        """
        known = self._known.get(query)
        if known is None:
            with self._compiling:
                known = self._known[query] = self._compiled(query)
        return known.needs

    def subclasses(self, iri: str) -> frozenset[str]:
        """A class and those below it."""
        query = f"SELECT ?c {{ ?c <{RDFS_NS}subClassOf>+ <{iri}> }}"
        return frozenset({iri, *(_text(row[0]) for row in self._solutions(query))})

    def class_quads(self) -> list[ox.Quad]:
        """The resident triples that say which class is below which."""
        below = f"{RDFS_NS}subClassOf"
        return [quad for quad in self._triples if quad.predicate.value == below]

    def read(self, queries: Iterable[str]) -> None:
        """Reads what queries require, and keeps it for the next time."""
        for query in queries:
            self.patterns.of(query)
        self.patterns.keep()

    @cached_property
    def _resident(self) -> dict[str, set[str]]:
        objects: dict[str, set[str]] = defaultdict(set)
        for quad in self._triples:
            objects[quad.predicate.value].add(_text(quad.object))
        return objects

    @cached_property
    def _store(self) -> ox.Store:
        store = ox.Store()
        store.bulk_extend(self._triples)
        return store

    def _learn(self, predicate: str) -> None:
        """Compiles anew what took for granted that no claim's graph has such triples."""
        if predicate in self._changing:
            return
        with self._compiling:
            self._changing.add(predicate)
            self._known = {
                query: compiled
                for query, compiled in self._known.items()
                if predicate not in compiled.granted
            }

    def _compiled(self, query: str) -> _Compiled:
        patterns, texts = self.patterns.of(query), self.patterns.texts(query)
        resident: list[Pattern] = []
        own: list[Pattern] = []
        for pattern in patterns:
            predicate = pattern[1][1:-1]
            fixed = pattern[1].startswith("<") and predicate not in self._changing
            (resident if fixed and predicate in self._resident else own).append(pattern)
        # In the order of the query, so that the same knowledge makes the same site.
        needs: dict[Need, None] = {}
        ends: dict[str, list[str]] = defaultdict(list)
        for _, predicate, object_ in own:
            if predicate.startswith("?"):
                continue
            if object_.startswith("?"):
                ends[object_].append(predicate[1:-1])
            objects = _constant(object_)
            needs[Need(predicate[1:-1], objects)] = None
            if object_ in texts:
                needs[Need(predicate[1:-1], *split(texts[object_]))] = None
        for group in _connected(resident):
            variables = {variable for pattern in group for variable in _variables(pattern)}
            for variable in sorted(variables & ends.keys()):
                objects = self._values(variable, group)
                if objects is not None:
                    needs |= dict.fromkeys(Need(end, objects) for end in ends[variable])
        granted = frozenset(predicate[1:-1] for _, predicate, _ in resident)
        order = sorted(needs, key=lambda need: (need.objects is None, len(need.objects or ())))
        return _Compiled(tuple(order), granted)

    def _values(self, variable: str, patterns: list[Pattern]) -> frozenset[str] | None:
        """What a variable can be by the resident patterns; none where not of IRIs and strings."""
        where = " . ".join(" ".join(pattern) for pattern in patterns)
        found = [row[0] for row in self._solutions(f"SELECT DISTINCT {variable} {{ {where} }}")]
        if all(isinstance(term, ox.NamedNode) or _is_string(term) for term in found):
            return frozenset(_text(term) for term in found)
        return None

    def _solutions(self, query: str) -> Iterator[ox.QuerySolution]:
        solutions = self._store.query(query)
        assert isinstance(solutions, ox.QuerySolutions)
        yield from solutions


_beside: list[tuple[Sequence[ox.Quad], Path | None, Needs]] = []


def needs_beside(resident: Sequence[ox.Quad]) -> Needs:
    """What queries need of claims' graphs with this resident knowledge; the same while it is."""
    for known, folder, needs in _beside:
        if known is resident and folder == cache_folder():
            return needs
    needs = Needs(resident, kept_patterns())
    _beside[:] = [*_beside[-1:], (resident, cache_folder(), needs)]
    return needs


def _connected(patterns: list[Pattern]) -> list[list[Pattern]]:
    """Patterns in groups that share variables."""
    groups: list[tuple[set[str], list[Pattern]]] = []
    for pattern in patterns:
        variables, members = _variables(pattern), [pattern]
        apart = []
        for others, group in groups:
            if variables.isdisjoint(others):
                apart.append((others, group))
            else:
                variables |= others
                members += group
        groups = [*apart, (variables, members)]
    return [group for _, group in groups]


def _variables(pattern: Pattern) -> set[str]:
    return {term for term in pattern if term.startswith("?")}


def _constant(term: str) -> frozenset[str] | None:
    return frozenset({term[1:-1]}) if term.startswith("<") else None


def _is_string(term: object) -> bool:
    return isinstance(term, ox.Literal) and term.datatype == _STRING


def _text(term: object) -> str:
    return term.value if isinstance(term, (ox.NamedNode, ox.Literal)) else str(term)
