"""Lists of a pack as a workbook that a person edits in a spreadsheet, and back, without a loss."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from claimshapes.errors import InputError
from claimshapes.files.cache import replace_file
from claimshapes.knowledge.published import read_published
from claimshapes.rules.code_lists import COLUMNS, LIST_FOLDER

if TYPE_CHECKING:
    from openpyxl import Workbook

_WIDTH = {"code": 16, "valid_from": 12, "valid_through": 14, "source": 60}
_CODE = re.compile(r"[A-Za-z0-9][\w.]*\*?(-[A-Za-z0-9][\w.]*)?")
_LONGEST_NAME = 31
"""Characters of the name of a sheet, which Excel allows."""


def export_lists(folder: Path, output: Path) -> list[str]:
    """Writes every list of a pack as a sheet of a workbook, all cells as text.

    Returns:
        The names of the lists.

    Raises:
        InputError: there is no list, a name is too long for a sheet, or openpyxl is missing.
    """
    book = _workbook_class()()
    for sheet in list(book.worksheets):
        book.remove(sheet)
    names = []
    for file in sorted(folder.rglob(f"{LIST_FOLDER}/*.csv")):
        if len(file.stem) > _LONGEST_NAME:
            raise InputError(f"has a name of over {_LONGEST_NAME} characters", file=str(file))
        sheet = book.create_sheet(file.stem)
        with file.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream):
                sheet.append(row)
        for cells in sheet.iter_rows():
            for cell in cells:
                # Text, or a spreadsheet makes numbers and dates of codes and days.
                cell.number_format = "@"
        for number, name in enumerate(COLUMNS):
            sheet.column_dimensions["ABCD"[number]].width = _WIDTH[name]
        sheet.freeze_panes = "A2"
        names.append(file.stem)
    if not names:
        raise InputError(f"has no {LIST_FOLDER}/NAME.csv", file=str(folder))
    book.save(output)
    return names


def import_lists(workbook: Path, folder: Path) -> list[Path]:
    """Writes each sheet of a workbook as a list of a pack.

    Returns:
        The lists that changed.

    Raises:
        InputError: it is no workbook, or a cell cannot be used; names sheet, row and column.
    """
    made: dict[Path, bytes] = {}
    for sheet in read_published(workbook)[1]:
        if sheet.text is not None:
            raise InputError("is no workbook (.xlsx)", file=str(workbook))
        title = sheet.name.rsplit("/", 1)[-1]
        made[folder / LIST_FOLDER / f"{title}.csv"] = _list(str(workbook), title, sheet.rows())
    changed = []
    for file, content in made.items():
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, content)
            changed.append(file)
    return changed


def _list(workbook: str, sheet: str, rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, cells in enumerate(rows, 1):
        if not any(cells):
            continue
        row = [cell.strip() for cell in cells[: len(COLUMNS)]]
        row += [""] * (len(COLUMNS) - len(row))
        if number == 1 and tuple(row) != COLUMNS:
            raise InputError(
                f"sheet {sheet}, row 1: expected the columns {', '.join(COLUMNS)}", file=workbook
            )
        if number > 1 and not _CODE.fullmatch(row[0]):
            where = f"sheet {sheet}, row {number}, column 1"
            raise InputError(f"{where}: {row[0]!r} is no code", file=workbook)
        writer.writerow(row)
    return text.getvalue().encode()


def _workbook_class() -> type[Workbook]:
    try:
        from openpyxl import Workbook
    except ModuleNotFoundError as error:
        raise _missing() from error
    return Workbook


def _missing() -> InputError:
    return InputError("workbooks need claimshapes[excel] (pip install 'claimshapes[excel]')")
