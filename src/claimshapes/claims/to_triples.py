"""A claim in the JSON claim format as triples, through the terms of its JSON-LD context."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.part_iris import part_iri
from claimshapes.claims.run_days import RunDays
from claimshapes.claims.schema import usual_type
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS, RDFS_NS, XSD_NS

_TYPE = ox.NamedNode(f"{RDF_NS}type")
_DATE = ox.NamedNode(f"{XSD_NS}date")
_BOOLEAN = ox.NamedNode(f"{XSD_NS}boolean")
_INTEGER = ox.NamedNode(f"{XSD_NS}integer")
_DECIMAL = ox.NamedNode(f"{XSD_NS}decimal")
_CLAIM_TYPE = ox.NamedNode(f"{CS_NS}claimType")
_CLAIM = ox.NamedNode(f"{CS_NS}Claim")
_CODE = ox.NamedNode(f"{CS_NS}code")
_CONCEPT = ox.NamedNode(f"{CS_NS}concept")
_NEAREST = ox.NamedNode(f"{CS_NS}nearestConcept")
_NOTATION = ox.NamedNode(f"{CS_NS}notation")
_EXCESS = ox.NamedNode(f"{CS_NS}excess")
_ENTRY = ox.NamedNode(f"{CS_NS}entry")
_POSITION = ox.NamedNode(f"{CS_NS}position")


@dataclass(slots=True)
class ClaimGraph:
    """A claim's own triples, and the codes by which knowledge is reached.

    Attributes:
        claim: the claim's node.
        quads: the claim's triples, in the default graph.
        diagnosis_codes: the codes of its diagnoses, as the claim writes them.
        service_codes: the codes of its services, modifiers and revenue codes, and the numbers of
            its providers and drugs, as their concepts have them.
    """

    claim: ox.NamedNode
    quads: list[ox.Quad] = field(default_factory=list)
    diagnosis_codes: list[str] = field(default_factory=list)
    service_codes: list[str] = field(default_factory=list)

    def add(
        self, subject: ox.NamedNode, predicate: ox.NamedNode, value: ox.NamedNode | ox.Literal
    ) -> None:
        """Adds one triple."""
        self.quads.append(ox.Quad(subject, predicate, value))


@dataclass(frozen=True, slots=True)
class ConceptOfCode:
    """How the code that a field has as text names a concept.

    Attributes:
        predicate: the property that gives the concept.
        namespace: the namespace of the concepts.
        width: a shorter code begins with zeros.
    """

    predicate: ox.NamedNode
    namespace: str
    width: int

    def code(self, text: str) -> str:
        """The code as its concept has it: in capitals, with its leading zeros."""
        return text.strip().upper().rjust(self.width, "0")

    def iri(self, code: str) -> str:
        """IRI of the concept with a code."""
        return self.namespace + quote(code)


@dataclass(frozen=True, slots=True)
class Field:
    """What the context says about one JSON field, and the ontology about its property."""

    predicate: ox.NamedNode
    datatype: ox.NamedNode | None
    namespace: str | None
    node_class: ox.NamedNode | None
    concept: ConceptOfCode | None
    ordered: bool
    fields: Mapping[str, Field]


class ClaimGraphBuilder:
    """Turns claims into triples; the JSON-LD context says which property a field is."""

    def __init__(self) -> None:
        ontology = resource_directory("ontology")
        context = json.loads((ontology / "claim.context.jsonld").read_text("utf-8"))["@context"]
        facts: dict[tuple[str, str], str] = {
            (triple.subject.value, triple.predicate.value): triple.object.value
            for triple in read_triples(ontology / "claim.ttl")
            if isinstance(triple.subject, ox.NamedNode)
        }
        classes = {
            subject
            for (subject, predicate), value in facts.items()
            if predicate == _TYPE.value and value.endswith("#Class")
        }
        self.fields = dict(_terms(context, facts, classes))
        self._usual_type = ox.NamedNode(CS_NS + usual_type())

    def build(
        self, claim: ClaimJson, knowledge: Knowledge, *, days: RunDays | None = None
    ) -> ClaimGraph:
        """The claim's own triples.

        Each part of the claim is named by the claim's number and a JSON Pointer, so that a
        result's focus node says where in the claim it is.

        Args:
            claim: a claim that has the claim format.
            knowledge: where diagnosis codes are looked up.
            days: the days of the run, which become facts of the claim.
        """
        base = part_iri(str(claim["id"]))
        graph = ClaimGraph(ox.NamedNode(base))
        graph.add(graph.claim, _TYPE, _CLAIM)
        self._describe(graph, graph.claim, claim, self.fields, base, "", knowledge)
        if "type" not in claim:
            graph.add(graph.claim, _CLAIM_TYPE, self._usual_type)
        for predicate, day in () if days is None else days.facts():
            graph.add(
                graph.claim, ox.NamedNode(predicate), ox.Literal(day.isoformat(), datatype=_DATE)
            )
        return graph

    def _describe(
        self,
        graph: ClaimGraph,
        subject: ox.NamedNode,
        content: Mapping[str, Any],
        fields: Mapping[str, Field],
        base: str,
        pointer: str,
        knowledge: Knowledge,
    ) -> None:
        for name, value in content.items():
            term = fields[name]
            place = f"{pointer}/{name}"
            if isinstance(value, Mapping):
                self._part(graph, subject, term, value, fields, base, place, knowledge)
            elif isinstance(value, list):
                for index, element in enumerate(value):
                    if isinstance(element, Mapping):
                        there = f"{place}/{index}"
                        self._part(graph, subject, term, element, fields, base, there, knowledge)
                    else:
                        _state(graph, subject, term, element)
                        if term.ordered:
                            _enter(graph, subject, term, element, f"{base}#{place}", index)
            else:
                _state(graph, subject, term, value)
                if term.predicate == _CODE:
                    _look_up(graph, subject, str(value), knowledge)

    def _part(
        self,
        graph: ClaimGraph,
        subject: ox.NamedNode,
        term: Field,
        content: Mapping[str, Any],
        fields: Mapping[str, Field],
        base: str,
        pointer: str,
        knowledge: Knowledge,
    ) -> None:
        node = ox.NamedNode(f"{base}#{quote(pointer, safe='/')}")
        graph.add(subject, term.predicate, node)
        if term.node_class is not None:
            graph.add(node, _TYPE, term.node_class)
        # As in JSON-LD, a part knows the terms around it beside its own.
        self._describe(graph, node, content, {**fields, **term.fields}, base, pointer, knowledge)


def value_at(claim: ClaimJson, pointer: str, name: str) -> str | None:
    """The field ``name`` of the claim part at ``pointer`` as text, if it is there and one value."""
    part: Any = claim
    for step in pointer.split("/")[1:]:
        part = part[int(step)] if isinstance(part, list) else part.get(step)
        if part is None:
            return None
    value = part.get(name) if isinstance(part, Mapping) else None
    return str(value) if isinstance(value, (str, int, Decimal)) else None


def _state(graph: ClaimGraph, subject: ox.NamedNode, term: Field, value: Any) -> None:
    if term.namespace is not None:
        graph.add(subject, term.predicate, ox.NamedNode(term.namespace + quote(str(value))))
        return
    graph.add(subject, term.predicate, _literal(value, term.datatype))
    if term.concept is not None:
        code = term.concept.code(str(value))
        graph.add(subject, term.concept.predicate, ox.NamedNode(term.concept.iri(code)))
        graph.service_codes.append(code)


def _enter(
    graph: ClaimGraph, subject: ox.NamedNode, term: Field, value: Any, place: str, index: int
) -> None:
    """States a list's entry on a node of its own: equal triples would be one."""
    entry = ox.NamedNode(f"{place}/{index}")
    graph.add(subject, _ENTRY, entry)
    graph.add(entry, _POSITION, ox.Literal(str(index + 1), datatype=_INTEGER))
    _state(graph, entry, term, value)


def _literal(value: Any, datatype: ox.NamedNode | None) -> ox.Literal:
    if isinstance(value, bool):
        return ox.Literal("true" if value else "false", datatype=_BOOLEAN)
    if isinstance(value, int):
        return ox.Literal(str(value), datatype=datatype or _INTEGER)
    if isinstance(value, Decimal):
        return ox.Literal(format(value, "f"), datatype=datatype or _DECIMAL)
    return ox.Literal(str(value), datatype=datatype) if datatype else ox.Literal(str(value))


def _look_up(graph: ClaimGraph, subject: ox.NamedNode, code: str, knowledge: Knowledge) -> None:
    graph.diagnosis_codes.append(code)
    match = knowledge.match(code)
    if match.concept is not None:
        graph.add(subject, _CONCEPT, ox.NamedNode(match.concept))
        graph.add(subject, _NOTATION, ox.Literal(match.notation))
        return
    graph.add(subject, _NOTATION, ox.Literal(code))
    if match.nearest is not None:
        graph.add(subject, _NEAREST, ox.NamedNode(match.nearest))
        graph.add(subject, _EXCESS, ox.Literal(match.excess))


def _terms(
    context: Mapping[str, Any], facts: Mapping[tuple[str, str], str], classes: set[str]
) -> Iterator[tuple[str, Field]]:
    for name, definition in context.items():
        if name.startswith("@"):
            continue
        entry = definition if isinstance(definition, Mapping) else {"@id": definition}
        identifier = str(entry.get("@id", ""))
        if not identifier.startswith("cs:"):
            continue
        predicate = CS_NS + identifier.removeprefix("cs:")
        datatype = str(entry.get("@type", ""))
        range_of = facts.get((predicate, f"{RDFS_NS}range"))
        concept = facts.get((predicate, f"{CS_NS}conceptProperty"))
        yield (
            name,
            Field(
                predicate=ox.NamedNode(predicate),
                datatype=ox.NamedNode(XSD_NS + datatype[4:]) if datatype[:4] == "xsd:" else None,
                namespace=facts.get((predicate, f"{CS_NS}valueNamespace")),
                node_class=ox.NamedNode(range_of) if range_of in classes else None,
                concept=ConceptOfCode(
                    ox.NamedNode(concept),
                    facts[predicate, f"{CS_NS}conceptNamespace"],
                    int(facts.get((predicate, f"{CS_NS}conceptWidth"), 0)),
                )
                if concept
                else None,
                ordered=entry.get("@container") == "@list",
                fields=dict(_terms(entry.get("@context", {}), facts, classes)),
            ),
        )
