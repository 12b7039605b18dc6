"""Reads a rule from the graph of its shape."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import rdflib
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, SH, SKOS

from claimshapes.errors import RuleError
from claimshapes.rdf.namespaces import ADMS, CS, SCHEMA
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.other_claims import read_other_claims
from claimshapes.rules.rule import Citation, Rule
from claimshapes.rules.severity import Severity

SEVERITIES = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}


def _of_constraints(graph: rdflib.Graph, node: URIRef) -> str:
    """The messages of a rule's constraints, where the rule itself has none."""
    if (node, SH.message, None) in graph:
        return ""
    return "; or ".join(sorted(str(text) for text in graph.objects(node, SH.sparql / SH.message)))


def read_rule(graph: rdflib.Graph, node: URIRef, file: Path, catalog: str) -> Rule:
    """Reads what a shape says of its rule.

    Args:
        graph: has the shape, with its sources joined and its message filled in.
        node: the shape.
        file: where it was read, for what is wrong.
        catalog: begins the addresses of rules' pages.

    Raises:
        RuleError: it lacks something that every rule must have.
    """

    def one(predicate: URIRef) -> str:
        value = graph.value(node, predicate)
        if value is None:
            raise RuleError(f"{file}: the rule has no {predicate.n3(graph.namespace_manager)}")
        return str(value)

    def day(predicate: URIRef) -> date:
        try:
            return date.fromisoformat(one(predicate))
        except ValueError as error:
            raise RuleError(f"{file}: {predicate} is no date (YYYY-MM-DD)") from error

    def last_parts(predicate: URIRef) -> tuple[str, ...]:
        return tuple(
            sorted(str(value).rsplit("/", 1)[-1] for value in graph.objects(node, predicate))
        )

    def is_true(predicate: URIRef) -> bool:
        value = graph.value(node, predicate)
        return isinstance(value, Literal) and bool(value.toPython())

    severity = graph.value(node, SH.severity)
    if not isinstance(severity, URIRef) or severity not in SEVERITIES:
        raise RuleError(f"{file}: sh:severity must be sh:Violation, sh:Warning or sh:Info")
    identifier = one(DCTERMS.identifier)
    through = graph.value(node, SCHEMA.validThrough)
    about = graph.value(node, CS.field)
    return Rule(
        iri=str(node),
        id=identifier,
        label=one(SKOS.prefLabel),
        description=one(DCTERMS.description),
        rationale=one(CS.rationale),
        severity=SEVERITIES[severity],
        message=_of_constraints(graph, node) or one(SH.message),
        remedy=one(CS.remedy),
        status=one(ADMS.status).rsplit("#", 1)[-1],
        denial_codes=last_parts(CS.denialCode),
        citations=tuple(_citations(graph, node, file)),
        payers=frozenset(str(value) for value in graph.objects(node, CS.appliesToPayer)),
        claim_types=frozenset(str(value) for value in graph.objects(node, CS.appliesToClaimType)),
        valid_from=day(SCHEMA.validFrom),
        valid_through=day(SCHEMA.validThrough) if through is not None else None,
        issued=day(DCTERMS.issued),
        modified=day(DCTERMS.modified),
        reads_documentation=is_true(CS.readsDocumentation),
        applies_to_voids=is_true(CS.appliesToVoids),
        yields_to=frozenset(str(value) for value in graph.objects(node, CS.yieldsTo)),
        overrides=frozenset(str(value) for value in graph.objects(node, CS.overrides)),
        field_name=str(about).removeprefix(CS_NS) if about is not None else None,
        url=f"{catalog}{identifier}/",
        file=file,
        other_claims=read_other_claims(graph, node, file),
        remark_codes=last_parts(CS.remarkCode),
        group_code=str(graph.value(node, CS.groupCode) or "") or None,
        candidates=str(graph.value(node, CS.candidates) or "") or None,
    )


def _iri(node: rdflib.term.Node) -> str | None:
    return str(node) if isinstance(node, URIRef) else None


def _citations(graph: rdflib.Graph, node: URIRef, file: Path) -> list[Citation]:
    citations = []
    for source in graph.objects(node, DCTERMS.source):
        title = graph.value(source, DCTERMS.title)
        if title is None:
            raise RuleError(f"{file}: a dcterms:source has no dcterms:title")

        def text(predicate: URIRef, source: rdflib.term.Node = source) -> str | None:
            value = graph.value(source, predicate)
            return None if value is None else str(value)

        citations.append(
            Citation(
                title=str(title),
                section=text(CS.section),
                edition=text(CS.edition),
                seen_at=text(CS.seenAt),
                strength=(text(CS.strength) or "").rsplit("#", 1)[-1],
                document=text(CS.document) or _iri(source),
            )
        )
    if not citations:
        raise RuleError(f"{file}: the rule names no dcterms:source")
    return sorted(citations, key=lambda each: (each.strength, each.title, each.section or ""))
