"""What FHIR's codes and elements mean for a claim, as data for a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from claimshapes.claims.field_terms import FieldTerm, claim_term
from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.knowledge.format_terms import format_terms


def fhir_terms() -> dict[str, Any]:
    """Codes, payers and the fields that are extensions."""
    known = format_terms()
    coverages: dict[str, dict[str, dict[str, str]]] = {}
    for name, types in (("exact", known.coverage_types), ("groups", known.coverage_groups)):
        for (system, code), payer in types.items():
            of_system = coverages.setdefault(system, {"exact": {}, "groups": {}})
            of_system[name][code] = payer
    claim = claim_term()
    return {
        "codes": {name: value for name, value in fhir_codes().items() if name != "description"},
        "payers": sorted(known.payers),
        "coverages": coverages,
        "documentation": claim.fields["documentation"].fields["type"].namespace,
        "fields": _fields(claim.fields),
    }


def _fields(terms: Mapping[str, FieldTerm]) -> dict[str, Any]:
    return {
        name: {
            "predicate": term.predicate,
            "many": term.many,
            "isNumber": term.kind in ("number", "integer"),
            "fields": _fields(term.fields) if term.fields else None,
        }
        for name, term in terms.items()
    }
