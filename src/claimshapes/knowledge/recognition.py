"""Which data set a published sheet is of, in which layout, and for which period."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from claimshapes.errors import InputError
from claimshapes.knowledge.descriptions import DataSetImport, Layout, Told
from claimshapes.knowledge.sheet import Row, Sheet

_LOOKED_AT = 60
"""Rows among which the header is; notices stand above it."""

_TALLEST = 8
"""Rows over which a header's words are spread."""

_FIRST_LINES = 12
_HEAD = 4096
"""Bytes of an XML file in which its outermost element begins, and most of a first line."""

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name} | {
    name.lower(): number for number, name in enumerate(calendar.month_abbr) if name
}


@dataclass(frozen=True, slots=True)
class Recognized:
    """A sheet that is of a data set.

    Attributes:
        sheet: the sheet.
        description: the data set.
        layout: the layout that it has.
        columns: for each of the layout's columns, its place in a row.
        first: how many rows stand above the first row of data.
        above: their text.
    """

    sheet: Sheet
    description: DataSetImport
    layout: Layout
    columns: dict[str, int] = field(default_factory=dict)
    first: int = 0
    above: str = ""

    @property
    def order(self) -> list[str]:
        """The columns of a row of data, in their order."""
        return list(self.layout.fixed or self.columns)


def recognize(sheet: Sheet, descriptions: Sequence[DataSetImport]) -> list[Recognized]:
    """The data sets that a sheet may be of, by its header, its title and its name."""
    lines = () if sheet.lines is None else islice(sheet.lines(), _FIRST_LINES)
    beginning = [line[:_HEAD] for line in lines]
    top = list(islice(sheet.rows(), _LOOKED_AT + _TALLEST))
    found = []
    for description in descriptions:
        for layout in description.layouts:
            if layout.members and not re.search(layout.members, sheet.file_name, re.IGNORECASE):
                continue
            match = _match(sheet, description, layout, top, beginning)
            if match is not None:
                found.append(match)
                break
    return found


def _match(
    sheet: Sheet,
    description: DataSetImport,
    layout: Layout,
    top: list[Row],
    beginning: list[str],
) -> Recognized | None:
    if layout.root:
        if sheet.stream is None:
            return None
        with sheet.stream() as stream:
            head = stream.read(_HEAD)
        found = re.search(rb"<([A-Za-z][\w.-]*)", head)
        same = found is not None and found[1].decode() == layout.root
        return Recognized(sheet, description, layout) if same else None
    if layout.record:
        lines = [line for line in beginning if line.strip()]
        if not lines or not any(re.match(layout.record, line) for line in lines):
            return None
        above = "".join(beginning)
        if layout.title and not _titled(layout, sheet, above):
            return None
        return Recognized(sheet, description, layout, above=above)
    if not layout.header:
        return None
    for start in range(min(_LOOKED_AT, len(top))):
        for height in range(1, _TALLEST + 1):
            heads = _joined(top[start : start + height])
            places = _places(layout, heads)
            if places is None:
                continue
            above = " ".join(" ".join(row) for row in top[: start + height])
            if layout.title and not _titled(layout, sheet, above):
                break
            return Recognized(sheet, description, layout, places, start + height, above)
    return None


def _titled(layout: Layout, sheet: Sheet, above: str) -> bool:
    text = f"{sheet.name}\n{above}"
    return re.search(layout.title, text, re.IGNORECASE) is not None


def _joined(rows: list[Row]) -> list[str]:
    """The heading of each column, whose words may stand below each other."""
    width = max((len(row) for row in rows), default=0)
    return [
        " ".join(" ".join(row[place] for row in rows if place < len(row)).lower().split())
        for place in range(width)
    ]


def _places(layout: Layout, heads: list[str]) -> dict[str, int] | None:
    places: dict[str, int] = {}
    for name, words in layout.header.items():
        found = [place for place, head in enumerate(heads) if re.search(words, head)]
        if len(found) != 1:
            return None
        places[name] = found[0]
    for name, words in layout.may_have.items():
        found = [place for place, head in enumerate(heads) if re.search(words, head)]
        if len(found) == 1:
            places[name] = found[0]
    return places if len(set(places.values())) == len(places) else None


def edition_of(recognized: Sequence[Recognized], period: date | None) -> date:
    """The first day of the period that files are for.

    Args:
        recognized: the sheets of a data set.
        period: the day that the caller gives, if any.

    Raises:
        InputError: the files do not say it and the caller neither, or they contradict each other.
    """
    days: dict[date, str] = {}
    for each in recognized:
        for where, text in (("name", each.sheet.name), ("text", each.above)):
            told = (_day(told, text) for told in each.description.told if told.where == where)
            day = next((day for day in told if day is not None), None)
            if day is not None:
                by = each.sheet.name if where == "name" else f"the title of {each.sheet.name}"
                days.setdefault(_first(day, each.description), by)
    if period is not None:
        days.setdefault(_first(period, recognized[0].description), "--quarter")
    if len(days) > 1:
        said = "; ".join(f"{day} by {name}" for day, name in sorted(days.items()))
        raise InputError(f"files and options are of different periods: {said}")
    if not days:
        raise InputError(
            "does not say for which period it is; give --quarter, such as 2027Q1",
            file=recognized[0].sheet.name,
        )
    return next(iter(days))


def _first(day: date, description: DataSetImport) -> date:
    """The first day of the data set's period that a day is in."""
    months = description.period
    if months == 1 or not description.aligned:
        return day
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def last_day(edition: date, months: int) -> date:
    """The last day of the period of some months that begins on a day."""
    year, month = divmod(edition.year * 12 + edition.month - 1 + months - 1, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _day(told: Told, text: str) -> date | None:
    for match in re.finditer(told.pattern, text, re.IGNORECASE):
        parts = {name: value for name, value in match.groupdict().items() if value}
        try:
            return _date(parts, told)
        except (KeyError, ValueError):
            continue
    return None


def _date(parts: dict[str, str], told: Told) -> date:
    if "major" in parts:
        return date(
            told.major_year + int(parts["major"]), int(parts["minor"]) * told.minor_months + 1, 1
        )
    if "fiscal_year" in parts:
        months = int(parts["fiscal_year"]) * 12 - told.months_ahead
        return date(months // 12, months % 12 + 1, 1)
    year = int(parts["year"])
    year += 2000 if year < 100 else 0
    if "quarter" in parts:
        return date(year, int(parts["quarter"]) * 3 - 2, 1)
    month = parts.get("month", "1").lower()
    number = int(month) if month.isdigit() else _MONTHS[month[:3]]
    return date(year, number, int(parts.get("day", "1")))


def data_rows(recognized: Recognized) -> Iterator[tuple[int, Row]]:
    """The rows of data with their numbers in the sheet, without header, blanks and notices.

    Raises:
        InputError: there are more rows than is believed of the data set.
    """
    for count, row in enumerate(_data_rows(recognized), 1):
        refuse_more_rows(recognized, count)
        yield row


def named_rows(recognized: Recognized) -> Iterator[tuple[int, dict[str, str]]]:
    """The same, each value by its column.

    Raises:
        InputError: as ``data_rows``.
    """
    order = recognized.order
    for number, row in data_rows(recognized):
        yield number, dict(zip(order, row, strict=True))


def refuse_more_rows(recognized: Recognized, count: int) -> None:
    """Refuses a sheet that has more rows than is believed of its data set."""
    description = recognized.description
    if count > description.rows[1]:
        raise InputError(
            f"has more than {description.rows[1]:,} rows, which {description.title} never has",
            file=recognized.sheet.name,
        )


def _data_rows(recognized: Recognized) -> Iterator[tuple[int, Row]]:
    layout = recognized.layout
    if layout.fixed:
        assert recognized.sheet.lines is not None
        spans = [(first - 1, last) for first, last in layout.fixed.values()]
        for number, line in enumerate(recognized.sheet.lines(), 1):
            if line.strip():
                yield number, [line[first:last].strip() for first, last in spans]
        return
    places = list(recognized.columns.values())
    widest = max(places) + 1
    begun = False
    first = places[0]
    for number, row in enumerate(recognized.sheet.rows(), 1):
        if number <= recognized.first:
            continue
        if len(row) < widest:
            row = row + [""] * (widest - len(row))
        if not row[first].strip():
            if not any(cell.strip() for cell in row) or not begun:
                continue
        elif sum(1 for cell in row if cell.strip()) == 1 and len(places) > 1:
            # A notice below the table, or above it.
            continue
        begun = True
        yield number, [row[place].strip() for place in places]
