"""A judge of medically unlikely edits that reads the CSV tables and nothing else."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

CODES = Path(__file__).parents[2] / "ontology" / "codes"

RENTED_OR_BOUGHT = ("NU", "RR", "UE")
"""Modifiers with which a supplier bills equipment."""

DENIAL_ASKED_FOR = "GY"

RULES = {1: "PX-MUE-LINE", 2: "PX-MUE", 3: "PX-MUE-CLINICAL"}
"""The rule of each adjudication indicator."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A row of a table.

    Attributes:
        units: most units.
        indicator: whether they are counted by line (1) or by day (2, 3).
        table: the table and its quarter, as messages name them.
    """

    units: int
    indicator: int
    table: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a claim, as far as an edit looks at it."""

    place: int
    procedure: str
    modifiers: tuple[str, ...]
    quantity: int
    first: date
    last: date

    @property
    def units_a_day(self) -> int:
        """The units divided by the days of the line, to the nearest whole number, half up."""
        days = (self.last - self.first).days + 1
        return (2 * self.quantity + days) // (2 * days)


@dataclass(frozen=True, slots=True)
class Said:
    """What has to be said of a line; a limit of none where it is a code that is never paid."""

    rule: str
    place: int
    units: int | None
    limit: int | None
    table: str


@cache
def table(name: str, quarter: date) -> dict[str, Edit]:
    """The edits of a table in one quarter, by code."""
    words = {"practitioner": "practitioner", "outpatient": "outpatient hospital"}
    label = f"MUE {words.get(name, 'DME supplier')} table, {quarter.year} Q{quarter.month // 3 + 1}"
    with gzip.open(CODES / "mue" / f"mue-{name}.csv.gz", "rt") as stream:
        return {
            row["procedure"]: Edit(int(row["units"]), int(row["adjudication_indicator"]), label)
            for row in csv.DictReader(stream)
            if row["release"] == quarter.isoformat()
        }


OLD, NEW = date(2024, 7, 1), date(2026, 4, 1)
"""The quarters of the tables; that of suppliers has only the second."""


@cache
def suppliers() -> frozenset[str]:
    """The taxonomy codes of those who supply equipment."""
    with gzip.open(CODES / "taxonomy" / "taxonomy.csv.gz", "rt") as stream:
        return frozenset(row["code"] for row in csv.DictReader(stream) if row["supplier"] == "1")


def by_supplier(line: Line, taxonomy: str) -> bool:
    """Whether the line of a professional claim is a supplier's."""
    supplied = table("dme", NEW).get(line.procedure)
    if supplied is None or not supplied.units:
        return False
    never_paid = any(
        edit is not None and not edit.units
        for edit in (table("practitioner", quarter).get(line.procedure) for quarter in (OLD, NEW))
    )
    rented = any(modifier in RENTED_OR_BOUGHT for modifier in line.modifiers)
    return rented or taxonomy in suppliers() or never_paid


def edit_of(line: Line, kind: str, taxonomy: str) -> tuple[Edit | None, bool]:
    """The edit of a line, and whether it is of the quarter of the line; if not, of a later one."""
    name = "outpatient"
    if kind == "professional":
        name = "dme" if by_supplier(line, taxonomy) else "practitioner"
    if line.first >= NEW:
        return table(name, NEW).get(line.procedure), True
    if line.first >= OLD and (edit := table(name, OLD).get(line.procedure)):
        return edit, True
    # From the end of the old quarter on the new table speaks for what the old one has not.
    next_quarter = NEW if line.first > date(2024, 9, 30) or name == "dme" else OLD
    if OLD <= line.first <= date(2024, 9, 30) and name != "dme":
        return None, False
    return table(name, next_quarter).get(line.procedure), False


def verdicts(
    lines: Sequence[Line], kind: str, taxonomy: str
) -> tuple[set[Said], set[tuple[str, int]]]:
    """What is right to say of the lines of a claim to Medicare.

    Args:
        lines: in the order of the claim.
        kind: "professional" or "institutional", of an outpatient.
        taxonomy: of the billing provider.

    Returns:
        The findings, and the rules that cannot be checked with their lines.
    """
    found: set[Said] = set()
    unknown: set[tuple[str, int]] = set()
    for line in lines:
        edit, of_its_quarter = edit_of(line, kind, taxonomy)
        if edit is None:
            continue
        if not edit.units:
            if kind == "professional" and of_its_quarter and DENIAL_ASKED_FOR not in line.modifiers:
                found.add(Said("PX-MUE-ZERO", line.place, None, None, edit.table))
            continue
        units = line.units_a_day
        if edit.indicator > 1:
            same = list(_same_day(line, lines))
            if line.place != min(other.place for other in same):
                continue
            units = sum(other.units_a_day for other in same)
        if units > edit.units:
            rule = RULES[edit.indicator]
            if of_its_quarter:
                found.add(Said(rule, line.place, units, edit.units, edit.table))
            else:
                unknown.add((rule, line.place))
    return found, unknown


def _same_day(line: Line, lines: Sequence[Line]) -> Iterator[Line]:
    for other in lines:
        if other.procedure == line.procedure and other.first == line.first:
            yield other
