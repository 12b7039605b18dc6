"""Folders in a cache that are made once for each content, mostly of links to other folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from claimshapes.files.file_states import file_state
from claimshapes.files.made_once import making_beside

_WHOLE = ".whole"
_KEPT = 3
"""Folders that stay next to each other; the oldest go when another is made."""


def made_folder(place: Path, make: Callable[[Path], None]) -> Path:
    """Makes a folder unless it is there as a whole.

    Other processes that make one next to it wait; what killed ones left there is removed.

    Args:
        place: where it is; its name says all that it is made of.
        make: makes it at another place.

    Raises:
        OSError: nothing can be written there.
    """
    whole = place / _WHOLE
    if not whole.is_file():
        with making_beside(place) as folder:
            if not whole.is_file():
                made = folder / "made"
                made.mkdir()
                make(made)
                (made / _WHOLE).touch()
                shutil.rmtree(place, ignore_errors=True)
                made.rename(place)
                _remove_oldest(place.parent)
    with suppress(OSError):
        os.utime(place)
    return place


def _remove_oldest(folder: Path) -> None:
    others = [each for each in folder.iterdir() if not each.name.startswith(".")]
    others.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in others[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def link(source: Path, target: Path) -> None:
    """Puts a link, or a copy where the system has none."""
    try:
        target.symlink_to(source.resolve(), target_is_directory=source.is_dir())
    except OSError:
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


def unlinked(folder: Path) -> Path:
    """A folder of links in place of a link to a folder."""
    if folder.is_symlink():
        source = folder.resolve()
        folder.unlink()
        folder.mkdir()
        for file in source.iterdir():
            link(file, folder / file.name)
    return folder


def write_over(file: Path, content: bytes) -> None:
    """Writes a file in place of a link, never through it."""
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def states(folder: Path, pattern: str = "*") -> list[str]:
    """What tells that a file below a folder has changed."""
    return [
        f"{file.relative_to(folder)} {file_state(file)}"
        for file in sorted(folder.rglob(pattern))
        if file.is_file() and not file.name.startswith(".")
    ]
