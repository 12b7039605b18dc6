"""Rules that go by a code's absence from a list that is known in part."""

from __future__ import annotations

import re
from collections.abc import Iterator

import rdflib
from rdflib.namespace import SH

from claimshapes.knowledge.lists_in_part import ListInPart, lists_in_part
from claimshapes.rules.code_lists import SET_NS
from claimshapes.rules.rule_book import RuleBook

_STEP = re.compile(
    r"(?P<negated>(?:\bNOT\s+EXISTS|\bMINUS)\s*\{|\bNOT\s+IN\s*\()|(?P<opens>[{(])|[})]"
)


def absence_problems(book: RuleBook) -> Iterator[str]:
    """Queries, filled in, that find something where such a list lacks a code.

    Args:
        book: the rules.
    """
    lists = [each for each in lists_in_part() if each.value_set]
    for node, rule in book.by_node.items():
        for constraint in book.graph.objects(rdflib.URIRef(node), SH.sparql):
            for query in book.graph.objects(constraint, SH.select):
                for each in lists:
                    if asks_for_absence(str(query), each):
                        yield f"{rule.id}: goes by absence from a list known in part: {each.label}"


def asks_for_absence(query: str, part: ListInPart) -> bool:
    """Whether a query names the list's value set under an odd number of negations."""
    name = part.value_set.removeprefix(SET_NS)
    named = re.compile(rf"<{re.escape(part.value_set)}>|\bset:{re.escape(name)}(?![\w-])")
    places = {found.start() for found in named.finditer(query)}
    open_steps: list[bool] = []
    last = 0
    for step in _STEP.finditer(query):
        if sum(open_steps) % 2 and any(last <= place < step.start() for place in places):
            return True
        last = step.end()
        if step["negated"] or step["opens"]:
            open_steps.append(bool(step["negated"]))
        elif open_steps:
            open_steps.pop()
    return False
