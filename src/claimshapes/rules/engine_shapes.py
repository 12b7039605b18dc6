"""The part of the rules' graph that an engine checks claims by."""

from __future__ import annotations

import re
from collections.abc import Collection

import rdflib
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SH, XSD

from claimshapes.rdf.namespaces import CS
from claimshapes.rules.component_queries import constraint_components, filled_queries

_ENGINE_NAMESPACES = (str(SH), str(RDF), str(RDFS))
_TARGETS = {SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}


def engine_shapes(
    graph: rdflib.Graph, shapes: Collection[str], chosen: Collection[str]
) -> rdflib.Graph:
    """The part of the graph that some rules are checked by, preconditions with them.

    Args:
        graph: every rule's shape, components filled in.
        shapes: the IRIs of the shapes of all rules.
        chosen: the IRIs of the rules.
    """
    pending: list[rdflib.term.Node] = [URIRef(iri) for iri in sorted(chosen)]
    pending += [
        node for node, target in graph.subject_objects(CS.preconditionOf) if str(target) in chosen
    ]
    components = constraint_components(graph)
    part = rdflib.Graph()
    done = set()
    while pending:
        node = pending.pop()
        if node in done:
            continue
        done.add(node)
        for subject, predicate, value in graph.triples((node, None, None)):
            # What a rule says to people is no business of an engine, and slows it.
            if predicate == SH.prefixes or not str(predicate).startswith(_ENGINE_NAMESPACES):
                continue
            if predicate in _TARGETS and str(node) in shapes and str(node) not in chosen:
                # A rule that is not checked, but named by another as a shape.
                continue
            if predicate == SH.select:
                value = Literal(_prepared(graph, node, str(value)))
            part.add((subject, predicate, _as_in_data(value)))
            if isinstance(value, BNode) or (
                predicate not in _TARGETS and (value, None, None) in graph
            ):
                pending.append(value)
        for query in filled_queries(graph, components, node):
            constraint = BNode()
            part.add((node, SH.sparql, constraint))
            text = _prepared(graph, query.validator, query.select)
            part.add((constraint, SH.select, Literal(text)))
            for message in query.messages:
                part.add((constraint, SH.message, Literal(message)))
    return part


def _prepared(graph: rdflib.Graph, constraint: rdflib.term.Node, query: str) -> str:
    """A query with the prefixes that it uses, and without the indentation.

    pySHACL would gather prefixes for each claim, and search the text several times for each
    focus node, in a time that grows with the square of an indentation.
    """
    lines = []
    for ontology in graph.objects(constraint, SH.prefixes):
        for declaration in graph.objects(ontology, SH.declare):
            prefix = str(graph.value(declaration, SH.prefix))
            if re.search(rf"(?<![\w?$]){re.escape(prefix)}:", query):
                namespace = graph.value(declaration, SH.namespace)
                lines.append(f"PREFIX {prefix}: <{namespace}>\n")
    if not re.search("\"\"\"|'''", query):
        query = "\n".join(line.strip() for line in query.strip().splitlines())
    return "".join(sorted(lines)) + query


def _as_in_data(value: rdflib.term.Node) -> rdflib.term.Node:
    """A plain literal as the data has it: to rdflib one of ``xsd:string`` is another term."""
    if isinstance(value, Literal) and value.datatype is None and not value.language:
        return Literal(value, datatype=XSD.string)
    return value
