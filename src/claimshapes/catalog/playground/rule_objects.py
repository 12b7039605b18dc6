"""The rules as the playground's checker needs them: for whom, when, and what a finding says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from claimshapes.catalog.playground.sparql_queries import Check, query_on_focus_node
from claimshapes.catalog.playground.written_needs import NeedsWriter
from claimshapes.rules.candidate_sources import CandidateSource
from claimshapes.rules.rule import Exemption, Rule
from claimshapes.rules.rule_book import RuleBook


def rule_objects(book: RuleBook) -> list[dict[str, Any]]:
    """The active rules in the order of their ids."""
    return [_rule(book, rule) for rule in book if rule.status == "active"]


def check_objects(checks: Iterable[Check], needs: NeedsWriter) -> list[dict[str, Any]]:
    """The constraints, under short names, with what their queries need."""
    return [
        {
            "rule": check.rule,
            "note": check.note,
            "targets": check.targets,
            "path": check.path,
            "query": check.query,
            "needs": needs.of(check.asked),
            "messages": check.messages,
            "formatted": check.formatted,
        }
        for check in checks
    ]


def candidate_objects(
    sources: Mapping[str, CandidateSource], prefixes: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Where the candidates of rules' findings come from, by the rule's id."""
    return {
        rule: {
            "field": source.field,
            "adds": source.adds,
            "condition": source.condition,
            "query": query_on_focus_node(source.query, prefixes),
        }
        for rule, source in sources.items()
    }


def _rule(book: RuleBook, rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": rule.severity.value,
        "remedy": rule.remedy,
        "denialCodes": rule.denial_codes,
        "url": rule.url,
        "field": rule.field_name,
        "readsDocumentation": rule.reads_documentation,
        "appliesToVoids": rule.applies_to_voids,
        "yieldsTo": sorted(book.by_node[iri].id for iri in rule.yields_to if iri in book.by_node),
        **_scope(rule),
        "exemptions": [_scope(exemption) for exemption in book.exemptions.get(rule.iri, ())],
    }


def _scope(scope: Rule | Exemption) -> dict[str, Any]:
    return {
        "payers": sorted(scope.payers),
        "claimTypes": sorted(scope.claim_types),
        "from": scope.valid_from.isoformat(),
        "through": _day(scope.valid_through),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
