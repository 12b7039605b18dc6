"""Runs what was compiled over batches of claims."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any

import duckdb

from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.part_iris import part_iri
from claimshapes.claims.run_days import RunDays
from claimshapes.engines.batch.explained import Statement, explained
from claimshapes.engines.batch.judged_claim import NO_RULES, JudgedClaim, Select
from claimshapes.engines.batch.kept_plan import KeptPlan, plan_key, read_plan
from claimshapes.engines.batch.plan import Plan
from claimshapes.engines.batch.sparql.parsed_queries import Queries, kept_queries
from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.claim_parts import WHOLE
from claimshapes.engines.batch.tables.claim_tables import ClaimTables
from claimshapes.engines.batch.tables.knowledge_file import attach_knowledge
from claimshapes.engines.batch.tables.knowledge_tables import KnowledgeTables
from claimshapes.engines.batch.tables.property_tables import Catalog
from claimshapes.engines.batch.tables.terms import BOOLEAN, DATE, IRI, MACROS, NODE
from claimshapes.engines.limits import TIME_LIMIT, Clock, TimeLimitReached
from claimshapes.files.kept_files import KeptFiles, kept_files
from claimshapes.files.private_files import private_folder
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.derivations import Derivation
from claimshapes.rules.rule_book import RuleBook

_MEMORY = "900MB"
"""What the tables of a batch may take in memory; what is beyond it goes to the disk.

Generated claims take some 700 MB, as many as are checked together.
"""


_FEWEST = 1000
"""Claims that are not divided further: so few need more for some other reason."""


class SetEngine:
    """The compiled rules with a database in memory; one batch at a time.

    Args:
        book: the rules.
        derivations: what follows from a claim, in order.
        prefixes: prefixes of the rules' queries.
        knowledge: where diagnosis codes are looked up.
        queries: reads the queries of rules and derivations; those kept on this machine when
            absent.
        rules: ids of the only rules to compile, with the derivations that they read; all when
            absent.
        threads: cores that it may use; all that there are when absent.
        plans: plans that were compiled before; those kept on this machine when absent.

    Raises:
        KnowledgeError: the knowledge's tables cannot be made or opened.
    """

    def __init__(
        self,
        book: RuleBook,
        derivations: Iterable[Derivation],
        prefixes: dict[str, str],
        knowledge: Knowledge,
        queries: Queries | None = None,
        rules: Collection[str] | None = None,
        threads: int | None = None,
        plans: KeptFiles | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._clock = Clock(0)
        # Without a folder named, what does not fit into memory would go to the working folder.
        left = ExitStack()
        weakref.finalize(self, left.close)
        folder = left.enter_context(private_folder())
        # More threads than the process has cores wait for each other.
        config: dict[str, Any] = {
            "temp_directory": os.fspath(folder / "batch"),
            "threads": _cores() if threads is None else threads,
        }
        self._connection = duckdb.connect(config=config)
        # DuckDB's own would stand among the results on standard output.
        self._connection.execute("SET enable_progress_bar = false")
        # The best order of the joins of so many tables takes longer to find than it saves.
        self._connection.execute("SET approximate_join_order_threshold = 8")
        for macro in MACROS:
            self._connection.execute(macro)
        self._tables = BatchTables(self._connection)
        derivations = list(derivations)
        made_from = attach_knowledge(self._connection, knowledge.sources)
        key = plan_key(book, derivations, prefixes, rules, made_from)
        kept = plans or kept_files("plan")
        known = read_plan(kept.get(key), book) if key else None
        if known is None:
            from claimshapes.engines.batch.compile_plan import made_properties

            catalog = Catalog(queries=queries or kept_queries())
            derived = made_properties(derivations, catalog)
        else:
            catalog, derived = Catalog(), known.derived
        self._claims = ClaimTables(catalog, knowledge, derived)
        self._knowledge = KnowledgeTables(catalog, self._connection)
        if known is None:
            from claimshapes.engines.batch.compile_plan import compile_plan

            plan = compile_plan(book, derivations, catalog, prefixes, rules)
            known = self._with_tables(plan, catalog, derived)
            if key:
                kept.add(key, known.written())
        self.plan: Plan = known.plan
        self._known = known
        self._needed = known.needed
        self._tables.add_iris(list(known.iris.values()))
        self._claims.create(self._tables, self._needed)
        self._tables.declare(table for table in self._needed if not table.is_knowledge)
        self._connection.execute(f"SET memory_limit = '{_MEMORY}'")

    def _with_tables(self, plan: Plan, catalog: Catalog, derived: set[str]) -> KeptPlan:
        payers = catalog.claim_table(f"{CS_NS}ultimatePayer", NODE, IRI)
        types = catalog.part_column(WHOLE, f"{CS_NS}claimType", IRI)
        voids = catalog.claim_table(f"{CS_NS}repeatsOriginal", NODE, BOOLEAN)
        dates = catalog.claim_table(f"{CS_NS}serviceDate", NODE, DATE)
        asked = {payers, types, voids, dates}
        plan.keep_only_needed(asked)
        needed = plan.needed(catalog) | asked | self._knowledge.reached_by
        return KeptPlan(plan, derived, needed, payers, types, voids, dates, plan.iris())

    def judge(
        self,
        claims: Sequence[ClaimJson],
        select: Select,
        days: RunDays,
        seconds: float = TIME_LIMIT,
    ) -> list[JudgedClaim]:
        """Judges a batch of claims, each by itself.

        Args:
            claims: claims that have the claim format.
            select: selects the rules of a claim; of those that were not compiled nothing is said.
            days: the days of the run, which become facts of each claim.
            seconds: how long it may take.

        Raises:
            TimeLimitReached: it takes longer.

        Returns:
            What is said of each claim, in the same order.
        """
        with self._lock, self._limited(seconds):
            return self._within_memory(claims, select, days)

    def _within_memory(
        self, claims: Sequence[ClaimJson], select: Select, days: RunDays
    ) -> list[JudgedClaim]:
        """Judges claims, in two halves where they need more memory than there may be."""
        try:
            return self._judge(claims, select, days)
        except duckdb.OutOfMemoryException:
            half = len(claims) // 2
            if half < _FEWEST:
                # What cannot be put on the disk takes more.
                self._connection.execute("RESET memory_limit")
                return self._judge(claims, select, days)
        first = self._within_memory(claims[:half], select, days)
        return first + self._within_memory(claims[half:], select, days)

    def _judge(
        self, claims: Sequence[ClaimJson], select: Select, days: RunDays
    ) -> list[JudgedClaim]:
        self._tables.begin()
        bases = [part_iri(str(claim["id"])) for claim in claims]
        self._claims.fill(self._tables, zip(bases, claims, strict=True), self._needed, days)
        self._knowledge.fill(self._tables, self._needed)
        self._derive()
        # The first parts are the claims themselves.
        places = dict.fromkeys(range(len(bases)), "")
        texts: dict[int, str] = {}
        judged = [JudgedClaim(base, places, texts) for base in bases]
        rules = self._select(claims, judged, select)
        inner: set[int] = set()
        iris: set[int | None] = set()
        for check in self.plan.checks:
            self._clock.look()
            if check.rule in rules and self._tables.possible(check.needs):
                self._tables.add_selected_iris(check.texts)
                for row in self._rows(check.sql):
                    found = judged[row[0]]
                    # The query does not ask for which payers the rule is.
                    if check.rule in found.selection.by_id:
                        found.add(check, row)
                        inner.update(node for node in row[1 : check.iris_from] if type(node) is int)
                        iris.update(row[check.iris_from :])
        inner -= places.keys()
        places.update(self._places(inner))
        texts.update(self._tables.texts_of(iris))
        self._add_dates(judged, places)
        # Whatever an interrupted statement may have given is not used.
        self._clock.look()
        return judged

    def _select(
        self, claims: Sequence[ClaimJson], judged: list[JudgedClaim], select: Select
    ) -> set[str]:
        """Says of each claim what its rules are selected by, and these; the ids of all of them."""
        payers = self._rows(f"SELECT c, o FROM {self._known.payers.name} WHERE s = c")
        kinds = self._rows(f"SELECT c, {self._known.types.end} FROM {self._known.types.name}")
        texts = self._tables.texts_of({iri for _, iri in (*payers, *kinds)})
        # Many claims have the same ones.
        united: dict[tuple[frozenset[str], int], frozenset[str]] = {}
        for number, payer in payers:
            found = judged[number]
            key = found.payers, payer
            if key not in united:
                united[key] = found.payers | {texts[payer]}
            found.payers = united[key]
        for number, kind in kinds:
            judged[number].claim_type = texts[kind]
        for (number,) in self._rows(f"SELECT c FROM {self._known.voids.name} WHERE s = c AND o"):
            judged[number].void = True
        for claim, found in zip(claims, judged, strict=True):
            found.selection = select(claim, found)
        # Many claims have the same one.
        selections = {id(found.selection): found.selection for found in judged}
        return set().union(*(selection.by_id for selection in selections.values()))

    def explain(self, rule: str, claims: Sequence[ClaimJson], days: RunDays) -> list[Statement]:
        """What the statements of a rule do with some claims.

        Args:
            rule: its id.
            claims: claims that have the claim format.
            days: the days of the run.

        Returns:
            The statement of each of its constraints, run once more; none where it could not be
            compiled.
        """
        self.judge(claims, lambda claim, found: NO_RULES, days)
        with self._lock:
            return [
                explained(self._tables, check.sql)
                for check in self.plan.checks
                if check.rule == rule
            ]

    def _places(self, nodes: set[int]) -> dict[int, str]:
        """What follows the claim's IRI in that of each of these parts of a claim."""
        if not nodes:
            return {}
        return dict(
            self._rows(
                "SELECT node.n, node.place FROM node SEMI JOIN"
                " (SELECT unnest(?::INTEGER[]) AS n) asked ON asked.n = node.n",
                [sorted(nodes)],
            )
        )

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Breaks the statement off that runs when the time is over."""
        self._clock = Clock(seconds)
        timer = threading.Timer(seconds, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        except duckdb.InterruptException:
            raise TimeLimitReached from None
        finally:
            timer.cancel()

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, list(parameters)).fetchall()

    def _derive(self) -> None:
        for step in self.plan.steps:
            self._clock.look()
            heads = [head for head in step.heads if head.table in self._needed]
            if not heads:
                continue
            if not self._tables.possible(step.needs):
                for head in heads:
                    if not head.adds:
                        self._tables.clear(head.table.name)
                continue
            self._tables.add_selected_iris(step.texts)
            body = f"({step.body}) body"
            if len(heads) > 1:
                body = "body"
                self._connection.execute(f"CREATE OR REPLACE TEMP TABLE body AS {step.body}")
            for head in heads:
                if head.adds:
                    self._tables.add(head.table, head.select(body))
                else:
                    self._tables.make(head.table, head.select(body))

    def _add_dates(self, judged: list[JudgedClaim], places: dict[int, str]) -> None:
        for number, day in self._rows(f"SELECT c, o FROM {self._known.dates.name} WHERE s = c"):
            found = judged[number]
            if day not in found.days:
                found.days += (day,)
        inner = [node for node, place in places.items() if place]
        if not inner:
            return
        of_parts: dict[tuple[int, int], set[date]] = defaultdict(set)
        for number, node, day in self._rows(
            f"SELECT d.c, d.s, d.o FROM {self._known.dates.name} d"
            " SEMI JOIN (SELECT unnest(?::INTEGER[]) AS n) asked ON asked.n = d.s",
            [inner],
        ):
            of_parts[number, node].add(day)
        for (number, node), own in of_parts.items():
            judged[number].add_days(places[node], tuple(own))


def _cores() -> int:
    """The cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
