"""The engine that defines what is right: pySHACL over one claim's graph.

pySHACL judges a ``pyoxigraph.Store``; with rdflib's own SPARQL the same shapes
take some thirty times longer (docs/explanation/architecture.md has the figures).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pyoxigraph as ox
import rdflib
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS
from pyshacl.constraints.constraint_component import ConstraintComponent
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from pyshacl.errors import ReportableRuntimeError, ValidationFailure
from pyshacl.graph_abstraction import OxigraphDataGraph, to_ox
from pyshacl.pytypes import SHACLExecutor
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib.namespace import RDF, SH

from claimshapes.engines.limits import Clock
from claimshapes.engines.one_by_one.kept_shapes import shapes_of
from claimshapes.engines.one_by_one.needed_triples import Contents, Need, Needs
from claimshapes.engines.one_by_one.whole_graph import WholeGraph
from claimshapes.engines.shape_result import ShapeResult
from claimshapes.errors import RuleError
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

_CONSTRAINTS = frozenset(ALL_CONSTRAINT_PARAMETERS)
"""The properties by which pySHACL knows a constraint."""

_log = logging.getLogger("claimshapes.pyshacl")
# pySHACL logs an error and raises it; a ``RuleError`` tells it once, and whose shape it is.
_log.addFilter(lambda record: record.levelno < logging.ERROR)


class _ClaimGraph(OxigraphDataGraph):
    """A claim's graph that answers at once whether it is there.

    pySHACL asks that of the graph for every result, and would count all triples each time.
    """

    def __bool__(self) -> bool:
        return True


class _ShapesWithoutTexts(ShapesGraph):
    """Shapes of whose results pySHACL writes no text: the longest of them tells a whole shape."""


_described = ConstraintComponent.make_v_result_description


def _description(component: ConstraintComponent, *given: Any, **named: Any) -> str:
    if isinstance(component.shape.sg, _ShapesWithoutTexts):
        return ""
    return str(_described(component, *given, **named))


# pySHACL has no option for it. Other graphs of shapes in this process have their texts.
ConstraintComponent.make_v_result_description = _description  # type: ignore[method-assign,assignment]


@dataclass(frozen=True, slots=True)
class _Query:
    """A constraint that is a query, as pySHACL runs it.

    Attributes:
        select: the query in the shapes graph.
        text: with its prefixes, and a path written in.
        bound: values of the variables that have one before it runs, but for ``this``.
        this: whether ``this`` has one, too.
    """

    select: str
    text: str
    bound: dict[str, Any]
    this: bool


@dataclass(frozen=True, slots=True)
class _Target:
    """A shape with a target, and what it needs to say something.

    Attributes:
        shape: pySHACL's shape.
        subjects_of: the triples whose subjects are its focus nodes.
        objects_of: the triples whose objects are its focus nodes.
        fixed: whether it has a focus node whatever the graph.
        queries: its constraints, where they all are queries; one without a solution says nothing.
    """

    shape: Shape
    subjects_of: tuple[Need, ...]
    objects_of: tuple[Need, ...]
    fixed: bool
    queries: tuple[_Query, ...] | None

    def reached(self, contents: Contents) -> bool:
        """Whether it may have focus nodes."""
        return self.fixed or any(map(contents.meets, (*self.subjects_of, *self.objects_of)))


@dataclass(frozen=True, slots=True)
class _Prepared:
    graph: ShapesGraph
    targets: tuple[_Target, ...]


class ReferenceEngine:
    """Judges claims one at a time.

    pySHACL takes most of a millisecond to find that a constraint has nothing to say. So it is
    given only the shapes that can say something of the claim (``graph.needs``), and of those that
    are queries only the ones with a solution.

    Args:
        book: the rules; their shapes are prepared once for each selection of rules.
        needs: says which queries can have solutions.
    """

    def __init__(self, book: RuleBook, needs: Needs) -> None:
        self._book = book
        self._needs = needs
        self._prepared: dict[tuple[Rule, ...], _Prepared] = {}

    def judge(
        self, graph: WholeGraph, rules: tuple[Rule, ...], clock: Clock | None = None
    ) -> list[ShapeResult]:
        """Every result of the rules' shapes and preconditions on a claim.

        Args:
            graph: the claim's graph with derived facts and the knowledge that it reaches.
            rules: the rules that apply to the claim.
            clock: says when the time for the claim is over.

        Raises:
            TimeLimitReached: it is over.
            RuleError: pySHACL cannot evaluate a shape, or refuses to: a federated query, say.
        """
        prepared = self._prepared.get(rules)
        if prepared is None:
            prepared = self._prepared[rules] = self._prepare(rules)
        executor = SHACLExecutor()
        data = _ClaimGraph(graph.store)
        triples = cache(partial(_triples, graph.store))
        results: list[tuple[Any, ...]] = []
        for target in prepared.targets:
            if clock is not None:
                clock.look()
            with self._refusals(target.shape.node):
                if self._speaks(target, data, graph.contents, triples):
                    results += target.shape.validate(executor, data)[1]
        return [_read(node, triples) for _, node, triples in results]

    def _speaks(
        self,
        target: _Target,
        data: _ClaimGraph,
        contents: Contents,
        triples: Callable[[Need], list[ox.Quad]],
    ) -> bool:
        """Whether a shape may have results."""
        if not target.reached(contents):
            return False
        if target.queries is None:
            return True
        queries = [query for query in target.queries if self._needs.met(query.select, contents)]
        if target.fixed or not queries:
            return bool(queries)
        nodes: set[Any] = {quad.subject for each in target.subjects_of for quad in triples(each)}
        nodes |= {quad.object for each in target.objects_of for quad in triples(each)}
        return any(_answered(query, data, node) for query in queries for node in nodes)

    def _prepare(self, rules: tuple[Rule, ...]) -> _Prepared:
        with self._refusals():
            graph = _ShapesWithoutTexts(shapes_of(self._book, rules), False, _log)
            shapes = list(graph.shapes)
        targets = []
        for shape in shapes:
            with self._refusals(shape.node):
                nodes, classes, implicit, objects_of, subjects_of = map(tuple, shape.target())
                queries = _queries(shape)
            members = [self._needs.subclasses(str(each)) for each in (*classes, *implicit)]
            subjects = [Need(str(RDF.type), each) for each in members]
            subjects += (Need(str(each)) for each in subjects_of)
            objects = tuple(Need(str(each)) for each in objects_of)
            if nodes or subjects or objects:
                fixed = bool(nodes)
                targets.append(_Target(shape, tuple(subjects), objects, fixed, queries))
        self._needs.read(query.select for target in targets for query in target.queries or ())
        return _Prepared(graph, tuple(targets))

    @contextmanager
    def _refusals(self, node: rdflib.term.Node | None = None) -> Iterator[None]:
        """Says in the package's own words that pySHACL refuses a shape, and whose that is."""
        try:
            yield
        except (ReportableRuntimeError, ValidationFailure, re.error) as error:
            reason = str(error).partition("\n")[0]
            rule = self._book.by_node.get(str(node)) or self._book.preconditions.get(str(node))
            where = "the shapes" if rule is None else f"{rule.file}: the shape of {rule.id}"
            raise RuleError(f"{where} cannot be evaluated: {reason}") from error


def _triples(store: ox.Store, need: Need) -> list[ox.Quad]:
    """The triples that meet a need."""
    predicate = ox.NamedNode(need.predicate)
    objects = (None,) if need.objects is None else map(ox.NamedNode, need.objects)
    return [quad for each in objects for quad in store.quads_for_pattern(None, predicate, each)]


def _answered(query: _Query, data: _ClaimGraph, node: Any) -> bool:
    bound = {**query.bound, "this": node} if query.this else query.bound
    solutions = data.query_oxigraph(query.text, initBindings=bound)
    return not isinstance(solutions, ox.QuerySolutions) or next(solutions, None) is not None


def _queries(shape: Shape) -> tuple[_Query, ...] | None:
    """A shape's constraints, where they all are queries.

    What pySHACL refuses, it refuses of every claim, and not only where it is run.
    """
    constraints = _CONSTRAINTS.intersection(shape.sg.graph.predicates(shape.node))
    if constraints != {SH.sparql} or shape.sg.custom_constraints:
        return None
    found = []
    for helper in SPARQLBasedConstraint(shape).sparql_constraints:
        bound, text = helper.pre_bind_variables(shape.node)
        this = bound.pop("this", None) is not None
        if not helper.deactivated:
            select = str(helper.select_text)
            terms = {name: to_ox(term) for name, term in bound.items()}
            found.append(_Query(select, helper.apply_prefixes(text), terms, this))
    return tuple(found)


def _read(node: rdflib.term.Node, triples: Iterable[tuple[Any, Any, Any]]) -> ShapeResult:
    """One of pySHACL's results, without the report that it would become part of.

    Among its triples are those of sh:detail, which say why a value violates a shape that another
    names by sh:node.
    """
    says: dict[Any, list[Any]] = {}
    for subject, predicate, found in triples:
        if subject == node:
            # A node comes with the graph that it is of.
            says.setdefault(predicate, []).append(found[1] if isinstance(found, tuple) else found)

    def one(predicate: rdflib.URIRef) -> Any:
        return says.get(predicate, [None])[0]

    path, value, focus = one(SH.resultPath), one(SH.value), one(SH.focusNode)
    return ShapeResult(
        shape=str(one(SH.sourceShape)),
        focus=str(focus),
        path=str(path) if isinstance(path, rdflib.URIRef) else None,
        value=None if value is None or value == focus else str(value),
        message=min(map(str, says.get(SH.resultMessage, ())), default=""),
    )
