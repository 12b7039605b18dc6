"""Sheets of Excel files, within bounds; and a small workbook with all that it says."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from claimshapes.errors import InputError
from claimshapes.knowledge.bounded_zip import bounded_archive
from claimshapes.knowledge.sheet import MOST_COLUMNS, MOST_ROWS, Row, Sheet

_LARGEST_TEXTS = 200_000_000
"""Bytes of a workbook's shared texts, which the reader holds in memory."""

_MOST_EMPTY = 20_000
"""Empty rows in a row; a workbook may name a row far below the last."""

WORKBOOK = "xl/workbook.xml"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def workbook_sheets(
    name: str, opened: Callable[[], IO[bytes]], infos: list[zipfile.ZipInfo]
) -> Iterator[Sheet]:
    """The sheets of an Excel file.

    Args:
        name: what the file is called in refusals.
        opened: opens it anew.
        infos: its members, their sizes checked.

    Raises:
        InputError: it is not within the bounds, or no whole Excel file.
    """
    texts = sum(info.file_size for info in infos if not info.filename.startswith("xl/worksheets/"))
    if texts > _LARGEST_TEXTS:
        raise InputError(f"has more than {_LARGEST_TEXTS:,} bytes of texts", file=name)
    _refuse_entities(name, opened, infos)
    for title in _workbook(name, opened).sheetnames:
        yield Sheet(f"{name}/{title}", rows=partial(_workbook_rows, name, opened, title))


def _refuse_entities(
    name: str, opened: Callable[[], IO[bytes]], infos: list[zipfile.ZipInfo]
) -> None:
    for info in infos:
        if info.filename.endswith((".xml", ".rels")):
            with zipfile.ZipFile(opened()) as archive, archive.open(info) as stream:
                if re.search(rb"<!(DOCTYPE|ENTITY)", stream.read(4096)):
                    raise InputError("declares entities", file=f"{name}/{info.filename}")


def whole_workbook(file: Path, most_bytes: int) -> Any:
    """A small workbook with all that it says of its cells: types, formats, what is hidden.

    Args:
        file: an Excel file.
        most_bytes: bytes that it may unpack to; it is held in memory.

    Returns:
        openpyxl's ``Workbook``.

    Raises:
        InputError: it cannot be read, is not within the bounds, or openpyxl is missing.
    """
    name = str(file)

    def opened() -> IO[bytes]:
        return file.open("rb")

    try:
        with opened() as stream:
            head = stream.read(len(OLD_EXCEL))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=name) from error
    if head.startswith(OLD_EXCEL):
        raise InputError("has a password, or is of Excel before 2007; save it anew", file=name)
    with opened() as stream:
        infos = bounded_archive(name, stream).infolist()
    if all(info.filename != WORKBOOK for info in infos):
        raise InputError("is no workbook (.xlsx)", file=name)
    if sum(info.file_size for info in infos) > most_bytes:
        raise InputError(f"unpacks to more than {most_bytes:,} bytes", file=name)
    _refuse_entities(name, opened, infos)
    return _workbook(name, opened, read_only=False)


def _workbook(name: str, opened: Callable[[], IO[bytes]], *, read_only: bool = True) -> Any:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise InputError(
            "is an Excel file; `pip install claimshapes[excel]` reads it", file=name
        ) from error
    try:
        with warnings.catch_warnings():
            # Of what the library does not keep, such as drop-downs: nothing here needs it.
            warnings.simplefilter("ignore", UserWarning)
            return load_workbook(opened(), read_only=read_only, data_only=False, keep_links=False)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"is not a whole Excel file ({type(error).__name__})", file=name
        ) from error


def _workbook_rows(name: str, opened: Callable[[], IO[bytes]], title: str) -> Iterator[Row]:
    workbook = _workbook(name, opened)
    there = f"{name}/{title}"
    number = empty = 0
    try:
        worksheet = workbook[title]
        # What a workbook says of its own size may be anything.
        worksheet.reset_dimensions()
        for values in worksheet.iter_rows(values_only=True):
            number += 1
            if len(values) > MOST_COLUMNS and any(v is not None for v in values[MOST_COLUMNS:]):
                raise InputError(f"has more than {MOST_COLUMNS} columns", file=there, line=number)
            if number > MOST_ROWS:
                raise InputError(f"has more than {MOST_ROWS:,} rows", file=there)
            row = [_cell_text(value, there, number) for value in values[:MOST_COLUMNS]]
            empty = 0 if any(row) else empty + 1
            if empty > _MOST_EMPTY:
                return
            yield row
    except InputError:
        raise
    except Exception as error:
        # The library raises whatever a damaged workbook leads it to.
        raise InputError(f"is damaged ({type(error).__name__})", file=there, line=number) from error
    finally:
        workbook.close()


def _cell_text(value: object, there: str, row: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        if value.startswith("="):
            raise InputError("holds a formula; save it with values only", file=there, line=row)
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
