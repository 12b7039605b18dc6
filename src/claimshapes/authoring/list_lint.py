"""Mistakes in the lists of a pack: wrong columns, what Excel does to codes and dates, overlaps."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from claimshapes.authoring.problems import Problem, meant
from claimshapes.authoring.statement_lint import is_day
from claimshapes.errors import RuleError
from claimshapes.rules.code_lists import COLUMNS, SET_COLUMNS, VALUE_SETS
from claimshapes.rules.list_workbooks import ListSheet, cell_place, read_list_sheets

_EXCEL_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{2,4})")
_EXPONENT = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9][\w.]*\*?(-[A-Za-z0-9][\w.]*)?")


@dataclass(frozen=True, slots=True)
class _Table:
    """A list: a CSV file, or a sheet of a workbook, whose faults name the sheet and the cell."""

    file: Path
    sheet: str = ""

    def problem(self, line: int, column: int, lint: str, message: str, advice: str) -> Problem:
        if self.sheet:
            name = COLUMNS[column - 1] if 0 < column <= len(COLUMNS) else ""
            message = f"{cell_place(self.sheet, line, column, name)}: {message}"
        return Problem(str(self.file), line, max(column, 1), lint, message, advice)

    def row(self, line: int) -> str:
        return f"{'row' if self.sheet else 'line'} {line}"


def lint_list(file: Path) -> Iterator[Problem]:
    """The mistakes of a file of lists: ``lists/NAME.csv``, or a workbook whose sheets are lists."""
    if file.suffix == ".csv":
        yield from _lint_csv(file)
        return
    try:
        sheets = read_list_sheets(file, COLUMNS)
    except RuleError as error:
        what = str(error).removeprefix(f"{file}: ")
        yield Problem(str(file), 1, 1, "xlsx-workbook", what, "")
        return
    for sheet in sheets:
        yield from _lint_sheet(_Table(file, sheet.name), sheet)


def _lint_sheet(table: _Table, sheet: ListSheet) -> Iterator[Problem]:
    faulty = set()
    for fault in sheet.faults:
        faulty.add((fault.row, fault.column))
        yield table.problem(fault.row, fault.column, fault.lint, fault.message, fault.advice)
    first, names = next(iter(sheet.rows), (1, []))
    if first != 1:
        what = "the first row is empty"
        yield table.problem(1, 0, "csv-column", what, f"write {', '.join(COLUMNS)}, a cell each")
        return
    if sheet.name == Path(VALUE_SETS).stem and tuple(names) != COLUMNS:
        advice = "`claimshapes tables import` makes value-sets.csv of it"
        yield table.problem(1, 0, "csv-column", "value sets are no list", advice)
        return
    yield from _columns(table, [name for name in names if name])
    if tuple(names) == COLUMNS:
        rows = ((line, dict(zip(COLUMNS, cells, strict=True))) for line, cells in sheet.rows[1:])
        for problem in _rows(table, rows):
            # A cell that cannot be read is told once, by the fault that it has.
            if (problem.line, problem.column) not in faulty:
                yield problem


def _lint_csv(file: Path) -> Iterator[Problem]:
    table = _Table(file)
    problem = table.problem
    content = file.read_bytes()
    if content.startswith(b"\xef\xbb\xbf"):
        yield problem(1, 1, "csv-bom", "the file begins with a byte order mark", "save as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield problem(line, 1, "csv-encoding", "the file is not UTF-8", "save as CSV UTF-8")
        return
    lines = text.splitlines()
    head = lines[0] if lines else ""
    if ";" in head and "," not in head:
        yield problem(1, 1, "csv-separator", "cells have ; between", "save with commas between")
        return
    names = next(csv.reader([head]), [])
    yield from _columns(table, names)
    if tuple(names) != COLUMNS:
        return
    whole: list[tuple[int, dict[str, str]]] = []
    for line, cells in enumerate(csv.reader(lines[1:]), 2):
        if not any(cells):
            yield problem(line, 1, "csv-empty-row", "the row is empty", "delete it")
            continue
        if len(cells) != len(COLUMNS):
            what = f"the row has {len(cells)} cells, not {len(COLUMNS)}"
            yield problem(line, 1, "csv-cells", what, 'put a cell with a comma in it in "quotes"')
            continue
        whole.append((line, dict(zip(COLUMNS, cells, strict=True))))
    yield from _rows(table, whole)


def _columns(table: _Table, names: list[str]) -> Iterator[Problem]:
    for number, name in enumerate(names, 1):
        if name not in COLUMNS:
            advice = meant(name, COLUMNS, f"the columns are {','.join(COLUMNS)}")
            yield table.problem(1, number, "csv-column", f"there is no column {name}", advice)
    for name in COLUMNS:
        if name not in names:
            what = f"the column {name} is missing"
            yield table.problem(1, 1, "csv-column", what, f"the columns are {','.join(COLUMNS)}")
    if set(names) == {*COLUMNS} and tuple(names) != COLUMNS:
        what = f"the columns are in another order: {','.join(names)}"
        yield table.problem(1, 1, "csv-column", what, f"write {','.join(COLUMNS)}")


def _rows(table: _Table, rows: Iterable[tuple[int, dict[str, str]]]) -> Iterator[Problem]:
    seen: dict[str, list[tuple[str, str, int]]] = {}
    for line, row in rows:
        yield from _cells(table, line, row)
        first, last = row["valid_from"] or "0", row["valid_through"] or "9"
        code = row["code"].strip()
        for begins, ends, other in seen.get(code, ()) if code else ():
            if begins <= last and first <= ends:
                what = f"{code} is on {table.row(other)}, too, for some of the same days"
                yield table.problem(line, 1, "csv-overlap", what, "end one before the other begins")
        seen.setdefault(code, []).append((first, last, line))


def lint_value_sets(file: Path, kinds: Collection[str]) -> Iterator[Problem]:
    """The mistakes of a pack's ``value-sets.csv``.

    Args:
        file: the file.
        kinds: the kinds of codes that sets have.
    """

    def problem(line: int, column: int, lint: str, message: str, advice: str) -> Problem:
        return Problem(str(file), line, column, lint, message, advice)

    content = file.read_bytes()
    if content.startswith(b"\xef\xbb\xbf"):
        yield problem(1, 1, "csv-bom", "the file begins with a byte order mark", "save as UTF-8")
    reader = csv.reader(content.decode("utf-8-sig", errors="replace").splitlines())
    names = tuple(next(reader, ()))
    if names != SET_COLUMNS:
        what = f"the columns are {','.join(names)}"
        yield problem(1, 1, "csv-column", what, f"write {','.join(SET_COLUMNS)}")
        return
    for cells in reader:
        line = reader.line_num
        if len(cells) != len(SET_COLUMNS):
            what = f"the row has {len(cells)} cells, not {len(SET_COLUMNS)}"
            yield problem(line, 1, "csv-cells", what, 'put a cell with a comma in it in "quotes"')
            continue
        row = dict(zip(SET_COLUMNS, cells, strict=True))
        if row["kind"] not in kinds:
            advice = meant(row["kind"], kinds, f"the kinds are {', '.join(sorted(kinds))}")
            yield problem(line, 2, "csv-kind", f"there is no kind {row['kind']}", advice)
        for column, name in enumerate(SET_COLUMNS, 1):
            if not row[name] and name not in ("valid_from", "valid_through"):
                yield problem(line, column, "csv-no-value", f"{name} is missing", "fill it in")
        yield from _days(_Table(file), line, row, SET_COLUMNS)


def _cells(table: _Table, line: int, row: dict[str, str]) -> Iterator[Problem]:
    def problem(name: str, lint: str, message: str, advice: str) -> Problem:
        return table.problem(line, COLUMNS.index(name) + 1, lint, message, advice)

    for name, value in row.items():
        if value != value.strip():
            yield problem(name, "csv-space", f"{name} has a space around it", "delete the space")
    code = row["code"].strip()
    if not code:
        yield problem("code", "csv-no-code", "the code is missing", "fill it in, or delete the row")
    elif _EXPONENT.fullmatch(code):
        what = f"{code} is a code that Excel made a number"
        yield problem("code", "csv-number", what, "format the column as text, and type it again")
    elif not _CODE.fullmatch(code):
        yield problem("code", "csv-code", f"{code!r} is no code", "one code, or a range A-B")
    elif "-" in code and code.partition("-")[0] > code.partition("-")[2]:
        first, _, last = code.partition("-")
        yield problem("code", "csv-range", f"the range {code} is reversed", f"write {last}-{first}")
    if not row["source"].strip():
        yield problem("source", "csv-no-source", "the source is missing", "name the document")
    yield from _days(table, line, row, COLUMNS)


def _days(
    table: _Table, line: int, row: dict[str, str], columns: tuple[str, ...]
) -> Iterator[Problem]:
    def problem(name: str, lint: str, message: str, advice: str) -> Problem:
        return table.problem(line, columns.index(name) + 1, lint, message, advice)

    days = {}
    for name in ("valid_from", "valid_through"):
        if not row[name].strip():
            continue
        if is_day(row[name].strip()):
            days[name] = row[name].strip()
        else:
            excel = _EXCEL_DATE.fullmatch(row[name].strip())
            lint = "csv-excel-date" if excel else "csv-date"
            what = f"{row[name].strip()} is no date (YYYY-MM-DD)"
            advice = "format the column as text" if excel else "write it as 2027-01-31"
            yield problem(name, lint, what, advice)
    if len(days) == 2 and days["valid_from"] > days["valid_through"]:
        what = f"the row ends on {days['valid_through']}, before it begins"
        yield problem("valid_through", "csv-period", what, "correct the dates")
