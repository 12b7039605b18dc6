"""What filters ask for: the values that a batch has to have, and those that are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from claimshapes.engines.batch.sparql.relations import (
    Relation,
)
from claimshapes.engines.batch.tables.property_tables import Needs
from claimshapes.engines.batch.tables.terms import (
    IRI,
    STRING,
    iri_sql,
    quoted,
)
from claimshapes.engines.possible_values import possible_values
from claimshapes.engines.text_ranges import split


def asked_rows(tests: Iterable[Any], relation: Relation) -> Needs:
    """What a batch has to have for tests to be true of a solution of the relation."""
    needs = set()
    for name, ranges in possible_values(tests).items():
        values, rest = split(ranges)
        columns = relation.read_from.get(name)
        if columns is not None and name in relation.bound:
            needs.add(frozenset(each.with_texts(values, rest) for each in columns))
    return frozenset(needs)


def named_values(tests: Iterable[Any], relation: Relation) -> dict[str, str]:
    """For each variable that tests name all values of, the select of them."""
    found = {}
    for name, ranges in possible_values(tests).items():
        values, rest = split(ranges)
        if values and not rest and relation.kinds.get(name) in ((IRI,), (STRING,)):
            literal = iri_sql if relation.kinds[name] == (IRI,) else quoted
            rows = ", ".join(f"({literal(value)})" for value in sorted(values))
            found[name] = f"SELECT v FROM (VALUES {rows}) named(v)"
    return found
