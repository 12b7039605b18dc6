"""Makes the graphs of single claims, whole or with what the chosen rules read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from claimshapes.checking.basis import Basis
from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.run_days import RunDays
from claimshapes.claims.to_triples import ClaimGraphBuilder
from claimshapes.engines.limits import Clock
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.derivations import Derivation

if TYPE_CHECKING:
    from claimshapes.engines.one_by_one.needed_triples import Needs
    from claimshapes.engines.one_by_one.whole_graph import WholeGraph, WholeGraphs

SERVICE_DATE = ox.NamedNode(f"{CS_NS}serviceDate")
ULTIMATE_PAYER = ox.NamedNode(f"{CS_NS}ultimatePayer")
REPEATS_ORIGINAL = ox.NamedNode(f"{CS_NS}repeatsOriginal")
CLAIM_TYPE = ox.NamedNode(f"{CS_NS}claimType")
_OWN_PROPERTIES = frozenset(
    property_.value for property_ in (SERVICE_DATE, ULTIMATE_PAYER, REPEATS_ORIGINAL, CLAIM_TYPE)
)
"""The properties that tell which rules apply to a claim, and on which days."""


class MadeGraphs:
    """Makes graphs; what it needs for that, when it is first asked.

    Args:
        basis: the rules and the knowledge.
        chosen: ids of the rules that check some claim.
        queries: gives other queries that read the graphs that rules read.
    """

    def __init__(
        self, basis: Basis, chosen: frozenset[str], queries: Callable[[], Sequence[str]]
    ) -> None:
        self._basis = basis
        self._chosen = chosen
        self._queries = queries

    def whole(
        self, claim: ClaimJson, days: RunDays, clock: Clock
    ) -> AbstractContextManager[WholeGraph]:
        """The claim's graph as rules see it, for as long as the context lasts.

        Args:
            claim: a claim that has the claim format.
            days: the days of the run.
            clock: says when the time for the claim is over.
        """
        return self._whole.of(claim, days, clock.look)

    def read(
        self, claim: ClaimJson, days: RunDays, clock: Clock
    ) -> AbstractContextManager[WholeGraph]:
        """Likewise, without what no chosen rule reads."""
        return self._read.of(claim, days, clock.look)

    @cached_property
    def needs(self) -> Needs:
        """What queries need besides what all claims share."""
        from claimshapes.engines.one_by_one.needed_triples import needs_beside

        return needs_beside(self._basis.resident)

    @cached_property
    def _whole(self) -> WholeGraphs:
        return self._of(self._basis.resident, self._basis.derivations)

    @cached_property
    def _read(self) -> WholeGraphs:
        from claimshapes.engines.one_by_one.needed_derivations import reading_of

        basis = self._basis
        rules = [basis.book.rules[rule] for rule in sorted(self._chosen)]
        queries = [*self._queries(), basis.asked_payers]
        reading = reading_of(basis.book, rules, _OWN_PROPERTIES, queries, self.needs)
        # What derivations read is read, too, once it is known which are needed.
        derivations = reading.needed(basis.derivations)
        return self._of(reading.read(basis.resident), derivations)

    def _of(self, resident: Sequence[ox.Quad], derivations: tuple[Derivation, ...]) -> WholeGraphs:
        from claimshapes.engines.one_by_one.whole_graph import WholeGraphs

        basis = self._basis
        with basis.in_use():
            builder = ClaimGraphBuilder()
        return WholeGraphs(
            builder, basis.knowledge, resident, derivations, basis.asked_payers, self.needs
        )
