"""Zip archives whose members are not larger, more or elsewhere than is believed."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO, Any

from claimshapes.errors import InputError

MOST_MEMBERS = 400
LARGEST_FILE = 2_000_000_000
_LARGEST_MEMBER = 2_000_000_000
_HIGHEST_RATIO = 250
_SMALL = 32_000_000
"""Bytes up to which a member may be packed however well."""


def bounded_archive(name: str, stream: IO[bytes]) -> zipfile.ZipFile:
    """An archive, by what it says of its members.

    Raises:
        InputError: it is damaged or encrypted, too large, or names files outside of it.
    """
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
    if sum(info.file_size for info in infos) > LARGEST_FILE:
        raise InputError(f"unpacks to more than {LARGEST_FILE:,} bytes", file=name)
    return archive


def bounded_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> IO[bytes]:
    """A member of an archive, opened; reading it refuses what is damaged or more than was said."""
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
