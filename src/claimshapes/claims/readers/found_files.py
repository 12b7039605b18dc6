"""Finds the files of claims that folders and patterns name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from claimshapes.claims.readers.compressed import STANDARD_INPUT
from claimshapes.claims.readers.source import is_named_as_claims

_PATTERN = frozenset("*?[")
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files of claims, and what was passed over in folders.

    Attributes:
        files: their names; those of a folder or a pattern in the order of their paths, without
            those that came before.
        skipped: by folder, the files whose names are of no format of claims; the input format of
            claims does not change that.
    """

    files: tuple[str, ...]
    skipped: dict[str, tuple[str, ...]]

    def notices(self) -> list[str]:
        """What was passed over, a line for each folder."""
        lines = []
        for folder, names in self.skipped.items():
            shown = ", ".join(names[:_MOST_NAMED])
            more = len(names) - _MOST_NAMED
            rest = f" and {more:,} more" if more > 0 else ""
            files = "1 file" if len(names) == 1 else f"{len(names):,} files"
            lines.append(
                f"{folder}: {files} skipped, whose names are of no format of claims:"
                f" {shown}{rest}; name a file to read it"
            )
        return lines


def find_files(names: Iterable[str]) -> FoundFiles:
    """The files that names stand for.

    Args:
        names: files, ``-`` for standard input, folders, whose files of claims are found in all
            folders below, or patterns such as ``claims/**/*.837``. Files and folders whose names
            begin with a dot are left out, and links to folders are not followed. A name that stands
            for nothing stays as it is.
    """
    files: list[str] = []
    skipped: dict[str, tuple[str, ...]] = {}
    for name in names:
        found = _matching(name)
        if found == [name] and not _is_folder(name):
            files.append(name)
            continue
        within = dict.fromkeys(file for each in found for file in _of(each, skipped))
        seen = set(files)
        # Whoever reads it says that there is no such file, and the others are read.
        files += [name] if not within else (file for file in within if file not in seen)
    return FoundFiles(tuple(files), skipped)


def _matching(name: str) -> list[str]:
    """What a pattern matches; else the name itself, which may be of a file that is not there."""
    if name == STANDARD_INPUT or not _PATTERN & set(name) or os.path.lexists(name):
        return [name]
    path = Path(name)
    root, pattern = Path(path.anchor), path.parts[bool(path.anchor) :]
    return sorted(
        str(found)
        for found in root.glob(str(Path(*pattern)))
        if not any(part.startswith(".") and part not in pattern for part in found.parts)
    )


def _of(name: str, skipped: dict[str, tuple[str, ...]]) -> list[str]:
    if not _is_folder(name):
        return [name]
    inside = sorted(_inside(name))
    files = [file for file in inside if is_named_as_claims(file)]
    others = tuple(os.path.relpath(file, name) for file in inside if not is_named_as_claims(file))
    if others:
        skipped[name] = others
    return files


def _inside(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".")]
        yield from (str(Path(place, name)) for name in names if not name.startswith("."))


def _is_folder(name: str) -> bool:
    try:
        return name != STANDARD_INPUT and Path(name).is_dir()
    except (OSError, ValueError):
        return False
