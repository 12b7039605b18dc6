"""Parts of a rule's page that the project's site and a pack's have alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from claimshapes.authoring.rule_tests import RuleTest
from claimshapes.catalog.markdown import badge, bullets, days, folded, plain, table
from claimshapes.explain.rule_history import RuleHistory
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rules.rule import Rule

_ACTIVE = "active"


def badges(rule: Rule) -> str:
    """Severity, status and dates of a rule, in short."""
    shown = [
        badge(rule.severity.value, rule.severity.value),
        *([badge(rule.status, rule.status)] if rule.status != _ACTIVE else []),
        f'<span class="badge badge-days">{days(rule.valid_from, rule.valid_through)}</span>',
    ]
    if rule.reads_documentation:
        shown.append(badge("record", "reads the record"))
    return " ".join(shown)


def why_and_fix(rule: Rule) -> list[tuple[str, str]]:
    """Why a rule is and what to do where it finds something."""
    return [("Why", plain(rule.rationale)), ("Fix", plain(rule.remedy))]


def scope_rows(rule: Rule, payers: str) -> list[tuple[str, str]]:
    """For which payers, claims and days a rule is."""
    kinds = ", ".join(sorted(last_part(iri) for iri in rule.claim_types))
    return [
        ("Payers", payers),
        ("Claims", kinds or "professional and institutional"),
        ("Dates of service", days(rule.valid_from, rule.valid_through)),
    ]


def sources(rule: Rule) -> str:
    """The documents that a rule names."""
    rows = [
        (
            plain(citation.title),
            plain(citation.section or ""),
            plain(citation.edition or ""),
            badge(citation.strength, citation.strength)
            + (f" read at {plain(citation.seen_at)}" if citation.seen_at else ""),
        )
        for citation in rule.citations
    ]
    return table(("Document", "Section", "Edition", "Strength"), rows)


def tests(rule: Rule, own: Sequence[RuleTest]) -> Iterable[str]:
    """The tests of a rule, with what each expects; nothing where there are none."""
    if not own:
        return
    rows = []
    for test in own:
        found = [item for item in test.expected if item.severity != "not checked"]
        unjudged = [item for item in test.expected if item.severity == "not checked"]
        if found:
            says = "; ".join(sorted({item.message for item in found}))
            outcome = f"{badge(rule.severity.value, 'finds')} {plain(says)}"
        elif unjudged:
            says = "; ".join(sorted({item.message for item in unjudged}))
            outcome = f"{badge('unjudged', 'not checked')} {plain(says)}"
        else:
            outcome = badge("clean", "passes")
        rows.append((plain(test.label), outcome))
    yield folded(f"Tests ({len(rows)})", table(("Claim", "Outcome"), rows))


def history_of(rule: Rule, history: RuleHistory) -> str:
    """When a rule was issued, and how its file changed since."""
    items = [f"{rule.issued}: issued", f"{rule.modified}: last modified"]
    items += [f"{change.day}: {plain(change.summary)}" for change in history.of(rule.file)]
    return bullets(items)
