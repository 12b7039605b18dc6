"""The example on a rule's page: a claim that it objects to, and one that it passes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from claimshapes.catalog.checked_claims import Pair, Run, changed_lines, claim_lines, difference
from claimshapes.catalog.markdown import badge, fence, folded, plain
from claimshapes.claims.form_places import form_place
from claimshapes.rules.rule import Rule

_PLACEHOLDER = re.compile(r"\\\{\?(\w+?)\\\}")
_MOST_LINES = 8
"""Lines of a difference that an example shows."""


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
