from __future__ import annotations

from typing import Any

import pyoxigraph as ox
import pytest

from claimshapes.claims.to_triples import ClaimGraph, ClaimGraphBuilder
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.rdf.vocabulary import CS_NS

Entry = tuple[str, str, str, str]


def text(term: object) -> str:
    assert isinstance(term, (ox.NamedNode, ox.BlankNode, ox.Literal))
    return term.value


@pytest.fixture(scope="module")
def builder() -> ClaimGraphBuilder:
    return ClaimGraphBuilder()


def claim(**fields: Any) -> dict[str, Any]:
    return {
        "id": "E-1",
        "payer": "medicare-b",
        "patient": {"birthDate": "1980-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "M54.6"}],
        "item": [{"sequence": 1, "procedure": "20610", "quantity": 1, "serviced": "2026-05-04"}],
        **fields,
    }


def entries(graph: ClaimGraph) -> set[Entry]:
    """Holder, position, property and value of every list entry that the graph states."""
    facts: dict[str, dict[str, str]] = {}
    for quad in graph.quads:
        predicate = quad.predicate.value.removeprefix(CS_NS)
        facts.setdefault(text(quad.subject), {})[predicate] = text(quad.object)
    found = set()
    for quad in graph.quads:
        if quad.predicate.value == f"{CS_NS}entry":
            stated = dict(facts[text(quad.object)])
            position = stated.pop("position")
            stated.pop("modifierCode", None)
            ((name, value),) = stated.items()
            found.add((text(quad.subject).partition("#")[2], position, name, value))
    return found


def test_repeats_and_order_of_a_list_are_kept(builder: ClaimGraphBuilder) -> None:
    line = {
        "sequence": 1,
        "procedure": "20610",
        "modifier": ["RT", "59", "RT"],
        "quantity": 1,
        "serviced": "2026-05-04",
        "diagnosisSequence": [2, 1],
    }
    graph = builder.build(claim(item=[line]), Knowledge.open())
    assert entries(graph) == {
        ("/item/0", "1", "modifier", "RT"),
        ("/item/0", "2", "modifier", "59"),
        ("/item/0", "3", "modifier", "RT"),
        ("/item/0", "1", "diagnosisSequence", "2"),
        ("/item/0", "2", "diagnosisSequence", "1"),
    }


def test_the_line_states_the_values_of_a_list_as_well(builder: ClaimGraphBuilder) -> None:
    line = {"sequence": 1, "procedure": "20610", "modifier": ["rt", "59"]}
    graph = builder.build(claim(item=[line]), Knowledge.open())
    stated = {
        text(quad.object)
        for quad in graph.quads
        if text(quad.subject).endswith("#/item/0") and quad.predicate.value == f"{CS_NS}modifier"
    }
    assert stated == {"rt", "59"}


def test_an_unordered_set_has_no_entries(builder: ClaimGraphBuilder) -> None:
    graph = builder.build(claim(priorAuthorization=["A-1", "A-2"]), Knowledge.open())
    assert entries(graph) == set()


def test_the_services_and_modifiers_of_a_history_are_codes_by_which_knowledge_is_reached(
    builder: ClaimGraphBuilder,
) -> None:
    history = [{"procedure": "27447", "serviced": "2026-03-01", "modifier": ["LT"]}]
    graph = builder.build(claim(history=history), Knowledge.open())
    # The number of the billing provider is one too: lists of providers have it.
    assert list(dict.fromkeys(graph.service_codes)) == ["1234567893", "20610", "27447", "LT"]
    assert entries(graph) == {("/history/0", "1", "modifier", "LT")}
