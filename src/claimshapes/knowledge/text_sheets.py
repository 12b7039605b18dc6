"""Sheets of text: their encoding, lines and rows, within bounds."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

from claimshapes.errors import InputError
from claimshapes.knowledge.sheet import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Row, Sheet

_CHUNK = 1 << 20
SAMPLE = 64_000


def _buffered(stream: IO[bytes]) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[arg-type]


def text_sheet(name: str, opened: Callable[[], IO[bytes]]) -> Sheet:
    """A text as a sheet: rows by its lines and what separates its values."""
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
        head = stream.read(SAMPLE)
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
    csv.field_size_limit(LONGEST_CELL)
    with opened() as stream:
        sample = stream.read(SAMPLE)
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
    """What separates values; a text may have more semicolons in its cells than commas."""
    lines = sample.split("\n")
    # A list of two columns has one tab in each line, a table of commas one in some cell.
    if any(line.count("\t") > 1 for line in lines) or sample.count("\t") * 2 > len(lines):
        return "\t"
    return max(",|;", key=lambda each: (lines[0].count(each), sample.count(each)))


def _bounded_lines(name: str, stream: IO[str]) -> Iterator[str]:
    while line := stream.readline(LONGEST_CELL):
        if len(line) >= LONGEST_CELL:
            raise InputError(f"has a line of more than {LONGEST_CELL:,} characters", file=name)
        yield line
