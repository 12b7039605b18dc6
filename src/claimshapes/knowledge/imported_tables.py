"""The tables that an import makes: in their order, each row once, packed."""

from __future__ import annotations

import csv
import gzip
import hashlib
import shutil
from datetime import date
from pathlib import Path

import duckdb

from claimshapes.knowledge.comparison import quoted, quoted_name, read_rows
from claimshapes.knowledge.descriptions import DataSetImport
from claimshapes.knowledge.folder import UserRelease
from claimshapes.knowledge.import_refusals import refuse_contradictions
from claimshapes.knowledge.loaded import shipped_file, unpacked
from claimshapes.knowledge.readers import TableRows


def write_table(
    connection: duckdb.DuckDBPyConnection,
    temporary: Path,
    description: DataSetImport,
    name: str,
    rows: TableRows,
    edition: date,
) -> tuple[Path, int, int]:
    """Writes a table in its order, each row once; refuses rows that contradict each other."""
    raw = temporary / f"{description.data_set}-{name}.raw.csv"
    names = rows.names
    place = names.index("release") if "release" in names else None
    with raw.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        for row in rows.rows:
            if place is not None:
                row[place] = edition.isoformat()
            writer.writerow(row)
    read_rows(connection, "raw", raw, names)
    raw.unlink()
    whole = connection.execute("SELECT count(*) FROM raw").fetchone()
    connection.execute("CREATE OR REPLACE TABLE once AS SELECT DISTINCT * FROM raw")
    count = connection.execute("SELECT count(*) FROM once").fetchone()
    assert whole is not None and count is not None
    main = name == description.table
    if main and description.key:
        refuse_contradictions(connection, description)
    own = [*(description.sort or description.key), *(description.dates or ())[:1]]
    order = own if main else rows.order
    by = ", ".join(f"{quoted_name(each)} NULLS FIRST" for each in order if each in names)
    plain = raw.with_name(f"{description.data_set}-{name}.csv")
    everything = ", ".join(quoted_name(each) for each in names)
    order_by = f"{by}, {everything}" if by else everything
    connection.execute(
        f"COPY (SELECT {everything} FROM once ORDER BY {order_by})"
        f" TO {quoted(str(plain))} (FORMAT csv, HEADER true, DELIMITER ',', NULLSTR '')"
    )
    connection.execute("DROP TABLE once; DROP TABLE raw")
    packed = plain.with_name(f"{plain.name}.gz")
    with (
        plain.open("rb") as stream,
        packed.open("wb") as made,
        gzip.GzipFile("", "wb", 6, made, mtime=0) as zipped,
    ):
        shutil.copyfileobj(stream, zipped, 1 << 20)
    plain.unlink()
    return packed, int(count[0]), int(whole[0]) - int(count[0])


def same_tables(
    description: DataSetImport, release: UserRelease | None, files: dict[str, tuple[Path, int]]
) -> bool:
    """Whether the tables are those of the user's release, or else the shipped ones."""
    for name, (file, _) in files.items():
        if release is not None:
            table = release.table(name)
            with file.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            if table is None or table.sha256 != sha256:
                return False
        elif name != description.table:
            shipped = shipped_file(description, name)
            if shipped is None or unpacked(shipped) != unpacked(file):
                return False
    return True
