"""Basic graph patterns over the tables of the catalog.

A pattern's tables are chosen while compiling: the kinds of constants, of variables that other
patterns bind, and of what is bound already leave one table for most; where more than one
combination is left, the solutions are those of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

import rdflib
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath

from claimshapes.engines.batch.sparql.paths import (
    AnyProperty,
    Choice,
    Closure,
    Hints,
    Later,
    Triple,
    is_variable,
    name_of,
)
from claimshapes.engines.batch.sparql.relations import UNIT, Relation, column, null, select, union
from claimshapes.engines.batch.tables.property_tables import Catalog, Need, Needs, Table
from claimshapes.engines.batch.tables.terms import (
    BOOLEAN,
    INTEGER,
    IRI,
    NODE,
    STRING,
    Kind,
    Uncompilable,
    constant,
    iri_sql,
    is_constant,
    is_text,
)

_MOST_COMBINATIONS = 24


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
class _Pattern:
    subject: rdflib.term.Node
    steps: tuple[tuple[str, bool], ...]
    object: rdflib.term.Node


_fresh = count()


def basic_pattern(
    triples: Iterable[Triple],
    catalog: Catalog,
    hints: Hints,
) -> tuple[Relation, list[Later]]:
    """Solutions of triple patterns, and what is still to be joined with them.

    Raises:
        Uncompilable: a path or a predicate has no table.
    """
    patterns: list[_Pattern] = []
    later: list[Later] = []
    for subject, predicate, object_ in triples:
        for part in _flattened(subject, predicate, object_):
            if isinstance(part, _Pattern):
                patterns.append(part)
            else:
                later.append(part)
    if not patterns:
        return UNIT, later
    candidates = [_candidates(pattern, catalog) for pattern in patterns]
    joined = (
        _joined(patterns, chosen, catalog, hints)
        for chosen in _combinations(patterns, candidates, hints.kinds)
    )
    relations = [relation for relation in joined if relation is not None]
    if not relations:
        return _empty(patterns), later
    return (relations[0] if len(relations) == 1 else union(relations)), later


def _flattened(
    subject: rdflib.term.Node, predicate: rdflib.term.Node | Path, object_: rdflib.term.Node
) -> Iterator[_Pattern | Later]:
    steps = _steps(predicate)
    if steps is not None:
        yield _Pattern(subject, steps, object_)
    elif isinstance(predicate, SequencePath):
        ends = [subject]
        ends += [rdflib.Variable(f"_path{next(_fresh)}") for _ in predicate.args[1:]]
        ends.append(object_)
        for part, start, end in zip(predicate.args, ends, ends[1:], strict=False):
            yield from _flattened(start, part, end)
    elif isinstance(predicate, InvPath):
        yield from _flattened(object_, predicate.arg, subject)
    elif isinstance(predicate, MulPath):
        yield Closure(subject, predicate.path, predicate.mod, object_)
    elif isinstance(predicate, AlternativePath):
        yield Choice(subject, tuple(predicate.args), object_)
    elif isinstance(predicate, rdflib.Variable):
        yield AnyProperty(subject, str(predicate), object_)
    else:
        raise Uncompilable(f"the path {predicate}")


def _steps(predicate: rdflib.term.Node | Path) -> tuple[tuple[str, bool], ...] | None:
    if isinstance(predicate, rdflib.URIRef):
        return ((str(predicate), False),)
    if isinstance(predicate, InvPath):
        inner = _steps(predicate.arg)
        return None if inner is None else tuple((iri, not back) for iri, back in inner)
    if isinstance(predicate, AlternativePath):
        parts = [_steps(part) for part in predicate.args]
        if all(part is not None for part in parts):
            return tuple(step for part in parts if part is not None for step in part)
    return None


def _candidates(pattern: _Pattern, catalog: Catalog) -> list[Step]:
    return [Step(table, back) for iri, back in pattern.steps for table in catalog.of(iri)]


def _constant_fits(term: rdflib.term.Node, step: Step, which: str) -> bool:
    if is_variable(term):
        return True
    kind, sql = constant(term)
    if kind != (step.start if which == "s" else step.end):
        return False
    text = step.sql(which)
    return not is_constant(text) or text == sql


def _narrowed(
    patterns: list[_Pattern], candidates: list[list[Step]], hints: Mapping[str, frozenset[Kind]]
) -> tuple[list[list[Step]], dict[str, frozenset[Kind]]]:
    kinds = dict(hints)
    left = candidates
    while True:
        before = [len(each) for each in left]
        narrowed = []
        for pattern, steps in zip(patterns, left, strict=True):
            fitting = [
                step
                for step in steps
                if _constant_fits(pattern.subject, step, "s")
                and _constant_fits(pattern.object, step, "o")
                and _kind_fits(pattern.subject, step.start, kinds)
                and _kind_fits(pattern.object, step.end, kinds)
            ]
            for term, own in (
                (pattern.subject, frozenset(step.start for step in fitting)),
                (pattern.object, frozenset(step.end for step in fitting)),
            ):
                if is_variable(term):
                    name = name_of(term)
                    kinds[name] = own & kinds[name] if name in kinds else own
            narrowed.append(fitting)
        left = narrowed
        if [len(each) for each in left] == before:
            return left, kinds


def _kind_fits(term: rdflib.term.Node, kind: Kind, kinds: Mapping[str, frozenset[Kind]]) -> bool:
    return not is_variable(term) or name_of(term) not in kinds or kind in kinds[name_of(term)]


def _combinations(
    patterns: list[_Pattern], candidates: list[list[Step]], hints: Mapping[str, frozenset[Kind]]
) -> Iterator[list[list[Step]]]:
    """Ways to choose, for each pattern, tables with one scope and the same kinds at both ends.

    What no other pattern asks for may be of several kinds.
    """
    free = _asked_once(patterns)
    pending = [(candidates, hints)]
    made = 0
    while pending:
        steps, kinds = pending.pop()
        narrowed, kinds = _narrowed(patterns, steps, kinds)
        if not all(narrowed):
            continue
        for index, options in enumerate(narrowed):
            groups: dict[tuple[bool, Kind, Kind], list[Step]] = {}
            for step in options:
                end = "" if index in free else step.end
                groups.setdefault((step.table.scoped, step.start, end), []).append(step)
            if len(groups) > 1:
                pending += [
                    ([*narrowed[:index], group, *narrowed[index + 1 :]], kinds)
                    for group in groups.values()
                ]
                break
        else:
            made += 1
            yield narrowed
        if made + len(pending) > _MOST_COMBINATIONS:
            raise Uncompilable("a pattern could be read from too many tables")


def _asked_once(patterns: list[_Pattern]) -> set[int]:
    """The places of the patterns whose object is a variable that nothing else asks for."""
    ends = Counter(
        name_of(term)
        for pattern in patterns
        for term in (pattern.subject, pattern.object)
        if is_variable(term)
    )
    return {
        place
        for place, pattern in enumerate(patterns)
        if is_variable(pattern.object) and ends[name_of(pattern.object)] == 1
    }


def _joined(
    patterns: list[_Pattern],
    chosen: list[list[Step]],
    catalog: Catalog,
    hints: Hints,
) -> Relation | None:
    """The solutions of patterns in the tables chosen; none where no part of a claim has all.

    Args:
        patterns: the patterns.
        chosen: the tables that each may be read from.
        catalog: the tables.
        hints: what variables can be, by what binds them elsewhere.
    """
    given = {name: frozenset({table}) for name, table in hints.parts.items()}
    narrowed = _of_one_part(patterns, chosen, catalog, given)
    # What the patterns leave by themselves, of the steps that are left by what is known elsewhere.
    found = narrowed and _of_one_part(patterns, narrowed[0], catalog, {})
    if not found:
        return None
    chosen, parts = found
    scans = _Scans(hints.among)
    for pattern, steps in zip(patterns, chosen, strict=True):
        scans.read(pattern, steps)
    needs = frozenset(
        frozenset(step.need(pattern.subject, pattern.object) for step in steps)
        for pattern, steps in zip(patterns, chosen, strict=True)
        if not any(step.table.is_knowledge for step in steps)
    )
    return replace(scans.relation(parts, needs), read_from=_read_from(patterns, chosen))


def _read_from(patterns: list[_Pattern], chosen: list[list[Step]]) -> dict[str, frozenset[Need]]:
    """The columns of each variable whose values are text."""
    found: dict[str, frozenset[Need]] = {}
    for pattern, steps in zip(patterns, chosen, strict=True):
        columns = [step.read_from() for step in steps]
        if is_variable(pattern.object) and None not in columns:
            found[name_of(pattern.object)] = frozenset(each for each in columns if each)
    return found


def _of_one_part(
    patterns: list[_Pattern],
    chosen: list[list[Step]],
    catalog: Catalog,
    given: Mapping[str, frozenset[str]],
) -> tuple[list[list[Step]], dict[str, str]] | None:
    """The steps that are left, and the table of each variable's parts, where one table has all."""
    possible = dict(given)
    changed = True
    while changed:
        changed = False
        narrowed: list[list[Step]] = []
        for pattern, steps in zip(patterns, chosen, strict=True):
            ends = ((pattern.subject, "s"), (pattern.object, "o"))
            left = [
                step
                for step in steps
                if all(
                    _may_lead_to(step.leads_to(end, catalog), term, possible) for term, end in ends
                )
            ]
            if not left:
                return None
            for term, end in ends:
                tables = [step.leads_to(end, catalog) for step in left]
                if not is_variable(term) or None in tables:
                    continue
                own = frozenset().union(*(table for table in tables if table is not None))
                known = possible.get(name_of(term))
                if known is None or not known <= own:
                    possible[name_of(term)] = own if known is None else own & known
                    changed = True
            changed |= len(left) < len(steps)
            narrowed.append(left)
        chosen = narrowed
    return chosen, {name: next(iter(own)) for name, own in possible.items() if len(own) == 1}


def _may_lead_to(
    tables: frozenset[str] | None, term: rdflib.term.Node, possible: Mapping[str, frozenset[str]]
) -> bool:
    if tables is None or not is_variable(term) or name_of(term) not in possible:
        return True
    return bool(tables & possible[name_of(term)])


class _Scans:
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

    def read(self, pattern: _Pattern, steps: list[Step]) -> None:
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


def _empty(patterns: list[_Pattern]) -> Relation:
    names = {
        name_of(term)
        for pattern in patterns
        for term in (pattern.subject, pattern.object)
        if is_variable(term)
    }
    columns = [f"{null('iri')} AS {column(name, 'iri')}" for name in sorted(names)]
    return Relation(
        f"SELECT {', '.join(columns) or '1'} WHERE FALSE",
        dict.fromkeys(sorted(names), ("iri",)),
        frozenset(names),
        False,
        never=True,
    )
