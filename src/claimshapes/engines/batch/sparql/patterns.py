"""Basic graph patterns over the tables of the catalog.

A pattern's tables are chosen while compiling: the kinds of constants, of variables that other
patterns bind, and of what is bound already leave one table for most; where more than one
combination is left, the solutions are those of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
from claimshapes.engines.batch.tables.property_tables import Catalog, Table
from claimshapes.engines.batch.tables.terms import Kind, Uncompilable, constant, quoted

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
        name = {"s": "o", "o": "s"}[which] if self.inverse else which
        if name == "o" and self.table.value is not None:
            return quoted(self.table.value)
        return name


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
    kinds: dict[str, frozenset[Kind]] = dict(hints)
    relations = [_joined(patterns, chosen) for chosen in _combinations(patterns, candidates, kinds)]
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
    return not text.startswith("'") or text == sql


def _narrowed(
    patterns: list[_Pattern], candidates: list[list[Step]], hints: Hints
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


def _kind_fits(term: rdflib.term.Node, kind: Kind, kinds: Hints) -> bool:
    return not is_variable(term) or name_of(term) not in kinds or kind in kinds[name_of(term)]


def _combinations(
    patterns: list[_Pattern], candidates: list[list[Step]], hints: Hints
) -> Iterator[list[list[Step]]]:
    """Ways to choose, for each pattern, tables with one scope and the same kinds at both ends."""
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
                groups.setdefault((step.table.scoped, step.start, step.end), []).append(step)
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


def _joined(patterns: list[_Pattern], chosen: list[list[Step]]) -> Relation:
    sources: list[str] = []
    conditions: list[str] = []
    kinds: dict[str, tuple[Kind, ...]] = {}
    ends: dict[str, str] = {}
    claim: str | None = None
    for number, (pattern, steps) in enumerate(zip(patterns, chosen, strict=True)):
        alias = f"t{number}"
        start, end = steps[0].sql("s"), steps[0].sql("o")
        if len(steps) == 1:
            sources.append(f"{steps[0].table.name} {alias}")
        else:
            scope = "c, " if steps[0].table.scoped else ""
            parts = [
                f"SELECT {scope}{step.sql('s')} AS s, {step.sql('o')} AS o FROM {step.table.name}"
                for step in steps
            ]
            # Two properties may state the same, which are two solutions.
            sources.append(f"({' UNION ALL '.join(parts)}) {alias}")
            start, end = "s", "o"
        if steps[0].table.scoped:
            if claim is None:
                claim = f"{alias}.c"
            else:
                conditions.append(f"{alias}.c = {claim}")
        for term, sql, kind in (
            (pattern.subject, start, steps[0].start),
            (pattern.object, end, steps[0].end),
        ):
            where = sql if sql.startswith("'") else f"{alias}.{sql}"
            if not is_variable(term):
                if where != constant(term)[1]:
                    conditions.append(f"{where} = {constant(term)[1]}")
            elif name_of(term) in ends:
                conditions.append(f"{where} = {ends[name_of(term)]}")
            else:
                ends[name_of(term)] = where
                kinds[name_of(term)] = (kind,)
    columns = [f"{claim} AS c"] if claim else []
    columns += [f"{sql} AS {column(name, kinds[name][0])}" for name, sql in ends.items()]
    return Relation(
        select(columns, ", ".join(sources), conditions),
        kinds,
        frozenset(kinds),
        claim is not None,
        needs=frozenset(
            frozenset(step.table.name for step in steps)
            for steps in chosen
            if not any(step.table.is_knowledge for step in steps)
        ),
    )


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
