"""Derivations: what follows from a claim and the knowledge it reaches, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox

from claimshapes.errors import RuleError
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import SH_NS


@dataclass(frozen=True, slots=True)
class Derivation:
    """One ``sh:SPARQLRule`` (SHACL Advanced Features, section 8.2) whose focus is the claim."""

    iri: str
    order: float
    construct: str


def load_derivations(folder: Path, prefixes: dict[str, str]) -> tuple[Derivation, ...]:
    """Reads the derivations in their order.

    Args:
        folder: Turtle files with ``sh:SPARQLRule`` nodes.
        prefixes: prefixes that the queries use, as the ontology declares them.

    Raises:
        RuleError: a query is not SPARQL, has no order, or shares its name or order with
            another; names the derivation.
    """
    try:
        contents = tuple((file, file.read_bytes()) for file in sorted(folder.glob("*.ttl")))
    except OSError as error:
        raise RuleError(f"{error.filename}: {error.strerror}") from error
    return _read(folder, contents, tuple(sorted(prefixes.items())))


@lru_cache(maxsize=4)
def _read(
    folder: Path, contents: tuple[tuple[Path, bytes], ...], prefixes: tuple[tuple[str, str], ...]
) -> tuple[Derivation, ...]:
    orders: dict[str, float] = {}
    queries: dict[str, str] = {}
    statements = [triple for file, _ in contents for triple in read_triples(file)]
    for triple in statements:
        if not isinstance(triple.object, ox.Literal):
            continue
        if triple.predicate.value == f"{SH_NS}order":
            orders[triple.subject.value] = float(triple.object.value)
        elif triple.predicate.value == f"{SH_NS}construct":
            if triple.subject.value in queries:
                raise RuleError(f"{folder}: {triple.subject.value} is there twice")
            queries[triple.subject.value] = triple.object.value
    head = prefix_declarations(dict(prefixes))
    found = []
    for iri, query in queries.items():
        if iri not in orders:
            raise RuleError(f"{folder}: {iri} has no sh:order")
        text = head + query
        try:
            ox.Store().query(text)
        except SyntaxError as error:
            raise RuleError(f"{folder}: {iri}: {error}") from error
        found.append(Derivation(iri, orders[iri], text))
    found.sort(key=lambda derivation: derivation.order)
    for earlier, later in pairwise(found):
        if earlier.order == later.order:
            raise RuleError(f"{folder}: {earlier.iri} and {later.iri} have the same sh:order")
    return tuple(found)


def declared_prefixes(file: Path) -> dict[str, str]:
    """The prefixes that an ontology declares for queries (``sh:declare``).

    Raises:
        RuleError: the file is not Turtle.
    """
    names: dict[str, str] = {}
    spaces: dict[str, str] = {}
    for triple in read_triples(file):
        if triple.predicate.value == f"{SH_NS}prefix":
            names[str(triple.subject)] = triple.object.value
        elif triple.predicate.value == f"{SH_NS}namespace":
            spaces[str(triple.subject)] = triple.object.value
    return {name: spaces[node] for node, name in names.items()}


def prefix_declarations(prefixes: Mapping[str, str]) -> str:
    """Prefixes as the head of a query, one a line, in their order."""
    return "".join(f"PREFIX {name}: <{space}>\n" for name, space in prefixes.items())
