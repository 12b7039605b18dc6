"""A claim next to itself with a finding's first candidate taken, so that a person can decide."""

from __future__ import annotations

import copy
import json
from typing import Any

from claimshapes.checking.findings import Finding, Suggestion
from claimshapes.claims.claim import ClaimJson
from claimshapes.report.lines import Page, plain

_WIDTH = 34


def write_correction(page: Page, claim: ClaimJson, finding: Finding) -> None:
    """Writes the part of the claim that a finding is about, as it is and with the candidate.

    Nothing is applied to a claim or a file: whether the candidate is right, the record says.

    Args:
        page: where to write.
        claim: the claim.
        finding: a finding with suggestions.
    """
    suggestion = finding.suggestions[0]
    changed = suggestion.patch[-1][1]
    # What is to be done about a line may be done to a diagnosis of it.
    inside = changed.startswith(f"{finding.focus}/")
    at = finding.focus if inside else changed.rpartition("/")[0]
    before = _lines(_part(claim, at))
    after = _lines(_part(patched(claim, suggestion), at))
    page.line(
        f"as it is{' ' * (_WIDTH - 8)}   with {suggestion.value}, {suggestion.condition}", indent=4
    )
    for number in range(max(len(before), len(after))):
        left = before[number] if number < len(before) else ""
        right = after[number] if number < len(after) else ""
        mark = " " if left == right else "|"
        page.unwrapped(f"    {left:<{_WIDTH}} {mark} {right}")


def patched(claim: ClaimJson, suggestion: Suggestion) -> dict[str, Any]:
    """A copy of a claim to which the steps of a suggestion were applied."""
    changed: dict[str, Any] = copy.deepcopy(dict(claim))
    for operation, path, value in suggestion.patch:
        if operation == "test":
            continue
        holder, _, name = path.rpartition("/")
        target = _part(changed, holder)
        taken = list(value) if isinstance(value, tuple) else value
        if isinstance(target, list):
            target.append(taken)
        else:
            target[name] = taken
    return changed


def _part(claim: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        claim = claim[int(step)] if isinstance(claim, list) else claim[step]
    return claim


def _lines(part: Any) -> list[str]:
    """A field a line, its value as JSON."""
    if not isinstance(part, dict):
        return [plain(json.dumps(part, default=str))]
    return [plain(f"{name}: {json.dumps(value, default=str)}") for name, value in part.items()]
