"""Claims as whole graphs, for triple stores and other SHACL engines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import IO, Any

import pyoxigraph as ox

from claimshapes.checking.checker import Checker
from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.part_iris import CLAIM_BASE
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS, RDFS_NS, RULE_NS, SH_NS, SKOS_NS, XSD_NS

GRAPH_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "nquads": ox.RdfFormat.N_QUADS,
    "jsonld": ox.RdfFormat.JSON_LD,
}
"""Forms of graphs by their names."""

KNOWLEDGE = ox.NamedNode("urn:claimshapes:knowledge")
"""Names the graph of what all claims share."""

_PREFIXES = {
    "cs": CS_NS,
    "rdf": RDF_NS,
    "rdfs": RDFS_NS,
    "rule": RULE_NS,
    "sh": SH_NS,
    "skos": SKOS_NS,
    "xsd": XSD_NS,
}


def claim_quads(
    checker: Checker, claims: Iterable[ClaimJson], *, named: bool = False
) -> Iterator[ox.Quad]:
    """Claims, what follows from them, and the knowledge that they reach.

    Args:
        checker: makes the graphs.
        claims: claims that have the claim format, each with another number.
        named: whether each claim has a graph of its own, named by the claim, with all that it
            reaches, and what every claim shares another (``KNOWLEDGE``); else all is one graph,
            and what several claims reach is stated once.
    """
    stated: set[ox.Quad] = set()
    for claim in claims:
        with checker.whole_graph(claim) as graph:
            if not stated:
                unnamed = {quad.subject for quad in graph.resident if _is_blank(quad.subject)}
                shared = _named(graph.resident, unnamed)
                stated.update(shared)
                yield from _within(shared, KNOWLEDGE) if named else shared
            own = [quad for quad in _named(_as_stored(graph.own), unnamed) if quad not in stated]
            if named:
                yield from _within(own, graph.claim)
                continue
            yield from own
            stated.update(
                quad for quad in own if not str(quad.subject).startswith(f"<{CLAIM_BASE}")
            )


def _as_stored(quads: Iterable[ox.Quad]) -> ox.Store:
    """Each of them once, literals as engines see them: 58.2 for 58.20."""
    store = ox.Store()
    store.extend(quads)
    return store


def _is_blank(node: object) -> bool:
    return isinstance(node, ox.BlankNode)


def _named(quads: Iterable[ox.Quad], unnamed: Collection[object]) -> list[ox.Quad]:
    """Quads with IRIs for blank nodes of the knowledge, which a claim read later joins, too."""

    def name(node: Any) -> Any:
        return ox.NamedNode(f"{KNOWLEDGE.value}:{node.value}") if node in unnamed else node

    return [ox.Quad(name(quad.subject), quad.predicate, name(quad.object)) for quad in quads]


def _within(quads: Iterable[ox.Quad], name: ox.NamedNode) -> Iterator[ox.Quad]:
    return (ox.Quad(quad.subject, quad.predicate, quad.object, name) for quad in quads)


def write_quads(quads: Iterable[ox.Quad], output: IO[bytes], form: str) -> None:
    """Writes a graph as it comes.

    Args:
        quads: the graph.
        output: where to.
        form: one of ``GRAPH_FORMATS``.
    """
    ox.serialize(quads, output, GRAPH_FORMATS[form], prefixes=_PREFIXES)
