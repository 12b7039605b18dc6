"""The example claims, and those of rules' tests, as the rules judge them; read once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import cast

from claimshapes.catalog.checked_claims import Pair, Run, example_pair, example_runs, judging
from claimshapes.catalog.kept_between_builds import Memory, state_of
from claimshapes.catalog.rule_data import RuleData
from claimshapes.files.file_states import States
from claimshapes.rules.rule import Rule


class ExampleData:
    """Claims with what all rules, or one, say of them.

    Args:
        folder: the folder of the example claims.
        rule_data: the rules.
        state: what tells that ontology or compiled knowledge have changed.
        memory: what was worked out before, and what is now.
        old: whether the example claims may be as they were judged before.
    """

    def __init__(
        self, folder: Path, rule_data: RuleData, state: States, memory: Memory, *, old: bool
    ) -> None:
        self._folder = folder
        self._rule_data = rule_data
        self._state = state
        self._memory = memory
        self._old = old

    @cached_property
    def runs(self) -> dict[str, list[Run]]:
        """The example claims as all rules judge them, by file."""
        if self._old:
            before = self._memory.last("examples")
            if before is not None:
                return cast("dict[str, list[Run]]", before)
        made_from = (self._rule_data.digests.of_all, self._state, state_of([self._folder]))
        return self._memory.recall(
            "examples", made_from, lambda: example_runs(self._rule_data.book, self._folder)
        )

    def pair(self, rule: Rule) -> Pair:
        """A claim that a rule objects to beside one that it passes."""
        book, tests = self._rule_data.book, self._rule_data.tests.get(rule.id, [])
        digests = self._rule_data.digests.of(judging(book, rule))
        made_from = (digests, self._state, repr(tests))
        return self._memory.recall(
            f"pair {rule.id}", made_from, lambda: example_pair(book, rule, tests)
        )

    def found_in(self, rule: str) -> list[str]:
        """The example files in which a rule finds something."""
        return [
            name
            for name, runs in self.runs.items()
            if any(finding.rule == rule for run in runs for finding in run.result.findings)
        ]

    def not_checked_in(self, rule: str) -> list[str]:
        """The example files in which a rule could not be judged."""
        return [
            name
            for name, runs in self.runs.items()
            if any(item.rule == rule for run in runs for item in run.result.not_checked)
        ]
