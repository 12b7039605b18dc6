"""The parts of a claim as DuckDB reads them: where values are, the selects of parts and values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from claimshapes.engines.batch.tables.property_tables import Table
from claimshapes.engines.batch.tables.terms import sql_type

WHOLE = "part_claim"
"""The table of the claims themselves."""

RAW = "raw_"
"""What the names of the tables of parts as they are read begin with."""


@dataclass(frozen=True, slots=True)
class ValueSource:
    """Where the rows, or the values, of a table come from.

    Attributes:
        part: the table of the claim's parts, with ``c``, ``n`` and ``x``.
        value: SQL for the value in it.
        many: whether the value is a list.
        lookup: the table of known values that gives the object, where not the value itself.
        result: its column.
    """

    part: str
    value: str
    many: bool
    lookup: str | None = None
    result: str = ""


@dataclass(slots=True)
class Part:
    """A part of a claim that has parts or fields of its own; its table is ``name``.

    Attributes:
        fields: each with DuckDB's type, empty for an object, and the part that it is, if any.
    """

    name: str
    parent: str
    value: str
    key: str
    many: bool
    columns: dict[Table, ValueSource] = field(default_factory=dict)
    fields: list[tuple[str, str, Part | None]] = field(default_factory=list)

    @property
    def raw(self) -> str:
        """The table of the parts as they are read."""
        return RAW + self.name


def type_of(part: Part, asked: Collection[str], read: Collection[tuple[str, str]]) -> str:
    """DuckDB's type for a part, with the fields that are read and the parts that are asked for."""
    values = [value for raw, value in read if raw == part.raw]
    columns = []
    for name, kind, inner in part.fields:
        is_asked = inner is not None and inner.name in asked
        if inner is not None and not kind:
            made = type_of(inner, asked, read) if is_asked else ""
            kind = f"{made}[]" if inner.many else made
        elif any(f"x.{quoted_name(name)}" in value for value in values):
            is_asked = True
        if is_asked:
            columns.append(f"{quoted_name(name)} {kind}")
    # There is no object without fields.
    name, *_ = part.fields[0]
    return f"STRUCT({', '.join(columns or [f'{quoted_name(name)} VARCHAR'])})"


def select_part(part: Part, numbered: int) -> str:
    """The select of parts as they are read, numbered from a number on."""
    field = f"'#/{part.key}" if part.parent == WHOLE else f"place || '/{part.key}"
    number = f"CAST({numbered} + row_number() OVER () - 1 AS INTEGER) AS n"
    if part.many:
        return (
            f"SELECT c, {number}, parent, {field}/' || (i - 1) AS place, x, i"
            f" FROM (SELECT c, n AS parent, place, unnest({part.value}) AS x,"
            f" generate_subscripts({part.value}, 1) AS i FROM {RAW}{part.parent}) u"
        )
    return (
        f"SELECT c, {number}, n AS parent, {field}' AS place, {part.value} AS x"
        f" FROM {RAW}{part.parent} WHERE {part.value} IS NOT NULL"
    )


def select_source(table: Table, source: ValueSource) -> str:
    """The select of the rows that a table has from a source."""
    value = f"unnest({source.value})" if source.many else source.value
    distinct = "DISTINCT " if source.many else ""
    if source.lookup is None:
        return (
            f"SELECT {distinct}c, s, CAST(v AS {sql_type(table.object)}) AS o"
            f" FROM (SELECT c, n AS s, {value} AS v FROM {source.part}) u WHERE v IS NOT NULL"
        )
    return (
        f"SELECT {distinct}u.c, u.s, k.{source.result} AS o"
        f" FROM (SELECT c, n AS s, {value} AS v FROM {source.part}) u, {source.lookup} k"
        f" WHERE k.v = u.v AND k.{source.result} IS NOT NULL"
    )


def within(value: str) -> str:
    """A value of a part over the alias ``u``."""
    return value.replace("x.", "u.x.") if "x." in value else f"u.{value}"


def quoted_name(name: str) -> str:
    """A name as SQL wants it."""
    return '"' + name + '"'
