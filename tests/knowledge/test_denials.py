"""Every denial code of the ontology is a number of the published lists."""

from __future__ import annotations

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.vocabulary import BASE, SKOS_NS

LIST = Path(__file__).parents[1] / "data" / "denials" / "carc-rarc-codes.csv"


def published(kind: str) -> set[str]:
    with LIST.open(encoding="utf-8", newline="") as stream:
        return {row["code"] for row in csv.DictReader(stream) if row["kind"] == kind}


@pytest.mark.parametrize(("kind", "count"), [("carc", 393), ("rarc", 1092)])
def test_every_denial_code_is_published(kind: str, count: int) -> None:
    store = ox.Store()
    store.load(path=resource_directory("ontology") / "denials.ttl")
    scheme = ox.NamedNode(f"{BASE}{kind}/")
    members = {quad.subject for quad in store.quads_for_pattern(None, None, scheme)}
    notations = {
        quad.object.value
        for member in members
        for quad in store.quads_for_pattern(member, ox.NamedNode(f"{SKOS_NS}notation"), None)
        if isinstance(quad.object, ox.Literal)
    }
    assert len(published(kind)) == count
    assert len(notations) == len(members) > 5
    assert notations <= published(kind)
