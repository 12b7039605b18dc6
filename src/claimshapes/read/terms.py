"""What the ontology says of other formats: its payers, and its ``cs:x12`` notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from claimshapes.graph.turtle_files import read_triples
from claimshapes.graph.vocabulary import CS_NS, RDF_NS
from claimshapes.resources import resource_directory

_X12 = f"{CS_NS}x12"
_TYPE = f"{RDF_NS}type"
_PAYER = f"{CS_NS}Payer"


@dataclass(frozen=True, slots=True)
class FormatTerms:
    """Names in other formats that mean something of the ontology.

    Attributes:
        payers: the ids of the payers that the ontology has.
        filing_indicators: payer ids by the claim filing indicator (SBR09) that means them.
        documentation: documentation types by segment, or by segment and qualifier, such as
            ``NTE`` and ``PWK*B3``.
    """

    payers: frozenset[str]
    filing_indicators: Mapping[str, str]
    documentation: Mapping[str, str]


@cache
def format_terms() -> FormatTerms:
    """The names, as ontology/payers.ttl and ontology/documentation.ttl have them."""
    payers = set()
    filing_indicators = {}
    for subject, predicate, value in _statements("payers.ttl"):
        if predicate == _TYPE and value == _PAYER:
            payers.add(subject)
        elif predicate == _X12 and value.startswith("SBR*"):
            filing_indicators[value.removeprefix("SBR*")] = subject
    documentation = {
        value: subject
        for subject, predicate, value in _statements("documentation.ttl")
        if predicate == _X12
    }
    return FormatTerms(frozenset(payers), filing_indicators, documentation)


def _statements(file: str) -> list[tuple[str, str, str]]:
    """Local name of the subject, IRI of the predicate, and value of each triple."""
    return [
        (triple.subject.value.rpartition("/")[2], triple.predicate.value, triple.object.value)
        for triple in read_triples(resource_directory("ontology") / file)
        if isinstance(triple.subject, ox.NamedNode)
        and isinstance(triple.object, (ox.NamedNode, ox.Literal))
    ]
