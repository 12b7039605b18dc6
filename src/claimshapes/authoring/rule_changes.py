"""What changed between two states of the rules, by comparing what the graphs say of each rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import rdflib
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF

from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.written_rules import rule_files

NAMES = {
    "prefLabel": "label",
    "appliesToPayer": "payers",
    "appliesToClaimType": "kinds of claim",
    "appliesToVoids": "applies to voids",
    "source": "sources",
    "sparql": "query",
    "property": "property shapes",
    "validFrom": "first date of service",
    "validThrough": "last date of service",
}
"""What properties are called, where that is not the name of their term."""

RuleFacts = dict[str, frozenset[str]]
"""What a graph says of one rule: the values of each property, as text."""


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """Values of one property that went and came."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What became of a rule.

    Attributes:
        rule: its id.
        kind: ``added``, ``removed`` or ``changed``.
        properties: what changed in it; none for a rule that was added or removed.
    """

    rule: str
    kind: str
    properties: tuple[PropertyChange, ...] = ()


def read_rule_facts(folder: Path) -> dict[str, RuleFacts]:
    """What the rule files below a folder say of each rule, preconditions with it.

    Args:
        folder: a folder of rules, of any release: only the Turtle has to be right.

    Returns:
        The facts of each rule by its id.

    Raises:
        RuleError: a file is not Turtle; names file and line.
    """
    rules: dict[str, RuleFacts] = {}
    for file in rule_files([folder]):
        graph = read_graph([file])
        for node in graph.subjects(RDF.type, CS.Rule):
            identifier = graph.value(node, DCTERMS.identifier)
            name = str(identifier) if identifier is not None else last_part(str(node))
            facts = _facts(graph, node)
            for precondition in graph.subjects(CS.preconditionOf, node):
                for predicate, values in _facts(graph, precondition).items():
                    facts[f"precondition, {predicate}"] = values
            rules[name] = facts
    return rules


def rule_changes(old: dict[str, RuleFacts], new: dict[str, RuleFacts]) -> list[RuleChange]:
    """Compares two states of the rules.

    Returns:
        The rules that were added, removed or changed, by id.
    """
    changes = []
    for rule in sorted(old.keys() | new.keys()):
        if rule not in old:
            changes.append(RuleChange(rule, "added"))
        elif rule not in new:
            changes.append(RuleChange(rule, "removed"))
        elif old[rule] != new[rule]:
            changes.append(RuleChange(rule, "changed", tuple(_changed(old[rule], new[rule]))))
    return changes


def _changed(old: RuleFacts, new: RuleFacts) -> Iterable[PropertyChange]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, frozenset()), new.get(name, frozenset())
        if before != after:
            yield PropertyChange(name, tuple(sorted(before - after)), tuple(sorted(after - before)))


def _facts(graph: rdflib.Graph, node: rdflib.term.Node) -> RuleFacts:
    values: dict[str, set[str]] = {}
    for predicate, value in graph.predicate_objects(node):
        name = last_part(str(predicate))
        values.setdefault(NAMES.get(name, name), set()).add(in_short(graph, value))
    return {name: frozenset(texts) for name, texts in values.items()}


def in_short(graph: rdflib.Graph, value: rdflib.term.Node) -> str:
    """A value as text; a blank node by what it says."""
    if isinstance(value, BNode):
        inner = sorted(
            f"{last_part(str(predicate))} {in_short(graph, part)}"
            for predicate, part in graph.predicate_objects(value)
        )
        return "; ".join(inner)
    if isinstance(value, Literal):
        return " ".join(str(value).split())
    text = str(value)
    if isinstance(value, URIRef) and text.startswith(CS_NS):
        return f"cs:{text.removeprefix(CS_NS)}"
    return last_part(text)
