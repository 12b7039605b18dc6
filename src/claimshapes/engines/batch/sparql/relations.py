"""Solutions of a query's parts, as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from claimshapes.engines.batch.tables.property_tables import Need, Needs
from claimshapes.engines.batch.tables.terms import NODE, Kind, sql_type

ROW = "row number"
"""Kind of the variable that numbers the rows for which EXISTS is asked."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A select whose rows are solutions.

    Attributes:
        sql: the select; it has the column ``c`` where ``scoped``, and ``column(v, k)`` for each
            variable v and each kind k that it can have.
        kinds: the kinds that each variable can have.
        bound: the variables that every solution binds.
        scoped: whether each solution is of one claim.
        order: the columns, of which one is not null, by which the solutions are ordered, each
            time with whether that descends.
        never: whether there can be no solution, by the kinds of what is joined.
        needs: sets of a batch's rows; where all of a set are missing, the relation is empty.
        parts: for variables that are parts of a claim, the table that has all of these, where one
            is known to.
        whole: the table of which ``this`` is every part, and nothing else is there.
        read_from: for variables whose every value is in some columns of a batch, these.
        among: for variables whose every value some rows of the knowledge have, or a query names,
            the select of these values as ``v``, each once.
    """

    sql: str
    kinds: Mapping[str, tuple[Kind, ...]]
    bound: frozenset[str]
    scoped: bool
    order: tuple[tuple[tuple[str, ...], bool], ...] = ()
    never: bool = False
    needs: Needs = frozenset()
    parts: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""
    read_from: Mapping[str, frozenset[Need]] = field(default_factory=dict)
    among: Mapping[str, str] = field(default_factory=dict)

    def term(self, variable: str, alias: str = "") -> dict[Kind, str]:
        """A variable's columns, those of the table alias where one is given."""
        dot = f"{alias}." if alias else ""
        return {kind: f"{dot}{column(variable, kind)}" for kind in self.kinds.get(variable, ())}

    def columns(self, alias: str = "") -> list[str]:
        """All columns, that of the claim first."""
        dot = f"{alias}." if alias else ""
        claim = [f"{dot}c"] if self.scoped else []
        return claim + [
            sql for variable in self.kinds for sql in self.term(variable, alias).values()
        ]

    @property
    def is_unit(self) -> bool:
        """Whether it is the one solution that binds nothing."""
        return not self.kinds and not self.scoped and self.sql == UNIT.sql


UNIT = Relation("SELECT 1", {}, frozenset(), False)


def column(variable: str, kind: Kind) -> str:
    """Name of the column of a variable and a kind."""
    return f'"{variable} {kind}"'


def select(
    columns: Iterable[str], source: str, where: Iterable[str] = (), *, distinct: bool = False
) -> str:
    """A select of columns, one row of nothing where there are none."""
    text = "SELECT DISTINCT " if distinct else "SELECT "
    text += ", ".join(columns) or "1"
    text += f" FROM {source}"
    conditions = list(where)
    return text + (f" WHERE {' AND '.join(conditions)}" if conditions else "")


def null(kind: Kind) -> str:
    """SQL for no term of a kind."""
    return f"CAST(NULL AS {'BIGINT' if kind == ROW else sql_type(kind)})"


def scoped(relation: Relation) -> Relation:
    """The same solutions for each claim, where they are of none in particular."""
    if relation.scoped:
        return relation
    columns = ["batch.c", *relation.columns("r")]
    return Relation(
        select(columns, f"batch, ({relation.sql}) r"),
        relation.kinds,
        relation.bound,
        True,
        never=relation.never,
        needs=relation.needs,
    )


def join(left: Relation, right: Relation) -> Relation:
    """Compatible solutions of both, each variable that both bind having one value."""
    if left.is_unit:
        return right
    if right.is_unit:
        return left
    conditions = compatible(left, right)
    columns = _merged(left, right)
    return Relation(
        select(columns, f"({left.sql}) l, ({right.sql}) r", conditions),
        _kinds(left, right),
        left.bound | right.bound,
        left.scoped or right.scoped,
        never=left.never or right.never,
        needs=left.needs | right.needs,
        parts={**right.parts, **left.parts},
        read_from={
            name: columns
            for each in (right, left)
            for name, columns in each.read_from.items()
            if name in each.bound
        },
        among={**right.among, **left.among},
    )


def kept(relation: Relation, by: Relation, *, where: bool = True) -> Relation:
    """The solutions that some solution of another relation is compatible with, or none is.

    Args:
        relation: the solutions.
        by: the other relation.
        where: whether those are kept that some solution is compatible with.
    """
    if by.scoped and not relation.scoped:
        relation = scoped(relation)
    tests = " AND ".join(compatible(relation, by)) or "TRUE"
    columns = ", ".join(relation.columns("l")) or "1"
    kind = "SEMI" if where else "ANTI"
    return replace(
        relation,
        sql=f"SELECT {columns} FROM ({relation.sql}) l {kind} JOIN ({by.sql}) r ON {tests}",
        order=(),
        whole="",
        never=relation.never or (where and by.never),
        needs=relation.needs | by.needs if where else relation.needs,
    )


def left_join(left: Relation, right: Relation, condition: str | None) -> Relation:
    """Solutions of the left, extended by compatible ones of the right where there are any.

    Args:
        left: the solutions that stay; its alias is ``l``.
        right: those of OPTIONAL; its alias is ``r``.
        condition: what has to be true of a pair beside that it is compatible.
    """
    if right.scoped and not left.scoped:
        left = scoped(left)
    conditions = compatible(left, right) + ([condition] if condition else [])
    return Relation(
        f"SELECT {', '.join(_merged(left, right, optional=True)) or '1'} FROM ({left.sql}) l"
        f" LEFT JOIN ({right.sql}) r ON {' AND '.join(conditions) or 'TRUE'}",
        _kinds(left, right),
        left.bound,
        left.scoped,
        never=left.never,
        needs=left.needs,
        parts={name: part for name, part in left.parts.items() if name in left.bound},
        read_from={name: own for name, own in left.read_from.items() if name in left.bound},
    )


def compatible(left: Relation, right: Relation, one: str = "l", other: str = "r") -> list[str]:
    """Conditions for a solution of each to be compatible."""
    conditions: list[str] = []
    if left.scoped and right.scoped and not _share_a_node(left, right):
        conditions.append(f"{one}.c = {other}.c")
    for variable in left.kinds:
        if variable not in right.kinds:
            continue
        same = _same(left.term(variable, one), right.term(variable, other))
        if variable not in left.bound:
            same = f"({same} OR {_unbound(left.term(variable, one))})"
        if variable not in right.bound:
            same = f"({same} OR {_unbound(right.term(variable, other))})"
        conditions.append(same)
    return conditions


def _share_a_node(left: Relation, right: Relation) -> bool:
    """Whether both bind the same part of a claim, so that compatible solutions are of one claim."""
    return any(
        left.kinds[name] == right.kinds.get(name) == (NODE,) for name in left.bound & right.bound
    )


def union(parts: list[Relation]) -> Relation:
    """The solutions of all parts."""
    if any(part.scoped for part in parts):
        parts = [scoped(part) for part in parts]
    kinds: dict[str, tuple[Kind, ...]] = {}
    for part in parts:
        for variable, own in part.kinds.items():
            kinds[variable] = tuple(dict.fromkeys((*kinds.get(variable, ()), *own)))
    selects = []
    for part in parts:
        columns = ["c"] if part.scoped else []
        for variable, own in kinds.items():
            for kind in own:
                known = part.term(variable).get(kind, null(kind))
                columns.append(f"{known} AS {column(variable, kind)}")
        selects.append(select(columns, f"({part.sql}) u"))
    bound = frozenset.intersection(*(part.bound for part in parts))
    return Relation(
        " UNION ALL ".join(selects),
        kinds,
        bound,
        parts[0].scoped,
        never=all(part.never for part in parts),
        needs=_needs_of_any(parts),
        parts={
            name: table
            for name, table in parts[0].parts.items()
            if name in bound and all(part.parts.get(name) == table for part in parts)
        },
        read_from={
            name: frozenset().union(*(part.read_from[name] for part in parts))
            for name in bound
            if all(name in part.read_from for part in parts)
        },
    )


def _needs_of_any(parts: list[Relation]) -> Needs:
    """What a union needs: for each choice of one need of every part, one of these tables.

    Of all choices those are taken that pair what the parts need in order, which is enough: what is
    rarer first.
    """
    if not all(part.needs for part in parts):
        return frozenset()
    shared = frozenset.intersection(*(part.needs for part in parts))
    ordered = [sorted(part.needs, key=_frequency) for part in parts]
    return shared | {frozenset().union(*choice) for choice in zip(*ordered, strict=False)}


def _frequency(needs: frozenset[Need]) -> tuple[bool, int, list[str]]:
    return not all(need.column for need in needs), len(needs), sorted(map(repr, needs))


def _same(one: Mapping[Kind, str], other: Mapping[Kind, str]) -> str:
    shared = [kind for kind in one if kind in other]
    if not shared:
        return "FALSE"
    if len(one) == len(other) == 1:
        return f"{one[shared[0]]} = {other[shared[0]]}"
    # Both bound and equal: of each kind both have the same value, or neither has one.
    parts = [
        f"{one.get(kind, null(kind))} IS NOT DISTINCT FROM {other.get(kind, null(kind))}"
        for kind in dict.fromkeys((*one, *other))
    ]
    return f"({' AND '.join(parts)})"


def _unbound(term: Mapping[Kind, str]) -> str:
    return "(" + " AND ".join(f"{sql} IS NULL" for sql in term.values()) + ")"


def _kinds(left: Relation, right: Relation) -> dict[str, tuple[Kind, ...]]:
    kinds = dict(left.kinds)
    for variable, own in right.kinds.items():
        if variable not in kinds:
            kinds[variable] = own
        elif variable not in left.bound:
            kinds[variable] = tuple(dict.fromkeys((*kinds[variable], *own)))
    return kinds


def _merged(left: Relation, right: Relation, *, optional: bool = False) -> list[str]:
    columns = []
    if left.scoped or right.scoped:
        columns.append("l.c" if left.scoped else "r.c")
    for variable, kinds in _kinds(left, right).items():
        one, other = left.term(variable, "l"), right.term(variable, "r")
        for kind in kinds:
            name = column(variable, kind)
            if variable in left.bound or kind not in other:
                columns.append(f"{one.get(kind, null(kind))} AS {name}")
            elif kind not in one:
                columns.append(f"{other[kind]} AS {name}")
            else:
                columns.append(f"COALESCE({one[kind]}, {other[kind]}) AS {name}")
    return columns
