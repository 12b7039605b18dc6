"""A rule in the terminal: what its page on the web says, from the same file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from claimshapes.explain.rule_sources import rules_by_source, source_strengths
from claimshapes.knowledge.denials import name_denial
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.report.lines import Page, counted
from claimshapes.report.text import SEVERITY_STYLES
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook


def write_rule(page: Page, rule: Rule, book: RuleBook) -> None:
    """Writes everything that a rule says of itself.

    Args:
        page: where to write.
        rule: the rule.
        book: the rules that it may be related to.
    """
    page.line((rule.id, "bold"), f"  {rule.label}", hang=2)
    page.space()
    page.field("severity", (rule.severity.value, SEVERITY_STYLES[rule.severity]), indent=2)
    page.field("status", rule.status, indent=2)
    page.field("in force", _span(rule), indent=2)
    page.field("changed", f"issued {rule.issued}, last modified {rule.modified}", indent=2)
    page.field("payers", _names(rule.payers) or "all", indent=2)
    page.field("claims", _names(rule.claim_types) or "professional, institutional", indent=2)
    if rule.reads_documentation:
        page.field("reads", "facts of the record (left out with --no-documentation)", indent=2)
    if rule.applies_to_voids:
        page.field("voids", "are checked too", indent=2)
    if rule.other_claims is not None:
        length = rule.other_claims.look_back.days
        since = f"up to {length} days before" if length else "of the same days"
        page.field("reads", f"other claims of the patient, {since} (--across-claims)", indent=2)
    page.space()
    page.field("checks", rule.description, indent=2)
    page.field("says", rule.message, indent=2)
    page.field("why", rule.rationale, indent=2)
    page.field("what to do", rule.remedy, indent=2)
    for code in rule.denial_codes:
        page.field("prevents", name_denial(code), indent=2)
    if rule.remark_codes:
        page.field("remarks", ", ".join(f"RARC {code}" for code in rule.remark_codes), indent=2)
    if rule.group_code:
        page.field("group code", rule.group_code, indent=2)
    for citation in rule.citations:
        page.field("source", f"{citation.with_copy} [{citation.strength}]", indent=2)
    for name, related in (
        ("yields to", _ids(rule.yields_to, book)),
        ("goes before", [other.id for other in book if rule.iri in other.yields_to]),
        ("instead of", _ids(rule.overrides, book)),
        ("replaced", _exempt(rule, book)),
    ):
        if related:
            page.field(name, ", ".join(related), indent=2)
    page.link("see", rule.url, indent=2)


def write_rules_by_source(page: Page, rules: Iterable[Rule]) -> None:
    """Writes the rules under the strength of their strongest source, with what it cites.

    Args:
        page: where to write.
        rules: the rules.
    """
    meanings = source_strengths()
    listed = list(rules)
    column = max((len(rule.id) for rule in listed), default=0) + 3
    for strength, sourced in rules_by_source(listed).items():
        page.line((strength, "bold"), f": {counted(len(sourced), 'rule')}")
        page.line(meanings.get(strength, "No strength that a source can have."), indent=2)
        for entry in sourced:
            page.beside(
                [(entry.rule.id, "bold")],
                "; ".join(citation.with_copy for citation in entry.citations),
                indent=2,
                column=column,
            )
        page.space()


def rule_object(rule: Rule, book: RuleBook) -> dict[str, Any]:
    """A rule's metadata as ``rules list --format json`` gives it."""
    return {
        "id": rule.id,
        "label": rule.label,
        "description": rule.description,
        "severity": rule.severity.value,
        "status": rule.status,
        "validFrom": rule.valid_from.isoformat(),
        "validThrough": rule.valid_through.isoformat() if rule.valid_through else None,
        "payers": sorted(map(last_part, rule.payers)),
        "claimTypes": sorted(map(last_part, rule.claim_types)),
        "readsDocumentation": rule.reads_documentation,
        "appliesToVoids": rule.applies_to_voids,
        "denialCodes": list(rule.denial_codes),
        "remarkCodes": list(rule.remark_codes),
        "groupCode": rule.group_code,
        "yieldsTo": _ids(rule.yields_to, book),
        "overrides": _ids(rule.overrides, book),
        "sources": [
            {
                "title": citation.title,
                "section": citation.section,
                "edition": citation.edition,
                "seenAt": citation.seen_at,
                "strength": citation.strength,
            }
            for citation in rule.citations
        ],
        "url": rule.url,
    }


def whole_rule_object(rule: Rule, book: RuleBook) -> dict[str, Any]:
    """Everything that a rule says of itself, for programs."""
    return {
        **rule_object(rule, book),
        "message": rule.message,
        "rationale": rule.rationale,
        "remedy": rule.remedy,
        "issued": rule.issued.isoformat(),
        "modified": rule.modified.isoformat(),
    }


def _exempt(rule: Rule, book: RuleBook) -> list[str]:
    """Who has another rule instead, or none, such as ``example-strict by EX-RESPONSE``."""
    texts = []
    for exemption in book.exemptions.get(rule.iri, ()):
        instead = book.by_node.get(exemption.iri)
        by = f"by {instead.id}" if instead else "by none"
        texts.append(f"for {_names(exemption.payers)} {by} from {exemption.valid_from}")
        if exemption.valid_through:
            texts[-1] += f" to {exemption.valid_through}"
    return texts


def _span(rule: Rule) -> str:
    end = f" to {rule.valid_through}" if rule.valid_through else ""
    if rule.valid_from == date.min:
        return f"every date of service{end}"
    return f"dates of service from {rule.valid_from}{end or ' on'}"


def _ids(iris: frozenset[str], book: RuleBook) -> list[str]:
    return sorted(book.by_node[iri].id for iri in iris if iri in book.by_node)


def _names(iris: frozenset[str]) -> str:
    return ", ".join(sorted(map(last_part, iris)))
