"""Basic graph patterns over the tables of the catalog.

A pattern's tables are chosen while compiling: the kinds of constants, of variables that other
patterns bind, and of what is bound already leave one table for most; where more than one
combination is left, the solutions are those of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
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
from claimshapes.engines.batch.sparql.relations import UNIT, Relation, column, null, union
from claimshapes.engines.batch.sparql.scans import Scans, Step, TriplePattern
from claimshapes.engines.batch.tables.property_tables import Catalog, Need
from claimshapes.engines.batch.tables.terms import (
    Kind,
    Uncompilable,
    constant,
    is_constant,
)

_MOST_COMBINATIONS = 24


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
    patterns: list[TriplePattern] = []
    later: list[Later] = []
    for subject, predicate, object_ in triples:
        for part in _flattened(subject, predicate, object_):
            if isinstance(part, TriplePattern):
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
) -> Iterator[TriplePattern | Later]:
    steps = _steps(predicate)
    if steps is not None:
        yield TriplePattern(subject, steps, object_)
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


def _candidates(pattern: TriplePattern, catalog: Catalog) -> list[Step]:
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
    patterns: list[TriplePattern],
    candidates: list[list[Step]],
    hints: Mapping[str, frozenset[Kind]],
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
    patterns: list[TriplePattern],
    candidates: list[list[Step]],
    hints: Mapping[str, frozenset[Kind]],
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


def _asked_once(patterns: list[TriplePattern]) -> set[int]:
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
    patterns: list[TriplePattern],
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
    scans = Scans(hints.among)
    for pattern, steps in zip(patterns, chosen, strict=True):
        scans.read(pattern, steps)
    needs = frozenset(
        frozenset(step.need(pattern.subject, pattern.object) for step in steps)
        for pattern, steps in zip(patterns, chosen, strict=True)
        if not any(step.table.is_knowledge for step in steps)
    )
    return replace(scans.relation(parts, needs), read_from=_read_from(patterns, chosen))


def _read_from(
    patterns: list[TriplePattern], chosen: list[list[Step]]
) -> dict[str, frozenset[Need]]:
    """The columns of each variable whose values are text."""
    found: dict[str, frozenset[Need]] = {}
    for pattern, steps in zip(patterns, chosen, strict=True):
        columns = [step.read_from() for step in steps]
        if is_variable(pattern.object) and None not in columns:
            found[name_of(pattern.object)] = frozenset(each for each in columns if each)
    return found


def _of_one_part(
    patterns: list[TriplePattern],
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


def _empty(patterns: list[TriplePattern]) -> Relation:
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
