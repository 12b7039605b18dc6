"""Which rules and derivations the set engine has no SQL for."""

from __future__ import annotations

from claimshapes.checking.rules import RuleBook
from claimshapes.graph.derive import declared_prefixes, load_derivations
from claimshapes.graph.knowledge import Knowledge
from claimshapes.resources import resource_directory
from claimshapes.set_engine.engine import SetEngine


def left_to_reference(book: RuleBook) -> list[str]:
    """A line for each rule and derivation that is left to the reference engine, with why.

    Raises:
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    ontology = resource_directory("ontology")
    prefixes = declared_prefixes(ontology / "rule.ttl")
    derivations = load_derivations(ontology / "derivations", prefixes)
    plan = SetEngine(book, derivations, prefixes, Knowledge.open()).plan
    found = {**plan.left, **plan.problems}
    return [
        f"{name}: left to the reference engine: {reason}" for name, reason in sorted(found.items())
    ]
