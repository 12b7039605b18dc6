"""What the cells of a list may be, where that is few enough to choose from."""

from __future__ import annotations

from pathlib import Path

import rdflib
from rdflib.namespace import DCTERMS, RDF

from claimshapes.authoring.lint_context import LintContext
from claimshapes.errors import RuleError
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.shape_files import read_turtle
from claimshapes.rules.code_lists import LIST_NS
from claimshapes.rules.written_rules import rule_files

KINDS = (
    "documentation",
    "hcpcs",
    "icd-10-cm",
    "modifier",
    "place-of-service",
    "revenue",
    "taxonomy",
    "type-of-bill",
)
"""Kinds of members of a value set."""


class Choices:
    """The values to choose from in the columns of a pack's lists.

    Args:
        folder: the pack; files of it that are no Turtle are passed over.
    """

    def __init__(self, folder: Path) -> None:
        self._context = LintContext([folder])
        self._graph = rdflib.Graph()
        for file in rule_files([folder]):
            try:
                for triple in read_turtle(file):
                    self._graph.add(triple)
            except RuleError:
                continue

    def sources(self) -> list[str]:
        """Titles of the sources that the pack names."""
        nodes = self._graph.subjects(RDF.type, CS.Citation)
        titles = {
            str(title) for node in nodes for title in self._graph.objects(node, DCTERMS.title)
        }
        return sorted(titles)

    def value_sets(self) -> list[str]:
        """Ids of the value sets."""
        return sorted(self._context.names["set"])

    def codes(self, name: str) -> list[str]:
        """The codes of a list, as the rules that name it say of what they are."""
        fields = {
            parameter.field
            for family in self._context.families.values()
            for parameter in family.parameters
            if (None, parameter.path, rdflib.URIRef(LIST_NS + name)) in self._graph
        }
        return self._of_field(fields.pop()) if len(fields) == 1 else []

    def _of_field(self, field: str | None) -> list[str]:
        match field:
            case "modifier":
                return sorted(each for each in self._context.curated_modifiers if len(each) == 2)
            case "documentationType":
                return sorted(self._context.names["doc"])
            case "placeOfService":
                return sorted(self._context.shipped.places)
            case "taxonomy":
                return sorted(self._context.shipped.taxonomies)
            case "sex":
                return ["female", "male"]
        return []
