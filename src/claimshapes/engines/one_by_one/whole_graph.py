"""A claim's graph as rules see it: its facts, the knowledge that they reach, what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyoxigraph as ox

from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.run_days import RunDays
from claimshapes.claims.to_triples import ClaimGraphBuilder
from claimshapes.engines.one_by_one.derive import derive
from claimshapes.engines.one_by_one.needed_triples import Contents, Needs
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.rules.derivations import Derivation

_USES = 10
"""Claims for which a store is used; a store in memory keeps what was removed, and slows down."""


@dataclass(frozen=True, slots=True)
class WholeGraph:
    """One claim's graph.

    Attributes:
        store: its triples.
        claim: the claim's node.
        contents: which properties and objects are among the triples.
        payers: IRIs of those whose rows are among the knowledge.
        own: those of the claim: its facts, what they reach and what follows.
        resident: those that every graph holds.
    """

    store: ox.Store
    claim: ox.NamedNode
    contents: Contents
    payers: frozenset[str]
    own: Sequence[ox.Quad]
    resident: frozenset[ox.Quad]


class WholeGraphs:
    """Makes claims' graphs.

    The resident knowledge is most of a claim's graph; it is put into a store once for some claims,
    and a claim's own triples are taken out again.

    Args:
        builder: makes the claims' facts.
        knowledge: what claims reach of it becomes a part of their graphs.
        resident: triples that every graph holds.
        derivations: what follows from a claim, in order.
        asked_payers: the query for the payers whose rows a claim reaches.
        needs: says which derivations can make something of a graph.
    """

    def __init__(
        self,
        builder: ClaimGraphBuilder,
        knowledge: Knowledge,
        resident: Sequence[ox.Quad],
        derivations: tuple[Derivation, ...],
        asked_payers: str,
        needs: Needs,
    ) -> None:
        self._builder = builder
        self._knowledge = knowledge
        self._given = resident
        self._resident: frozenset[ox.Quad] = frozenset()
        self._derivations = derivations
        self._asked_payers = asked_payers
        self._needs = needs
        self._idle: list[tuple[ox.Store, int]] = []

    @contextmanager
    def of(
        self, claim: ClaimJson, days: RunDays, look: Callable[[], None] = lambda: None
    ) -> Iterator[WholeGraph]:
        """A claim's graph, for as long as the context lasts.

        Args:
            claim: a claim that has the claim format.
            days: the days of the run, which become facts of the claim.
            look: called between the derivations; raises when the time for the claim is over.
        """
        graph = self._builder.build(claim, self._knowledge, days=days)
        store, uses = self._idle.pop() if self._idle else (self._fresh(), 0)
        store.extend(graph.quads)
        payers = self._payers(store, graph.claim)
        reached = [
            ox.Quad(triple.subject, triple.predicate, triple.object)
            for triple in self._knowledge.slice(graph.diagnosis_codes, graph.service_codes, payers)
        ]
        store.extend(reached)
        quads = [*graph.quads, *reached]
        contents = self._needs.contents()
        contents.add(quads)
        quads += derive(store, graph.claim, self._derivations, self._needs, contents, look)
        yield WholeGraph(store, graph.claim, contents, payers, quads, self._resident)
        # A store in which something failed is not used again, nor one that is not as it was.
        for quad in quads:
            if quad not in self._resident:
                store.remove(quad)
        if uses + 1 < _USES and len(store) == len(self._resident):
            self._idle.append((store, uses + 1))

    def _payers(self, store: ox.Store, claim: ox.NamedNode) -> frozenset[str]:
        solutions = store.query(self._asked_payers.replace("$this", str(claim)))
        assert isinstance(solutions, ox.QuerySolutions)
        return frozenset(solution[0].value for solution in solutions)

    def _fresh(self) -> ox.Store:
        store = ox.Store()
        store.bulk_extend(self._given)
        if not self._resident:
            # As the store writes them, which is how what is derived is written too.
            self._resident = frozenset(store)
        return store
