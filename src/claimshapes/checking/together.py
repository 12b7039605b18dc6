"""Claims checked together, by the set engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from claimshapes.checking.alone import Alone
from claimshapes.checking.basis import Basis
from claimshapes.checking.findings import ClaimResult
from claimshapes.checking.selections import Selections
from claimshapes.checking.verdicts import Verdicts
from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.run_days import RunDays
from claimshapes.engines.limits import (
    Clock,
    TimeLimitReached,
    Unchecked,
    out_of_time,
    portions,
    time_for,
)
from claimshapes.rules.selection import Selection

if TYPE_CHECKING:
    from claimshapes.engines.batch.engine import SetEngine
    from claimshapes.engines.batch.judged_claim import JudgedClaim


class Together:
    """Checks claims by the set engine, which is made when it is first needed.

    Args:
        basis: the rules and the knowledge.
        selections: which rules check which claim.
        verdicts: says what results come to.
        alone: checks by the rules that the set engine leaves to the reference engine.
        threads: cores that the set engine may use; all that there are when absent.

    Attributes:
        uncompiled: ids of the rules that are left, with why; empty before the engine is made.
    """

    def __init__(
        self,
        basis: Basis,
        selections: Selections,
        verdicts: Verdicts,
        alone: Alone,
        threads: int | None,
    ) -> None:
        self._basis = basis
        self._selections = selections
        self._verdicts = verdicts
        self._alone = alone
        self._threads = threads
        self.uncompiled: dict[str, str] = {}

    @cached_property
    def engine(self) -> SetEngine:
        """The engine.

        Raises:
            KnowledgeError: its tables cannot be made or opened.
        """
        from claimshapes.engines.batch.engine import SetEngine

        basis = self._basis
        with basis.in_use():
            engine = SetEngine(
                basis.book,
                basis.derivations,
                basis.prefixes,
                basis.knowledge,
                rules=self._selections.chosen,
                threads=self._threads,
            )
        self.uncompiled |= engine.plan.problems
        return engine

    def judge(
        self, claims: Sequence[ClaimJson], days: RunDays, seconds: float
    ) -> list[ClaimResult | Unchecked]:
        """What the rules say of claims, each by itself and for its own payer.

        Args:
            claims: claims that have the claim format.
            days: the days of the run.
            seconds: how long a claim may take.

        Returns:
            One result for each claim, in the same order, or why it was not checked.
        """
        return [
            result for part in portions(claims) for result in self._in_time(part, days, seconds)
        ]

    def _in_time(
        self, claims: Sequence[ClaimJson], days: RunDays, seconds: float
    ) -> Iterator[ClaimResult | Unchecked]:
        """Checks claims; where that takes too long, halves of them."""
        try:
            yield from self._results(claims, days, seconds)
        except TimeLimitReached:
            half = len(claims) // 2
            if not half:
                yield Unchecked(out_of_time(claims[0], seconds))
                return
            yield from self._in_time(claims[:half], days, seconds)
            yield from self._in_time(claims[half:], days, seconds)

    def _results(
        self, claims: Sequence[ClaimJson], days: RunDays, seconds: float
    ) -> list[ClaimResult]:
        judged = self.engine.judge(claims, self._selected, days, time_for(claims, seconds))
        uncompiled = sorted(self.uncompiled)
        made = []
        for claim, found in zip(claims, judged, strict=True):
            results = found.results()
            by_id = found.selection.by_id
            left = tuple(by_id[rule] for rule in uncompiled if rule in by_id) if uncompiled else ()
            if left:
                results += self._alone.results(claim, left, days, Clock(seconds))
            made.append(
                self._verdicts.of(claim, found.selection, results, found.days_of, found.days)
            )
        return made

    def _selected(self, claim: ClaimJson, found: JudgedClaim) -> Selection:
        return self._selections.of(claim, found.payers, found.claim_type, void=found.void)
