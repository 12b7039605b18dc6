"""What the fields of a claim mean, as data: the terms by which a claim becomes triples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rdflib.namespace import RDF

from claimshapes.claims.to_triples import ClaimGraphBuilder, Field
from claimshapes.rdf.vocabulary import CS_NS

_OF_NO_FIELD = (
    "claimType",
    "concept",
    "nearestConcept",
    "notation",
    "excess",
    "within",
    "entry",
    "position",
    "asOf",
    "sentOn",
    "checkedOn",
)
"""Properties that a claim's graph has by no field of that name."""


def claim_terms() -> dict[str, Any]:
    """The fields of a claim, each with the fields of its parts."""
    return _terms(ClaimGraphBuilder().fields)


def claim_properties() -> set[str]:
    """The IRIs of the properties that claims' own triples have."""
    fields = _properties(ClaimGraphBuilder().fields)
    return {str(RDF.type), *(CS_NS + name for name in _OF_NO_FIELD), *fields}


def _properties(fields: Mapping[str, Field]) -> Iterator[str]:
    for field in fields.values():
        yield field.predicate.value
        if field.concept is not None:
            yield field.concept.predicate.value
        yield from _properties(field.fields)


def _terms(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {name: _term(field) for name, field in fields.items()}


def _term(field: Field) -> dict[str, Any]:
    return {
        "predicate": field.predicate.value,
        "datatype": None if field.datatype is None else field.datatype.value,
        "namespace": field.namespace,
        "class": None if field.node_class is None else field.node_class.value,
        "concept": None
        if field.concept is None
        else [field.concept.predicate.value, field.concept.namespace, field.concept.width],
        "ordered": field.ordered,
        "fields": _terms(field.fields),
    }
