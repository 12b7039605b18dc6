"""The rules and their tests, as pages of the site tell of them; read once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from claimshapes.authoring.rule_tests import RuleTest, tests_by_rule
from claimshapes.catalog.kept_between_builds import RuleFileDigests
from claimshapes.explain.mentions import mentions, parameters
from claimshapes.explain.rule_reach import RuleReach
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rules.code_lists import SET_NS
from claimshapes.rules.derivations import declared_prefixes
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook, load_rules
from claimshapes.rules.written_rules import rule_files


class RuleData:
    """Rules, tests, and what each rule names and reads.

    Args:
        shapes: the folder of the rules.
        ontology: the folder of the ontology.
    """

    def __init__(self, shapes: Path, ontology: Path) -> None:
        self.shapes = shapes
        self._ontology = ontology
        # First: what changes while rules are read then counts as changed the next time.
        self.digests = RuleFileDigests(rule_files([shapes]))

    @cached_property
    def book(self) -> RuleBook:
        """The rules."""
        return load_rules([self.shapes])

    @cached_property
    def tests(self) -> dict[str, list[RuleTest]]:
        """The tests of each rule by its id."""
        return tests_by_rule([self.shapes])

    @cached_property
    def mentioned(self) -> dict[str, frozenset[str]]:
        """The IRIs that each rule names, by its id."""
        return {rule.id: mentions(self.book, rule, self._prefixes) for rule in self.book}

    @cached_property
    def reach(self) -> RuleReach:
        """Tells what a rule reads."""
        return RuleReach(self.book, self._ontology / "derivations", self._prefixes)

    @cached_property
    def reached(self) -> dict[str, frozenset[str]]:
        """What each rule reads, itself or through derivations, by its id."""
        return {rule.id: self.reach.of(rule) for rule in self.book}

    @cached_property
    def parameters(self) -> dict[str, frozenset[str]]:
        """The component parameters that each rule states, by its id."""
        return {rule.id: parameters(self.book, rule) for rule in self.book}

    def rules_naming(self, iri: str) -> list[Rule]:
        """The rules that name something."""
        return [rule for rule in self.book if iri in self.mentioned[rule.id]]

    def value_sets_of(self, rule: Rule) -> list[str]:
        """Ids of the value sets that a rule names."""
        return sorted(last_part(iri) for iri in self.mentioned[rule.id] if iri.startswith(SET_NS))

    @cached_property
    def _prefixes(self) -> dict[str, str]:
        return declared_prefixes(self._ontology / "rule.ttl")
