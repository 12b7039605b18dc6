"""The tables of a batch: made anew with each one, with the number of their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import duckdb

from claimshapes.engines.batch.tables.property_tables import Need, Table
from claimshapes.engines.batch.tables.terms import IRI_NUMBER, sql_type

_ADDED = "added"


class BatchTables:
    """Tables in a database; those that a batch leaves out are empty.

    A statement takes some milliseconds to plan, whatever it finds. So what can have no rows,
    because a table that it needs has none, is not run.

    Args:
        connection: the database.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        connection.execute(IRI_NUMBER)
        connection.execute("CREATE TABLE IF NOT EXISTS term (n BIGINT, text VARCHAR)")
        self._rows: dict[str, int] = {}
        self._stale: set[str] = set()
        self._columns: dict[str, str] = {}
        self._values: dict[tuple[str, str], tuple[int, frozenset[object]]] = {}

    def declare(self, tables: Iterable[Table]) -> None:
        """Creates tables, empty."""
        for table in tables:
            if table.part or table.name in self._columns:
                continue
            columns = ["c INTEGER"] if table.scoped else []
            columns.append(f"s {sql_type(table.subject)}")
            if table.value is None:
                columns.append(f"o {sql_type(table.object)}")
            self._columns[table.name] = ", ".join(columns)
            self._create(table.name)

    def declare_part(self, name: str, columns: list[str]) -> None:
        """Creates a table of parts of a claim, empty."""
        self._columns[name] = ", ".join(columns)
        self._create(name)

    def begin(self) -> None:
        """Begins a batch: what a table has now is of the batch before."""
        # Those of a batch that was broken off may not have been emptied yet.
        self._stale |= {name for name, rows in self._rows.items() if rows}
        self._rows = {}
        self._values = {}

    def rows(self, name: str) -> int:
        """Rows of a table in this batch; none where nothing was put into it."""
        return self._rows.get(name, 0)

    def possible(self, needs: Iterable[Iterable[Need]]) -> bool:
        """Whether of each set of needs one is met."""
        return all(any(map(self._met, alternatives)) for alternatives in needs)

    def _met(self, need: Need) -> bool:
        rows = self._rows.get(need.key, 0)
        if not rows or not need.column:
            return rows > 0
        place = (need.table, need.column)
        counted, values = self._values.get(place, (0, frozenset()))
        if counted != rows:
            found = self.connection.execute(f"SELECT DISTINCT {need.column} FROM {need.table}")
            values = frozenset(value for (value,) in found.fetchall())
            self._values[place] = rows, values
        return need.met_by(values)

    def make(self, table: Table | str, sql: str) -> int:
        """Makes a table of a select's rows, and returns their number."""
        name = table if isinstance(table, str) else table.name
        made = self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}").fetchall()
        self._stale.discard(name)
        self._rows[name] = int(made[0][0])
        return self._rows[name]

    def extend(self, name: str, sql: str) -> None:
        """Adds the rows of a select to a table that was made in this batch."""
        added = self.connection.execute(f"INSERT INTO {name} {sql}").fetchall()
        self._rows[name] += int(added[0][0])

    def add(self, table: Table, sql: str) -> None:
        """Adds the rows of a select that a table does not have yet, each once."""
        if not self.rows(table.name):
            self.make(table, sql)
            return
        # Mostly there are none, and the table need not be searched for them.
        if self.make(_ADDED, sql):
            known = f"ANTI JOIN {table.name} USING (c, s{'' if table.value else ', o'})"
            self.extend(table.name, f"SELECT * FROM {_ADDED} {known}")

    def make_part(self, name: str, sql: str, columns: Collection[Table]) -> None:
        """Makes a table of parts, and counts the values of its columns."""
        self.make(name, sql)
        if columns:
            counts = ", ".join(f"count({table.end})" for table in columns)
            row = self.connection.execute(f"SELECT {counts} FROM {name}").fetchone() or ()
            self._rows |= {table.key: int(count) for table, count in zip(columns, row, strict=True)}

    def add_iris(self, iris: Sequence[str]) -> None:
        """Adds IRIs to those whose texts are known."""
        if iris:
            self._add_texts("SELECT unnest(?::VARCHAR[]) AS text", [iris])

    def add_selected_iris(self, selects: Iterable[str]) -> None:
        """Adds the IRIs that selects give, as ``text``, to those whose texts are known."""
        texts = " UNION ALL ".join(f"SELECT DISTINCT text FROM ({each}) t" for each in selects)
        if texts:
            self._add_texts(texts, [])

    def _add_texts(self, texts: str, parameters: list[object]) -> None:
        self.connection.execute(
            "INSERT INTO term SELECT n, text FROM"
            f" (SELECT DISTINCT iri_number(text) AS n, text FROM ({texts}) t"
            " WHERE text IS NOT NULL) made ANTI JOIN term USING (n)",
            parameters,
        )

    def texts_of(self, numbers: Iterable[int | None]) -> dict[int, str]:
        """The IRIs that numbers are, for those that are known."""
        return dict(
            self.connection.execute(
                "SELECT n, text FROM term"
                " SEMI JOIN (SELECT unnest(?::BIGINT[]) AS n) asked USING (n)",
                [list(numbers)],
            ).fetchall()
        )

    def clear(self, name: str) -> None:
        """Empties a table if it has rows of the batch before."""
        if name in self._stale:
            self._stale.discard(name)
            self._create(name)

    def drop(self, name: str) -> None:
        """Drops a table that nothing reads any more, and the memory that it takes."""
        if self._rows.pop(name, None) is not None:
            self.connection.execute(f"DROP TABLE {name}")

    def _create(self, name: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} ({self._columns[name]})")
