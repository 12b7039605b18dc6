"""What the tables of the code systems say of each procedure code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from claimshapes.knowledge.tables import Table, read_table
from claimshapes.rdf.vocabulary import CS_NS, HCPCS_NS

_SUFFIX = ".csv-metadata.json"
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
    """

    name: str
    description: str
    titles: tuple[str, ...]
    release: str | None


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
    """Every procedure code that a table of the code systems is about.

    Args:
        ontology: the folder of the ontology.

    Raises:
        RuleError: a description of a table cannot be used.
    """

    def __init__(self, ontology: Path) -> None:
        self.tables: list[ProcedureTable] = []
        self.facts: dict[str, ProcedureFacts] = {}
        for description in sorted((ontology / "codes").glob(f"*/*{_SUFFIX}")):
            content = json.loads(description.read_text("utf-8"))
            described = read_table(description)
            keys = [str(key) for key in content[_REACHED_BY]]
            if not _is_procedure(described, keys[0]):
                continue
            others = [name for name in described.names if name not in keys]
            titles = {
                column["name"]: str(column.get("titles", column["name"]))
                for column in content["tableSchema"]["columns"]
                if "name" in column
            }
            pairs = len(keys) > 1
            table = ProcedureTable(
                description.name.removesuffix(_SUFFIX),
                str(content.get("dc:description", "")),
                () if pairs else tuple(titles[name] for name in others),
                _release(described),
            )
            self.tables.append(table)
            if pairs:
                self._count(table, described, keys)
            else:
                self._read(table, described, keys[0], others)

    def _at(self, code: str) -> ProcedureFacts:
        return self.facts.setdefault(code, ProcedureFacts())

    def _read(
        self, table: ProcedureTable, described: Table, key: str, others: Sequence[str]
    ) -> None:
        columns = ", ".join(f"coalesce(\"{name}\", '')" for name in (key, *others))
        for code, *values in _query(described, f"SELECT {columns} FROM source ORDER BY ALL"):
            self._at(code).rows.append((table, tuple(values)))

    def _count(self, table: ProcedureTable, described: Table, keys: Sequence[str]) -> None:
        counts: dict[str, list[int]] = {}
        for position, (key, other) in enumerate((keys, list(reversed(keys)))):
            counted = (
                f'SELECT "{key}", count(DISTINCT "{other}") FROM source GROUP BY ALL ORDER BY ALL'
            )
            for code, number in _query(described, counted):
                counts.setdefault(code, [0, 0])[position] = number
        for code, (first, second) in counts.items():
            self._at(code).pairs.append((table, first, second))


def said(table: ProcedureTable, values: Sequence[str]) -> str:
    """A row in words: what stands in its columns, those left out that are empty."""
    return "; ".join(
        f"{title}: {value}" for title, value in zip(table.titles, values, strict=True) if value
    )


def _query(table: Table, query: str) -> list[Any]:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in table.names)
    # Not strict: lines of a shipped table end in two ways.
    source = (
        "read_csv(?, delim=',', quote='\"', header=true, auto_detect=false, strict_mode=false, "
        f"columns={{{columns}}})"
    )
    with duckdb.connect() as connection:
        query = query.replace("source", source)
        return connection.execute(query, [str(table.file)]).fetchall()


def _is_procedure(table: Table, key: str) -> bool:
    return any(
        column.name == key and str(column.value_url).startswith(HCPCS_NS)
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
