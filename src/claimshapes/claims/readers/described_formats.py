"""What the ontology says of formats that others define: their codes, qualifiers and names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from claimshapes.knowledge.in_use import resource_directory


def fhir_codes() -> Mapping[str, Any]:
    """What codes and names of FHIR mean for a claim (ontology/fhir.json)."""
    return _described("fhir.json")


def x12_terms() -> Mapping[str, Any]:
    """What is known of the 837 (ontology/x12.json)."""
    return _described("x12.json")


@cache
def _described(name: str) -> Mapping[str, Any]:
    terms: dict[str, Any] = json.loads((resource_directory("ontology") / name).read_text("utf-8"))
    return terms
