"""The focus nodes that a shape's targets say (SHACL, section 2.1.3)."""

from __future__ import annotations

from dataclasses import replace

import rdflib
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from claimshapes.engines.batch.shacl.shapes import targets
from claimshapes.engines.batch.shacl.value_nodes import class_pattern, distinct, renamed
from claimshapes.engines.batch.sparql.algebra import THIS, QueryCompiler
from claimshapes.engines.batch.sparql.paths import Hints, Triple
from claimshapes.engines.batch.sparql.relations import Relation, column, union
from claimshapes.engines.batch.tables.terms import Kind, Uncompilable, same_constant

_THIS, _ANY = rdflib.Variable(THIS), rdflib.Variable("any")


def focus_nodes(
    graph: rdflib.Graph, node: Node, compiler: QueryCompiler, kinds: frozenset[Kind] | None
) -> Relation | None:
    """The focus nodes of a shape, each once; none where it has no target.

    Args:
        graph: the shapes graph.
        node: the shape.
        compiler: the query that they become a part of.
        kinds: the only kinds that they may be of, if not all.

    Raises:
        Uncompilable: a target has no SQL.
    """
    hints = Hints() if kinds is None else Hints({THIS: kinds})
    parts = [
        _target(predicate, value, compiler, hints) for predicate, value in targets(graph, node)
    ]
    if not parts:
        return None
    parts = [part for part in parts if not part.never] or parts[:1]
    return parts[0] if len(parts) == 1 else distinct(union(parts))


def _target(predicate: Node, value: Node, compiler: QueryCompiler, hints: Hints) -> Relation:
    if predicate == SH.targetNode:
        if isinstance(value, rdflib.BNode):
            raise Uncompilable("sh:targetNode with a blank node")
        kind, sql = same_constant(value)
        return Relation(
            f"SELECT {sql} AS {column(THIS, kind)}", {THIS: (kind,)}, frozenset({THIS}), False
        )
    triple: Triple
    if predicate == SH.targetClass:
        triple = class_pattern(compiler, _THIS, value)
    elif not isinstance(value, rdflib.URIRef):
        raise Uncompilable("a target that is no property")
    elif predicate == SH.targetSubjectsOf:
        triple = (_THIS, value, _ANY)
    else:
        triple = (_ANY, value, _THIS)
    # A class has a table, in which each of its nodes is once.
    once = triple[1] == RDF.type
    found = renamed(compiler.triples([triple], None, hints), {THIS: THIS}, once=once)
    return replace(found, whole=found.parts.get(THIS, "")) if once else found
