"""Compiled files that several processes may want at once: one makes them, none sees half of one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claimshapes.files.compiled_record import replace_recorded
from claimshapes.files.private_files import waiting

_PREFIX = ".making-"


@contextmanager
def making(output: Path) -> Iterator[Path]:
    """Where to make a file, which takes its place at the end of the block, with its record.

    Other processes that make a file of the folder wait; what killed ones left there is removed.

    Args:
        output: the file's place.

    Raises:
        OSError: nothing can be written there.
    """
    with making_beside(output) as folder:
        made = folder / output.name
        yield made
        if made.exists():
            replace_recorded(made, output)


@contextmanager
def making_beside(output: Path) -> Iterator[Path]:
    """A folder next to a place, on the same file system, for as long as the block lasts.

    Other processes that ask for one next to it wait; what killed ones left there is removed.

    Raises:
        OSError: nothing can be written there.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with waiting(output.parent / ".lock"):
        for left in output.parent.glob(f"{_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            dir=output.parent, prefix=_PREFIX, ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)
