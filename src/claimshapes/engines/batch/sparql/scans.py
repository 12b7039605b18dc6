"""The tables that patterns are read from: one scan for all that is said of one part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import rdflib

from claimshapes.engines.batch.sparql.paths import (
    is_variable,
    name_of,
)
from claimshapes.engines.batch.sparql.relations import Relation, column, null, select
from claimshapes.engines.batch.tables.property_tables import Catalog, Need, Needs, Table
from claimshapes.engines.batch.tables.terms import (
    BOOLEAN,
    INTEGER,
    IRI,
    NODE,
    STRING,
    Kind,
    constant,
    iri_sql,
    is_constant,
    is_text,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A table read in one direction: from ``s`` to ``o``, or back."""

    table: Table
    inverse: bool

    @property
    def start(self) -> Kind:
        """Kind of the end that the pattern's subject is."""
        return self.table.object if self.inverse else self.table.subject

    @property
    def end(self) -> Kind:
        """Kind of the end that the pattern's object is."""
        return self.table.subject if self.inverse else self.table.object

    def sql(self, which: str) -> str:
        """SQL for the end ``s`` or ``o`` of the pattern, without an alias."""
        if (which == "o") != self.inverse:
            return self.table.end if self.table.value is None else iri_sql(self.table.value)
        return self.table.start

    def leads_to(self, which: str, catalog: Catalog) -> frozenset[str] | None:
        """The tables of parts that the end ``s`` or ``o`` of the pattern can be in; none: any."""
        end = {"s": "o", "o": "s"}[which] if self.inverse else which
        return catalog.leads_to(self.table, end)

    def need(self, subject: rdflib.term.Node, object_: rdflib.term.Node) -> Need:
        """What the table has to have for a pattern of these terms to have a solution."""
        for term, which in ((object_, "o"), (subject, "s")):
            column = self.sql(which)
            if is_variable(term) or is_constant(column):
                continue
            kind, _ = constant(term)
            whole = Need(self.table.key, self.table.name, column, iris=kind == IRI)
            if kind in (IRI, STRING):
                return whole.with_texts(frozenset({str(term)}))
            if kind in (BOOLEAN, INTEGER) and isinstance(term, rdflib.Literal):
                values = frozenset({term.toPython()})
                return replace(whole, values=values)
        return Need(self.table.key, self.table.name)

    def read_from(self) -> Need | None:
        """The column of the pattern's object, where that is text."""
        column = self.sql("o")
        if is_constant(column) or self.table.is_knowledge:
            return None
        iris = self.end == IRI
        text = iris or is_text(self.end)
        return Need(self.table.key, self.table.name, column, iris=iris) if text else None


@dataclass(frozen=True, slots=True)
class TriplePattern:
    """A triple pattern: its ends, and the properties of which any joins them, forward or back."""

    subject: rdflib.term.Node
    steps: tuple[tuple[str, bool], ...]
    object: rdflib.term.Node


class Scans:
    """The tables that patterns are read from: one scan for all that is said of one part."""

    def __init__(self, among: Mapping[str, str]) -> None:
        self._asked = among
        self._sources: list[str] = []
        self._conditions: list[tuple[str, frozenset[str]]] = []
        """Tests, and the aliases of the tables that each is about."""
        self._knowledge: dict[str, str] = {}
        """The tables of the knowledge, by their aliases."""
        self._kinds: dict[str, tuple[Kind, ...]] = {}
        self._ends: dict[str, str] = {}
        self._mixed: dict[str, list[str]] = {}
        self._read_at: dict[str, list[tuple[str, str]]] = {}
        """Where each variable is read: the alias of the table, and the column."""
        self._shared: dict[tuple[rdflib.term.Node, str], str] = {}
        self._claims: list[tuple[str, set[str]]] = []
        """Sets of scans that share parts of a claim: the number of it, and the variables."""

    def read(self, pattern: TriplePattern, steps: list[Step]) -> None:
        """Adds a pattern."""
        start, end = steps[0].sql("s"), steps[0].sql("o")
        table = steps[0].table
        key = None
        if len(steps) > 1:
            source = _together(steps)
            start, end = "s", "o"
        else:
            source = table.name
            if table.part:
                key = (pattern.subject if start == "n" else pattern.object, table.name)
        alias = self._shared.get(key) if key else None
        if alias is None:
            alias = f"t{len(self._sources)}"
            self._sources.append(f"{source} {alias}")
            if not table.scoped:
                self._knowledge[alias] = source
            if key:
                self._shared[key] = alias
        nodes: set[str] = set()
        kinds = tuple(dict.fromkeys(step.end for step in steps))
        if len(kinds) > 1:
            name = name_of(pattern.object)
            self._kinds[name] = kinds
            self._mixed[name] = [f"{alias}.{column('o', kind)}" for kind in kinds]
        for term, sql, kind in (
            (pattern.subject, start, steps[0].start),
            (pattern.object, end, steps[0].end),
        ):
            where = sql if is_constant(sql) else f"{alias}.{sql}"
            if not is_variable(term):
                if where != constant(term)[1]:
                    self._test(f"{where} = {constant(term)[1]}", alias)
                continue
            name = name_of(term)
            if name in self._mixed:
                continue
            if kind == NODE:
                nodes.add(name)
            if name in self._asked and table.scoped and kind in (IRI, STRING):
                self._limit(alias, sql, self._asked[name])
            known = self._read_at.setdefault(name, [])
            known.append((alias, where))
            if name not in self._ends:
                self._ends[name] = where
                self._kinds[name] = (kind,)
                if len(steps) == 1 and sql.startswith('"'):
                    self._test(f"{where} IS NOT NULL", alias)
            elif self._ends[name] != where:
                self._test(f"{where} = {self._ends[name]}", alias, known[0][0])
        if table.scoped:
            self._of_one_claim(f"{alias}.c", nodes)

    def _limit(self, alias: str, column: str, among: str) -> None:
        """Leaves out the rows of a table whose column has none of some values."""
        place = int(alias[1:])
        source = self._sources[place].removesuffix(f" {alias}")
        limited = f"(SELECT s.* FROM {source} s SEMI JOIN ({among}) m ON s.{column} = m.v)"
        self._sources[place] = f"{limited} {alias}"

    def _test(self, sql: str, *aliases: str) -> None:
        self._conditions.append((sql, frozenset(aliases)))

    def _among(self) -> dict[str, str]:
        """For each variable that the knowledge has some values of, the select of them."""
        found: dict[str, str] = {}
        tests = [test for test in self._conditions if test[1] <= self._knowledge.keys()]
        for name, places in self._read_at.items():
            for alias, where in places:
                if alias not in self._knowledge or is_constant(where):
                    continue
                together = {alias}
                for _ in tests:
                    together.update(*(own for _, own in tests if own & together))
                own = [sql for sql, aliases in tests if aliases <= together]
                if any(len(aliases) == 1 for _, aliases in tests if aliases <= together):
                    sources = [f"{self._knowledge[each]} {each}" for each in sorted(together)]
                    found[name] = select([f"{where} AS v"], ", ".join(sources), own, distinct=True)
        return found

    def _of_one_claim(self, claim: str, nodes: set[str]) -> None:
        apart = []
        for other, names in self._claims:
            if names & nodes or other == claim:
                nodes |= names
                claim = other
            else:
                apart.append((other, names))
        self._claims = [*apart, (claim, nodes)]

    def relation(self, parts: Mapping[str, str], needs: Needs) -> Relation:
        """All patterns joined."""
        claim = self._claims[0][0] if self._claims else None
        tests = [f"{other} = {claim}" for other, _ in self._claims[1:]]
        columns = [f"{claim} AS c"] if claim else []
        columns += [
            f"{sql} AS {column(name, self._kinds[name][0])}" for name, sql in self._ends.items()
        ]
        columns += [
            f"{sql} AS {column(name, kind)}"
            for name, ends in self._mixed.items()
            for kind, sql in zip(self._kinds[name], ends, strict=True)
        ]
        return Relation(
            select(
                columns, ", ".join(self._sources), [*tests, *(test for test, _ in self._conditions)]
            ),
            self._kinds,
            frozenset(self._kinds),
            claim is not None,
            needs=needs,
            parts=parts,
            among=self._among(),
        )


def _together(steps: list[Step]) -> str:
    """The rows of several tables, with a column for each kind that their objects have."""
    kinds = tuple(dict.fromkeys(step.end for step in steps))
    parts = []
    for step in steps:
        columns = ["c"] if step.table.scoped else []
        columns.append(f"{step.sql('s')} AS s")
        if len(kinds) == 1:
            columns.append(f"{step.sql('o')} AS o")
        else:
            columns += [
                f"{step.sql('o') if kind == step.end else null(kind)} AS {column('o', kind)}"
                for kind in kinds
            ]
        parts.append(select(columns, step.table.name, step.table.present()))
    # Two properties may state the same, which are two solutions.
    return f"({' UNION ALL '.join(parts)})"
