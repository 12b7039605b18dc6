"""What a compiled file was when it was made, so that one that was altered since is not used."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from claimshapes.kept_entries import replace_file


def write_record(file: Path) -> None:
    """Writes down the hash of a compiled file that is whole.

    Raises:
        OSError: it cannot be written.
    """
    _write(file, _hash(file))


def is_as_recorded(file: Path) -> bool:
    """Whether a compiled file is the one that was recorded.

    Its content is hashed only where its size, its times or its inode are others than recorded,
    as after a copy.
    """
    try:
        record = json.loads(_record(file).read_bytes())
        sha256, state = record["sha256"], record["state"]
        if state == _state(file):
            return True
        if sha256 != _hash(file):
            return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    with suppress(OSError):
        _write(file, sha256)
    return True


def _write(file: Path, sha256: str) -> None:
    content = json.dumps({"sha256": sha256, "state": _state(file)})
    replace_file(_record(file), content.encode())


def _record(file: Path) -> Path:
    return file.with_name(f"{file.name}.record.json")


def _state(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
