"""A judge of NCCI procedure-to-procedure edits that reads the CSV tables and nothing else."""

from __future__ import annotations

import csv
import gzip
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path

ONTOLOGY = Path(__file__).parents[2] / "ontology"
CODES = ONTOLOGY / "codes"
TABLES = CODES / "ncci"

FIRST_QUARTER = {"professional": date(2024, 7, 1), "institutional": date(2019, 7, 1)}
LAST_QUARTER = {"professional": date(2024, 7, 1), "institutional": date(2026, 4, 1)}

# The list of the Integrated Outpatient Code Editor; 76 and 77 are not in it.
BYPASS = {
    *("24", "25", "27", "57", "58", "59", "78", "79", "91", "XE", "XP", "XS", "XU"),
    *("LT", "RT", "LC", "LD", "LM", "RC", "RI", "E1", "E2", "E3", "E4", "FA", "TA"),
    *(f"{hand_or_foot}{n}" for hand_or_foot in "FT" for n in range(1, 10)),
}


@dataclass(frozen=True, slots=True)
class Service:
    """A line of a claim, as far as an edit looks at it."""

    procedure: str
    day: date
    modifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A row: from the first through the last quarter in which it held."""

    indicator: str
    first: date
    last: date


def verdict(
    paid: Service, denied: Service, kind: str, edits: dict[tuple[str, str], list[Edit]]
) -> tuple[str, date] | None:
    """What is right to say of two lines with the first in column one and the other in column two.

    Args:
        paid: line of the column one service.
        denied: line of the column two service.
        kind: kind of claim, which decides the table.
        edits: rows of that table by column one and column two.

    Returns:
        The rule that has to speak and the quarter it has to name, or nothing.
    """
    if paid.day != denied.day or denied.day < FIRST_QUARTER[kind]:
        return None
    quarter = min(_quarter(denied.day), LAST_QUARTER[kind])
    for edit in edits.get((paid.procedure, denied.procedure), ()):
        if edit.first <= quarter <= edit.last:
            if edit.indicator == "0":
                return "PX-PTP0", quarter
            if not _released(paid, denied):
                return "PX-PTP1", quarter
    return None


def visit_of_procedure(paid: Service, denied: Service) -> bool:
    """Whether the column two service is a visit and the column one service is none."""
    return denied.procedure in visits() and paid.procedure not in visits()


def _released(paid: Service, denied: Service) -> bool:
    """Whether the modifiers let both be paid: of a visit beside a procedure, its own ones alone."""
    if visit_of_procedure(paid, denied):
        return not _value_set("visit-release").isdisjoint(denied.modifiers)
    return not BYPASS.isdisjoint(paid.modifiers + denied.modifiers)


@cache
def visits() -> frozenset[str]:
    """Services of evaluation and management, and eye examinations, that see the patient.

    Add-on codes are part of the visit that they add to; care management and the like is none.
    """
    with (CODES / "evaluation-management" / "evaluation-management.csv").open() as stream:
        services = {row["procedure"] for row in csv.DictReader(stream)}
    with gzip.open(CODES / "add-on" / "add-on.csv.gz", "rt") as stream:
        add_ons = {row["add_on"] for row in csv.DictReader(stream)}
    no_visits = add_ons | _value_set("care-without-visit")
    return frozenset((services | _value_set("eye-examination")) - no_visits)


@cache
def _value_set(name: str) -> frozenset[str]:
    with (ONTOLOGY / "tables" / "value-sets.csv").open() as stream:
        found = [row for row in csv.DictReader(stream) if row["value_set"] == name]
    # Members for a time only would need the day of the service.
    assert all(row["valid_from"] == "2015-10-01" and not row["valid_through"] for row in found)
    return frozenset(row["member"] for row in found)


def early_verdict(
    paid: Service, denied: Service, kind: str, edits: dict[tuple[str, str], list[Edit]]
) -> str | None:
    """The rule that cannot be checked on two lines of a day before the tables, or nothing.

    Args:
        paid: line of the column one service.
        denied: line of the column two service.
        kind: kind of claim, which decides the table.
        edits: rows of that table by column one and column two.
    """
    if denied.day >= FIRST_QUARTER[kind]:
        return None
    first = Service(paid.procedure, FIRST_QUARTER[kind], paid.modifiers)
    second = Service(denied.procedure, FIRST_QUARTER[kind], denied.modifiers)
    found = verdict(first, second, kind, edits) if paid.day == denied.day else None
    return found[0] if found else None


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def rows(kind: str) -> Iterator[list[str]]:
    """The rows of the table of a kind of claim, in the order of column one."""
    name = {"professional": "practitioner", "institutional": "hospital"}[kind]
    with gzip.open(TABLES / f"ptp-{name}.csv.gz", "rt") as stream:
        reader = csv.reader(stream)
        next(reader)
        yield from reader


@cache
def clusters(kind: str, number: int, seed: int) -> list[list[str]]:
    """Column one codes, drawn by chance, each with all of its column two codes."""
    rnd = random.Random(seed)
    kept: list[list[str]] = []
    for place, (first, group) in enumerate(groupby(rows(kind), lambda row: row[0])):
        # Reservoir sampling: each column one code has the same chance.
        position = place if place < number else rnd.randint(0, place)
        if position < number:
            cluster = [first, *dict.fromkeys(row[1] for row in group)]
            kept[position : position + 1] = [cluster]
    return kept


def edits_among(kind: str, codes: Iterable[str]) -> dict[tuple[str, str], list[Edit]]:
    """The rows whose two codes are both among those given."""
    chosen = frozenset(codes)
    found: dict[tuple[str, str], list[Edit]] = {}
    for one, two, indicator, *quarters in rows(kind):
        if one in chosen and two in chosen:
            first, last = quarters or (FIRST_QUARTER[kind].isoformat(), "")
            edit = Edit(
                indicator,
                date.fromisoformat(first),
                date.fromisoformat(last) if last else date.max,
            )
            found.setdefault((one, two), []).append(edit)
    return found
