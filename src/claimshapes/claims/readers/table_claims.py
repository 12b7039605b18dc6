"""Claims in tables: CSV and Parquet, one row a service line.

Rows that follow each other and have the same claim number are one claim. What is said of the
claim may stand on its first row only; where it stands again, it has to be the same.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO

from claimshapes.claims.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.claims.field_values import plain_number
from claimshapes.claims.format_check import Admission
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
from claimshapes.claims.readers.row_owners import (
    BREAKS,
    ID,
    REST,
    TORN,
    BegunClaim,
    bare,
    doubt,
    has_number,
    is_number,
    is_of,
    is_rest,
    is_rest_of_last_cell,
    is_same,
    may_be_of,
    may_be_rest,
    other_width,
    own_rows,
    said_of_number,
    says_nothing_of_claim,
)
from claimshapes.claims.readers.row_values import cell_text
from claimshapes.claims.readers.table_columns import Column, TableColumns
from claimshapes.claims.schema import claim_schema, shown_name
from claimshapes.errors import InputError
from claimshapes.files.private_files import private_file, private_folder

CELL_CHARACTERS = limit("CELL_CHARACTERS", 131_072)
"""The most characters of one cell."""

CHUNK_BYTES = limit("CHUNK_BYTES", 256_000_000)
"""The most bytes that a column of a row group of a Parquet file may unpack to."""

_NO_NUMBER = "its claim number has signs that no number has"
_NO_CLAIM = "it has another number and says of its claim nothing else"
_DELIMITERS = ",;\t"
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?|\.[0-9]{1,15}")
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
    return _read_rows(header, chain([row] if row else [], rows), file, columns, "line")


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
    return _read_rows(header, _text_rows(rows, columns.separator), file, columns, "row")


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


def _read_rows(
    header: list[Column | None],
    rows: Iterable[Row],
    file: str,
    columns: TableColumns,
    unit: str,
) -> Iterator[ClaimReading]:
    fixed = columns.fixed(file)
    number_at = next((i for i, c in enumerate(header) if c is not None and c.field == ID), None)
    if number_at is None:
        raise InputError("expected a column 'id' with the claims' numbers", file=file, line=1)
    admission = Admission()
    most = claim_schema()["properties"]["item"]["maxItems"]
    claim: BegunClaim | None = None
    # Rows of which cannot be told whose they are, since the last row of which it can.
    doubtful: list[Row] = []
    was_open, empty = False, True

    def finished(claim: BegunClaim | None, between: list[Row]) -> Iterator[ClaimReading]:
        if claim is not None:
            lost = next(own_rows(between, claim, header, number_at), None)
            if lost is not None:
                claim.fault = claim.fault or doubt(lost, unit)
            yield _finish(claim, file, columns, fixed, admission, unit)
        told: list[str] = []
        for row in between:
            said = said_of_number(row, header, number_at)
            if not is_same(said, told):
                shown = number_at == 0 and is_number(said[0]) and not row.is_torn
                named = shown_name(said[0]) if shown and row.fault != REST else None
                yield RejectedClaim(Origin(file, row.line), row.fault, named)
            told = said

    for row in rows:
        empty = False
        if not row.fault and not any(cell.strip() for cell in row.cells):
            # Spreadsheets write the empty rows below a table.
            continue
        number = row.cells[number_at] if number_at < len(row.cells) else ""
        if not BREAKS.search(number) or row.fault != LINE_BREAK:
            number = number.strip()
        elif claim is not None and bare(row, number_at) == claim.number:
            number = claim.number
        doubted = was_open and may_be_rest(row, header)
        goes_on = doubted and is_rest(row, number, header)
        was_open = row.is_open or goes_on
        if goes_on:
            # The rest of a cell that holds a line break; its row is rejected already.
            continue
        if claim is not None and is_rest_of_last_cell(row, number, claim, header):
            doubtful.append(replace(row, fault=TORN))
            continue
        if doubted:
            doubtful.append(replace(row, fault=row.fault or REST))
            continue
        if len(row.cells) != len(header):
            # What stands in the number's place may be of another column, too.
            if claim is None or not has_number(row, claim, header, number_at, exactly=True):
                reason = row.fault or other_width(row.cells, header)
                doubtful.append(replace(row, fault=reason))
                continue
            number = claim.number
        if not is_number(number) and (row.fault or number):
            doubtful.append(replace(row, fault=row.fault or _NO_NUMBER))
            continue
        is_other = claim is not None and number != claim.number and not doubtful
        if claim is not None and is_other and says_nothing_of_claim(row.cells, header):
            # A claim's first row says whose it is: the number of this one was damaged.
            claim.fault = claim.fault or doubt(replace(row, fault=_NO_CLAIM), unit)
        if claim is None or number != claim.number:
            begun = BegunClaim(number, row.line)
            if row.fault:
                begun.fault = f"{row.fault} ({unit} {row.line})"
            else:
                _add(begun, row.line, row.cells, header, unit)
            own: list[Row] = []
            while doubtful and is_of(doubtful[-1], begun, header, number_at):
                own.insert(0, doubtful.pop())
            yield from finished(claim, doubtful)
            claim = begun
            for each in own:
                claim.fault = claim.fault or f"{each.fault} ({unit} {each.line})"
            for each in doubtful:
                if each.fault != TORN and may_be_of(each, claim, header, number_at):
                    claim.fault = claim.fault or doubt(each, unit)
            doubtful = []
            continue
        if doubtful:
            claim.fault = claim.fault or doubt(doubtful[0], unit)
            doubtful = []
        if row.fault:
            claim.fault = claim.fault or f"{row.fault} ({unit} {row.line})"
        if not claim.fault:
            if len(claim.lines) >= most:
                claim.fault = f"a claim must not have over {most:,} lines"
            else:
                _add(claim, row.line, row.cells, header, unit)
    # At the end of a file one cell is more likely the beginning of a row that was cut off.
    torn = [row for row in doubtful if row.fault == TORN]
    yield from finished(claim, [row for row in doubtful if row.fault != TORN])
    for row in torn:
        reason = other_width(row.cells, header)
        yield RejectedClaim(
            Origin(file, row.line), reason, shown_name(row.cells[0].strip()) or None
        )
    if empty:
        raise InputError("holds a header and no row", file=file)


def _add(
    claim: BegunClaim, line: int, cells: list[str], header: list[Column | None], unit: str
) -> None:
    if len(cells) != len(header):
        claim.fault = f"{other_width(cells, header)} ({unit} {line})"
        return
    own: dict[Column, str] = {}
    for column, cell in zip(header, cells, strict=True):
        text = cell.strip()
        if column is None or not text:
            continue
        if column.of_line:
            own[column] = text
        elif claim.shared.setdefault(column, text) != text:
            name = ".".join(column.field)
            claim.fault = f"{name} differs between the lines of the claim ({unit} {line})"
            return
    claim.lines.append((line, own))


def _finish(
    claim: BegunClaim,
    file: str,
    columns: TableColumns,
    fixed: list[tuple[Column, str]],
    admission: Admission,
    unit: str,
) -> ClaimReading:
    origin = Origin(file, claim.line)
    if claim.fault:
        # The place of the claim is told already.
        fault = claim.fault.removesuffix(f" (line {claim.line})")
        return RejectedClaim(origin, fault, shown_name(claim.number) or None)
    content: dict[str, Any] = {}
    facts: list[dict[str, Any]] = []
    places = {"": f"{unit} {claim.line}"}
    history: dict[int, dict[str, Any]] = {}
    general = {column: text for column, text in fixed if not column.of_line} | claim.shared
    for column, text in general.items():
        if column.documentation:
            facts += _facts(column, text, columns, {})
        elif column.field[0] == "history":
            service = history.setdefault(column.place, {})
            _set(service, column.field[1:], replace(column, place=0), text, columns)
        else:
            _set(content, column.field, column, text, columns)
    items = []
    for index, (line, own) in enumerate(claim.lines):
        item: dict[str, Any] = {}
        lines_own = {column: text for column, text in fixed if column.of_line} | own
        for column, text in lines_own.items():
            if not column.documentation:
                _set(item, column.field[1:], column, text, columns)
        item = _without_gaps(item)
        item.setdefault("sequence", index + 1)
        for column, text in own.items():
            if column.documentation:
                facts += _facts(column, text, columns, {"item": item["sequence"]})
        places[f"/item/{index}"] = f"{unit} {line}"
        items.append(item)
    if "diagnosis" in content:
        # Diagnoses keep their numbers, since lines point at them.
        content["diagnosis"] = [
            {"sequence": sequence, "code": code}
            for sequence, code in enumerate(content["diagnosis"], start=1)
            if code
        ]
    content = _without_gaps(content)
    content["item"] = items
    if history:
        content["history"] = [history[place] for place in sorted(history)]
    if facts:
        content["documentation"] = facts
    return admission.admit(content, origin, places)


def _facts(
    column: Column, text: str, columns: TableColumns, about: dict[str, Any]
) -> list[dict[str, Any]]:
    return [
        {"type": column.documentation, "value": value.strip(), **about}
        for value in text.split(columns.separator)
        if value.strip()
    ]


def _set(
    holder: dict[str, Any],
    path: tuple[str, ...],
    column: Column,
    text: str,
    columns: TableColumns,
) -> None:
    for name in path[:-1]:
        holder = holder.setdefault(name, {})
    name = path[-1]
    if not column.many:
        holder[name] = _value(column, text, columns)
        return
    values: list[Any] = holder.setdefault(name, [])
    if column.place:
        values += [""] * (column.place - len(values))
        values[column.place - 1] = _value(column, text, columns)
    else:
        parts = (part.strip() for part in text.split(columns.separator))
        values += [_value(column, part, columns) for part in parts if part]


def _without_gaps(holder: dict[str, Any]) -> dict[str, Any]:
    """Leaves out what no numbered column filled."""
    return {
        name: [entry for entry in value if entry != ""] if isinstance(value, list) else value
        for name, value in holder.items()
    }


def _value(column: Column, text: str, columns: TableColumns) -> Any:
    """The cell as JSON; text that is no number stays text, and the schema says so."""
    if column.date:
        return columns.day(text)
    if column.kind == "string" or not _NUMBER.fullmatch(text):
        return text
    return plain_number(Decimal(text))
