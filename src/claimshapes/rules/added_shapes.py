"""What is added to the shapes of rules, once, when they are loaded: queries and preconditions."""

from __future__ import annotations

import rdflib
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.vocabulary import CS_NS


def add_query(graph: rdflib.Graph, shape: Node, select: str) -> BNode:
    """Adds a query to a shape, as a constraint that may use the vocabulary's prefixes.

    Returns:
        The constraint.
    """
    constraint = BNode()
    graph.add((shape, SH.sparql, constraint))
    graph.add((constraint, SH.prefixes, URIRef(CS_NS)))
    graph.add((constraint, SH.select, Literal(select)))
    return constraint


def add_precondition(
    graph: rdflib.Graph, node: URIRef, rule: URIRef, severity: Node, message: Node
) -> None:
    """Adds a shape whose results leave a rule unevaluated; it has no target and no query yet."""
    graph.add((node, RDF.type, SH.NodeShape))
    graph.add((node, RDF.type, CS.Precondition))
    graph.add((node, CS.preconditionOf, rule))
    graph.add((node, SH.severity, severity))
    graph.add((node, SH.message, message))
