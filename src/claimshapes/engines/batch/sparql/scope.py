"""Where an expression is evaluated, and what its functions ask of their arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rdflib.namespace import XSD
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.engines.batch.sparql.comparisons import truth
from claimshapes.engines.batch.tables.terms import (
    BOOLEAN,
    DECIMAL_TYPE,
    Kind,
    Names,
    Term,
    Uncompilable,
    datatype_of,
    is_text,
    is_written,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression is evaluated.

    Attributes:
        variable: the columns of a variable; raises where an outer query has to be asked.
        names: what nodes are called.
        exists: SQL for whether a graph pattern has a solution, already joined in.
        evaluate: compiles an expression in a scope.
        made: SQL for the texts that IRIs are made of.
    """

    variable: Callable[[str], Term]
    names: Names
    exists: Callable[[CompValue], str]
    evaluate: Callable[[Any, Scope], Term]
    made: list[str] = field(default_factory=list)

    def term(self, expression: Any) -> Term:
        """SQL for an expression."""
        return self.evaluate(expression, self)

    def plain(self, expression: Any) -> Term:
        """SQL for an expression whose value a function has to know.

        Raises:
            Uncompilable: it may be a literal whose value is not kept.
        """
        term = self.term(expression)
        for kind in term:
            if is_written(kind) and datatype_of(kind).startswith(str(XSD)):
                raise Uncompilable(f"a function of a literal of {datatype_of(kind)}")
        return term

    def condition(self, expression: Any) -> str:
        """SQL for an expression's effective boolean value."""
        parts = [
            test
            for kind, sql in self.term(expression).items()
            if (test := truth(kind, sql)) is not None
        ]
        if not parts:
            return "CAST(NULL AS BOOLEAN)"
        return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"

    def texts(self, expression: Any) -> list[tuple[Kind, str]]:
        """The alternatives of an argument that has to be a string."""
        return [(kind, sql) for kind, sql in self.term(expression).items() if is_text(kind)]

    def text(self, expression: Any) -> str:
        """SQL for an argument that has to be a string, with a language or without."""
        parts = [sql for _, sql in self.texts(expression)]
        if not parts:
            return "CAST(NULL AS VARCHAR)"
        return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"


Compiler = Callable[[CompValue, Scope], Term]
"""Makes SQL of an operator or a function with its arguments."""


def truth_of(sql: str) -> Term:
    """A boolean as a term."""
    return {BOOLEAN: sql}


def decimal(sql: str) -> str:
    """SQL for a number as a decimal."""
    return f"CAST({sql} AS {DECIMAL_TYPE})"
