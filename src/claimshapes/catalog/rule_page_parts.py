"""Parts of a rule's page that the project's site and a pack's have alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from claimshapes.authoring.rule_tests import RuleTest
from claimshapes.catalog.checked_claims import Pair, Run, changed_lines, claim_lines, difference
from claimshapes.catalog.markdown import badge, bullets, days, fence, folded, plain, table
from claimshapes.claims.form_places import form_place
from claimshapes.explain.rule_history import RuleHistory
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rules.rule import Rule

_PLACEHOLDER = re.compile(r"\\\{\?(\w+?)\\\}")
_MOST_LINES = 8
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


def example(rule: Rule, pair: Pair) -> Iterable[str]:
    """What differs between a claim that a rule objects to and one that it passes, and the finding.

    Args:
        rule: the rule.
        pair: the two claims, checked.
    """
    if pair.failing is None:
        # No test has it find something: what a finding says, with the names of its values.
        says = _PLACEHOLDER.sub(r"<var>\1</var>", plain(rule.message))
        yield f"A finding says: {says}."
        return
    yield "## Example"
    yield (
        f"{_sentence(pair.failing.label)}:"
        if pair.passing is None
        else (f"{_sentence(pair.failing.label)}; passes: {plain(pair.passing.label)}.")
    )
    if pair.passing is not None:
        lines = difference(pair.failing.claim, pair.passing.claim)
        shown = lines[:_MOST_LINES]
        if len(lines) > len(shown):
            shown.append(f"  ... {len(lines) - len(shown)} more lines, in the whole claims below")
        yield fence("diff", "\n".join(shown))
    found = [each for each in pair.failing.result.findings if each.rule == rule.id]
    for finding in found[:1]:
        severity = finding.severity.value
        where = str(form_place(pair.failing.claim, finding.place))
        yield (
            f'<p class="found found-{severity}">{badge(severity, severity)} '
            f"{escape(finding.message)} <span>{escape(where)}</span></p>"
        )


def _sentence(text: str) -> str:
    words = plain(text)
    return words[:1].upper() + words[1:]


def whole_claims(pair: Pair) -> Iterable[str]:
    """The two claims of an example as they are in files, with their reports."""
    failing = claim_lines(pair.failing.claim) if pair.failing else []
    passing = claim_lines(pair.passing.claim) if pair.passing else []
    blocks = []
    for run, lines, others in ((pair.failing, failing, passing), (pair.passing, passing, failing)):
        if run is not None:
            marked = changed_lines(others, lines) if others else []
            blocks += [plain(run.label), *_shown(run, lines, marked)]
    if blocks:
        yield folded("The whole claims and their reports", *blocks)


def _shown(run: Run, lines: list[str], marked: list[int]) -> Iterable[str]:
    identifier = next((n for n, line in enumerate(lines, 1) if line.startswith('  "id"')), 0)
    yield fence("json", "\n".join(lines), marked=[n for n in marked if n != identifier])
    yield fence("text", f"$ {run.command}\n{run.output}")
