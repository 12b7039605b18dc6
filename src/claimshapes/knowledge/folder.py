"""A user's knowledge folder: which releases are in it, and the tables of each.

``releases.json`` is the truth of a folder. It is replaced as a whole, and only after the tables
that it names are written, so that an import that was interrupted leaves what was there before.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from claimshapes.errors import InputError
from claimshapes.files.cache import replace_file
from claimshapes.files.private_files import waiting

_INDEX = "releases.json"
_TABLES = "tables"
_LOCK = ".lock"
_PART = ".part"
_FORMAT = 1
_LARGEST = 16_000_000
"""Bytes of an index; each release takes some 600."""


class SourceFile(msgspec.Struct, frozen=True, rename="camel"):
    """A publisher's file that a release was made from.

    Attributes:
        name: its name, with the archives around it.
        sha256: hash of its bytes.
        size: how many there are.
    """

    name: str
    sha256: str
    size: int


class ReleaseTable(msgspec.Struct, frozen=True, rename="camel"):
    """A table of a release, in the columns of the ontology.

    Attributes:
        name: the table's name.
        file: its file, below the folder's ``tables``.
        sha256: hash of the file.
        rows: how many rows it has.
    """

    name: str
    file: str
    sha256: str
    rows: int


class UserRelease(msgspec.Struct, frozen=True, rename="camel"):
    """A release that the user imported.

    Attributes:
        data_set: id of the data set.
        edition: first day of the period that the publisher's file is for.
        valid_from: first day that it speaks for.
        covered_through: last one.
        label: its name, for readers.
        layout: the published layout that was recognized.
        tables: its tables.
        sources: the files that it was made from.
        details: further facts that merging needs, by name.
    """

    data_set: str
    edition: date
    valid_from: date
    covered_through: date
    label: str
    layout: str
    tables: tuple[ReleaseTable, ...]
    sources: tuple[SourceFile, ...]
    details: dict[str, str] = {}

    @property
    def name(self) -> str:
        """How a command names it: ``mue-practitioner/2026-10-01``."""
        return f"{self.data_set}/{self.edition.isoformat()}"

    def table(self, name: str) -> ReleaseTable | None:
        """Its table of a name, if it has one."""
        return next((table for table in self.tables if table.name == name), None)


class _Index(msgspec.Struct, frozen=True, rename="camel"):
    format: int
    releases: tuple[UserRelease, ...]


@dataclass(frozen=True, slots=True)
class KnowledgeFolder:
    """A user's knowledge folder.

    Attributes:
        path: where it is; an import makes it.
    """

    path: Path

    @property
    def index(self) -> Path:
        """The file that says what is in it."""
        return self.path / _INDEX

    def content(self) -> bytes:
        """The index as it is; empty where the folder has none yet.

        Raises:
            InputError: it cannot be read.
        """
        try:
            if self.index.stat().st_size > _LARGEST:
                raise InputError("is no index of a knowledge folder", file=str(self.index))
            return self.index.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            reason = error.strerror or "is no file"
            raise InputError(f"cannot be read ({reason})", file=str(self.index)) from error

    def releases(self) -> tuple[UserRelease, ...]:
        """What was imported, by data set and edition.

        Raises:
            InputError: the index is none, or of a later version of the program.
        """
        content = self.content()
        if not content:
            return ()
        try:
            index = msgspec.json.decode(content, type=_Index)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise InputError(
                f"is no index of a knowledge folder ({error})", file=str(self.index)
            ) from error
        if index.format != _FORMAT:
            raise InputError(
                f"has the format {index.format}; this version reads {_FORMAT}", file=str(self.index)
            )
        for release in index.releases:
            for table in release.tables:
                if Path(table.file).name != table.file:
                    raise InputError("names a table outside of the folder", file=str(self.index))
        return index.releases

    def file(self, table: ReleaseTable) -> Path:
        """Where a table is."""
        return self.path / _TABLES / table.file

    def table_content(self, table: ReleaseTable) -> bytes:
        """The bytes of a table.

        Raises:
            InputError: it is gone, or was changed.
        """
        file = self.file(table)
        try:
            content = file.read_bytes()
        except OSError as error:
            reason = error.strerror or "is no file"
            raise InputError(f"cannot be read ({reason}); import again", file=str(file)) from error
        if hashlib.sha256(content).hexdigest() != table.sha256:
            raise InputError("was changed since it was imported; import again", file=str(file))
        return content

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keeps other processes from changing the folder meanwhile.

        Raises:
            InputError: nothing can be written there.
        """
        try:
            (self.path / _TABLES).mkdir(parents=True, exist_ok=True)
            lock = waiting(self.path / _LOCK)
            lock.__enter__()
        except OSError as error:
            reason = error.strerror or "no folder"
            raise InputError(f"cannot be written ({reason})", file=str(self.path)) from error
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def add_table(self, name: str, made: Path, rows: int) -> ReleaseTable:
        """Puts a table's file in its place, under a name that holds its hash."""
        with made.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        table = ReleaseTable(
            name, f"{name}-{sha256[:16]}{made.name[made.name.index('.') :]}", sha256, rows
        )
        target = self.file(table)
        if not target.exists():
            part = target.with_name(target.name + _PART)
            shutil.copyfile(made, part)
            part.replace(target)
        return table

    def put(self, releases: tuple[UserRelease, ...]) -> None:
        """Makes these the folder's releases, and removes the tables of no release.

        Raises:
            InputError: the index cannot be written; what was there stays.
        """
        ordered = tuple(sorted(releases, key=lambda release: (release.data_set, release.edition)))
        content = msgspec.json.format(msgspec.json.encode(_Index(_FORMAT, ordered)), indent=2)
        try:
            replace_file(self.index, content + b"\n")
        except OSError as error:
            reason = error.strerror or "no folder"
            raise InputError(f"cannot be written ({reason})", file=str(self.index)) from error
        kept = {table.file for release in ordered for table in release.tables}
        for file in (self.path / _TABLES).glob("*"):
            if file.name not in kept:
                with suppress(OSError):
                    file.unlink()
