"""Words that billers write, with what the rules call it."""

from __future__ import annotations

import csv

from claimshapes.knowledge.in_use import resource_directory


def read_synonyms() -> list[tuple[str, str]]:
    """What is written and what it means, such as ``bcbs`` and ``blue cross``, in order."""
    file = resource_directory("ontology") / "synonyms.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        return [(row["written"], row["meant"]) for row in csv.DictReader(stream)]
