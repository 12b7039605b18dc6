"""The small part of the knowledge that every claim's graph holds."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from claimshapes.knowledge.tables import table_triples
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.resources import resource_directory


def resident_files() -> list[Path]:
    """The Turtle files of it."""
    ontology = resource_directory("ontology")
    return [
        ontology / "payers.ttl",
        ontology / "documentation.ttl",
        *sorted((ontology / "curated").glob("*.ttl")),
        *sorted((ontology / "codes").glob("*/*.ttl")),
    ]


def resident_quads() -> list[ox.Quad]:
    """Payers, documentation elements, value sets, curated tables, data sets and their releases.

    Raises:
        RuleError: a file is not Turtle; names file and line.
    """
    ontology = resource_directory("ontology")
    quads = [statement.quad() for file in resident_files() for statement in read_triples(file)]
    for table in sorted((ontology / "tables").glob("*.csv-metadata.json")):
        quads.extend(
            ox.Quad(triple.subject, triple.predicate, triple.object)
            for triple in table_triples(table)
        )
    return quads
