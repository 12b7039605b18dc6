"""Tables of a merged ontology: the user's newest, or the shipped rows with those of releases."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from claimshapes.errors import KnowledgeError
from claimshapes.files.made_folders import unlinked, write_over
from claimshapes.knowledge.descriptions import DataSetImport
from claimshapes.knowledge.folder import KnowledgeFolder, UserRelease
from claimshapes.knowledge.recorded import described
from claimshapes.knowledge.tables import DESCRIPTION, REACHED_BY, ROWS, SHA256, read_table
from claimshapes.rdf.vocabulary import CS_NS


def newest_table(
    made: Path,
    description: DataSetImport,
    user: KnowledgeFolder,
    release: UserRelease,
    name: str,
) -> None:
    """Puts a table of a release in place of the shipped one."""
    table = release.table(name)
    assert table is not None
    folder = made / "codes" / description.folder
    content = _metadata(folder, description, name)
    if REACHED_BY not in content:
        # Its rows are no code's: it is held in memory, with the others of the kind.
        folder = unlinked(made / "tables")
    content["url"] = f"{name}.csv.gz"
    write_over(folder / content["url"], user.table_content(table))
    _describe(folder, name, content, release.edition, table.rows)


def table_of_releases(
    folder: Path, description: DataSetImport, user: KnowledgeFolder, own: list[UserRelease]
) -> None:
    """Puts a table with the rows of releases, each with its own, in place of the shipped one."""
    name = description.table
    shipped = folder / f"{name}{DESCRIPTION}"
    content = _metadata(folder, description, name)
    names = [entry["name"] for entry in content["tableSchema"]["columns"] if "name" in entry]
    rows: list[list[str]] = []
    if shipped.is_file():
        editions = {release.edition.isoformat() for release in own}
        for row in _rows(read_table(shipped).file.read_bytes()):
            if "release" not in row:
                row["release"] = _only_release(shipped)
            if row["release"] not in editions:
                rows.append([row.get(each, "") for each in names])
    for release in own:
        table = release.table(name)
        assert table is not None
        for row in _rows(user.table_content(table)):
            row["release"] = release.edition.isoformat()
            rows.append([row.get(each, "") for each in names])
    order = [names.index(each) for each in (*description.key, "release")]
    rows.sort(key=lambda row: [row[each] for each in order])
    content["url"] = f"{name}.csv.gz"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    write_over(folder / content["url"], gzip.compress(text.getvalue().encode(), 6, mtime=0))
    _describe(folder, name, content, own[-1].edition, len(rows))


def _only_release(description: Path) -> str:
    """The release of all rows of a table that does not name it row by row."""
    for entry in json.loads(description.read_text("utf-8"))["tableSchema"]["columns"]:
        if entry.get("propertyUrl") == f"{CS_NS}inRelease" and "{" not in entry["valueUrl"]:
            return str(entry["valueUrl"]).rsplit("/", 1)[-1]
    raise KnowledgeError(f"{description}: its rows name no release")


def _metadata(folder: Path, description: DataSetImport, name: str) -> dict[str, Any]:
    """The description of a table: its own where the import has one, else the shipped one."""
    schema = (description.schema or {}).get(name)
    if schema is not None:
        return {"@context": ["http://www.w3.org/ns/csvw", {"cs": CS_NS}], "url": "", **schema}
    content: dict[str, Any] = json.loads((folder / f"{name}{DESCRIPTION}").read_text("utf-8"))
    return content


def _describe(folder: Path, name: str, content: dict[str, Any], edition: date, rows: int) -> None:
    text = json.dumps(content).replace("{edition}", edition.isoformat())
    file = folder / content["url"]
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    content = described(json.loads(text), sha256, rows)
    for key, value in ((SHA256, sha256), (ROWS, rows)):
        assert content[key] == value
    write_over(folder / f"{name}{DESCRIPTION}", json.dumps(content, indent=2).encode())


def _rows(content: bytes) -> Iterator[dict[str, str]]:
    plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    yield from csv.DictReader(io.StringIO(plain.decode("utf-8"), newline=""))
