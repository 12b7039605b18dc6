"""Payers of the ontology, and the broader ones that each is a part of."""

from __future__ import annotations

from claimshapes.errors import InputError
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, PAYER_NS, RDF_NS, SKOS_NS
from claimshapes.resources import resource_directory


def with_broader(payer: str) -> frozenset[str]:
    """IRIs of a payer and of its broader payers.

    Args:
        payer: the payer's id, such as ``medicare-b``.

    Raises:
        InputError: the ontology has no such payer.
    """
    broader: dict[str, set[str]] = {}
    known = set()
    for triple in read_triples(resource_directory("ontology") / "payers.ttl"):
        subject, predicate, value = (
            getattr(term, "value", "") for term in (triple.subject, triple.predicate, triple.object)
        )
        if predicate == f"{SKOS_NS}broader":
            broader.setdefault(subject, set()).add(value)
        elif predicate == f"{RDF_NS}type" and value in _CLASSES:
            known.add(subject)
    found: set[str] = set()
    pending = [PAYER_NS + payer]
    if pending[0] not in known:
        names = ", ".join(sorted(each.removeprefix(PAYER_NS) for each in known))
        raise InputError(f"there is no payer {payer}; there are {names}")
    while pending:
        each = pending.pop()
        if each not in found:
            found.add(each)
            pending += broader.get(each, ())
    return frozenset(found)


_CLASSES = {f"{CS_NS}Payer", f"{CS_NS}FictitiousPayer"}
