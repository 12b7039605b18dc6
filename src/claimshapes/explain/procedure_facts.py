"""What the tables of the code systems say of each procedure code, and of other codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from claimshapes.knowledge.tables import DESCRIPTION, Column, Table, read_table
from claimshapes.rdf.vocabulary import CS_NS, HCPCS_NS

_REACHED_BY = "cs:reachedBy"
_RELEASE = f"{CS_NS}inRelease"


@dataclass(frozen=True, slots=True)
class ProcedureTable:
    """A table that is about procedure codes.

    Attributes:
        name: its name.
        description: what a row says, with the release that it is from.
        titles: titles of the columns beside the code; none where rows are pairs of codes.
        release: IRI of the release that all rows are from, if they are from one.
        columns: the columns that the titles are of.
    """

    name: str
    description: str
    titles: tuple[str, ...]
    release: str | None
    columns: tuple[Column, ...] = ()


@dataclass(slots=True)
class ProcedureFacts:
    """What stands at a procedure code.

    Attributes:
        rows: table and values, in the order of the table's columns.
        pairs: table, and with how many codes it stands in a pair as the first and the second.
    """

    rows: list[tuple[ProcedureTable, tuple[str, ...]]] = field(default_factory=list)
    pairs: list[tuple[ProcedureTable, int, int]] = field(default_factory=list)


class ProcedureBook:
    """Every procedure code that a table of the code systems is about, or other codes.

    Args:
        ontology: the folder of the ontology.
        namespace: of the codes, such as that of revenue codes.
        code: the one code that is read, as the tables write it; all when absent.

    Raises:
        RuleError: a description of a table cannot be used.
    """

    def __init__(self, ontology: Path, namespace: str = HCPCS_NS, code: str | None = None) -> None:
        self.tables: list[ProcedureTable] = []
        self.facts: dict[str, ProcedureFacts] = {}
        self._code = code
        for table, described, keys in _tables_of(ontology, namespace):
            self.tables.append(table)
            if len(keys) > 1:
                self._count(table, described, keys)
            else:
                self._read(table, described, keys)

    def _at(self, code: str) -> ProcedureFacts:
        return self.facts.setdefault(code, ProcedureFacts())

    def _read(self, table: ProcedureTable, described: Table, keys: list[str]) -> None:
        # The code too, since a table may have no other column.
        columns = _columns(*keys, *_others(described, keys))
        for code, *values in self._rows(described, columns, keys[0], "ORDER BY ALL"):
            self._at(code).rows.append((table, tuple(values)))

    def _count(self, table: ProcedureTable, described: Table, keys: Sequence[str]) -> None:
        counts: dict[str, list[int]] = {}
        for position, (key, other) in enumerate((keys, keys[::-1])):
            columns = f'"{key}", count(DISTINCT "{other}")'
            for code, number in self._rows(described, columns, key, "GROUP BY ALL ORDER BY ALL"):
                counts.setdefault(code, [0, 0])[position] = number
        for code, (first, second) in counts.items():
            self._at(code).pairs.append((table, first, second))

    def _rows(self, described: Table, columns: str, key: str, order: str) -> list[Any]:
        if self._code is None:
            return _query(described, f"SELECT {columns} FROM source {order}")
        query = f'SELECT {columns} FROM source WHERE "{key}" = ? {order}'
        return _query(described, query, self._code)


def listed_codes(ontology: Path, namespace: str) -> list[str]:
    """The codes of a namespace that a table is about which says something of each.

    Args:
        ontology: the folder of the ontology.
        namespace: of the codes.

    Raises:
        RuleError: a description of a table cannot be used.
    """
    found: set[str] = set()
    for _, described, keys in _tables_of(ontology, namespace):
        if len(keys) == 1:
            rows = _query(described, f'SELECT DISTINCT "{keys[0]}" FROM source')
            found.update(code for (code,) in rows)
    return sorted(found)


def _tables_of(ontology: Path, namespace: str) -> Iterator[tuple[ProcedureTable, Table, list[str]]]:
    """The tables whose rows are reached by codes of a namespace, and the columns of these."""
    for description in sorted((ontology / "codes").glob(f"*/*{DESCRIPTION}")):
        content = json.loads(description.read_text("utf-8"))
        described = read_table(description)
        keys = [str(key) for key in content[_REACHED_BY]]
        if not _holds(described, keys[0], namespace):
            continue
        titles = {
            column["name"]: str(column.get("titles", column["name"]))
            for column in content["tableSchema"]["columns"]
            if "name" in column
        }
        by_name = {column.name: column for column in described.columns}
        others = [] if len(keys) > 1 else _others(described, keys)
        table = ProcedureTable(
            description.name.removesuffix(DESCRIPTION),
            str(content.get("dc:description", "")),
            tuple(titles[name] for name in others),
            _release(described),
            tuple(by_name[name] for name in others),
        )
        yield table, described, keys


def _others(table: Table, keys: Sequence[str]) -> list[str]:
    return [name for name in table.names if name not in keys]


def _columns(*names: str) -> str:
    return ", ".join(f"coalesce(\"{name}\", '')" for name in names)


def said(table: ProcedureTable, values: Sequence[str]) -> str:
    """A row in words: what stands in its columns, those left out that are empty."""
    return "; ".join(
        f"{title}: {value}" for title, value in zip(table.titles, values, strict=True) if value
    )


def terms_said(table: ProcedureTable, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What a row says: the property of each column that is not empty, and each of its values."""
    for column, value in zip(table.columns, values, strict=True):
        if value and column.property_url is not None:
            for part in value.split(column.separator) if column.separator else [value]:
                yield column.property_url, part


def _query(table: Table, query: str, *values: str) -> list[Any]:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in table.names)
    # Not strict: lines of a shipped table end in two ways.
    source = (
        "read_csv(?, delim=',', quote='\"', header=true, auto_detect=false, strict_mode=false, "
        f"columns={{{columns}}})"
    )
    with duckdb.connect() as connection:
        query = query.replace("source", source)
        return connection.execute(query, [str(table.file), *values]).fetchall()


def _holds(table: Table, key: str, namespace: str) -> bool:
    return any(
        column.name == key and str(column.value_url).startswith(namespace)
        for column in table.columns
    )


def _release(table: Table) -> str | None:
    return next(
        (
            column.value_url
            for column in table.columns
            if column.virtual and column.property_url == _RELEASE
        ),
        None,
    )
