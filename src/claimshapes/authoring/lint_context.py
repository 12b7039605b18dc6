"""What a lint knows: the terms, names and codes that files of a pack may use."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS

from claimshapes.authoring.turtle_tokens import turtle_tokens
from claimshapes.errors import RuleError
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.tables import DESCRIPTION, read_table, table_rows
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import BASE, CS_NS, PERIOD_NS, RDFS_NS, SCHEMA_NS, XSD_NS
from claimshapes.rules.code_lists import VALUE_SETS, CodeLists, WrittenList, written_lists
from claimshapes.rules.families import Family, read_forms
from claimshapes.rules.pack import using_packs
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
_CODE_PREDICATES = {f"{CS_NS}{name}" for name in ("ofService", "listedCode", "forProcedure")}
_REPORTABLE = f"{CS_NS}reportableDuring"
_OF_SERVICE, _OF_MODIFIER = f"{CS_NS}ofService", f"{CS_NS}ofModifier"


@dataclass(slots=True)
class CodeState:
    """Whether a code exists, and when.

    Attributes:
        known: whether any list has it.
        periods: first and last day of each period that is known, as text; the last may be open.
    """

    known: bool
    periods: list[tuple[str, str | None]] = field(default_factory=list)

    def valid(self, day: str) -> bool:
        """Whether it is valid on a day; so is a code of which no period is known."""
        return not self.periods or any(
            first <= day and (last is None or day <= last) for first, last in self.periods
        )


@cache
def _shipped_knowledge() -> Knowledge:
    with using_packs(()):
        return Knowledge.open()


@cache
def _ranges(ontology: Path) -> dict[str, str]:
    return {
        triple.subject.value: triple.object.value.removeprefix(XSD_NS)
        for file in sorted(ontology.glob("*.ttl"))
        for triple in read_triples(file)
        if triple.predicate.value == f"{RDFS_NS}range"
        and isinstance(triple.subject, ox.NamedNode)
        and isinstance(triple.object, ox.NamedNode)
        and triple.object.value.startswith(XSD_NS)
    }


@cache
def _kinds(ontology: Path) -> frozenset[str]:
    with (ontology / "tables" / VALUE_SETS).open(encoding="utf-8", newline="") as stream:
        return frozenset(row["kind"] for row in csv.DictReader(stream))


@cache
def _matters(ontology: Path) -> dict[str, frozenset[str]]:
    graph = read_graph([ontology / "payers.ttl"])
    found: dict[str, set[str]] = {}
    for term, matter in graph.subject_objects(rdflib.URIRef(f"{CS_NS}decides")):
        for kind in graph.objects(term, RDF.type):
            found.setdefault(str(kind), set()).add(str(matter))
    return {kind: frozenset(matters) for kind, matters in found.items()}


@cache
def _needing_remark(ontology: Path) -> frozenset[str]:
    return frozenset(
        triple.subject.value
        for triple in read_triples(ontology / "denials.ttl")
        if triple.predicate.value == f"{CS_NS}needsRemark"
        and isinstance(triple.subject, ox.NamedNode)
    )


@cache
def _shipped_sources(ontology: Path) -> dict[Document, str]:
    """The names of shipped sources by the documents that they describe."""
    return {document: str(node) for document, node in described(read_graph([ontology / SOURCES]))}


@cache
def _shipped_names(ontology: Path) -> dict[str, frozenset[str]]:
    """Local names of what the shipped files define, by their prefixes."""
    files = [
        ontology / name for name in ("payers.ttl", "documentation.ttl", "denials.ttl", SOURCES)
    ]
    files += [*sorted((ontology / "curated").glob("*.ttl"))]
    files += sorted(resource_directory("shapes").rglob("*.ttl"))
    names: dict[str, set[str]] = {name: set() for name in PREFIXES}
    for file in files:
        for prefix, local in _subjects(file):
            names.setdefault(prefix, set()).add(local)
    return {prefix: frozenset(found) for prefix, found in names.items()}


def _subjects(file: Path) -> Iterator[tuple[str, str]]:
    """Prefix and local name of each subject of a file."""
    for token in turtle_tokens(file.read_text("utf-8", errors="replace")):
        if token.kind == "name" and token.text == token.subject:
            prefix, _, local = token.text.partition(":")
            yield prefix, local


def _own_sets(file: Path) -> set[str]:
    """The value sets that have rows in the table of a pack."""
    if not file.is_file():
        return set()
    lines = file.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
    return {row.get("value_set") or "" for row in csv.DictReader(lines)}


@cache
def _terms(ontology: Path) -> frozenset[str]:
    """Local names of all terms of the vocabulary."""
    found: set[str] = set()
    for file in sorted(ontology.rglob("*.ttl")):
        if "codes" not in file.relative_to(ontology).parts:
            found |= set(re.findall(r"\bcs:([A-Za-z][\w-]*)", file.read_text("utf-8")))
    return frozenset(found)


@cache
def _used_terms(ontology: Path) -> dict[str, frozenset[str]]:
    """Local names that files may have of other vocabularies, by their prefixes.

    All names of SHACL, OWL, RDFS and SKOS; of the others those that shipped files have, since
    nothing reads the rest.
    """
    found: dict[str, set[str]] = {
        prefix: {str(term).removeprefix(PREFIXES[prefix]) for term in dir(namespace)}
        for prefix, namespace in (("sh", SH), ("owl", OWL), ("rdfs", RDFS), ("skos", SKOS))
    }
    shipped = [ontology, resource_directory("shapes")]
    for file in sorted(file for folder in shipped for file in folder.rglob("*.ttl")):
        if "codes" not in file.relative_to(file.parents[1]).parts:
            for prefix, local in _FOREIGN.findall(file.read_text("utf-8")):
                found.setdefault(prefix, set()).add(local)
    return {prefix: frozenset(names) for prefix, names in found.items()}


@cache
def _codes(ontology: Path, name: str) -> frozenset[str]:
    """The codes of a table of the ontology."""
    table = read_table(ontology / f"{name}{DESCRIPTION}")
    return frozenset(row["code"] for row in table_rows(table))


class LintContext:
    """What the shipped files and the packs define.

    Args:
        folders: the packs.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = [folder.absolute() for folder in folders]
        self.ontology = resource_directory("ontology")
        shipped = _shipped_names(self.ontology)
        self.names = {prefix: set(names) for prefix, names in shipped.items()}
        self.shipped_rules = shipped["rule"]
        for file in self.pack_files():
            for prefix, local in _subjects(file):
                self.names.setdefault(prefix, set()).add(local)
        self.names["list"] |= {written.name for written in self.lists}
        for folder in self.folders:
            self.names["set"] |= _own_sets(folder / VALUE_SETS)

    @staticmethod
    def files(folder: Path) -> list[Path]:
        """The Turtle files of a folder."""
        return sorted(folder.rglob("*.ttl"))

    def pack_files(self) -> list[Path]:
        """The Turtle files of the packs."""
        return [file for folder in self.folders for file in self.files(folder)]

    def list_rows(self, name: str) -> Iterator[tuple[WrittenList, int, dict[str, str]]]:
        """The rows of a list of the packs, as far as it is one: the list, line and cells."""
        for written in self.lists:
            if written.name == name:
                with suppress(RuleError):
                    yield from ((written, line, row) for line, row in written.rows())

    @property
    def terms(self) -> frozenset[str]:
        """Local names of all terms of the vocabulary."""
        return _terms(self.ontology)

    @property
    def used_terms(self) -> dict[str, frozenset[str]]:
        """Local names that files may have of other vocabularies, by their prefixes."""
        return _used_terms(self.ontology)

    @property
    def places(self) -> frozenset[str]:
        """The place of service codes."""
        return _codes(self.ontology, "tables/place-of-service")

    @property
    def taxonomies(self) -> frozenset[str]:
        """The provider taxonomy codes."""
        return _codes(self.ontology, "codes/taxonomy/taxonomy")

    @property
    def ranges(self) -> dict[str, str]:
        """Datatype of the vocabulary's properties, by their IRIs."""
        return _ranges(self.ontology)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of codes that value sets have."""
        return _kinds(self.ontology)

    @property
    def matters(self) -> dict[str, frozenset[str]]:
        """The matters that terms of shipped payers decide, by the IRI of the term's class."""
        return _matters(self.ontology)

    @property
    def needing_remark(self) -> frozenset[str]:
        """IRIs of the denial codes that a remark code has to come with."""
        return _needing_remark(self.ontology)

    @property
    def sources(self) -> dict[Document, str]:
        """The names of shipped sources by the documents that they describe."""
        return _shipped_sources(self.ontology)

    @cached_property
    def families(self) -> dict[str, Family]:
        """The families by the IRIs of their forms."""
        return read_forms()

    @cached_property
    def lists(self) -> list[WrittenList]:
        """The lists of the packs; those of a workbook that cannot be read are left out."""
        found: list[WrittenList] = []
        for folder in self.folders:
            with suppress(RuleError):
                found += written_lists([folder])
        return found

    @cached_property
    def code_lists(self) -> CodeLists:
        """The value sets and lists; none where a list is malformed, which its own lint says."""
        try:
            return CodeLists().read(self.ontology, self.folders)
        except (RuleError, OSError, KeyError):
            return CodeLists()

    @cached_property
    def knowledge(self) -> Knowledge:
        """The compiled knowledge."""
        return _shipped_knowledge()

    def service(self, code: str) -> CodeState:
        """What is known of a procedure code."""
        iri = f"{PREFIXES['hcpcs']}{code.upper()}"
        return self._state(code.upper(), iri, _CODE_PREDICATES, _OF_SERVICE)

    def modifier(self, code: str) -> CodeState:
        """What is known of a modifier."""
        iri = f"{PREFIXES['modifier']}{code.upper()}"
        state = self._state(code.upper(), iri, {_OF_MODIFIER}, _OF_MODIFIER)
        state.known = state.known or code.upper() in self.curated_modifiers
        return state

    def diagnosis(self, code: str) -> CodeState:
        """What is known of a diagnosis code."""
        match = self.knowledge.match(code)
        if match.concept is None:
            return CodeState(False)
        periods: list[tuple[str, str | None]] = []
        for triple in self.knowledge.describe(match.concept):
            if triple.predicate.value == _REPORTABLE and isinstance(triple.object, ox.NamedNode):
                first, _, last = triple.object.value.removeprefix(PERIOD_NS).partition("_")
                periods.append((first, last or None))
        return CodeState(True, sorted(periods))

    def successors(self, code: str, day: str) -> list[str]:
        """The diagnosis codes below an ended one that are reportable on a day: what replaced it."""
        below = [notation for notation, _ in self.knowledge.children(code)]
        found = []
        for each in below:
            state = self.diagnosis(each)
            found += [each] if state.periods and state.valid(day) else self.successors(each, day)
        return found

    def billable(self, code: str) -> bool:
        """Whether no code stands below a diagnosis code."""
        return not self.knowledge.children(code)

    @cached_property
    def curated_modifiers(self) -> set[str]:
        """The modifiers of value sets and curated files."""
        text = (self.ontology / "tables" / VALUE_SETS).read_text("utf-8")
        return set(re.findall(r",modifier,([^,]+),", text)) | self.names["modifier"]

    def _state(self, code: str, iri: str, told: set[str], dated: str) -> CodeState:
        facts: dict[object, dict[str, list[str]]] = {}
        node = ox.NamedNode(iri)
        for triple in self.knowledge.slice((), (code,)):
            about = facts.setdefault(triple.subject, {})
            if isinstance(triple.object, (ox.NamedNode, ox.Literal)):
                about.setdefault(triple.predicate.value, []).append(triple.object.value)
        known = False
        periods = []
        for about in facts.values():
            if any(node.value in about.get(predicate, ()) for predicate in told):
                known = True
            if node.value in about.get(dated, ()) and about.get(f"{SCHEMA_NS}validFrom"):
                last = about.get(f"{SCHEMA_NS}validThrough", [None])[0]
                periods.append((about[f"{SCHEMA_NS}validFrom"][0], last))
        return CodeState(known, periods)
