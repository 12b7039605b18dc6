"""What the ontology says of other formats: its payers, and its ``cs:x12`` notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS

_X12 = f"{CS_NS}x12"
_ON_CLAIM_FORM = f"{CS_NS}onClaimForm"
_FHIR_COVERAGE = f"{CS_NS}fhirCoverage"
_KINDS = {"837P": "professional", "837I": "institutional"}
_TYPE = f"{RDF_NS}type"
_PAYER = f"{CS_NS}Payer"


@dataclass(frozen=True, slots=True)
class FormatTerms:
    """Names in other formats that mean something of the ontology.

    Attributes:
        payers: the ids of the payers that the ontology has.
        filing_indicators: payer ids by kind of claim and the claim filing indicator (SBR09) that
            means them.
        coverage_types: payer ids by code system and code of FHIR's Coverage.type.
        coverage_groups: likewise by system and the beginning of a code, where the system writes
            narrower codes by adding to broader ones.
        documentation: documentation types by segment, or by segment and qualifier, such as
            ``NTE`` and ``PWK*B3``.
        on_claim_form: documentation types that the claim form itself carries; they alone are no
            record.
    """

    payers: frozenset[str]
    filing_indicators: Mapping[tuple[str, str], str]
    coverage_types: Mapping[tuple[str, str], str]
    coverage_groups: Mapping[tuple[str, str], str]
    documentation: Mapping[str, str]
    on_claim_form: frozenset[str]

    def payer_of_coverage(self, system: str, code: str) -> str | None:
        """The payer that a coding of FHIR's Coverage.type means, if one of ours fits."""
        exact = self.coverage_types.get((system, code))
        if exact is not None:
            return exact
        beginnings = (code[:length] for length in range(len(code), 0, -1))
        known = (self.coverage_groups.get((system, beginning)) for beginning in beginnings)
        return next(filter(None, known), None)


def format_terms() -> FormatTerms:
    """The names, as ontology/payers.ttl and ontology/documentation.ttl have them."""
    return _terms_of(resource_directory("ontology"))


@cache
def _terms_of(ontology: Path) -> FormatTerms:
    payers = set()
    filing_indicators: dict[tuple[str, str], str] = {}
    coverage_types: dict[tuple[str, str], str] = {}
    coverage_groups: dict[tuple[str, str], str] = {}
    for subject, predicate, value in _statements(ontology / "payers.ttl"):
        if predicate == _TYPE and value == _PAYER:
            payers.add(subject)
        elif predicate == _X12:
            transaction, _, indicator = value.rpartition("SBR*")
            for kind in [_KINDS[transaction.strip()]] if transaction else _KINDS.values():
                filing_indicators[kind, indicator] = subject
        elif predicate == _FHIR_COVERAGE:
            system, _, code = value.rpartition("|")
            if code.endswith("*"):
                coverage_groups[system, code.removesuffix("*")] = subject
            else:
                coverage_types[system, code] = subject
    said = _statements(ontology / "documentation.ttl")
    documentation = {value: subject for subject, predicate, value in said if predicate == _X12}
    on_form = frozenset(subject for subject, predicate, _ in said if predicate == _ON_CLAIM_FORM)
    return FormatTerms(
        frozenset(payers),
        filing_indicators,
        coverage_types,
        coverage_groups,
        documentation,
        on_form,
    )


def _statements(file: Path) -> list[tuple[str, str, str]]:
    """Local name of the subject, IRI of the predicate, and value of each triple."""
    return [
        (triple.subject.value.rpartition("/")[2], triple.predicate.value, triple.object.value)
        for triple in read_triples(file)
        if isinstance(triple.subject, ox.NamedNode)
        and isinstance(triple.object, (ox.NamedNode, ox.Literal))
    ]
