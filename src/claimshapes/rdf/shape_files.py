"""Turtle files of rules as rdflib terms, which pySHACL wants for shapes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import rdflib

from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import XSD_NS

_XSD_STRING = f"{XSD_NS}string"

Triple = tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]


def read_turtle(file: Path) -> list[Triple]:
    """The triples of a Turtle file, its blank nodes distinct from other files'.

    Their names are the same each time, so that what was made of a shape can be kept.

    Raises:
        RuleError: the file cannot be read or is not Turtle; names file and line.
    """
    statements = read_triples(file)
    mark = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    blanks: dict[str, rdflib.BNode] = {}

    def term(node: ox.NamedNode | ox.BlankNode | ox.Literal) -> rdflib.term.Node:
        if isinstance(node, ox.NamedNode):
            return rdflib.URIRef(node.value)
        if isinstance(node, ox.BlankNode):
            return blanks.setdefault(node.value, rdflib.BNode(f"b{mark}n{len(blanks)}"))
        if node.language:
            return rdflib.Literal(node.value, lang=node.language)
        datatype = node.datatype.value
        if datatype == _XSD_STRING:
            return rdflib.Literal(node.value)
        return rdflib.Literal(node.value, datatype=rdflib.URIRef(datatype), normalize=False)

    return [
        (term(statement.subject), term(statement.predicate), term(statement.object))
        for statement in statements
    ]


def read_graph(files: Iterable[Path]) -> rdflib.Graph:
    """What Turtle files say together.

    Raises:
        RuleError: one cannot be read or is not Turtle; names file and line.
    """
    graph = rdflib.Graph()
    for file in files:
        for triple in read_turtle(file):
            graph.add(triple)
    return graph
