"""Packs the large graphs and tables of ontology/codes into one file that opens at once.

The RDF and the tables remain the source. The file is SQLite, with

- ``description``: the triples of one subject as JSON, ``[[predicate, kind, value], ...]``;
- ``code``: a concept's IRI by its code without punctuation, in capitals;
- ``page``: the rows of a large table that share the first code by which they are reached;
- ``meta``: term numbers, the tables, and the hash of every source.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import lzma
import re
import sqlite3
import zlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from claimshapes.files.compiled_record import is_as_recorded
from claimshapes.files.made_once import making
from claimshapes.knowledge.recorded import refuse_changed
from claimshapes.knowledge.tables import (
    DESCRIPTION,
    large_tables,
    read_table,
    table_id,
    table_rows,
)
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, SKOS_NS, XSD_NS

FORMAT = 2
IRI, PLAIN, ENGLISH, DATE, BOOLEAN, INTEGER = range(6)

CATEGORY = 3
"""Characters of a category, the shortest diagnosis code."""

_XSD_STRING = f"{XSD_NS}string"
_KINDS = {
    _XSD_STRING: PLAIN,
    f"{XSD_NS}date": DATE,
    f"{XSD_NS}boolean": BOOLEAN,
    f"{XSD_NS}integer": INTEGER,
}
_SCHEMA = """
    CREATE TABLE description (subject TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE code (key TEXT PRIMARY KEY, concept TEXT NOT NULL, notation TEXT NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE page (name TEXT, first TEXT, rows BLOB NOT NULL, PRIMARY KEY (first, name))
        WITHOUT ROWID;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


def compile_knowledge(ontology: Path, output: Path) -> None:
    """Makes the compiled file anew; it is replaced only once it is whole.

    Args:
        ontology: the ontology folder.
        output: the SQLite file to write.

    Raises:
        RuleError: a source cannot be read, or is not as it was recorded; names the file.
    """
    refuse_changed(ontology)
    with making(output) as made:
        connection = sqlite3.connect(made)
        try:
            connection.executescript(_SCHEMA)
            counts = _add_graphs(connection, ontology)
            counts |= _add_tables(connection, ontology)
            meta = {
                "format": FORMAT,
                "sources": source_hashes(ontology),
                "counts": counts,
                "reach": followed_properties(ontology),
                "ancestry": _marked(ontology, "ancestry"),
            }
            connection.executemany(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                [(name, json.dumps(value, sort_keys=True)) for name, value in meta.items()],
            )
            connection.commit()
            connection.execute("VACUUM")
        finally:
            connection.close()


def is_current(ontology: Path, compiled: Path) -> bool:
    """Whether the compiled file is as it was made, and from the sources as they are now."""
    if not is_as_recorded(compiled):
        return False
    try:
        connection = sqlite3.connect(f"file:{compiled}?mode=ro", uri=True)
        try:
            rows = dict(connection.execute("SELECT name, value FROM meta"))
        finally:
            connection.close()
    except sqlite3.Error:
        return False
    return rows.get("format") == json.dumps(FORMAT) and json.loads(
        rows.get("sources", "{}")
    ) == source_hashes(ontology)


def source_hashes(ontology: Path) -> dict[str, str]:
    """SHA-256 of every file that the compiled file is made from, by its place in the ontology."""
    return {
        str(file.relative_to(ontology)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(_sources(ontology))
    }


def beginnings(notation: str) -> list[str]:
    """A diagnosis code and the codes of the headings above it, as far as its characters say."""
    return [notation[:length] for length in range(CATEGORY, len(notation) + 1)]


def code_key(code: str) -> str:
    """A code as it is looked up: capitals and digits only."""
    return re.sub(r"[^0-9A-Z]", "", code.upper())


def _sources(ontology: Path) -> Iterator[Path]:
    yield ontology / "code.ttl"
    yield from (ontology / "codes").glob("*/*.nt.xz")
    for description in (ontology / "codes").glob(f"*/*{DESCRIPTION}"):
        yield description
        yield read_table(description).file


def followed_properties(ontology: Path) -> list[str]:
    """The properties by which a claim's codes reach more of the knowledge."""
    return _marked(ontology, "reach")


def _marked(ontology: Path, mark: str) -> list[str]:
    return sorted(
        triple.subject.value
        for triple in read_triples(ontology / "code.ttl")
        if triple.predicate.value == CS_NS + mark and triple.object.value == "true"
    )


def _add_graphs(connection: sqlite3.Connection, ontology: Path) -> dict[str, int]:
    predicates: dict[str, int] = {}
    namespaces: dict[str, int] = {}
    concepts = triples = 0
    for file in sorted((ontology / "codes").glob("*/*.nt.xz")):
        with lzma.open(file, "rb") as stream:
            quads = ox.parse(io.BytesIO(stream.read()), format=ox.RdfFormat.N_TRIPLES)
            for subject, group in groupby(quads, key=lambda quad: quad.subject.value):
                facts: list[tuple[int, int, str]] = []
                notation = None
                for quad in group:
                    predicate = quad.predicate.value
                    kind, value = _packed(quad.object, namespaces)
                    number = predicates.setdefault(predicate, len(predicates))
                    facts.append((number, kind, value))
                    if predicate == f"{SKOS_NS}notation":
                        notation = value
                triples += len(facts)
                connection.execute(
                    "INSERT INTO description VALUES (?, ?)",
                    (
                        _shortened(subject, namespaces),
                        json.dumps(facts, separators=(",", ":"), ensure_ascii=False),
                    ),
                )
                # Chapters and blocks have notations that are no codes.
                if notation is not None and subject.endswith(f"/{notation}"):
                    concepts += 1
                    connection.execute(
                        "INSERT INTO code VALUES (?, ?, ?)",
                        (code_key(notation), subject, notation),
                    )
    for name, numbers in (("predicates", predicates), ("namespaces", namespaces)):
        connection.execute("INSERT INTO meta VALUES (?, ?)", (name, json.dumps(list(numbers))))
    return {"concepts": concepts, "triples": triples}


def _packed(term: Any, namespaces: dict[str, int]) -> tuple[int, str]:
    if isinstance(term, ox.NamedNode):
        return IRI, _shortened(term.value, namespaces)
    if term.language == "en":
        return ENGLISH, term.value
    kind = _KINDS.get(term.datatype.value)
    if kind is None or term.language:
        raise ValueError(f"a literal of {term.datatype.value} or @{term.language} cannot be packed")
    return kind, term.value


def _shortened(iri: str, namespaces: dict[str, int]) -> str:
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    return f"{namespaces.setdefault(iri[:cut], len(namespaces))}:{iri[cut:]}"


def _add_tables(connection: sqlite3.Connection, ontology: Path) -> dict[str, int]:
    counts = {}
    tables: dict[str, str] = {}
    for large in large_tables(ontology):
        table, description = large.table, large.table.description
        name = table_id(large)
        # A row as its line of CSV takes a fifth of the memory of a row as a dictionary.
        pages: dict[str, list[str]] = {}
        counts[name] = 0
        for row in table_rows(table):
            pages.setdefault(row[large.keys[0]], []).append(_line(table.names, row))
            counts[name] += 1
        connection.executemany(
            "INSERT INTO page VALUES (?, ?, ?)",
            (
                (name, first, zlib.compress("".join(lines).encode(), 9))
                for first, lines in sorted(pages.items())
            ),
        )
        tables[name] = str(description.relative_to(ontology))
    connection.execute("INSERT INTO meta VALUES ('tables', ?)", (json.dumps(tables),))
    return counts


def _line(names: list[str], row: dict[str, str]) -> str:
    values = [row[name] for name in names]
    line = ",".join(values)
    if not {'"', "\r", "\n"} & set(line) and line.count(",") == len(values) - 1:
        return line + "\n"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
