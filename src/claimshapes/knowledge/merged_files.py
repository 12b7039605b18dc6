"""Files of a merged ontology: links to the package's, and own ones in place of links."""

from __future__ import annotations

import shutil
from pathlib import Path


def link(source: Path, target: Path) -> None:
    """Puts a link, or a copy where the system has none."""
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


def in_place_of_link(folder: Path) -> Path:
    """A folder of links in place of a link to a folder."""
    if folder.is_symlink():
        source = folder.resolve()
        folder.unlink()
        folder.mkdir()
        for file in source.iterdir():
            link(file, folder / file.name)
    return folder


def write(file: Path, content: bytes) -> None:
    """Writes a file of the merged folder: in place of a link, never through it."""
    file.unlink(missing_ok=True)
    file.write_bytes(content)
