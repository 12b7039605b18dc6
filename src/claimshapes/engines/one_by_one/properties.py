"""The properties that a query reads, and those that a CONSTRUCT query makes.

A class that is asked for by name counts as a property of its own, so that who reads one class
does not need all that makes another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rdflib import URIRef
from rdflib.namespace import RDF
from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue


class _AnyError(Exception):
    """A query reads properties that it does not name."""


def class_property(iri: str) -> str:
    """What the membership in a class is called among properties."""
    return f"{RDF.type} {iri}"


def properties_read(algebra: CompValue) -> list[str] | None:
    """The properties of a query's patterns, wherever they are in it; none where it may read any.

    Args:
        algebra: the query as rdflib translates it.
    """
    try:
        found = {
            name
            for _, predicate, object_ in _triples(algebra)
            for name in _named(predicate, object_)
        }
    except _AnyError:
        return None
    return sorted(found)


def properties_made(algebra: CompValue) -> list[str] | None:
    """The properties of what a CONSTRUCT query makes; none where it may make any.

    Args:
        algebra: the query as rdflib translates it.
    """
    template = algebra.template if algebra.name == "ConstructQuery" else None
    if not template:
        return None
    found: set[str] = set()
    for _, predicate, object_ in _by_three(template):
        if not isinstance(predicate, URIRef):
            return None
        found |= {str(predicate), *_named(predicate, object_)}
    return sorted(found)


def _triples(part: Any) -> Iterator[tuple[Any, Any, Any]]:
    # The parts of the algebra are mappings with a name.
    if isinstance(part, Mapping) and hasattr(part, "name"):
        if part.name in ("BGP", "TriplesBlock"):
            yield from _by_three(part["triples"])
            return
        # What rdflib translates of EXISTS it enters as an attribute, and leaves the item without
        # the filters that it took out.
        for name, value in {**part, **vars(part)}.items():
            if name not in ("template", "_vars"):
                yield from _triples(value)
    elif isinstance(part, (list, tuple)):
        for each in part:
            yield from _triples(each)


def _by_three(triples: Iterable[Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Triples, which rdflib writes as such or one after the other in a list."""
    for terms in triples:
        for start in range(0, len(terms), 3):
            subject, predicate, object_ = terms[start : start + 3]
            yield subject, predicate, object_


def _named(predicate: Any, object_: Any) -> Iterator[str]:
    if predicate == RDF.type and isinstance(object_, URIRef):
        yield class_property(str(object_))
    elif isinstance(predicate, URIRef):
        yield str(predicate)
    elif isinstance(predicate, InvPath):
        yield from _named(predicate.arg, None)
    elif isinstance(predicate, MulPath):
        yield from _named(predicate.path, None)
    elif isinstance(predicate, (SequencePath, AlternativePath)):
        for step in predicate.args:
            yield from _named(step, None)
    else:
        raise _AnyError
