"""What shapes and derivations were compiled to, and what of them could not be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from claimshapes.engines.batch.shacl.messages import Message
from claimshapes.engines.batch.sparql.relations import select
from claimshapes.engines.batch.tables.property_tables import Catalog, Needs, Table
from claimshapes.engines.batch.tables.terms import iris_in


@dataclass(frozen=True, slots=True)
class Head:
    """A triple of a derivation's head: the table that it goes to, and how its rows are made.

    Attributes:
        table: the table.
        columns: the columns of its rows over the solutions.
        tests: what has to be true of a solution.
        adds: whether the table may have rows by then.
    """

    table: Table
    columns: tuple[str, ...]
    tests: tuple[str, ...]
    adds: bool

    def select(self, body: str) -> str:
        """The select of its rows from the solutions."""
        return select(self.columns, body, self.tests, distinct=True)


@dataclass(frozen=True, slots=True)
class DerivationStep:
    """A derivation: its solutions, and the tables that they go to.

    Attributes:
        iri: the derivation.
        body: the select of its solutions.
        heads: what is made of the solutions.
        needs: sets of rows of which each has to have some, or there is no solution.
        texts: the selects of the texts that it makes IRIs of.
    """

    iri: str
    body: str
    heads: tuple[Head, ...]
    needs: Needs
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A constraint of a rule or precondition: each row is a validation result.

    Attributes:
        shape: IRI, or blank node, of the shape.
        rule: id of the rule.
        sql: the select of claim, focus node, path, value, and the message's variables, parts of
            claims by their numbers, then the numbers of IRIs.
        path: path of every result, where the constraint has one.
        variables: names of the variables after the first four columns.
        messages: the shape's messages.
        needs: sets of rows of which each has to have some, or there is no result.
        texts: the selects of the texts that it makes IRIs of.
        iris: the places of the columns that the numbers of IRIs at the end are for.
    """

    shape: str
    rule: str
    sql: str
    path: str | None
    variables: tuple[str, ...]
    messages: tuple[Message, ...]
    needs: Needs
    texts: tuple[str, ...]
    iris: tuple[int, ...]

    @property
    def iris_from(self) -> int:
        """The place of the first of the numbers of IRIs."""
        return 4 + len(self.variables)


@dataclass(slots=True)
class Plan:
    """All that is run for a batch.

    Attributes:
        steps: the derivations in their order.
        checks: the constraints of all rules that could be compiled.
        problems: for each rule that could not be compiled, why not.
        left: for each derivation that could not be compiled, why not.
    """

    steps: list[DerivationStep] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def needed(self, catalog: Catalog) -> set[Table]:
        """The tables that some query reads."""
        read: set[str] = set()
        for sql in (*(step.body for step in self.steps), *(check.sql for check in self.checks)):
            read |= _names(sql)
        return {
            table for tables in catalog.tables.values() for table in tables if table.key in read
        }

    def iris(self) -> dict[int, str]:
        """The IRIs that its statements name, by their numbers."""
        found: dict[int, str] = {}
        for step in self.steps:
            found |= iris_in(step.body)
            for head in step.heads:
                found |= iris_in(" ".join(head.columns))
        for check in self.checks:
            found |= iris_in(check.sql)
        return found

    def keep_only_needed(self, asked: Iterable[Table]) -> None:
        """Leaves out the derivations of which no constraint, and nothing asked for, is made.

        Args:
            asked: tables that are read beside those of the constraints.
        """
        read = {table.key for table in asked}
        for check in self.checks:
            read |= _names(check.sql)
        kept = []
        for step in reversed(self.steps):
            if any(head.table.key in read for head in step.heads):
                kept.append(step)
                read |= _names(step.body)
        self.steps = kept[::-1]


_NAME = re.compile(r'(?:knowledge[.])?"[^"]+"|part_\w+')


def _names(sql: str) -> set[str]:
    """What may be the name of a table in a statement, or of a column of a table of parts."""
    return set(_NAME.findall(sql))
