"""Rows of a published layout as rows of a table of the ontology, each value checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime

from claimshapes.errors import InputError
from claimshapes.knowledge.descriptions import Cell
from claimshapes.knowledge.recognition import Recognized, data_rows
from claimshapes.knowledge.sheet import Row

_REMEMBERED = 200_000
"""Values of a column whose reading is remembered; a table says the same of many rows."""

_RANGE = re.compile(r"([A-Z][0-9A-Z.]*?)(\d+)\s*-\s*([A-Z][0-9A-Z.]*?)?(\d+)", re.IGNORECASE)
_LONGEST_RANGE = 1000

_ISO = "%Y-%m-%d"
_SHOWN = 40
"""Characters of a value that a message shows."""


def table_rows(recognized: Recognized, names: list[str], left_out: Counter[str]) -> Iterator[Row]:
    """The rows of a sheet in the columns of the table.

    Args:
        recognized: the sheet.
        names: the table's columns; that of the release stays empty.
        left_out: counts the rows that are left out, by the reason.

    Raises:
        InputError: a value is not of its form, or there are more rows than is believed; names the
            line.
    """
    layout = recognized.layout
    order = recognized.order
    cells = [_converter(layout.cells.get(name), order) for name in names]
    ranges = next((order.index(cell.of) for cell in layout.cells.values() if cell.ranges), None)
    unwanted = [
        (order.index(each.of), re.compile(each.pattern), each.because) for each in layout.left_out
    ]
    for number, row in data_rows(recognized):
        reason = next((why for at, form, why in unwanted if form.fullmatch(row[at])), None)
        if reason is not None:
            left_out[reason] += 1
            continue
        try:
            for each in _spread(row, ranges):
                yield [convert(each) for convert in cells]
        except ValueError as error:
            raise InputError(f"row {number}: {error}", file=recognized.sheet.name) from None


def codes_of_range(text: str) -> Iterator[str]:
    """The codes from one to another, as A4206 - A4209 says; the text itself where it says none."""
    found = _RANGE.fullmatch(text)
    if found is None:
        yield text
        return
    stem, first, other, last = found.groups()
    if other is None and len(last) <= len(first):
        # The end may leave out what it shares with the beginning.
        last = first[: len(first) - len(last)] + last
    numbers = range(int(first), int(last) + 1)
    if (other or stem) != stem or len(first) != len(last) or len(numbers) > _LONGEST_RANGE:
        yield text
        return
    yield from (f"{stem}{number:0{len(first)}}" for number in numbers)


def _spread(row: Row, place: int | None) -> Iterator[Row]:
    """The rows that a row with a range of codes at a place means."""
    if place is None:
        yield row
        return
    for code in codes_of_range(row[place].strip()):
        yield [*row[:place], code, *row[place + 1 :]]


def _converter(cell: Cell | None, order: list[str]) -> Callable[[Row], str]:
    if cell is None:
        return lambda row: ""
    if not cell.of:
        constant = cell.constant
        return lambda row: constant
    if cell.of not in order:
        # A column that may be missing.
        otherwise = cell.otherwise
        return lambda row: otherwise
    place = order.index(cell.of)
    known: dict[str, str] = {}

    def convert(row: Row) -> str:
        text = row[place]
        value = known.get(text)
        if value is None:
            value = converted(cell, text)
            if len(known) < _REMEMBERED:
                known[text] = value
        return value

    return convert


def converted(cell: Cell, text: str) -> str:
    """The value that a cell's text means.

    Raises:
        ValueError: it has not the form of the column; the message names the column.
    """
    value = " ".join(text.split())
    if cell.when:
        return cell.constant if re.fullmatch(cell.when, value, re.IGNORECASE) else ""
    if cell.upper:
        value = value.upper()
    if cell.without:
        value = value.translate(dict.fromkeys(map(ord, cell.without)))
    if not value or value in cell.none:
        if cell.otherwise:
            return cell.otherwise
        if cell.required and not cell.none:
            raise ValueError(f"the column {cell.of} is empty")
        return ""
    if cell.take:
        match = re.match(cell.take, value)
        if match is None:
            raise _fault(cell, text)
        value = match[1]
    if cell.values:
        if value not in cell.values:
            raise _fault(cell, text)
        value = cell.values[value]
    if cell.dates:
        return _date(cell, value)
    if cell.pad:
        value = value.rjust(cell.pad, "0")
    if cell.pattern and not re.fullmatch(cell.pattern, value):
        raise _fault(cell, text)
    if cell.dot and len(value) > cell.dot and "." not in value:
        value = f"{value[: cell.dot]}.{value[cell.dot :]}"
    return value


def _date(cell: Cell, value: str) -> str:
    for form in (*cell.dates, _ISO):
        try:
            day = datetime.strptime(value, form).date()
        except ValueError:
            continue
        if not date(1960, 1, 1) <= day <= date(2199, 12, 31):
            break
        return day.isoformat()
    raise _fault(cell, value)


def _fault(cell: Cell, text: str) -> ValueError:
    return ValueError(f"the column {cell.of} holds {text[:_SHOWN]!r}, which is not of its form")
