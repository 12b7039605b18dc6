"""The rules and the knowledge that claims are checked by, loaded once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import knowledge_folder, resource_directory, using_knowledge
from claimshapes.knowledge.resident import resident_quads
from claimshapes.rules.asked_payers import asked_payers
from claimshapes.rules.derivations import declared_prefixes, load_derivations
from claimshapes.rules.pack import refuse_what_packs_cannot_hold, using_packs
from claimshapes.rules.rule_book import RuleBook, load_rules


class Basis:
    """Rules and knowledge that belong together.

    Args:
        rules: folders of rule files to use with the shipped ones.
        book: rules that are loaded already, instead of those.
        knowledge: folder of releases that the user imported; that of the environment when absent.

    Raises:
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.

    Attributes:
        book: the rules.
        folder: the folder of releases that the user imported.
        knowledge: where codes are looked up.
        prefixes: prefixes of the rules' queries.
        derivations: what follows from a claim, in order.
        asked_payers: the query for the payers of which a claim's graph takes rows.
    """

    def __init__(
        self,
        rules: Sequence[str | os.PathLike[str]] = (),
        book: RuleBook | None = None,
        knowledge: str | os.PathLike[str] | None = None,
    ) -> None:
        if book is None:
            for folder in rules:
                refuse_what_packs_cannot_hold(Path(folder))
            book = load_rules([resource_directory("shapes"), *map(Path, rules)])
        self.book = book
        self.folder = knowledge_folder() if knowledge is None else Path(knowledge)
        with self.in_use():
            self.ontology = resource_directory("ontology")
            self.knowledge = Knowledge.open()
        self.prefixes = declared_prefixes(self.ontology / "rule.ttl")
        self.derivations = load_derivations(self.ontology / "derivations", self.prefixes)
        self.asked_payers = asked_payers(self.ontology, self.prefixes)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Whatever is read of the knowledge meanwhile is read of this."""
        with using_knowledge(self.folder), using_packs(self.book.packs):
            yield

    @cached_property
    def resident(self) -> Sequence[ox.Quad]:
        """What all claims share."""
        with self.in_use():
            return resident_quads()
