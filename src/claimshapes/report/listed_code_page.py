"""A procedure code, modifier, revenue code or the like in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from claimshapes.explain.listed_code import ListedCode
from claimshapes.explain.procedure_facts import said
from claimshapes.report.lines import Page

if TYPE_CHECKING:
    from claimshapes.rules.rule import Rule


def write_listed_code(page: Page, listed: ListedCode, rules: Sequence[Rule]) -> None:
    """Writes what tables say of a code, and the rules that name it.

    Args:
        page: where to write.
        listed: the code.
        rules: the rules that name it, or a value set that it is in.
    """
    title = f"  {listed.title}" if listed.title else ""
    page.line((f"{listed.kind.name} {listed.code}", "bold"), title)
    if listed.facts.rows or listed.facts.pairs or listed.value_sets or rules:
        page.space()
    for description, rows in groupby(listed.facts.rows, key=lambda row: row[0].description):
        page.field("listed in", description, indent=2, column=14)
        for table, values in rows:
            if words := said(table, values):
                page.field("", words, indent=2, column=14)
    for table, first, second in listed.facts.pairs:
        page.field("listed in", table.description, indent=2, column=14)
        page.field("", f"first with {first:,} codes, second with {second:,}", indent=2, column=14)
    if listed.value_sets:
        page.field("value sets", ", ".join(listed.value_sets), indent=2, column=14)
    for number, rule in enumerate(rules):
        name = "" if number else "named by"
        page.field(name, f"{rule.id}  {rule.label}", indent=2, column=14)
    if listed.facts.rows or listed.facts.pairs:
        page.field("", "Rules that read these tables apply, too.", indent=2, column=14)
