"""A judge of the units of timed therapy that reads the table of value sets and nothing else."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VALUE_SETS = Path(__file__).parents[2] / "ontology" / "tables" / "value-sets.csv"

TOTAL, OF_SERVICE = "TH-UNITS", "TH-UNITS-SERVICE"
IMPOSSIBLE = "TH-UNITS-IMPOSSIBLE"


@dataclass(frozen=True, slots=True)
class Line:
    """A therapy line of one day."""

    place: int
    procedure: str
    discipline: str
    day: str
    units: int
    minutes: int | None


Said = tuple[str, int, tuple[int, ...]]
"""The rule, the place of the line and the numbers of the message."""


@cache
def members(name: str) -> frozenset[str]:
    """The services of a value set."""
    with VALUE_SETS.open(encoding="utf-8", newline="") as stream:
        return frozenset(
            row[2] for row in csv.reader(stream) if row[0] == name and row[1] == "hcpcs"
        )


@cache
def unclassified() -> frozenset[str]:
    """Therapy services that are on neither list, of timed or of untimed ones."""
    return members("always-therapy") - members("timed-therapy") - members("untimed-therapy")


def made_by(minutes: int) -> int:
    """One unit for each full 15 minutes, and one more from 8 left over."""
    full, left = divmod(minutes, 15)
    return full + (left >= 8)


def room_in(minutes: int) -> int:
    """The most units of a service: one for each 15 minutes begun."""
    full, left = divmod(minutes, 15)
    return full + (left > 0)


@dataclass(slots=True)
class _Counted:
    """Lines whose units are counted together."""

    lines: list[Line]

    @property
    def place(self) -> int:
        return min(line.place for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    @property
    def minutes(self) -> int | None:
        """All of them; none where a line does not say its own."""
        known = [line.minutes for line in self.lines if line.minutes is not None]
        return sum(known) if len(known) == len(self.lines) else None


def verdicts(lines: Sequence[Line], *, adds_up: bool) -> tuple[set[Said], set[tuple[str, int]]]:
    """What is right to say of the lines of a claim, each of which names its discipline.

    Args:
        lines: in the order of the claim.
        adds_up: the payer adds up the minutes of a day, as Medicare does; otherwise its way to
            count is not known.

    Returns:
        The findings, and the rules that cannot be checked with their lines.
    """
    found: set[Said] = set()
    unknown: set[tuple[str, int]] = set()
    days: dict[tuple[str, str], list[Line]] = defaultdict(list)
    in_doubt = {(line.day, line.discipline) for line in lines if line.procedure in unclassified()}
    for line in lines:
        if line.procedure in members("timed-therapy"):
            days[line.day, line.discipline].append(line)
    for key, of_day in days.items():
        services: dict[str, list[Line]] = defaultdict(list)
        for line in of_day:
            services[line.procedure].append(line)
        each = [_Counted(of_service) for of_service in services.values()]
        judge = _where_added_up if adds_up else _where_not_known
        judge(_Counted(of_day), each, key in in_doubt, found, unknown)
    return found, unknown


def _where_added_up(
    day: _Counted,
    services: list[_Counted],
    in_doubt: bool,
    found: set[Said],
    unknown: set[tuple[str, int]],
) -> None:
    too_many = False
    if day.minutes is not None:
        allowed = made_by(day.minutes)
        too_many = day.units > allowed
        if in_doubt:
            unknown.add((TOTAL, day.place))
        elif too_many:
            found.add((TOTAL, day.place, (day.units, day.minutes, allowed)))
    elif any(line.minutes is not None for line in day.lines):
        unknown.add((TOTAL, day.place))
    for service in services:
        minutes = service.minutes
        if minutes is not None and service.units > room_in(minutes) and not too_many:
            found.add((OF_SERVICE, service.place, (service.units, minutes, room_in(minutes))))


def _where_not_known(
    day: _Counted,
    services: list[_Counted],
    in_doubt: bool,
    found: set[Said],
    unknown: set[tuple[str, int]],
) -> None:
    known = [(service, service.minutes) for service in services if service.minutes is not None]
    crowded = [(one, minutes) for one, minutes in known if one.units > room_in(minutes)]
    for service, minutes in crowded:
        found.add((IMPOSSIBLE, service.place, (service.units, minutes, room_in(minutes))))
    if day.minutes is None:
        return
    by_total = made_by(day.minutes)
    by_service = sum(made_by(minutes) for _, minutes in known)
    most = max(by_total, by_service)
    above = [(one, minutes) for one, minutes in known if one.units > made_by(minutes)]
    if day.units > most and not in_doubt:
        for service, minutes in above:
            if (service, minutes) not in crowded:
                numbers = (service.units, minutes, made_by(minutes), day.minutes, most)
                found.add((IMPOSSIBLE, service.place, numbers))
    if day.units <= most and not crowded and (day.units > by_total or above):
        unknown.add((IMPOSSIBLE, day.place))
