"""Where the candidates of findings come from, as ontology/candidates.ttl says."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS, RDFS_NS, SH_NS
from claimshapes.rules.derivations import prefix_declarations

_ADD = f"{CS_NS}add"
_OFFERS = f"{CS_NS}offers"
_VALUE = f"{RDF_NS}value"
_SELECT = f"{SH_NS}select"


@dataclass(frozen=True, slots=True)
class CandidateSource:
    """A query for what a claim could say so that a finding would be settled.

    Attributes:
        label: what it finds.
        field: name of the claim field that would have it.
        adds: whether a candidate is added to the field's values; else it takes the value's place.
        condition: what has to be true before one is taken.
        query: SPARQL, with its prefixes, of ``?candidate`` and ``?title`` for the focus ``$this``,
            and of the ``?condition`` where it depends on the candidate.
    """

    label: str
    field: str
    adds: bool
    condition: str
    query: str


def read_candidate_sources(
    ontology: Path, prefixes: Mapping[str, str]
) -> dict[str, CandidateSource]:
    """The sources by their IRI.

    Args:
        ontology: the folder of the ontology.
        prefixes: those that its queries use.

    Raises:
        RuleError: the file is not Turtle.
    """
    said: dict[str, dict[str, str]] = defaultdict(dict)
    offered: dict[str, list[str]] = defaultdict(list)
    for triple in read_triples(ontology / "candidates.ttl"):
        value = getattr(triple.object, "value", "")
        said[triple.subject.value][triple.predicate.value] = value
        if triple.predicate.value == _OFFERS:
            offered[triple.subject.value].append(value)
    declared = prefix_declarations(prefixes)
    return {
        iri: CandidateSource(
            label=values[f"{RDFS_NS}label"],
            field=values[f"{SH_NS}path"].removeprefix(CS_NS),
            adds=values[f"{CS_NS}change"] == _ADD,
            condition=values.get(f"{CS_NS}condition", ""),
            query=declared
            + (values.get(_SELECT) or _of_offers([said[offer] for offer in offered[iri]])),
        )
        for iri, values in said.items()
        if f"{SH_NS}path" in values
    }


def _of_offers(offers: Iterable[Mapping[str, str]]) -> str:
    """The query of values that are the same for every claim."""
    ranked = sorted(offers, key=lambda offer: int(offer[f"{SH_NS}order"]))
    rows = " ".join(
        f"({rank} {json.dumps(offer[_VALUE])} {json.dumps(offer[f'{CS_NS}condition'])})"
        for rank, offer in enumerate(ranked)
    )
    return f"""
        SELECT DISTINCT $this ?rank ?candidate ?title ?condition
        WHERE {{
          $this a ?kind .
          VALUES (?rank ?candidate ?condition) {{ {rows} }}
          BIND ("" AS ?title)
        }}
        ORDER BY ?rank
        """
