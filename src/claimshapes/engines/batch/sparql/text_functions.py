"""SPARQL's functions of strings as SQL (SPARQL 1.1, section 17.4.3)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import duckdb
import rdflib
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.engines.batch.sparql.scope import Compiler, Scope, truth_of
from claimshapes.engines.batch.tables.terms import (
    INTEGER,
    IRI,
    STRING,
    Kind,
    Term,
    Uncompilable,
    either,
    is_blank,
    is_literal,
    quoted,
    text_of,
)


def _str(expression: CompValue, scope: Scope) -> Term:
    term = dict(scope.term(expression.arg))
    if IRI in term:
        term[IRI] = f"CASE WHEN NOT {is_blank(IRI, term[IRI])} THEN {term[IRI]} END"
    return {STRING: text_of(term, scope.names)}


def _cased(function: str) -> Compiler:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        def changed(sql: str) -> str:
            # What has two capitals in Unicode's own rules has none in DuckDB's.
            return f"upper(replace({sql}, 'ß', 'SS'))" if function == "upper" else f"lower({sql})"

        return {kind: changed(sql) for kind, sql in scope.texts(expression.arg)}

    return compile_


def _strlen(expression: CompValue, scope: Scope) -> Term:
    return {INTEGER: f"length({scope.text(expression.arg)})"}


def _substr(expression: CompValue, scope: Scope) -> Term:
    start = scope.term(expression.start).get(INTEGER)
    if start is None:
        raise Uncompilable("SUBSTR from a place that is no integer")
    if expression.length is None:
        return {
            kind: f"substring({sql}, greatest({start}, 1))"
            for kind, sql in scope.texts(expression.arg)
        }
    length = scope.term(expression.length).get(INTEGER)
    if length is None:
        raise Uncompilable("SUBSTR of a length that is no integer")
    rest = f"greatest({start} + {length} - greatest({start}, 1), 0)"
    return {
        kind: f"CASE WHEN {start} IS NOT NULL AND {length} IS NOT NULL"
        f" THEN substring({sql}, greatest({start}, 1), {rest}) END"
        for kind, sql in scope.texts(expression.arg)
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
    pattern = pattern.replace(r"\d", r"\p{Nd}").replace(r"\D", r"\P{Nd}")
    if not _is_accepted(pattern):
        raise Uncompilable(f"the regular expression {pattern}")
    return pattern


@cache
def _is_accepted(pattern: str) -> bool:
    """Whether DuckDB can read a regular expression; else it would say so while judging."""
    with duckdb.connect() as connection:
        try:
            connection.execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
        except duckdb.Error:
            return False
    return True


def _flags(expression: Any) -> str:
    flags = "" if expression is None else str(expression)
    if set(flags) - {"i"}:
        raise Uncompilable(f"regular expressions with the flags {flags}")
    return flags


def _regex(expression: CompValue, scope: Scope) -> Term:
    pattern, flags = constant_pattern(expression.pattern), _flags(expression.flags)
    text = scope.text(expression.text)
    options = f", '{flags}'" if flags else ""
    return truth_of(f"regexp_matches({text}, {quoted(pattern)}{options})")


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
        for kind, sql in scope.texts(expression.arg)
    }


def _two_texts(function: str) -> Compiler:
    def compile_(expression: CompValue, scope: Scope) -> Term:
        one, other = scope.text(expression.arg1), scope.text(expression.arg2)
        return truth_of(f"{function}({one}, {other})")

    return compile_


def _strbefore(expression: CompValue, scope: Scope) -> Term:
    other = scope.text(expression.arg2)
    return either(
        (
            STRING,
            f"CASE WHEN contains({sql}, {other})"
            f" THEN substring({sql}, 1, instr({sql}, {other}) - 1) ELSE {_empty(sql, other)} END",
        )
        for _, sql in _only_plain(expression.arg1, scope, "STRBEFORE")
    )


def _strafter(expression: CompValue, scope: Scope) -> Term:
    other = scope.text(expression.arg2)
    if isinstance(expression.arg2, rdflib.Literal) and str(expression.arg2):
        # The text is named once, since it may be one that has to be looked up.
        return either(
            (STRING, f"array_to_string(string_split({sql}, {other})[2:], {other})")
            for _, sql in _only_plain(expression.arg1, scope, "STRAFTER")
        )
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
    texts = scope.texts(expression)
    if any(kind != STRING for kind, _ in texts):
        raise Uncompilable(f"{name} of a text with a language")
    return texts


def _empty(*texts: str) -> str:
    known = " AND ".join(f"{text} IS NOT NULL" for text in texts)
    return f"CASE WHEN {known} THEN '' END"


def _concat(expression: CompValue, scope: Scope) -> Term:
    arguments = [scope.texts(part) for part in expression.arg]
    if any(not argument for argument in arguments):
        return {}
    kinds = {kind for argument in arguments for kind, _ in argument}
    if any(len(argument) > 1 for argument in arguments) and len(kinds) > 1:
        raise Uncompilable("CONCAT of texts that may or may not have a language")
    kind = kinds.pop() if len(kinds) == 1 else STRING
    return {kind: "(" + " || ".join(argument[0][1] for argument in arguments) + ")"}


def _lang(expression: CompValue, scope: Scope) -> Term:
    return either(
        (STRING, f"CASE WHEN {sql} IS NOT NULL THEN {quoted(kind.removeprefix('@'))} END")
        if kind.startswith("@")
        else (STRING, _empty(sql))
        for kind, sql in scope.term(expression.arg).items()
        if is_literal(kind)
    )


def _lang_matches(expression: CompValue, scope: Scope) -> Term:
    tag, range_ = scope.text(expression.arg1), scope.text(expression.arg2)
    tag, range_ = f"lower({tag})", f"lower({range_})"
    inside = f"{tag} = {range_} OR starts_with({tag}, {range_} || '-')"
    return truth_of(f"CASE WHEN {range_} = '*' THEN {tag} <> '' ELSE ({inside}) END")


FUNCTIONS: dict[str, Compiler] = {
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
    "Builtin_LANG": _lang,
    "Builtin_LANGMATCHES": _lang_matches,
}
"""By the name that rdflib has for them."""
