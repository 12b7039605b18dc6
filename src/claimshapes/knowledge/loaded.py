"""Which releases of a data set are loaded, shipped ones and the user's, and the rows of each."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyoxigraph as ox

from claimshapes.knowledge.descriptions import DataSetImport
from claimshapes.knowledge.folder import KnowledgeFolder, UserRelease
from claimshapes.knowledge.tables import DESCRIPTION, read_table
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, DATASET_NS, RELEASE_NS
from claimshapes.resources import shipped_directory


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """A table of a loaded release.

    Attributes:
        edition: first day of the period whose file it is.
        file: the file, which may hold other releases too.
        names: its columns.
        release: the release whose rows are meant, where the file holds several.
        user: the user's release; none for a shipped one.
    """

    edition: date
    file: Path
    names: list[str]
    release: str | None
    user: UserRelease | None

    @property
    def supplied_by(self) -> str:
        """Who supplied it."""
        return "shipped" if self.user is None else "user"


def shipped_editions(description: DataSetImport) -> list[date]:
    """The editions of a data set that the package ships, from first to last."""
    node = ox.NamedNode(DATASET_NS + description.data_set)
    release = ox.NamedNode(f"{CS_NS}release")
    prefix = f"{RELEASE_NS}{description.data_set}/"
    found = set()
    for file in (shipped_directory("ontology") / "codes" / description.folder).glob("*.ttl"):
        for triple in read_triples(file):
            if triple.subject == node and triple.predicate == release:
                found.add(date.fromisoformat(str(triple.object.value).removeprefix(prefix)))
    return sorted(found)


def loaded_tables(description: DataSetImport, folder: KnowledgeFolder | None) -> list[LoadedTable]:
    """The data set's table in each loaded edition, from first to last; the user's replace others.

    Raises:
        InputError: the user's folder cannot be used.
        RuleError: a description cannot be read.
    """
    tables: dict[date, LoadedTable] = {}
    place = shipped_directory("ontology") / "codes" / description.folder
    metadata = place / f"{description.table}{DESCRIPTION}"
    if metadata.is_file():
        table = read_table(metadata)
        editions = shipped_editions(description)
        if description.keeps == "newest":
            editions = editions[-1:]
        for edition in editions:
            named = edition.isoformat() if "release" in table.names else None
            tables[edition] = LoadedTable(edition, table.file, table.names, named, None)
    for release in () if folder is None else folder.releases():
        own = release.table(description.table)
        if folder is not None and own is not None and release.data_set == description.data_set:
            names = table_names(description)
            named = release.edition.isoformat() if "release" in names else None
            tables[release.edition] = LoadedTable(
                release.edition, folder.file(own), names, named, release
            )
    return [tables[edition] for edition in sorted(tables)]


def table_names(description: DataSetImport) -> list[str]:
    """The columns of the data set's table as it is imported."""
    name = description.table
    schema = (description.schema or {}).get(name)
    if schema is not None:
        columns = schema["tableSchema"]["columns"]
        return [str(column["name"]) for column in columns if not column.get("virtual")]
    place = shipped_directory("ontology") / "codes" / description.folder
    return read_table(place / f"{name}{DESCRIPTION}").names


def shipped_file(description: DataSetImport, table: str) -> Path | None:
    """The file of a table that the package ships; none where it ships none."""
    place = shipped_directory("ontology") / "codes" / description.folder
    metadata = place / f"{table}{DESCRIPTION}"
    return read_table(metadata).file if metadata.is_file() else None


def unpacked(file: Path) -> bytes:
    """A file's content, of a packed one what is in it."""
    content = file.read_bytes()
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
