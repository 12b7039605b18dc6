"""Rows of two releases held against each other, in DuckDB: they may be millions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from claimshapes.errors import InputError
from claimshapes.knowledge.descriptions import DataSetImport
from claimshapes.knowledge.loaded import LoadedTable

_EXAMPLES = 5
_KINDS = ("added", "removed", "ended", "redated", "changed")


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other in a release than in the one before.

    Attributes:
        counts: how many keys were added, removed, ended, redated or changed.
        examples: some of each, for readers.
        shared: share of the keys of both that are not the same.
        as_of: the day for which both were compared, where one has no dates of its own.
    """

    counts: dict[str, int]
    examples: dict[str, list[str]] = field(default_factory=dict)
    share: float = 0.0
    as_of: date | None = None

    @property
    def total(self) -> int:
        """How many keys are not the same."""
        return sum(self.counts.values())


@contextmanager
def database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that uses this folder for what does not fit."""
    with duckdb.connect(
        config={"temp_directory": str(folder), "memory_limit": "500MB", "threads": 2}
    ) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET preserve_insertion_order = false")
        yield connection


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    file: Path,
    names: Sequence[str],
    where: str = "",
) -> None:
    """Makes a table of a CSV file with these columns, each as text."""
    columns = ", ".join(f"{quoted(each)}: 'VARCHAR'" for each in names)
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_csv({quoted(str(file))},"
            " auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"',"
            f" nullstr = '', strict_mode = false, columns = {{{columns}}}){where}"
        )
    except duckdb.Error as error:
        raise InputError("cannot be read", file=str(file)) from error


def read_loaded(connection: duckdb.DuckDBPyConnection, name: str, table: LoadedTable) -> None:
    """Makes a table of the rows of a loaded release."""
    where = "" if table.release is None else f" WHERE release = {quoted(table.release)}"
    read_rows(connection, name, table.file, table.names, where)


def compare(
    connection: duckdb.DuckDBPyConnection,
    description: DataSetImport,
    before: LoadedTable,
    names: Sequence[str],
) -> Changes:
    """Compares the tables ``old`` and ``new``.

    Where the old one has no dates of its own, what is compared are the rows of both that were in
    force on the first day of its period.
    """
    dates = description.dates
    old_dates = dates if dates is not None and dates[0] in before.names else None
    other_dates = description.shipped_dates if old_dates is None else None
    values = [
        name
        for name in names
        if name in before.names
        and name not in description.key
        and name != "release"
        and name not in (dates or ())
    ]
    as_of = before.edition if dates is not None and old_dates is None else None
    new_where = _in_force(dates, as_of)
    old_where = _in_force(other_dates, as_of)
    key = ", ".join(quoted_name(name) for name in description.key)
    order = quoted_name(dates[0]) if dates and old_dates else None
    for table, where in (("old", old_where), ("new", new_where)):
        said = _listed(values, order) if values else "''"
        dated = _listed(list(dates), order) if dates and old_dates else "''"
        open_ = f"bool_or({quoted_name(dates[1])} IS NULL)" if dates and old_dates else "true"
        connection.execute(
            f"CREATE OR REPLACE TABLE {table}_keys AS SELECT {key}, {said} AS said,"
            f" {dated} AS dated, {open_} AS lasts FROM {table}{where} GROUP BY {key}"
        )
    same = " AND ".join(
        f"o.{quoted_name(name)} IS NOT DISTINCT FROM n.{quoted_name(name)}"
        for name in description.key
    )
    first = quoted_name(description.key[0])
    connection.execute(
        "CREATE OR REPLACE TABLE compared AS SELECT"
        f" CASE WHEN o.{first} IS NULL THEN 'added' WHEN n.{first} IS NULL THEN 'removed'"
        " WHEN o.said <> n.said THEN 'changed' WHEN o.lasts AND NOT n.lasts THEN 'ended'"
        " WHEN o.dated <> n.dated THEN 'redated' END AS kind,"
        + "".join(
            f" COALESCE(o.{quoted_name(name)}, n.{quoted_name(name)}) AS {quoted_name(name)},"
            for name in description.key
        )
        + " o.said AS was, n.said AS becomes, o.dated AS before, n.dated AS since"
        f" FROM old_keys o FULL JOIN new_keys n ON {same}"
    )
    counts = dict.fromkeys(_KINDS, 0)
    total = 0
    for kind, count in connection.execute(
        "SELECT kind, count(*) FROM compared GROUP BY kind"
    ).fetchall():
        total += count
        if kind is not None:
            counts[kind] = count
    examples = {
        kind: [
            _example(row, len(description.key))
            for row in connection.execute(
                f"SELECT {key}, was, becomes, before, since FROM compared WHERE kind = ?"
                f" ORDER BY {key} LIMIT {_EXAMPLES}",
                [kind],
            ).fetchall()
        ]
        for kind, count in counts.items()
        if count
    }
    hard = counts["added"] + counts["removed"] + counts["changed"]
    return Changes(counts, examples, hard / total if total else 0.0, as_of)


def agreement(
    connection: duckdb.DuckDBPyConnection, description: DataSetImport, value: str
) -> tuple[int, float]:
    """How many keys ``new_keys`` shares with the table ``other``, and how often a value agrees."""
    same = " AND ".join(
        f"o.{quoted_name(name)} = n.{quoted_name(name)}" for name in description.key
    )
    row = connection.execute(
        f"SELECT count(*), avg(CASE WHEN o.{quoted_name(value)} = n.{quoted_name(value)}"
        f" THEN 1.0 ELSE 0.0 END) FROM new n JOIN other o ON {same}"
    ).fetchone()
    assert row is not None
    return int(row[0]), float(row[1] or 0.0)


def quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """A column's name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _listed(names: Sequence[str], order: str | None) -> str:
    """The values of all rows of a key as one text."""
    parts = ", ".join(f"COALESCE({quoted_name(name)}, '')" for name in names)
    values = f"concat_ws(' ', {parts})"
    return f"string_agg({values}, '; ' ORDER BY {order or values})"


def _in_force(dates: tuple[str, str] | None, day: date | None) -> str:
    if dates is None or day is None:
        return ""
    first, last = (quoted_name(name) for name in dates)
    return (
        f" WHERE {first} <= {quoted(day.isoformat())}"
        f" AND ({last} IS NULL OR {last} >= {quoted(day.isoformat())})"
    )


def _example(row: Sequence[str | None], keys: int) -> str:
    key = " ".join(part for part in row[:keys] if part)
    was, becomes, before, since = row[keys:]
    if was is not None and becomes is not None and was != becomes:
        return f"{key}: {was} becomes {becomes}"
    if before and since and before != since:
        return f"{key}: {before} becomes {since}"
    return f"{key}: {becomes if was is None else was}".rstrip(": ")
