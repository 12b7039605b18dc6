"""Brings together claims that stand anywhere in the input, on the disk and in bounded memory.

The input is read once. What claims give to each other is sorted by DuckDB, which spills what
does not fit into its memory; the claims themselves wait in a file and come out in their order.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from claimshapes.checking.grouping.history import Addition, Extract, additions
from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.files.private_files import private_file, private_folder

_MEMORY = "256MB"
_ROWS = 1000
# More than a claim may have, or the longest history.
_MOST_OF_A_LINE = 1 << 24
_DECIMAL = "$decimal"

_encode = msgspec.json.Encoder(decimal_format="number").encode
_extract = msgspec.json.Decoder(Extract, float_hook=Decimal).decode
_addition = msgspec.json.Decoder(Addition, float_hook=Decimal).decode


def gather(
    readings: Iterable[ClaimReading],
    extract_of: Callable[[ClaimRecord, int], tuple[str, Extract] | None],
    look_back: timedelta,
) -> Iterator[ClaimReading]:
    """Gives claims their history wherever the others stand; nothing comes before all are read.

    Args:
        readings: the input.
        extract_of: a claim's group and what others need of it; none where it belongs to none.
        look_back: how long before a claim's first service those of the others may have been.

    Yields:
        What was read, in the same order.
    """
    with private_folder() as folder:
        grouped = False
        claims_file, extracts_file = folder / "claims", folder / "extracts"
        with private_file(claims_file) as claims, private_file(extracts_file) as extracts:
            for number, reading in enumerate(readings):
                claims.write(_packed(reading))
                found = extract_of(reading, number) if isinstance(reading, ClaimRecord) else None
                if found is not None:
                    grouped = True
                    group, extracted = found
                    row = {"g": group, "d": extracted.first, "n": number, "x": extracted}
                    extracts.write(_encode(row) + b"\n")
        made: Iterator[Addition] = iter(())
        if grouped:
            settings: dict[str, Any] = {
                "memory_limit": _MEMORY,
                "threads": 1,
                "temp_directory": os.fspath(folder / "sorting"),
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
            }
            with duckdb.connect(os.fspath(folder / "sort.duckdb"), config=settings) as connection:
                # The bar would go to standard output, among the report.
                connection.execute("SET enable_progress_bar = false")
                _write_additions(connection, folder, look_back)
                made = _additions(connection, folder)
                yield from _merged(claims_file, made)
        else:
            yield from _merged(claims_file, made)


def _write_additions(
    connection: duckdb.DuckDBPyConnection, folder: Path, look_back: timedelta
) -> None:
    columns = "{g: 'VARCHAR', d: 'VARCHAR', n: 'BIGINT', x: 'VARCHAR'}"
    rows = _sorted(connection, folder / "extracts", "g, x", columns, "g, d, n")
    with private_file(folder / "additions") as stream:
        for _, group in groupby(rows, key=lambda row: row[0]):
            extracts = (_extract(row[1]) for row in group)
            for addition in additions(extracts, look_back):
                stream.write(_encode({"n": addition.number, "x": addition}) + b"\n")


def _additions(connection: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Addition]:
    columns = "{n: 'BIGINT', x: 'VARCHAR'}"
    for (text,) in _sorted(connection, folder / "additions", "x", columns, "n"):
        yield _addition(text)


def _sorted(
    connection: duckdb.DuckDBPyConnection, file: Path, chosen: str, columns: str, order: str
) -> Iterator[tuple[Any, ...]]:
    if not file.stat().st_size:
        return
    found = connection.execute(
        f"SELECT {chosen} FROM read_json(?, format = 'newline_delimited', columns = {columns},"
        f" maximum_object_size = {_MOST_OF_A_LINE}) ORDER BY {order}",
        [os.fspath(file)],
    )
    while rows := found.fetchmany(_ROWS):
        yield from rows


def _merged(claims: Path, made: Iterator[Addition]) -> Iterator[ClaimReading]:
    addition = next(made, None)
    with claims.open("rb") as stream:
        for number, line in enumerate(stream):
            reading = _unpacked(line)
            if addition is not None and addition.number == number:
                assert isinstance(reading, ClaimRecord)
                reading = addition.to_record(reading)
                addition = next(made, None)
            yield reading


def _packed(reading: ClaimReading) -> bytes:
    """A reading as a line of JSON."""
    origin = reading.origin
    place = [origin.file, origin.line, origin.pointer]
    content: list[Any]
    if isinstance(reading, ClaimRecord):
        content = [place, reading.claim, dict(reading.places)]
    else:
        content = [place, reading.reason, reading.claim_id]
    return json.dumps(content, separators=(",", ":"), default=_plain).encode() + b"\n"


def _unpacked(line: bytes) -> ClaimReading:
    place, first, second = json.loads(line, object_hook=_decimals)
    if isinstance(first, dict):
        return ClaimRecord(first, Origin(*place), second)
    return RejectedClaim(Origin(*place), first, second)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return {_DECIMAL: str(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a claim holds no {type(value).__name__}")


def _decimals(content: dict[str, Any]) -> Any:
    return Decimal(content[_DECIMAL]) if _DECIMAL in content else content
