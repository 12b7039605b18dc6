"""What the fields of a claim mean, as data: the terms by which a claim becomes triples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from claimshapes.claims.to_triples import ClaimGraphBuilder, Field


def claim_terms() -> dict[str, Any]:
    """The fields of a claim, each with the fields of its parts."""
    return _terms(ClaimGraphBuilder().fields)


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
