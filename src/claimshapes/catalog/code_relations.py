"""How codes relate to rules, value sets, tables, examples and to one another."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pyoxigraph as ox

from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.example_data import ExampleData
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.rule_data import RuleData
from claimshapes.explain.code_facts import CodeFacts
from claimshapes.explain.procedure_facts import terms_said
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CS_NS, HCPCS_NS, RDF_NS, RDFS_NS, SCHEMA_NS
from claimshapes.rules.code_lists import SET_NS
from claimshapes.rules.rule import Rule

BY_NAME = "names it"
BY_TESTS = "finds it in its tests"
_PROPERTY = "http://www.w3.org/2002/07/owl#ObjectProperty"
_SHORT = re.compile(r"[:;]| that an? | that the | under the | where the ")
_LONGEST_INDICATOR = 4
_PERIOD_OF = "period in which "
_PAIR = (f"{CS_NS}columnOne", f"{CS_NS}columnTwo")
_COLUMN_TWO = ox.NamedNode(f"{CS_NS}columnTwo")


@dataclass(frozen=True, slots=True)
class CodingPair:
    """A correct coding edit between two services."""

    column_one: str
    column_two: str
    indicator: str
    table: str
    quarters: str


class Mark(NamedTuple):
    """Something that is said of a code: the term, words for it, and the value if it is a text."""

    term: str
    words: str
    value: str = ""


class CodeRelations:
    """Asks rules, knowledge and examples what they say of codes.

    Args:
        rule_data: the rules and their tests.
        knowledge_data: the value sets, tables and codes.
        example_data: the example claims.
        coded_pages: the codes that have a page of their own.
    """

    def __init__(
        self,
        rule_data: RuleData,
        knowledge_data: KnowledgeData,
        example_data: ExampleData,
        coded_pages: CodedPages,
    ) -> None:
        self.rule_data = rule_data
        self.knowledge_data = knowledge_data
        self._example_data = example_data
        self.coded_pages = coded_pages
        self.codes = knowledge_data.codes
        self._touching: dict[tuple[frozenset[Any], ...], dict[str, tuple[Rule, str]]] = {}
        self._askers: dict[Mark, list[str]] = {}

    @cached_property
    def _diagnoses(self) -> list[str]:
        return sorted(self.codes.codes)

    @cached_property
    def _procedures(self) -> list[str]:
        return sorted(HCPCS_NS + code for code in self.knowledge_data.procedures.facts)

    def neighbors(self, iri: str) -> tuple[str | None, str | None]:
        """The codes before and after a code.

        Of a diagnosis code those in the tabular list; of a procedure code, of all that a table
        is about, which it may be none of.
        """
        order = self._procedures if iri.startswith(HCPCS_NS) else self._diagnoses
        at = bisect_left(order, iri)
        before = order[at - 1] if at else None
        after = next((code for code in order[at : at + 2] if code != iri), None)
        return before, after

    def successors(self, facts: CodeFacts) -> list[CodeFacts]:
        """The codes below an expired code that are valid from the day after its last."""
        last = facts.periods[-1].last if facts.periods else None
        if last is None:
            return []
        return [
            self.codes.codes[iri]
            for iri in facts.down
            if any(period.first > last for period in self.codes.codes[iri].periods)
        ]

    @cached_property
    def tabular_lists(self) -> int:
        """How many releases of the tabular list are loaded."""
        books = (*self.codes.codes.values(), *self.codes.headings.values())
        return len(
            {release for facts in books for note in facts.notes for release in note.releases}
        )

    @cached_property
    def _sets(self) -> dict[str, list[str]]:
        sets: dict[str, list[str]] = {}
        for name, members in self.knowledge_data.memberships.items():
            for member in members:
                known = sets.setdefault(member.member, [])
                if name not in known:
                    known.append(name)
        return sets

    def value_sets(self, iris: Iterable[str]) -> list[str]:
        """Ids of the value sets of which any of these codes is a member."""
        return sorted({name for iri in iris for name in self._sets.get(iri, ())})

    def rules(self, iris: Iterable[str], notation: str) -> list[tuple[Rule, str]]:
        """The rules that touch a code, each with the way it does; those that name it first.

        Args:
            iris: the code and what it stands under.
            notation: the code.
        """
        chosen = list(iris)
        marks = self._marks(chosen)
        sets = {SET_NS + name for name in self.value_sets(chosen)}
        named = frozenset(chosen) & self._named
        key = (named, frozenset(sets), frozenset(marks))
        if key not in self._touching:
            # Thousands of codes have the same said of them.
            self._touching[key] = self._led(named, sets, marks)
        known = self._touching[key]
        tested = [rule for rule in self._tested.get(notation, ()) if rule.id not in known]
        return [*known.values(), *((rule, BY_TESTS) for rule in tested)]

    def _led(
        self, chosen: frozenset[str], sets: set[str], marks: Iterable[Mark]
    ) -> dict[str, tuple[Rule, str]]:
        """The rules that names, sets or tables lead to a code, by id; those that name it first."""
        told: dict[str, set[str]] = {}
        for mark in marks:
            for asking in self._asking(mark):
                told.setdefault(asking, set()).add(mark.words)
        hows = (
            (rule, self._how(rule, chosen, sets, told.get(rule.id))) for rule in self.rule_data.book
        )
        led = [(rule, how) for rule, how in hows if how is not None]
        led.sort(key=lambda found: found[1] != BY_NAME)
        return {rule.id: (rule, how) for rule, how in led}

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset().union(*self.rule_data.mentioned.values())

    def _how(
        self, rule: Rule, chosen: frozenset[str], sets: set[str], told: set[str] | None
    ) -> str | None:
        """How a rule touches a code; none where neither sets nor tables lead it there."""
        if self.rule_data.mentioned[rule.id] & chosen:
            return BY_NAME
        reached = self.rule_data.reached[rule.id]
        if reached & sets:
            return f"through {_in_words(last_part(iri) for iri in reached & sets)}"
        return f"by its {_in_words(told)}" if told else None

    def _asking(self, mark: Mark) -> list[str]:
        """Ids of the rules that ask for what is said of a code."""
        if mark not in self._askers:
            self._askers[mark] = [
                rule.id for rule in self.rule_data.book if self._asks_for(rule, mark)
            ]
        return self._askers[mark]

    def _asks_for(self, rule: Rule, mark: Mark) -> bool:
        """Whether a rule reads a property, and compares it with this value if with any."""
        reached = self.rule_data.reached[rule.id]
        if mark.term in self._note_classes:
            return mark.term in self._notes_read[rule.id]
        if mark.term not in reached:
            return False
        named = self._values.get(mark.term, set()) & reached
        # An indicator may be compared through a table; a flag is asked for by its name.
        return mark.value in named or not (named or len(mark.value) > _LONGEST_INDICATOR)

    def _marks(self, iris: Sequence[str]) -> list[Mark]:
        """What tables and notes say of a code, or what it stands under, that a rule may ask for."""
        if iris[0].startswith(HCPCS_NS):
            return self._procedure_marks(last_part(iris[0]))
        return self._diagnosis_marks([self.codes.facts(iri) for iri in iris])

    def _diagnosis_marks(self, places: Sequence[CodeFacts]) -> list[Mark]:
        facts = places[0]
        kinds = {note.kind for place in places for note in place.notes}
        kinds |= {note.kind for place in places for note in self.codes.naming.get(place.iri, ())}
        flags = {flag for flag, _ in facts.flags}
        marks = [
            Mark(iri, f"{label} notes")
            for iri, label in self._note_classes.items()
            if label in kinds
        ]
        marks += [
            Mark(iri, "code editor flags") for iri, label in self._flags.items() if label in flags
        ]
        if any(place.seventh for place in places):
            marks.append(Mark(f"{CS_NS}seventhCharacterSet", "seventh characters"))
        if facts.unspecified:
            marks.append(Mark(f"{CS_NS}unspecified", "title, which says unspecified"))
        return marks

    @cached_property
    def _notes_read(self) -> dict[str, frozenset[str]]:
        """The kinds of notes that each rule reads; derivations read several together."""
        kinds = frozenset(self._note_classes)
        return {rule.id: self.rule_data.reach.nearest(rule, kinds) for rule in self.rule_data.book}

    @cached_property
    def _note_classes(self) -> dict[str, str]:
        graph = self.knowledge_data.ontology
        notes = graph.having(f"{RDFS_NS}subClassOf", f"{CS_NS}Note")
        return {iri: graph.label(iri) for iri in notes}

    @cached_property
    def _flags(self) -> dict[str, str]:
        graph = self.knowledge_data.ontology
        labels = {iri: graph.label(iri) for iri in graph.having(f"{RDF_NS}type", _PROPERTY)}
        return {
            iri: label.removeprefix(_PERIOD_OF)
            for iri, label in labels.items()
            if label.startswith(_PERIOD_OF)
        }

    def _procedure_marks(self, notation: str) -> list[Mark]:
        label = self.knowledge_data.ontology.label
        marks = [
            Mark(term, _with_value(_SHORT.split(label(term))[0], value), value)
            for term, value in sorted(self._said.get(notation, ()))
        ]
        facts = self.knowledge_data.procedures.facts.get(notation)
        if facts is not None and any(first or second for _, first, second in facts.pairs):
            marks += [Mark(term, "NCCI PTP edits") for term in _PAIR]
        return marks

    @cached_property
    def _said(self) -> dict[str, set[tuple[str, str]]]:
        """What rows of tables say of each procedure code: properties with their values."""
        return {
            notation: {
                said
                for table, values in facts.rows
                for said in terms_said(table, values)
                if said[0].startswith(CS_NS) and said[0] != f"{CS_NS}inRelease"
            }
            for notation, facts in self.knowledge_data.procedures.facts.items()
        }

    @cached_property
    def _values(self) -> dict[str, set[str]]:
        """What tables say of procedure codes, by the property."""
        values: dict[str, set[str]] = {}
        for said in self._said.values():
            for term, value in said:
                values.setdefault(term, set()).add(value)
        return values

    @cached_property
    def _tested(self) -> dict[str, list[Rule]]:
        """The rules by the words, and the values found, of the findings that their tests expect."""
        rules: dict[str, list[Rule]] = {}
        for rule in self.rule_data.book:
            words = {
                word.strip("(),;:.")
                for test in self.rule_data.tests.get(rule.id, ())
                for item in test.expected
                if item.severity != "not checked"
                for word in [item.value, *item.message.split()]
            }
            for word in words:
                rules.setdefault(word, []).append(rule)
        return rules

    def examples(self, notation: str) -> list[str]:
        """The example files with a claim that carries a code."""
        key = notation.replace(".", "")
        return [
            name
            for name, runs in self._example_data.runs.items()
            if any(key in _codes(run.claim) for run in runs)
        ]

    @cached_property
    def pairs(self) -> list[CodingPair]:
        """The correct coding edits between any two services that have a page."""
        services = [
            notation for notation, iri in self.coded_pages.items() if iri.startswith(HCPCS_NS)
        ]
        store = ox.Store()
        store.extend(
            ox.Quad(triple.subject, triple.predicate, triple.object)
            for triple in self.knowledge_data.knowledge.slice([], services)
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
                    table=self.knowledge_data.ontology.label(said["dataset"]),
                    quarters=self._quarters(
                        said.get("fromRelease", ""), said.get("throughRelease", "")
                    ),
                )
            )
        return sorted(pairs, key=lambda pair: (pair.column_one, pair.column_two, pair.table))

    def _quarters(self, first: str, last: str) -> str:
        graph = self.knowledge_data.ontology
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


def _with_value(name: str, value: str) -> str:
    """An indicator with its value, where that says more: NA has the value NA."""
    return name if name == value else f"{name} {value}"


def _in_words(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
