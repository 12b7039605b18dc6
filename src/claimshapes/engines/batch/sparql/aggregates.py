"""GROUP BY and aggregates as SQL (SPARQL 1.1, section 18.5).

An error in one row is an error of the whole aggregate, but for COUNT, as in Oxigraph.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.engines.batch.sparql.relations import ROW, Relation, column, compatible, select
from claimshapes.engines.batch.sparql.scope import Scope
from claimshapes.engines.batch.tables.terms import (
    DATE,
    DECIMAL,
    DECIMAL_TYPE,
    INTEGER,
    IRI,
    NUMERIC,
    STRING,
    Kind,
    Names,
    Term,
    Uncompilable,
    bound,
    is_text,
    quoted,
)


def aggregated(
    aggregates: Sequence[CompValue],
    relation: Relation,
    keys: Sequence[str],
    scope: Scope,
    base: Relation | None,
    *,
    prebound: Collection[str],
) -> Relation:
    """A row for each group, with each aggregate under its name.

    Args:
        aggregates: as rdflib has them; a group's key is a ``SAMPLE`` there.
        relation: the solutions; their alias is ``g``.
        keys: variables of GROUP BY; none where all solutions are one group.
        scope: where the aggregates' arguments are evaluated, with that alias.
        base: where there is no GROUP BY, the solutions of which each has a group, even an
            empty one.
        prebound: variables that have one value in every evaluation of the query.

    Raises:
        Uncompilable: an aggregate has no SQL, or no definite value.
    """
    rows = [name for name, kinds in relation.kinds.items() if kinds == (ROW,)]
    kept = [name for name in relation.kinds if name in prebound and name not in keys] + rows
    if base is not None:
        kept = list(dict.fromkeys([*base.kinds, *kept]))
    grouped = list(dict.fromkeys([*keys, *kept]))
    by = ["g.c"] if relation.scoped else []
    by += [sql for name in grouped for sql in relation.term(name, "g").values()]
    columns = ["g.c"] if relation.scoped else []
    kinds: dict[str, tuple[Kind, ...]] = {}
    certain: set[str] = set()
    empty: dict[str, str] = {}
    for name in [*kept, *(key for key in keys if key in rows or key in prebound)]:
        if name not in kinds:
            columns += list(relation.term(name, "g").values())
            kinds[name] = relation.kinds[name]
            certain |= {name} & relation.bound
    for aggregate in aggregates:
        result = str(aggregate.res)
        if aggregate.name == "Aggregate_Sample" and str(aggregate.vars) in grouped:
            term: Term = relation.term(str(aggregate.vars), "g")
            if str(aggregate.vars) in relation.bound:
                certain.add(result)
        else:
            term = _term(aggregate, relation, scope)
            nothing = _EMPTY.get(aggregate.name)
            if aggregate.name == "Aggregate_Count":
                certain.add(result)
            if nothing is not None:
                kind, sql = nothing
                empty[column(result, kind)] = sql
                if not keys:
                    some = term.get(kind, "NULL")
                    whole = f"CASE WHEN count(*) = 0 THEN {sql} ELSE {some} END"
                    term = {**term, kind: whole}
        columns += [f"{sql} AS {column(result, kind)}" for kind, sql in term.items()]
        kinds[result] = tuple(term)
    sql = select(columns, f"({relation.sql}) g{scope.names.joins()}")
    if by:
        sql += f" GROUP BY {', '.join(by)}"
    never = relation.never and bool(keys)
    needs = relation.needs if keys else frozenset()
    parts = {name: part for name, part in relation.parts.items() if name in keys}
    made = Relation(
        sql, kinds, frozenset(certain), relation.scoped, never=never, needs=needs, parts=parts
    )
    if keys or (base is None and not relation.scoped):
        return made
    return _with_empty_groups(made, base, empty)


def _with_empty_groups(groups: Relation, base: Relation | None, empty: dict[str, str]) -> Relation:
    if base is None:
        base = Relation("SELECT c FROM batch", {}, frozenset(), True)
    tests = compatible(base, groups)
    columns = base.columns("l")
    for name in groups.kinds:
        if name in base.kinds:
            continue
        for kind in groups.kinds[name]:
            own = column(name, kind)
            # Every group has a row, so that a missing one is the empty group.
            value = (
                f"CASE WHEN r.present THEN r.{own} ELSE {empty[own]} END"
                if own in empty
                else f"r.{own}"
            )
            columns.append(f"{value} AS {own}")
    sql = (
        f"SELECT {', '.join(columns)} FROM ({base.sql}) l"
        f" LEFT JOIN (SELECT *, TRUE AS present FROM ({groups.sql}) e) r"
        f" ON {' AND '.join(tests) or 'TRUE'}"
    )
    return Relation(sql, {**base.kinds, **groups.kinds}, base.bound | groups.bound, base.scoped)


_EMPTY: dict[str, tuple[Kind, str]] = {
    "Aggregate_Count": (INTEGER, "0"),
    "Aggregate_Sum": (INTEGER, "0"),
    "Aggregate_Avg": (INTEGER, "0"),
    "Aggregate_GroupConcat": (STRING, "''"),
}


def _term(aggregate: CompValue, relation: Relation, scope: Scope) -> Term:
    distinct = "DISTINCT " if aggregate.distinct == "DISTINCT" else ""
    if aggregate.vars == "*":
        if distinct or aggregate.name != "Aggregate_Count":
            raise Uncompilable("an aggregate of DISTINCT *")
        return {INTEGER: "count(*)"}
    argument = scope.term(aggregate.vars)
    if aggregate.name == "Aggregate_Count":
        parts = [f"count({distinct}{sql})" for sql in argument.values()] or ["0"]
        return {INTEGER: f"({' + '.join(parts)})"}
    argument = scope.plain(aggregate.vars)
    if aggregate.name == "Aggregate_Sum":
        return _sum(argument, distinct)
    if aggregate.name == "Aggregate_Avg":
        numbers = {kind: sql for kind, sql in argument.items() if kind in NUMERIC}
        value = _number(numbers)
        return {
            DECIMAL: _whole(numbers, f"divided(sum({distinct}{value}), count({distinct}{value}))")
        }
    if aggregate.name in ("Aggregate_Min", "Aggregate_Max"):
        function = aggregate.name.removeprefix("Aggregate_").lower()
        if len(argument) != 1:
            raise Uncompilable(f"{function.upper()} of terms of several kinds")
        ((kind, sql),) = argument.items()
        if relation.never:
            return {}
        if not (is_text(kind) or kind in (*NUMERIC, DATE)):
            raise Uncompilable(f"{function.upper()} of terms that have no order")
        return {kind: _whole(argument, f"{function}({sql})")}
    if aggregate.name == "Aggregate_GroupConcat":
        return _group_concat(aggregate, argument, relation, scope.names, distinct)
    raise Uncompilable(f"{aggregate.name.removeprefix('Aggregate_').upper()} has no SQL")


def _whole(argument: Term, value: str) -> str:
    """The value where no row is an error."""
    return f"CASE WHEN bool_and({bound(argument)}) THEN {value} END"


def _number(argument: Term) -> str:
    parts = [f"CAST({sql} AS {DECIMAL_TYPE})" for sql in argument.values()]
    return f"COALESCE({', '.join(parts)}, NULL)"


def _sum(argument: Term, distinct: str) -> Term:
    numbers = {kind: sql for kind, sql in argument.items() if kind in NUMERIC}
    if not numbers:
        return {}
    if distinct and len(numbers) > 1:
        raise Uncompilable("SUM of DISTINCT numbers of several kinds")
    made: dict[Kind, str] = {}
    only_whole = f"count({numbers[DECIMAL]}) = 0" if DECIMAL in numbers else "TRUE"
    if INTEGER in numbers:
        total = f"CASE WHEN {only_whole} THEN CAST(sum({distinct}{numbers[INTEGER]}) AS BIGINT) END"
        made[INTEGER] = _whole(numbers, total)
    if DECIMAL in numbers:
        total = f"CAST(sum({distinct}{_number(numbers)}) AS {DECIMAL_TYPE})"
        made[DECIMAL] = _whole(numbers, f"CASE WHEN NOT ({only_whole}) THEN {total} END")
    return made


def _group_concat(
    aggregate: CompValue, argument: Term, relation: Relation, names: Names, distinct: str
) -> Term:
    if not argument or not all(map(is_text, argument)):
        raise Uncompilable("GROUP_CONCAT of what may be no string")
    if not relation.order:
        raise Uncompilable("GROUP_CONCAT of solutions that no ORDER BY has put in order")
    text = _coalesced(list(argument.values()))
    # IRIs are in the order of their texts.
    iris = {column(name, IRI) for name, kinds in relation.kinds.items() if IRI in kinds}
    order = [
        _coalesced([names.iri(f"g.{each}") if each in iris else f"g.{each}" for each in columns])
        + (" DESC" if down else " ASC")
        for columns, down in relation.order
    ]
    if distinct and (len(order) > 1 or not order[0].startswith(f"{text} ")):
        raise Uncompilable("GROUP_CONCAT of DISTINCT strings that are ordered by others")
    if not distinct:
        order.append(text)
    separator: Any = aggregate.separator
    between = quoted(" " if separator is None else str(separator))
    value = f"string_agg({distinct}{text}, {between} ORDER BY {', '.join(order)})"
    if len(argument) == 1:
        return {kind: _whole(argument, value) for kind in argument}
    # All in one language make a text in it, else it is a plain string.
    made = {}
    alike = " OR ".join(
        f"count({sql}) = count(*)" for kind, sql in argument.items() if kind != STRING
    )
    for kind, sql in argument.items():
        test = f"NOT ({alike})" if kind == STRING else f"count({sql}) = count(*)"
        made[kind] = _whole(argument, f"CASE WHEN {test} THEN {value} END")
    if STRING not in made:
        made[STRING] = _whole(argument, f"CASE WHEN NOT ({alike}) THEN {value} END")
    return made


def _coalesced(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"
