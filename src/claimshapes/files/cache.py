"""What takes long to find and may be found anew at any time, kept in files between runs.

An entry's key says all that it depends on, so that what is kept cannot be stale. Several processes
may use a file: it is replaced as a whole, and what one enters while another does may be found anew.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from claimshapes.resources import cache_folder

_MOST = 5000
"""Entries that a file keeps; the oldest go."""

_LARGEST = 64_000_000
"""Bytes of a file; a larger one is none of ours."""


class _File(msgspec.Struct):
    """What a file holds.

    Attributes:
        form: what made the entries, and in which form.
        sha256: hash of the entries, which tells a damaged file.
        entries: each entry by its key.
    """

    form: str
    sha256: str
    entries: dict[str, msgspec.Raw]


class KeptEntries:
    """Entries by their keys; each is what JSON can say, so that reading one runs nothing.

    Args:
        files: files of entries; the last of them takes what is new. One that is damaged, or of
            another form, counts as empty.
        form: what made the entries, and in which form.
    """

    def __init__(self, files: Iterable[Path], form: str) -> None:
        self._files = list(files)
        self._form = form
        self._known: dict[str, msgspec.Raw] = {}
        self._new: dict[str, msgspec.Raw] = {}
        for file in self._files:
            self._known |= self._entries(file)

    def get(self, key: str) -> Any:
        """The entry of a key; none where none is known."""
        known = self._known.get(key)
        return None if known is None else msgspec.json.decode(known)

    def add(self, key: str, entry: Any) -> None:
        """Enters what was found."""
        self._known[key] = self._new[key] = msgspec.Raw(msgspec.json.encode(entry))

    def keep(self) -> None:
        """Writes down what is new; that it cannot be written does no harm."""
        if not self._new or not self._files:
            return
        file = self._files[-1]
        kept = dict(list({**self._entries(file), **self._new}.items())[-_MOST:])
        content = msgspec.json.encode(_File(self._form, _digest(kept), kept))
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, content)
            self._new = {}

    def _entries(self, file: Path) -> dict[str, msgspec.Raw]:
        try:
            if file.stat().st_size > _LARGEST:
                return {}
            content = msgspec.json.decode(file.read_bytes(), type=_File)
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            return {}
        if content.form != self._form or content.sha256 != _digest(content.entries):
            return {}
        return content.entries


def cache_files(name: str) -> list[Path]:
    """The file of this name in the user's cache; none where the user has none."""
    folder = cache_folder()
    return [] if folder is None else [folder / name]


def replace_file(file: Path, content: bytes) -> None:
    """Writes a file that is there as a whole or not at all, as readable as the umask lets it be.

    Raises:
        OSError: it cannot be written; what was there before stays.
    """
    made = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        made.replace(file)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise


def _digest(entries: dict[str, msgspec.Raw]) -> str:
    digest = hashlib.sha256()
    for key, entry in entries.items():
        digest.update(f"{key}\0".encode())
        digest.update(entry)
    return digest.hexdigest()
