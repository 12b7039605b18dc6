"""The rules for one payer and one kind of claim, and which of them hold on some days."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
        self._calendar = _Calendar((*self.rules, *self.unread, *self.not_for_voids))
        self._in_force: dict[int, InForce] = {}

    def in_force(self, days: Iterable[date]) -> InForce:
        """What of it holds on at least one of the days."""
        held = self._calendar.held(days)
        known = self._in_force.get(held)
        if known is None:
            evaluated, *others = _held(held, (self.rules, self.unread, self.not_for_voids))
            known = self._in_force[held] = InForce(len(evaluated), *others)
        return known


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules of a selection that hold on some days.

    Attributes:
        evaluated: how many are evaluated.
        without_record: ids of those that would read a record.
        left_to_original: ids of those that do not apply to the void.
    """

    evaluated: int
    without_record: tuple[str, ...]
    left_to_original: tuple[str, ...]


def _held(held: int, groups: Iterable[tuple[Rule, ...]]) -> Iterator[tuple[str, ...]]:
    place = 0
    for rules in groups:
        yield tuple(rule.id for at, rule in enumerate(rules, place) if held >> at & 1)
        place += len(rules)


class _Calendar:
    """Which of some rules hold on a day, a bit each."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._changes = sorted({day for rule in rules for day in _changes(rule)})
        self._holding: dict[int, int] = {}

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
