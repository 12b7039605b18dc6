"""Claims in tables: CSV and Parquet, one row a service line."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

from claimshapes.claims.claim import ClaimReading
from claimshapes.claims.readers.csv_rows import (
    BYTE_ORDER_MARK,
    LINE_BREAK,
    NOT_UTF8,
    Row,
    csv_cells,
    csv_rows,
    text_lines,
)
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.readers.parquet_text import read_text_as_bytes
from claimshapes.claims.readers.row_claims import claims_of_rows
from claimshapes.claims.readers.row_values import cell_text
from claimshapes.claims.readers.table_columns import TableColumns
from claimshapes.errors import InputError
from claimshapes.files.private_files import private_file, private_folder

CELL_CHARACTERS = limit("CELL_CHARACTERS", 131_072)
"""The most characters of one cell."""

CHUNK_BYTES = limit("CHUNK_BYTES", 256_000_000)
"""The most bytes that a column of a row group of a Parquet file may unpack to."""

_DELIMITERS = ",;\t"
_BATCH = 1000


def read_csv(stream: BinaryIO, file: str, columns: TableColumns) -> Iterator[ClaimReading]:
    """Reads the claims of a CSV file, in memory for one claim at a time.

    The delimiter is a comma, a semicolon or a tab, whichever the header has most of. A row is a
    line: no field holds a line break, so that a quotation mark that is not closed spoils its own
    row only, and a cell with a line break its own. A row that cannot be read rejects its claim.

    Args:
        stream: the file's bytes, UTF-8 with or without a byte order mark.
        file: its name, for messages.
        columns: which column is which field.

    Raises:
        InputError: the file is empty, or its header names no fields.
    """
    lines = text_lines(stream)
    first = next(lines, None)
    if first is None:
        raise InputError("the file is empty", file=file)
    _, header_line, fault = first
    if fault:
        raise InputError(fault, file=file, line=1)
    header_line = header_line.removeprefix(BYTE_ORDER_MARK)
    if not header_line.strip():
        raise InputError("the file is empty", file=file)
    delimiter = max(_DELIMITERS, key=header_line.count)
    try:
        names = csv_cells(header_line, delimiter)
    except csv.Error:
        raise InputError("the header is not CSV", file=file, line=1) from None
    rows = csv_rows(lines, delimiter, len(names))
    row = next(rows, None)
    # A header that lost its line break ends in the values of the first claim.
    is_whole = row is not None and not row.fault and len(row.cells) == len(names)
    header = columns.header(names, file, is_whole=is_whole)
    return claims_of_rows(header, chain([row] if row else [], rows), file, columns, "line")


def read_parquet(stream: BinaryIO, file: str, columns: TableColumns) -> Iterator[ClaimReading]:
    """Reads the claims of a Parquet file, with DuckDB.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        columns: which column is which field.

    Raises:
        InputError: the file is not Parquet.
    """
    # Imported here, so that readers of CSV do not wait for it.
    import duckdb

    with private_folder() as folder:
        # A copy under a name of ours: DuckDB takes signs of a name for patterns.
        copy = folder / "claims.parquet"
        with private_file(copy) as target:
            shutil.copyfileobj(stream, target)
        with copy.open("r+b") as target:
            read_text_as_bytes(target)
        settings: dict[str, Any] = {
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
        }
        with duckdb.connect(config=settings) as connection:
            try:
                (largest,) = connection.execute(
                    "SELECT max(total_uncompressed_size) FROM parquet_metadata(?)",
                    [os.fspath(copy)],
                ).fetchone() or (None,)
                if largest is not None and largest > CHUNK_BYTES:
                    reason = f"a column of a row group must not have over {CHUNK_BYTES:,} bytes"
                    raise InputError(reason, file=file)
                found = connection.execute("SELECT * FROM read_parquet(?)", [os.fspath(copy)])
                names = [str(column[0]) for column in found.description or ()]
                yield from read_rows(names, _fetched(found), file, columns)
            except duckdb.Error:
                raise InputError("is not a whole Parquet file", file=file) from None


def read_rows(
    names: list[str], rows: Iterable[Sequence[Any]], file: str, columns: TableColumns
) -> Iterator[ClaimReading]:
    """Reads the claims of rows whose cells are Python objects.

    Args:
        names: the names of the columns.
        rows: the cells of each row; a cell may be a list where the field has several values.
        file: the table's name, for messages.
        columns: which column is which field.

    Raises:
        InputError: there is no row, or the names are no fields.
    """
    header = columns.header(names, file)
    return claims_of_rows(header, _text_rows(rows, columns.separator), file, columns, "row")


def _text_rows(rows: Iterable[Sequence[Any]], separator: str) -> Iterator[Row]:
    for number, values in enumerate(rows, start=1):
        fault = ""
        try:
            cells = [cell_text(value, separator) for value in values]
        except UnicodeDecodeError:
            cells = [cell_text(value, separator, errors="surrogateescape") for value in values]
            fault = NOT_UTF8
        if any(len(cell) > CELL_CHARACTERS for cell in cells):
            fault = f"a cell must not have over {CELL_CHARACTERS:,} characters"
        elif any("\n" in cell or "\r" in cell for cell in cells):
            fault = LINE_BREAK
        yield Row(number, cells, fault)


def _fetched(found: Any) -> Iterator[Sequence[Any]]:
    while batch := found.fetchmany(_BATCH):
        yield from batch
