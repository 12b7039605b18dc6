"""What of an import is not believed: each function refuses a file, and says why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb

from claimshapes.errors import InputError
from claimshapes.knowledge.comparison import (
    Changes,
    agreement,
    quoted_name,
    read_loaded,
)
from claimshapes.knowledge.descriptions import DataSetImport, importable
from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.knowledge.loaded import (
    LoadedTable,
    loaded_tables,
)

_ENOUGH = 200
"""Keys that two tables share from which it can be said which of them a file is like."""

_MORE_ALIKE = 0.05
_SHORTER = 0.7
"""Share of the rows of the release before below which a file is taken for truncated."""


def refuse_contradictions(
    connection: duckdb.DuckDBPyConnection, description: DataSetImport
) -> None:
    """Refuses rows of which no two can be true."""
    key = ", ".join(quoted_name(name) for name in description.key)
    if description.dates is None:
        row = connection.execute(
            f"SELECT {key}, count(*) FROM once GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
        ).fetchone()
        what = "two rows that differ"
    else:
        first, last = (quoted_name(name) for name in description.dates)
        row = connection.execute(
            f"SELECT {key} FROM (SELECT {key}, {first}, max(COALESCE({last}, '9999'))"
            f" OVER (PARTITION BY {key} ORDER BY {first}, {last}"
            " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier FROM once)"
            f" WHERE earlier >= {first} LIMIT 1"
        ).fetchone()
        what = "two rows that hold on the same day"
    if row is not None:
        named = " ".join(str(part) for part in row[: len(description.key)])
        raise InputError(f"{description.title}: {what} for {named}")
    if description.dates is not None:
        first, last = (quoted_name(name) for name in description.dates)
        row = connection.execute(
            f"SELECT {key} FROM once WHERE {last} < {first} LIMIT 1"
        ).fetchone()
        if row is not None:
            named = " ".join(str(part) for part in row)
            raise InputError(f"{description.title}: {named} ends before it begins")


def refuse_older(
    description: DataSetImport,
    edition: date,
    loaded: Sequence[LoadedTable],
    *,
    allowed: bool,
) -> None:
    """Refuses a release that is older than the newest that is loaded, unless it is asked for."""
    newest = loaded[-1] if loaded else None
    if newest is None or newest.edition <= edition:
        return
    if allowed and description.keeps == "releases":
        return
    hint = "; --older imports it nevertheless" if description.keeps == "releases" else ""
    raise InputError(
        f"{description.title}: the file is of {edition}, older than the"
        f" {newest.supplied_by if newest.user is None else 'imported'} one of"
        f" {newest.edition}{hint}"
    )


def refuse_size(description: DataSetImport, count: int, file: str) -> None:
    """Refuses a file with fewer or more rows than the data set can have."""
    least, most = description.rows
    if not least <= count <= most:
        few = "fewer" if count < least else "more"
        hint = (
            "; it is truncated, or parts are missing: give all files of the release at once"
            if count < least
            else ""
        )
        raise InputError(
            f"{description.title}: {count:,} rows, {few} than {least if count < least else most:,}"
            f"{hint}",
            file=file,
        )


def refuse_changes(
    description: DataSetImport,
    before: LoadedTable,
    changes: Changes,
    edition: date,
    count: int,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Refuses a release of which more changed than is believed."""
    row = connection.execute("SELECT count(*) FROM old").fetchone()
    assert row is not None
    hint = "; --accept-changes imports it nevertheless"
    if changes.as_of is None and count < _SHORTER * int(row[0]):
        raise InputError(
            f"{description.title}: {count:,} rows after {int(row[0]):,} in that of"
            f" {before.edition}: the file is truncated, or parts are missing{hint}"
        )
    months = (edition.year - before.edition.year) * 12 + edition.month - before.edition.month
    periods = 1 if changes.as_of is not None else max(1, months // max(1, description.period))
    most = min(0.9, description.most_changed * periods)
    if changes.share > most:
        raise InputError(
            f"{description.title}: {changes.share:.0%} of the rows are others than in that of"
            f" {before.edition}, more than {most:.0%}: it may be another data set, or"
            f" incomplete{hint}"
        )


def refuse_unlike(
    connection: duckdb.DuckDBPyConnection, description: DataSetImport, folder: KnowledgeFolder
) -> None:
    """Refuses a file that agrees more with the table of another data set than with its own."""
    if not description.unlike:
        return
    descriptions = importable()
    value, *others = description.unlike
    connection.execute("CREATE OR REPLACE VIEW other AS SELECT * FROM old")
    shared, own = agreement(connection, description, value)
    connection.execute("DROP VIEW other")
    for name in others:
        tables = loaded_tables(descriptions[name], folder)
        if not tables:
            continue
        read_loaded(connection, "other", tables[-1])
        there, alike = agreement(connection, description, value)
        connection.execute("DROP TABLE other")
        if min(shared, there) >= _ENOUGH and alike > own + _MORE_ALIKE:
            raise InputError(
                f"{description.title}: the file agrees with {alike:.0%} of the shared rows of"
                f" {descriptions[name].title}, but with {own:.0%} of its own: it is of {name}"
            )
