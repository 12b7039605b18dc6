"""SHACL Core constraints of property shapes, as the SPARQL that SHACL defines them by.

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
_PER_FOCUS = {
    SH.minCount: "SELECT $this WHERE {{ OPTIONAL {{ $this {path} ?value }} }}"
    " GROUP BY $this HAVING (COUNT(DISTINCT ?value) < {parameter})",
    SH.maxCount: "SELECT $this WHERE {{ $this {path} ?value }}"
    " GROUP BY $this HAVING (COUNT(DISTINCT ?value) > {parameter})",
    SH.hasValue: "SELECT $this WHERE {{ FILTER NOT EXISTS {{ $this {path} {parameter} }} }}",
}
_NO_CONSTRAINTS = {SH.path, SH.message, SH.severity, SH.name, SH.description, SH.order, SH.group}


class NoQuery(Exception):
    """A constraint that is not written as a query; says which."""


@dataclass(frozen=True, slots=True)
class CoreQuery:
    """A constraint as SPARQL.

    Attributes:
        path: IRI of the property, which is the result's path.
        select: the query; its solutions are the results.
    """

    path: str
    select: str


def core_queries(graph: rdflib.Graph, shape: rdflib.term.Node) -> Iterator[CoreQuery]:
    """The queries for the constraints of a property shape.

    Raises:
        NoQuery: a constraint, or the path, has no SPARQL here; names it.
    """
    path = graph.value(shape, SH.path)
    if not isinstance(path, rdflib.URIRef):
        raise NoQuery("a property shape with a path of several steps")
    for predicate, parameter in graph.predicate_objects(shape):
        if predicate in _NO_CONSTRAINTS or predicate == RDF.type:
            continue
        if not str(predicate).startswith(str(SH)):
            continue
        place = path.n3()
        if predicate in _PER_FOCUS and isinstance(predicate, rdflib.URIRef):
            text = _PER_FOCUS[predicate].format(path=place, parameter=parameter.n3())
        elif predicate in _PER_VALUE and isinstance(predicate, rdflib.URIRef):
            test = _PER_VALUE[predicate].format(parameter=parameter.n3())
            text = _VALUES.format(path=place, test=test)
        elif predicate == SH["in"]:
            members = ", ".join(member.n3() for member in Collection(graph, parameter))
            text = _VALUES.format(path=place, test=f"?value NOT IN ({members})")
        else:
            raise NoQuery(f"sh:{str(predicate).removeprefix(str(SH))}")
        yield CoreQuery(str(path), text)
