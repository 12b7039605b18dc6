"""The engine that defines what is right: pySHACL over one claim's graph.

pySHACL judges a ``pyoxigraph.Store``; with rdflib's own SPARQL the same shapes
take some thirty times longer (docs/explanation/architecture.md has the figures).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyoxigraph as ox
import rdflib
from pyshacl.errors import ReportableRuntimeError, ValidationFailure
from pyshacl.graph_abstraction import OxigraphDataGraph
from pyshacl.shapes_graph import ShapesGraph
from pyshacl.validator import Validator
from rdflib.namespace import SH

from claimshapes.checking.rules import Rule, RuleBook
from claimshapes.errors import RuleError


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


class ReferenceEngine:
    """Judges claims one at a time.

    Args:
        book: the rules; their shapes are prepared once for each selection of rules.
    """

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._prepared: dict[tuple[Rule, ...], ShapesGraph] = {}

    def judge(self, store: ox.Store, rules: tuple[Rule, ...]) -> list[ShapeResult]:
        """Every result of the rules' shapes and preconditions on the store's claim.

        Args:
            store: the claim's graph with derived facts and the knowledge that it reaches.
            rules: the rules that apply to the claim.

        Raises:
            RuleError: pySHACL cannot evaluate a shape, or refuses to: a federated query, say.
        """
        if not rules:
            return []
        shapes = self._prepared.get(rules)
        if shapes is None:
            shapes = ShapesGraph(self._book.shapes_of(rules), False)
            self._prepared[rules] = shapes
        validator = Validator(
            _ClaimGraph(store),
            shacl_graph=shapes.graph,
            options={"inplace": True},
        )
        # The constructor parses the shapes anew; those prepared earlier are the same.
        validator.shacl_graph = shapes
        try:
            _, report, _ = validator.run()  # type: ignore[no-untyped-call]
        except (ReportableRuntimeError, ValidationFailure, re.error) as error:
            reason = str(error).partition("\n")[0]
            raise RuleError(f"the shapes cannot be evaluated: {reason}") from error
        # Those of sh:detail say why a value violates a shape that another names by sh:node.
        return [_read(report, node) for node in report.objects(None, SH.result)]


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
