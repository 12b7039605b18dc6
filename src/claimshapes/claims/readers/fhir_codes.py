"""What codes and names of FHIR mean for a claim (ontology/fhir.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from claimshapes.knowledge.in_use import resource_directory


@cache
def fhir_codes() -> Mapping[str, Any]:
    """What codes of FHIR mean for a claim (ontology/fhir.json)."""
    text = (resource_directory("ontology") / "fhir.json").read_text("utf-8")
    codes: dict[str, Any] = json.loads(text)
    return codes
