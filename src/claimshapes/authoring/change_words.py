"""Changes between two states of rules in words."""

from __future__ import annotations

from collections.abc import Sequence

from claimshapes.authoring.effects import LOOSER, STRICTER
from claimshapes.authoring.pack_changes import Change, counts
from claimshapes.report.lines import Page, counted

_STYLES = {STRICTER: "red", LOOSER: "green"}


def write_changes(page: Page, changes: Sequence[Change]) -> None:
    """Writes what changed, thing by thing, and how many changes there are of each sort."""
    for change in changes:
        sorts = [change.became, *change.means] if change.became != "changed" else change.means
        page.line((change.name, "bold"), f"  {change.kind}  {', '.join(dict.fromkeys(sorts))}")
        for item in change.items:
            page.line(item.name, "  ", (item.means, _STYLES.get(item.means, "")), indent=2)
            for sign, values, style in (("-", item.before, "red"), ("+", item.after, "green")):
                for value in values:
                    page.line((sign, style), f" {value}", indent=4, hang=2)
    said = [f"{number:,} {sort}" for sort, number in sorted(counts(changes).items())]
    page.line(f"{counted(len(changes), 'change')}{': ' if said else ''}{', '.join(said)}")
