"""Reads for whom rules are not evaluated, or have another severity or other dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

import rdflib
from rdflib import URIRef
from rdflib.namespace import DCTERMS, RDF, SH

from claimshapes.errors import RuleError
from claimshapes.rdf.namespaces import ADMS, CS, SCHEMA
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.rule import Adjustment, Exemption, Rule
from claimshapes.rules.rule_reading import SEVERITIES

_Scope = tuple[frozenset[str], frozenset[str], date, date | None]
_ONE_DAY = timedelta(days=1)


def read_exemptions(
    graph: rdflib.Graph, rules: Iterable[Rule], by_node: Mapping[str, Rule]
) -> Iterator[Exemption]:
    """What cs:overrides and cs:Exemption say, in the order of their IRIs.

    Args:
        graph: states them.
        rules: the rules, which may override others.
        by_node: the rules by the IRIs of their shapes.

    Raises:
        RuleError: one names no rule, no payer or no date.
    """
    for rule in rules:
        for overridden in sorted(rule.overrides):
            if overridden not in by_node:
                raise RuleError(f"{rule.file}: cs:overrides names no rule: {overridden}")
            if not rule.payers:
                raise RuleError(
                    f"{rule.file}: a rule with cs:overrides has to name a payer (cs:appliesToPayer)"
                )
            if rule.status == "active":
                yield Exemption(
                    rule.iri,
                    overridden,
                    rule.payers,
                    rule.claim_types,
                    rule.valid_from,
                    rule.valid_through,
                )
    for node in sorted(graph.subjects(RDF.type, CS.Exemption), key=str):
        scope = _scope(graph, node, "exemption")
        for rule_iri in _adjusted_rules(graph, by_node, node, CS.exemptFrom):
            yield Exemption(str(node), rule_iri, *scope)
    for node in sorted(graph.subjects(RDF.type, CS.Adjustment), key=str):
        payers, types, start, end = _scope(graph, node, "adjustment")
        first = _day(graph, node, CS.inForceFrom, "adjustment")
        last = _day(graph, node, CS.inForceThrough, "adjustment")
        for rule_iri in _adjusted_rules(graph, by_node, node, CS.adjusts):
            if (node, ADMS.status, CS.deprecated) in graph:
                yield Exemption(str(node), rule_iri, payers, types, start, end)
            if first is not None and first > start:
                yield Exemption(str(node), rule_iri, payers, types, start, first - _ONE_DAY)
            if last is not None and last < date.max:
                yield Exemption(str(node), rule_iri, payers, types, last + _ONE_DAY, end)


def read_adjustments(graph: rdflib.Graph, by_node: Mapping[str, Rule]) -> Iterator[Adjustment]:
    """The severities and dates that adjustments give, in the order of their IRIs.

    Args:
        graph: states them.
        by_node: the rules by the IRIs of their shapes.

    Raises:
        RuleError: one names no rule, no payer, no date or no source, or gives nothing.
    """
    for node in sorted(graph.subjects(RDF.type, CS.Adjustment), key=str):
        scope = _scope(graph, node, "adjustment")
        severity = graph.value(node, SH.severity)
        first = _day(graph, node, CS.inForceFrom, "adjustment")
        last = _day(graph, node, CS.inForceThrough, "adjustment")
        says_more = first or last or (node, ADMS.status, CS.deprecated) in graph
        if severity not in SEVERITIES and (severity is not None or not says_more):
            raise RuleError(
                f"{node}: an adjustment has a sh:severity (sh:Violation, sh:Warning or sh:Info),"
                " cs:inForceFrom, cs:inForceThrough or adms:status cs:deprecated"
            )
        titles = (graph.value(at, DCTERMS.title) for at in graph.objects(node, DCTERMS.source))
        authority = ", ".join(sorted(str(title) for title in titles if title is not None))
        if not authority:
            raise RuleError(f"{node}: an adjustment names a dcterms:source")
        if severity is None and not first and not last:
            continue
        given = None if severity is None else SEVERITIES[URIRef(str(severity))]
        for rule in _adjusted_rules(graph, by_node, node, CS.adjusts):
            yield Adjustment(str(node), rule, *scope, given, first, last, authority)


def _scope(graph: rdflib.Graph, node: rdflib.term.Node, kind: str) -> _Scope:
    """For which payers, kinds of claim and dates of service something is stated."""
    payers = frozenset(
        str(value) for each in (CS.appliesToPayer, CS.payer) for value in graph.objects(node, each)
    )
    types = frozenset(
        str(value)
        for each in (CS.appliesToClaimType, CS.claimType)
        for value in graph.objects(node, each)
    )
    start = _day(graph, node, SCHEMA.validFrom, kind)
    if not payers or start is None:
        raise RuleError(f"{node}: an {kind} needs cs:appliesToPayer and schema:validFrom")
    return payers, types, start, _day(graph, node, SCHEMA.validThrough, kind)


def _day(graph: rdflib.Graph, node: rdflib.term.Node, predicate: URIRef, kind: str) -> date | None:
    value = graph.value(node, predicate)
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError as error:
        raise RuleError(f"{node}: an {kind}'s date is no date (YYYY-MM-DD)") from error


def _adjusted_rules(
    graph: rdflib.Graph, by_node: Mapping[str, Rule], node: rdflib.term.Node, predicate: URIRef
) -> list[str]:
    rules = sorted(str(rule) for rule in graph.objects(node, predicate))
    if not rules:
        raise RuleError(f"{node}: names no rule (cs:{predicate.removeprefix(CS_NS)})")
    for rule in rules:
        if rule not in by_node:
            raise RuleError(f"{node}: cs:{predicate.removeprefix(CS_NS)} names no rule: {rule}")
    return rules
