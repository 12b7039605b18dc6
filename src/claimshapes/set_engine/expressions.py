"""SPARQL expressions as SQL (SPARQL 1.1, section 17).

An error is null, as an unbound variable is; where SPARQL leaves a choice or an implementation
differs, Oxigraph's answer is taken, since the reference engine asks it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import rdflib
from rdflib.namespace import XSD
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.set_engine.comparisons import (
    compared,
    equal,
    is_number,
    number,
    same_term,
    truth,
)
from claimshapes.set_engine.terms import (
    BOOLEAN,
    DATE,
    DAYS,
    DECIMAL,
    DECIMAL_TYPE,
    INTEGER,
    IRI,
    NODE,
    NUMERIC,
    STRING,
    Kind,
    Term,
    Uncompilable,
    bound,
    constant,
    datatype_of,
    either,
    is_literal,
    is_text,
    is_written,
    quoted,
    text_of,
)

_DECIMAL_PATTERN = r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$"
_INTEGER_PATTERN = r"^[+-]?[0-9]+$"
_DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression is evaluated.

    Attributes:
        variable: the columns of a variable; raises where an outer query has to be asked.
        claim: SQL for the number of the claim.
        exists: SQL for whether a graph pattern has a solution, already joined in.
    """

    variable: Callable[[str], Term]
    claim: str
    exists: Callable[[CompValue], str]


def condition(expression: Any, scope: Scope) -> str:
    """SQL for an expression's effective boolean value."""
    return _boolean(expression_term(expression, scope))


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


def plain_term(expression: Any, scope: Scope) -> Term:
    """SQL for an expression whose value a function has to know.

    Raises:
        Uncompilable: it may be a literal whose value is not kept.
    """
    term = expression_term(expression, scope)
    for kind in term:
        if is_written(kind) and datatype_of(kind).startswith(str(XSD)):
            raise Uncompilable(f"a function of a literal of {datatype_of(kind)}")
    return term


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


def _boolean(term: Term) -> str:
    parts = [test for kind, sql in term.items() if (test := truth(kind, sql)) is not None]
    if not parts:
        return "CAST(NULL AS BOOLEAN)"
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"


def _truth(sql: str) -> Term:
    return {BOOLEAN: sql}


def _relational(expression: CompValue, scope: Scope) -> Term:
    operator = str(expression.op)
    one = expression_term(expression.expr, scope)
    if operator in ("IN", "NOT IN"):
        others = expression.other
        if not isinstance(others, list):
            others = [] if others == rdflib.RDF.nil else [others]
        tests = [equal(one, expression_term(other, scope)) for other in others]
        test = f"({' OR '.join(tests)})" if tests else "FALSE"
        return _truth(test if operator == "IN" else f"(NOT {test})")
    other = expression_term(expression.other, scope)
    if operator == "=":
        return _truth(equal(one, other))
    if operator == "!=":
        return _truth(f"(NOT {equal(one, other)})")
    return _truth(compared(one, operator, other))


def _and(expression: CompValue, scope: Scope) -> Term:
    parts = [expression.expr, *expression.other]
    return _truth(f"({' AND '.join(condition(part, scope) for part in parts)})")


def _or(expression: CompValue, scope: Scope) -> Term:
    parts = [expression.expr, *expression.other]
    return _truth(f"({' OR '.join(condition(part, scope) for part in parts)})")


def _not(expression: CompValue, scope: Scope) -> Term:
    return _truth(f"(NOT {condition(expression.expr, scope)})")


def _minus_sign(expression: CompValue, scope: Scope) -> Term:
    term = plain_term(expression.expr, scope)
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


def _decimal(sql: str) -> str:
    return f"CAST({sql} AS {DECIMAL_TYPE})"


def _additive(expression: CompValue, scope: Scope) -> Term:
    term = plain_term(expression.expr, scope)
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
            return DECIMAL, _decimal(f"({_decimal(left)} {sign} {_decimal(right)})")

        term = _arithmetic(term, plain_term(part, scope), combine)
    return term


def _multiplicative(expression: CompValue, scope: Scope) -> Term:
    term = plain_term(expression.expr, scope)
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
            return DECIMAL, _decimal(f"({_decimal(left)} * {_decimal(right)})")

        term = _arithmetic(term, plain_term(part, scope), combine)
    return term


def _text(expression: Any, scope: Scope) -> list[tuple[Kind, str]]:
    """The alternatives of an argument that has to be a string."""
    term = expression_term(expression, scope)
    return [(kind, sql) for kind, sql in term.items() if is_text(kind)]


def _any_text(expression: Any, scope: Scope) -> str:
    parts = [sql for _, sql in _text(expression, scope)]
    if not parts:
        return "CAST(NULL AS VARCHAR)"
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"


def _str(expression: CompValue, scope: Scope) -> Term:
    term = dict(expression_term(expression.arg, scope))
    if IRI in term:
        term[IRI] = f"CASE WHEN NOT {_is_blank(term[IRI])} THEN {term[IRI]} END"
    return {STRING: text_of(term, scope.claim)}


def _cased(function: str) -> Callable[[CompValue, Scope], Term]:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        def changed(sql: str) -> str:
            # What has two capitals in Unicode's own rules has none in DuckDB's.
            return f"upper(replace({sql}, 'ß', 'SS'))" if function == "upper" else f"lower({sql})"

        return {kind: changed(sql) for kind, sql in _text(expression.arg, scope)}

    return compile_


def _strlen(expression: CompValue, scope: Scope) -> Term:
    return {INTEGER: f"length({_any_text(expression.arg, scope)})"}


def _substr(expression: CompValue, scope: Scope) -> Term:
    start = expression_term(expression.start, scope).get(INTEGER)
    if start is None:
        raise Uncompilable("SUBSTR from a place that is no integer")
    if expression.length is None:
        return {
            kind: f"substring({sql}, greatest({start}, 1))"
            for kind, sql in _text(expression.arg, scope)
        }
    length = expression_term(expression.length, scope).get(INTEGER)
    if length is None:
        raise Uncompilable("SUBSTR of a length that is no integer")
    rest = f"greatest({start} + {length} - greatest({start}, 1), 0)"
    return {
        kind: f"CASE WHEN {start} IS NOT NULL AND {length} IS NOT NULL"
        f" THEN substring({sql}, greatest({start}, 1), {rest}) END"
        for kind, sql in _text(expression.arg, scope)
    }


def constant_pattern(expression: Any) -> str:
    """A constant regular expression, as DuckDB's engine reads it.

    Raises:
        Uncompilable: it is no constant, or has parts that mean something else there.
    """
    if not isinstance(expression, rdflib.Literal):
        raise Uncompilable("a regular expression that is no constant")
    pattern = str(expression)
    if re.search(r"\\[wWsSbB]|\(\?[^:]", pattern):
        raise Uncompilable(f"the regular expression {pattern}")
    return pattern.replace(r"\d", r"\p{Nd}").replace(r"\D", r"\P{Nd}")


def _flags(expression: Any) -> str:
    flags = "" if expression is None else str(expression)
    if set(flags) - {"i"}:
        raise Uncompilable(f"regular expressions with the flags {flags}")
    return flags


def _regex(expression: CompValue, scope: Scope) -> Term:
    pattern, flags = constant_pattern(expression.pattern), _flags(expression.flags)
    text = _any_text(expression.text, scope)
    options = f", '{flags}'" if flags else ""
    return _truth(f"regexp_matches({text}, {quoted(pattern)}{options})")


def _replace(expression: CompValue, scope: Scope) -> Term:
    pattern, flags = constant_pattern(expression.pattern), _flags(expression.flags)
    if not isinstance(expression.replacement, rdflib.Literal):
        raise Uncompilable("REPLACE by what is no constant")
    replacement = str(expression.replacement)
    if "\\" in replacement or re.search(r"\$\D", replacement):
        raise Uncompilable(f"REPLACE by {replacement}")
    replacement = re.sub(r"\$(\d)", r"\\\1", replacement)
    return {
        kind: f"regexp_replace({sql}, {quoted(pattern)}, {quoted(replacement)}, 'g{flags}')"
        for kind, sql in _text(expression.arg, scope)
    }


def _two_texts(function: str) -> Callable[[CompValue, Scope], Term]:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        one, other = _any_text(expression.arg1, scope), _any_text(expression.arg2, scope)
        return _truth(f"{function}({one}, {other})")

    return compile_


def _strbefore(expression: CompValue, scope: Scope) -> Term:
    other = _any_text(expression.arg2, scope)
    return either(
        (
            STRING,
            f"CASE WHEN contains({sql}, {other})"
            f" THEN substring({sql}, 1, instr({sql}, {other}) - 1) ELSE {_empty(sql, other)} END",
        )
        for _, sql in _only_plain(expression.arg1, scope, "STRBEFORE")
    )


def _strafter(expression: CompValue, scope: Scope) -> Term:
    other = _any_text(expression.arg2, scope)
    return either(
        (
            STRING,
            f"CASE WHEN contains({sql}, {other})"
            f" THEN substring({sql}, instr({sql}, {other}) + length({other}))"
            f" ELSE {_empty(sql, other)} END",
        )
        for _, sql in _only_plain(expression.arg1, scope, "STRAFTER")
    )


def _only_plain(expression: Any, scope: Scope, name: str) -> list[tuple[Kind, str]]:
    texts = _text(expression, scope)
    if any(kind != STRING for kind, _ in texts):
        raise Uncompilable(f"{name} of a text with a language")
    return texts


def _empty(*texts: str) -> str:
    known = " AND ".join(f"{text} IS NOT NULL" for text in texts)
    return f"CASE WHEN {known} THEN '' END"


def _concat(expression: CompValue, scope: Scope) -> Term:
    arguments = [_text(part, scope) for part in expression.arg]
    if any(not argument for argument in arguments):
        return {}
    kinds = {kind for argument in arguments for kind, _ in argument}
    if any(len(argument) > 1 for argument in arguments) and len(kinds) > 1:
        raise Uncompilable("CONCAT of texts that may or may not have a language")
    kind = kinds.pop() if len(kinds) == 1 else STRING
    return {kind: "(" + " || ".join(argument[0][1] for argument in arguments) + ")"}


def _iri(expression: CompValue, scope: Scope) -> Term:
    node = _node_name(expression.arg, scope)
    if node is not None:
        return {NODE: node}
    term = expression_term(expression.arg, scope)
    return either(
        (IRI if is_text(kind) else kind, sql)
        for kind, sql in term.items()
        if is_text(kind) or kind in (IRI, NODE)
    )


def _node_name(expression: Any, scope: Scope) -> str | None:
    """``CONCAT(STR(?node), ...)`` names a node by another: its claim's IRI stays what it is."""
    if not isinstance(expression, CompValue) or expression.name != "Builtin_CONCAT":
        return None
    first, *rest = expression.arg
    if not isinstance(first, CompValue) or first.name != "Builtin_STR":
        return None
    start = expression_term(first.arg, scope)
    if set(start) != {NODE}:
        return None
    return "(" + " || ".join([start[NODE], *(_any_text(part, scope) for part in rest)]) + ")"


def _if(expression: CompValue, scope: Scope) -> Term:
    test = condition(expression.arg1, scope)
    yes, no = expression_term(expression.arg2, scope), expression_term(expression.arg3, scope)
    made = {}
    for kind in dict.fromkeys((*yes, *no)):
        parts = f"WHEN {test} THEN {yes[kind]} " if kind in yes else ""
        parts += f"WHEN NOT {test} THEN {no[kind]} " if kind in no else ""
        made[kind] = f"CASE {parts}END"
    return made


def _coalesce(expression: CompValue, scope: Scope) -> Term:
    terms = [expression_term(part, scope) for part in expression.arg]
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
    return _truth(bound(scope.variable(str(expression.arg))))


def _rounded(function: str) -> Callable[[CompValue, Scope], Term]:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        made = {}
        for kind, sql in plain_term(expression.arg, scope).items():
            if kind == INTEGER:
                made[kind] = sql
            elif kind == DECIMAL:
                inner = f"floor({sql} + 0.5)" if function == "round" else f"{function}({sql})"
                made[kind] = _decimal(inner)
        return made

    return compile_


def _abs(expression: CompValue, scope: Scope) -> Term:
    term = plain_term(expression.arg, scope)
    return {kind: f"abs({sql})" for kind, sql in term.items() if kind in NUMERIC}


def _part_of_date(part: str) -> Callable[[CompValue, Scope], Term]:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        term = plain_term(expression.arg, scope)
        return {INTEGER: f"{part}({term[DATE]})"} if DATE in term else {}

    return compile_


def _lang(expression: CompValue, scope: Scope) -> Term:
    return either(
        (STRING, f"CASE WHEN {sql} IS NOT NULL THEN {quoted(kind.removeprefix('@'))} END")
        if kind.startswith("@")
        else (STRING, _empty(sql))
        for kind, sql in expression_term(expression.arg, scope).items()
        if is_literal(kind)
    )


def _is_blank(sql: str) -> str:
    return f"starts_with({sql}, '_:')"


def _node_test(blank: bool) -> Callable[[CompValue, Scope], Term]:
    """Whether a term is a blank node, or an IRI."""

    def test(kind: Kind, sql: str) -> str:
        if kind == IRI:
            return _is_blank(sql) if blank else f"NOT {_is_blank(sql)}"
        return "TRUE" if kind == NODE and not blank else "FALSE"

    def compile_(expression: CompValue, scope: Scope) -> Term:
        tests = [
            f"CASE WHEN {sql} IS NOT NULL THEN {test(kind, sql)} END"
            for kind, sql in expression_term(expression.arg, scope).items()
        ]
        return _truth(f"COALESCE({', '.join(tests)}, NULL)") if tests else {}

    return compile_


def _is_numeric(expression: CompValue, scope: Scope) -> Term:
    tests = [
        f"CASE WHEN {sql} IS NOT NULL THEN"
        f" {f'{number(kind, sql)[0]} IS NOT NULL' if is_number(kind) else 'FALSE'} END"
        for kind, sql in expression_term(expression.arg, scope).items()
    ]
    return _truth(f"COALESCE({', '.join(tests)}, NULL)") if tests else {}


def _datatype(expression: CompValue, scope: Scope) -> Term:
    return either(
        (IRI, f"CASE WHEN {sql} IS NOT NULL THEN {quoted(datatype_of(kind))} END")
        for kind, sql in expression_term(expression.arg, scope).items()
        if is_literal(kind)
    )


def _lang_matches(expression: CompValue, scope: Scope) -> Term:
    tag, range_ = _any_text(expression.arg1, scope), _any_text(expression.arg2, scope)
    tag, range_ = f"lower({tag})", f"lower({range_})"
    inside = f"{tag} = {range_} OR starts_with({tag}, {range_} || '-')"
    return _truth(f"CASE WHEN {range_} = '*' THEN {tag} <> '' ELSE ({inside}) END")


def _kind_test(holds: Callable[[Kind], bool]) -> Callable[[CompValue, Scope], Term]:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        tests = [
            f"CASE WHEN {sql} IS NOT NULL THEN {'TRUE' if holds(kind) else 'FALSE'} END"
            for kind, sql in expression_term(expression.arg, scope).items()
        ]
        return _truth(f"COALESCE({', '.join(tests)}, NULL)") if tests else {}

    return compile_


def _same_term(expression: CompValue, scope: Scope) -> Term:
    one, other = (expression_term(part, scope) for part in (expression.arg1, expression.arg2))
    return _truth(same_term(one, other))


def _cast(expression: CompValue, scope: Scope) -> Term:
    datatype, arguments = str(expression.iri), expression.expr
    if len(arguments) != 1 or datatype not in _CASTS:
        raise Uncompilable(f"{datatype} has no SQL")
    term = plain_term(arguments[0], scope)
    if datatype == str(XSD.string):
        return {STRING: text_of(term, scope.claim)}
    kind, cast = _CASTS[datatype]
    parts = [(kind, made) for own, sql in term.items() if (made := cast(own, sql)) is not None]
    return either(parts)


def _to_decimal(kind: Kind, sql: str) -> str | None:
    if kind == STRING:
        test = f"regexp_matches({sql}, {quoted(_DECIMAL_PATTERN)})"
        return f"CASE WHEN {test} THEN TRY_CAST({sql} AS {DECIMAL_TYPE}) END"
    return _decimal(sql) if kind in (*NUMERIC, BOOLEAN) else None


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


def _exists(expression: CompValue, scope: Scope) -> Term:
    return _truth(scope.exists(expression))


_COMPILERS: dict[str, Callable[[CompValue, Scope], Term]] = {
    "RelationalExpression": _relational,
    "ConditionalAndExpression": _and,
    "ConditionalOrExpression": _or,
    "UnaryNot": _not,
    "UnaryMinus": _minus_sign,
    "UnaryPlus": lambda expression, scope: plain_term(expression.expr, scope),
    "AdditiveExpression": _additive,
    "MultiplicativeExpression": _multiplicative,
    "Builtin_STR": _str,
    "Builtin_UCASE": _cased("upper"),
    "Builtin_LCASE": _cased("lower"),
    "Builtin_STRLEN": _strlen,
    "Builtin_SUBSTR": _substr,
    "Builtin_REGEX": _regex,
    "Builtin_REPLACE": _replace,
    "Builtin_CONTAINS": _two_texts("contains"),
    "Builtin_STRSTARTS": _two_texts("starts_with"),
    "Builtin_STRENDS": _two_texts("ends_with"),
    "Builtin_STRBEFORE": _strbefore,
    "Builtin_STRAFTER": _strafter,
    "Builtin_CONCAT": _concat,
    "Builtin_IRI": _iri,
    "Builtin_URI": _iri,
    "Builtin_IF": _if,
    "Builtin_COALESCE": _coalesce,
    "Builtin_BOUND": _bound,
    "Builtin_FLOOR": _rounded("floor"),
    "Builtin_CEIL": _rounded("ceil"),
    "Builtin_ROUND": _rounded("round"),
    "Builtin_ABS": _abs,
    "Builtin_YEAR": _part_of_date("year"),
    "Builtin_MONTH": _part_of_date("month"),
    "Builtin_DAY": _part_of_date("day"),
    "Builtin_LANG": _lang,
    "Builtin_LANGMATCHES": _lang_matches,
    "Builtin_DATATYPE": _datatype,
    "Builtin_isNUMERIC": _is_numeric,
    "Builtin_isLITERAL": _kind_test(is_literal),
    "Builtin_isIRI": _node_test(False),
    "Builtin_isURI": _node_test(False),
    "Builtin_isBLANK": _node_test(True),
    "Builtin_sameTerm": _same_term,
    "Builtin_EXISTS": _exists,
    "Builtin_NOTEXISTS": _exists,
    "Function": _cast,
}


def conjuncts(expression: Any) -> Iterable[Any]:
    """The parts of an expression that all have to be true."""
    if isinstance(expression, CompValue) and expression.name == "ConditionalAndExpression":
        for part in (expression.expr, *expression.other):
            yield from conjuncts(part)
    else:
        yield expression
