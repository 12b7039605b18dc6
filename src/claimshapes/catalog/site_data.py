"""What the pages are made of, read once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

import pyoxigraph as ox

from claimshapes.authoring.rule_tests import RuleTest, tests_by_rule
from claimshapes.catalog.checked_claims import Pair, Run, example_pair, example_runs, judging
from claimshapes.catalog.kept_between_builds import Memory, RuleFileDigests, State, state_of
from claimshapes.explain.code_facts import CodeBook
from claimshapes.explain.mentions import mentions, parameters
from claimshapes.explain.procedure_facts import ProcedureBook
from claimshapes.explain.rule_reach import RuleReach
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.datasets import Dataset, read_datasets
from claimshapes.knowledge.lists_in_part import ListInPart, lists_in_part
from claimshapes.knowledge.ontology_graph import Membership, OntologyGraph, last_part
from claimshapes.rdf.vocabulary import BASE, HCPCS_NS, ICD_NS, SKOS_NS
from claimshapes.resources import compiled_knowledge, resource_directory
from claimshapes.rules.derivations import declared_prefixes
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook, load_rules, rule_files

_FEW = 60
"""Members of larger value sets have no page of their own; the look-up tells of them."""
PROCEDURE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
_CODE_LINK = re.compile(r"/codes/([\w.]+)/index\.md")
VALUE_SET_NS = f"{BASE}value-set/"


@dataclass
class Material:
    """Rules, tests, ontology, knowledge and examples.

    Attributes:
        root: the checkout: ``docs/``, ``examples/`` and ``mkdocs.yml`` are in it.
        shapes: the folder of the rules.
        ontology_folder: the folder of the ontology.
        repository: where the project's files can be edited, if mkdocs.yml names it.
        memory: what an earlier material has worked out, and this one will.
        old_examples: whether the example claims may be as an earlier material judged them.
    """

    root: Path
    repository: str | None = None
    memory: Memory = field(default_factory=Memory)
    old_examples: bool = False
    shapes: Path = field(default_factory=lambda: resource_directory("shapes"))
    ontology_folder: Path = field(default_factory=lambda: resource_directory("ontology"))

    @cached_property
    def book(self) -> RuleBook:
        """The rules."""
        # First: what changes while rules are read then counts as changed the next time.
        _ = self._digests, self.ontology_state
        return load_rules([self.shapes])

    @cached_property
    def ontology(self) -> OntologyGraph:
        """The ontology but for the code systems."""
        return OntologyGraph()

    @cached_property
    def knowledge(self) -> Knowledge:
        """The code systems."""
        return Knowledge.open()

    @cached_property
    def datasets(self) -> list[Dataset]:
        """The data sets with their releases."""
        return read_datasets()

    @cached_property
    def tests(self) -> dict[str, list[RuleTest]]:
        """The tests of each rule by its id."""
        return tests_by_rule([self.shapes])

    @cached_property
    def examples(self) -> dict[str, list[Run]]:
        """The example claims as all rules judge them, by file."""
        if self.old_examples:
            before = self.memory.last("examples")
            if before is not None:
                return cast("dict[str, list[Run]]", before)
        folder = self.root / "examples"
        made_from = (self._digests.of_all, self.ontology_state, state_of([folder]))
        return self.memory.recall("examples", made_from, lambda: example_runs(self.book, folder))

    def pair(self, rule: Rule) -> Pair:
        """A claim that a rule objects to beside one that it passes."""
        tests = self.tests.get(rule.id, [])
        digests = self._digests.of(judging(self.book, rule))
        made_from = (digests, self.ontology_state, repr(tests))
        return self.memory.recall(
            f"pair {rule.id}", made_from, lambda: example_pair(self.book, rule, tests)
        )

    @cached_property
    def codes(self) -> CodeBook:
        """The diagnosis codes."""
        compiled = state_of([compiled_knowledge().parent])
        return self.memory.recall("codes", compiled, lambda: CodeBook(self.knowledge))

    @cached_property
    def procedures(self) -> ProcedureBook:
        """The procedure codes of the tables of the code systems."""
        compiled = state_of([compiled_knowledge().parent])
        return self.memory.recall(
            "procedures", compiled, lambda: ProcedureBook(self.ontology_folder)
        )

    @property
    def rules_state(self) -> str:
        """What tells that a rule has changed."""
        return self._digests.of_all

    @cached_property
    def _digests(self) -> RuleFileDigests:
        return RuleFileDigests(rule_files([self.shapes]))

    @cached_property
    def ontology_state(self) -> State:
        """What tells that ontology or compiled knowledge have changed."""
        return state_of([self.ontology_folder, compiled_knowledge().parent])

    @cached_property
    def lists_in_part(self) -> list[ListInPart]:
        """The lists of which a part is loaded."""
        return lists_in_part({dataset.id for dataset in self.datasets})

    @cached_property
    def memberships(self) -> dict[str, list[Membership]]:
        """The members of each value set by its id."""
        sets: dict[str, list[Membership]] = {}
        for membership in self.ontology.memberships():
            sets.setdefault(last_part(membership.value_set), []).append(membership)
        return sets

    @cached_property
    def mentioned(self) -> dict[str, frozenset[str]]:
        """The IRIs that each rule names, by its id."""
        prefixes = declared_prefixes(self.ontology_folder / "rule.ttl")
        return {rule.id: mentions(self.book, rule, prefixes) for rule in self.book}

    @cached_property
    def reach(self) -> RuleReach:
        """Tells what a rule reads."""
        prefixes = declared_prefixes(self.ontology_folder / "rule.ttl")
        return RuleReach(self.book, self.ontology_folder / "derivations", prefixes)

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
        return sorted(
            last_part(iri) for iri in self.mentioned[rule.id] if iri.startswith(VALUE_SET_NS)
        )

    def payers_above(self, payer: str) -> frozenset[str]:
        """A payer's IRI with those of its broader payers."""
        found = {payer}
        pending = [payer]
        while pending:
            for broader in self.ontology.iris(pending.pop(), f"{SKOS_NS}broader"):
                if broader not in found:
                    found.add(broader)
                    pending.append(broader)
        return frozenset(found)

    def payers(self) -> list[str]:
        """The IRIs of every payer."""
        return self.ontology.instances("Payer")

    def examples_with(self, rule: str) -> list[str]:
        """The example files in which a rule finds something."""
        return [
            name
            for name, runs in self.examples.items()
            if any(finding.rule == rule for run in runs for finding in run.result.findings)
        ]

    def examples_without_judgement(self, rule: str) -> list[str]:
        """The example files in which a rule could not be judged."""
        return [
            name
            for name, runs in self.examples.items()
            if any(item.rule == rule for run in runs for item in run.result.not_checked)
        ]

    @cached_property
    def coded_pages(self) -> dict[str, str]:
        """The codes that have a page of their own: IRI of each by its notation."""
        return dict(sorted(self._named_codes()))

    def _named_codes(self) -> Iterator[tuple[str, str]]:
        for iri in sorted({iri for named in self.mentioned.values() for iri in named}):
            yield from self._code(iri)
        for members in self.memberships.values():
            if len(members) <= _FEW:
                for member in members:
                    yield from self._code(member.member)
        for runs in self.examples.values():
            for run in runs:
                for diagnosis in run.claim.get("diagnosis", ()):
                    yield from self._diagnosis(str(diagnosis["code"]))
                for item in run.claim.get("item", ()):
                    yield from self._code(HCPCS_NS + str(item["procedure"]).strip().upper())
        for file in sorted((self.root / "docs" / "topics").glob("*.md")):
            for linked in _CODE_LINK.findall(file.read_text("utf-8")):
                yield from self._code(HCPCS_NS + linked)
                for below, _ in self.knowledge.children(linked):
                    yield from self._diagnosis(below)
                yield from self._diagnosis(linked)

    def _code(self, iri: str) -> Iterator[tuple[str, str]]:
        code = last_part(iri)
        if iri.startswith(ICD_NS):
            yield from self._diagnosis(code)
        elif iri.startswith(HCPCS_NS) and PROCEDURE.fullmatch(code):
            yield code, iri

    def _diagnosis(self, code: str) -> Iterator[tuple[str, str]]:
        match = self.knowledge.match(code)
        if match.concept is not None:
            yield match.notation, match.concept

    def payer_name(self, iri: str) -> str:
        """A payer's name."""
        return self.ontology.label(iri)

    def title(self, concept: str) -> str:
        """The title of a diagnosis code, a block or a chapter."""
        for triple in self.knowledge.describe(concept):
            named = triple.predicate.value == f"{SKOS_NS}prefLabel"
            if named and isinstance(triple.object, ox.Literal):
                return triple.object.value
        return ""
