"""Queries of shapes: their prefixes, ``$PATH``, and what is bound before they are evaluated.

``$this``, and ``$value`` where there is one, stay variables, since they have many values at
once; what has one value for the whole query is written into its algebra (SHACL, section 5.3.1
and appendix A).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import rdflib
from pyparsing import ParseException, ParseResults
from rdflib.namespace import OWL, SH
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import SPARQLError
from rdflib.term import Node

from claimshapes.engines.batch.shacl.shapes import Shape, path_text
from claimshapes.engines.batch.sparql.parsed_queries import Queries
from claimshapes.engines.batch.tables.terms import Uncompilable

_PATH = re.compile(r"[$?]PATH\b")
_FORBIDDEN = {
    "MinusGraphPattern": "MINUS",
    "ServiceGraphPattern": "SERVICE",
    "InlineData": "VALUES",
}


def _read(queries: Queries, text: str, bound: set[str]) -> CompValue:
    try:
        return queries.algebra(
            text, lambda parsed: _refuse(parsed[1], bound), " ".join(sorted(bound))
        )
    except (ParseException, SPARQLError, TypeError, ValueError) as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Uncompilable(f"a query that rdflib cannot read: {line}") from error
    except Exception as error:
        # rdflib raises a bare Exception for a prefix that nothing declares.
        if type(error) is Exception:
            raise Uncompilable(f"a query that rdflib cannot read: {error}") from error
        raise


def shape_query(
    queries: Queries,
    graph: rdflib.Graph,
    shape: Shape,
    owner: Node,
    text: str,
    header: str,
    constants: Mapping[str, Node],
    bound: Iterable[str],
) -> CompValue:
    """The algebra of a constraint's query.

    Args:
        queries: reads it.
        graph: the shapes graph.
        shape: the shape that has the constraint.
        owner: the node whose ``sh:prefixes`` the query uses.
        text: the query.
        header: prefixes that it may use beside those.
        constants: variables that have one value in it.
        bound: names of the variables that are bound before it is evaluated.

    Raises:
        Uncompilable: it cannot be read, or has what SHACL forbids in such queries.
    """
    if _PATH.search(text):
        if shape.path is None:
            raise Uncompilable("$PATH in a query of a node shape")
        path = path_text(shape.path)
        text = _PATH.sub(lambda _: path, text)
    declared = "".join(sorted(_declared(graph, owner)))
    algebra = _read(queries, header + declared + text, {*bound, *constants})
    if "shapesGraph" in _names(algebra):
        raise Uncompilable("$shapesGraph")
    values = {**constants, "currentShape": shape.node}
    if isinstance(shape.node, rdflib.BNode) and "currentShape" in _names(algebra):
        raise Uncompilable("$currentShape of a shape that is a blank node")
    _write_in(algebra, {rdflib.Variable(name): value for name, value in values.items()})
    return algebra


def _declared(graph: rdflib.Graph, owner: Node) -> Iterator[str]:
    for ontology in graph.objects(owner, SH.prefixes):
        for one in graph.transitive_objects(ontology, OWL.imports):
            for declaration in graph.objects(one, SH.declare):
                prefix = graph.value(declaration, SH.prefix)
                yield f"PREFIX {prefix}: <{graph.value(declaration, SH.namespace)}>\n"


def _refuse(node: Any, bound: set[str]) -> None:
    """Refuses what appendix A of SHACL says must not be in a query with variables bound before."""
    for part in _parts(node):
        _refuse(part, bound)
    if not isinstance(node, CompValue):
        return
    if node.name in _FORBIDDEN:
        raise Uncompilable(f"{_FORBIDDEN[node.name]} in a query with variables bound before")
    named = node.get("var") if node.name == "Bind" else node.get("evar")
    if isinstance(named, rdflib.Variable) and str(named) in bound:
        raise Uncompilable(f"a query that binds ?{named} anew")
    if node.name == "SubSelect":
        named = node.get("projection")
        selected = {str(part.get("var")) for part in named} if isinstance(named, list) else set()
        missing = bound - selected
        if missing:
            raise Uncompilable(f"a sub-select without ?{min(missing)}, which is bound before")


def _parts(node: Any) -> Iterable[Any]:
    if isinstance(node, CompValue):
        return [part for key, part in node.items() if key != "_vars"]
    return node if isinstance(node, (list, tuple, ParseResults)) else ()


def _names(node: Any) -> set[str]:
    if isinstance(node, rdflib.Variable):
        return {str(node)}
    return set().union(*map(_names, _parts(node)))


def _write_in(node: Any, values: Mapping[rdflib.Variable, Node]) -> Any:
    """Puts values in the place of variables, wherever a pattern or an expression asks for them."""
    if isinstance(node, rdflib.Variable):
        return values.get(node, node)
    if isinstance(node, tuple):
        return tuple(_write_in(part, values) for part in node)
    if isinstance(node, (list, ParseResults)):
        return [_write_in(part, values) for part in node]
    if isinstance(node, CompValue):
        if node.name == "Builtin_BOUND" and node.arg in values:
            return rdflib.Literal(True)
        if node.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            # rdflib keeps the pattern's algebra beside what was parsed.
            _write_in(node.graph, values)
        for key, part in list(node.items()):
            if key not in ("_vars", "PV", "var", "res"):
                node[key] = _write_in(part, values)
    return node
