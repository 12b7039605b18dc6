"""Has the text of a Parquet file read as bytes, so that a cell that is no text spoils its row only.

DuckDB refuses a whole file for one text that is no UTF-8. Which columns are text is said in the
file's footer, in Thrift's compact protocol (parquet.thrift of Apache Parquet, FileMetaData.schema).
There it is made unsaid, in place: readers pass over a field of a kind that they do not expect.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

_MAGIC = b"PAR1"
_MOST_BYTES = 64_000_000
_DEEPEST = 64
# Thrift's kinds of values.
_BYTE, _NUMBERS, _DOUBLE, _BINARY, _LISTS, _MAP, _STRUCT = 3, (4, 5, 6), 7, 8, (9, 10), 11, 12
# Fields of FileMetaData and SchemaElement.
_SCHEMA, _CHILDREN, _CONVERTED, _LOGICAL = 2, 5, 6, 10
# UTF8, ENUM and JSON as converted types (zigzag), and as heads of the fields of LogicalType.
_TEXT_CONVERTED, _TEXT_LOGICAL = {0, 8, 38}, {0x1C, 0x4C, 0xCC}
_LONG_NUMBER, _UNUSED_LOGICAL = 6, 0x9C


def read_text_as_bytes(file: BinaryIO) -> None:
    """Marks the text columns of a Parquet file as columns of bytes, in the file itself.

    A file whose footer cannot be understood is left as it is.

    Args:
        file: the file, open for reading and writing; a copy that may be changed.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 8))
    end = file.read(8)
    length = int.from_bytes(end[:4], "little")
    if end[4:] != _MAGIC or length > min(size - 8, _MOST_BYTES):
        return
    file.seek(size - 8 - length)
    footer = bytearray(file.read(length))
    try:
        _mark(footer)
    except (IndexError, ValueError):
        return
    file.seek(size - 8 - length)
    file.write(footer)


def _mark(footer: bytearray) -> None:
    """Marks the columns of the schema, not those within others.

    Raises:
        IndexError, ValueError: it is no footer.
    """
    compact = _Compact(footer)
    for number, kind in compact.fields():
        if number != _SCHEMA:
            compact.skip(kind)
            continue
        left: list[int] = []
        for _ in range(compact.elements()[0]):
            left.append(_mark_column(compact, is_column=len(left) == 1))
            while left and not left[-1]:
                left.pop()
                if left:
                    left[-1] -= 1
        return


def _mark_column(compact: _Compact, *, is_column: bool) -> int:
    """Marks one element of the schema if it is a text column; returns how many it has within."""
    children = 0
    for number, kind in compact.fields():
        if number == _CHILDREN:
            children = compact.number() >> 1
            continue
        if is_column and number == _CONVERTED and compact.data[compact.at] in _TEXT_CONVERTED:
            compact.data[compact.head] = compact.data[compact.head] & 0xF0 | _LONG_NUMBER
        elif is_column and number == _LOGICAL and compact.data[compact.at] in _TEXT_LOGICAL:
            compact.data[compact.at] = _UNUSED_LOGICAL
        compact.skip(kind)
    return children


class _Compact:
    """Goes through a value in Thrift's compact protocol.

    Args:
        data: its bytes.

    Attributes:
        at: where the next value begins.
        head: where the head of the last field is.
    """

    def __init__(self, data: bytearray) -> None:
        self.data = data
        self.at = self.head = 0

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number is too long")

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and kind of each field of a struct; the caller goes past its value."""
        number, self.head = 0, self.at
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self.number() >> 1
            yield number, head & 0x0F
            self.head = self.at

    def elements(self) -> tuple[int, int]:
        """How many elements a list has, and their kind."""
        head = self._byte()
        return (self.number() if head >> 4 == 15 else head >> 4), head & 0x0F

    def skip(self, kind: int, depth: int = 0, *, in_list: bool = False) -> None:
        """Goes past a value."""
        if depth > _DEEPEST:
            raise ValueError("is nested too deeply")
        if kind in (1, 2, _BYTE):
            self.at += kind == _BYTE or in_list
        elif kind in _NUMBERS:
            self.number()
        elif kind in (_DOUBLE, _BINARY):
            length = 8 if kind == _DOUBLE else self.number()
            self.at += length
        elif kind in _LISTS:
            count, inner = self.elements()
            for _ in range(count):
                self._checked().skip(inner, depth + 1, in_list=True)
        elif kind == _MAP:
            count = self.number()
            kinds = self._byte() if count else 0
            for _ in range(count):
                for inner in (kinds >> 4, kinds & 0x0F):
                    self._checked().skip(inner, depth + 1, in_list=True)
        elif kind == _STRUCT:
            for _, inner in self.fields():
                self.skip(inner, depth + 1)
        else:
            raise ValueError("is no kind of value")

    def _byte(self) -> int:
        byte = self.data[self.at]
        self.at += 1
        return byte

    def _checked(self) -> _Compact:
        if self.at >= len(self.data):
            raise IndexError("ends early")
        return self
