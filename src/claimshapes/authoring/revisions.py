"""Folders as they are, and as they were at a revision of git."""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claimshapes.errors import InputError

_SECONDS = 60


@contextmanager
def folder_at(said: str, like: Path | None = None) -> Iterator[Path]:
    """A folder, or what one was at a revision.

    Args:
        said: a folder, ``REVISION`` or ``REVISION:FOLDER``.
        like: the folder whose state at a revision is meant where none is named.

    Raises:
        InputError: it is neither, or the revision has no such folder.
    """
    if Path(said).is_dir():
        yield Path(said)
        return
    revision, _, inside = said.partition(":")
    place = Path(inside) if inside else like
    if place is None:
        raise InputError(f"{said} is no folder; name a folder, or REVISION:FOLDER")
    start = next(each for each in (place.absolute(), *place.absolute().parents) if each.is_dir())
    top = git(start, "rev-parse", "--show-toplevel")
    if top is None:
        raise InputError(f"{said} is no folder, and {place} is in no git repository")
    root = Path(top.decode().strip())
    name = place.resolve().relative_to(root).as_posix()
    with tempfile.TemporaryDirectory(prefix="claimshapes-revision-") as made:
        if not extract(root, revision, name, Path(made)):
            raise InputError(f"{said} is neither a folder nor a revision with the folder {name}")
        yield Path(made) / name


def extract(root: Path, revision: str, folder: str, into: Path) -> bool:
    """Writes a folder of a checkout as it was at a revision.

    Returns:
        Whether there is such a revision, and such a folder in it.
    """
    packed = git(root, "archive", "--format=zip", revision, "--", folder)
    if packed is None:
        return False
    # Members stay within the folder; the filters of tarfile came with Python 3.11.4 only.
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(into)
    return True


def git(root: Path, *arguments: str) -> bytes | None:
    """What git answers; none where it cannot."""
    try:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, check=True, timeout=_SECONDS).stdout
    except (OSError, subprocess.SubprocessError):
        return None
