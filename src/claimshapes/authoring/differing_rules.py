"""What can differ between two sets of rules: nothing else has to be evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyoxigraph as ox

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.payers import closure, payer_tree
from claimshapes.rdf.vocabulary import CS_NS, DCTERMS_NS, PAYER_NS, RDF_NS, RDFS_NS, SKOS_NS
from claimshapes.rules.code_lists import LIST_NS, SET_NS
from claimshapes.rules.pack import pack_statements, using_packs
from claimshapes.rules.rule import Rule, Scoped
from claimshapes.rules.rule_book import RuleBook

_OF_ITS_CLAIMS = {f"{RDF_NS}type", f"{SKOS_NS}broader", f"{CS_NS}term"}
_FOR_PEOPLE = (RDFS_NS, DCTERMS_NS, f"{SKOS_NS}prefLabel", f"{SKOS_NS}altLabel")
"""Of a payer, what bears on its claims and those of narrower payers alone, or on none."""

Share = Literal["every", "some", "none"]


@dataclass(frozen=True, slots=True)
class Differing:
    """What can differ between two sets of rules.

    Attributes:
        rules: ids of the rules whose findings can differ, with those that they depend on; none
            where every rule may differ for every claim, since value sets, documentation elements
            or other parts that rules share do.
        payers: IRIs of the payers of whose claims, and those of narrower payers, every rule may
            differ, since what is known of the payer does.
        concerned: IRIs of the payers of whose claims, and those of narrower payers, the rules may
            differ; none where they may of every claim.
        broader: the payers next broader to each, on either side.
    """

    rules: frozenset[str] | None
    payers: frozenset[str] = frozenset()
    concerned: frozenset[str] | None = None
    broader: Mapping[str, set[str]] = field(default_factory=dict)

    @property
    def only_every(self) -> bool:
        """Whether there are no claims for which only the rules differ."""
        if self.rules is None:
            return True
        concerned = self.concerned
        return concerned is not None and all(map(self._in_every_rule, concerned))

    def share(self, payer: str) -> Share:
        """Which rules may differ for the claims of a payer, given by its id."""
        iri = PAYER_NS + payer
        if self._in_every_rule(iri):
            return "every"
        return "some" if self._differs(self.concerned, iri) else "none"

    def _in_every_rule(self, payer: str) -> bool:
        return self._differs(None if self.rules is None else self.payers, payer)

    def _differs(self, payers: frozenset[str] | None, payer: str) -> bool:
        return payers is None or not payers.isdisjoint(closure(payer, self.broader))


def what_differs(before: RuleBook, after: RuleBook) -> Differing:
    """What can differ between two sets of rules."""
    payers = _differing_payers(before, after)
    if payers is None or _shared(before) != _shared(after):
        return Differing(None)
    changed = {
        identifier
        for identifier in before.rules.keys() | after.rules.keys()
        if _said(before, identifier) != _said(after, identifier)
    }
    concerned = [_concerned(identifier, before, after) for identifier in changed]
    known = [each for each in concerned if each is not None]
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
            break
        changed |= further
    return Differing(
        frozenset(changed),
        payers,
        frozenset().union(*known) if len(known) == len(concerned) else None,
        _tree(before, after),
    )


def _concerned(identifier: str, before: RuleBook, after: RuleBook) -> frozenset[str] | None:
    """The payers of whose claims a rule differs; none where it may of every claim's."""
    rules = [book.rules.get(identifier) for book in (before, after)]
    if _own(before, rules[0]) != _own(after, rules[1]):
        payers = [rule.payers for rule in rules if rule is not None]
        return frozenset().union(*payers) if all(payers) else None
    # The same rule, with others who are exempt from it or for whom it is adjusted.
    scopes = [set(_scopes(book, rule)) for book, rule in zip((before, after), rules, strict=True)]
    return frozenset().union(*(each.payers for each in scopes[0] ^ scopes[1]))


def _tree(*books: RuleBook) -> dict[str, set[str]]:
    tree: dict[str, set[str]] = {}
    for book in books:
        with using_packs(book.packs):
            for payer, broader in payer_tree().items():
                tree[payer] = tree.get(payer, set()) | broader
    return tree


def _differing_payers(before: RuleBook, after: RuleBook) -> frozenset[str] | None:
    """The payers of which the packs say something else; none where they do of other things."""
    one, two = _knowledge(before), _knowledge(after)
    found = set()
    for subject in one.keys() | two.keys():
        for predicate, _ in one.get(subject, frozenset()) ^ two.get(subject, frozenset()):
            known = predicate in _OF_ITS_CLAIMS or predicate.startswith(_FOR_PEOPLE)
            if not known or not subject.startswith(PAYER_NS):
                return None
            found.add(subject)
    return frozenset(found)


def _knowledge(book: RuleBook) -> dict[str, frozenset[tuple[str, str]]]:
    """What the packs add to the ontology, by subject."""
    found: dict[str, set[tuple[str, str]]] = {}
    with using_packs(()):
        ontology = resource_directory("ontology")
    for pack in book.packs:
        for _, quads in pack_statements(pack, ontology):
            about: dict[object, list[ox.Quad]] = {}
            for quad in quads:
                about.setdefault(quad.subject, []).append(quad)
            for subject in about:
                if isinstance(subject, ox.NamedNode):
                    found.setdefault(subject.value, set()).update(_statements(subject, about))
    return {subject: frozenset(said) for subject, said in found.items()}


def _statements(
    subject: object, about: Mapping[object, Iterable[ox.Quad]]
) -> Iterable[tuple[str, str]]:
    """Predicates and objects; of a blank node what is said of it."""
    for quad in about.get(subject, ()):
        value = str(quad.object)
        if isinstance(quad.object, ox.BlankNode):
            value = repr(sorted(_statements(quad.object, about)))
        yield quad.predicate.value, value


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
    return None if rule is None else (_own(book, rule), *_scopes(book, rule))


def _own(book: RuleBook, rule: Rule | None) -> object:
    return None if rule is None else (rule.file.read_bytes(), _rows(book, rule))


def _scopes(book: RuleBook, rule: Rule | None) -> tuple[Scoped, ...]:
    if rule is None:
        return ()
    return *book.exemptions.get(rule.iri, ()), *book.adjustments.get(rule.iri, ())


def _rows(book: RuleBook, rule: Rule) -> object:
    named = {
        str(value)
        for at in book.stated_forms(rule)
        for value in book.graph.objects(at)
        if str(value).startswith((LIST_NS, SET_NS))
    }
    return sorted((name, tuple(book.lists.rows(name) or ())) for name in named)
