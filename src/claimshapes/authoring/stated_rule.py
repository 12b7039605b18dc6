"""A rule of a pack as its file states it, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rdflib import URIRef
from rdflib.term import Node


@dataclass(frozen=True, slots=True)
class StatedRule:
    """A rule of a pack as its file states it."""

    iri: URIRef
    file: Path
    form: str
    node: Node
    payers: frozenset[str]
    first: str
    last: str | None
    values: dict[str, frozenset[str]]
    replaced_by: frozenset[str]
