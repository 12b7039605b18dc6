"""Opens files, unpacked where they are compressed, and counts what is read of them."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from claimshapes.errors import InputError

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

STANDARD_INPUT = "-"
"""The name of standard input."""

SUFFIXES = (".gz", ".zst")
"""The endings of the names of compressed files."""

_BUFFER = 1 << 16
_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"


@dataclass(slots=True)
class BytesRead:
    """How much has been read of files, as they are on the disk.

    Attributes:
        done: bytes read so far, of all files together.
    """

    done: int = 0


@contextmanager
def opened(file: str, count: BytesRead | None = None) -> Iterator[io.BufferedReader]:
    """The bytes of a file; gzip and Zstandard, of one part or several, are unpacked.

    Args:
        file: its name, or ``-`` for standard input.
        count: counts the bytes that are read.

    Raises:
        OSError: the file cannot be opened.
        InputError: while it is read, because it is compressed and broken.
    """
    if file == STANDARD_INPUT:
        if sys.stdin is None:
            raise InputError("is closed", file="standard input")
        # The raw stream: a reader over a reader would wait for a whole buffer of a slow pipe.
        raw = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
        stream = io.BufferedReader(cast(Any, raw), _BUFFER)
        try:
            with _whole(stream, file) as unpacked:
                yield unpacked
        finally:
            # Without this, standard input would be closed together with the reader.
            stream.detach()
        return
    own = io.FileIO(file) if count is None else _CountedFile(file, count)
    with io.BufferedReader(cast(Any, own), _BUFFER) as buffered, _whole(buffered, file) as unpacked:
        yield unpacked


class _CountedFile(io.FileIO):
    def __init__(self, file: str, count: BytesRead) -> None:
        super().__init__(file)
        self._count = count

    def readinto(self, buffer: Any, /) -> int | None:
        size = super().readinto(buffer)
        self._count.done += size or 0
        return size


@contextmanager
def _whole(stream: io.BufferedReader, file: str) -> Iterator[io.BufferedReader]:
    head = stream.peek(len(_ZSTANDARD))
    packed = cast(BinaryIO, stream)
    unpacked: Any
    if head.startswith(_GZIP):
        kind, unpacked = "gzip", gzip.GzipFile(fileobj=packed)
    elif head.startswith(_ZSTANDARD):
        kind, unpacked = "Zstandard", zstd.ZstdFile(packed)
    else:
        yield stream
        return
    try:
        yield io.BufferedReader(unpacked, _BUFFER)
    except (gzip.BadGzipFile, EOFError, zlib.error, zstd.ZstdError) as error:
        raise InputError(f"is not a whole {kind} file", file=file) from error
