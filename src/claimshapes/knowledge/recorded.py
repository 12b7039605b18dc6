"""What the descriptions of tables and graphs record of them: the hash, and how much is in them.

A table or a graph is used only as it was recorded. A change that is meant is recorded by
``claimshapes knowledge record``.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from claimshapes.errors import InputError, RuleError
from claimshapes.files.cache import replace_file
from claimshapes.knowledge.tables import DESCRIPTION, ROWS, SHA256, read_table, table_rows
from claimshapes.rdf.vocabulary import CS_NS

_GRAPH = ".nt.xz"
_GRAPH_DESCRIPTION = "-metadata.json"
_TRIPLES = "cs:triples"
_CSVW = "http://www.w3.org/ns/csvw"


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A table or graph with what is recorded of it.

    Attributes:
        name: by which ``knowledge record`` knows it.
        file: the file.
        description: the file that records it.
        count: how many rows or triples are recorded; none where they are not.
        sha256: the hash that is recorded; empty where none is.
    """

    name: str
    file: Path
    description: Path
    count: int | None
    sha256: str

    @property
    def is_graph(self) -> bool:
        """Whether it holds triples, and not rows."""
        return self.file.name.endswith(_GRAPH)

    def found(self) -> str:
        """The hash that the file has now; empty where it cannot be read."""
        try:
            return hashlib.sha256(self.file.read_bytes()).hexdigest()
        except OSError:
            return ""


def recorded_files(ontology: Path) -> Iterator[RecordedFile]:
    """Every table and graph, by their places.

    Raises:
        RuleError: a description cannot be read.
    """
    for pattern in ("tables/*", "codes/*/*"):
        for description in sorted(ontology.glob(f"{pattern}{DESCRIPTION}")):
            table = read_table(description)
            name = description.name.removesuffix(DESCRIPTION)
            yield RecordedFile(name, table.file, description, table.rows, table.sha256)
    for file in sorted((ontology / "codes").glob(f"*/*{_GRAPH}")):
        description = file.with_name(file.name + _GRAPH_DESCRIPTION)
        try:
            content = json.loads(description.read_text("utf-8"))
            count, sha256 = content[_TRIPLES], content[SHA256]
        except FileNotFoundError:
            count, sha256 = None, ""
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RuleError(f"{description}: not a description of a graph: {error!r}") from error
        yield RecordedFile(file.name.removesuffix(_GRAPH), file, description, count, sha256)


def refuse_changed(ontology: Path) -> None:
    """Refuses tables and graphs that are not as recorded.

    Raises:
        RuleError: one is not; names the file, and how a change that is meant is recorded.
    """
    for each in recorded_files(ontology):
        if not each.sha256 or each.count is None:
            raise RuleError(f"{each.file}: has no hash on record; {_command(each)}")
        found = each.found()
        if found != each.sha256:
            what = f"sha256 {found[:12]}..., recorded is {each.sha256[:12]}..." if found else "gone"
            raise RuleError(
                f"{each.file}: was changed: {what}; restore the file, or if the change is meant,"
                f" {_command(each)}"
            )


def graph_triples(file: Path) -> list[ox.Quad]:
    """The triples of a graph.

    Raises:
        RuleError: it is damaged.
    """
    try:
        with lzma.open(file, "rb") as stream:
            return list(ox.parse(io.BytesIO(stream.read()), format=ox.RdfFormat.N_TRIPLES))
    except (OSError, EOFError, lzma.LZMAError, SyntaxError) as error:
        raise RuleError(f"{file}: is not a whole graph") from error


def record(ontology: Path, name: str) -> RecordedFile:
    """Records a table or graph as it is now, in its description and where its source is stated.

    Args:
        ontology: the ontology folder.
        name: name of the table or graph, or of its file.

    Returns:
        What is recorded now.

    Raises:
        InputError: there is none of this name, or what is to record cannot be written.
        RuleError: it cannot be read, or breaks its description.
    """
    known = {each.name: each for each in recorded_files(ontology)}
    chosen = known.get(name) or next((k for k in known.values() if k.file.name == name), None)
    if chosen is None:
        raise InputError(f"there is no table {name}; there are {', '.join(sorted(known))}")
    sha256 = chosen.found()
    try:
        if chosen.is_graph:
            count = len(graph_triples(chosen.file))
            content: dict[str, Any] = {"url": chosen.file.name, SHA256: sha256, _TRIPLES: count}
        else:
            table = replace(read_table(chosen.description), sha256=sha256, rows=None)
            count = sum(1 for _ in table_rows(table))
            content = json.loads(chosen.description.read_text("utf-8"))
            content = described(content, sha256, count)
        replace_file(chosen.description, _json(content))
        if chosen.sha256 and chosen.sha256 != sha256:
            for statement in chosen.file.parent.glob("*.ttl"):
                text = statement.read_text("utf-8")
                if chosen.sha256 in text:
                    replace_file(statement, text.replace(chosen.sha256, sha256).encode())
    except OSError as error:
        reason = error.strerror or "not a file"
        raise InputError(f"cannot be written ({reason})", file=str(chosen.description)) from error
    return RecordedFile(chosen.name, chosen.file, chosen.description, count, sha256)


def described(content: dict[str, Any], sha256: str, count: int) -> dict[str, Any]:
    """A table's description with the hash and the number of rows of its file."""
    made: dict[str, Any] = {}
    for key, value in content.items():
        if key in (SHA256, ROWS):
            continue
        plain = key == "@context" and value == _CSVW
        made[key] = [_CSVW, {"cs": CS_NS}] if plain else value
        if key == "url":
            made |= {SHA256: sha256, ROWS: count}
    return made


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _command(each: RecordedFile) -> str:
    return f"run `claimshapes knowledge record {each.name}`"
