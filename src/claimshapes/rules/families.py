"""The families of rules: which parameters each has, and what it makes of them.

A family (``ontology/families.ttl``, with examples) is a constraint component that an author fills
in like a form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import rdflib
from rdflib import Literal, URIRef
from rdflib.namespace import RDF, RDFS, SH, SKOS
from rdflib.term import Node

from claimshapes.errors import RuleError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.shape_files import read_graph, read_turtle
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.code_tests import CodeKind

SHORT_FORMS = {CS.payer: CS.appliesToPayer, CS.claimType: CS.appliesToClaimType}
"""What a rule may say for the payers and kinds of claim that it applies to."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a form.

    Attributes:
        path: the property that states it.
        name: how the family's query and texts call it.
        label: what it says.
        optional: whether a form may leave it out.
        default: its value where it does.
        field: claim field whose codes are its values; none where it is a number or a truth value.
        unit: ``days`` where its number becomes a duration.
        wording: what a text says of it: of a period, or of a condition.
        days_each: days in one of what it counts.
        terms: whether its values are terms of the vocabulary or of a table, written in as they are.
        or_condition: whether a form that leaves it out has to state a condition.
    """

    path: URIRef
    name: str
    label: str
    optional: bool
    default: Node | None
    field: str | None
    unit: str | None
    wording: str | None
    days_each: int | None
    terms: bool
    or_condition: bool


@dataclass(frozen=True, slots=True)
class Family:
    """A family as the ontology states it.

    Attributes:
        node: its IRI.
        forms: the properties that hold its form.
        label: its name.
        says: what a rule of it says.
        comment: what else there is to know.
        parameters: its own, and then the conditions that it takes.
        own: names of its own parameters.
        select: its query.
        pattern: what takes the place of ``$conditions``.
        unevaluated: severity, message and query of each precondition.
    """

    node: Node
    forms: tuple[URIRef, ...]
    label: str
    says: str
    comment: str
    parameters: tuple[Parameter, ...]
    own: frozenset[str]
    select: str
    pattern: str
    unevaluated: tuple[tuple[Node, str, str], ...]


def read_families(graph: rdflib.Graph) -> list[Family]:
    """The families of a shapes graph, in the order of their names.

    Raises:
        RuleError: a family lacks its form or query.
    """
    found = []
    of_conditions = {
        taken: list(_parameters(graph, taken)) for taken in set(graph.objects(None, CS.takes))
    }
    for node in sorted(graph.subjects(RDF.type, CS.Family), key=str):
        forms = tuple(sorted(_uris(graph.objects(node, CS.form)), key=str))
        select = graph.value(node, SH.select)
        if not forms or select is None:
            raise RuleError(f"{node}: a family needs cs:form and sh:select")
        own = sorted(_parameters(graph, node), key=lambda each: (each.optional, each.name))
        conditions = sorted(graph.objects(node, CS.takes), key=str)
        further = [each for taken in conditions for each in of_conditions[taken]]
        further.sort(key=lambda each: each.name)
        unevaluated = [
            (severity, str(graph.value(each, SH.message)), str(graph.value(each, SH.select)))
            for each in graph.objects(node, CS.unevaluated)
            if (severity := graph.value(each, SH.severity)) is not None
        ]
        found.append(
            Family(
                node,
                forms,
                str(graph.value(node, SKOS.prefLabel) or ""),
                str(graph.value(node, RDFS.label) or ""),
                str(graph.value(node, RDFS.comment) or ""),
                (*own, *further),
                frozenset(each.name for each in own),
                str(select),
                "".join(str(graph.value(taken, CS.pattern) or "") for taken in conditions),
                tuple(sorted(unevaluated, key=lambda each: each[1])),
            )
        )
    return found


def read_family_graph() -> rdflib.Graph:
    """What the ontology says of families.

    Raises:
        RuleError: it cannot be read.
    """
    return read_graph([resource_directory("ontology") / "families.ttl"])


def forms_of(graph: rdflib.Graph) -> dict[str, Family]:
    """The families of a shapes graph by the IRIs of their forms.

    Raises:
        RuleError: a family lacks its form or query.
    """
    return {str(form): family for family in read_families(graph) for form in family.forms}


def read_forms() -> dict[str, Family]:
    """The families of the ontology by the IRIs of their forms.

    Raises:
        RuleError: the ontology cannot be read.
    """
    return forms_of(read_family_graph())


def sample_codes(graph: rdflib.Graph, name: str) -> list[str]:
    """Codes of a claim field to make claims and examples with, as the families' graph has them."""
    return sorted(
        str(code)
        for node in graph.subjects(CS.sampleOf, CS[name])
        for code in graph.objects(node, CS.sampleCode)
    )


@cache
def code_kind(name: str) -> CodeKind:
    """How the codes of a claim field are compared: as text, or as the IRIs of their concepts."""
    facts: dict[str, str] = {}
    for subject, predicate, value in read_turtle(resource_directory("ontology") / "claim.ttl"):
        if subject == CS[name]:
            facts[str(predicate).removeprefix(CS_NS)] = str(value)
    namespace = facts.get("conceptNamespace") or facts.get("valueNamespace")
    return CodeKind(name, namespace, int(facts.get("conceptWidth", 0)))


def _parameters(graph: rdflib.Graph, node: Node) -> Iterator[Parameter]:
    for parameter in graph.objects(node, SH.parameter):
        path = graph.value(parameter, SH.path)
        if not isinstance(path, URIRef):
            raise RuleError(f"{node}: a sh:parameter has no sh:path")
        about = graph.value(parameter, CS.codesOf)
        each = graph.value(parameter, CS.daysEach)
        yield Parameter(
            path,
            str(path).rsplit("#", 1)[-1],
            str(graph.value(parameter, RDFS.label) or ""),
            str(graph.value(parameter, SH.optional)) == "true",
            graph.value(parameter, SH.defaultValue),
            None if about is None else str(about).removeprefix(CS_NS),
            _text(graph.value(parameter, CS.unit)),
            _text(graph.value(parameter, CS.wording)),
            None if each is None else int(str(each)),
            (parameter, CS.ofTerms, Literal(True)) in graph,
            (parameter, CS.orCondition, Literal(True)) in graph,
        )


def _text(node: Node | None) -> str | None:
    return None if node is None else str(node)


def _uris(nodes: Iterable[Node]) -> Iterator[URIRef]:
    return (node for node in nodes if isinstance(node, URIRef))
