"""Lists of a pack as a workbook that a person edits in a spreadsheet, and back, without a loss."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from claimshapes.authoring.coded_columns import KINDS, Choices
from claimshapes.errors import InputError
from claimshapes.files.cache import replace_file
from claimshapes.knowledge.published import read_published
from claimshapes.rules.code_lists import (
    COLUMNS,
    LIST_FOLDER,
    SET_COLUMNS,
    VALUE_SETS,
    list_files,
    written_lists,
)
from claimshapes.rules.list_workbooks import CHOICES, LETTERS, cell_place

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_WIDTH = {"code": 16, "member": 16, "valid_from": 12, "valid_through": 14, "source": 60}
_CODE = re.compile(r"[A-Za-z0-9][\w.]*\*?(-[A-Za-z0-9][\w.-]*)?")
_EXPONENT = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)
_SPARE_ROWS = 200
"""Empty rows that are formatted as text, for codes to come."""
_MOST_ROWS = 10_000
_MOST_FAULTS = 20
_LONGEST_NAME = 31
"""Characters of the name of a sheet, which Excel allows."""


def export_lists(folder: Path, output: Path) -> list[str]:
    """Writes every CSV list of a pack as a sheet of a workbook, all cells as text.

    Columns with few possible values, and that of the source, have drop-downs.

    Returns:
        The names of the sheets.

    Raises:
        InputError: there is no list, a name is too long for a sheet, or openpyxl is missing.
    """
    book = _workbook_class()()
    for sheet in list(book.worksheets):
        book.remove(sheet)
    files = [file for file in list_files([folder]) if file.suffix == ".csv"]
    if (folder / VALUE_SETS).is_file():
        files.append(folder / VALUE_SETS)
    if not files:
        raise InputError(f"has no {LIST_FOLDER}/NAME.csv", file=str(folder))
    choices = Choices(folder)
    offered: list[tuple[Worksheet, str, list[str], bool]] = []
    for file in files:
        if len(file.stem) > _LONGEST_NAME:
            raise InputError(f"has a name of over {_LONGEST_NAME} characters", file=str(file))
        sheet = book.create_sheet(file.stem)
        columns = _write_sheet(sheet, file)
        for name, values, only in (
            ("source", choices.sources(), False),
            ("code", choices.codes(file.stem), True),
            ("kind", list(KINDS), True),
            ("value_set", choices.value_sets(), False),
        ):
            if name in columns and values:
                offered.append((sheet, LETTERS[columns.index(name)], values, only))
    _offer(book, offered)
    book.save(output)
    return [file.stem for file in files]


def _write_sheet(sheet: Worksheet, file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.reader(stream) if row]
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            cell = sheet.cell(number, place)
            # Text, or a spreadsheet makes numbers and dates of codes and days.
            cell.number_format = "@"
            if text:
                cell.value = text
                cell.data_type = "s"
    columns = rows[0] if rows else []
    for letter, name in zip(LETTERS, columns, strict=False):
        sheet.column_dimensions[letter].width = _WIDTH.get(name, 20)
        for number in range(len(rows) + 1, len(rows) + _SPARE_ROWS):
            sheet[f"{letter}{number}"].number_format = "@"
    sheet.freeze_panes = "A2"
    return columns


def _offer(book: Workbook, offered: list[tuple[Worksheet, str, list[str], bool]]) -> None:
    """Puts the values to choose from on a hidden sheet, and drop-downs in the columns."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    if not offered:
        return
    hidden = book.create_sheet(CHOICES)
    hidden.sheet_state = "hidden"
    for place, (sheet, letter, values, only) in enumerate(offered, 1):
        for number, value in enumerate(values, 1):
            hidden.cell(number, place, value).data_type = "s"
        column = get_column_letter(place)
        validation = DataValidation(
            type="list",
            formula1=f"'{CHOICES}'!${column}$1:${column}${len(values)}",
            allow_blank=True,
            # A range of codes is right, too, so a value that is not on the list can be kept.
            errorStyle="warning",
            showErrorMessage=only,
            error="not one of the known values; keep it only if it is a range of codes",
        )
        validation.add(f"{letter}2:{letter}{_MOST_ROWS}")
        sheet.add_data_validation(validation)


def import_lists(workbook: Path, folder: Path) -> list[Path]:
    """Writes each sheet of a workbook as a list of a pack.

    Returns:
        The lists that changed.

    Raises:
        InputError: it is no workbook, or cells cannot be used; names sheet, row and column of
            each, and nothing is written.
    """
    made: dict[Path, list[list[str]]] = {}
    faults: list[str] = []
    kept = {each.name: each.file for each in written_lists([folder]) if each.sheet is not None}
    for sheet in read_published(workbook)[1]:
        if sheet.lines is not None or sheet.stream is not None:
            raise InputError("is no workbook (.xlsx)", file=str(workbook))
        title = sheet.name.rsplit("/", 1)[-1]
        if title == CHOICES:
            continue
        if title in kept:
            raise InputError(
                f"{title} is a sheet of {kept[title]}; edit it there", file=str(workbook)
            )
        sets = title == Path(VALUE_SETS).stem
        file = folder / VALUE_SETS if sets else folder / LIST_FOLDER / f"{title}.csv"
        columns = SET_COLUMNS if sets else COLUMNS
        made[file] = _rows(title, columns, sheet.rows(), faults)
    if faults:
        more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise InputError("; ".join(faults[:_MOST_FAULTS]) + more, file=str(workbook))
    changed = []
    for file, rows in made.items():
        if not file.is_file() or _read(file) != rows:
            file.parent.mkdir(parents=True, exist_ok=True)
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            replace_file(file, text.getvalue().encode())
            changed.append(file)
    return changed


def _read(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.reader(stream) if any(row)]


def _rows(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], faults: list[str]
) -> list[list[str]]:
    made: list[list[str]] = []
    for number, cells in enumerate(rows, 1):
        if not any(cells):
            continue
        row = [cell.strip() for cell in cells[: len(columns)]]
        row += [""] * (len(columns) - len(row))
        if number == 1:
            if tuple(row) != tuple(columns):
                expected = ", ".join(columns)
                faults.append(f"sheet {title}, row 1: expected the columns {expected}")
                return []
        else:
            for place, (name, cell) in enumerate(zip(columns, row, strict=True)):
                what = _fault(name, cell)
                if what:
                    faults.append(f"{cell_place(title, number, place + 1, name)}: {what}")
        made.append(row)
    return made


def _fault(column: str, cell: str) -> str:
    """What is wrong with a cell; nothing where it can be used."""
    if column in ("code", "member"):
        if _EXPONENT.fullmatch(cell):
            return f"{cell} is a code that the spreadsheet made a number"
        return "" if _CODE.fullmatch(cell) else f"{cell!r} is no code"
    if column.startswith("valid_") and cell:
        try:
            date.fromisoformat(cell)
        except ValueError:
            return f"{cell!r} is no date (YYYY-MM-DD)"
    if column == "kind" and cell not in KINDS:
        return f"{cell!r} is no kind of code"
    if column == "value_set" and not cell:
        return "is empty"
    return ""


def _workbook_class() -> type[Workbook]:
    try:
        from openpyxl import Workbook
    except ModuleNotFoundError as error:
        raise _missing() from error
    return Workbook


def _missing() -> InputError:
    return InputError("workbooks need claimshapes[excel] (pip install 'claimshapes[excel]')")
