"""Payers of the ontology, and the broader ones that each is a part of."""

from __future__ import annotations

from collections.abc import Mapping

from claimshapes.errors import InputError
from claimshapes.knowledge.format_terms import format_terms
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, PAYER_NS, RDF_NS, SKOS_NS

_CLASSES = {f"{CS_NS}Payer", f"{CS_NS}FictitiousPayer"}


def payer_tree() -> dict[str, set[str]]:
    """The payers next broader to each, by IRI; none for those that nothing is broader than."""
    known: set[str] = set()
    broader: dict[str, set[str]] = {}
    for triple in read_triples(resource_directory("ontology") / "payers.ttl"):
        subject, predicate, value = (
            getattr(term, "value", "") for term in (triple.subject, triple.predicate, triple.object)
        )
        if predicate == f"{SKOS_NS}broader":
            broader.setdefault(subject, set()).add(value)
        elif predicate == f"{RDF_NS}type" and value in _CLASSES:
            known.add(subject)
    return {payer: broader.get(payer, set()) for payer in known}


def with_broader(payer: str) -> frozenset[str]:
    """IRIs of a payer and of its broader payers.

    Args:
        payer: the payer's id, such as ``medicare-b``.

    Raises:
        InputError: the ontology has no such payer.
    """
    tree = payer_tree()
    if PAYER_NS + payer not in tree:
        names = ", ".join(sorted(each.removeprefix(PAYER_NS) for each in tree))
        raise InputError(f"there is no payer {payer}; there are {names}")
    return closure(PAYER_NS + payer, tree)


def closure(payer: str, tree: Mapping[str, set[str]]) -> frozenset[str]:
    """IRIs of a payer, known or not, and of its broader payers.

    Args:
        payer: the payer's IRI.
        tree: as ``payer_tree`` gives it.
    """
    found: set[str] = set()
    pending = [payer]
    while pending:
        each = pending.pop()
        if each not in found:
            found.add(each)
            pending += tree.get(each, ())
    return frozenset(found)


def payer_labels() -> dict[str, str]:
    """The names of the payers, by their ids."""
    labels = {
        triple.subject.value.removeprefix(PAYER_NS): triple.object.value
        for triple in read_triples(resource_directory("ontology") / "payers.ttl")
        if triple.predicate.value == f"{SKOS_NS}prefLabel"
        and triple.subject.value.startswith(PAYER_NS)
    }
    return {payer: labels[payer] for payer in sorted(format_terms().payers)}
