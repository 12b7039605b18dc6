"""Sources: each document is described once, and cited with the section that a rule rests on."""

from __future__ import annotations

from collections.abc import Iterator

import rdflib
from rdflib.namespace import DCTERMS

from claimshapes.errors import RuleError
from claimshapes.rdf.namespaces import CS

SOURCES = "sources.ttl"
_DESCRIBED = (DCTERMS.title, CS.edition, CS.seenAt, CS.strength)


Document = tuple[str, str]
"""Title and edition."""


def described(graph: rdflib.Graph) -> Iterator[tuple[Document, rdflib.term.Node]]:
    """Each document that is described, not cited by its name, with the node that does so."""
    for node, title in sorted(graph.subject_objects(DCTERMS.title), key=str):
        edition = graph.value(node, CS.edition)
        if edition is not None and (node, CS.document, None) not in graph:
            yield (str(title), str(edition)), node


def join_sources(graph: rdflib.Graph) -> None:
    """Gives each citation what its document (``cs:document``) says and itself does not.

    Args:
        graph: rules, and the documents that they cite.

    Raises:
        RuleError: nothing describes a document.
    """
    for citation, document in list(graph.subject_objects(CS.document)):
        if (document, DCTERMS.title, None) not in graph:
            raise RuleError(f"cs:document names no source: {document}")
        for predicate in _DESCRIBED:
            if (citation, predicate, None) not in graph:
                for value in graph.objects(document, predicate):
                    graph.add((citation, predicate, value))
