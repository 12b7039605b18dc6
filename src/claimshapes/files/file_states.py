"""What tells that files have changed, without reading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

State = tuple[int, int, int] | None
"""Time, size and number of a file; none where there is no file."""

States = Mapping[Path, State]


def file_state(file: Path) -> State:
    """The state of a file."""
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def file_states(files: Iterable[Path]) -> States:
    """The states of files."""
    return {file: file_state(file) for file in files}
