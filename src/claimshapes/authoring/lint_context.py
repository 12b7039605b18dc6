"""What a lint knows: the terms, names and codes that files of a pack may use."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import pyoxigraph as ox

from claimshapes.authoring.shipped_facts import PREFIXES, shipped_facts, subjects_of
from claimshapes.errors import RuleError
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.vocabulary import CS_NS, PERIOD_NS, SCHEMA_NS
from claimshapes.rules.code_lists import VALUE_SETS, CodeLists, WrittenList, written_lists
from claimshapes.rules.families import Family, read_forms
from claimshapes.rules.pack import using_packs

_CODE_PREDICATES = {f"{CS_NS}{name}" for name in ("ofService", "listedCode", "forProcedure")}
_REPORTABLE = f"{CS_NS}reportableDuring"
_OF_SERVICE, _OF_MODIFIER = f"{CS_NS}ofService", f"{CS_NS}ofModifier"


@dataclass(slots=True)
class CodeState:
    """Whether a code exists, and when.

    Attributes:
        known: whether any list has it.
        periods: first and last day of each period that is known, as text; the last may be open.
    """

    known: bool
    periods: list[tuple[str, str | None]] = field(default_factory=list)

    def valid(self, day: str) -> bool:
        """Whether it is valid on a day; so is a code of which no period is known."""
        return not self.periods or any(
            first <= day and (last is None or day <= last) for first, last in self.periods
        )


@cache
def _shipped_knowledge() -> Knowledge:
    with using_packs(()):
        return Knowledge.open()


def _own_sets(file: Path) -> set[str]:
    """The value sets that have rows in the table of a pack."""
    if not file.is_file():
        return set()
    lines = file.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
    return {row.get("value_set") or "" for row in csv.DictReader(lines)}


class LintContext:
    """What the shipped files and the packs define.

    Args:
        folders: the packs.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = [folder.absolute() for folder in folders]
        self.ontology = resource_directory("ontology")
        self.shipped = shipped_facts(self.ontology)
        self.names = {prefix: set(names) for prefix, names in self.shipped.names.items()}
        for file in self.pack_files():
            for prefix, local in subjects_of(file):
                self.names.setdefault(prefix, set()).add(local)
        self.names["list"] |= {written.name for written in self.lists}
        for folder in self.folders:
            self.names["set"] |= _own_sets(folder / VALUE_SETS)

    @staticmethod
    def files(folder: Path) -> list[Path]:
        """The Turtle files of a folder."""
        return sorted(folder.rglob("*.ttl"))

    def pack_files(self) -> list[Path]:
        """The Turtle files of the packs."""
        return [file for folder in self.folders for file in self.files(folder)]

    def list_rows(self, name: str) -> Iterator[tuple[WrittenList, int, dict[str, str]]]:
        """The rows of a list of the packs, as far as it is one: the list, line and cells."""
        for written in self.lists:
            if written.name == name:
                with suppress(RuleError):
                    yield from ((written, line, row) for line, row in written.rows())

    @cached_property
    def families(self) -> dict[str, Family]:
        """The families by the IRIs of their forms."""
        return read_forms()

    @cached_property
    def lists(self) -> list[WrittenList]:
        """The lists of the packs; those of a workbook that cannot be read are left out."""
        found: list[WrittenList] = []
        for folder in self.folders:
            with suppress(RuleError):
                found += written_lists([folder])
        return found

    @cached_property
    def code_lists(self) -> CodeLists:
        """The value sets and lists; none where a list is malformed, which its own lint says."""
        try:
            return CodeLists().read(self.ontology, self.folders)
        except (RuleError, OSError, KeyError):
            return CodeLists()

    @cached_property
    def knowledge(self) -> Knowledge:
        """The compiled knowledge."""
        return _shipped_knowledge()

    def service(self, code: str) -> CodeState:
        """What is known of a procedure code."""
        iri = f"{PREFIXES['hcpcs']}{code.upper()}"
        return self._state(code.upper(), iri, _CODE_PREDICATES, _OF_SERVICE)

    def modifier(self, code: str) -> CodeState:
        """What is known of a modifier."""
        iri = f"{PREFIXES['modifier']}{code.upper()}"
        state = self._state(code.upper(), iri, {_OF_MODIFIER}, _OF_MODIFIER)
        state.known = state.known or code.upper() in self.curated_modifiers
        return state

    def diagnosis(self, code: str) -> CodeState:
        """What is known of a diagnosis code."""
        match = self.knowledge.match(code)
        if match.concept is None:
            return CodeState(False)
        periods: list[tuple[str, str | None]] = []
        for triple in self.knowledge.describe(match.concept):
            if triple.predicate.value == _REPORTABLE and isinstance(triple.object, ox.NamedNode):
                first, _, last = triple.object.value.removeprefix(PERIOD_NS).partition("_")
                periods.append((first, last or None))
        return CodeState(True, sorted(periods))

    def successors(self, code: str, day: str) -> list[str]:
        """The diagnosis codes below an ended one that are reportable on a day: what replaced it."""
        below = [notation for notation, _ in self.knowledge.children(code)]
        found = []
        for each in below:
            state = self.diagnosis(each)
            found += [each] if state.periods and state.valid(day) else self.successors(each, day)
        return found

    def billable(self, code: str) -> bool:
        """Whether no code stands below a diagnosis code."""
        return not self.knowledge.children(code)

    @cached_property
    def curated_modifiers(self) -> set[str]:
        """The modifiers of value sets and curated files."""
        text = (self.ontology / "tables" / VALUE_SETS).read_text("utf-8")
        return set(re.findall(r",modifier,([^,]+),", text)) | self.names["modifier"]

    def _state(self, code: str, iri: str, told: set[str], dated: str) -> CodeState:
        facts: dict[object, dict[str, list[str]]] = {}
        node = ox.NamedNode(iri)
        for triple in self.knowledge.slice((), (code,)):
            about = facts.setdefault(triple.subject, {})
            if isinstance(triple.object, (ox.NamedNode, ox.Literal)):
                about.setdefault(triple.predicate.value, []).append(triple.object.value)
        known = False
        periods = []
        for about in facts.values():
            if any(node.value in about.get(predicate, ()) for predicate in told):
                known = True
            if node.value in about.get(dated, ()) and about.get(f"{SCHEMA_NS}validFrom"):
                last = about.get(f"{SCHEMA_NS}validThrough", [None])[0]
                periods.append((about[f"{SCHEMA_NS}validFrom"][0], last))
        return CodeState(known, periods)
