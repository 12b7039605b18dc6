"""The rows of CSV files; a row is a line, however its quotation marks are."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from claimshapes.claims.readers.limits import limit

ROW_BYTES = limit("ROW_BYTES", 1_000_000)
"""The most bytes of one line of a CSV file."""

NOT_UTF8 = "is not UTF-8 text"
LINE_BREAK = "a cell holds a line break, which no field does"

BYTE_ORDER_MARK = "\ufeff"

STRAY = "\x01"
"""Stands in a cell for a quotation mark that does not belong there; no text has it."""

_NOT_CSV = "the row is not CSV: see its quotation marks"
_QUOTED = "the row is in quotation marks as if it were one cell"
_OPEN = (
    "a quotation mark is not closed on its line: no cell holds a line break, "
    "and the lines after it are read as rows of their own"
)
_UNCLOSED = "unexpected end of data"
_MOST_BREAKS = 50
_MOST_MARKS = 50
_DOS_END = "\x1a"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        line: its line in the file, or its number in a table without lines, from 1.
        cells: its cells.
        fault: why it cannot be read, ``""`` where it can.
        is_open: whether a cell of it goes on over the end of its line.
        is_torn: whether it is not known where its cells begin; those that are not known are empty.
    """

    line: int
    cells: list[str]
    fault: str = ""
    is_open: bool = False
    is_torn: bool = False


def text_lines(stream: BinaryIO) -> Iterator[tuple[int, str, str]]:
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
            fault = fault or NOT_UTF8
        yield number, text, fault


def csv_rows(lines: Iterator[tuple[int, str, str]], delimiter: str, width: int) -> Iterator[Row]:
    """The rows of a CSV file.

    Args:
        lines: its lines below the header, as ``text_lines`` gives them.
        delimiter: what separates two cells.
        width: how many cells the header has.
    """
    ahead: deque[tuple[int, str, str]] = deque()
    while line := ahead.popleft() if ahead else next(lines, None):
        row = _csv_row(*line, delimiter)
        joined = None
        if row is not None and row.is_open:
            joined = _joined_row(line, lines, ahead, delimiter, width)
            if joined is not None and joined.is_prose:
                row = joined.row
                for _ in range(joined.added):
                    ahead.popleft()
        if row is not None and row.is_torn and joined is None:
            row = _with_known_cells(row, line[1].removeprefix(BYTE_ORDER_MARK), delimiter, width)
        if row is not None and len(row.cells) == 1 < width and not row.is_torn:
            row = _unquoted(row, delimiter, width)
        if row is not None:
            yield row


@dataclass(frozen=True, slots=True)
class _Joined:
    """A row of several lines.

    Attributes:
        row: the row.
        added: how many lines it has after its first.
        is_prose: whether nothing of another row can be within its cell. Where the parts of the cell
            have a delimiter, it is one of prose, which a space follows.
    """

    row: Row
    added: int
    is_prose: bool


def _joined_row(
    line: tuple[int, str, str],
    lines: Iterator[tuple[int, str, str]],
    ahead: deque[tuple[int, str, str]],
    delimiter: str,
    width: int,
) -> _Joined | None:
    """The row that an open line and those after it are; none where its quotation mark is stray.

    Args:
        line: the line that is open.
        lines: those after it.
        ahead: the first of those, where they are taken already.
        delimiter: what separates two cells.
        width: how many cells the header has.
    """
    number, text, fault = line
    before, _, part = text.rpartition('"')
    is_prose = _is_prose(part, delimiter) and f"{delimiter} " not in before
    for added in range(_MOST_BREAKS):
        if added == len(ahead):
            following = next(lines, None)
            if following is None:
                return None
            ahead.append(following)
        _, more, its_fault = ahead[added]
        text, fault = text + more, fault or its_fault
        is_prose = is_prose and _is_prose(more.partition('"')[0], delimiter)
        if len(text) > ROW_BYTES:
            return None
        if '"' not in more:
            continue
        try:
            cells = csv_cells(text, delimiter)
        except csv.Error as error:
            if _UNCLOSED in str(error):
                continue
            return None
        if len(cells) != width:
            return None
        return _Joined(Row(number, cells, fault or LINE_BREAK), added + 1, is_prose)
    return None


def _with_known_cells(row: Row, text: str, delimiter: str, width: int) -> Row:
    """A torn row with the cells that it has whichever of its quotation marks is the stray one.

    A cell that depends on it is empty; in the cell that has the mark, a sign that no text has
    stands for it. Where there is more than one stray mark, the row stays as it is.
    """
    places = [place for place, sign in enumerate(text) if sign == '"']
    if len(places) > _MOST_MARKS:
        return row
    found: list[list[str]] = []
    for place in places:
        changed = f"{text[:place]}{STRAY}{text[place + 1 :]}"
        try:
            cells = csv_cells(changed, delimiter)
        except csv.Error:
            continue
        if len(cells) == width:
            found.append(cells)
    if not found:
        return row
    known = [each[0] if len(set(each)) == 1 else "" for each in zip(*found, strict=True)]
    return replace(row, cells=known, is_torn=False)


def _unquoted(row: Row, delimiter: str, width: int) -> Row:
    """The row that a row of one cell is, where that cell is a whole row."""
    try:
        cells = csv_cells(row.cells[0], delimiter)
    except csv.Error:
        return row
    return replace(row, cells=cells, fault=row.fault or _QUOTED) if len(cells) == width else row


def csv_cells(text: str, delimiter: str) -> list[str]:
    """The cells of a row, which is one line but for quoted breaks; none of an empty one.

    Raises:
        csv.Error: it is not CSV.
    """
    return next(csv.reader([text], delimiter=delimiter, strict=True), [])


def _is_prose(part: str, delimiter: str) -> bool:
    """Whether a part of a cell has no delimiter but such as prose has."""
    return part.count(delimiter) == part.count(f"{delimiter} ")


def _csv_row(number: int, text: str, fault: str, delimiter: str) -> Row | None:
    """The row of a line; none of an empty one."""
    # A file that was put behind another begins with a mark of its own.
    text = text.removeprefix(BYTE_ORDER_MARK)
    try:
        cells = csv_cells(text, delimiter)
    except csv.Error as error:
        # What stands before the damage still tells whose row it is.
        cells = [cell.strip() for cell in text.split(delimiter)]
        quote = text.find('"')
        if quote >= 0:
            known = text[:quote].count(delimiter)
            cells[known + 1 :] = [""] * len(cells[known + 1 :])
        is_open = _UNCLOSED in str(error)
        reason = fault or (_OPEN if is_open else _NOT_CSV)
        return Row(number, cells, reason, is_open, is_torn=True)
    if not fault and (not cells or text.strip() == _DOS_END):
        return None
    if not fault and any("\n" in cell or "\r" in cell for cell in cells):
        fault = LINE_BREAK
    return Row(number, cells, fault)
