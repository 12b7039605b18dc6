"""The data sets at hand: their releases, which days these cover, and where they came from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pyoxigraph as ox

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import (
    CS_NS,
    DATASET_NS,
    DCTERMS_NS,
    PROV_NS,
    RDF_NS,
    RDFS_NS,
    SCHEMA_NS,
    SKOS_NS,
)

_ONE_DAY = timedelta(days=1)
_DERIVED_FROM = f"{PROV_NS}wasDerivedFrom"
_Subject = ox.NamedNode | ox.BlankNode


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a release was made from, with the hash of its bytes."""

    name: str
    title: str
    licence: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """An edition of a data set and the days that it speaks for, the last one included.

    ``user`` tells one of the user's knowledge folder; ``sources`` are its own, where it has some;
    ``rows`` are what was imported.
    """

    iri: str
    label: str
    valid_from: date
    covered_through: date
    user: bool
    sources: tuple[SourceFile, ...]
    rows: int | None = None

    @property
    def supplied_by(self) -> str:
        """Who supplied it."""
        return "user" if self.user else "shipped"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set, its releases from first to last, and its source files.

    ``of_codes`` tells a code set from a table.
    """

    id: str
    of_codes: bool
    label: str
    publisher: str
    description: str
    releases: tuple[Release, ...]
    sources: tuple[SourceFile, ...]

    def covered(self) -> list[tuple[date, date]]:
        """The spans of days that releases speak for, joined where they touch."""
        spans: list[tuple[date, date]] = []
        for release in self.releases:
            start, end = release.valid_from, release.covered_through
            if spans and start <= spans[-1][1] + _ONE_DAY:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return spans

    def stale_since(self, day: date) -> date | None:
        """The first day after the newest release, where that day is over; else none."""
        last = max((release.covered_through for release in self.releases), default=None)
        return last + _ONE_DAY if last is not None and last < day else None

    def not_covered(self) -> list[tuple[date | None, date | None]]:
        """The spans of days that no release speaks for; none stands for an open end."""
        covered = self.covered()
        if not covered:
            return [(None, None)]
        edges: list[tuple[date | None, date | None]] = [(None, covered[0][0] - _ONE_DAY)]
        for (_, end), (start, _) in itertools.pairwise(covered):
            edges.append((end + _ONE_DAY, start - _ONE_DAY))
        return [*edges, (covered[-1][1] + _ONE_DAY, None)]


def read_datasets() -> list[Dataset]:
    """The data sets that ontology/codes describes, by id.

    Raises:
        RuleError: a description is not Turtle.
    """
    store = ox.Store()
    for file in sorted((resource_directory("ontology") / "codes").glob("*/*.ttl")):
        for triple in read_triples(file):
            store.add(ox.Quad(triple.subject, triple.predicate, triple.object))
    return [_dataset(store, node) for node in sorted(_with_releases(store), key=str)]


def _with_releases(store: ox.Store) -> set[ox.NamedNode]:
    quads = store.quads_for_pattern(None, ox.NamedNode(f"{CS_NS}release"), None)
    return {quad.subject for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def _dataset(store: ox.Store, node: ox.NamedNode) -> Dataset:
    nodes = list(_values(store, node, f"{CS_NS}release"))
    releases = [
        Release(
            iri=_plain(release),
            label=_text(store, release, f"{RDFS_NS}label") or _plain(release).rsplit("/", 1)[-1],
            valid_from=date.fromisoformat(_text(store, release, f"{SCHEMA_NS}validFrom")),
            covered_through=date.fromisoformat(_text(store, release, f"{CS_NS}coveredThrough")),
            user=_text(store, release, f"{CS_NS}importedByUser") == "true",
            sources=tuple(_sources(store, release)),
            rows=int(_text(store, release, f"{DCTERMS_NS}extent") or 0) or None,
        )
        for release in nodes
    ]
    sources = [source for holder in (node, *nodes) for source in _sources(store, holder)]
    return Dataset(
        id=node.value.removeprefix(DATASET_NS),
        of_codes=ox.NamedNode(f"{CS_NS}CodeDataset") in _values(store, node, f"{RDF_NS}type"),
        label=_text(store, node, f"{SKOS_NS}prefLabel"),
        publisher=_text(store, node, f"{DCTERMS_NS}publisher"),
        description=_text(store, node, f"{DCTERMS_NS}description"),
        releases=tuple(sorted(releases, key=lambda release: release.valid_from)),
        sources=tuple(sorted(sources, key=lambda source: source.name)),
    )


def _sources(store: ox.Store, holder: _Subject) -> Iterator[SourceFile]:
    for entity in _values(store, holder, _DERIVED_FROM):
        yield SourceFile(
            name=_text(store, entity, f"{SCHEMA_NS}name"),
            title=_text(store, entity, f"{DCTERMS_NS}title"),
            licence=_text(store, entity, f"{DCTERMS_NS}license"),
            sha256=_text(store, entity, f"{CS_NS}sha256"),
        )


def _values(store: ox.Store, subject: _Subject, predicate: str) -> Iterator[_Subject]:
    for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None):
        if isinstance(quad.object, (ox.NamedNode, ox.BlankNode)):
            yield quad.object


def _text(store: ox.Store, subject: _Subject, predicate: str) -> str:
    for quad in store.quads_for_pattern(subject, ox.NamedNode(predicate), None):
        if isinstance(quad.object, (ox.NamedNode, ox.Literal)):
            return quad.object.value
    return ""


def _plain(node: _Subject) -> str:
    return str(node.value)
