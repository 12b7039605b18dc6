"""The ontology as one graph, asked for labels, values and members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.resident import resident_files, resident_quads
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import (
    CS_NS,
    DCTERMS_NS,
    RDF_NS,
    RDFS_NS,
    SCHEMA_NS,
    SKOS_NS,
)

Subject = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal

_LABELS = (f"{SKOS_NS}prefLabel", f"{RDFS_NS}label")


@dataclass(frozen=True, slots=True)
class Membership:
    """A member of a value set, with its days and source."""

    value_set: str
    member: str
    first: date | None
    last: date | None
    source: str


class OntologyGraph:
    """Everything that ontology/ says but for the code systems.

    Raises:
        RuleError: a file is not Turtle, or a table is not as its description says.
    """

    def __init__(self) -> None:
        self.store = ox.Store()
        ontology = resource_directory("ontology")
        files = {*ontology.glob("*.ttl"), *ontology.glob("derivations/*.ttl")}
        # Read twice, a file's blank nodes would be there twice.
        for file in sorted(files - set(resident_files())):
            self.store.extend(statement.quad() for statement in read_triples(file))
        self.store.extend(resident_quads())

    def label(self, iri: str) -> str:
        """The name of something, or the last part of its IRI."""
        for predicate in _LABELS:
            text = self.text(ox.NamedNode(iri), predicate)
            if text:
                return text
        return last_part(iri)

    def text(self, subject: Subject, predicate: str) -> str:
        """A value as text, or nothing."""
        return min((term_text(value) for value in self.values(subject, predicate)), default="")

    def values(self, subject: Subject, predicate: str) -> list[Term]:
        """Every value of a property."""
        quads = self.store.quads_for_pattern(subject, ox.NamedNode(predicate), None)
        return sorted((_term(quad.object) for quad in quads), key=str)

    def iris(self, subject: str, predicate: str) -> list[str]:
        """The IRIs among the values of a property."""
        values = self.values(ox.NamedNode(subject), predicate)
        return [value.value for value in values if isinstance(value, ox.NamedNode)]

    def having(self, predicate: str, value: str) -> list[str]:
        """The IRIs of what has a value."""
        quads = self.store.quads_for_pattern(None, ox.NamedNode(predicate), ox.NamedNode(value))
        return sorted(
            {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}
        )

    def instances(self, kind: str) -> list[str]:
        """The IRIs of what is of a class of the vocabulary, such as ``Payer``."""
        return self.having(f"{RDF_NS}type", kind if ":" in kind else CS_NS + kind)

    def facts(self, subject: Subject) -> list[tuple[str, Term]]:
        """The properties of something with their values, in a stable order."""
        quads = self.store.quads_for_pattern(subject, None, None)
        return sorted(((quad.predicate.value, _term(quad.object)) for quad in quads), key=str)

    def rows_naming(self, iri: str) -> list[str]:
        """The rows of tables in which something is named."""
        quads = self.store.quads_for_pattern(None, None, ox.NamedNode(iri))
        return sorted(
            {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}
        )

    def days_of(self, subject: str) -> tuple[date | None, date | None]:
        """First and last day of something."""
        node = ox.NamedNode(subject)
        first = self.text(node, f"{SCHEMA_NS}validFrom")
        last = self.text(node, f"{SCHEMA_NS}validThrough")
        return (
            date.fromisoformat(first) if first else None,
            date.fromisoformat(last) if last else None,
        )

    def memberships(self) -> Iterator[Membership]:
        """The members of every value set, by set and member."""
        for row in self.instances("Membership"):
            first, last = self.days_of(row)
            yield Membership(
                value_set=next(iter(self.iris(row, f"{CS_NS}valueSet")), ""),
                member=next(iter(self.iris(row, f"{CS_NS}member")), ""),
                first=first,
                last=last,
                source=self.text(ox.NamedNode(row), f"{DCTERMS_NS}source"),
            )


def last_part(iri: str) -> str:
    """What stands after the last slash or hash of an IRI."""
    return iri.replace("#", "/").rstrip("/").rsplit("/", 1)[-1]


def term_text(term: Term) -> str:
    """A term as text."""
    return str(term.value)


def _term(node: object) -> Term:
    assert isinstance(node, (ox.NamedNode, ox.BlankNode, ox.Literal))
    return node
