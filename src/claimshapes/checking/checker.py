"""Checks claims: loads rules and knowledge once, then checks claim after claim."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, ExitStack
from datetime import date
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal

from claimshapes.checking.basis import Basis
from claimshapes.checking.claim_judge import ClaimJudge, JudgedReading, unchecked
from claimshapes.checking.contractors import contractor_of
from claimshapes.checking.cycles import out_of_sight, uncollected
from claimshapes.checking.findings import ClaimResult
from claimshapes.checking.given_claims import record_of, records
from claimshapes.checking.payer_of_run import PayerOfRun
from claimshapes.checking.processes import judged_in_processes
from claimshapes.checking.results import Results
from claimshapes.checking.selections import Selections
from claimshapes.claims.claim import ClaimJson, ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.readers.payer_map import read_payer_map
from claimshapes.engines.limits import (
    TIME_LIMIT,
    Clock,
    LimitError,
    Unchecked,
    is_large,
)
from claimshapes.errors import InputError
from claimshapes.rules.pack import using_packs
from claimshapes.rules.rule_book import RuleBook

if TYPE_CHECKING:
    from claimshapes.checking.grouping.across import AcrossClaims
    from claimshapes.engines.batch.explained import Statement
    from claimshapes.engines.one_by_one.engine import ReferenceEngine
    from claimshapes.engines.one_by_one.whole_graph import WholeGraph

Engine = Literal["auto", "set", "reference"]

BATCH = 75_000
"""Claims that the set engine checks together: what its statements cost by themselves is divided
among these. What is of them in memory is some 500 MB besides the tables."""

_ALONE = 30
"""Claims up to which ``auto`` checks one by one: for as few, a batch takes longer."""


class Checker:
    """Rules, knowledge and settings, loaded once and used for any number of claims.

    Threads may share it: one checks at a time and the others wait, since the prepared shapes are
    pySHACL's, which promises nothing of threads. More claims at once need more processes.

    Args:
        rules: folders of rule files to use with the shipped ones.
        select: ids of the only rules to check by, or patterns such as ``DX-*``; all of them when
            absent.
        ignore: ids of rules to leave out, or patterns.
        payer: payer id to take instead of each claim's own.
        payers: a CSV file (``id,name,payer``) that says which payers of the ontology the ids and
            names of the claims' payers mean.
        as_of: date to check by instead of the dates of service: it decides which
            rules, code validity periods and releases are in force.
        sent_on: date on which every claim is taken as sent, instead of the date that it
            states (``created``) or, where it states none, the day of the check.
        checked_on: the day of the check; when absent the day on which each claim is checked, which
            differs within a run that goes on over midnight.
        documentation: whether the record that came with a claim is read; when not, every claim
            is taken for one without a record, and the rules that read it are not evaluated.
        strict: whether what is not covered counts as not checked on each claim, so that no such
            claim is clean.
        book: rules that are loaded already, instead of the shipped ones.
        across_claims: whether a claim's history also holds the services of the claims that
            come before it in the same input and that rules say belong to it (``cs:groupedBy``).
        grouped: whether such claims follow each other in the input, so that they need not be
            gathered before the first is checked.
        engine: ``reference`` checks claim after claim, ``set`` checks batches of claims, and
            ``auto`` checks more than thirty claims in batches. Both say the same.
        threads: cores that the set engine may use; all that there are when absent.
        jobs: processes that check batches side by side; each keeps an engine of its own, which
            uses one core. They are started anew, so the program that asks for them must not do
            its work when it is imported (``if __name__ == "__main__"``).
        time_limit: seconds for a claim; one that takes longer is not checked.
        knowledge: folder of releases that the user imported, used with the shipped ones; that
            of the environment (``CLAIMSHAPES_KNOWLEDGE``) when absent.
        mac: contract number of the Medicare contractor whose coverage articles hold for the
            claims of the Medicare payer that it serves.
        suggest: whether findings get the candidates that would settle them
            (``Finding.suggestions``); those of claims that are checked one by one when absent.

    Raises:
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
        InputError: ``payers`` cannot be used, ``select`` or ``ignore`` names no rule, or jobs are
            asked for with ``book``, which they cannot be given.
    """

    def __init__(
        self,
        *,
        rules: Sequence[str | os.PathLike[str]] = (),
        select: Iterable[str] | None = None,
        ignore: Iterable[str] = (),
        payer: str | None = None,
        payers: str | os.PathLike[str] | None = None,
        as_of: date | None = None,
        sent_on: date | None = None,
        checked_on: date | None = None,
        documentation: bool = True,
        strict: bool = False,
        book: RuleBook | None = None,
        engine: Engine = "auto",
        across_claims: bool = False,
        grouped: bool = False,
        threads: int | None = None,
        jobs: int = 1,
        time_limit: float = TIME_LIMIT,
        knowledge: str | os.PathLike[str] | None = None,
        mac: str | None = None,
        suggest: bool | None = None,
    ) -> None:
        if jobs > 1 and book is not None:
            raise InputError("jobs load their rules from folders (rules), not from a book")
        for name, given in (("as_of", as_of), ("sent_on", sent_on), ("checked_on", checked_on)):
            # A time would be another day than any that a rule names.
            if given is not None and type(given) is not date:
                found = type(given).__name__
                raise InputError(f"{name}: expected a datetime.date without a time, found {found}")
        basis = Basis(rules, book, knowledge)
        self.book = basis.book
        self.knowledge = basis.knowledge
        selections = Selections(basis, select, ignore, documentation=documentation)
        contractor = None if mac is None else contractor_of(mac, basis.resident)
        with using_packs(basis.book.packs):
            mapped = None if payers is None else read_payer_map(payers)
        self._payer = PayerOfRun(payer, mapped, contractor)
        self._judge = ClaimJudge(
            basis,
            selections,
            strict=strict,
            suggest=suggest,
            threads=threads,
            time_limit=time_limit,
            checked_on=checked_on,
            sent_on=sent_on,
            as_of=as_of,
        )
        self._across: AcrossClaims | None = None
        if across_claims:
            from claimshapes.checking.grouping.across import across

            chosen = [basis.book.rules[rule] for rule in selections.chosen]
            self._across = across(chosen, grouped=grouped, documentation=documentation)
        self._mode = engine
        self._jobs = jobs
        self._of_processes: Mapping[str, Any] = {
            "rules": tuple(rules),
            "select": selections.select,
            "ignore": selections.ignore,
            "as_of": as_of,
            "sent_on": sent_on,
            "checked_on": checked_on,
            "documentation": documentation,
            "strict": strict,
            "engine": "set",
            "threads": 1,
            "time_limit": time_limit,
            "knowledge": basis.folder,
        }
        """The settings of those that check in the other processes."""

    def check(self, claims: Iterable[ClaimJson | ClaimRecord]) -> Iterator[ClaimResult]:
        """Checks claims, many together where that is quicker.

        Args:
            claims: claims as the readers give them, or as the JSON claim format has them,
                which are then checked against its schema first; their numbers must not repeat,
                as in a file.

        Yields:
            One result for each claim, in the same order.

        Raises:
            InputError: a claim does not have the claim format, or the number of one before it;
                names the field.
            LimitError: a claim cannot be checked within the limits of size and time.
        """
        judged = self.check_readings(records(claims), arriving=not isinstance(claims, Sized))
        for index, (reading, result) in enumerate(judged):
            if result is not None:
                yield result
            elif isinstance(reading, RejectedClaim):
                raise LimitError(f"claim {reading.claim_id}: {reading.reason}", index=index)

    def check_frame(self, frame: Any, *, columns: str | os.PathLike[str] | None = None) -> Results:
        """Checks the claims of a data frame.

        With a column ``item`` that holds lists, each row is a claim of the JSON claim format;
        without one, each row is a service line, as in a CSV file. Null means absent.

        Args:
            frame: a ``DataFrame`` of pandas or polars (also lazy), a DuckDB relation, or a table,
                record batch or reader of Arrow.
            columns: where rows are lines, a file that says which column is which field.

        Returns:
            The results; ``results.findings.to_frame()`` makes a frame of the same library.
            Claims that cannot be checked are in ``results.rejected``.

        Raises:
            InputError: it is no frame, or its columns are no fields of a claim.
        """
        from claimshapes.claims.readers.frames import frame_library, read_frame
        from claimshapes.claims.readers.table_columns import default_columns, read_table_columns

        library = frame_library(frame)
        known = default_columns() if columns is None else read_table_columns(columns)
        checked: list[ClaimResult] = []
        rejected: list[RejectedClaim] = []
        for reading, result in self.check_readings(read_frame(frame, known)):
            if result is not None:
                checked.append(result)
            elif isinstance(reading, RejectedClaim):
                rejected.append(reading)
        return Results(checked, rejected, library)

    def check_readings(
        self, readings: Iterable[ClaimReading], *, arriving: bool = False
    ) -> Iterator[JudgedReading]:
        """Checks what a reader gives; see ``check`` and ``check_batches``.

        Yields:
            Each reading, in the same order, with its result, or none where it was rejected.
        """
        for batch in self.check_batches(readings, arriving=arriving):
            yield from batch
            # As in ``check_batches``, before the next one is read.
            del batch

    def check_batches(
        self, readings: Iterable[ClaimReading], *, skip: int = 0, arriving: bool = False
    ) -> Iterator[list[JudgedReading]]:
        """Likewise, those that are checked together in one list.

        Args:
            readings: what a reader gives.
            skip: how many of them only count for those after them.
            arriving: whether they come when they come, as over a pipe, so that none of the first
                waits for those after it.

        Yields:
            Claims as they were checked: with the payer of these settings, and with the services
            of other claims where ``across_claims`` asks for them.
        """
        readings = self._payer.through(readings)
        if self._across is not None:
            readings = self._across.with_history(readings)
        pending: Iterator[ClaimReading] = islice(readings, skip, None)
        alone, pending = self._by_engine(pending, arriving=arriving)
        for reading in alone:
            yield [self._one_by_one(reading)]
            del reading
        if self._jobs > 1:
            yield from judged_in_processes(
                pending,
                self._judge,
                jobs=self._jobs,
                size=BATCH,
                make=Checker,
                settings=self._of_processes,
            )
            return
        while True:
            with ExitStack() as left:
                with uncollected():
                    judged = self._judge.readings(list(islice(pending, BATCH)))
                    left.enter_context(out_of_sight())
                if not judged:
                    return
                yield judged
                # Before the next one is read: two at a time leave gaps in memory, ever more.
                del judged

    def check_one(self, claim: ClaimJson | ClaimRecord) -> ClaimResult:
        """Checks one claim, with no other; see ``check``.

        Raises:
            InputError: the claim does not have the claim format; names the field.
            LimitError: it cannot be checked within the limits of size and time.
        """
        record = self._payer.of_record(record_of(claim))
        by_sets = self._mode == "set" or (
            self._mode == "auto" and is_large(record.claim) and self.sets_usable()
        )
        return self._judge.one(record, by_sets=by_sets)

    def _by_engine(
        self, readings: Iterator[ClaimReading], *, arriving: bool
    ) -> tuple[Iterator[ClaimReading], Iterator[ClaimReading]]:
        """The readings that are checked one by one, and those that batches are made of."""
        none: Iterator[ClaimReading] = iter(())
        if self._mode == "set":
            return none, readings
        if self._mode == "reference" or self.fallback is not None:
            return readings, none
        if arriving:
            first_ones = islice(readings, _ALONE)
            return chain(first_ones, self._unless_together(readings)), readings
        first = list(islice(readings, _ALONE + 1))
        together = len(first) > _ALONE and self.sets_usable()
        every = chain(first, readings)
        return (none, every) if together else (every, none)

    def _unless_together(self, readings: Iterator[ClaimReading]) -> Iterator[ClaimReading]:
        """The readings, if the set engine cannot be used; asked when there is one more."""
        for reading in readings:
            yield reading
            if self.sets_usable():
                return

    def _one_by_one(self, reading: ClaimReading) -> JudgedReading:
        if not isinstance(reading, ClaimRecord):
            return reading, None
        try:
            return reading, self.check_one(reading)
        except LimitError as error:
            return unchecked(reading, error.message), None

    @property
    def fallback(self) -> str | None:
        """Why the set engine could not be used, where ``auto`` did without it."""
        return self._judge.fallback

    def sets_usable(self) -> bool:
        """Whether the set engine's files can be used, or made."""
        return self._judge.sets_usable()

    def for_payer(self, reading: ClaimReading) -> ClaimReading:
        """What a reader gave, a claim with the payer of these settings, if they have one."""
        return self._payer.of(reading)

    def explained(self, rule: str, claims: Sequence[ClaimJson]) -> list[Statement]:
        """What the set engine's statements for a rule do with some claims; see ``SetEngine``."""
        return self._judge.explained(rule, claims)

    def uncompiled(self) -> dict[str, str]:
        """Ids of the rules that the set engine leaves to the reference engine, with why.

        Empty while the set engine has not been needed.
        """
        return dict(self._judge.uncompiled)

    @property
    def reference(self) -> ReferenceEngine:
        """The engine that checks one claim after the other, made when it is first needed."""
        return self._judge.reference

    @property
    def alone(self) -> int:
        """Claims that could not be seen with others, for want of a patient's number."""
        return 0 if self._across is None else self._across.alone

    def judge_batch(self, claims: Sequence[ClaimJson]) -> list[ClaimResult | Unchecked]:
        """Checks claims together, each by itself and for its own payer, by the set engine.

        Args:
            claims: claims that have the claim format.

        Returns:
            One result for each claim, in the same order, or why it was not checked.
        """
        return self._judge.together(claims)

    def judge_readings(self, readings: Iterable[ClaimReading]) -> list[JudgedReading]:
        """Checks what a reader gives, all of it together, by the set engine."""
        with uncollected():
            return self._judge.readings(list(self._payer.through(readings)))

    def whole_graph(
        self, claim: ClaimJson, clock: Clock | None = None
    ) -> AbstractContextManager[WholeGraph]:
        """The claim's graph as rules see it, for as long as the context lasts.

        Args:
            claim: a claim that has the claim format.
            clock: says when the time for the claim is over.
        """
        return self._judge.whole_graph(claim, clock)
