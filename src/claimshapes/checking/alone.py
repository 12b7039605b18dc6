"""Claims checked one by one, each in a graph of its own."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from claimshapes.checking.basis import Basis
from claimshapes.checking.findings import ClaimResult
from claimshapes.checking.made_graphs import (
    CLAIM_TYPE,
    REPEATS_ORIGINAL,
    SERVICE_DATE,
    ULTIMATE_PAYER,
    MadeGraphs,
)
from claimshapes.checking.selections import Selections
from claimshapes.checking.verdicts import Verdicts
from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.run_days import RunDays
from claimshapes.engines.limits import Clock, TimeLimitReached, is_large
from claimshapes.engines.shape_result import ShapeResult
from claimshapes.rules.rule import Rule

if TYPE_CHECKING:
    from claimshapes.checking.suggestions import Suggester
    from claimshapes.engines.one_by_one.engine import ReferenceEngine
    from claimshapes.engines.one_by_one.whole_graph import WholeGraph


class Alone:
    """Checks claims by the reference engine, which is made when it is first needed.

    Args:
        basis: the rules and the knowledge.
        selections: which rules check which claim.
        verdicts: says what results come to.
        suggest: whether findings get the candidates that would settle them.

    Attributes:
        graphs: makes the claims' graphs.
    """

    def __init__(
        self, basis: Basis, selections: Selections, verdicts: Verdicts, *, suggest: bool
    ) -> None:
        self._basis = basis
        self._selections = selections
        self._verdicts = verdicts
        self._suggest = suggest
        self.graphs = MadeGraphs(basis, selections.chosen, self._suggesting)

    @cached_property
    def engine(self) -> ReferenceEngine:
        """The engine."""
        from claimshapes.engines.one_by_one.engine import ReferenceEngine

        return ReferenceEngine(self._basis.book, self.graphs.needs)

    def judge(self, claim: ClaimJson, days: RunDays, clock: Clock) -> ClaimResult:
        """What the rules for a claim say of it.

        Args:
            claim: a claim that has the claim format.
            days: the days of the run.
            clock: says when the time for the claim is over.

        Raises:
            TimeLimitReached: it is over.
        """
        with self.graphs.read(claim, days, clock) as graph:
            store, node = graph.store, graph.claim
            selection = self._selections.of(
                claim,
                _objects(store, node, ULTIMATE_PAYER),
                next(iter(_objects(store, node, CLAIM_TYPE))),
                void=bool(_objects(store, node, REPEATS_ORIGINAL)),
            )
            results = self.engine.judge(graph, selection.rules, clock)

            def dates(focus: str) -> tuple[date, ...]:
                return _dates(store, ox.NamedNode(focus))

            result = self._verdicts.of(claim, selection, results, dates, dates(node.value))
            return self.suggested(result, claim, days, clock, graph) if self._suggest else result

    def results(
        self, claim: ClaimJson, rules: tuple[Rule, ...], days: RunDays, clock: Clock
    ) -> list[ShapeResult]:
        """What some rules say of a claim, before it is asked whether they are in force."""
        with self.graphs.read(claim, days, clock) as graph:
            return self.engine.judge(graph, rules, clock)

    def suggested(
        self,
        result: ClaimResult,
        claim: ClaimJson,
        days: RunDays,
        clock: Clock,
        graph: WholeGraph | None = None,
    ) -> ClaimResult:
        """A result with the candidates of its findings; its graph is made where none is given."""
        if not self._suggester.concerns(result.findings) or is_large(claim):
            return result
        made = self.graphs.read(claim, days, clock) if graph is None else nullcontext(graph)
        try:
            with made as known:
                findings = self._suggester.of(known, claim, result.findings)
        except TimeLimitReached:
            return result
        return replace(result, findings=findings)

    @cached_property
    def _suggester(self) -> Suggester:
        from claimshapes.checking.suggestions import Suggester
        from claimshapes.rules.candidate_sources import read_candidate_sources

        basis = self._basis
        sources = read_candidate_sources(basis.ontology, basis.prefixes)
        return Suggester(basis.book.candidates(sources), basis.knowledge)

    def _suggesting(self) -> list[str]:
        return self._suggester.queries(self._selections.chosen) if self._suggest else []


def _objects(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> frozenset[str]:
    return frozenset(
        quad.object.value
        for quad in store.quads_for_pattern(node, predicate, None)
        if isinstance(quad.object, (ox.NamedNode, ox.Literal))
    )


def _dates(store: ox.Store, node: ox.NamedNode) -> tuple[date, ...]:
    return tuple(date.fromisoformat(value) for value in _objects(store, node, SERVICE_DATE))
