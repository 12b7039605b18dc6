"""Claims in tables: CSV and Parquet, one row a service line.

Rows that follow each other and have the same claim number are one claim. What is said of the
claim may stand on its first row only; where it stands again, it has to be the same.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, BinaryIO

from claimshapes.claims.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.claims.format_check import Admission
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.readers.parquet_text import read_text_as_bytes
from claimshapes.claims.readers.row_values import cell_text
from claimshapes.claims.readers.table_columns import Column, TableColumns
from claimshapes.claims.schema import claim_schema, shown_name
from claimshapes.errors import InputError
from claimshapes.files.private_files import private_file, private_folder

ROW_BYTES = limit("ROW_BYTES", 1_000_000)
"""The most bytes of one line of a CSV file."""

CELL_CHARACTERS = limit("CELL_CHARACTERS", 131_072)
"""The most characters of one cell."""

CHUNK_BYTES = limit("CHUNK_BYTES", 256_000_000)
"""The most bytes that a column of a row group of a Parquet file may unpack to."""

_NOT_UTF8 = "is not UTF-8 text"
_NOT_CSV = "the row is not CSV: see its quotation marks"
_OPEN = (
    "a quotation mark is not closed on its line: no cell holds a line break, "
    "and the lines after it are read as rows of their own"
)
_TORN = "a row of one cell, which may be of the row before"
_REST = "it may go on from the row before, of which a cell is not closed"
_NO_NUMBER = "its claim number has signs that no number has"
_NO_CLAIM = "it has another number and says of its claim nothing else"
_LINE_BREAK = "a cell holds a line break, which no field does"
_UNCLOSED = "unexpected end of data"
_MOST_BREAKS = 50
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_DELIMITERS = ",;\t"
_DOS_END = "\x1a"
_BYTE_ORDER_MARK = "\ufeff"
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?|\.[0-9]{1,15}")
_BATCH = 1000
_ID = ("id",)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table.

    Attributes:
        line: its line in the file, or its number in a table without lines, from 1.
        cells: its cells.
        fault: why it cannot be read, ``""`` where it can.
        is_open: whether a cell of it goes on over the end of its line.
    """

    line: int
    cells: list[str]
    fault: str = ""
    is_open: bool = False


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
    lines = _lines(stream)
    first = next(lines, None)
    if first is None:
        raise InputError("the file is empty", file=file)
    _, header_line, fault = first
    if fault:
        raise InputError(fault, file=file, line=1)
    header_line = header_line.removeprefix(_BYTE_ORDER_MARK)
    if not header_line.strip():
        raise InputError("the file is empty", file=file)
    delimiter = max(_DELIMITERS, key=header_line.count)
    try:
        names = next(csv.reader([header_line], delimiter=delimiter, strict=True))
    except csv.Error:
        raise InputError("the header is not CSV", file=file, line=1) from None
    return _read_rows(names, _csv_rows(lines, delimiter, len(names)), file, columns, "line")


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


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str, str]]:
    """The lines of a text file, each with its number, and what is wrong with it or ``""``.

    Of a line that is too long the beginning is given.
    """
    number = 0
    while data := stream.readline(ROW_BYTES + 1):
        number += 1
        fault = ""
        if len(data) > ROW_BYTES and not data.endswith(b"\n"):
            while (rest := stream.readline(ROW_BYTES)) and not rest.endswith(b"\n"):
                pass
            fault = f"a line must not be longer than {ROW_BYTES:,} bytes"
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("utf-8", "surrogateescape")
            fault = fault or _NOT_UTF8
        yield number, text, fault


def _csv_rows(lines: Iterator[tuple[int, str, str]], delimiter: str, width: int) -> Iterator[_Row]:
    """The rows of a CSV file.

    Args:
        lines: its lines below the header, as ``_lines`` gives them.
        delimiter: what separates two cells.
        width: how many cells the header has.
    """
    ahead: deque[tuple[int, str, str]] = deque()
    while line := ahead.popleft() if ahead else next(lines, None):
        row = _csv_row(*line, delimiter)
        if row is not None and row.is_open:
            row = _broken_row(line, lines, ahead, delimiter, width) or row
        if row is not None:
            yield row


def _broken_row(
    line: tuple[int, str, str],
    lines: Iterator[tuple[int, str, str]],
    ahead: deque[tuple[int, str, str]],
    delimiter: str,
    width: int,
) -> _Row | None:
    """The row that an open line and those after it are; none where its quotation mark is stray.

    Nothing of another row may be within a cell: where its parts have a delimiter, it is one of
    prose, which a space follows.

    Args:
        line: the line that is open.
        lines: those after it.
        ahead: the first of those, where they are taken already.
        delimiter: what separates two cells.
        width: how many cells the header has.
    """
    number, text, fault = line
    before, _, part = text.rpartition('"')
    if not _is_prose(part, delimiter) or f"{delimiter} " in before:
        return None
    for added in range(_MOST_BREAKS):
        if added == len(ahead):
            following = next(lines, None)
            if following is None:
                return None
            ahead.append(following)
        _, more, its_fault = ahead[added]
        text, fault = text + more, fault or its_fault
        if not _is_prose(more.partition('"')[0], delimiter) or len(text) > ROW_BYTES:
            return None
        try:
            cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            if _UNCLOSED in str(error):
                continue
            return None
        if len(cells) != width:
            return None
        for _ in range(added + 1):
            ahead.popleft()
        return _Row(number, cells, fault or _LINE_BREAK)
    return None


def _is_prose(part: str, delimiter: str) -> bool:
    """Whether a part of a cell has no delimiter but such as prose has."""
    return part.count(delimiter) == part.count(f"{delimiter} ")


def _csv_row(number: int, text: str, fault: str, delimiter: str) -> _Row | None:
    """The row of a line; none of an empty one."""
    # A file that was put behind another begins with a mark of its own.
    text = text.removeprefix(_BYTE_ORDER_MARK)
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        # What stands before the damage still tells whose row it is.
        cells = [cell.strip() for cell in text.split(delimiter)]
        quote = text.find('"')
        if quote >= 0:
            known = text[:quote].count(delimiter)
            cells[known + 1 :] = [""] * len(cells[known + 1 :])
        is_open = _UNCLOSED in str(error)
        return _Row(number, cells, fault or (_OPEN if is_open else _NOT_CSV), is_open)
    if not fault and (not cells or text.strip() == _DOS_END):
        return None
    if not fault and any("\n" in cell or "\r" in cell for cell in cells):
        fault = _LINE_BREAK
    return _Row(number, cells, fault)


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
    return _read_rows(names, _text_rows(rows, columns.separator), file, columns, "row")


def _text_rows(rows: Iterable[Sequence[Any]], separator: str) -> Iterator[_Row]:
    for number, values in enumerate(rows, start=1):
        fault = ""
        try:
            cells = [cell_text(value, separator) for value in values]
        except UnicodeDecodeError:
            cells = [cell_text(value, separator, errors="surrogateescape") for value in values]
            fault = _NOT_UTF8
        if any(len(cell) > CELL_CHARACTERS for cell in cells):
            fault = f"a cell must not have over {CELL_CHARACTERS:,} characters"
        elif any("\n" in cell or "\r" in cell for cell in cells):
            fault = _LINE_BREAK
        yield _Row(number, cells, fault)


def _fetched(found: Any) -> Iterator[Sequence[Any]]:
    while batch := found.fetchmany(_BATCH):
        yield from batch


@dataclass(slots=True)
class _Claim:
    """The rows of one claim, as far as they have come."""

    number: str
    line: int
    shared: dict[Column, str] = field(default_factory=dict)
    lines: list[tuple[int, dict[Column, str]]] = field(default_factory=list)
    fault: str = ""


def _read_rows(
    names: list[str],
    rows: Iterable[_Row],
    file: str,
    columns: TableColumns,
    unit: str,
) -> Iterator[ClaimReading]:
    header = columns.header(names, file)
    fixed = columns.fixed(file)
    number_at = next((i for i, c in enumerate(header) if c is not None and c.field == _ID), None)
    if number_at is None:
        raise InputError("expected a column 'id' with the claims' numbers", file=file, line=1)
    admission = Admission()
    most = claim_schema()["properties"]["item"]["maxItems"]
    claim: _Claim | None = None
    # Rows of which cannot be told whose they are, since the last row of which it can; and those
    # before the first row of this claim.
    doubtful: list[_Row] = []
    before: list[_Row] = []
    was_open, empty = False, True

    def finished(claim: _Claim | None, between: list[_Row]) -> Iterator[ClaimReading]:
        if claim is not None:
            lost = next(_own_rows(between, claim, header), None)
            if lost is not None:
                claim.fault = claim.fault or _doubt(lost, unit)
            yield _finish(claim, file, columns, fixed, admission, unit)
        told: list[str] | None = None
        for row in between:
            number = row.cells[number_at : number_at + 1]
            if number != told:
                yield RejectedClaim(Origin(file, row.line), row.fault)
            told = number

    for row in rows:
        empty = False
        if not row.fault and not any(cell.strip() for cell in row.cells):
            # Spreadsheets write the empty rows below a table.
            continue
        number = row.cells[number_at] if number_at < len(row.cells) else ""
        if not _BREAKS.search(number) or row.fault != _LINE_BREAK:
            number = number.strip()
        elif claim is not None and _bare(row, number_at) == claim.number:
            number = claim.number
        may_be_rest = was_open and _may_be_rest(row, header)
        goes_on = may_be_rest and _is_rest(row, number, header)
        was_open = row.is_open or goes_on
        if goes_on:
            # The rest of a cell that holds a line break; its row is rejected already.
            continue
        if claim is not None and _is_rest_of_last_cell(row, number, claim, header):
            doubtful.append(replace(row, fault=_TORN))
            continue
        if may_be_rest:
            doubtful.append(replace(row, fault=row.fault or _REST))
            continue
        if not _is_number(number) and (row.fault or number):
            doubtful.append(replace(row, fault=row.fault or _NO_NUMBER))
            continue
        if claim is not None and number != claim.number and not doubtful:
            if _lacks_delimiter(row, number, claim, header, number_at):
                number = claim.number
            elif _belongs_to_one_before(row, number, claim, header, number_at):
                # A claim's first row says whose it is: the number of this one was damaged.
                claim.fault = claim.fault or _doubt(replace(row, fault=_NO_CLAIM), unit)
        if claim is None or number != claim.number:
            of_next = [row for row in doubtful if _bare(row, number_at) == number]
            yield from finished(claim, [row for row in doubtful if row not in of_next])
            claim = _Claim(number, row.line)
            before = [row for row in doubtful if row.fault != _TORN]
            for lost in of_next:
                claim.fault = claim.fault or f"{lost.fault} ({unit} {lost.line})"
        elif doubtful:
            claim.fault = claim.fault or _doubt(doubtful[0], unit)
        doubtful = []
        if row.fault:
            claim.fault = claim.fault or f"{row.fault} ({unit} {row.line})"
        if not claim.fault:
            if len(claim.lines) >= most:
                claim.fault = f"a claim must not have over {most:,} lines"
            else:
                _add(claim, row.line, row.cells, header, unit)
        for lost in before:
            if _is_torn(lost, header) or _says_the_same(lost, claim, header):
                claim.fault = claim.fault or _doubt(lost, unit)
        before = []
    # At the end of a file one cell is more likely the beginning of a row that was cut off.
    torn = [row for row in doubtful if row.fault == _TORN]
    yield from finished(claim, [row for row in doubtful if row.fault != _TORN])
    for row in torn:
        reason = f"expected {len(header)} cells as in the header, found 1 ({unit} {row.line})"
        yield RejectedClaim(
            Origin(file, row.line), reason, shown_name(row.cells[0].strip()) or None
        )
    if empty:
        raise InputError("holds a header and no row", file=file)


def _doubt(row: _Row, unit: str) -> str:
    return f"a row may be of this claim that cannot be read: {row.fault} ({unit} {row.line})"


def _bare(row: _Row, number_at: int) -> str:
    """The number of a row without a quotation mark before it, and without line breaks."""
    number = row.cells[number_at].strip(' "') if number_at < len(row.cells) else ""
    return _BREAKS.sub("", number) if row.fault == _LINE_BREAK else number


def _is_number(text: str) -> bool:
    """Whether a cell can be a claim's number."""
    return bool(text) and text.isprintable() and not set(text) & {'"', "\\"}


def _may_be_rest(row: _Row, header: list[Column | None]) -> bool:
    """Whether a row may be the rest of the cell that the row before it left open."""
    return len(row.cells) != len(header) or any('"' in cell for cell in row.cells)


def _is_rest_of_last_cell(
    row: _Row, number: str, claim: _Claim, header: list[Column | None]
) -> bool:
    """Whether a row is but one cell, as where a line break came into the last one."""
    return len(row.cells) == 1 < len(header) and not row.fault and number != claim.number


def _is_rest(row: _Row, number: str, header: list[Column | None]) -> bool:
    """Whether a row that may be the rest of another is no damaged row of its own."""
    more = abs(len(row.cells) - len(header))
    return more > 1 or (more == 1 and not _is_number(number))


def _lacks_delimiter(
    row: _Row, number: str, claim: _Claim, header: list[Column | None], number_at: int
) -> bool:
    """Whether a row is a claim's whose number and next cell have become one."""
    if len(row.cells) != len(header) - 1 or not number.startswith(claim.number):
        return False
    after = number_at + 1
    column = header[after] if after < len(header) else None
    if column is not None and claim.shared.get(column) == number.removeprefix(claim.number):
        return True
    return _says_nothing_of_claim(row.cells[after:], header[after + 1 :])


def _belongs_to_one_before(
    row: _Row, number: str, claim: _Claim, header: list[Column | None], number_at: int
) -> bool:
    """Whether a row is of the claim before it, though it has another number.

    Its number became two cells, or it says nothing of a claim, as only rows after its first may.
    """
    after = number_at + 1
    if len(row.cells) == len(header) + 1:
        rest = row.cells[after].strip()
        is_begun = claim.number.startswith(number) and bool(rest)
        return number + rest == claim.number or (
            is_begun and _says_nothing_of_claim(row.cells[after + 1 :], header[after:])
        )
    return len(row.cells) == len(header) and _says_nothing_of_claim(row.cells, header)


def _own_rows(rows: list[_Row], claim: _Claim, header: list[Column | None]) -> Iterator[_Row]:
    """The rows without a number that may be of the claim before them."""
    for row in rows:
        is_rest = _is_torn(row, header) or _says_nothing_of_claim(row.cells, header)
        if not is_rest and not _says_the_same(row, claim, header):
            # It begins another claim, of which are the rows after it.
            return
        yield row


def _is_torn(row: _Row, header: list[Column | None]) -> bool:
    """Whether cells of a row are not known."""
    return len(row.cells) != len(header) or row.is_open or row.fault == _NOT_CSV


def _says_the_same(row: _Row, claim: _Claim, header: list[Column | None]) -> bool:
    """Whether a row whose number is none says of its claim what the rows of another say of theirs.

    What is no sound text in it is passed over, since it may be part of the damage.
    """
    if len(row.cells) != len(header):
        return False
    said = [
        claim.shared.get(column) == cell.strip()
        for column, cell in zip(header, row.cells, strict=True)
        if column is not None and not column.of_line and column.field != _ID
        if cell.strip() and cell.isprintable()
    ]
    return bool(said) and all(said)


def _says_nothing_of_claim(cells: list[str], header: list[Column | None]) -> bool:
    return not any(
        cell.strip()
        for column, cell in zip(header, cells, strict=True)
        if column is not None and not column.of_line and column.field != _ID
    )


def _add(
    claim: _Claim, line: int, cells: list[str], header: list[Column | None], unit: str
) -> None:
    if len(cells) != len(header):
        claim.fault = (
            f"expected {len(header)} cells as in the header, found {len(cells)} ({unit} {line})"
        )
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
    claim: _Claim,
    file: str,
    columns: TableColumns,
    fixed: list[tuple[Column, str]],
    admission: Admission,
    unit: str,
) -> ClaimReading:
    origin = Origin(file, claim.line)
    if claim.fault:
        return RejectedClaim(origin, claim.fault, shown_name(claim.number) or None)
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
    number = Decimal(text)
    whole = int(number)
    return whole if whole == number else number.normalize()
