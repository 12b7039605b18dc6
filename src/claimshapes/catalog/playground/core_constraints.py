"""SHACL Core constraints, as the SPARQL that SHACL defines them by.

Each entry is a component of SHACL's section 4. A rule with another is told of as not checked: the
set engine has SQL for all of them, and the browser no SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH

_VALUES = "SELECT $this ?value WHERE {{ $this {path} ?value . FILTER ({test}) }}"
_PER_VALUE = {
    SH.minInclusive: "!COALESCE(?value >= {parameter}, false)",
    SH.maxInclusive: "!COALESCE(?value <= {parameter}, false)",
    SH.minExclusive: "!COALESCE(?value > {parameter}, false)",
    SH.maxExclusive: "!COALESCE(?value < {parameter}, false)",
    SH.minLength: "STRLEN(STR(?value)) < {parameter}",
    SH.maxLength: "STRLEN(STR(?value)) > {parameter}",
    SH.pattern: "!REGEX(STR(?value), {parameter})",
    SH["class"]: "NOT EXISTS {{ ?value a {parameter} }}",
}
_COUNTED = {
    SH.minCount: "SELECT $this WHERE {{ OPTIONAL {{ $this {path} ?value }} }}"
    " GROUP BY $this HAVING (COUNT(DISTINCT ?value) < {parameter})",
    SH.maxCount: "SELECT $this WHERE {{ $this {path} ?value }}"
    " GROUP BY $this HAVING (COUNT(DISTINCT ?value) > {parameter})",
}
_UNMET = "SELECT $this WHERE {{ FILTER (!({test})) }}"
LOGICAL = (SH["or"], SH["and"], SH["not"])
"""The constraints of node shapes that have a query."""

_NO_CONSTRAINTS = {SH.path, SH.message, SH.severity, SH.name, SH.description, SH.order, SH.group}


class NoQuery(Exception):
    """A constraint that is not written as a query; says which."""


@dataclass(frozen=True, slots=True)
class CoreQuery:
    """A constraint as SPARQL.

    Attributes:
        path: IRI of the property, which is the result's path; none for a path of several steps.
        select: the query; its solutions are the results.
    """

    path: str | None
    select: str


def core_queries(graph: rdflib.Graph, shape: rdflib.term.Node) -> Iterator[CoreQuery]:
    """The queries for the constraints of a property shape.

    Raises:
        NoQuery: a constraint, or the path, has no SPARQL here; names it.
    """
    path = graph.value(shape, SH.path)
    place = _path_text(graph, path)
    for predicate, parameter in graph.predicate_objects(shape):
        if predicate in _NO_CONSTRAINTS or predicate == RDF.type:
            continue
        if not str(predicate).startswith(str(SH)):
            continue
        present = _presence(predicate, parameter, "$this", place, "?value")
        if present is not None:
            text = _UNMET.format(test=present)
        elif predicate in _COUNTED and isinstance(predicate, rdflib.URIRef):
            text = _COUNTED[predicate].format(path=place, parameter=parameter.n3())
        elif predicate in _PER_VALUE and isinstance(predicate, rdflib.URIRef):
            test = _PER_VALUE[predicate].format(parameter=parameter.n3())
            text = _VALUES.format(path=place, test=test)
        elif predicate == SH["in"]:
            members = ", ".join(member.n3() for member in Collection(graph, parameter))
            text = _VALUES.format(path=place, test=f"?value NOT IN ({members})")
        else:
            raise NoQuery(_name(predicate))
        yield CoreQuery(str(path) if isinstance(path, rdflib.URIRef) else None, text)


def logical_queries(graph: rdflib.Graph, shape: rdflib.term.Node) -> Iterator[str]:
    """The queries for the ``sh:or``, ``sh:and`` and ``sh:not`` of a node shape.

    A node that does not conform is a solution (SHACL, section 4.6).

    Raises:
        NoQuery: what they are made of has no SPARQL here; names it.
    """
    for predicate in LOGICAL:
        for parameter in graph.objects(shape, predicate):
            holds = _logical(graph, predicate, parameter, "$this", 1)
            yield _UNMET.format(test=holds)


def _conforms(graph: rdflib.Graph, shape: rdflib.term.Node, node: str, depth: int) -> str:
    """An expression that is true where a node, a variable of the query, conforms to a shape."""
    tests = []
    for predicate, parameter in graph.predicate_objects(shape):
        if predicate in LOGICAL:
            tests.append(_logical(graph, predicate, parameter, node, depth))
        elif predicate == SH.property:
            tests += _of_property(graph, parameter, node, depth)
        elif predicate == SH["class"]:
            tests.append(f"EXISTS {{ {node} a {parameter.n3()} }}")
        elif str(predicate).startswith(str(SH)) and predicate not in _NO_CONSTRAINTS:
            raise NoQuery(_name(predicate))
    return " && ".join(sorted(tests)) or "true"


def _logical(
    graph: rdflib.Graph,
    predicate: rdflib.term.Node,
    parameter: rdflib.term.Node,
    node: str,
    depth: int,
) -> str:
    if predicate == SH["not"]:
        return f"!({_conforms(graph, parameter, node, depth)})"
    sign = " || " if predicate == SH["or"] else " && "
    each = [_conforms(graph, member, node, depth) for member in Collection(graph, parameter)]
    return "(" + sign.join(f"({text})" for text in each) + ")"


def _of_property(
    graph: rdflib.Graph, shape: rdflib.term.Node, node: str, depth: int
) -> Iterator[str]:
    """The tests of a property shape within a node shape: whether it has values, or which."""
    place = _path_text(graph, graph.value(shape, SH.path))
    value = f"?value{depth}"
    for predicate, parameter in graph.predicate_objects(shape):
        present = _presence(predicate, parameter, node, place, value)
        if present is not None:
            yield present
        elif predicate == SH.qualifiedValueShape:
            if graph.value(shape, SH.qualifiedMinCount) != rdflib.Literal(1):
                raise NoQuery("sh:qualifiedValueShape that asks for several values or for few")
            holds = _conforms(graph, parameter, value, depth + 1)
            yield f"EXISTS {{ {node} {place} {value} . FILTER ({holds}) }}"
        elif predicate not in (SH.path, SH.qualifiedMinCount):
            raise NoQuery(f"{_name(predicate)} within a shape")


def _presence(
    predicate: rdflib.term.Node, parameter: rdflib.term.Node, node: str, place: str, value: str
) -> str | None:
    """The test of a constraint that asks for some value, none, or this one; none for others."""
    if predicate == SH.hasValue:
        return f"EXISTS {{ {node} {place} {parameter.n3()} }}"
    if (predicate, parameter) == (SH.minCount, rdflib.Literal(1)):
        return f"EXISTS {{ {node} {place} {value} }}"
    if (predicate, parameter) == (SH.maxCount, rdflib.Literal(0)):
        return f"NOT EXISTS {{ {node} {place} {value} }}"
    return None


def _name(predicate: rdflib.term.Node) -> str:
    return f"sh:{str(predicate).removeprefix(str(SH))}"


def _path_text(graph: rdflib.Graph, path: rdflib.term.Node | None) -> str:
    """A property path as SPARQL writes it: a property, one inverted, or several one by one."""
    if isinstance(path, rdflib.URIRef):
        return path.n3()
    inverse = graph.value(path, SH.inversePath)
    if isinstance(inverse, rdflib.URIRef):
        return f"^{inverse.n3()}"
    if path is None or (path, RDF.first, None) not in graph:
        raise NoQuery("a path that is neither a property nor a list of properties")
    return "/".join(_path_text(graph, step) for step in Collection(graph, path))
