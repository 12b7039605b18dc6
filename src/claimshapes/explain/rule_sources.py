"""Rules by how far their sources carry: the strongest of each, with what it cites."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS, RDFS_NS
from claimshapes.rules.rule import Citation, Rule

_TYPE = ox.NamedNode(f"{RDF_NS}type")
_COMMENT = ox.NamedNode(f"{RDFS_NS}comment")
_STRENGTH = ox.NamedNode(f"{CS_NS}SourceStrength")


@dataclass(frozen=True, slots=True)
class SourcedRule:
    """A rule with the sources it rests on most.

    Attributes:
        rule: the rule.
        strength: strength of its strongest source.
        citations: its sources of that strength.
    """

    rule: Rule
    strength: str
    citations: tuple[Citation, ...]


@cache
def source_strengths() -> dict[str, str]:
    """What each strength of a source means, the strongest first, as ontology/rule.ttl says it.

    Raises:
        RuleError: the file is not Turtle.
    """
    triples = list(read_triples(resource_directory("ontology") / "rule.ttl"))
    strengths = [t.subject for t in triples if t.predicate == _TYPE and t.object == _STRENGTH]
    comments = {t.subject: t.object.value for t in triples if t.predicate == _COMMENT}
    return {str(node.value).removeprefix(CS_NS): comments[node] for node in strengths}


def rules_by_source(rules: Iterable[Rule]) -> dict[str, list[SourcedRule]]:
    """Rules by the strength of their strongest source, the strongest first; rules by their ids.

    Args:
        rules: the rules to sort.

    Returns:
        Every strength, with an empty list where no rule has it; last what is none.

    Raises:
        RuleError: ontology/rule.ttl is not Turtle.
    """
    order = list(source_strengths())
    sorted_rules: dict[str, list[SourcedRule]] = {strength: [] for strength in order}
    for rule in sorted(rules, key=lambda rule: rule.id):
        stated = {citation.strength for citation in rule.citations}
        strength = next((each for each in order if each in stated), min(stated))
        cited = tuple(c for c in rule.citations if c.strength == strength)
        sorted_rules.setdefault(strength, []).append(SourcedRule(rule, strength, cited))
    return sorted_rules
