"""The impact of rules in words."""

from __future__ import annotations

from claimshapes.authoring.impact import Impact, Side
from claimshapes.report.lines import Page, counted

_MOST = 10


def write_impact(page: Page, impact: Impact) -> None:
    """Writes what rules would have done to claims."""
    page.field("claims", f"{impact.claims:,} compared, {impact.rejected:,} rejected")
    if impact.unconcerned:
        whose = "for payers that no difference is for, and were not checked"
        page.line(f"{impact.unconcerned:,} of them are {whose}", indent=2)
    for rejection in impact.rejections:
        page.line(f"rejected  {rejection}", indent=2, hang=2)
    for name, side in (("newly", impact.newly), ("no longer", impact.no_longer)):
        page.field(
            name, f"flagged: {counted(side.claims, 'claim')}, ${side.charges:,.2f} in charges"
        )
        _write_side(page, side)


def _write_side(page: Page, side: Side) -> None:
    for rule, count in side.findings.most_common(_MOST):
        page.line((rule, "bold"), f"  {counted(count, 'finding')}", indent=2)
    for what, counter in (("payer", side.by_payer), ("provider", side.by_provider)):
        for name, count in counter.most_common(_MOST):
            page.line(f"{what} {name}: {counted(count, 'claim')}", indent=2)
    for example in side.examples:
        page.line(f"claim {example['claim']}  {example['rule']}  {example['message']}", indent=2)
