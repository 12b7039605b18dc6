"""The engine that defines what is right: pySHACL over one claim's graph.

pySHACL judges a ``pyoxigraph.Store``; with rdflib's own SPARQL the same shapes
take some thirty times longer (docs/explanation/architecture.md has the figures).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import rdflib
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from pyshacl.errors import ReportableRuntimeError, ValidationFailure
from pyshacl.graph_abstraction import OxigraphDataGraph
from pyshacl.pytypes import SHACLExecutor
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from pyshacl.validator import Validator
from rdflib.namespace import RDF, SH

from claimshapes.checking.rules import Rule, RuleBook
from claimshapes.errors import RuleError
from claimshapes.graph.needs import Contents, Need, Needs
from claimshapes.graph.whole_graph import WholeGraph

_NO_CONSTRAINTS = {
    RDF.type,
    SH.targetClass,
    SH.targetNode,
    SH.targetObjectsOf,
    SH.targetSubjectsOf,
    SH.severity,
    SH.message,
    SH.name,
    SH.description,
    SH.order,
    SH.group,
    SH.deactivated,
}
"""Properties of a shape that are none of its constraints; pySHACL reads them elsewhere."""


@dataclass(frozen=True, slots=True)
class ShapeResult:
    """One SHACL validation result, as plain strings.

    Attributes:
        shape: IRI of the node shape, a rule or a precondition.
        focus: IRI of the focus node.
        path: IRI of the result path, where it is one property.
        value: the value node, where there is one.
        message: the result message.
    """

    shape: str
    focus: str
    path: str | None
    value: str | None
    message: str


class _ClaimGraph(OxigraphDataGraph):
    """A claim's graph that answers at once whether it is there.

    pySHACL asks that of the graph for every result, and would count all triples each time.
    """

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class _Target:
    """A shape with a target, and what it needs to say something.

    Attributes:
        shape: pySHACL's shape.
        reached_by: what its targets need, of which one is enough; none where they need nothing.
        queries: its constraints, where they all are queries; one without a solution says nothing.
    """

    shape: Shape
    reached_by: tuple[Need, ...] | None
    queries: tuple[str, ...] | None

    def possible(self, needs: Needs, contents: Contents) -> bool:
        if self.reached_by is not None and not any(
            contents.meets((need,)) for need in self.reached_by
        ):
            return False
        return self.queries is None or any(needs.met(query, contents) for query in self.queries)


@dataclass(frozen=True, slots=True)
class _Prepared:
    graph: ShapesGraph
    targets: tuple[_Target, ...]


class ReferenceEngine:
    """Judges claims one at a time.

    pySHACL takes most of a millisecond to find that a constraint has nothing to say, so it is
    given only the shapes that can say something of the claim (``graph.needs``).

    Args:
        book: the rules; their shapes are prepared once for each selection of rules.
        needs: says which queries can have solutions.
    """

    def __init__(self, book: RuleBook, needs: Needs) -> None:
        self._book = book
        self._needs = needs
        self._prepared: dict[tuple[Rule, ...], _Prepared] = {}

    def judge(self, graph: WholeGraph, rules: tuple[Rule, ...]) -> list[ShapeResult]:
        """Every result of the rules' shapes and preconditions on a claim.

        Args:
            graph: the claim's graph with derived facts and the knowledge that it reaches.
            rules: the rules that apply to the claim.

        Raises:
            RuleError: pySHACL cannot evaluate a shape, or refuses to: a federated query, say.
        """
        prepared = self._prepared.get(rules)
        if prepared is None:
            prepared = self._prepared[rules] = self._prepare(rules)
        shapes = [
            target.shape
            for target in prepared.targets
            if target.possible(self._needs, graph.contents)
        ]
        executor = SHACLExecutor()
        data = _ClaimGraph(graph.store)
        results: list[tuple[Any, ...]] = []
        with _refusals():
            for shape in shapes:
                results += shape.validate(executor, data)[1]
        report, _ = Validator.create_validation_report(prepared.graph, not results, results)
        # Those of sh:detail say why a value violates a shape that another names by sh:node.
        return [_read(report, node) for node in report.objects(None, SH.result)]

    def _prepare(self, rules: tuple[Rule, ...]) -> _Prepared:
        graph = ShapesGraph(self._book.shapes_of(rules), False)
        targets = []
        for shape in graph.shapes:
            nodes, classes, implicit, objects_of, subjects_of = shape.target()
            needs = [Need(str(property_)) for property_ in (*objects_of, *subjects_of)]
            needs += (
                Need(str(RDF.type), self._needs.subclasses(str(class_)))
                for class_ in (*classes, *implicit)
            )
            if nodes or needs:
                queries = _queries(shape)
                targets.append(_Target(shape, None if nodes else tuple(needs), queries))
        self._needs.keep()
        return _Prepared(graph, tuple(targets))


def _queries(shape: Shape) -> tuple[str, ...] | None:
    """A shape's constraints, where they all are queries."""
    found = []
    for predicate, value in shape.sg.graph.predicate_objects(shape.node):
        if predicate in _NO_CONSTRAINTS:
            continue
        if predicate != SH.sparql:
            return None
        found += [str(text) for text in shape.sg.graph.objects(value, SH.select)]
    with _refusals():
        # What pySHACL refuses, it refuses of every claim, and not only where it is run.
        for query in SPARQLBasedConstraint(shape).sparql_constraints if found else ():
            query.pre_bind_variables(shape.node)
    return tuple(found)


@contextmanager
def _refusals() -> Iterator[None]:
    """Says in the package's own words that pySHACL refuses a shape."""
    try:
        yield
    except (ReportableRuntimeError, ValidationFailure, re.error) as error:
        reason = str(error).partition("\n")[0]
        raise RuleError(f"the shapes cannot be evaluated: {reason}") from error


def _read(report: rdflib.Graph, node: rdflib.term.Node) -> ShapeResult:
    path = report.value(node, SH.resultPath)
    value = report.value(node, SH.value)
    focus = report.value(node, SH.focusNode)
    return ShapeResult(
        shape=str(report.value(node, SH.sourceShape)),
        focus=str(focus),
        path=str(path) if isinstance(path, rdflib.URIRef) else None,
        value=None if value is None or value == focus else str(value),
        message=min((str(text) for text in report.objects(node, SH.resultMessage)), default=""),
    )
