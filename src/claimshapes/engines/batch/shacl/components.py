"""SPARQL-based constraint components: constraints with parameters (SHACL, section 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import rdflib
from rdflib.namespace import SH
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from claimshapes.engines.batch.shacl.prebinding import shape_query
from claimshapes.engines.batch.shacl.results import Results
from claimshapes.engines.batch.shacl.shapes import Shape, is_true
from claimshapes.engines.batch.shacl.sparql_constraints import further_variables, selected
from claimshapes.engines.batch.shacl.value_nodes import VALUE, Nodes, renamed
from claimshapes.engines.batch.sparql.algebra import THIS
from claimshapes.engines.batch.sparql.relations import Relation, kept
from claimshapes.engines.batch.tables.terms import Uncompilable

_Maker = Callable[[Nodes], Results]


def parameters_of(graph: rdflib.Graph, components: Iterable[Node]) -> set[Node]:
    """The properties that are parameters of components."""
    return {path for component in components for path in _parameters(graph, component)}


def component_makers(
    graph: rdflib.Graph, components: Iterable[Node], shape: Shape, header: str
) -> Iterator[_Maker]:
    """What makes the results of each component whose parameters a shape states.

    Raises:
        Uncompilable: a component has no validator for such a shape, or a parameter two values.
    """
    for component in components:
        parameters = _parameters(graph, component)
        stated = {path: list(graph.objects(shape.node, path)) for path in parameters}
        if not all(stated[path] for path, optional in parameters.items() if not optional):
            continue
        if any(len(values) > 1 for values in stated.values()):
            raise Uncompilable(f"{component} with two values of a parameter")
        constants = {_name(path): values[0] for path, values in stated.items() if values}
        yield _maker(graph, shape, component, constants, header)


def _parameters(graph: rdflib.Graph, component: Node) -> dict[Node, bool]:
    """The properties of a component's parameters, and whether each is optional."""
    found: dict[Node, bool] = {}
    for parameter in graph.objects(component, SH.parameter):
        path = graph.value(parameter, SH.path)
        if not isinstance(path, rdflib.URIRef):
            raise Uncompilable(f"{component} has a parameter without a property")
        found[path] = is_true(graph.value(parameter, SH.optional))
    if all(found.values()):
        raise Uncompilable(f"{component} has no parameter that has to be there")
    return found


def _name(path: Node) -> str:
    return str(path).replace("#", "/").rsplit("/", 1)[-1]


def _maker(
    graph: rdflib.Graph,
    shape: Shape,
    component: Node,
    constants: dict[str, Node],
    header: str,
) -> _Maker:
    own = SH.nodeValidator if shape.path is None else SH.propertyValidator
    validator = graph.value(component, own) or graph.value(component, SH.validator)
    if validator is None:
        raise Uncompilable(f"{component} has no validator for such a shape")
    texts = {str(message) for message in graph.objects(validator, SH.message)}
    messages = tuple(sorted({*shape.messages, *(_filled(text, constants) for text in texts)}))
    ask, select = graph.value(validator, SH.ask), graph.value(validator, SH.select)
    if ask is None and select is None:
        raise Uncompilable(f"{component} has a validator without a query")

    def make(nodes: Nodes) -> Results:
        text, bound = (select, [THIS]) if ask is None else (ask, [THIS, VALUE])
        algebra = shape_query(
            nodes.compiler.catalog.queries,
            graph,
            shape,
            validator,
            str(text),
            header,
            constants,
            bound,
        )
        if ask is None:
            relation = selected(algebra, nodes.compiler, nodes.focus)
            names = further_variables(algebra)
        else:
            relation, names = _asked(algebra, nodes), ()
        return Results(
            shape, str(component), nodes.compiler, relation, messages, names, formatted=True
        )

    return make


def _asked(algebra: CompValue, nodes: Nodes) -> Relation:
    """The value nodes for which an ASK query says no."""
    if algebra.name != "AskQuery":
        raise Uncompilable("not an ASK query")
    good = nodes.compiler.seeded(algebra.p, nodes.values)
    return kept(nodes.values, renamed(good, {THIS: THIS, VALUE: VALUE}), where=False)


def _filled(text: str, constants: dict[str, Node]) -> str:
    for name, value in constants.items():
        for mark in "$?":
            text = text.replace(f"{{{mark}{name}}}", str(value))
    return text
