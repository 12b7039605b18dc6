"""The small part of the knowledge that every claim's graph holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox

from claimshapes.files.kept_files import kept_files, key_of
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.tables import DESCRIPTION, table_triples
from claimshapes.rdf.turtle_files import read_triples


def resident_files() -> list[Path]:
    """The Turtle files of it."""
    ontology = resource_directory("ontology")
    return [
        ontology / "payers.ttl",
        ontology / "documentation.ttl",
        *sorted((ontology / "curated").glob("*.ttl")),
        *sorted((ontology / "codes").glob("*/*.ttl")),
    ]


def resident_quads() -> Sequence[ox.Quad]:
    """Payers, documentation elements, value sets, curated tables, data sets and their releases.

    They are kept between runs, since to read them takes longer than to check a claim.

    Returns:
        The same for as long as the files are the same.

    Raises:
        RuleError: a file is not Turtle; names file and line.
    """
    ontology = resource_directory("ontology")
    files = [*resident_files(), *sorted((ontology / "tables").rglob("*"))]
    try:
        contents = [
            (str(file.relative_to(ontology)), file.read_bytes()) for file in files if file.is_file()
        ]
    except OSError:
        return _read(ontology)
    return _known(ontology, key_of(*(part for content in contents for part in content)))


@lru_cache(maxsize=4)
def _known(ontology: Path, key: str) -> Sequence[ox.Quad]:
    kept = kept_files("resident")
    content = kept.get(key)
    if content is None:
        quads = _read(ontology)
        kept.add(key, b"".join(f"{quad} .\n".encode() for quad in quads))
        return quads
    return list(ox.parse(content, format=ox.RdfFormat.N_QUADS))


def _read(ontology: Path) -> list[ox.Quad]:
    quads = [statement.quad() for file in resident_files() for statement in read_triples(file)]
    for table in sorted((ontology / "tables").glob(f"*{DESCRIPTION}")):
        quads.extend(
            ox.Quad(triple.subject, triple.predicate, triple.object)
            for triple in table_triples(table)
        )
    return quads
