"""Publishers' files as sheets of text: zip or not, text, CSV or Excel, within bounds.

Nothing of an archive is ever written to the disk by a name of its own. What a hostile file would
have us unpack, allocate or loop over is refused before it costs much.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from claimshapes.errors import InputError
from claimshapes.knowledge.bounded_zip import LARGEST_FILE, bounded_archive, bounded_member
from claimshapes.knowledge.excel_sheets import OLD_EXCEL, WORKBOOK, workbook_sheets
from claimshapes.knowledge.folder import SourceFile
from claimshapes.knowledge.sheet import Sheet
from claimshapes.knowledge.text_sheets import SAMPLE, text_sheet

_DEEPEST = 3
"""Archives within archives: those of the Medicare Coverage Database have two around a table."""

_LARGEST_INNER = 400_000_000
"""Bytes of an archive or workbook in an archive, which is held in memory."""

_ZIP = b"PK\x03\x04"
_TEXTS = (".csv", ".txt")
_EXCEL = ".xlsx"


def read_published(file: Path) -> tuple[SourceFile, list[Sheet]]:
    """The sheets of a publisher's file.

    Args:
        file: a text, CSV, XML or Excel file, or a zip of such files, or of zips of them.

    Raises:
        InputError: it cannot be read, or is not within the bounds.
    """
    try:
        size = file.stat().st_size
        if size > LARGEST_FILE:
            raise InputError(f"has more than {LARGEST_FILE:,} bytes", file=str(file))
        with file.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        reason = error.strerror or "is no file"
        raise InputError(f"cannot be read ({reason})", file=str(file)) from error
    source = SourceFile(file.name, sha256, size)
    sheets = list(_sheets(file.name, lambda: file.open("rb"), size, 0))
    if not sheets:
        raise InputError("holds no table", file=str(file))
    return source, sheets


def _sheets(name: str, opened: Callable[[], IO[bytes]], size: int, depth: int) -> Iterator[Sheet]:
    with opened() as stream:
        head = stream.read(SAMPLE)
    if head.startswith(OLD_EXCEL):
        raise InputError("is of Excel before 2007; save it as .xlsx or .csv", file=name)
    if not head.startswith(_ZIP):
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            yield Sheet(name, rows=lambda: iter(()), stream=opened)
        else:
            yield text_sheet(name, opened)
        return
    if depth and size > _LARGEST_INNER:
        raise InputError(f"has more than {_LARGEST_INNER:,} bytes", file=name)
    if depth:
        with opened() as stream:
            content = stream.read()
        opened = partial(io.BytesIO, content)
    archive = bounded_archive(name, opened())
    infos = archive.infolist()
    if any(info.filename == WORKBOOK for info in infos):
        yield from workbook_sheets(name, opened, infos)
        return
    if depth >= _DEEPEST:
        raise InputError("has too many archives within each other", file=name)
    texts = {
        PurePosixPath(info.filename.lower()).with_suffix("")
        for info in infos
        if info.filename.lower().endswith(_TEXTS)
    }
    for info in infos:
        path = PurePosixPath(info.filename.lower())
        if info.is_dir() or path.name.startswith("."):
            continue
        if path.suffix == _EXCEL and path.with_suffix("") in texts:
            # The same table once more, which takes ten times as long to read.
            continue
        if info.filename.startswith("__MACOSX/") or _passed_over(info.filename):
            continue
        there = f"{name}/{info.filename}"
        yield from _sheets(
            there, partial(bounded_member, archive, info, there), info.file_size, depth + 1
        )


def _passed_over(name: str) -> bool:
    return name.lower().endswith(
        (".pdf", ".doc", ".docx", ".mdb", ".accdb", ".htm", ".html", ".md")
    )
