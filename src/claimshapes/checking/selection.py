"""The rules for one payer and one kind of claim, and how many of them hold on some days."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from claimshapes.checking.rules import Exemption, Rule


class Selection:
    """Rules that were selected together.

    Attributes:
        rules: the rules.
        by_id: the same by their ids.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.by_id = {rule.id: rule for rule in rules}
        self._changes = sorted({day for rule in rules for day in _changes(rule)})
        self._holding: dict[int, int] = {}

    def holding(self, days: Iterable[date]) -> int:
        """How many of the rules hold on at least one of the days."""
        held = 0
        for day in days:
            # Between two changes every day is like every other.
            period = bisect_right(self._changes, day)
            marks = self._holding.get(period)
            if marks is None:
                marks = sum(rule.in_force((day,)) << place for place, rule in enumerate(self.rules))
                self._holding[period] = marks
            held |= marks
        return held.bit_count()


def _changes(rule: Rule) -> Iterator[date]:
    spans: list[Rule | Exemption] = [rule, *rule.exemptions]
    for span in spans:
        yield span.valid_from
        if span.valid_through is not None and span.valid_through < date.max:
            yield span.valid_through + timedelta(days=1)
