"""Runs the tests of damaged rules: what they do not notice, they do not test."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from claimshapes.authoring.boundary_tests import (
    BoundaryTest,
    Payers,
    boundary_tests,
    could_fail,
    outcomes,
)
from claimshapes.authoring.mutants import Mutant, mutants
from claimshapes.authoring.rule_tests import load_rule_tests, run_rule_tests
from claimshapes.errors import ClaimshapesError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.code_lists import LIST_FOLDER, SET_NS, VALUE_SETS, CodeLists, list_files
from claimshapes.rules.pack import TEST_SUFFIX, using_packs
from claimshapes.rules.rule_book import RuleBook, load_rules
from claimshapes.rules.written_rules import rule_files

_RULE = re.compile(r"\brule:([A-Z0-9][A-Z0-9-]*)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the tests noticed that a rule was damaged.

    Attributes:
        rule: id of the rule.
        change: the damage; empty where there was none.
        noticed: whether a test failed.
    """

    rule: str
    change: str
    noticed: bool


@dataclass(frozen=True, slots=True)
class _Task:
    mutant: Mutant
    files: tuple[Path, ...]
    own: Path
    packs: tuple[Path, ...]
    generated: tuple[BoundaryTest, ...]


@dataclass
class Mutation:
    """Damages rules and runs their tests, and those that are made from their forms.

    Args:
        book: the rules, undamaged.
        folders: the folders that they are in.
    """

    book: RuleBook
    folders: Sequence[Path]
    _files: dict[str, Path] = field(init=False)
    _named: dict[Path, set[str]] = field(init=False)
    _apart: list[str] = field(init=False)
    _beginning: date = field(init=False)

    def __post_init__(self) -> None:
        self._files = {rule.id: rule.file for rule in self.book}
        self._named = {
            file: set(_RULE.findall(file.read_text("utf-8"))) & self._files.keys()
            for file in rule_files(self.folders)
        }
        self._apart = _sets_apart(self.book.lists)
        self._beginning = first_day()

    def outcomes(self, chosen: Collection[str], forms: Collection[str]) -> Iterator[Outcome]:
        """Runs the tests of rules undamaged, and then of every mutant.

        Args:
            chosen: ids of the rules.
            forms: names of the families' forms.

        Yields:
            An outcome without damage for each rule, where noticed says that its tests fail as it
            is; then one for each mutant.
        """
        with using_packs(self.book.packs):
            payers = Payers.read()
            tasks = [task for rule in sorted(chosen) for task in self._tasks(rule, forms, payers)]
        undamaged = [task for task in tasks if not task.mutant.change]
        damaged = [task for task in tasks if task.mutant.change]
        with ProcessPoolExecutor() as pool:
            for some in (undamaged, damaged):
                size = 4 if len(some) > 100 else 1
                for task, seen in zip(some, pool.map(_noticed, some, chunksize=size), strict=True):
                    yield Outcome(task.mutant.rule, task.mutant.change, seen)

    def _tasks(self, identifier: str, forms: Collection[str], payers: Payers) -> Iterator[_Task]:
        rule = self.book.rules[identifier]
        text = rule.file.read_text("utf-8")
        pack = next((each for each in self.book.packs if rule.file.is_relative_to(each)), None)
        files = tuple(sorted(self._related(rule.file, pack) - {rule.file}))
        generated = tuple(boundary_tests(self.book, rule, payers))
        packs = () if pack is None else (pack,)
        for mutant in (
            Mutant(identifier, "", text),
            *mutants(identifier, text, forms, self._apart, self._beginning),
        ):
            if mutant.day is not None and not could_fail(self.book, rule, mutant.day):
                continue
            yield _Task(mutant, files, rule.file, packs, generated)

    def _related(self, file: Path, pack: Path | None) -> set[Path]:
        """The files that have a say in a rule's tests.

        They are those that it names, those that name it, and all of a pack that is no rule.
        """
        rules = set(self._files.values())
        related = {other for other, names in self._named.items() if file.stem in names} | {file}
        if pack is not None:
            related |= {other for other in rule_files([pack]) if other not in rules}
        while (
            grown := {self._files[name] for other in related for name in self._named.get(other, ())}
            - related
        ):
            related |= grown
        return related


def first_day() -> date:
    """The first day of rules that hold as long as their code set does."""
    triples = read_triples(resource_directory("ontology") / "rule.ttl")
    found = next(each for each in triples if str(each.predicate) == f"<{CS_NS}firstDayOfRules>")
    return date.fromisoformat(found.object.value)


def _sets_apart(lists: CodeLists) -> list[str]:
    """Names of the value sets without a code that another set or list has, too."""
    codes = {iri: {row.code for row in lists.rows(iri) or ()} for iri in lists.names()}
    often = Counter(code for own in codes.values() for code in own)
    return [
        iri.removeprefix(SET_NS)
        for iri, own in codes.items()
        if iri.startswith(SET_NS) and all(often[code] == 1 for code in own)
    ]


def _noticed(task: _Task) -> bool:
    """Whether a test fails of a rule that is damaged."""
    with tempfile.TemporaryDirectory(prefix="claimshapes-mutant-") as name:
        folder = Path(name)
        for file in task.files:
            shutil.copyfile(file, folder / file.name)
        (folder / task.own.name).write_text(task.mutant.text, "utf-8")
        for pack in task.packs:
            if (pack / VALUE_SETS).is_file():
                shutil.copyfile(pack / VALUE_SETS, folder / VALUE_SETS)
            for file in list_files([pack]):
                (folder / LIST_FOLDER).mkdir(exist_ok=True)
                shutil.copyfile(file, folder / LIST_FOLDER / file.name)
        try:
            book = load_rules([folder])
            own = task.own.with_name(f"{task.mutant.rule}{TEST_SUFFIX}")
            tests = load_rule_tests([own] if own.is_file() else [])
            if not all(outcome.passed for outcome in run_rule_tests(book, tests)):
                return True
            return not all(each.passed for each in outcomes(book, list(task.generated)))
        except ClaimshapesError:
            return True
