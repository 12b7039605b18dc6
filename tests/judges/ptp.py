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

TABLES = Path(__file__).parents[2] / "ontology" / "codes" / "ncci"

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
            if not BYPASS & {*paid.modifiers, *denied.modifiers}:
                return "PX-PTP1", quarter
    return None


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
