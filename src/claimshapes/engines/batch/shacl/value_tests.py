"""SHACL's tests of one value at a time: value type, range and strings (sections 4.1, 4.3, 4.4).

Each gives SQL that is true of the values which conform; where it is not, there is a result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import rdflib
from rdflib.namespace import RDFS, SH
from rdflib.term import Node

from claimshapes.engines.batch.shacl.shapes import Shape, members
from claimshapes.engines.batch.shacl.value_nodes import Nodes
from claimshapes.engines.batch.sparql.comparisons import can_be_compared, compared, is_well_formed
from claimshapes.engines.batch.sparql.text_functions import constant_pattern
from claimshapes.engines.batch.tables.terms import (
    IRI,
    Kind,
    Names,
    Term,
    Uncompilable,
    constant,
    datatype_of,
    is_blank,
    is_literal,
    is_text,
    is_written,
    quoted,
    same_constant,
    written,
)

Test = Callable[[rdflib.Graph, Shape, Node, Nodes], str]

_NODE_KINDS: dict[Node, tuple[bool, bool, bool]] = {
    SH.IRI: (True, False, False),
    SH.BlankNode: (False, True, False),
    SH.Literal: (False, False, True),
    SH.BlankNodeOrIRI: (True, True, False),
    SH.BlankNodeOrLiteral: (False, True, True),
    SH.IRIOrLiteral: (True, False, True),
}


def _by_kind(term: Term, test: Callable[[Kind, str], str]) -> str:
    parts = [f"WHEN {sql} IS NOT NULL THEN {test(kind, sql)}" for kind, sql in term.items()]
    return f"CASE {' '.join(parts)} END"


def _datatype(graph: rdflib.Graph, shape: Shape, parameter: Node, nodes: Nodes) -> str:
    """Section 4.1.2; all literals are of rdfs:Literal."""

    def test(kind: Kind, sql: str) -> str:
        if not is_literal(kind):
            return "FALSE"
        if parameter == RDFS.Literal:
            return "TRUE"
        if datatype_of(kind) != str(parameter):
            return "FALSE"
        return is_well_formed(str(parameter), kind, sql) if is_written(kind) else "TRUE"

    return _by_kind(nodes.value(), test)


def _node_kind(graph: rdflib.Graph, shape: Shape, parameter: Node, nodes: Nodes) -> str:
    """Section 4.1.3."""
    if parameter not in _NODE_KINDS:
        raise Uncompilable(f"sh:nodeKind {parameter}")
    iri, blank, literal = _NODE_KINDS[parameter]

    def test(kind: Kind, sql: str) -> str:
        if is_literal(kind):
            return str(literal)
        if iri and blank:
            return "TRUE"
        if not iri and not blank:
            return "FALSE"
        if kind != IRI:
            return str(iri)
        return f"({is_blank(kind, sql)} = {blank})"

    return _by_kind(nodes.value(), test)


def _range(operator: str) -> Test:
    """Section 4.3: the parameter is compared with the value."""

    def test(graph: rdflib.Graph, shape: Shape, parameter: Node, nodes: Nodes) -> str:
        if not isinstance(parameter, rdflib.Literal):
            raise Uncompilable("a range whose end is no literal")
        kind, sql = constant(parameter)
        value = nodes.value()
        refuse_odd_orders((kind,), value)
        return compared({kind: sql}, operator, value)

    return test


def refuse_odd_orders(one: Iterable[Kind], other: Iterable[Kind]) -> None:
    """Refuses to compare kinds that have an order for pySHACL and none for SPARQL.

    Raises:
        Uncompilable: two of the kinds are such.
    """
    for kind in filter(is_literal, one):
        for against in filter(is_literal, other):
            texts = is_text(kind), is_text(against)
            if kind == against or any(texts) != all(texts):
                continue
            if not can_be_compared(kind, against):
                raise Uncompilable(
                    f"the order of literals of {datatype_of(kind)} and {datatype_of(against)}"
                )


def _length(operator: str) -> Test:
    """Sections 4.4.1 and 4.4.2; a blank node has no length."""

    def test(graph: rdflib.Graph, shape: Shape, parameter: Node, nodes: Nodes) -> str:
        if not isinstance(parameter, rdflib.Literal) or not isinstance(parameter.value, int):
            raise Uncompilable("a length that is no integer")
        text = written(nodes.value(), Names(nodes.claim))
        return f"{_not_blank(nodes)} AND length({text}) {operator} {parameter.value}"

    return test


def _pattern(graph: rdflib.Graph, shape: Shape, parameter: Node, nodes: Nodes) -> str:
    """Section 4.4.3, with Python's regular expressions, as pySHACL has them."""
    flags = str(graph.value(shape.node, SH.flags) or "").lower()
    if set(flags) - set("im"):
        raise Uncompilable(f"sh:flags {flags}")
    pattern = constant_pattern(parameter)
    if "m" not in flags:
        pattern = "".join(_with_python_ends(pattern))
    text = written(nodes.value(), Names(nodes.claim))
    test = f"regexp_matches({text}, {quoted(pattern)}, {quoted(''.join(sorted(set(flags))))})"
    return f"{_not_blank(nodes)} AND {test}"


def _with_python_ends(pattern: str) -> Iterator[str]:
    """An end of the text in Python is also one before a line feed at its end."""
    inside = False
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        inside = part == "[" or (inside and part != "]")
        yield r"(?:\n?\z)" if part == "$" and not inside else part


def _not_blank(nodes: Nodes) -> str:
    return f"NOT {_by_kind(nodes.value(), is_blank)}"


def _language_in(graph: rdflib.Graph, shape: Shape, parameter: Node, nodes: Nodes) -> str:
    """Section 4.4.4, by SPARQL's langMatches."""
    ranges = [str(member).lower() for member in members(graph, parameter)]

    def test(kind: Kind, sql: str) -> str:
        if not kind.startswith("@"):
            return "FALSE"
        tag = kind[1:]
        return str(any(each in (tag, "*") or tag.startswith(f"{each}-") for each in ranges))

    return _by_kind(nodes.value(), test)


def _in(graph: rdflib.Graph, shape: Shape, parameter: Node, nodes: Nodes) -> str:
    """Section 4.8.3: the value is one of the terms."""
    allowed: dict[Kind, list[str]] = {}
    for member in members(graph, parameter):
        kind, sql = same_constant(member)
        allowed.setdefault(kind, []).append(sql)

    def test(kind: Kind, sql: str) -> str:
        return f"{sql} IN ({', '.join(allowed[kind])})" if kind in allowed else "FALSE"

    return _by_kind(nodes.value(), test)


TESTS: dict[Node, Test] = {
    SH.datatype: _datatype,
    SH.nodeKind: _node_kind,
    SH.minExclusive: _range("<"),
    SH.minInclusive: _range("<="),
    SH.maxExclusive: _range(">"),
    SH.maxInclusive: _range(">="),
    SH.minLength: _length(">="),
    SH.maxLength: _length("<="),
    SH.pattern: _pattern,
    SH.languageIn: _language_in,
    SH["in"]: _in,
}
"""By parameter."""
