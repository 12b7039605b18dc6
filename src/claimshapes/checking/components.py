"""Fills a component's parameters into each rule that uses it.

SHACL lets a constraint component bind its parameters when a shape is judged
(SHACL section 6). Engines differ in how far they do that and what they can put
into a message, so the same is done here once, when rules are loaded: a rule
that states every mandatory parameter of a ``cs:Component`` receives a plain
``sh:sparql`` constraint with the parameters written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

import rdflib
from rdflib import BNode, Literal
from rdflib.namespace import RDF, SH

from claimshapes.errors import RuleError
from claimshapes.graph.vocabulary import CS_NS

CS = rdflib.Namespace(CS_NS)


def expand_components(graph: rdflib.Graph, shapes: Iterable[rdflib.term.Node]) -> None:
    """Adds to each shape the constraints that its component parameters stand for.

    A parameter with several values gives one constraint for each value.

    Args:
        graph: shapes and components; changed in place.
        shapes: the nodes that may state parameters.

    Raises:
        RuleError: a component has no parameter or no select query.
    """
    nodes = sorted(graph.subjects(RDF.type, CS.Component), key=str)
    components = [_component(graph, node) for node in nodes]
    for shape in list(shapes):
        for parameters, select in components:
            values = [sorted(graph.objects(shape, path), key=str) for path, _ in parameters]
            if not all(values):
                continue
            for chosen in product(*values):
                text = select
                for (_, name), value in zip(parameters, chosen, strict=True):
                    text = re.sub(rf"\${name}\b", value.n3().replace("\\", r"\\"), text)
                constraint = BNode()
                graph.add((shape, SH.sparql, constraint))
                graph.add((constraint, SH.prefixes, rdflib.URIRef(CS_NS)))
                graph.add((constraint, SH.select, Literal(text)))


def _component(
    graph: rdflib.Graph, node: rdflib.term.Node
) -> tuple[list[tuple[rdflib.term.Node, str]], str]:
    parameters = []
    for parameter in graph.objects(node, SH.parameter):
        path = graph.value(parameter, SH.path)
        if path is None:
            raise RuleError(f"{node}: a sh:parameter has no sh:path")
        parameters.append((path, str(path).rsplit("#", 1)[-1]))
    validator = graph.value(node, SH.nodeValidator)
    select = graph.value(validator, SH.select) if validator is not None else None
    if not parameters or select is None:
        raise RuleError(
            f"{node}: a component needs sh:parameter and sh:nodeValidator with sh:select"
        )
    return sorted(parameters, key=lambda pair: pair[1]), str(select)
