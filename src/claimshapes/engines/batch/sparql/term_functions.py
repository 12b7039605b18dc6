"""SPARQL's functions of terms, numbers and dates as SQL (SPARQL 1.1, section 17.4).

Casts among them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rdflib.namespace import XSD
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.engines.batch.sparql.comparisons import is_number, number, same_term
from claimshapes.engines.batch.sparql.scope import Compiler, Scope, decimal, truth_of
from claimshapes.engines.batch.tables.terms import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DECIMAL_TYPE,
    INTEGER,
    IRI,
    MADE,
    NODE,
    NUMERIC,
    STRING,
    Kind,
    Term,
    Uncompilable,
    datatype_of,
    either,
    iri_sql,
    is_blank,
    is_literal,
    is_text,
    quoted,
    text_of,
)

_DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_DECIMAL_PATTERN = r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$"
_INTEGER_PATTERN = r"^[+-]?[0-9]+$"


def _iri(expression: CompValue, scope: Scope) -> Term:
    node = _node_name(expression.arg, scope)
    if node is not None:
        return {MADE: node}
    term = scope.term(expression.arg)
    texts = [sql for kind, sql in term.items() if is_text(kind)]
    scope.made.extend(texts)
    return either(
        (IRI, f"iri_number({sql})") if is_text(kind) else (kind, sql)
        for kind, sql in term.items()
        if is_text(kind) or kind in (IRI, MADE, NODE)
    )


def _node_name(expression: Any, scope: Scope) -> str | None:
    """``CONCAT(STR(?node), ...)`` names a node by another: its claim's IRI stays what it is."""
    if not isinstance(expression, CompValue) or expression.name != "Builtin_CONCAT":
        return None
    first, *rest = expression.arg
    if not isinstance(first, CompValue) or first.name != "Builtin_STR":
        return None
    start = scope.term(first.arg)
    if not start or not start.keys() <= {NODE, MADE}:
        return None
    places = [sql if kind == MADE else scope.names.place(sql) for kind, sql in start.items()]
    place = places[0] if len(places) == 1 else f"COALESCE({', '.join(places)})"
    return "(" + " || ".join([place, *(scope.text(part) for part in rest)]) + ")"


def _rounded(function: str) -> Compiler:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        made = {}
        for kind, sql in scope.plain(expression.arg).items():
            if kind == INTEGER:
                made[kind] = sql
            elif kind == DECIMAL:
                inner = f"floor({sql} + 0.5)" if function == "round" else f"{function}({sql})"
                made[kind] = decimal(inner)
        return made

    return compile_


def _abs(expression: CompValue, scope: Scope) -> Term:
    term = scope.plain(expression.arg)
    return {kind: f"abs({sql})" for kind, sql in term.items() if kind in NUMERIC}


def _part_of_date(part: str) -> Compiler:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        term = scope.plain(expression.arg)
        return {INTEGER: f"{part}({term[DATE]})"} if DATE in term else {}

    return compile_


def _test_of(test: Callable[[Kind, str], str]) -> Compiler:
    """What a test says of a term, by its kind and SQL; unbound stays unbound."""

    def compile_(expression: CompValue, scope: Scope) -> Term:
        tests = [
            f"CASE WHEN {sql} IS NOT NULL THEN {test(kind, sql)} END"
            for kind, sql in scope.term(expression.arg).items()
        ]
        return truth_of(f"COALESCE({', '.join(tests)}, NULL)") if tests else {}

    return compile_


def _is_iri(kind: Kind, sql: str) -> str:
    if kind == IRI:
        return f"NOT {is_blank(kind, sql)}"
    return "TRUE" if kind in (NODE, MADE) else "FALSE"


def _is_literal(kind: Kind, sql: str) -> str:
    return "TRUE" if is_literal(kind) else "FALSE"


def _is_numeric(kind: Kind, sql: str) -> str:
    return f"{number(kind, sql)[0]} IS NOT NULL" if is_number(kind) else "FALSE"


def _datatype(expression: CompValue, scope: Scope) -> Term:
    return either(
        (IRI, f"CASE WHEN {sql} IS NOT NULL THEN {iri_sql(datatype_of(kind))} END")
        for kind, sql in scope.term(expression.arg).items()
        if is_literal(kind)
    )


def _same_term(expression: CompValue, scope: Scope) -> Term:
    one, other = (scope.term(part) for part in (expression.arg1, expression.arg2))
    return truth_of(same_term(one, other))


def _cast(expression: CompValue, scope: Scope) -> Term:
    datatype, arguments = str(expression.iri), expression.expr
    if len(arguments) != 1 or datatype not in _CASTS:
        raise Uncompilable(f"{datatype} has no SQL")
    term = scope.plain(arguments[0])
    if datatype == str(XSD.string):
        return {STRING: text_of(term, scope.names)}
    kind, cast = _CASTS[datatype]
    parts = [(kind, made) for own, sql in term.items() if (made := cast(own, sql)) is not None]
    return either(parts)


def _to_decimal(kind: Kind, sql: str) -> str | None:
    if kind == STRING:
        test = f"regexp_matches({sql}, {quoted(_DECIMAL_PATTERN)})"
        return f"CASE WHEN {test} THEN TRY_CAST({sql} AS {DECIMAL_TYPE}) END"
    return decimal(sql) if kind in (*NUMERIC, BOOLEAN) else None


def _to_integer(kind: Kind, sql: str) -> str | None:
    if kind == STRING:
        test = f"regexp_matches({sql}, {quoted(_INTEGER_PATTERN)})"
        return f"CASE WHEN {test} THEN TRY_CAST({sql} AS BIGINT) END"
    if kind == DECIMAL:
        return f"CAST(trunc({sql}) AS BIGINT)"
    return f"CAST({sql} AS BIGINT)" if kind in (INTEGER, BOOLEAN) else None


def _to_date(kind: Kind, sql: str) -> str | None:
    if kind == STRING:
        test = f"regexp_matches({sql}, {quoted(_DATE_PATTERN)})"
        return f"CASE WHEN {test} THEN TRY_CAST({sql} AS DATE) END"
    return sql if kind == DATE else None


def _to_boolean(kind: Kind, sql: str) -> str | None:
    if kind == STRING:
        false = f"WHEN {sql} IN ('false', '0') THEN FALSE"
        return f"CASE WHEN {sql} IN ('true', '1') THEN TRUE {false} END"
    if kind in NUMERIC:
        return f"({sql} <> 0)"
    return sql if kind == BOOLEAN else None


_CASTS: dict[str, tuple[Kind, Callable[[Kind, str], str | None]]] = {
    str(XSD.decimal): (DECIMAL, _to_decimal),
    str(XSD.integer): (INTEGER, _to_integer),
    str(XSD.date): (DATE, _to_date),
    str(XSD.boolean): (BOOLEAN, _to_boolean),
    str(XSD.string): (STRING, lambda kind, sql: sql),
}


FUNCTIONS: dict[str, Compiler] = {
    "Builtin_IRI": _iri,
    "Builtin_URI": _iri,
    "Builtin_FLOOR": _rounded("floor"),
    "Builtin_CEIL": _rounded("ceil"),
    "Builtin_ROUND": _rounded("round"),
    "Builtin_ABS": _abs,
    "Builtin_YEAR": _part_of_date("year"),
    "Builtin_MONTH": _part_of_date("month"),
    "Builtin_DAY": _part_of_date("day"),
    "Builtin_DATATYPE": _datatype,
    "Builtin_isNUMERIC": _test_of(_is_numeric),
    "Builtin_isLITERAL": _test_of(_is_literal),
    "Builtin_isIRI": _test_of(_is_iri),
    "Builtin_isURI": _test_of(_is_iri),
    "Builtin_isBLANK": _test_of(is_blank),
    "Builtin_sameTerm": _same_term,
    "Function": _cast,
}
"""By the name that rdflib has for them."""
