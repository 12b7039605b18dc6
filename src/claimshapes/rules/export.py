"""Rules as plain SHACL, for engines that know nothing of this package.

What comes out is for one payer, one kind of claim and one date of service, which are therefore
questions that the shapes no longer have to ask. Components are filled in, prefixes written out, and
messages stand on the constraints whose variables they name. What SHACL has no terms for stays as
data beside the shapes, and the head of the file says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial

import rdflib
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SH, XSD

from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.vocabulary import CS_NS, SH_NS
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook
from claimshapes.rules.severity import Severity

EXPORT = URIRef("urn:claimshapes:export")
DISALLOWED = (SH.Violation, SH.Warning, SH.Info)
"""Severities of results with which a claim does not conform."""
PROPERTY = "property-"
"""Begins the fragment of the IRI of a rule's property shape, before its number."""

_BESIDE_QUERIES = {
    SH.message,
    SH.property,
    SH.severity,
    SH.sparql,
    SH.targetClass,
    SH.targetNode,
    SH.targetObjectsOf,
    SH.targetSubjectsOf,
}
"""What a shape may say that has no message of its own to give: property shapes have theirs."""

_GROUPED = re.compile(r"\bGROUP\s+BY\b[^{}]*", re.IGNORECASE)
_DISALLOWS = URIRef(f"{SH_NS}conformanceDisallows")
_SEVERITIES = {
    Severity.VIOLATION: SH.Violation,
    Severity.WARNING: SH.Warning,
    Severity.INFO: SH.Info,
}
_LEFT = (
    "The data graph is that of a claim with what follows from it: `claimshapes graph` writes it.",
    "The rules are those in force on the date; a claim with services on other dates needs the"
    " export of those dates.",
    "A result counts only where no rule that it yields to (cs:yieldsTo) has one of the same focus"
    " node.",
    "Results of severity cs:NotChecked say that a rule could not be evaluated for lack of a fact,"
    " those of cs:NotCovered that no loaded table speaks of it; a claim with no others conforms."
    " Which rule that is, says cs:preconditionOf of their shape.",
    "Rules that read the record (cs:readsDocumentation) are for claims that have documentation.",
    "A claim that repeats an original to take it back (cs:repeatsOriginal) is for the rules that"
    " apply to voids (cs:appliesToVoids), and no others.",
    "A property shape has its rule's IRI, with #property- and a number.",
)


@dataclass(frozen=True, slots=True)
class Scope:
    """For what rules are exported.

    Attributes:
        payers: IRIs of the payer and its broader payers.
        claim_type: the kind of claim: professional, institutional.
        day: the date of service.
    """

    payers: frozenset[str]
    claim_type: str
    day: date


def exported(book: RuleBook, scope: Scope, only: Iterable[str] | None = None) -> rdflib.Graph:
    """The shapes of the rules for a payer and a kind of claim that are in force on a day.

    Args:
        book: all rules.
        scope: for what they are chosen.
        only: ids of rules; none: all.
    """
    ids = None if only is None else frozenset(only)
    selected = book.select(scope.payers, f"{CS_NS}{scope.claim_type}", only=ids)
    chosen = tuple(rule for rule in selected if rule.in_force((scope.day,)))
    graph = book.shapes_of(chosen)
    for rule in chosen:
        _give_severity(graph, rule, scope.day)
    _move_messages(graph)
    _name_property_shapes(graph)
    _write_plainly(graph)
    _state(graph, chosen, scope)
    for precondition, about in book.graph.subject_objects(CS.preconditionOf):
        if (precondition, None, None) in graph:
            graph.add((precondition, CS.preconditionOf, about))
    graph.bind("cs", CS)
    return graph


def _give_severity(graph: rdflib.Graph, rule: Rule, day: date) -> None:
    severity, words = rule.adjusted((day,))
    if not words:
        return
    node = URIRef(rule.iri)
    graph.set((node, SH.severity, _SEVERITIES[severity]))
    for said in {node, *graph.objects(node, SH.sparql), *graph.objects(node, SH.property)}:
        for message in list(graph.objects(said, SH.message)):
            graph.remove((said, SH.message, message))
            graph.add((said, SH.message, Literal(f"{message} [{words}]")))


def _move_messages(graph: rdflib.Graph) -> None:
    """Puts the messages of shapes on their queries, whose variables they name.

    A message of the shape precedes a query's in TopQuadrant's engine, which does not fill it in.
    """
    for shape in set(graph.subjects(SH.sparql)):
        messages = list(graph.objects(shape, SH.message))
        for constraint in graph.objects(shape, SH.sparql):
            if (constraint, RDF.type, SH.SPARQLConstraint) not in graph:
                graph.add((constraint, RDF.type, SH.SPARQLConstraint))
            if (constraint, SH.message, None) not in graph:
                for message in messages:
                    graph.add((constraint, SH.message, message))
        said = {each for each in graph.predicates(shape) if str(each).startswith(SH_NS)}
        if said <= _BESIDE_QUERIES:
            graph.remove((shape, SH.message, None))


def _name_property_shapes(graph: rdflib.Graph) -> None:
    """Gives the property shapes of rules IRIs, so that results name them, and the rule's severity.

    A result is of the property shape, and SHACL hands nothing down to it.
    """
    named = [node for node in set(graph.subjects(SH.property)) if isinstance(node, URIRef)]
    for rule in named:
        parts = [part for part in graph.objects(rule, SH.property) if isinstance(part, BNode)]
        for number, part in enumerate(sorted(parts, key=partial(_content, graph)), 1):
            name = URIRef(f"{rule}#{PROPERTY}{number}")
            for predicate, value in list(graph.predicate_objects(part)):
                graph.remove((part, predicate, value))
                graph.add((name, predicate, value))
            graph.remove((rule, SH.property, part))
            graph.add((rule, SH.property, name))
            if (name, SH.severity, None) not in graph:
                for severity in graph.objects(rule, SH.severity):
                    graph.add((name, SH.severity, severity))


def _content(graph: rdflib.Graph, node: BNode) -> list[tuple[str, str]]:
    """What is said of a node, but for other blank nodes: the same each time it is read."""
    said = ((each, value) for each, value in graph.predicate_objects(node))
    return sorted((str(each), str(value)) for each, value in said if not isinstance(value, BNode))


def _write_plainly(graph: rdflib.Graph) -> None:
    """Writes literals and queries so that engines cannot take them for others.

    To rdflib a literal of ``xsd:string`` is another term than a plain one, and a query with groups
    has one solution where there is no group; a group without a row is none.
    """
    for subject, predicate, value in list(graph):
        if not isinstance(value, Literal) or value.datatype != XSD.string:
            continue
        text = str(value)
        if predicate == SH.select:
            text = _GROUPED.sub(_with_a_row, text)
        graph.remove((subject, predicate, value))
        graph.add((subject, predicate, Literal(text)))


def _with_a_row(groups: re.Match[str]) -> str:
    having = "" if re.search(r"\bHAVING\b", groups[0], re.IGNORECASE) else "HAVING "
    return f"{groups[0].rstrip()} {having}(COUNT(*) > 0) "


def _state(graph: rdflib.Graph, rules: Iterable[Rule], scope: Scope) -> None:
    """Says what the file is, and of each rule what SHACL has no terms for."""
    graph.add((EXPORT, RDF.type, OWL.Ontology))
    graph.add((EXPORT, DCTERMS.valid, Literal(scope.day.isoformat(), datatype=XSD.date)))
    graph.add((EXPORT, CS.claimType, CS[scope.claim_type]))
    for payer in scope.payers:
        graph.add((EXPORT, CS.appliesToPayer, URIRef(payer)))
    for severity in DISALLOWED:
        graph.add((EXPORT, _DISALLOWS, severity))
    for text in _LEFT:
        graph.add((EXPORT, RDFS.comment, Literal(text, lang="en")))
    for severity in (CS.NotChecked, CS.NotCovered):
        graph.add((severity, RDF.type, SH.Severity))
    names = {rule.iri for rule in rules}
    for rule in rules:
        node = URIRef(rule.iri)
        graph.add((node, RDFS.label, Literal(rule.label, lang="en")))
        graph.add((node, DCTERMS.identifier, Literal(rule.id)))
        for other in rule.yields_to & names:
            graph.add((node, CS.yieldsTo, URIRef(other)))
        if rule.reads_documentation:
            graph.add((node, CS.readsDocumentation, Literal(True)))
        if rule.applies_to_voids:
            graph.add((node, CS.appliesToVoids, Literal(True)))
