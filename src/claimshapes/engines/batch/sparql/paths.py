"""What a triple pattern asks for beyond one property at a time: paths, and any property at all.

A path of any length is walked by a recursive common table over (kind, text) pairs, so that the
terms on the way may be of several kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import rdflib
from rdflib.paths import InvPath, Path

from claimshapes.engines.batch.sparql.relations import Relation, column, join, null, select, union
from claimshapes.engines.batch.tables.property_tables import Catalog, Table
from claimshapes.engines.batch.tables.terms import (
    IRI,
    Kind,
    Uncompilable,
    constant,
    iri_sql,
    quoted,
    sql_type,
)


@dataclass(frozen=True, slots=True)
class Hints:
    """What variables can be, by what binds them elsewhere.

    Attributes:
        kinds: the kinds that a variable can have.
        parts: for variables that are parts of a claim, the table that has all of these.
        among: for variables of which other values are not asked for, the select of those that are.
    """

    kinds: Mapping[str, frozenset[Kind]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    among: Mapping[str, str] = field(default_factory=dict)

    def given(self, relation: Relation) -> Hints:
        """These hints, and what a relation leaves for the variables that it always binds."""
        parts = {name: part for name, part in relation.parts.items() if name in relation.bound}
        own = {name: frozenset(relation.kinds[name]) for name in relation.bound}
        return Hints({**self.kinds, **own}, {**self.parts, **parts}, self.among)

    def of(self, names: Collection[str]) -> Hints:
        """The hints for some variables."""
        return Hints(
            {name: kinds for name, kinds in self.kinds.items() if name in names},
            {name: part for name, part in self.parts.items() if name in names},
            {name: values for name, values in self.among.items() if name in names},
        )

    def but(self, name: str) -> Hints:
        """The hints for all variables except one."""
        return self.of({*self.kinds, *self.parts, *self.among} - {name})


Triple = tuple[rdflib.term.Node, rdflib.term.Node | Path, rdflib.term.Node]


@dataclass(frozen=True, slots=True)
class Closure:
    """A path that may be walked any number of times."""

    subject: rdflib.term.Node
    path: Path | rdflib.URIRef
    mode: str
    object: rdflib.term.Node


@dataclass(frozen=True, slots=True)
class Choice:
    """Paths of which any one may be walked."""

    subject: rdflib.term.Node
    paths: tuple[Path | rdflib.URIRef, ...]
    object: rdflib.term.Node


@dataclass(frozen=True, slots=True)
class AnyProperty:
    """A triple whose property is a variable."""

    subject: rdflib.term.Node
    predicate: str
    object: rdflib.term.Node


Later = Closure | Choice | AnyProperty
"""What is not one property, nor a sequence of such."""


def is_variable(term: object) -> bool:
    """Whether a term of a pattern is to be bound; a blank node is, without a name."""
    return isinstance(term, (rdflib.Variable, rdflib.BNode))


def name_of(term: rdflib.term.Node) -> str:
    """Name of a variable; a blank node's own for it."""
    return f"_{term}" if isinstance(term, rdflib.BNode) else str(term)


def any_property(pattern: AnyProperty, catalog: Catalog, hints: Hints) -> Relation:
    """The triples of every table that fits, with their property.

    Args:
        pattern: the triple.
        catalog: the tables.
        hints: what variables can be, by what binds them elsewhere.

    Raises:
        Uncompilable: triples of claims and of the knowledge fit, or a variable is there twice.
    """
    names = [name_of(term) for term in (pattern.subject, pattern.object) if is_variable(term)]
    if len({*names, pattern.predicate}) <= len(names):
        raise Uncompilable("a variable that stands for a property and for something else")
    if catalog.unknowable:
        raise Uncompilable("a variable for a property with a derivation that is not compiled")
    parts: list[Relation] = []
    for predicate, tables in catalog.tables.items():
        for table in tables:
            part = _triples_of(pattern, predicate, table, hints)
            if part is not None:
                parts.append(part)
    if len({part.scoped for part in parts}) > 1:
        raise Uncompilable("a variable that stands for a property of claims and of the knowledge")
    if parts:
        return union(parts)
    kinds: dict[str, tuple[Kind, ...]] = dict.fromkeys([*names, pattern.predicate], (IRI,))
    columns = [f"{null(IRI)} AS {column(name, IRI)}" for name in kinds]
    sql = f"SELECT {', '.join(columns)} WHERE FALSE"
    return Relation(sql, kinds, frozenset(kinds), False, never=True)


def _triples_of(
    pattern: AnyProperty, predicate: str, table: Table, hints: Hints
) -> Relation | None:
    columns = ["c"] if table.scoped else []
    columns.append(f"{iri_sql(predicate)} AS {column(pattern.predicate, IRI)}")
    kinds: dict[str, tuple[Kind, ...]] = {pattern.predicate: (IRI,)}
    tests: list[str] = []
    object_ = table.end if table.value is None else iri_sql(table.value)
    for term, kind, sql in (
        (pattern.subject, table.subject, table.start),
        (pattern.object, table.object, object_),
    ):
        if not is_variable(term):
            own, value = constant(term)
            if own != kind:
                return None
            tests.append(f"{sql} = {value}")
            continue
        name = name_of(term)
        if name in hints.kinds and kind not in hints.kinds[name]:
            return None
        columns.append(f"{sql} AS {column(name, kind)}")
        kinds[name] = (kind,)
    sql = select(columns, table.name, tests + table.present())
    return Relation(sql, kinds, frozenset(kinds), table.scoped)


def walked(
    relation: Relation,
    closure: Closure,
    alias: str,
    pairs_of: Callable[[Triple, Hints], Relation],
) -> tuple[str, Relation]:
    """Solutions of a relation, joined with a path of any length.

    Args:
        relation: solutions that bind one end of the path, unless that is a constant.
        closure: the path.
        alias: a name that no other part of the query has.
        pairs_of: gives the solutions of one step, given the kinds of where it starts.

    Returns:
        A recursive common table, and the solutions.

    Raises:
        Uncompilable: nothing says where to start.
    """
    start, end, path = closure.subject, closure.object, closure.path
    if not _is_known(start, relation) and _is_known(end, relation):
        start, end, path = end, start, InvPath(closure.path)
    one, other = rdflib.Variable(f"{alias}from"), rdflib.Variable(f"{alias}to")
    if not _is_known(start, relation) and closure.mode != "+":
        raise Uncompilable("a path of any length from an end that nothing binds")
    pairs = _steps_from(start, relation, (one, path, other), pairs_of)
    scope = "c, " if pairs.scoped else ""
    reached = (
        f"SELECT {scope}{_kind(pairs, one)} AS ks, {_text(pairs, one)} AS vs,"
        f" {_kind(pairs, other)} AS ko, {_text(pairs, other)} AS vo FROM ({pairs.sql}) p"
    )
    starts, kinds = _starts(start, relation, pairs, one)
    both = "z.c, " if pairs.scoped else ""
    same = " AND p.c = z.c" if pairs.scoped else ""
    none = f"SELECT {scope}ks, vs, ks AS ko, vs AS vo FROM ({starts}) z"
    once = (
        f"SELECT {both}z.ks, z.vs, p.ko, p.vo FROM ({starts}) z, ({reached}) p"
        f" WHERE p.ks = z.ks AND p.vs = z.vs{same}"
    )
    if closure.mode == "?":
        walk = f"{none} UNION {once}"
    else:
        base = none if closure.mode == "*" else once
        walk = (
            f"{base} UNION SELECT {both}z.ks, z.vs, p.ko, p.vo FROM {alias} z, ({reached}) p"
            f" WHERE p.ks = z.ko AND p.vs = z.vo{same}"
        )
    ends = tuple(pairs.kinds[str(other)])
    if closure.mode != "+":
        ends = tuple(dict.fromkeys((*kinds, *ends)))
    made = _decoded(alias, pairs.scoped, (start, "s", kinds), (end, "o", ends))
    return f"{alias} AS ({walk})", join(relation, made)


def _is_known(term: rdflib.term.Node, relation: Relation) -> bool:
    return not is_variable(term) or name_of(term) in relation.bound


def _steps_from(
    start: rdflib.term.Node,
    relation: Relation,
    step: Triple,
    pairs_of: Callable[[Triple, Hints], Relation],
) -> Relation:
    """The solutions of one step from terms of the kinds that a walk from the start can reach."""
    one, _, other = step
    if not _is_known(start, relation):
        return pairs_of(step, Hints())
    if is_variable(start):
        kinds = frozenset(relation.kinds[name_of(start)])
    else:
        kinds = frozenset({constant(start)[0]})
    while True:
        pairs = pairs_of(step, Hints({str(one): kinds}))
        reached = kinds | frozenset(pairs.kinds[str(other)])
        if pairs.never or reached == kinds:
            return pairs
        kinds = reached


def _starts(
    start: rdflib.term.Node, relation: Relation, pairs: Relation, one: rdflib.Variable
) -> tuple[str, tuple[Kind, ...]]:
    if not is_variable(start):
        kind, sql = constant(start)
        source = " FROM batch" if pairs.scoped else ""
        scope = "c, " if pairs.scoped else ""
        text = f"CAST({sql} AS VARCHAR)"
        return f"SELECT {scope}{quoted(kind)} AS ks, {text} AS vs{source}", (kind,)
    if name_of(start) not in relation.bound:
        relation, start = pairs, one
    variable = rdflib.Variable(name_of(start))
    scope = "r.c, " if pairs.scoped else ""
    source = f"({relation.sql}) r"
    if pairs.scoped and not relation.scoped:
        scope, source = "batch.c, ", f"batch, ({relation.sql}) r"
    columns = f"{scope}{_kind(relation, variable)} AS ks, {_text(relation, variable)} AS vs"
    return f"SELECT DISTINCT {columns} FROM {source}", tuple(relation.kinds[str(variable)])


def _kind(relation: Relation, variable: rdflib.Variable) -> str:
    """SQL for the kind of a variable, as text."""
    term = relation.term(str(variable))
    if len(term) == 1:
        return quoted(next(iter(term)))
    whens = " ".join(f"WHEN {sql} IS NOT NULL THEN {quoted(kind)}" for kind, sql in term.items())
    return f"CASE {whens} END"


def _text(relation: Relation, variable: rdflib.Variable) -> str:
    parts = [f"CAST({sql} AS VARCHAR)" for sql in relation.term(str(variable)).values()]
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"


def _decoded(
    alias: str, scoped: bool, *ends: tuple[rdflib.term.Node, str, tuple[Kind, ...]]
) -> Relation:
    columns = ["w.c"] if scoped else []
    tests: list[str] = []
    kinds: dict[str, tuple[Kind, ...]] = {}
    for term, end, own in ends:
        if not is_variable(term):
            kind, sql = constant(term)
            tests += [f"w.k{end} = {quoted(kind)}", f"w.v{end} = CAST({sql} AS VARCHAR)"]
        elif name_of(term) in kinds:
            tests += ["w.ks = w.ko", "w.vs = w.vo"]
        else:
            kinds[name_of(term)] = own
            for kind in own:
                value = f"w.v{end}"
                if sql_type(kind) != "VARCHAR":
                    value = f"TRY_CAST({value} AS {sql_type(kind)})"
                whole = f"CASE WHEN w.k{end} = {quoted(kind)} THEN {value} END"
                columns.append(f"{whole} AS {column(name_of(term), kind)}")
    return Relation(
        select(columns, f"{alias} w", tests, distinct=True), kinds, frozenset(kinds), scoped
    )
