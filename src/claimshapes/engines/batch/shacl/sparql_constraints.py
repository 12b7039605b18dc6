"""``sh:sparql``: a query whose solutions are a shape's validation results (SHACL, section 5)."""

from __future__ import annotations

import rdflib
from rdflib.namespace import SH
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from claimshapes.engines.batch.shacl.prebinding import shape_query
from claimshapes.engines.batch.shacl.results import Results
from claimshapes.engines.batch.shacl.shapes import Shape
from claimshapes.engines.batch.shacl.value_nodes import VALUE, Nodes
from claimshapes.engines.batch.sparql.algebra import THIS, QueryCompiler
from claimshapes.engines.batch.sparql.relations import Relation
from claimshapes.engines.batch.tables.terms import Uncompilable

_RESULT = (THIS, "path", VALUE)


def sparql_results(
    graph: rdflib.Graph, shape: Shape, constraint: Node, nodes: Nodes, header: str
) -> Results:
    """The results of a constraint.

    Raises:
        Uncompilable: the constraint, or its query, has no SQL.
    """
    text = graph.value(constraint, SH.select)
    if text is None:
        raise Uncompilable("sh:sparql without sh:select")
    algebra = shape_query(
        nodes.compiler.catalog.queries, graph, shape, constraint, str(text), header, {}, [THIS]
    )
    relation = selected(algebra, nodes.compiler, nodes.focus)
    own = {str(message) for message in graph.objects(constraint, SH.message)}
    return Results(
        shape,
        str(SH.SPARQLConstraintComponent),
        nodes.compiler,
        relation,
        tuple(sorted({*shape.messages, *own})),
        further_variables(algebra),
        formatted=True,
    )


def selected(algebra: CompValue, compiler: QueryCompiler, focus: Relation) -> Relation:
    """The solutions of a select query for each of the solutions that are there before.

    Raises:
        Uncompilable: it is no select query of ``$this``, or has no SQL.
    """
    if algebra.name != "SelectQuery":
        raise Uncompilable("not a SELECT query")
    names = [str(name) for name in algebra.PV]
    if THIS not in names:
        raise Uncompilable("a query that does not select $this")
    if "failure" in names:
        raise Uncompilable("a query that selects ?failure")
    return compiler.seeded(algebra.p, focus)


def further_variables(algebra: CompValue) -> tuple[str, ...]:
    """What a query selects for messages only."""
    return tuple(str(name) for name in algebra.PV if str(name) not in _RESULT)
