"""SPARQL expressions as SQL (SPARQL 1.1, section 17).

An error is null, as an unbound variable is; where SPARQL leaves a choice or an implementation
differs, Oxigraph's answer is taken, since the reference engine asks it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import rdflib
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.engines.batch.sparql import term_functions, text_functions
from claimshapes.engines.batch.sparql.comparisons import compared, equal
from claimshapes.engines.batch.sparql.scope import Compiler, Scope, decimal, truth_of
from claimshapes.engines.batch.tables.terms import (
    DATE,
    DAYS,
    DECIMAL,
    INTEGER,
    IRI,
    NUMERIC,
    STRING,
    Kind,
    Term,
    Uncompilable,
    bound,
    constant,
    either,
)


def condition(expression: Any, scope: Scope) -> str:
    """SQL for an expression's effective boolean value."""
    return scope.condition(expression)


def expression_term(expression: Any, scope: Scope) -> Term:
    """SQL for an expression.

    Raises:
        Uncompilable: a function, or a use of one, has no SQL here; names it.
    """
    if isinstance(expression, rdflib.Variable):
        return scope.variable(str(expression))
    if isinstance(expression, (rdflib.URIRef, rdflib.Literal)):
        kind, sql = constant(expression)
        return {kind: sql}
    if not isinstance(expression, CompValue):
        raise Uncompilable(f"an expression of {type(expression).__name__}")
    compiler = _COMPILERS.get(expression.name)
    if compiler is None:
        raise Uncompilable(f"{_function_name(expression)} has no SQL")
    return compiler(expression, scope)


def variables_of(expression: Any) -> set[str]:
    """Every variable that an expression names, those in its graph patterns included."""
    found: set[str] = set()
    if isinstance(expression, rdflib.Variable):
        found.add(str(expression))
    elif isinstance(expression, CompValue):
        for name, part in expression.items():
            if name != "_vars":
                found |= variables_of(part)
    elif isinstance(expression, dict):
        for part in (*expression.keys(), *expression.values()):
            found |= variables_of(part)
    elif isinstance(expression, (list, tuple, set, frozenset)):
        for part in expression:
            found |= variables_of(part)
    return found


def _function_name(expression: CompValue) -> str:
    if expression.name == "Function":
        return str(expression.iri)
    return str(expression.name).removeprefix("Builtin_")


def _relational(expression: CompValue, scope: Scope) -> Term:
    operator = str(expression.op)
    one = scope.term(expression.expr)
    if operator in ("IN", "NOT IN"):
        others = expression.other
        if not isinstance(others, list):
            others = [] if others == rdflib.RDF.nil else [others]
        test = _one_of(one, [scope.term(other) for other in others])
        return truth_of(test if operator == "IN" else f"(NOT {test})")
    other = scope.term(expression.other)
    if operator == "=":
        return truth_of(equal(one, other))
    if operator == "!=":
        return truth_of(f"(NOT {equal(one, other)})")
    return truth_of(compared(one, operator, other))


def _one_of(one: Term, others: list[Term]) -> str:
    """SQL for whether a term is one of others; texts of its kind are looked for at once."""
    same: list[str] = []
    if len(one) == 1 and (IRI in one or STRING in one):
        (kind,) = one
        same = [other[kind] for other in others if len(other) == 1 and kind in other]
    if same and len(same) == len(others):
        return f"({one[kind]} IN ({', '.join(same)}))"
    tests = [equal(one, other) for other in others]
    return f"({' OR '.join(tests)})" if tests else "FALSE"


def _and(expression: CompValue, scope: Scope) -> Term:
    parts = [expression.expr, *expression.other]
    return truth_of(f"({' AND '.join(scope.condition(part) for part in parts)})")


def _or(expression: CompValue, scope: Scope) -> Term:
    parts = [expression.expr, *expression.other]
    return truth_of(f"({' OR '.join(scope.condition(part) for part in parts)})")


def _not(expression: CompValue, scope: Scope) -> Term:
    return truth_of(f"(NOT {scope.condition(expression.expr)})")


def _minus_sign(expression: CompValue, scope: Scope) -> Term:
    term = scope.plain(expression.expr)
    return {kind: f"(- {sql})" for kind, sql in term.items() if kind in NUMERIC}


def _arithmetic(
    one: Term, other: Term, combine: Callable[[Kind, str, Kind, str], tuple[Kind, str] | None]
) -> Term:
    made = [
        combine(kind, left, against, right)
        for kind, left in one.items()
        for against, right in other.items()
    ]
    return either(pair for pair in made if pair is not None)


def _additive(expression: CompValue, scope: Scope) -> Term:
    term = scope.plain(expression.expr)
    for operator, part in zip(expression.op, expression.other, strict=True):
        sign = str(operator)

        def combine(
            kind: Kind, left: str, against: Kind, right: str, sign: str = sign
        ) -> tuple[Kind, str] | None:
            if kind == against == DATE and sign == "-":
                return DAYS, f"date_diff('day', {right}, {left})"
            if kind == DATE and against == DAYS:
                return DATE, f"({left} {sign} CAST({right} AS INTEGER))"
            if kind == against == DAYS:
                return DAYS, f"({left} {sign} {right})"
            if kind not in NUMERIC or against not in NUMERIC:
                if DATE in (kind, against) or DAYS in (kind, against):
                    raise Uncompilable("this sum with a date or a duration has no SQL")
                return None
            if kind == against == INTEGER:
                return INTEGER, f"({left} {sign} {right})"
            return DECIMAL, decimal(f"({decimal(left)} {sign} {decimal(right)})")

        term = _arithmetic(term, scope.plain(part), combine)
    return term


def _multiplicative(expression: CompValue, scope: Scope) -> Term:
    term = scope.plain(expression.expr)
    for operator, part in zip(expression.op, expression.other, strict=True):
        sign = str(operator)

        def combine(
            kind: Kind, left: str, against: Kind, right: str, sign: str = sign
        ) -> tuple[Kind, str] | None:
            if kind not in NUMERIC or against not in NUMERIC:
                return None
            if sign == "/":
                return DECIMAL, f"divided({left}, {right})"
            if kind == against == INTEGER:
                return INTEGER, f"({left} * {right})"
            return DECIMAL, decimal(f"({decimal(left)} * {decimal(right)})")

        term = _arithmetic(term, scope.plain(part), combine)
    return term


def _if(expression: CompValue, scope: Scope) -> Term:
    test = scope.condition(expression.arg1)
    yes, no = scope.term(expression.arg2), scope.term(expression.arg3)
    made = {}
    for kind in dict.fromkeys((*yes, *no)):
        parts = f"WHEN {test} THEN {yes[kind]} " if kind in yes else ""
        parts += f"WHEN NOT {test} THEN {no[kind]} " if kind in no else ""
        made[kind] = f"CASE {parts}END"
    return made


def _coalesce(expression: CompValue, scope: Scope) -> Term:
    terms = [scope.term(part) for part in expression.arg]
    kinds = dict.fromkeys(kind for term in terms for kind in term)
    if len(kinds) == 1:
        (kind,) = kinds
        parts = [term[kind] for term in terms if kind in term]
        return {kind: f"COALESCE({', '.join(parts)})" if len(parts) > 1 else parts[0]}
    made = {}
    for kind in kinds:
        whens = [f"WHEN {bound(term)} THEN {term.get(kind, 'NULL')}" for term in terms if term]
        made[kind] = f"CASE {' '.join(whens)} END"
    return made


def _bound(expression: CompValue, scope: Scope) -> Term:
    return truth_of(bound(scope.variable(str(expression.arg))))


def _exists(expression: CompValue, scope: Scope) -> Term:
    return truth_of(scope.exists(expression))


_OPERATORS: dict[str, Compiler] = {
    "RelationalExpression": _relational,
    "ConditionalAndExpression": _and,
    "ConditionalOrExpression": _or,
    "UnaryNot": _not,
    "UnaryMinus": _minus_sign,
    "UnaryPlus": lambda expression, scope: scope.plain(expression.expr),
    "AdditiveExpression": _additive,
    "MultiplicativeExpression": _multiplicative,
    "Builtin_IF": _if,
    "Builtin_COALESCE": _coalesce,
    "Builtin_BOUND": _bound,
    "Builtin_EXISTS": _exists,
    "Builtin_NOTEXISTS": _exists,
}

_COMPILERS = {**_OPERATORS, **text_functions.FUNCTIONS, **term_functions.FUNCTIONS}
"""By the name that rdflib has for them."""
