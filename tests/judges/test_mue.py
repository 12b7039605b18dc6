"""The package's verdicts on units against those of a judge that reads only the tables."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from claimshapes.checking.checker import Checker
from tests.conftest import SUMMARY
from tests.judges.mue import (
    DENIAL_ASKED_FOR,
    NEW,
    OLD,
    RENTED_OR_BOUGHT,
    RULES,
    Edit,
    Line,
    Said,
    suppliers,
    table,
    verdicts,
)

CLAIMS, SERVICES = 440, 12
"""Of each kind of claim: more than 5,000 services of a day, each of one to three lines."""

PAYERS = {"professional": "medicare-b", "institutional": "medicare-outpatient"}
PHYSICIAN = "207Q00000X"
BOUNDARIES = [
    *(date(2024, 6, 30), OLD, date(2024, 9, 30), date(2024, 10, 1)),
    *(date(2026, 3, 31), NEW, date(2026, 6, 30), date(2026, 7, 1)),
]


def some_day(rnd: random.Random) -> date:
    if rnd.random() < 0.3:
        return rnd.choice(BOUNDARIES)
    return date.fromordinal(
        rnd.randrange(date(2024, 5, 1).toordinal(), date(2026, 10, 1).toordinal())
    )


def drawn_codes(kind: str) -> tuple[list[str], list[str]]:
    """All codes with an edit for the kind of claim, and the few that count by line."""
    names = ["outpatient"] if kind == "institutional" else ["practitioner", "dme"]
    edits: dict[str, list[Edit]] = {}
    for name in names:
        for quarter in (OLD, NEW):
            for code, edit in table(name, quarter).items():
                edits.setdefault(code, []).append(edit)
    by_line = [code for code, all_of in edits.items() if any(e.indicator == 1 for e in all_of)]
    return sorted(edits), sorted(by_line)


def some_quantity(rnd: random.Random, code: str) -> int:
    """Around the limit of one of the tables."""
    names = ("practitioner", "outpatient", "dme")
    limits = [table(name, NEW).get(code) or table(name, OLD).get(code) for name in names]
    limit = rnd.choice([edit.units for edit in limits if edit] or [1])
    return max(1, rnd.choice([1, limit, limit + 1, limit - 1, 2 * limit, limit // 2]))


def a_claim(
    rnd: random.Random, kind: str, number: int, codes: tuple[list[str], list[str]]
) -> tuple[dict[str, Any], list[Line], str]:
    day = some_day(rnd)
    taxonomy = PHYSICIAN
    if kind == "professional" and rnd.random() < 0.2:
        taxonomy = rnd.choice(sorted(suppliers()))
    supplied = sorted(table("dme", NEW)) if kind == "professional" else []
    drawn: list[tuple[str, tuple[str, ...], int, date, date]] = []
    for _ in range(SERVICES):
        pool = rnd.choices([codes[0], codes[1], supplied or codes[0]], [6, 1, 2])[0]
        code = rnd.choice(pool)
        modifiers = rnd.choices(
            [(), (rnd.choice(RENTED_OR_BOUGHT),), (DENIAL_ASKED_FOR,), ("GP",)], [7, 2, 1, 1]
        )[0]
        first = day + timedelta(days=rnd.choice([0, 0, 0, 1]))
        if any(code == other[0] for other in drawn):
            continue
        for _ in range(rnd.choice([1, 1, 2, 3])):
            last = first + timedelta(days=rnd.choice([0, 0, 0, 1, 2, 6]))
            drawn.append((code, modifiers, some_quantity(rnd, code), first, last))
    rnd.shuffle(drawn)
    lines = [Line(place, *line) for place, line in enumerate(drawn)]
    items = []
    for line in lines:
        item: dict[str, Any] = {
            "sequence": line.place + 1,
            "procedure": line.procedure,
            "modifier": list(line.modifiers),
            "quantity": line.quantity,
            "serviced": line.first.isoformat(),
        }
        if line.last > line.first:
            item["servicedEnd"] = line.last.isoformat()
        if kind == "institutional":
            item["revenue"] = "0420"
        items.append(item)
    claim: dict[str, Any] = {
        "id": f"{kind}-{number}",
        "type": kind,
        "payer": PAYERS[kind],
        "patient": {"birthDate": "1950-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893", "taxonomy": taxonomy},
        "diagnosis": [{"sequence": 1, "code": "M54.6"}],
        "item": items,
    }
    if kind == "institutional":
        claim["typeOfBill"] = "0131"
    return claim, lines, taxonomy


_UNITS = re.compile(
    r"(\d+) units of (\S+) exceed the MUE of (\d+) per [^,(]+(?: \(MAI \d\))?, (.*)"
)
_NEVER = re.compile(r"(\S+) has an MUE of 0, (.*)")


def parsed(rule: str, focus: str, message: str) -> Said:
    place = int(focus.removeprefix("/item/"))
    if match := _UNITS.fullmatch(message):
        return Said(rule, place, int(match[1]), int(match[3]), match[4])
    match = _NEVER.fullmatch(message)
    assert match is not None, message
    return Said(rule, place, None, None, match[2])


@pytest.mark.parametrize("kind", ["professional", "institutional"])
def test_units_of_5_000_services(kind: str, record_property: Callable[[str, object], None]) -> None:
    rnd = random.Random(f"units of {kind} claims")
    codes = drawn_codes(kind)
    given = [a_claim(rnd, kind, number, codes) for number in range(CLAIMS)]
    checker = Checker(select=[*RULES.values(), "PX-MUE-ZERO"], engine="set")
    counts: Counter[str] = Counter()
    services = 0
    results = checker.check([claim for claim, _, _ in given])
    for (claim, lines, taxonomy), result in zip(given, results, strict=True):
        right, unknown = verdicts(lines, kind, taxonomy)
        found = {parsed(each.rule, each.focus, each.message) for each in result.findings}
        named = [(said, lines[said.place], taxonomy) for said in found ^ right]
        assert found == right, (claim["id"], named)
        unchecked = {
            (each.rule, int(each.focus.removeprefix("/item/")))
            for each in result.not_checked
            if each.rule in RULES.values()
        }
        assert unchecked == unknown, (claim["id"], unchecked ^ unknown, lines)
        services += len({(line.procedure, line.first) for line in lines})
        counts.update(said.rule for said in right)
        counts.update(said.table for said in right)
        counts["not checked"] += len(unknown)
    assert services > 5_000
    record_property(SUMMARY, f"judge of MUE, {kind}: {services:,} services, 0 differences")
    wanted = {*RULES.values(), "not checked"} | (
        {"PX-MUE-ZERO"} if kind == "professional" else set()
    )
    assert all(counts[name] > 20 for name in wanted), counts
    assert len([name for name in counts if name.startswith("MUE ")]) == (
        3 if kind == "professional" else 2
    )
