"""The rules whose findings can differ between two sets of rules: no others have to be evaluated."""

from __future__ import annotations

from claimshapes.resources import resource_directory, using_packs
from claimshapes.rules.code_lists import LIST_NS, SET_NS
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook


def differing_rules(before: RuleBook, after: RuleBook) -> frozenset[str] | None:
    """Ids of the rules whose findings can differ, with those that they depend on.

    Returns:
        The ids; none where every rule may differ, since payers, terms, value sets, documentation
        elements or other parts that rules share do.
    """
    if _knowledge(before) != _knowledge(after) or _shared(before) != _shared(after):
        return None
    changed = {
        identifier
        for identifier in before.rules.keys() | after.rules.keys()
        if _said(before, identifier) != _said(after, identifier)
    }
    # What one yields to has a say in its findings, and it in those of what yields to it.
    while True:
        further = set()
        for book in (before, after):
            for rule in book:
                to = {book.by_node[iri].id for iri in rule.yields_to if iri in book.by_node}
                if rule.id in changed:
                    further |= to
                elif to & changed:
                    further.add(rule.id)
        if further <= changed:
            return frozenset(changed)
        changed |= further


def _knowledge(book: RuleBook) -> str:
    """The folder of what the packs add to the ontology: the same for the same statements."""
    with using_packs(book.packs):
        return str(resource_directory("ontology"))


def _shared(book: RuleBook) -> dict[str, bytes]:
    """Files of the packs that are no rules and define constraint components."""
    rules = {rule.file for rule in book}
    return {
        file.relative_to(pack).as_posix(): content
        for pack in book.packs
        for file in sorted(pack.rglob("*.ttl"))
        if file not in rules and b"Component" in (content := file.read_bytes())
    }


def _said(book: RuleBook, identifier: str) -> object:
    rule = book.rules.get(identifier)
    if rule is None:
        return None
    return (
        rule.file.read_bytes(),
        book.exemptions.get(rule.iri, ()),
        book.adjustments.get(rule.iri, ()),
        _rows(book, rule),
    )


def _rows(book: RuleBook, rule: Rule) -> object:
    named = {
        str(value)
        for at in book.stated_forms(rule)
        for value in book.graph.objects(at)
        if str(value).startswith((LIST_NS, SET_NS))
    }
    return sorted((name, tuple(book.lists.rows(name) or ())) for name in named)
