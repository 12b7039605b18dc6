"""Where the candidates of findings come from, as ontology/candidates.ttl says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDFS_NS, SH_NS

_ADD = f"{CS_NS}add"


@dataclass(frozen=True, slots=True)
class CandidateSource:
    """A query for what a claim could say so that a finding would be settled.

    Attributes:
        label: what it finds.
        field: name of the claim field that would have it.
        adds: whether a candidate is added to the field's values; else it takes the value's place.
        condition: what has to be true before one is taken.
        query: SPARQL, with its prefixes, of ``?candidate`` and ``?title`` for the focus ``$this``.
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
    for triple in read_triples(ontology / "candidates.ttl"):
        said[triple.subject.value][triple.predicate.value] = getattr(triple.object, "value", "")
    declared = "".join(f"PREFIX {name}: <{space}>\n" for name, space in prefixes.items())
    return {
        iri: CandidateSource(
            label=values[f"{RDFS_NS}label"],
            field=values[f"{SH_NS}path"].removeprefix(CS_NS),
            adds=values[f"{CS_NS}change"] == _ADD,
            condition=values[f"{CS_NS}condition"],
            query=declared + values[f"{SH_NS}select"],
        )
        for iri, values in said.items()
    }
