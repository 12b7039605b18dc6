"""What a person can do about a machine's faults: no room, no permission, no memory."""

from __future__ import annotations

import errno
import sqlite3
import tempfile

_NO_ROOM = "no room on the disk is left; make room, or set TMPDIR to a folder of a larger disk"
_NO_MEMORY = "there is not enough memory; check fewer claims at a time, or with fewer --jobs"
_DATABASES = {"duckdb", "_duckdb"}


def machine_fault(error: BaseException) -> str | None:
    """What is wrong with the machine and what to do; none where it is not the machine's fault.

    It has no words of the error itself beside a file's name: those may quote a claim.
    """
    if isinstance(error, MemoryError):
        return _NO_MEMORY
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, sqlite3.OperationalError):
        return f"a database cannot be read or written; {_look(tempfile.gettempdir())}"
    if type(error).__module__.partition(".")[0] in _DATABASES:
        name = type(error).__name__
        if name == "OutOfMemoryException":
            return _NO_MEMORY
        if name in ("IOException", "FatalException"):
            return f"a database cannot be read or written; {_look(tempfile.gettempdir())}"
    return None


def _of_system(error: OSError) -> str:
    file = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return file + _NO_ROOM
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{file}cannot be read or written ({error.strerror}); give the permission"
    if error.errno in (errno.EBADF, errno.EIO):
        return f"{file}a stream is closed or cannot be used ({error.strerror}); name an --output"
    return f"{file}{error.strerror or 'cannot be used'}"


def _look(folder: str) -> str:
    return f"see whether {folder} (TMPDIR) has room and may be written"
