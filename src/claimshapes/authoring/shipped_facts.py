"""What the shipped files define that files of a pack may use: terms, names, codes, sources."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS

from claimshapes.authoring.turtle_tokens import turtle_tokens
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.tables import DESCRIPTION, read_table, table_rows
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import BASE, CS_NS, RDFS_NS, SCHEMA_NS, XSD_NS
from claimshapes.rules.code_lists import VALUE_SETS
from claimshapes.rules.sources import SOURCES, Document, described

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "base": f"{BASE}test/base#",
    "cs": CS_NS,
    "dcterms": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": SCHEMA_NS,
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
} | {
    name: f"{BASE}{folder}/"
    for name, folder in {
        "adjustment": "adjustment",
        "carc": "carc",
        "doc": "documentation",
        "exemption": "exemption",
        "hcpcs": "hcpcs",
        "icd": "icd-10-cm",
        "list": "list",
        "modifier": "modifier",
        "payer": "payer",
        "rarc": "rarc",
        "rule": "rule",
        "set": "value-set",
        "source": "source",
    }.items()
}
"""The prefixes of packs."""

_FOREIGN = re.compile(r"\b(adms|dcterms|owl|rdfs|schema|sh|skos):([A-Za-z]\w*)")


def subjects_of(file: Path) -> Iterator[tuple[str, str]]:
    """Prefix and local name of each subject of a file."""
    for token in turtle_tokens(file.read_text("utf-8", errors="replace")):
        if token.kind == "name" and token.text == token.subject:
            prefix, _, local = token.text.partition(":")
            yield prefix, local


@dataclass
class ShippedFacts:
    """What the shipped files define, read when it is first asked for.

    Attributes:
        ontology: the folder of the ontology.
    """

    ontology: Path

    @cached_property
    def names(self) -> dict[str, frozenset[str]]:
        """Local names of what the shipped files define, by their prefixes."""
        files = [
            self.ontology / name
            for name in ("payers.ttl", "documentation.ttl", "denials.ttl", SOURCES)
        ]
        files += [*sorted((self.ontology / "curated").glob("*.ttl"))]
        files += sorted(resource_directory("shapes").rglob("*.ttl"))
        names: dict[str, set[str]] = {name: set() for name in PREFIXES}
        for file in files:
            for prefix, local in subjects_of(file):
                names.setdefault(prefix, set()).add(local)
        return {prefix: frozenset(found) for prefix, found in names.items()}

    @cached_property
    def terms(self) -> frozenset[str]:
        """Local names of all terms of the vocabulary."""
        found: set[str] = set()
        for file in sorted(self.ontology.rglob("*.ttl")):
            if "codes" not in file.relative_to(self.ontology).parts:
                found |= set(re.findall(r"\bcs:([A-Za-z][\w-]*)", file.read_text("utf-8")))
        return frozenset(found)

    @cached_property
    def used_terms(self) -> dict[str, frozenset[str]]:
        """Local names that files may have of other vocabularies, by their prefixes.

        All names of SHACL, OWL, RDFS and SKOS; of the others those that shipped files have, since
        nothing reads the rest.
        """
        found: dict[str, set[str]] = {
            prefix: {str(term).removeprefix(PREFIXES[prefix]) for term in dir(namespace)}
            for prefix, namespace in (("sh", SH), ("owl", OWL), ("rdfs", RDFS), ("skos", SKOS))
        }
        shipped = [self.ontology, resource_directory("shapes")]
        for file in sorted(file for folder in shipped for file in folder.rglob("*.ttl")):
            if "codes" not in file.relative_to(file.parents[1]).parts:
                for prefix, local in _FOREIGN.findall(file.read_text("utf-8")):
                    found.setdefault(prefix, set()).add(local)
        return {prefix: frozenset(names) for prefix, names in found.items()}

    @cached_property
    def places(self) -> frozenset[str]:
        """The place of service codes."""
        return self._codes("tables/place-of-service")

    @cached_property
    def taxonomies(self) -> frozenset[str]:
        """The provider taxonomy codes."""
        return self._codes("codes/taxonomy/taxonomy")

    @cached_property
    def ranges(self) -> dict[str, str]:
        """Datatype of the vocabulary's properties, by their IRIs."""
        return {
            triple.subject.value: triple.object.value.removeprefix(XSD_NS)
            for file in sorted(self.ontology.glob("*.ttl"))
            for triple in read_triples(file)
            if triple.predicate.value == f"{RDFS_NS}range"
            and isinstance(triple.subject, ox.NamedNode)
            and isinstance(triple.object, ox.NamedNode)
            and triple.object.value.startswith(XSD_NS)
        }

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of codes that value sets have."""
        with (self.ontology / "tables" / VALUE_SETS).open(encoding="utf-8", newline="") as stream:
            return frozenset(row["kind"] for row in csv.DictReader(stream))

    @cached_property
    def matters(self) -> dict[str, frozenset[str]]:
        """The matters that terms of shipped payers decide, by the IRI of the term's class."""
        graph = read_graph([self.ontology / "payers.ttl"])
        found: dict[str, set[str]] = {}
        for term, matter in graph.subject_objects(rdflib.URIRef(f"{CS_NS}decides")):
            for kind in graph.objects(term, RDF.type):
                found.setdefault(str(kind), set()).add(str(matter))
        return {kind: frozenset(matters) for kind, matters in found.items()}

    @cached_property
    def needing_remark(self) -> frozenset[str]:
        """IRIs of the denial codes that a remark code has to come with."""
        return frozenset(
            triple.subject.value
            for triple in read_triples(self.ontology / "denials.ttl")
            if triple.predicate.value == f"{CS_NS}needsRemark"
            and isinstance(triple.subject, ox.NamedNode)
        )

    @cached_property
    def sources(self) -> dict[Document, str]:
        """The names of shipped sources by the documents that they describe."""
        return {
            document: str(node)
            for document, node in described(read_graph([self.ontology / SOURCES]))
        }

    def _codes(self, name: str) -> frozenset[str]:
        table = read_table(self.ontology / f"{name}{DESCRIPTION}")
        return frozenset(row["code"] for row in table_rows(table))


@cache
def shipped_facts(ontology: Path) -> ShippedFacts:
    """The facts of an ontology folder, once for all that lint with it."""
    return ShippedFacts(ontology)
