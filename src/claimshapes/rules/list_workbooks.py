"""Lists of codes in a workbook (.xlsx): each sheet is a list of its name.

What a spreadsheet does to codes and days is undone where nothing is lost by it, and is a fault
where something is: zeros at the front of a number, a date made of a code, a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from claimshapes.errors import InputError, RuleError
from claimshapes.knowledge.excel_sheets import whole_workbook

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

CHOICES = "(choices)"
"""The hidden sheet of what drop-downs offer, in the workbooks that `tables export` writes."""
LETTERS = "ABCDEFGH"
_LARGEST = 20_000_000
"""Bytes that a workbook may unpack to; a list of 60,000 rows takes 15 million."""
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_ZEROS = re.compile(r"0+")
_WHOLE_NUMBERS = (2, 5)
"""Digits of the codes that a number can be without having lost a zero: 11, 59, 97140."""
_TEXT = "format the column as text, and type it again"


@dataclass(frozen=True, slots=True)
class CellFault:
    """Why a cell, or a sheet, cannot be used as it is.

    Attributes:
        row: the row, counted from 1.
        column: the column, counted from 1; 0 where it is about the whole row or sheet.
        lint: id of the lint.
        message: what is wrong.
        advice: what to do.
        misleads: whether the list can be read, and only looks other than it is.
    """

    row: int
    column: int
    lint: str
    message: str
    advice: str
    misleads: bool = False


@dataclass(slots=True)
class ListSheet:
    """A sheet as rows of text.

    Attributes:
        name: its name, which is that of the list.
        rows: the rows that are not empty, with their numbers; the first has the columns.
        faults: what cannot be used.
    """

    name: str
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)


def cell_place(sheet: str, row: int, column: int, name: str = "") -> str:
    """Where a cell is, as a person finds it: ``sheet imaging, row 3, column A (code)``."""
    place = f"sheet {sheet}, row {row}"
    if column:
        place += f", column {_letter(column)}" + (f" ({name})" if name else "")
    return place


def _letter(column: int) -> str:
    return LETTERS[column - 1] if column <= len(LETTERS) else str(column)


def read_list_sheets(file: Path, columns: tuple[str, ...]) -> list[ListSheet]:
    """The sheets of a workbook that hold anything.

    Args:
        file: the workbook.
        columns: those of a list.

    Raises:
        RuleError: it cannot be read, or openpyxl is missing.
    """
    try:
        state = file.stat()
    except OSError as error:
        raise RuleError(f"{file}: cannot be read ({error.strerror})") from error
    return _read(file, columns, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _read(file: Path, columns: tuple[str, ...], changed: int, size: int) -> list[ListSheet]:
    try:
        book = whole_workbook(file, _LARGEST)
    except InputError as error:
        raise RuleError(f"{file}: {error.message}") from error
    found = []
    for sheet in book.worksheets:
        if sheet.title == CHOICES:
            continue
        made = ListSheet(sheet.title)
        _read_sheet(sheet, columns, made)
        if made.rows or made.faults:
            found.append(made)
    return found


def _read_sheet(sheet: Worksheet, columns: tuple[str, ...], made: ListSheet) -> None:
    rows: dict[int, list[str]] = {}
    # To ask a sheet for its rows makes cells of all that is empty in between.
    for (number, place), cell in sorted(sheet._cells.items()):
        name = columns[place - 1] if place <= len(columns) else ""
        value = cell.value
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        row = rows.setdefault(number, [""] * len(columns))
        if not name:
            what = f"there is no column {_letter(place)} in a list"
            made.faults.append(CellFault(number, place, "csv-cells", what, "delete the cell"))
            continue
        text, fault = _cell_text(value, cell.data_type, cell.number_format, name)
        if number == 1 and not isinstance(value, str):
            text, fault = str(value), ("", "", "")
        if fault[0]:
            made.faults.append(CellFault(number, place, *fault))
        row[place - 1] = text
    made.rows = sorted(rows.items())
    made.faults += _of_sheet(sheet, columns, rows)
    made.faults.sort(key=lambda each: (each.row, each.column))


def _of_sheet(
    sheet: Worksheet, columns: tuple[str, ...], rows: dict[int, list[str]]
) -> Iterator[CellFault]:
    """What is wrong with a sheet as such: its name, and what of it a person does not see."""
    if not rows:
        return
    if not _NAME.fullmatch(sheet.title):
        what = "the name of the sheet is no name of a list"
        yield CellFault(1, 0, "xlsx-sheet-name", what, "name it in letters, digits, - and _")
    if sheet.sheet_state != "visible":
        what = "the sheet is hidden"
        yield CellFault(1, 0, "xlsx-hidden-sheet", what, "show the sheet, or delete it")
    for merged in sheet.merged_cells.ranges:
        what = f"the cells {merged.coord} are merged"
        yield CellFault(
            merged.min_row, merged.min_col, "xlsx-merged", what, "split them, and fill in each"
        )
    for number, dimension in sheet.row_dimensions.items():
        if dimension.hidden and number in rows:
            what, advice = "the row is hidden, and counts", "show it, or delete it"
            yield CellFault(number, 0, "xlsx-hidden-row", what, advice, misleads=True)
    for column in sheet.column_dimensions.values():
        first = column.min or 0
        if column.hidden and 0 < first <= len(columns):
            what, advice = "the column is hidden, and counts", "show it"
            yield CellFault(1, first, "xlsx-hidden-column", what, advice, misleads=True)


_Fault = tuple[str, str, str]
_NONE: _Fault = ("", "", "")


def _cell_text(value: object, kind: str, shown_as: str, column: str) -> tuple[str, _Fault]:
    """A cell as text, and the fault that it has."""
    if kind == "f":
        return "", ("xlsx-formula", "the cell has a formula", "paste its value in its place")
    if kind == "e" or isinstance(value, bool):
        return "", ("xlsx-value", f"{value} is no {_called(column)}", "correct the cell")
    if isinstance(value, str):
        return value, _NONE
    if column.startswith("valid_"):
        return _day(value)
    if isinstance(value, (date, time)):
        what = f"the spreadsheet made {value} of what was typed"
        return "", ("xlsx-date", what, _TEXT)
    return _number(value, shown_as, column)


def _called(column: str) -> str:
    return "date" if column.startswith("valid_") else column


def _day(value: object) -> tuple[str, _Fault]:
    if isinstance(value, datetime):
        if value.time() == time():
            return value.date().isoformat(), _NONE
        return "", ("xlsx-date", f"{value} has a time of day", "write the day only")
    if isinstance(value, date):
        return value.isoformat(), _NONE
    what = f"{value} is the number of a date, or none"
    return "", ("xlsx-date", what, "format the column as a date")


def _number(value: object, shown_as: str, column: str) -> tuple[str, _Fault]:
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if column != "code":
        return text, _NONE
    if text.isdigit() and _ZEROS.fullmatch(shown_as):
        return text.zfill(len(shown_as)), _NONE
    if text.isdigit() and len(text) in _WHOLE_NUMBERS:
        return text, _NONE
    what = f"{text} is a number, which has no zeros at the front"
    return "", ("xlsx-zeros", what, _TEXT)
