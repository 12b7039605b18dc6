"""How codes relate to rules, value sets, tables, examples and to one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from claimshapes.catalog.site_data import VALUE_SET_NS, Material
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CS_NS, HCPCS_NS, SCHEMA_NS
from claimshapes.rules.rule_book import Rule

BY_NAME = "names it"
BY_TESTS = "finds it in its tests"
_COLUMN_TWO = ox.NamedNode(f"{CS_NS}columnTwo")


@dataclass(frozen=True, slots=True)
class CodingPair:
    """A correct coding edit between two services."""

    column_one: str
    column_two: str
    indicator: str
    table: str
    quarters: str


class CodeRelations:
    """Asks the material what it says of codes.

    Args:
        material: what the pages are made of.
    """

    def __init__(self, material: Material) -> None:
        self._material = material
        self.codes = material.codes

    @cached_property
    def _sets(self) -> dict[str, list[str]]:
        sets: dict[str, list[str]] = {}
        for name, members in self._material.memberships.items():
            for member in members:
                known = sets.setdefault(member.member, [])
                if name not in known:
                    known.append(name)
        return sets

    def value_sets(self, iris: Iterable[str]) -> list[str]:
        """Ids of the value sets of which any of these codes is a member."""
        return sorted({name for iri in iris for name in self._sets.get(iri, ())})

    def rules(self, iris: Iterable[str], notation: str) -> list[tuple[Rule, str]]:
        """The rules that touch a code, each with the way it does.

        Args:
            iris: the code and what it stands under.
            notation: the code.
        """
        chosen = set(iris)
        sets = {VALUE_SET_NS + name for name in self.value_sets(chosen)}
        touching = []
        for rule in self._material.book:
            named = self._material.mentioned[rule.id]
            if named & chosen:
                touching.append((rule, BY_NAME))
            elif named & sets:
                through = ", ".join(sorted(last_part(iri) for iri in named & sets))
                touching.append((rule, f"through the value set {through}"))
            elif notation in self._tested.get(rule.id, ()):
                touching.append((rule, BY_TESTS))
        return touching

    @cached_property
    def _tested(self) -> dict[str, set[str]]:
        """The words of the findings that each rule's tests expect, with the values found."""
        return {
            rule: {
                word.strip("(),;:.")
                for test in tests
                for item in test.expected
                if item.severity != "not checked"
                for word in [item.value, *item.message.split()]
            }
            for rule, tests in self._material.tests.items()
        }

    def examples(self, notation: str) -> list[str]:
        """The example files with a claim that carries a code."""
        key = notation.replace(".", "")
        return [
            name
            for name, runs in self._material.examples.items()
            if any(key in _codes(run.claim) for run in runs)
        ]

    @cached_property
    def pairs(self) -> list[CodingPair]:
        """The correct coding edits between any two services that have a page."""
        services = [
            notation
            for notation, iri in self._material.coded_pages.items()
            if iri.startswith(HCPCS_NS)
        ]
        store = ox.Store()
        store.extend(
            ox.Quad(triple.subject, triple.predicate, triple.object)
            for triple in self._material.knowledge.slice([], services)
        )
        pairs = []
        for row in {quad.subject for quad in store.quads_for_pattern(None, _COLUMN_TWO, None)}:
            said = {
                quad.predicate.value.removeprefix(CS_NS): quad.object.value
                for quad in store.quads_for_pattern(row, None, None)
                if isinstance(quad.object, (ox.NamedNode, ox.Literal))
            }
            pairs.append(
                CodingPair(
                    column_one=last_part(said["columnOne"]),
                    column_two=last_part(said["columnTwo"]),
                    indicator=said.get("modifierIndicator", ""),
                    table=self._material.ontology.label(said["dataset"]),
                    quarters=self._quarters(
                        said.get("fromRelease", ""), said.get("throughRelease", "")
                    ),
                )
            )
        return sorted(pairs, key=lambda pair: (pair.column_one, pair.column_two, pair.table))

    def _quarters(self, first: str, last: str) -> str:
        graph = self._material.ontology
        if not first:
            return ""
        begin = graph.text(ox.NamedNode(first), f"{SCHEMA_NS}validFrom")
        end = graph.text(ox.NamedNode(last), f"{CS_NS}coveredThrough") if last else ""
        return f"{begin} to {end}" if end else f"from {begin}"


def _codes(claim: object) -> set[str]:
    assert isinstance(claim, dict)
    written = [str(part["code"]) for part in claim.get("diagnosis", ())]
    written += [str(part["procedure"]) for part in claim.get("item", ())]
    return {code.replace(".", "").strip().upper() for code in written}
