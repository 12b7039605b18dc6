"""The ontology and the code systems, as pages of the site tell of them; read once."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from claimshapes.catalog.kept_between_builds import Memory, state_of
from claimshapes.explain.code_facts import CodeBook
from claimshapes.explain.procedure_facts import ProcedureBook
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.datasets import Dataset, read_datasets
from claimshapes.knowledge.in_use import compiled_knowledge
from claimshapes.knowledge.lists_in_part import ListInPart, lists_in_part
from claimshapes.knowledge.ontology_graph import Membership, OntologyGraph, last_part
from claimshapes.knowledge.payers import closure, payer_tree
from claimshapes.rdf.vocabulary import SKOS_NS


class KnowledgeData:
    """What is known of payers, value sets, terms and codes.

    Args:
        folder: the folder of the ontology.
        memory: what was worked out before, and what is now.
    """

    def __init__(self, folder: Path, memory: Memory) -> None:
        self.folder = folder
        self._memory = memory
        self.state = state_of([folder, compiled_knowledge().parent])
        """What tells that ontology or compiled knowledge have changed."""

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

    @property
    def newest_day(self) -> date:
        """The last day of which any data set speaks."""
        return max(end for dataset in self.datasets for _, end in dataset.covered())

    @property
    def oldest_day(self) -> date:
        """The first day of which the code systems speak."""
        systems = (dataset for dataset in self.datasets if dataset.of_codes)
        return min(start for dataset in systems for start, _ in dataset.covered())

    @cached_property
    def codes(self) -> CodeBook:
        """The diagnosis codes."""
        compiled = state_of([compiled_knowledge().parent])
        return self._memory.recall("codes", compiled, lambda: CodeBook(self.knowledge))

    @cached_property
    def procedures(self) -> ProcedureBook:
        """The procedure codes of the tables of the code systems."""
        compiled = state_of([compiled_knowledge().parent])
        return self._memory.recall("procedures", compiled, lambda: ProcedureBook(self.folder))

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

    def payers(self) -> list[str]:
        """The IRIs of every payer."""
        return self.ontology.instances("Payer")

    def payers_above(self, payer: str) -> frozenset[str]:
        """A payer's IRI with those of its broader payers."""
        return closure(payer, self._payer_tree)

    @cached_property
    def _payer_tree(self) -> dict[str, set[str]]:
        return payer_tree()

    def title(self, concept: str) -> str:
        """The title of a diagnosis code, a block or a chapter."""
        for triple in self.knowledge.describe(concept):
            named = triple.predicate.value == f"{SKOS_NS}prefLabel"
            if named and isinstance(triple.object, ox.Literal):
                return triple.object.value
        return ""
