"""What ``rules show --plan`` prints of the set engine."""

from __future__ import annotations

import duckdb

from claimshapes.engines.batch.explained import explained, formatted
from claimshapes.engines.batch.tables.batch_tables import BatchTables


def test_each_part_of_a_select_has_a_line_of_its_own() -> None:
    sql = (
        "SELECT l.c FROM (SELECT c, 'FROM (' AS o FROM item WHERE count(c) IS DISTINCT FROM 1) l"
        " ANTI JOIN (SELECT c FROM history) r ON l.c = r.c UNION ALL SELECT c FROM claim"
    )
    assert formatted(sql).splitlines() == [
        "SELECT l.c",
        "FROM (",
        "  SELECT c, 'FROM (' AS o",
        "  FROM item",
        "  WHERE count(c) IS DISTINCT FROM 1",
        ") l",
        "ANTI JOIN (",
        "  SELECT c",
        "  FROM history",
        ") r ON l.c = r.c",
        "UNION ALL",
        "SELECT c",
        "FROM claim",
    ]


def test_operators_have_their_rows() -> None:
    connection = duckdb.connect()
    tables = BatchTables(connection)
    connection.execute("CREATE TABLE item AS SELECT range AS n FROM range(10)")
    statement = explained(tables, "SELECT n FROM item WHERE n % 2 = 0")
    assert statement.operators[0].rows == 5
    assert any("item" in each.about for each in statement.operators)
    assert all(each.seconds >= 0 for each in statement.operators)
