"""The rules for one payer and one kind of claim, and which of them hold on some days."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from claimshapes.rules.rule import Adjustment, Exemption, Rule


class Selection:
    """Rules that were selected together.

    Args:
        rules: the rules, in the order of their ids.
        record: whether a record came with the claim.
        void: whether the claim takes an original back and repeats it.

    Attributes:
        rules: the rules that are evaluated.
        by_id: the same by their ids.
        unread: the rules that read the record, where none came.
        not_for_voids: the rules that do not apply to a void, where the claim is one.
    """

    def __init__(self, rules: tuple[Rule, ...], *, record: bool, void: bool = False) -> None:
        applicable = tuple(rule for rule in rules if rule.applies_to_voids or not void)
        self.rules = tuple(rule for rule in applicable if record or not rule.reads_documentation)
        self.by_id = {rule.id: rule for rule in self.rules}
        self.unread = tuple(rule for rule in applicable if rule.id not in self.by_id)
        self.not_for_voids = tuple(rule for rule in rules if void and not rule.applies_to_voids)
        self._evaluated = _Calendar(self.rules)
        self._unread = _Calendar(self.unread)
        self._not_for_voids = _Calendar(self.not_for_voids)

    def holding(self, days: Iterable[date]) -> int:
        """How many of the evaluated rules hold on at least one of the days."""
        return self._evaluated.held(days).bit_count()

    def without_record(self, days: Iterable[date]) -> tuple[str, ...]:
        """Ids of the rules that would read a record and hold on at least one of the days."""
        return self._unread.ids(self._unread.held(days))

    def left_to_original(self, days: Iterable[date]) -> tuple[str, ...]:
        """Ids of the rules that hold on at least one of the days and do not apply to the void."""
        return self._not_for_voids.ids(self._not_for_voids.held(days))


class _Calendar:
    """Which of some rules hold on a day, a bit each."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._changes = sorted({day for rule in rules for day in _changes(rule)})
        self._holding: dict[int, int] = {}
        self._ids: dict[int, tuple[str, ...]] = {}

    def held(self, days: Iterable[date]) -> int:
        held = 0
        for day in days:
            # Between two changes every day is like every other.
            period = bisect_right(self._changes, day)
            marks = self._holding.get(period)
            if marks is None:
                marks = sum(
                    rule.in_force((day,)) << place for place, rule in enumerate(self._rules)
                )
                self._holding[period] = marks
            held |= marks
        return held

    def ids(self, held: int) -> tuple[str, ...]:
        found = self._ids.get(held)
        if found is None:
            found = tuple(rule.id for place, rule in enumerate(self._rules) if held >> place & 1)
            self._ids[held] = found
        return found


def _changes(rule: Rule) -> Iterator[date]:
    spans: list[Rule | Exemption | Adjustment] = [rule, *rule.exemptions, *rule.adjustments]
    periods: list[tuple[date | None, date | None]] = [
        (span.valid_from, span.valid_through) for span in spans
    ]
    periods += [(each.in_force_from, each.in_force_through) for each in rule.adjustments]
    for first, last in periods:
        if first is not None:
            yield first
        if last is not None and last < date.max:
            yield last + timedelta(days=1)
