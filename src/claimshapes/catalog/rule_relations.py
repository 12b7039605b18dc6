"""What a rule names and which rules it has to do with."""

from __future__ import annotations

from collections.abc import Iterable

from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import term_link
from claimshapes.catalog.markdown import bullets, folded, link, plain, table
from claimshapes.catalog.pages import Page, code_page, rule_page
from claimshapes.catalog.relation_pages import rule_picture
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CS_NS, HCPCS_NS, ICD_NS
from claimshapes.rules.code_lists import SET_NS
from claimshapes.rules.rule import Rule


def what_it_names(
    page: Page,
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    rule: Rule,
) -> Iterable[str]:
    """The codes, value sets and denials that a rule names, drawn and listed."""
    items = [
        f"{term_link(page, knowledge_data, coded_pages, SET_NS + name)} "
        f"({len(knowledge_data.memberships.get(name, ()))} members)"
        for name in rule_data.value_sets_of(rule)
    ]
    items += [
        link(last_part(iri), page.to(code_page(last_part(iri))))
        for iri in sorted(rule_data.mentioned[rule.id])
        if iri.startswith((ICD_NS, HCPCS_NS)) and last_part(iri) in coded_pages
    ]
    picture = rule_picture(page, rule_data, knowledge_data, coded_pages, rule)
    if items or picture:
        yield folded("Codes, value sets and denials", picture, bullets(items))


def related_rules(page: Page, rule_data: RuleData, rule: Rule) -> Iterable[str]:
    """The rules that a rule is silent for, or shares a value set or component with."""
    sets = set(rule_data.value_sets_of(rule))
    stated = rule_data.parameters[rule.id]
    rows = []
    for other in rule_data.book:
        if other.id == rule.id:
            continue
        shared = sorted(sets & set(rule_data.value_sets_of(other)))
        reasons = []
        if other.iri in rule.yields_to:
            reasons.append("stricter: this rule stays silent where it finds the same")
        if rule.iri in other.yields_to:
            reasons.append("weaker: it stays silent where this rule finds the same")
        if shared:
            reasons.append("same value set: " + ", ".join(shared))
        if stated and stated == rule_data.parameters[other.id]:
            reasons.append("same component: " + ", ".join(sorted(map(_term, stated))))
        if reasons:
            rows.append(
                (
                    link(other.id, page.to(rule_page(other.id))),
                    plain(other.label),
                    plain("; ".join(reasons)),
                )
            )
    if rows:
        yield folded(f"Related rules ({len(rows)})", table(("Rule", "What it finds", "How"), rows))


def _term(iri: str) -> str:
    return "cs:" + iri.removeprefix(CS_NS)
