"""What the rules say of claims, by whichever engine they are given to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from threading import RLock
from typing import TYPE_CHECKING

import duckdb

from claimshapes.checking.alone import Alone
from claimshapes.checking.basis import Basis
from claimshapes.checking.findings import ClaimResult
from claimshapes.checking.selections import Selections
from claimshapes.checking.together import Together
from claimshapes.checking.verdicts import Verdicts, with_sources
from claimshapes.claims import run_days
from claimshapes.claims.claim import ClaimJson, ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.run_days import RunDays
from claimshapes.engines.limits import (
    Clock,
    LimitError,
    TimeLimitReached,
    Unchecked,
    out_of_time,
    refuse_too_large,
)
from claimshapes.errors import KnowledgeError

if TYPE_CHECKING:
    from claimshapes.engines.batch.explained import Statement
    from claimshapes.engines.one_by_one.engine import ReferenceEngine
    from claimshapes.engines.one_by_one.whole_graph import WholeGraph

JudgedReading = tuple[ClaimReading, ClaimResult | None]
"""What a reader gave, with the result, or none where it was rejected or exceeds a limit."""


class ClaimJudge:
    """Judges claims, for one thread at a time.

    Args:
        basis: the rules and the knowledge.
        selections: which rules check which claim.
        strict: whether what is not covered counts as not checked.
        suggest: whether findings get candidates; those of claims that are checked alone when
            absent.
        threads: cores that the set engine may use; all that there are when absent.
        time_limit: seconds for a claim.
        checked_on: the day of the check; when absent the day on which each claim is checked.
        sent_on: the day on which every claim is taken as sent.
        as_of: the day that decides what is in force, instead of the dates of service.

    Attributes:
        fallback: why the set engine cannot be used, if it was asked for and cannot.
    """

    def __init__(
        self,
        basis: Basis,
        selections: Selections,
        *,
        strict: bool,
        suggest: bool | None,
        threads: int | None,
        time_limit: float,
        checked_on: date | None,
        sent_on: date | None,
        as_of: date | None,
    ) -> None:
        verdicts = Verdicts(basis.book, strict=strict)
        self._alone = Alone(basis, selections, verdicts, suggest=suggest is not False)
        self._together = Together(basis, selections, verdicts, self._alone, threads)
        self._suggest = suggest
        self._time_limit = time_limit
        self._checked_on = checked_on
        self._sent_on = sent_on
        self._as_of = as_of
        self._one_at_a_time = RLock()
        self.fallback: str | None = None

    def sets_usable(self) -> bool:
        """Whether the set engine's files can be used, or made."""
        if self.fallback is None:
            try:
                with self._one_at_a_time:
                    _ = self._together.engine
            except (KnowledgeError, OSError, duckdb.Error) as error:
                reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
                self.fallback = reason
        return self.fallback is None

    def one(self, record: ClaimRecord, *, by_sets: bool) -> ClaimResult:
        """What the rules say of a claim.

        Args:
            record: the claim.
            by_sets: whether the set engine checks it.

        Raises:
            LimitError: it cannot be checked within the limits of size and time.
        """
        claim = record.claim
        with self._one_at_a_time:
            if by_sets:
                (result,) = self.together([claim])
                if isinstance(result, Unchecked):
                    raise LimitError(result.reason)
                if self._suggest is not False:
                    result = self._suggested(result, claim)
            else:
                refuse_too_large(claim)
                try:
                    result = self._alone.judge(claim, self._days(), self._clock())
                except TimeLimitReached:
                    raise LimitError(out_of_time(claim, self._time_limit)) from None
        return with_sources(result, record)

    def together(self, claims: Sequence[ClaimJson]) -> list[ClaimResult | Unchecked]:
        """What the rules say of claims, each by itself, by the set engine.

        Returns:
            One result for each claim, in the same order, or why it was not checked.
        """
        with self._one_at_a_time:
            return self._together.judge(claims, self._days(), self._time_limit)

    def readings(self, batch: Sequence[ClaimReading]) -> list[JudgedReading]:
        """Likewise of what a reader gave."""
        return self.side_by_side(batch, self.together(claims_of(batch)))

    def side_by_side(
        self, batch: Iterable[ClaimReading], results: Iterable[ClaimResult | Unchecked]
    ) -> list[JudgedReading]:
        """What a reader gave, with what was said of its claims."""
        left = iter(results)
        return [
            self._beside(reading, next(left))
            if isinstance(reading, ClaimRecord)
            else (reading, None)
            for reading in batch
        ]

    def _beside(self, record: ClaimRecord, result: ClaimResult | Unchecked) -> JudgedReading:
        if isinstance(result, Unchecked):
            return unchecked(record, result.reason), None
        if not result.findings:
            return record, result
        if self._suggest:
            result = self._suggested(result, record.claim)
        return record, with_sources(result, record)

    def _suggested(self, result: ClaimResult, claim: ClaimJson) -> ClaimResult:
        with self._one_at_a_time:
            return self._alone.suggested(result, claim, self._days(), self._clock())

    @property
    def reference(self) -> ReferenceEngine:
        """The engine that checks one claim after the other, made when it is first needed."""
        return self._alone.engine

    @property
    def uncompiled(self) -> dict[str, str]:
        """Ids of the rules that the set engine leaves to it, with why; empty before it is made."""
        return self._together.uncompiled

    def whole_graph(
        self, claim: ClaimJson, clock: Clock | None
    ) -> AbstractContextManager[WholeGraph]:
        """The claim's graph as rules see it, for as long as the context lasts."""
        return self._alone.graphs.whole(claim, self._days(), clock or self._clock())

    def explained(self, rule: str, claims: Sequence[ClaimJson]) -> list[Statement]:
        """What the set engine's statements for a rule do with some claims; see ``SetEngine``."""
        with self._one_at_a_time:
            return self._together.engine.explain(rule, claims, self._days())

    def _clock(self) -> Clock:
        return Clock(self._time_limit)

    def _days(self) -> RunDays:
        return RunDays(self._checked_on or run_days.today(), self._sent_on, self._as_of)


def claims_of(batch: Iterable[ClaimReading]) -> list[ClaimJson]:
    """The claims among what a reader gave."""
    return [reading.claim for reading in batch if isinstance(reading, ClaimRecord)]


def unchecked(record: ClaimRecord, reason: str) -> RejectedClaim:
    """What is in place of a claim that could be read and not checked."""
    return RejectedClaim(record.origin, reason, str(record.claim["id"]))
