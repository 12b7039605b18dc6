"""SHACL Core's constraint components, each as the query of its results (SHACL, section 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import rdflib
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import Node

from claimshapes.engines.batch.shacl.shapes import Shape, is_true, members
from claimshapes.engines.batch.shacl.value_nodes import (
    VALUE,
    Nodes,
    all_of,
    instances,
    nothing,
    objects,
    renamed,
    triples_from,
)
from claimshapes.engines.batch.shacl.value_tests import TESTS, refuse_odd_orders
from claimshapes.engines.batch.sparql.algebra import THIS, QueryCompiler
from claimshapes.engines.batch.sparql.comparisons import compared
from claimshapes.engines.batch.sparql.paths import AnyProperty, Hints, any_property
from claimshapes.engines.batch.sparql.relations import (
    Relation,
    column,
    compatible,
    join,
    kept,
    scoped,
    select,
)
from claimshapes.engines.batch.tables.terms import (
    IRI,
    STRING,
    Term,
    Uncompilable,
    constant,
    iri_sql,
    is_literal,
    quoted,
    same_constant,
)

_OTHER = "other"


class Shapes(Protocol):
    """What a constraint whose parameter is a shape asks of the compiler."""

    graph: rdflib.Graph

    def violators(self, node: Node, nodes: Relation, compiler: QueryCompiler) -> Relation:
        """Those of the nodes that do not conform to a shape."""

    def conforming(self, node: Node, nodes: Relation, compiler: QueryCompiler) -> Relation:
        """Those of the nodes that conform to a shape."""


Builder = Callable[[Shapes, Shape, Node, Nodes], Relation]


def _tested(parameter: Node) -> Builder:
    test = TESTS[parameter]

    def build(shapes: Shapes, shape: Shape, value: Node, nodes: Nodes) -> Relation:
        if nodes.values.never:
            return nodes.values
        return nodes.where(f"({test(shapes.graph, shape, value, nodes)}) IS NOT TRUE")

    return build


def _class(shapes: Shapes, shape: Shape, of: Node, nodes: Nodes) -> Relation:
    """Section 4.1.1."""
    return nodes.others(instances(nodes.compiler, nodes.alone(), of))


def _count(test: str) -> Builder:
    """Sections 4.2.1 and 4.2.2."""

    def build(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
        return _counted(nodes.focus, nodes.values, f"{test} {_integer(parameter)}")

    return build


def _counted(focus: Relation, values: Relation, test: str) -> Relation:
    """The focus nodes for whose number of values a test holds."""
    if test in ("< 1", "> 0"):
        return kept(focus, values, where=test == "> 0")
    if values.scoped and not focus.scoped:
        focus = scoped(focus)
    own = (["g.c"] if values.scoped else []) + list(values.term(THIS, "g").values())
    counts = f"SELECT {', '.join(own)}, count(*) AS n FROM ({values.sql}) g GROUP BY ALL"
    keys = Relation(counts, {THIS: values.kinds[THIS]}, frozenset({THIS}), values.scoped)
    tests = " AND ".join(compatible(focus, keys))
    columns = focus.columns("l")
    sql = (
        f"SELECT {', '.join(columns)} FROM ({focus.sql}) l LEFT JOIN ({counts}) r ON {tests}"
        f" WHERE COALESCE(r.n, 0) {test}"
    )
    return Relation(
        sql, focus.kinds, focus.bound, focus.scoped, never=focus.never, needs=focus.needs
    )


def _integer(parameter: Node) -> int:
    if not isinstance(parameter, rdflib.Literal) or not isinstance(parameter.value, int):
        raise Uncompilable(f"{parameter} where an integer should be")
    return parameter.value


def _unique_lang(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.4.5: a result for each language that two values share; "1" is not ``true``."""
    if parameter != rdflib.Literal(True):
        return nothing(nodes.focus, THIS)
    by = (["v.c"] if nodes.values.scoped else []) + list(nodes.values.term(THIS, "v").values())
    parts = []
    for kind, sql in nodes.value().items():
        if not kind.startswith("@"):
            continue
        tag = f"{quoted(kind[1:])} AS {column('language', STRING)}"
        text = (
            f"SELECT {', '.join(by)}, {tag} FROM ({nodes.values.sql}) v"
            f" WHERE {sql} IS NOT NULL GROUP BY {', '.join(by)} HAVING count(*) > 1"
        )
        kinds = {THIS: nodes.values.kinds[THIS], "language": (STRING,)}
        parts.append(Relation(text, kinds, frozenset(kinds), nodes.values.scoped))
    return all_of(parts) if parts else nothing(nodes.focus, THIS)


def _others(nodes: Nodes, parameter: Node) -> Relation:
    """The values of the property that is compared with the path."""
    if not isinstance(parameter, rdflib.URIRef):
        raise Uncompilable("a pair with what is no property")
    return objects(nodes.compiler, nodes.focus, parameter)


def _equals(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.5.1."""
    others = _others(nodes, parameter)
    missing = kept(nodes.values, others, where=False)
    more = kept(others, nodes.values, where=False)
    return all_of([missing, more])


def _disjoint(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.5.2."""
    return kept(nodes.values, _others(nodes, parameter))


def _less(operator: str) -> Builder:
    """Sections 4.5.3 and 4.5.4: a result for each pair that is not in order."""

    def build(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
        if shape.path is None:
            raise Uncompilable("sh:lessThan of a node shape")
        others = renamed(_others(nodes, parameter), {THIS: THIS, VALUE: _OTHER})
        pairs = join(nodes.values, others)
        one, other = pairs.term(VALUE, "p"), pairs.term(_OTHER, "p")
        if _may_both_be_nodes(one, other):
            # pySHACL compares IRIs as texts, which SPARQL does not.
            raise Uncompilable("sh:lessThan of what may be IRIs")
        refuse_odd_orders(one, other)
        test = f"({compared(one, operator, other)}) IS NOT TRUE"
        sql = select(pairs.columns("p"), f"({pairs.sql}) p", [test])
        return Relation(
            sql, pairs.kinds, pairs.bound, pairs.scoped, never=pairs.never, needs=pairs.needs
        )

    return build


def _may_both_be_nodes(one: Term, other: Term) -> bool:
    return not all(map(is_literal, one)) and not all(map(is_literal, other))


def _not(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.6.1."""
    return nodes.those(shapes.conforming(parameter, nodes.alone(), nodes.compiler))


def _and(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.6.2."""
    bad = [
        shapes.violators(each, nodes.alone(), nodes.compiler)
        for each in members(shapes.graph, parameter)
    ]
    return nodes.those(all_of(bad))


def _or(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.6.3: those that violate one shape are asked about the next."""
    left = nodes.alone()
    for each in members(shapes.graph, parameter):
        left = shapes.violators(each, left, nodes.compiler)
    return nodes.those(left)


def _xone(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.6.4; a shape that is there twice counts twice."""
    values = nodes.compiler.named(nodes.alone())
    good = [
        shapes.conforming(each, values, nodes.compiler) for each in members(shapes.graph, parameter)
    ]
    together = " UNION ALL ".join(select(part.columns("u"), f"({part.sql}) u") for part in good)
    all_good = Relation(together, values.kinds, values.bound, values.scoped)
    return nodes.those(_counted(values, all_good, "<> 1"))


def _node(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.7.1."""
    return nodes.those(shapes.violators(parameter, nodes.alone(), nodes.compiler))


def _qualified(test: str) -> Builder:
    """Section 4.7.3."""

    def build(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
        if shape.path is None:
            # As in pySHACL; on a node shape the parameters mean nothing.
            return nothing(nodes.focus, THIS)
        found = list(shapes.graph.objects(shape.node, SH.qualifiedValueShape))
        if len(found) != 1:
            raise Uncompilable("sh:qualifiedValueShape with several shapes or none")
        good = shapes.conforming(found[0], nodes.alone(), nodes.compiler)
        for sibling in _siblings(shapes.graph, shape, found[0]):
            good = shapes.violators(sibling, good, nodes.compiler)
        return _counted(nodes.focus, nodes.those(good), f"{test} {_integer(parameter)}")

    return build


def _siblings(graph: rdflib.Graph, shape: Shape, own: Node) -> list[Node]:
    if not any(map(is_true, graph.objects(shape.node, SH.qualifiedValueShapesDisjoint))):
        return []
    parents = graph.subjects(SH.property, shape.node)
    beside = {each for parent in parents for each in graph.objects(parent, SH.property)}
    shapes = {each for one in beside for each in graph.objects(one, SH.qualifiedValueShape)}
    return sorted(shapes - {own}, key=str)


def _closed(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.8.1; as in pySHACL, that something is a resource is always allowed."""
    if not isinstance(parameter, rdflib.Literal) or not isinstance(parameter.value, bool):
        raise Uncompilable("sh:closed that is neither true nor false")
    if not is_true(parameter):
        return nothing(nodes.focus, THIS)
    graph = shapes.graph
    allowed = {graph.value(each, SH.path) for each in graph.objects(shape.node, SH.property)}
    for ignored in graph.objects(shape.node, SH.ignoredProperties):
        allowed |= set(members(graph, ignored))
    pattern = AnyProperty(rdflib.Variable(VALUE), "path", rdflib.Variable(_OTHER))
    kinds = frozenset(kind for kind in nodes.values.kinds[VALUE] if not is_literal(kind))
    triples = any_property(pattern, nodes.compiler.catalog, Hints({VALUE: kinds}))
    found = join(nodes.values, triples)
    path = f"t.{column('path', IRI)}"
    names = [iri_sql(str(each)) for each in allowed if isinstance(each, rdflib.URIRef)]
    tests = [f"{path} NOT IN ({', '.join(sorted(names))})"] if names else []
    resource = found.term(_OTHER, "t").get(IRI)
    if resource is not None:
        is_type, is_resource = iri_sql(str(RDF.type)), iri_sql(str(RDFS.Resource))
        tests.append(f"({path} = {is_type} AND {resource} = {is_resource}) IS NOT TRUE")
    sql = select(found.columns("t"), f"({found.sql}) t", tests)
    left = Relation(
        sql, found.kinds, found.bound, found.scoped, never=found.never, needs=found.needs
    )
    return renamed(left, {THIS: THIS, "path": "path", _OTHER: VALUE})


def _has_value(shapes: Shapes, shape: Shape, parameter: Node, nodes: Nodes) -> Relation:
    """Section 4.8.2."""
    kind, sql = same_constant(parameter)
    value = nodes.value().get(kind)
    if value is None:
        return nodes.focus
    return kept(nodes.focus, renamed(nodes.where(f"{value} = {sql}"), {THIS: THIS}), where=False)


def presence(
    shapes: Shapes,
    shape: Shape,
    predicate: Node,
    parameter: Node,
    nodes: Relation,
    compiler: QueryCompiler,
) -> tuple[Relation, bool] | None:
    """What nodes conform to a constraint by having, or by not having; none where it asks more.

    Returns:
        Solutions of ``this``, and whether nodes conform that have one of them.
    """
    if shape.path is None:
        return None
    if predicate == SH.hasValue:
        if same_constant(parameter) != constant(parameter):
            return None
        return triples_from(compiler, nodes, shape.path, parameter), True
    present = predicate != SH.maxCount
    if predicate not in (SH.minCount, SH.maxCount, SH.qualifiedMinCount):
        return None
    if _integer(parameter) != int(present):
        return None
    values = triples_from(compiler, nodes, shape.path, rdflib.Variable(VALUE))
    if predicate == SH.qualifiedMinCount:
        found = list(shapes.graph.objects(shape.node, SH.qualifiedValueShape))
        if len(found) != 1 or _siblings(shapes.graph, shape, found[0]):
            return None
        good = shapes.conforming(found[0], renamed(values, {VALUE: THIS}), compiler)
        values = kept(values, renamed(good, {THIS: VALUE}))
    return values, present


BUILDERS: dict[Node, Builder] = {
    **{parameter: _tested(parameter) for parameter in TESTS},
    SH["class"]: _class,
    SH.minCount: _count("<"),
    SH.maxCount: _count(">"),
    SH.uniqueLang: _unique_lang,
    SH.equals: _equals,
    SH.disjoint: _disjoint,
    SH.lessThan: _less("<"),
    SH.lessThanOrEquals: _less("<="),
    SH["not"]: _not,
    SH["and"]: _and,
    SH["or"]: _or,
    SH.xone: _xone,
    SH.node: _node,
    SH.qualifiedMinCount: _qualified("<"),
    SH.qualifiedMaxCount: _qualified(">"),
    SH.closed: _closed,
    SH.hasValue: _has_value,
}
"""By the parameter that makes the constraint."""

ONCE = {
    SH.datatype,
    SH.nodeKind,
    SH.minCount,
    SH.maxCount,
    SH.minLength,
    SH.maxLength,
    SH.languageIn,
    SH.uniqueLang,
    SH["in"],
    SH.qualifiedMinCount,
    SH.qualifiedMaxCount,
    SH.closed,
}
"""Parameters that a shape must not have twice."""
