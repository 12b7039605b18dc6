"""Publishers' files as sheets of text: zip or not, text, CSV or Excel, within bounds.

Nothing of an archive is ever written to the disk by a name of its own. What a hostile file would
have us unpack, allocate or loop over is refused before it costs much.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from claimshapes.errors import InputError
from claimshapes.knowledge.folder import SourceFile

Row = list[str]

MOST_ROWS = 6_000_000
"""Rows of a sheet; the largest published table has fewer than three million."""

MOST_COLUMNS = 400
MOST_MEMBERS = 400
_DEEPEST = 3
"""Archives within archives: those of the Medicare Coverage Database have two around a table."""

_LARGEST_FILE = 2_000_000_000
_LARGEST_MEMBER = 2_000_000_000
_LARGEST_INNER = 400_000_000
"""Bytes of an archive or workbook in an archive, which is held in memory."""

_LARGEST_TEXTS = 200_000_000
"""Bytes of a workbook's shared texts, which the reader holds in memory."""

_HIGHEST_RATIO = 250
_SMALL = 32_000_000
"""Bytes up to which a member may be packed however well."""

_MOST_EMPTY = 20_000
"""Empty rows in a row; a workbook may name a row far below the last."""

_LONGEST_CELL = 32_000_000
"""Characters; the texts of coverage documents have some hundred thousand."""

_CHUNK = 1 << 20
_SAMPLE = 64_000
_ZIP = b"PK\x03\x04"
_TEXTS = (".csv", ".txt")
_EXCEL = ".xlsx"
_WORKBOOK = "xl/workbook.xml"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it was published: rows of text, which can be read more than once.

    Attributes:
        name: name of the file, below the archives that it was in.
        rows: opens the rows.
        lines: opens its lines, where it is a text.
        stream: opens its bytes, where it is neither text nor workbook.
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    lines: Callable[[], Iterator[str]] | None = None
    stream: Callable[[], IO[bytes]] | None = None

    @property
    def file_name(self) -> str:
        """The last part of its name."""
        return PurePosixPath(self.name).name


def read_published(file: Path) -> tuple[SourceFile, list[Sheet]]:
    """The sheets of a publisher's file.

    Args:
        file: a text, CSV, XML or Excel file, or a zip of such files, or of zips of them.

    Raises:
        InputError: it cannot be read, or is not within the bounds.
    """
    try:
        size = file.stat().st_size
        if size > _LARGEST_FILE:
            raise InputError(f"has more than {_LARGEST_FILE:,} bytes", file=str(file))
        with file.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        reason = error.strerror or "is no file"
        raise InputError(f"cannot be read ({reason})", file=str(file)) from error
    source = SourceFile(file.name, sha256, size)
    sheets = list(_sheets(file.name, partial(_opened, file), size, 0))
    if not sheets:
        raise InputError("holds no table", file=str(file))
    return source, sheets


def _opened(file: Path) -> IO[bytes]:
    return file.open("rb")


def _sheets(name: str, opened: Callable[[], IO[bytes]], size: int, depth: int) -> Iterator[Sheet]:
    with opened() as stream:
        head = stream.read(_SAMPLE)
    if head.startswith(_OLD_EXCEL):
        raise InputError("is of Excel before 2007; save it as .xlsx or .csv", file=name)
    if not head.startswith(_ZIP):
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            yield Sheet(name, rows=lambda: iter(()), stream=opened)
        else:
            yield _text_sheet(name, opened)
        return
    if depth and size > _LARGEST_INNER:
        raise InputError(f"has more than {_LARGEST_INNER:,} bytes", file=name)
    if depth:
        with opened() as stream:
            content = stream.read()
        opened = partial(io.BytesIO, content)
    archive = _archive(name, opened())
    infos = archive.infolist()
    if any(info.filename == _WORKBOOK for info in infos):
        yield from _workbook_sheets(name, opened, infos)
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
        yield from _sheets(there, partial(_member, archive, info, there), info.file_size, depth + 1)


def _passed_over(name: str) -> bool:
    return name.lower().endswith(
        (".pdf", ".doc", ".docx", ".mdb", ".accdb", ".htm", ".html", ".md")
    )


def _archive(name: str, stream: IO[bytes]) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(stream)
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise InputError("is not a whole zip archive", file=name) from error
    if len(infos) > MOST_MEMBERS:
        raise InputError(f"has more than {MOST_MEMBERS} files in it", file=name)
    for info in infos:
        parts = PurePosixPath(info.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in info.filename:
            raise InputError("names a file outside of the archive", file=name)
        if info.flag_bits & 1:
            raise InputError("is encrypted", file=f"{name}/{info.filename}")
        if info.file_size > _LARGEST_MEMBER:
            raise InputError(
                f"has more than {_LARGEST_MEMBER:,} bytes", file=f"{name}/{info.filename}"
            )
        if info.file_size > max(_SMALL, _HIGHEST_RATIO * info.compress_size):
            raise InputError(
                f"unpacks to more than {_HIGHEST_RATIO} times its size",
                file=f"{name}/{info.filename}",
            )
    if sum(info.file_size for info in infos) > _LARGEST_FILE:
        raise InputError(f"unpacks to more than {_LARGEST_FILE:,} bytes", file=name)
    return archive


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> IO[bytes]:
    try:
        return io.BufferedReader(_Whole(archive.open(info), name, info.file_size))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise InputError("cannot be unpacked", file=name) from error


class _Whole(io.RawIOBase):
    """A member of an archive, whose damage is told as such, and which is never larger than said."""

    def __init__(self, stream: IO[bytes], name: str, size: int) -> None:
        self._stream = stream
        self._name = name
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise InputError("is damaged", file=self._name) from error
        self._left -= len(data)
        if self._left < 0:
            raise InputError("unpacks to more than the archive says", file=self._name)
        buffer[: len(data)] = data
        return len(data)


def _buffered(stream: IO[bytes]) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[arg-type]


def _text_sheet(name: str, opened: Callable[[], IO[bytes]]) -> Sheet:
    encoding = _encoding(name, opened)

    def text() -> IO[str]:
        return io.TextIOWrapper(_buffered(opened()), encoding=encoding, newline="")

    return Sheet(name, rows=partial(_text_rows, name, text), lines=partial(_lines, name, text))


def _lines(name: str, opened: Callable[[], IO[str]]) -> Iterator[str]:
    number = 0
    with opened() as stream:
        try:
            for number, line in enumerate(_bounded_lines(name, stream), 1):
                if number > MOST_ROWS:
                    raise InputError(f"has more than {MOST_ROWS:,} rows", file=name)
                yield line
        except UnicodeError as error:
            raise InputError("changes its encoding", file=name, line=number + 1) from error


def _encoding(name: str, opened: Callable[[], IO[bytes]]) -> str:
    """UTF-8 where all of it is, else the code page that Windows writes."""
    with _buffered(opened()) as stream:
        head = stream.read(_SAMPLE)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\0" in head:
            raise InputError("is neither text nor an Excel file", file=name)
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        try:
            while head:
                decoder.decode(head)
                head = stream.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8-sig"


def _text_rows(name: str, opened: Callable[[], IO[str]]) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    with opened() as stream:
        sample = stream.read(_SAMPLE)
    delimiter = _delimiter(sample)
    with opened() as stream:
        reader = csv.reader(_bounded_lines(name, stream), delimiter=delimiter, strict=False)
        number = 0
        try:
            for row in reader:
                number += 1
                if len(row) > MOST_COLUMNS:
                    raise InputError(
                        f"has more than {MOST_COLUMNS} columns", file=name, line=number
                    )
                if number > MOST_ROWS:
                    raise InputError(f"has more than {MOST_ROWS:,} rows", file=name)
                yield row
        except csv.Error as error:
            raise InputError(
                f"is no table of text ({error})", file=name, line=number + 1
            ) from error
        except UnicodeError as error:
            raise InputError("changes its encoding", file=name, line=number + 1) from error


def _delimiter(sample: str) -> str:
    """What stands between values; a text may have more semicolons in its cells than commas."""
    lines = sample.split("\n")
    # A list of two columns has one tab in each line, a table of commas one in some cell.
    if any(line.count("\t") > 1 for line in lines) or sample.count("\t") * 2 > len(lines):
        return "\t"
    return max(",|;", key=lambda each: (lines[0].count(each), sample.count(each)))


def _bounded_lines(name: str, stream: IO[str]) -> Iterator[str]:
    while line := stream.readline(_LONGEST_CELL):
        if len(line) >= _LONGEST_CELL:
            raise InputError(f"has a line of more than {_LONGEST_CELL:,} characters", file=name)
        yield line


def _workbook_sheets(
    name: str, opened: Callable[[], IO[bytes]], infos: list[zipfile.ZipInfo]
) -> Iterator[Sheet]:
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
    name, opened = str(file), partial(_opened, file)
    try:
        with opened() as stream:
            head = stream.read(len(_OLD_EXCEL))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=name) from error
    if head.startswith(_OLD_EXCEL):
        raise InputError("has a password, or is of Excel before 2007; save it anew", file=name)
    with opened() as stream:
        infos = _archive(name, stream).infolist()
    if all(info.filename != _WORKBOOK for info in infos):
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
