"""Packs that are shown together on one site, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import rdflib
from rdflib import Literal
from rdflib.namespace import DCTERMS, SKOS
from rdflib.term import Node

from claimshapes.authoring.rule_tests import RuleTest, tests_by_rule
from claimshapes.explain.rule_history import RuleHistory, read_history
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.ontology_graph import OntologyGraph
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.vocabulary import PAYER_NS
from claimshapes.rules.code_lists import ListRow
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook, load_rules
from claimshapes.rules.written_rules import rule_files


@dataclass
class Pack:
    """Packs that are shown together, read once.

    Attributes:
        folders: their folders.
    """

    folders: tuple[Path, ...]

    @cached_property
    def book(self) -> RuleBook:
        """Their rules and the shipped ones."""
        return load_rules([resource_directory("shapes"), *self.folders])

    @cached_property
    def graph(self) -> rdflib.Graph:
        """What their Turtle files say, tests left out."""
        return read_graph(rule_files(self.folders))

    @cached_property
    def ontology(self) -> OntologyGraph:
        """The ontology with what they add."""
        return OntologyGraph()

    @cached_property
    def tests(self) -> dict[str, list[RuleTest]]:
        """Their tests by the id of the rule."""
        return tests_by_rule(self.folders)

    @cached_property
    def rules(self) -> list[Rule]:
        """Their own rules."""
        return [rule for rule in self.book if self._folder_of(rule.file) is not None]

    @cached_property
    def payers(self) -> list[str]:
        """The payers that they speak of."""
        return sorted(
            {str(node) for node in self.graph.subjects() if str(node).startswith(PAYER_NS)}
        )

    @cached_property
    def lists(self) -> dict[str, list[ListRow]]:
        """Their lists and value sets by IRI."""
        return {
            iri: self.book.lists.rows(iri) or []
            for iri in self.book.lists.names()
            if self._folder_of(self.book.lists.files[iri]) is not None
        }

    @cached_property
    def _histories(self) -> dict[Path, RuleHistory]:
        """When the files of each folder changed."""
        return {folder: read_history(folder, ".") for folder in self.folders}

    def history(self, rule: Rule) -> RuleHistory:
        """The history of the folder of one of their rules."""
        return next(
            history
            for folder, history in self._histories.items()
            if rule.file.is_relative_to(folder)
        )

    def name(self) -> str:
        """What the site is called."""
        names = [self.ontology.label(payer) for payer in self.payers]
        return f"Rules of {', '.join(names)}" if names else f"Rules in {self.folders[0].name}"

    def label(self, node: Node) -> str:
        """The name of something, as its pack or the ontology says."""
        said = self.graph.value(node, SKOS.prefLabel) if not isinstance(node, Literal) else node
        return str(said) if said is not None else self.ontology.label(str(node))

    def document(self, node: Node) -> str:
        """A source in words."""
        parts = [self.book.graph.value(node, each) for each in (DCTERMS.title, CS.edition)]
        return ", ".join(str(each) for each in parts if each is not None)

    def _folder_of(self, file: Path) -> Path | None:
        return next((each for each in self.folders if file.is_relative_to(each)), None)
