"""What a merged ontology says of releases: the user's among the shipped ones, and their days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyoxigraph as ox

from claimshapes.files.made_folders import write_over
from claimshapes.knowledge.descriptions import DataSetImport
from claimshapes.knowledge.folder import UserRelease
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import (
    CS_NS,
    DATASET_NS,
    DCTERMS_NS,
    PROV_NS,
    RDF_NS,
    RDFS_NS,
    RELEASE_NS,
    SCHEMA_NS,
    SKOS_NS,
    XSD_NS,
)

_DIAGNOSES = "icd10cm.ttl"
_DATE = ox.NamedNode(f"{XSD_NS}date")


def state_releases(folder: Path, description: DataSetImport, own: list[UserRelease]) -> None:
    """States the releases, the user's among the shipped ones, in the order of their days."""
    node = ox.NamedNode(DATASET_NS + description.data_set)
    store = ox.Store()
    place: Path | None = None
    for file in sorted(folder.glob("*.ttl")):
        triples = read_triples(file)
        if any(triple.subject == node for triple in triples):
            place = file
            for triple in triples:
                store.add(triple.quad())
    if place is None:
        place = folder / f"{description.data_set}.ttl"
        prefixes = "".join(
            f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in _PREFIXES.items()
        )
        store.load(
            (prefixes + f"<{node.value}> {description.describes} .").encode(),
            format=ox.RdfFormat.TURTLE,
        )
    editions = {_iri(release) for release in own}
    for quad in list(store.quads_for_pattern(node, _cs("release"), None)):
        release = quad.object
        assert isinstance(release, ox.NamedNode)
        if description.keeps == "newest" or release in editions:
            store.remove(quad)
            for said in list(store.quads_for_pattern(release, None, None)):
                store.remove(said)
    for each in own:
        for quad in _release_quads(node, each):
            store.add(quad)
    _chain(store, node)
    write_over(place, ox.serialize(iter(store), format=ox.RdfFormat.N_TRIPLES) or b"")


def dated_through(folder: Path) -> date:
    """Last day for which the table of codes' dates speaks."""
    return max(
        date.fromisoformat(str(quad.object.value))
        for quad in _statements_on_dates(folder)
        if quad.predicate == _cs("coveredThrough") and isinstance(quad.object, ox.Literal)
    )


def extend_dates(folder: Path, last: date) -> None:
    """The table of codes' dates speaks for the days of the newest release, too."""
    file = folder / _DIAGNOSES
    own = set(_statements_on_dates(folder))
    made = [
        ox.Quad(quad.subject, quad.predicate, _day(last))
        if quad in own and quad.predicate == _cs("coveredThrough")
        else quad
        for quad in (statement.quad() for statement in read_triples(file))
    ]
    write_over(file, ox.serialize(made, format=ox.RdfFormat.N_TRIPLES) or b"")


def _statements_on_dates(folder: Path) -> list[ox.Quad]:
    """What is said of the releases of the table of codes' dates."""
    node = ox.NamedNode(f"{DATASET_NS}icd-10-cm-dates")
    quads = [statement.quad() for statement in read_triples(folder / _DIAGNOSES)]
    releases = {
        quad.object for quad in quads if quad.subject == node and quad.predicate == _cs("release")
    }
    return [quad for quad in quads if quad.subject in releases]


def _release_quads(node: ox.NamedNode, release: UserRelease) -> Iterator[ox.Quad]:
    iri = _iri(release)
    yield ox.Quad(node, _cs("release"), iri)
    for predicate, value in (
        (ox.NamedNode(f"{RDF_NS}type"), _cs("Release")),
        (ox.NamedNode(f"{RDFS_NS}label"), ox.Literal(release.label)),
        (ox.NamedNode(f"{SCHEMA_NS}validFrom"), _day(release.valid_from)),
        (_cs("coveredThrough"), _day(release.covered_through)),
        (_cs("fileOf"), _day(release.edition)),
        (
            ox.NamedNode(f"{DCTERMS_NS}extent"),
            ox.Literal(str(sum(table.rows for table in release.tables))),
        ),
        (_cs("importedByUser"), ox.Literal(True)),
    ):
        yield ox.Quad(iri, predicate, value)
    for source in release.sources:
        entity = ox.BlankNode()
        yield ox.Quad(iri, ox.NamedNode(f"{PROV_NS}wasDerivedFrom"), entity)
        for name, text in (
            (f"{SCHEMA_NS}name", source.name),
            (f"{DCTERMS_NS}title", f"{release.layout}, imported by the user"),
            (f"{DCTERMS_NS}license", "as its publisher states"),
            (f"{CS_NS}sha256", source.sha256),
        ):
            yield ox.Quad(entity, ox.NamedNode(name), ox.Literal(text))
        yield ox.Quad(entity, ox.NamedNode(f"{RDF_NS}type"), ox.NamedNode(f"{PROV_NS}Entity"))


def _chain(store: ox.Store, node: ox.NamedNode) -> None:
    """Says of each release until when it is the newest, and which one follows."""
    starts: list[tuple[str, ox.NamedNode]] = []
    for quad in store.quads_for_pattern(node, _cs("release"), None):
        assert isinstance(quad.object, ox.NamedNode)
        found = store.quads_for_pattern(quad.object, ox.NamedNode(f"{SCHEMA_NS}validFrom"), None)
        starts += [
            (said.object.value, quad.object)
            for said in found
            if isinstance(said.object, ox.Literal)
        ]
    starts.sort(key=lambda start: start[0])
    for number, (_, release) in enumerate(starts):
        for name in ("newestThrough", "nextRelease"):
            for quad in list(store.quads_for_pattern(release, _cs(name), None)):
                store.remove(quad)
        if number + 1 < len(starts):
            begin, following = starts[number + 1]
            last = date.fromisoformat(begin) - timedelta(days=1)
            store.add(ox.Quad(release, _cs("newestThrough"), _day(last)))
            store.add(ox.Quad(release, _cs("nextRelease"), following))


def _iri(release: UserRelease) -> ox.NamedNode:
    return ox.NamedNode(f"{RELEASE_NS}{release.data_set}/{release.edition.isoformat()}")


def _cs(name: str) -> ox.NamedNode:
    return ox.NamedNode(CS_NS + name)


def _day(day: date) -> ox.Literal:
    return ox.Literal(day.isoformat(), datatype=_DATE)


_PREFIXES = {
    "cs": CS_NS,
    "dcterms": DCTERMS_NS,
    "prov": PROV_NS,
    "rdfs": RDFS_NS,
    "schema": SCHEMA_NS,
    "skos": SKOS_NS,
    "xsd": XSD_NS,
}
