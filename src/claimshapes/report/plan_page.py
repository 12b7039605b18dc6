"""How the set engine checks a rule, in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from claimshapes.engines.batch.explained import Statement
from claimshapes.report.lines import Page, counted


def write_plan(page: Page, statements: Iterable[Statement], claims: int) -> None:
    """Writes statements, each with the rows and the milliseconds of its operators.

    Args:
        page: where to write.
        statements: they.
        claims: the number of claims that they were run on.
    """
    for statement in statements:
        for line in statement.sql.splitlines():
            page.unwrapped(line)
        page.space()
        page.unwrapped((f"{'rows':>9} {'ms':>8}  operator, on {counted(claims, 'claim')}", "dim"))
        for each in statement.operators:
            start = f"{each.rows:>9,} {each.seconds * 1000:>8.2f}  {'  ' * each.depth}"
            page.unwrapped(start, each.name, (f"  {each.about}" if each.about else "", "dim"))
        page.space()
