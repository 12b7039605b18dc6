"""Where expressions ask whether a pattern has a solution, and for what else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import rdflib
from rdflib.plugins.sparql.parserutils import CompValue

EXISTS = ("Builtin_EXISTS", "Builtin_NOTEXISTS")


def is_true_test(test: Any) -> bool:
    """Whether an expression is no test at all."""
    if isinstance(test, CompValue) and test.name == "TrueFilter":
        return True
    return isinstance(test, rdflib.Literal) and test.toPython() is True


def tests_in(expression: Any) -> Iterator[CompValue]:
    """The EXISTS and NOT EXISTS in an expression."""
    if isinstance(expression, CompValue):
        if expression.name in EXISTS:
            yield expression
            return
        for name, part in expression.items():
            if name != "_vars":
                yield from tests_in(part)
    elif isinstance(expression, (list, tuple)):
        for part in expression:
            yield from tests_in(part)


def has_exists(expression: Any) -> bool:
    """Whether there is one in an expression."""
    return next(tests_in(expression), None) is not None


def outer_variables(expression: Any) -> set[str]:
    """The variables of an expression but for those in its graph patterns."""
    if isinstance(expression, CompValue):
        if expression.name in EXISTS:
            return set()
        return set().union(
            *(outer_variables(part) for name, part in expression.items() if name != "_vars")
        )
    if isinstance(expression, (list, tuple)):
        return set().union(*map(outer_variables, expression))
    return {str(expression)} if isinstance(expression, rdflib.Variable) else set()
