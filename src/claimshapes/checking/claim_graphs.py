"""Claims as whole graphs, for triple stores and other SHACL engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

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
            reaches; else all is one graph, and what several claims reach is stated once.
    """
    stated: set[ox.Quad] = set()
    for claim in claims:
        with checker.whole_graph(claim) as graph:
            for quad in graph.store:
                if named:
                    yield ox.Quad(quad.subject, quad.predicate, quad.object, graph.claim)
                elif str(quad.subject).startswith(f"<{CLAIM_BASE}"):
                    yield quad
                elif quad not in stated:
                    stated.add(quad)
                    yield quad


def write_quads(quads: Iterable[ox.Quad], output: IO[bytes], form: str) -> None:
    """Writes a graph as it comes.

    Args:
        quads: the graph.
        output: where to.
        form: one of ``GRAPH_FORMATS``.
    """
    ox.serialize(quads, output, GRAPH_FORMATS[form], prefixes=_PREFIXES)
