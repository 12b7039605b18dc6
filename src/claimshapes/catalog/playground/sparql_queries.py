"""Derivations and shapes as SPARQL that a browser's engine runs on one claim's graph.

A browser has SPARQL (Oxigraph) and no SHACL. What SHACL asks of an ``sh:sparql`` constraint, that
``$this`` is bound before the query is evaluated, is had by writing the focus node into the text;
Core constraints are written as the SPARQL that SHACL defines them by. The site's tests hold the
findings against the engines'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox
import rdflib
from rdflib.namespace import RDF, SH

from claimshapes.catalog.playground.core_constraints import (
    LOGICAL,
    NoQuery,
    core_queries,
    logical_queries,
)
from claimshapes.errors import RuleError
from claimshapes.rules.component_queries import constraint_components, filled_queries
from claimshapes.rules.derivations import Derivation
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

THIS = "$this"
"""Stands in a query for the focus node, between ``<`` and ``>`` where it is one."""

_SELECT = re.compile(r"\bSELECT\b(?P<head>[^{]*?)(?P<where>(?:\bWHERE\b\s*)?\{)", re.IGNORECASE)
_GROUP_BY_THIS = re.compile(r"\bGROUP\s+BY\s+[$?]this\b", re.IGNORECASE)
_THIS = re.compile(r"[$?]this\b")
_PREFIXED = re.compile(r"(?<![\w?$:])([a-z][\w-]*):(\w(?:[\w.-]*\w)?|)")
_WRITTEN_OUT = re.compile(r"<([^<>\s]+)>")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|<[^<>\s]*>')
_INNERMOST = re.compile(r"\(([^()]*)\)")
# What ends an expression or makes it part of a larger one: never within a chain of operators.
_CHAINED = re.compile(r"\s-\s[^-+,&|<>=!{};]*\s[-+]\s|\s/\s[^*/,&|<>=!{};]*\s[*/]\s")
_OF_NODE_SHAPES = {
    SH.targetClass,
    SH.targetSubjectsOf,
    SH.targetObjectsOf,
    SH.severity,
    SH.message,
    SH.sparql,
    SH.property,
    SH.name,
    SH.description,
    *LOGICAL,
}
_OF_CONSTRAINTS = {RDF.type, SH.prefixes, SH.select, SH.message}
_SAMPLE = "urn:claimshapes:claim:0#/item/0"


@dataclass(frozen=True, slots=True)
class Check:
    """A constraint of a rule or of a precondition; each solution on a focus node is a result.

    Attributes:
        rule: id of the rule.
        note: what a precondition's result is: ``not-checked``, ``not-covered``; none for a rule.
        targets: ``class``, ``subjectsOf`` or ``objectsOf`` with an IRI: what the focus nodes are.
        path: IRI of every result's path, where the constraint has one.
        query: the query, ``<$this>`` where it names the focus node.
        asked: the query as the shape has it, with its prefixes.
        messages: the messages of the shape and of its constraint.
        formatted: whether variables in the messages are filled in.
    """

    rule: str
    note: str | None
    targets: tuple[tuple[str, str], ...]
    path: str | None
    query: str
    asked: str
    messages: tuple[str, ...]
    formatted: bool


@dataclass(slots=True)
class Queries:
    """What the rules are for a browser.

    Attributes:
        checks: the constraints of all rules, and of what they presuppose.
        left: for each rule that a browser cannot judge, why not.
    """

    checks: list[Check] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def rule_queries(book: RuleBook, prefixes: Mapping[str, str]) -> Queries:
    """The constraints of all rules and preconditions as queries."""
    made = Queries()
    for shapes in (book.by_node, book.preconditions):
        for shape, rule in shapes.items():
            note = None
            if shape in book.preconditions:
                note = "not-covered" if shape in book.not_covered else "not-checked"
            try:
                made.checks += _of_shape(book, shape, rule, note, prefixes)
            except (NoQuery, SyntaxError) as error:
                made.left.setdefault(rule.id, str(error))
    made.checks = [check for check in made.checks if check.rule not in made.left]
    return made


def constructions(derivations: Iterable[Derivation], prefixes: Mapping[str, str]) -> list[str]:
    """The derivations' queries, in their order, ``<$this>`` where they name the claim.

    Raises:
        RuleError: a derivation is not a CONSTRUCT query that a browser's engine evaluates.
    """
    made = []
    for derivation in derivations:
        body = _without_prefixes(derivation.construct)
        query = with_prefixes(_THIS.sub(f"<{THIS}>", _without_indentation(body)), prefixes)
        try:
            if not isinstance(ox.Store().query(query.replace(THIS, _SAMPLE)), ox.QueryTriples):
                raise SyntaxError("it is no CONSTRUCT query")
            _refuse_chains(query)
        except SyntaxError as error:
            raise RuleError(f"{derivation.iri}: not for a browser: {error}") from error
        made.append(query)
    return made


def query_on_focus_node(select: str, prefixes: Mapping[str, str]) -> str:
    """A query with its prefixes, ``<$this>`` where it names the focus node.

    Args:
        select: the query; prefixes that it declares itself have to be among these.
        prefixes: those that it may use.

    Raises:
        SyntaxError: a browser's engine cannot evaluate it.
    """
    body = _without_prefixes(_without_indentation(select))
    query = with_prefixes(_on_focus_node(body), prefixes)
    ox.Store().query(query.replace(THIS, _SAMPLE))
    _refuse_chains(query)
    return query


def with_prefixes(query: str, prefixes: Mapping[str, str]) -> str:
    """A query with the prefixes that it uses."""
    used = {prefix for prefix, _ in _PREFIXED.findall(query)}
    head = [f"PREFIX {name}: <{prefixes[name]}>\n" for name in sorted(used & prefixes.keys())]
    return "".join(head) + query


def names_in(query: str, prefixes: Mapping[str, str]) -> set[str]:
    """The IRIs that a query names."""
    return {
        prefixes[prefix] + local for prefix, local in _PREFIXED.findall(query) if prefix in prefixes
    } | set(_WRITTEN_OUT.findall(query))


def _of_shape(
    book: RuleBook, shape: str, rule: Rule, note: str | None, prefixes: Mapping[str, str]
) -> Iterator[Check]:
    graph = book.graph
    node: rdflib.term.Node = rdflib.URIRef(shape)
    if (node, None, None) not in graph:
        node = rdflib.BNode(shape)
    core = (node, SH.path, None) in graph
    targets = _targets(graph, graph.value(predicate=SH.property, object=node) if core else node)
    for filled in filled_queries(graph, constraint_components(graph), node):
        raise NoQuery(f"a component with the validator {filled.validator}")
    shared = _messages(graph, node)
    selects: list[tuple[str | None, str, tuple[str, ...]]]
    if core:
        selects = [(query.path, query.select, shared) for query in core_queries(graph, node)]
    else:
        for predicate in graph.predicates(node, None):
            if str(predicate).startswith(str(SH)) and predicate not in _OF_NODE_SHAPES:
                raise NoQuery(f"sh:{str(predicate).removeprefix(str(SH))}")
        for constraint in graph.objects(node, SH.sparql):
            for predicate in graph.predicates(constraint, None):
                if predicate not in _OF_CONSTRAINTS:
                    raise NoQuery(f"sh:sparql with {predicate}")
        selects = [
            (
                None,
                str(graph.value(constraint, SH.select)),
                tuple(sorted({*shared, *_messages(graph, constraint)})),
            )
            for constraint in graph.objects(node, SH.sparql)
        ]
        selects += [(None, select, shared) for select in logical_queries(graph, node)]
    for path, select, messages in sorted(selects, key=str):
        query = query_on_focus_node(select, prefixes)
        asked = with_prefixes(_without_indentation(select), prefixes)
        yield Check(rule.id, note, targets, path, query, asked, messages, not core)


def _messages(graph: rdflib.Graph, node: rdflib.term.Node) -> tuple[str, ...]:
    return tuple(sorted(str(text) for text in graph.objects(node, SH.message)))


def _targets(graph: rdflib.Graph, node: rdflib.term.Node | None) -> tuple[tuple[str, str], ...]:
    kinds = {
        SH.targetClass: "class",
        SH.targetSubjectsOf: "subjectsOf",
        SH.targetObjectsOf: "objectsOf",
    }
    return tuple(
        sorted(
            (kind, str(target))
            for predicate, kind in kinds.items()
            for target in graph.objects(node, predicate)
        )
    )


def _on_focus_node(select: str) -> str:
    """The query with the focus node written in where it says ``$this``.

    A node cannot be selected or grouped by. The outermost query need not select it, a query
    within may have to, and a group by it has to stay one: without solutions there is none.
    """
    grouped = _GROUP_BY_THIS.sub("GROUP BY (<\0> AS \1)", select)
    written = ""
    end = 0
    for depth, found in enumerate(_SELECT.finditer(grouped)):
        head = found["head"]
        if depth == 0:
            head = _THIS.sub("", head)
            if not re.search(r"[?$*(]", head):
                head += "(true AS ?found) "
        else:
            own = grouped[found.end() :]
            head = _THIS.sub("\1" if "GROUP BY (<\0>" in own else "(<\0> AS \1)", head)
        written += grouped[end : found.start()] + "SELECT" + head + found["where"]
        end = found.end()
    written += grouped[end:]
    return _THIS.sub(f"<{THIS}>", written).replace("\0", THIS).replace("\1", "?this")


def _refuse_chains(query: str) -> None:
    """Refuses ``a - b - c`` and ``a / b * c``, which Oxigraph before 0.5.12 groups from the right.

    Raises:
        SyntaxError: there is one.
    """
    rest = _QUOTED.sub("_", query)
    groups = []
    while (found := _INNERMOST.search(rest)) is not None:
        groups.append(found[1])
        rest = rest[: found.start()] + "_" + rest[found.end() :]
    groups.append(rest)
    if any(_CHAINED.search(group) for group in groups):
        raise SyntaxError("write (a - b) - c: the browser's engine takes a - b - c for a - (b - c)")


def _without_prefixes(query: str) -> str:
    return re.sub(r"^(PREFIX [^\n]*\n)*", "", query)


def _without_indentation(query: str) -> str:
    """A query without what would be sent and parsed for nothing: indentation and comments."""
    lines = (line.strip() for line in query.strip().splitlines())
    return "\n".join(line for line in lines if not line.startswith("#"))


def targets_and_terms(checks: Iterable[Check]) -> set[str]:
    """The IRIs that the checks name outside of their queries."""
    named = {str(RDF.type)}
    for check in checks:
        named |= {iri for _, iri in check.targets}
    return named
