"""What takes long to make of rules, kept in a file for each set of rules.

A file's name says all that its content was made of, so that what is kept cannot be stale; its
first line has the hash of the rest, which tells a damaged file. What is in it is data: JSON, of
which reading runs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from claimshapes.files.cache import replace_file
from claimshapes.resources import cache_folder, shipped_compiled
from claimshapes.version import __version__

_FOLDER = "kept"
_MOST = 12
"""Files of a kind that a folder keeps; the oldest go."""

_PROGRAM = ("claims", "engines", "files", "knowledge", "rdf", "rules")
"""The folders of the program on which it depends what is made of rules."""


class KeptFiles:
    """Contents by their keys.

    Args:
        kind: what they are; begins the files' names.
        folders: where they are looked for; the last takes what is new.
    """

    def __init__(self, kind: str, folders: Iterable[Path]) -> None:
        self._kind = kind
        self._folders = list(folders)

    def get(self, key: str) -> bytes | None:
        """The content of a key; none where none is known."""
        for folder in self._folders:
            with suppress(OSError):
                digest, _, content = self._file(folder, key).read_bytes().partition(b"\n")
                if digest == _digest(content):
                    return content
        return None

    def add(self, key: str, content: bytes) -> None:
        """Keeps a content; that it cannot be written does no harm."""
        if not self._folders:
            return
        folder = self._folders[-1]
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._file(folder, key), _digest(content) + b"\n" + content)
            files = sorted(
                folder.glob(f"{self._kind}-*.json"), key=lambda each: each.stat().st_mtime
            )
            for file in files[:-_MOST]:
                file.unlink()

    def _file(self, folder: Path, key: str) -> Path:
        return folder / f"{self._kind}-{key}.json"


def shipped_folder() -> Path:
    """Where what was made of the shipped rules is kept: with the package."""
    return shipped_compiled() / _FOLDER


def kept_files(kind: str) -> KeptFiles:
    """What is kept with the package, and for this user, which takes what is new."""
    own = cache_folder()
    return KeptFiles(kind, [shipped_folder(), *([] if own is None else [own / _FOLDER])])


def key_of(*parts: str | bytes | Path) -> str:
    """A key that says the program, these texts, and the names and contents of these files.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256(_program().encode())
    for part in parts:
        if isinstance(part, Path):
            _add(digest, str(part).encode())
            part = part.read_bytes()
        _add(digest, part if isinstance(part, bytes) else part.encode())
    return digest.hexdigest()


def _add(digest: hashlib._Hash, content: bytes) -> None:
    digest.update(f"{len(content)} ".encode())
    digest.update(content)


@cache
def _program() -> str:
    digest = hashlib.sha256(__version__.encode())
    package = Path(__file__).parents[1]
    for folder in _PROGRAM:
        for file in sorted((package / folder).rglob("*.py")):
            _add(digest, file.read_bytes())
    return digest.hexdigest()


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
