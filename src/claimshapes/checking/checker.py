"""Checks claims: loads rules and knowledge once, then checks claim after claim."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

import duckdb
import pyoxigraph as ox

from claimshapes.checking.contractors import contractor_of
from claimshapes.checking.findings import (
    ClaimResult,
)
from claimshapes.checking.results import Results
from claimshapes.checking.verdicts import Verdicts, with_sources
from claimshapes.claims import run_days
from claimshapes.claims.claim import ClaimJson, ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.claim_numbers import ClaimNumbers
from claimshapes.claims.readers.payer_map import read_payer_map
from claimshapes.claims.run_days import RunDays
from claimshapes.claims.to_triples import ClaimGraphBuilder
from claimshapes.engines.limits import (
    TIME_LIMIT,
    Clock,
    LimitError,
    TimeLimitReached,
    Unchecked,
    is_large,
    out_of_time,
    portions,
    refuse_too_large,
    time_for,
)
from claimshapes.errors import InputError, KnowledgeError
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.format_terms import format_terms
from claimshapes.knowledge.in_use import knowledge_folder, resource_directory, using_knowledge
from claimshapes.knowledge.resident import resident_quads
from claimshapes.names import named
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.asked_payers import asked_payers
from claimshapes.rules.derivations import Derivation, declared_prefixes, load_derivations
from claimshapes.rules.pack import refuse_what_packs_cannot_hold, using_packs
from claimshapes.rules.rule_book import RuleBook, load_rules
from claimshapes.rules.selection import Selection

if TYPE_CHECKING:
    from claimshapes.checking.grouping.across import AcrossClaims
    from claimshapes.checking.suggestions import Suggester
    from claimshapes.engines.batch.engine import JudgedClaim, SetEngine
    from claimshapes.engines.batch.explained import Statement
    from claimshapes.engines.one_by_one.engine import ReferenceEngine
    from claimshapes.engines.one_by_one.needed_triples import Needs
    from claimshapes.engines.one_by_one.whole_graph import WholeGraph, WholeGraphs

Engine = Literal["auto", "set", "reference"]

BATCH = 60_000
"""Claims that the set engine checks together: what its statements cost by themselves is divided
among these. What is of them in memory is some 500 MB besides the tables."""

PART = 30_000
"""Those that a process checks together, where there are several."""

_ALONE = 30
"""Claims up to which ``auto`` checks one by one: for as few, a batch takes longer."""

JudgedReading = tuple[ClaimReading, ClaimResult | None]
"""What a reader gave, with the result, or none where it was rejected or exceeds a limit."""

_RULES = ("rule", "claimshapes rules list")
_SERVICE_DATE = ox.NamedNode(f"{CS_NS}serviceDate")
_ULTIMATE_PAYER = ox.NamedNode(f"{CS_NS}ultimatePayer")
_REPEATS_ORIGINAL = ox.NamedNode(f"{CS_NS}repeatsOriginal")
_CLAIM_TYPE = ox.NamedNode(f"{CS_NS}claimType")
_OWN_PROPERTIES = frozenset(
    property_.value
    for property_ in (_SERVICE_DATE, _ULTIMATE_PAYER, _REPEATS_ORIGINAL, _CLAIM_TYPE)
)
"""The properties that tell which rules apply to a claim, and on which days."""


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
        if book is None:
            for folder in rules:
                refuse_what_packs_cannot_hold(Path(folder))
            book = load_rules([resource_directory("shapes"), *map(Path, rules)])
        self.book = book
        self._folder = knowledge_folder() if knowledge is None else Path(knowledge)
        with using_knowledge(self._folder), using_packs(book.packs):
            ontology = resource_directory("ontology")
            self.knowledge = Knowledge.open()
        self._rules = tuple(rules)
        self._select = None if select is None else named(select, book.rules, *_RULES)
        self._ignore = named(ignore, book.rules, *_RULES)
        self._payer = payer
        self._contractor = None if mac is None else contractor_of(mac, self._resident)
        with using_packs(book.packs):
            self._payers = None if payers is None else read_payer_map(payers)
        self._as_of = as_of
        self._sent_on = sent_on
        self._checked_on = checked_on
        self._documentation = documentation
        self._strict = strict
        self._verdicts = Verdicts(book, strict=strict)
        self._prefixes = declared_prefixes(ontology / "rule.ttl")
        self._derivations = load_derivations(ontology / "derivations", self._prefixes)
        self._asked_payers = asked_payers(ontology, self._prefixes)
        self._mode = engine
        self._suggest = suggest
        self._threads = threads
        self._jobs = jobs
        self._time_limit = time_limit
        self._one_at_a_time = RLock()
        self.fallback: str | None = None
        """Why the set engine could not be used, where ``auto`` did without it."""
        self._uncompiled: dict[str, str] = {}
        self._chosen = frozenset(
            rule.id
            for rule in book
            if rule.status == "active"
            and (self._select is None or rule.id in self._select)
            and rule.id not in self._ignore
        )
        self._across = self._across_claims(grouped) if across_claims else None
        self._sets: SetEngine | None = None
        self._named_payers = book.named_payers()
        self._selections: dict[tuple[frozenset[str], str, bool, bool], Selection] = {}

    @cached_property
    def _suggester(self) -> Suggester:
        from claimshapes.checking.suggestions import Suggester
        from claimshapes.rules.candidate_sources import read_candidate_sources

        ontology = resource_directory("ontology")
        sources = read_candidate_sources(ontology, self._prefixes)
        return Suggester(self.book.candidates(sources), self.knowledge)

    @cached_property
    def _resident(self) -> Sequence[ox.Quad]:
        with using_knowledge(self._folder), using_packs(self.book.packs):
            return resident_quads()

    @cached_property
    def _needs(self) -> Needs:
        from claimshapes.engines.one_by_one.needed_triples import needs_beside

        return needs_beside(self._resident)

    @cached_property
    def _graphs(self) -> WholeGraphs:
        """Makes whole graphs."""
        return self._graphs_of(self._resident, self._derivations)

    @cached_property
    def _read_graphs(self) -> WholeGraphs:
        """Makes graphs with all that the chosen rules read, and the suggestions for them."""
        from claimshapes.engines.one_by_one.needed_derivations import reading_of

        chosen = [self.book.rules[rule] for rule in sorted(self._chosen)]
        queries = [] if self._suggest is False else self._suggester.queries(self._chosen)
        queries.append(self._asked_payers)
        reading = reading_of(self.book, chosen, _OWN_PROPERTIES, queries, self._needs)
        derivations = reading.needed(self._derivations)
        return self._graphs_of(reading.read(self._resident), derivations)

    def _graphs_of(
        self, resident: Sequence[ox.Quad], derivations: tuple[Derivation, ...]
    ) -> WholeGraphs:
        from claimshapes.engines.one_by_one.whole_graph import WholeGraphs

        with using_knowledge(self._folder), using_packs(self.book.packs):
            builder = ClaimGraphBuilder()
        return WholeGraphs(
            builder, self.knowledge, resident, derivations, self._asked_payers, self._needs
        )

    @cached_property
    def reference(self) -> ReferenceEngine:
        """The engine that checks one claim after the other, made when it is first needed."""
        from claimshapes.engines.one_by_one.engine import ReferenceEngine

        return ReferenceEngine(self.book, self._needs)

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
        judged = self.check_readings(_records(claims), arriving=not isinstance(claims, Sized))
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
        readings = map(self.for_payer, readings)
        if self._across is not None:
            readings = self._across.with_history(readings)
        pending: Iterator[ClaimReading] = islice(readings, skip, None)
        alone, pending = self._by_engine(pending, arriving=arriving)
        for reading in alone:
            yield [self._one_by_one(reading)]
            del reading
        if self._jobs > 1:
            yield from self._in_processes(pending)
            return
        while True:
            with ExitStack() as left:
                with _uncollected():
                    judged = self._judged(list(islice(pending, BATCH)))
                    left.enter_context(_out_of_sight())
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
        record = self._with_payer(_record(claim))
        with self._one_at_a_time:
            return self._check_one(record)

    def _check_one(self, record: ClaimRecord) -> ClaimResult:
        if self._mode == "set" or (
            self._mode == "auto" and is_large(record.claim) and self.sets_usable()
        ):
            (result,) = self.judge_batch([record.claim])
            if isinstance(result, Unchecked):
                raise LimitError(result.reason)
            if self._suggest is not False:
                result = self._suggested(result, record.claim)
        else:
            refuse_too_large(record.claim)
            try:
                result = self._by_reference(record.claim)
            except TimeLimitReached:
                raise LimitError(out_of_time(record.claim, self._time_limit)) from None
        return with_sources(result, record)

    def _suggested(
        self, result: ClaimResult, claim: ClaimJson, graph: WholeGraph | None = None
    ) -> ClaimResult:
        """A result with the candidates of its findings; its graph is made where none is given."""
        if not self._suggester.concerns(result.findings) or is_large(claim):
            return result
        made = self._read_graph(claim) if graph is None else nullcontext(graph)
        try:
            with self._one_at_a_time, made as known:
                findings = self._suggester.of(known, claim, result.findings)
        except TimeLimitReached:
            return result
        return replace(result, findings=findings)

    def _side_by_side(
        self, batch: Sequence[ClaimReading], results: Iterable[ClaimResult | Unchecked]
    ) -> list[JudgedReading]:
        left = iter(results)
        judged: list[JudgedReading] = []
        for reading in batch:
            if not isinstance(reading, ClaimRecord):
                judged.append((reading, None))
                continue
            result = next(left)
            if isinstance(result, Unchecked):
                judged.append((_unchecked(reading, result.reason), None))
            else:
                if self._suggest:
                    result = self._suggested(result, reading.claim)
                judged.append((reading, with_sources(result, reading)))
        return judged

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
            return _unchecked(reading, error.message), None

    def sets_usable(self) -> bool:
        """Whether the set engine's files can be used, or made."""
        if self.fallback is None:
            try:
                self._set_engine()
            except (KnowledgeError, OSError, duckdb.Error) as error:
                reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
                self.fallback = reason
        return self.fallback is None

    def for_payer(self, reading: ClaimReading) -> ClaimReading:
        """What a reader gave, a claim with the payer of these settings, if they have one."""
        return self._with_payer(reading) if isinstance(reading, ClaimRecord) else reading

    def _with_payer(self, record: ClaimRecord) -> ClaimRecord:
        own = str(record.claim["payer"])
        payer = self._payer
        if payer is None and self._payers is not None:
            payer = self._payers.payer((*record.payer_names, own))
        if self._contractor is not None and (payer or own) in self._contractor.broader:
            payer = self._contractor.payer
        if payer is None or payer == own:
            return record
        return replace(record, claim={**record.claim, "payer": payer})

    def explained(self, rule: str, claims: Sequence[ClaimJson]) -> list[Statement]:
        """What the set engine's statements for a rule do with some claims; see ``SetEngine``."""
        return self._set_engine().explain(rule, claims, self._days())

    def uncompiled(self) -> dict[str, str]:
        """Ids of the rules that the set engine leaves to the reference engine, with why.

        Empty while the set engine has not been needed.
        """
        return dict(self._uncompiled)

    @property
    def alone(self) -> int:
        """Claims that could not be seen with others, for want of a patient's number."""
        return 0 if self._across is None else self._across.alone

    def _across_claims(self, grouped: bool) -> AcrossClaims | None:
        from claimshapes.checking.grouping.across import AcrossClaims
        from claimshapes.rules.other_claims import united

        rules = (self.book.rules[identifier] for identifier in self._chosen)
        others = united(rule.other_claims for rule in rules if rule.other_claims is not None)
        if others is None:
            return None
        return AcrossClaims(others, grouped=grouped, documentation=self._documentation)

    def judge_batch(self, claims: Sequence[ClaimJson]) -> list[ClaimResult | Unchecked]:
        """Checks claims together, each by itself and for its own payer, by the set engine.

        Args:
            claims: claims that have the claim format.

        Returns:
            One result for each claim, in the same order, or why it was not checked.
        """
        with self._one_at_a_time:
            return [result for part in portions(claims) for result in self._in_time(part)]

    def _in_time(self, claims: Sequence[ClaimJson]) -> Iterator[ClaimResult | Unchecked]:
        """Checks claims together; where that takes too long, halves of them."""
        try:
            yield from self._by_sets(claims)
        except TimeLimitReached:
            half = len(claims) // 2
            if not half:
                yield Unchecked(out_of_time(claims[0], self._time_limit))
                return
            yield from self._in_time(claims[:half])
            yield from self._in_time(claims[half:])

    def _judged(self, batch: list[ClaimReading]) -> list[JudgedReading]:
        return self._side_by_side(batch, self.judge_batch(_claims(batch)))

    def judge_readings(self, readings: Iterable[ClaimReading]) -> list[JudgedReading]:
        """Checks what a reader gives, all of it together, by the set engine."""
        with _uncollected():
            return self._judged(list(map(self.for_payer, readings)))

    def _in_processes(self, readings: Iterator[ClaimReading]) -> Iterator[list[JudgedReading]]:
        from claimshapes.checking.workers import Workers

        batches = _batches(readings, PART)
        first = next(batches, [])
        if len(first) < PART:
            # A process would take longer to start.
            if first:
                with _uncollected():
                    judged = self._judged(first)
                yield judged
            return
        settings = {
            "rules": self._rules,
            "select": self._select,
            "ignore": self._ignore,
            "as_of": self._as_of,
            "sent_on": self._sent_on,
            "checked_on": self._checked_on,
            "documentation": self._documentation,
            "strict": self._strict,
            "engine": "set",
            "threads": 1,
            "time_limit": self._time_limit,
            "knowledge": self._folder,
        }
        with Workers(self._jobs, Checker, settings) as workers:
            given = ((batch, _claims(batch)) for batch in chain([first], batches))
            for batch, results in workers.judge(given):
                yield self._side_by_side(batch, results)
            self._uncompiled |= workers.uncompiled

    def _by_reference(self, content: ClaimJson) -> ClaimResult:
        clock = Clock(self._time_limit)
        with self._read_graph(content, clock) as graph:
            store, node = graph.store, graph.claim
            payers = _objects(store, node, _ULTIMATE_PAYER)
            claim_types = _objects(store, node, _CLAIM_TYPE)
            void = bool(_objects(store, node, _REPEATS_ORIGINAL))
            selection = self._selection(content, payers, next(iter(claim_types)), void)
            results = self.reference.judge(graph, selection.rules, clock)

            def dates(focus: str) -> tuple[date, ...]:
                return _dates(store, ox.NamedNode(focus))

            result = self._verdicts.of(content, selection, results, dates, dates(node.value))
            return result if self._suggest is False else self._suggested(result, content, graph)

    def _by_sets(self, claims: Sequence[ClaimJson]) -> list[ClaimResult]:
        judged = self._set_engine().judge(
            claims, self._selected, self._days(), time_for(claims, self._time_limit)
        )
        return [
            self._result_of_sets(claim, found) for claim, found in zip(claims, judged, strict=True)
        ]

    def _result_of_sets(self, claim: ClaimJson, found: JudgedClaim) -> ClaimResult:
        selection = found.selection
        left = tuple(
            selection.by_id[rule] for rule in sorted(self._uncompiled) if rule in selection.by_id
        )
        results = found.results()
        if left:
            clock = Clock(self._time_limit)
            with self._read_graph(claim, clock) as graph:
                results = [*results, *self.reference.judge(graph, left, clock)]

        def dates(focus: str) -> tuple[date, ...]:
            return found.dates.get(focus.removeprefix(found.base), ())

        return self._verdicts.of(claim, selection, results, dates, dates(found.base))

    def _selected(self, claim: ClaimJson, found: JudgedClaim) -> Selection:
        return self._selection(claim, frozenset(found.payers), found.claim_type, found.void)

    def _has_record(self, claim: ClaimJson) -> bool:
        if not self._documentation or "documentation" not in claim:
            return False
        facts = claim["documentation"]
        return not facts or any(fact["type"] not in self._on_claim_form for fact in facts)

    @cached_property
    def _on_claim_form(self) -> frozenset[str]:
        with using_knowledge(self._folder), using_packs(self.book.packs):
            return format_terms().on_claim_form

    def _selection(
        self, claim: ClaimJson, payers: frozenset[str], claim_type: str, void: bool
    ) -> Selection:
        record = self._has_record(claim)
        # Others are alike to every rule, and there may be any number of them.
        key = (payers & self._named_payers, claim_type, record, void)
        selection = self._selections.get(key)
        if selection is None:
            rules = self.book.select(payers, claim_type, only=self._select, ignore=self._ignore)
            selection = self._selections[key] = Selection(rules, record=record, void=void)
        return selection

    def _set_engine(self) -> SetEngine:
        with self._one_at_a_time:
            if self._sets is None:
                from claimshapes.engines.batch.engine import SetEngine

                with using_knowledge(self._folder), using_packs(self.book.packs):
                    self._sets = SetEngine(
                        self.book,
                        self._derivations,
                        self._prefixes,
                        self.knowledge,
                        rules=self._chosen,
                        threads=self._threads,
                    )
                self._uncompiled |= self._sets.plan.problems
            return self._sets

    def whole_graph(
        self, claim: ClaimJson, clock: Clock | None = None
    ) -> AbstractContextManager[WholeGraph]:
        """The claim's graph as rules see it, for as long as the context lasts.

        Args:
            claim: a claim that has the claim format.
            clock: says when the time for the claim is over.
        """
        clock = clock or Clock(self._time_limit)
        return self._graphs.of(claim, self._days(), clock.look)

    def _read_graph(
        self, claim: ClaimJson, clock: Clock | None = None
    ) -> AbstractContextManager[WholeGraph]:
        """Likewise, without what no chosen rule reads."""
        clock = clock or Clock(self._time_limit)
        return self._read_graphs.of(claim, self._days(), clock.look)

    def _days(self) -> RunDays:
        return RunDays(self._checked_on or run_days.today(), self._sent_on, self._as_of)


class CheckerSettings(TypedDict, total=False):
    """Keyword arguments of ``Checker``, which says what each means."""

    rules: Sequence[str | os.PathLike[str]]
    select: Iterable[str] | None
    ignore: Iterable[str]
    payer: str | None
    payers: str | os.PathLike[str] | None
    as_of: date | None
    sent_on: date | None
    checked_on: date | None
    documentation: bool
    strict: bool
    book: RuleBook | None
    engine: Engine
    across_claims: bool
    grouped: bool
    threads: int | None
    jobs: int
    time_limit: float
    knowledge: str | os.PathLike[str] | None
    mac: str | None
    suggest: bool | None


def check(
    claims: str | os.PathLike[str] | ClaimJson | Iterable[ClaimJson],
    **settings: Unpack[CheckerSettings],
) -> Results:
    """Checks claims with a fresh ``Checker``.

    Args:
        claims: a file's name, a claim, or claims; in those, null means absent.
        settings: keyword arguments of ``Checker``.

    Returns:
        One result for each claim, in the same order.

    Raises:
        InputError: a claim cannot be read or does not have the claim format; ``index`` says which
            of several in memory it is.
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    if not isinstance(claims, (str, os.PathLike, Iterable)):
        found = type(claims).__name__
        raise InputError(f"expected a file's name, a claim, or several claims; found {found}")
    checker = Checker(**settings)
    if isinstance(claims, (str, os.PathLike)):
        from claimshapes.claims.readers import read_claims

        return Results(checker.check(_usable(read_claims(claims))))
    return Results(checker.check([claims] if isinstance(claims, Mapping) else claims))


def check_frame(
    frame: Any,
    *,
    columns: str | os.PathLike[str] | None = None,
    **settings: Unpack[CheckerSettings],
) -> Results:
    """Checks the claims of a data frame with a fresh ``Checker``; see ``Checker.check_frame``."""
    return Checker(**settings).check_frame(frame, columns=columns)


def _usable(readings: Iterable[ClaimReading]) -> Iterator[ClaimRecord]:
    for reading in readings:
        if not isinstance(reading, ClaimRecord):
            raise InputError(
                reading.reason,
                file=reading.origin.file,
                line=reading.origin.line,
                pointer=reading.origin.pointer,
            )
        yield reading


def _claims(batch: Iterable[ClaimReading]) -> list[ClaimJson]:
    return [reading.claim for reading in batch if isinstance(reading, ClaimRecord)]


def _batches(readings: Iterator[ClaimReading], size: int) -> Iterator[list[ClaimReading]]:
    while True:
        with _uncollected():
            batch = list(islice(readings, size))
        if not batch:
            return
        yield batch
        # It may be given back before the next one is read.
        del batch


def _unchecked(record: ClaimRecord, reason: str) -> RejectedClaim:
    return RejectedClaim(record.origin, reason, str(record.claim["id"]))


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: a batch has none, and would be searched again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _out_of_sight() -> Iterator[None]:
    """No search for cycles among the objects that there are now: those of a batch have none."""
    # Whoever has put objects out of sight, as servers do, wants them to stay there.
    is_own = not gc.get_freeze_count()
    if is_own:
        gc.freeze()
    try:
        yield
    finally:
        if is_own:
            gc.unfreeze()


def _records(claims: Iterable[ClaimJson | ClaimRecord]) -> Iterator[ClaimRecord]:
    """The records of claims in memory.

    Raises:
        InputError: one has not the claim format, or the number of another; ``index`` says which.
    """
    numbers = ClaimNumbers()
    for index, claim in enumerate(claims):
        record = _record(claim, index)
        # Readers have looked already, by what their formats allow.
        if record is not claim:
            first = numbers.add(record.claim["id"], index)
            if first is not None:
                reason = f"the claim at index {first} has the same number"
                raise InputError(reason, pointer="/id", index=index)
        yield record


def _record(claim: ClaimJson | ClaimRecord, index: int | None = None) -> ClaimRecord:
    if isinstance(claim, ClaimRecord):
        return claim
    from claimshapes.claims.readers import read_claim_objects

    reading = next(iter(read_claim_objects([claim])))
    if isinstance(reading, ClaimRecord):
        return reading
    raise InputError(reading.reason, pointer=reading.origin.pointer, index=index)


def _objects(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> frozenset[str]:
    return frozenset(
        quad.object.value
        for quad in store.quads_for_pattern(node, predicate, None)
        if isinstance(quad.object, (ox.NamedNode, ox.Literal))
    )


def _dates(store: ox.Store, node: ox.NamedNode) -> tuple[date, ...]:
    return tuple(date.fromisoformat(value) for value in _objects(store, node, _SERVICE_DATE))
