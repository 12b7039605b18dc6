"""The index of rules, with what it can be filtered by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import badge, days, filterable, link, offered, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, denial_page, rule_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rules.rule import Rule

INDEX = "rules/index.md"


def add_rule_index(
    files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData
) -> None:
    """Adds the table of all rules."""
    page = Page(INDEX, "Rules", wide=True)
    above = {payer: knowledge_data.payers_above(payer) for payer in knowledge_data.payers()}
    lists = [_lists_of(rule_data, knowledge_data, rule, above) for rule in rule_data.book]
    rows = [
        (
            link(rule.id, page.to(rule_page(rule.id))) + offered(of_rule),
            plain(rule.label),
            badge(rule.severity.value, rule.severity.value),
            ", ".join(knowledge_data.ontology.label(iri) for iri in sorted(rule.payers)) or "all",
            days(rule.valid_from, rule.valid_through),
            ", ".join(
                link(f"CARC {number}", page.to(denial_page("carc", number)))
                for number in rule.denial_codes
            ),
        )
        for rule, of_rule in zip(rule_data.book, lists, strict=True)
    ]
    offers: dict[str, Sequence[str]] = {
        name: sorted({value for row in lists for value in row[name]}, key=_in_order)
        for name in lists[0]
    }
    page.add(
        "# Rules",
        "Each rule is one SHACL shape with its source and its tests, and each page is made from "
        "it. A payer's rules include those of the broader payers that it belongs to.",
        filterable("rules", table(_HEADINGS, rows), offers=offers),
        f"The same {link('by denial code', page.to('denials/index.md'))}, "
        f"{link('by payer', page.to('payers/index.md'))}, "
        f"{link('by source', page.to('sources/index.md'))}; "
        f"{link('what changed', page.to('changes/index.md'))}; "
        f"{link('all shapes as files', page.to('downloads/index.md'))}.",
    )
    files.add_page(page)


_HEADINGS = ("Rule", "What it finds", "Severity", "Payer", "Dates of service", "Prevents")
_SEVERITIES = ("violation", "warning", "info")


def _in_order(value: str) -> tuple[int, list[int | str]]:
    """Severities as they weigh, numbers by their value, anything else by the alphabet."""
    place = _SEVERITIES.index(value) if value in _SEVERITIES else len(_SEVERITIES)
    parts = re.split(r"(\d+)", value)
    return place, [int(part) if part.isdigit() else part.casefold() for part in parts]


def _lists_of(
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    rule: Rule,
    above: Mapping[str, frozenset[str]],
) -> dict[str, list[str]]:
    form = rule_data.book.forms.get(rule.iri)
    kinds = sorted(last_part(iri) for iri in rule.claim_types)
    return {
        "Severity": [rule.severity.value],
        "Payer": [
            knowledge_data.ontology.label(payer)
            for payer, broader in above.items()
            if not rule.payers or rule.payers & broader
        ],
        "Claim": kinds or ["institutional", "professional"],
        "Denial": [f"CARC {number}" for number in rule.denial_codes],
        "Area": [rule.file.parent.name],
        "Family": [str(form.family.label)] if form else [],
    }
