"""What a compiled file was when it was made, so that one that was altered since is not used."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from claimshapes.files.cache import replace_file


def replace_recorded(made: Path, output: Path) -> None:
    """Puts a compiled file that is whole in its place, and writes down its hash.

    At each moment the record names the file that is there, for other processes.

    Raises:
        OSError: it cannot be written.
    """
    sha256 = _hash(made)
    before = _read(output)
    _write(output, {"sha256": sha256, "before": before.get("sha256")})
    made.replace(output)
    _write(output, {"sha256": sha256, "state": _state(output)})


def is_as_recorded(file: Path) -> bool:
    """Whether a compiled file is the one that was recorded.

    Its content is hashed only where its size, its times or its inode are others than recorded,
    as after a copy.
    """
    try:
        record = _read(file)
        if record.get("state") == _state(file):
            return True
        found = _hash(file)
    except OSError:
        return False
    if found not in (record.get("sha256"), record.get("before")):
        return False
    if found == record.get("sha256"):
        with suppress(OSError):
            _write(file, {"sha256": found, "state": _state(file)})
    return True


def _read(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(_record(file).read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write(file: Path, record: dict[str, Any]) -> None:
    replace_file(_record(file), json.dumps(record).encode())


def _record(file: Path) -> Path:
    return file.with_name(f"{file.name}.record.json")


def _state(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
