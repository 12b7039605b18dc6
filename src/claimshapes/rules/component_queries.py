"""Writes the parameters of constraint components into queries.

SHACL lets a constraint component bind its parameters when a shape is judged
(SHACL section 6). Engines differ in how far they do that and what they can put
into a message. So a rule that states every parameter of a ``cs:Component``, the
package's own kind, receives a plain ``sh:sparql`` constraint with the parameters
written in, once, when rules are loaded. An ``sh:ConstraintComponent`` is the set
engine's to compile; for pySHACL it becomes such a constraint, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import rdflib
from rdflib import Literal
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import Node

from claimshapes.errors import RuleError
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS
from claimshapes.rules.added_shapes import add_query


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
                add_query(graph, shape, text)


@dataclass(frozen=True, slots=True)
class FilledQuery:
    """A validator of an ``sh:ConstraintComponent`` as a constraint of one shape.

    Attributes:
        validator: the node whose ``sh:prefixes`` the query uses.
        select: the query; its solutions are the results.
        messages: the validator's texts.
    """

    validator: Node
    select: str
    messages: tuple[str, ...]


def constraint_components(graph: rdflib.Graph) -> list[Node]:
    """The components of a shapes graph that are ``sh:ConstraintComponent``, in order."""
    classes = set(graph.transitive_subjects(RDFS.subClassOf, SH.ConstraintComponent))
    found = {node for one in classes for node in graph.subjects(RDF.type, one)}
    own = {node for one in (CS.Component, CS.Family) for node in graph.subjects(RDF.type, one)}
    return sorted((node for node in found - own if not str(node).startswith(str(SH))), key=str)


def filled_queries(
    graph: rdflib.Graph, components: Iterable[Node], shape: Node
) -> Iterator[FilledQuery]:
    """The queries of the components whose parameters a shape states.

    A parameter with several values gives one query for each value.

    Raises:
        RuleError: a component has no validator for such a shape.
    """
    for component in components:
        stated = {
            last_part(str(path)): sorted(graph.objects(shape, path), key=str)
            for path in graph.objects(component, SH.parameter / SH.path)
        }
        optional = {
            last_part(str(path))
            for parameter in graph.objects(component, SH.parameter)
            if (parameter, SH.optional, Literal(True)) in graph
            for path in graph.objects(parameter, SH.path)
        }
        if not all(values for name, values in stated.items() if name not in optional):
            continue
        known = {name: values for name, values in stated.items() if values}
        for chosen in product(*known.values()):
            yield _filled_query(graph, component, shape, dict(zip(known, chosen, strict=True)))


def _filled_query(
    graph: rdflib.Graph, component: Node, shape: Node, values: dict[str, Node]
) -> FilledQuery:
    of_property = (shape, SH.path, None) in graph
    own = SH.propertyValidator if of_property else SH.nodeValidator
    validator = graph.value(component, own) or graph.value(component, SH.validator)
    select, ask = graph.value(validator, SH.select), graph.value(validator, SH.ask)
    if validator is None or (select is None and ask is None):
        raise RuleError(f"{component}: a component has no query for such a shape: {shape}")
    texts = [str(text) for text in graph.objects(validator, SH.message)]
    query = _of_ask(str(ask), of_property) if select is None else str(select)
    for name, value in values.items():
        query = re.sub(rf"(?i:\bBOUND)\s*\(\s*[$?]{name}\s*\)", "true", query)
        query = re.sub(rf"[$?]{name}\b", lambda _, value=value: value.n3(), query)  # type: ignore[misc]
        texts = [re.sub(rf"\{{[$?]{name}\}}", lambda _, v=value: str(v), text) for text in texts]  # type: ignore[misc]
    return FilledQuery(validator, query, tuple(sorted(texts)))


def _of_ask(ask: str, of_property: bool) -> str:
    """A query for the value nodes of which an ASK query says no."""
    body = ask[ask.index("{") : ask.rindex("}") + 1]
    if of_property:
        return f"SELECT $this ?value WHERE {{ $this $PATH ?value . FILTER NOT EXISTS {body} }}"
    body = re.sub(r"[$?]value\b", "$this", body)
    return f"SELECT $this WHERE {{ FILTER NOT EXISTS {body} }}"


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
