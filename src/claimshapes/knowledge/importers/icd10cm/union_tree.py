"""One tree of every code that any release or the date table knows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from claimshapes.knowledge.importers.icd10cm.date_table import CodeDates
from claimshapes.knowledge.importers.icd10cm.seventh_character import definition_for, expanded
from claimshapes.knowledge.importers.icd10cm.tabular import Entry, Tabular

_AFTER_EVERY_CODE = "\uffff"


@dataclass(slots=True)
class Concept:
    """A chapter, block or code with what the newest release that has it says.

    Attributes:
        kind: ``chapter``, ``block`` or ``code``.
        name: chapter number, range of the block, or code with its dot.
        title: title, empty where no release at hand has the code.
        parent: id of the concept above, empty for chapters.
        children: ids of the concepts below.
        releases: first days of the releases that list it.
        entry: the tabular entry, where one has it.
        dates: what the date table says of it.
        umbrellas: ids of the umbrella blocks whose range holds it; for categories only.
    """

    kind: str
    name: str
    title: str
    parent: str
    children: list[str] = field(default_factory=list)
    releases: list[date] = field(default_factory=list)
    entry: Entry | None = None
    dates: CodeDates | None = None
    umbrellas: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The code without its dot."""
        return self.name.replace(".", "")


@dataclass(slots=True)
class UnionTree:
    """Every concept by id, with sorted keys for ranges.

    Attributes:
        concepts: concepts by id, as ``concept_id`` makes it.
        not_in_date_table: codes that seventh characters make and the date table does not know.
        untitled: codes of the date table that no release at hand lists.
    """

    concepts: dict[str, Concept] = field(default_factory=dict)
    not_in_date_table: list[str] = field(default_factory=list)
    untitled: list[str] = field(default_factory=list)
    _leaf_keys: list[tuple[str, str]] = field(default_factory=list)
    _categories: list[tuple[str, str]] = field(default_factory=list)
    _ids_by_key: dict[str, str] = field(default_factory=dict)

    def finish(self) -> None:
        """Sorts what ranges are looked up in; called once the concepts are complete."""
        for identifier, concept in self.concepts.items():
            if concept.parent:
                self.concepts[concept.parent].children.append(identifier)
        codes = [(c.key, i) for i, c in self.concepts.items() if c.kind == "code"]
        self._ids_by_key = dict(codes)
        self._leaf_keys = sorted(pair for pair in codes if not self.concepts[pair[1]].children)
        self._categories = sorted(pair for pair in codes if not self._below_a_code(pair[1]))

    def find(self, key: str) -> str | None:
        """Id of the code with this key, if there is one."""
        return self._ids_by_key.get(key)

    def leaves(self, first: str, last: str) -> list[str]:
        """Ids of the lowest codes from ``first`` to ``last``, compared to each bound's length."""
        return _between(self._leaf_keys, first, last)

    def categories(self, first: str, last: str) -> list[str]:
        """Ids of the categories from ``first`` to ``last``.

        A code whose category no list at hand has stands for it.
        """
        return _between(self._categories, first, last)

    def stem(self, identifier: str) -> Concept:
        """The concept of a code as the tabular list prints it, without a seventh character."""
        concept = self.concepts[identifier]
        if concept.entry is None and concept.parent:
            parent = self.concepts[concept.parent]
            if parent.entry is not None and definition_for(parent.entry):
                return parent
        return concept

    def category_of(self, identifier: str) -> str:
        """Id of the category that holds a code; what is no code is its own."""
        while self._below_a_code(identifier):
            identifier = self.concepts[identifier].parent
        return identifier

    def covering(self, identifiers: Iterable[str]) -> list[str]:
        """The fewest concepts that stand over exactly these, in the order of their ids.

        A heading takes the place of what stands below it when all of that is given.
        """
        chosen = set(identifiers)
        pending = {self.concepts[identifier].parent for identifier in chosen} - {""}
        while pending:
            full = {
                heading
                for heading in pending
                if self.concepts[heading].children
                and all(child in chosen for child in self.concepts[heading].children)
            }
            for heading in full:
                chosen.difference_update(self.concepts[heading].children)
            chosen |= full
            pending = {self.concepts[heading].parent for heading in full} - {""}
        return sorted(chosen)

    def _below_a_code(self, identifier: str) -> bool:
        parent = self.concepts[identifier].parent
        return parent != "" and self.concepts[parent].kind == "code"


def concept_id(entry: Entry) -> str:
    """A code's id is the code; chapters and blocks say what they are, since B20 is both."""
    return entry.name if entry.kind == "code" else f"{entry.kind}-{entry.name}"


def build_union_tree(tabulars: Iterable[Tabular], date_table: Mapping[str, CodeDates]) -> UnionTree:
    """Makes one tree of all releases and the date table; what newer releases say prevails.

    Args:
        tabulars: releases of the tabular list.
        date_table: as ``read_date_table`` returns it.
    """
    tree = UnionTree()
    made: dict[str, str] = {}
    for tabular in sorted(tabulars, key=lambda release: release.valid_from):
        for entry in tabular.entries():
            identifier = concept_id(entry)
            concept = tree.concepts.get(identifier)
            if concept is None:
                concept = Concept(entry.kind, entry.name, entry.title, "")
                tree.concepts[identifier] = concept
            concept.title, concept.entry = entry.title, entry
            concept.parent = "" if entry.parent is None else concept_id(entry.parent)
            concept.releases.append(tabular.valid_from)
            if entry.kind == "code" and not entry.children:
                _add_expanded(tree, entry, identifier, tabular.valid_from, date_table, made)
    tree.not_in_date_table = sorted(made.keys() - date_table.keys())
    for code in sorted(date_table):
        concept = tree.concepts.get(code)
        if concept is None:
            concept = Concept("code", code, "", _longest_prefix(tree, code))
            tree.concepts[code] = concept
            tree.untitled.append(code)
        concept.dates = date_table[code]
    tree.finish()
    _link_umbrellas(tree)
    return tree


def _add_expanded(
    tree: UnionTree,
    entry: Entry,
    stem: str,
    release: date,
    date_table: Mapping[str, CodeDates],
    made: dict[str, str],
) -> None:
    for code, title in expanded(entry):
        made[code] = title
        if code not in date_table:
            continue
        concept = tree.concepts.get(code)
        if concept is None:
            concept = Concept("code", code, title, stem)
            tree.concepts[code] = concept
        concept.title, concept.parent = title, stem
        concept.releases.append(release)


def _longest_prefix(tree: UnionTree, code: str) -> str:
    key = code.replace(".", "")
    for length in range(len(key) - 1, 2, -1):
        prefix = key[:length] if length == 3 else f"{key[:3]}.{key[3:length]}"
        if prefix in tree.concepts:
            return prefix
    # A category newer than every list at hand: it stands in the block of the one before it.
    before = max(
        (
            concept.name
            for concept in tree.concepts.values()
            if concept.kind == "code" and len(concept.name) == 3 and concept.name < key[:3]
        ),
        default="",
    )
    return tree.concepts[before].parent if before[:1] == key[:1] else ""


def _link_umbrellas(tree: UnionTree) -> None:
    """An umbrella block has no codes of its own; its notes hold for the range in its name."""
    umbrellas = [
        (identifier, concept)
        for identifier, concept in tree.concepts.items()
        if concept.kind == "block" and not concept.children
    ]
    for identifier, concept in umbrellas:
        first, _, last = concept.name.partition("-")
        for category in tree.categories(first, last or first):
            tree.concepts[category].umbrellas.append(identifier)


def _between(pairs: list[tuple[str, str]], first: str, last: str) -> list[str]:
    start = bisect_left(pairs, (first, ""))
    end = bisect_right(pairs, (last + _AFTER_EVERY_CODE, ""))
    return [identifier for _, identifier in pairs[start:end]]
