"""Turtle files of rules and ontology, read with errors that name the line."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib.graph import _TripleType

from claimshapes.errors import RuleError

_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"


def read_triples(file: Path) -> list[ox.Triple]:
    """The triples of a Turtle file.

    Raises:
        RuleError: the file cannot be read or is not Turtle; names file and line.
    """
    try:
        return [quad.triple for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)]
    except SyntaxError as error:
        raise RuleError(f"{file}, line {error.lineno}: {error.msg}") from error
    except (OSError, ValueError) as error:
        raise RuleError(f"{file}: {error}") from error


def read_turtle(file: Path) -> list[_TripleType]:
    """The triples of a Turtle file as rdflib terms, blank nodes distinct from other files'.

    Raises:
        RuleError: the file cannot be read or is not Turtle; names file and line.
    """
    blanks: dict[str, rdflib.BNode] = {}

    def term(node: object) -> rdflib.term.Node:
        if isinstance(node, ox.NamedNode):
            return rdflib.URIRef(node.value)
        if isinstance(node, ox.BlankNode):
            return blanks.setdefault(node.value, rdflib.BNode())
        if isinstance(node, ox.Literal):
            if node.language:
                return rdflib.Literal(node.value, lang=node.language)
            datatype = node.datatype.value
            if datatype == _XSD_STRING:
                return rdflib.Literal(node.value)
            return rdflib.Literal(node.value, datatype=rdflib.URIRef(datatype), normalize=False)
        raise RuleError(f"{file}: a quoted triple is not understood here")

    return [
        (term(triple.subject), term(triple.predicate), term(triple.object))
        for triple in read_triples(file)
    ]
