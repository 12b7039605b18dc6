"""The compiled knowledge in small files by the beginnings of codes, for a browser to load.

A file holds all that its codes reach, so that a claim needs one file for each beginning. Of the
facts only those are in it whose property a query names: others cannot change a finding.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from claimshapes.knowledge.compile import CATEGORY, code_key
from claimshapes.knowledge.tables import Column, LargeTable, large_tables, table_id
from claimshapes.rdf.vocabulary import CS_NS

BEGINNING = 3
"""Characters by which codes are put together; no diagnosis code has fewer."""


@dataclass(frozen=True, slots=True)
class KnowledgeFiles:
    """The knowledge for a browser.

    Attributes:
        files: compressed JSON by the beginning of the codes, and ``index`` with what is needed to
            read it.
        properties: IRIs of the properties of the triples that claims get from it.
    """

    files: dict[str, bytes]
    properties: frozenset[str]


@lru_cache(maxsize=1)
def knowledge_files(compiled: Path, ontology: Path, named: frozenset[str]) -> KnowledgeFiles:
    """Makes the files.

    Args:
        compiled: the compiled knowledge.
        ontology: the folder of the tables' descriptions.
        named: IRIs that queries name.
    """
    connection = sqlite3.connect(f"file:{compiled}?mode=ro&immutable=1", uri=True)
    try:
        meta = {
            name: json.loads(value)
            for name, value in connection.execute("SELECT name, value FROM meta")
        }
        parts: dict[str, dict[str, Any]] = defaultdict(dict)
        for beginning, codes, facts in _diagnoses(connection, meta, named):
            parts[beginning] |= {"codes": codes, "facts": facts}
        for beginning, pages in _pages(connection).items():
            parts[beginning]["pages"] = pages
    finally:
        connection.close()
    files = {name: compressed(part) for name, part in parts.items()}
    predicates = meta["predicates"]
    tables = large_tables(ontology)
    files["index"] = compressed(
        {
            "beginning": BEGINNING,
            "files": sorted(parts),
            "predicates": predicates,
            "namespaces": meta["namespaces"],
            "reach": [number for number, iri in enumerate(predicates) if iri in meta["reach"]],
            "ancestry": [
                number for number, iri in enumerate(predicates) if iri in meta["ancestry"]
            ],
            "reportable": predicates.index(f"{CS_NS}reportableDuring"),
            "category": CATEGORY,
            "tables": {table_id(large): _table(large) for large in tables},
        }
    )
    of_rows = {
        column.property_url
        for large in tables
        for column in large.table.columns
        if column.property_url is not None
    }
    return KnowledgeFiles(files, frozenset({*predicates, *of_rows}))


def compressed(content: Any) -> bytes:
    """JSON as ``DecompressionStream("deflate")`` unpacks it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def _diagnoses(
    connection: sqlite3.Connection, meta: dict[str, Any], named: frozenset[str]
) -> Iterator[tuple[str, dict[str, list[str]], dict[str, list[Any]]]]:
    """The codes with one beginning, and the facts of all that they reach."""
    reach = {n for n, iri in enumerate(meta["predicates"]) if iri in meta["reach"]}
    kept = reach | {n for n, iri in enumerate(meta["predicates"]) if iri in named}
    described = {
        subject: [fact for fact in json.loads(facts) if fact[0] in kept]
        for subject, facts in connection.execute("SELECT subject, facts FROM description")
    }
    numbers = {space: number for number, space in enumerate(meta["namespaces"])}
    by_beginning: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for key, concept, notation in connection.execute("SELECT key, concept, notation FROM code"):
        cut = max(concept.rfind("/"), concept.rfind("#")) + 1
        short = f"{numbers[concept[:cut]]}:{concept[cut:]}"
        by_beginning[key[:BEGINNING]][key] = [short, notation]
    for beginning, codes in by_beginning.items():
        facts: dict[str, list[Any]] = {}
        pending = [concept for concept, _ in codes.values()]
        while pending:
            subject = pending.pop()
            if subject in facts or subject not in described:
                continue
            facts[subject] = described[subject]
            pending += [value for number, _, value in facts[subject] if number in reach]
        yield beginning, codes, facts


def _pages(connection: sqlite3.Connection) -> dict[str, dict[str, dict[str, str]]]:
    """The tables' rows by the beginning of the code that reaches them, the code and the table."""
    pages: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for name, first, rows in connection.execute("SELECT name, first, rows FROM page"):
        values = csv.reader(io.StringIO(zlib.decompress(rows).decode()))
        pages[code_key(first)[:BEGINNING]][first][name] = "\n".join(
            "\t".join(row) for row in values
        )
    return pages


def _table(large: LargeTable) -> dict[str, Any]:
    names = large.table.names
    return {
        "aboutUrl": large.table.about_url,
        "reachedBy": [names.index(name) for name in large.keys],
        "reaches": [names.index(name) for name in large.reaches],
        "columns": [_column(column) for column in large.table.columns],
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "propertyUrl": column.property_url,
        "valueUrl": column.value_url,
        "datatype": column.datatype,
        "virtual": column.virtual,
        "separator": column.separator,
    }
