"""Shapes as queries over sets of focus nodes (SHACL, sections 2 and 3).

A constraint becomes a query whose solutions are its validation results. Where one shape is a
parameter of another, the nodes that violate it are found for all value nodes at once, and taken
from these or kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from claimshapes.engines.batch.shacl.components import component_makers, parameters_of
from claimshapes.engines.batch.shacl.constraints import BUILDERS, ONCE, presence
from claimshapes.engines.batch.shacl.results import Results
from claimshapes.engines.batch.shacl.shapes import Shape, is_true, read_shape
from claimshapes.engines.batch.shacl.sparql_constraints import sparql_results
from claimshapes.engines.batch.shacl.value_nodes import (
    VALUE,
    Nodes,
    all_of,
    nodes_of,
    nothing,
    renamed,
)
from claimshapes.engines.batch.sparql.algebra import THIS, QueryCompiler
from claimshapes.engines.batch.sparql.relations import Relation, kept
from claimshapes.engines.batch.tables.property_tables import Catalog
from claimshapes.engines.batch.tables.terms import Uncompilable

Focus = Callable[[QueryCompiler], Relation]
"""Makes the focus nodes within a query."""

_Maker = Callable[[Nodes], Results]

_NO_CONSTRAINTS = {
    SH.path,
    SH.message,
    SH.severity,
    SH.deactivated,
    SH.name,
    SH.description,
    SH.order,
    # A shape may be its own SPARQL-based constraint.
    SH.prefixes,
    SH.select,
    SH.group,
    SH.defaultValue,
    SH.targetNode,
    SH.targetClass,
    SH.targetSubjectsOf,
    SH.targetObjectsOf,
    SH.property,
    # Parameters beside the one that makes the constraint.
    SH.flags,
    SH.ignoredProperties,
    SH.qualifiedValueShape,
    SH.qualifiedValueShapesDisjoint,
}


@dataclass(slots=True)
class ShapeCompiler:
    """Compiles the shapes of a shapes graph.

    Attributes:
        graph: the shapes graph.
        catalog: the tables of the data.
        header: prefixes that every query may use beside those that it declares.
        components: the SPARQL-based constraint components that shapes may use.
    """

    graph: rdflib.Graph
    catalog: Catalog
    header: str = ""
    components: Sequence[Node] = ()
    _open: list[Node] = field(default_factory=list)

    def results(self, node: Node, focus: Focus) -> Iterator[Results]:
        """The queries for a shape's constraints and for those of the property shapes in it.

        Raises:
            Uncompilable: a constraint has no SQL; names it.
        """
        shape = read_shape(self.graph, node)
        if shape.deactivated:
            return
        for make in self._makers(shape):
            compiler = QueryCompiler(self.catalog)
            yield make(nodes_of(compiler, focus(compiler), shape.path))

        def values(compiler: QueryCompiler) -> Relation:
            own = nodes_of(compiler, focus(compiler), shape.path)
            return own.focus if shape.path is None else renamed(own.values, {VALUE: THIS})

        with self._within(node):
            for inner in self._property_shapes(shape):
                yield from self.results(inner, values)

    def violators(self, node: Node, nodes: Relation, compiler: QueryCompiler) -> Relation:
        """Those of the nodes that do not conform to a shape.

        Raises:
            Uncompilable: a constraint has no SQL, or the shape refers to itself.
        """
        if (node, None, None) not in self.graph:
            raise Uncompilable(f"{node} is used as a shape, and says nothing")
        shape = read_shape(self.graph, node)
        if shape.deactivated or nodes.never:
            return nothing(nodes, THIS)
        with self._within(node):
            single = self._presence(shape, nodes, compiler)
            if single is not None:
                by, present = single
                return kept(nodes, by, where=not present)
            found = nodes_of(compiler, compiler.named(nodes), shape.path)
            if not found.itself:
                found = Nodes(compiler, found.focus, compiler.named(found.values))
            parts = [renamed(make(found).relation, {THIS: THIS}) for make in self._makers(shape)]
            for inner in self._property_shapes(shape):
                bad = found.those(self.violators(inner, found.alone(), compiler))
                parts.append(renamed(bad, {THIS: THIS}))
        return all_of(parts) if parts else nothing(nodes, THIS)

    def conforming(self, node: Node, nodes: Relation, compiler: QueryCompiler) -> Relation:
        """Those of the nodes that conform to a shape; see ``violators``."""
        if (node, None, None) in self.graph and not nodes.never:
            shape = read_shape(self.graph, node)
            if not shape.deactivated:
                with self._within(node):
                    single = self._presence(shape, nodes, compiler)
                    if single is not None:
                        by, present = single
                        return kept(nodes, by, where=present)
                    if shape.path is None and not any(self._makers(shape)):
                        for inner in self._property_shapes(shape):
                            nodes = self.conforming(inner, nodes, compiler)
                        return nodes
        return kept(nodes, self.violators(node, nodes, compiler), where=False)

    def _presence(
        self, shape: Shape, nodes: Relation, compiler: QueryCompiler
    ) -> tuple[Relation, bool] | None:
        """What nodes conform to a shape by having, or by not having, where that is all it asks."""
        stated = self._stated(shape)
        if len(stated) != 1 or self._property_shapes(shape):
            return None
        return presence(self, shape, *stated[0], nodes, compiler)

    @contextmanager
    def _within(self, node: Node) -> Iterator[None]:
        if node in self._open:
            raise Uncompilable("a shape that refers to itself")
        self._open.append(node)
        yield
        self._open.pop()

    def _property_shapes(self, shape: Shape) -> list[Node]:
        found = sorted(self.graph.objects(shape.node, SH.property), key=str)
        if any((node, SH.path, None) not in self.graph for node in found):
            raise Uncompilable("sh:property with a shape that has no path")
        return found

    def _makers(self, shape: Shape) -> Iterator[_Maker]:
        """What makes the results of each constraint of a shape itself."""
        of_components = parameters_of(self.graph, self.components)
        for predicate, parameter in self._stated(shape):
            if predicate in of_components:
                continue
            if predicate == SH.sparql:
                if not is_true(self.graph.value(parameter, SH.deactivated)):
                    yield self._sparql(shape, parameter)
            elif predicate in BUILDERS:
                if predicate in ONCE and len(list(self.graph.objects(shape.node, predicate))) > 1:
                    raise Uncompilable(f"{_short(predicate)} twice")
                yield self._core(shape, predicate, parameter)
            elif str(predicate).startswith(str(SH)):
                raise Uncompilable(f"{_short(predicate)} has no SQL")
        yield from component_makers(self.graph, self.components, shape, self.header)

    def _stated(self, shape: Shape) -> list[tuple[Node, Node]]:
        """The parameters of a shape's constraints."""
        stated = self.graph.predicate_objects(shape.node)
        return sorted((pair for pair in stated if pair[0] not in _NO_CONSTRAINTS), key=str)

    def _core(self, shape: Shape, predicate: Node, parameter: Node) -> _Maker:
        name = str(predicate).removeprefix(str(SH))
        component = str(SH[f"{name[0].upper()}{name[1:]}ConstraintComponent"])
        build = BUILDERS[predicate]

        def make(nodes: Nodes) -> Results:
            relation = build(self, shape, parameter, nodes)
            return Results(shape, component, nodes.compiler, relation, shape.messages)

        return make

    def _sparql(self, shape: Shape, constraint: Node) -> _Maker:
        return lambda nodes: sparql_results(self.graph, shape, constraint, nodes, self.header)


def _short(predicate: Node) -> str:
    return f"sh:{str(predicate).removeprefix(str(SH))}"
