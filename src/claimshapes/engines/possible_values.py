"""Which texts a variable can be for an expression to be true.

A query that asks for some codes need not be run where no claim has one. What is said here is said
of IRIs and strings, and leaves out nothing that can be true; what an expression asks of other terms
is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import product
from typing import Any

import rdflib
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.engines.text_ranges import Ranges

_MOST = 500
"""Pairs of ranges beyond which only those of one test are looked at."""


def possible_values(tests: Iterable[Any]) -> Mapping[str, Ranges]:
    """The ranges that some variables have to be in for all of these expressions to be true."""
    return reduce(_both, map(_of, tests), {})


def conjuncts(expression: Any) -> Iterator[Any]:
    """The parts of an expression that all have to be true."""
    if isinstance(expression, CompValue) and expression.name == "ConditionalAndExpression":
        for part in (expression.expr, *expression.other):
            yield from conjuncts(part)
    else:
        yield expression


def _of(expression: Any) -> Mapping[str, Ranges]:
    if not isinstance(expression, CompValue):
        return {}
    if expression.name == "ConditionalAndExpression":
        return possible_values((expression.expr, *expression.other))
    if expression.name == "ConditionalOrExpression":
        return reduce(_either, map(_of, (expression.expr, *expression.other)))
    if expression.name != "RelationalExpression":
        return {}
    variable = _variable(expression.expr)
    if variable is None:
        return {}
    others = expression.other if isinstance(expression.other, list) else [expression.other]
    texts = [_text(other) for other in others]
    ranges = _ranges(str(expression.op), [text for text in texts if text is not None])
    return {variable: ranges} if ranges and None not in texts else {}


def _ranges(operator: str, texts: Sequence[str]) -> Ranges:
    if operator in ("=", "IN"):
        return tuple((text, text) for text in texts)
    if operator in (">", ">="):
        return ((texts[0], None),) if texts else ()
    if operator in ("<", "<="):
        return (("", texts[0]),) if texts else ()
    return ()


def _both(one: Mapping[str, Ranges], other: Mapping[str, Ranges]) -> Mapping[str, Ranges]:
    made = {**other, **one}
    for name in one.keys() & other.keys():
        if len(one[name]) * len(other[name]) > _MOST:
            continue
        pairs = product(one[name], other[name])
        met = [(max(a, b), _first_end(c, d)) for (a, c), (b, d) in pairs]
        made[name] = tuple((low, high) for low, high in met if high is None or low <= high)
    return made


def _either(one: Mapping[str, Ranges], other: Mapping[str, Ranges]) -> Mapping[str, Ranges]:
    return {name: one[name] + other[name] for name in one.keys() & other.keys()}


def _first_end(one: str | None, other: str | None) -> str | None:
    return other if one is None else one if other is None else min(one, other)


def _variable(expression: Any) -> str | None:
    """A variable, or that whose text is taken."""
    if isinstance(expression, CompValue) and expression.name == "Builtin_STR":
        expression = expression.arg
    return str(expression) if isinstance(expression, rdflib.Variable) else None


def _text(term: Any) -> str | None:
    if isinstance(term, rdflib.URIRef):
        return str(term)
    if isinstance(term, rdflib.Literal) and (term.datatype in (None, rdflib.XSD.string)):
        return None if term.language else str(term)
    return None
