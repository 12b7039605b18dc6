"""Temporary folders for claims: only their owner may read them, and none outlives its process long.

A folder goes away when its block ends. What a killed process leaves is removed by the next one:
each folder holds a file that its process keeps locked, and the system gives the lock back when
the process is gone, however it ended.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows has no such locks; there nothing is swept.
    fcntl = None  # type: ignore[assignment]

_PREFIX = "claimshapes-"
_OWNER = "owner"


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder in that for temporary files, for as long as the block lasts.

    Raises:
        OSError: it cannot be made.
    """
    sweep()
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / f"{_OWNER}.new").open("wb") as owner:
            _lock(owner.fileno())
            # Whoever sees the file finds it locked.
            Path(owner.name).rename(folder / _OWNER)
            yield folder


def private_file(file: Path) -> BinaryIO:
    """A new file that its owner alone may read, open for writing.

    Raises:
        OSError: it cannot be made.
    """
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextmanager
def waiting(lock: Path) -> Iterator[None]:
    """Waits until no other process is in such a block with this file.

    Raises:
        OSError: the file cannot be made.
    """
    with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o666), "rb+") as stream:
        if fcntl is not None:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
        yield


def sweep() -> None:
    """Removes the folders of processes that are gone."""
    if fcntl is None:
        return
    with suppress(OSError):
        for owner in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_OWNER}"):
            with suppress(OSError):
                if owner.parent.stat().st_uid == os.getuid() and remove_if_left(owner):
                    shutil.rmtree(owner.parent, ignore_errors=True)


def hold(handle: int) -> None:
    """Marks an open file as in use by this process."""
    with suppress(OSError):
        _lock(handle)


def remove_if_left(file: Path) -> bool:
    """Removes a file that no process has marked as in use; says whether it did."""
    if fcntl is None:
        return False
    try:
        with file.open("rb") as stream:
            _lock(stream.fileno())
            file.unlink()
    except OSError:
        return False
    return True


def _lock(handle: int) -> None:
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
