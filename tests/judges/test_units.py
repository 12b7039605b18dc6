"""The package's counting of timed units against that of a judge that shares no code with it."""

import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from claimshapes.checking.checker import Checker
from tests.conftest import SUMMARY
from tests.judges.therapy_units import (
    IMPOSSIBLE,
    OF_SERVICE,
    TOTAL,
    Line,
    Said,
    members,
    room_in,
    unclassified,
    verdicts,
)

CLAIMS = 1_500
"""For each payer; with two days of one or two disciplines, more than 5,000 days to count."""

DAYS = ("2026-05-04", "2026-05-06", "2026-05-08")


def some_minutes(rnd: random.Random) -> int:
    """Mostly around the steps of 8 and of 15 minutes."""
    if rnd.random() < 0.6:
        return max(1, 15 * rnd.randrange(4) + rnd.choice([0, 1, 7, 8, 14]))
    return rnd.randrange(1, 61)


def some_lines(rnd: random.Random) -> list[Line]:
    drawn = []
    says_minutes = rnd.choices([1.0, 0.8, 0.0], [8, 1, 1])[0]
    timed = sorted(members("timed-therapy"))
    for day in DAYS:
        for discipline in rnd.choice([("GP",), ("GP", "GO"), ("GO",)]):
            services = rnd.sample(timed, rnd.choice([1, 1, 2, 2, 3]))
            for code in services * rnd.choice([1, 1, 1, 2]):
                minutes = some_minutes(rnd)
                units = max(1, room_in(minutes) + rnd.choice([0, 0, -1, -1, 1]))
                known = minutes if rnd.random() < says_minutes else None
                drawn.append((code, discipline, day, units, known))
            if rnd.random() < 0.1:
                drawn.append((rnd.choice(sorted(unclassified())), discipline, day, 1, None))
    rnd.shuffle(drawn)
    return [Line(place, *line) for place, line in enumerate(drawn)]


def as_claim(lines: list[Line], number: int, payer: str) -> dict[str, Any]:
    items = []
    for line in lines:
        item: dict[str, Any] = {
            "sequence": line.place + 1,
            "procedure": line.procedure,
            "modifier": [line.discipline],
            "quantity": line.units,
            "serviced": line.day,
        }
        if line.minutes is not None:
            item["minutes"] = line.minutes
        items.append(item)
    return {
        "id": f"{payer}-{number}",
        "payer": payer,
        "patient": {"birthDate": "1950-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893", "taxonomy": "225100000X"},
        "diagnosis": [{"sequence": 1, "code": "M54.6"}],
        "item": items,
    }


_MESSAGES = (
    re.compile(
        r"(\d+) timed units billed on \S+; (\d+) total timed minutes support (\d+) "
        r"\(8-minute rule\)"
    ),
    re.compile(
        r"(\d+) units of \S+ billed on \S+; its (\d+) minutes support (\d+) at most "
        r"\(8-minute rule\)"
    ),
    re.compile(
        r"(\d+) units of \S+ billed on \S+; its (\d+) minutes support no more than (\d+) "
        r"under any counting rule"
    ),
    re.compile(
        r"(\d+) units of \S+ billed on \S+; its (\d+) minutes support (\d+), and the "
        r"(\d+) timed minutes of the day (\d+) in all under any counting rule"
    ),
)


def parsed(rule: str, focus: str, message: str) -> Said:
    match = next((found for form in _MESSAGES if (found := form.fullmatch(message))), None)
    assert match is not None, message
    return rule, place_of(focus), tuple(int(number) for number in match.groups())


def place_of(focus: str) -> int:
    return int(focus.removeprefix("/item/"))


@pytest.mark.parametrize("payer", ["medicare-b", "commercial"])
def test_units_of_5_000_days(payer: str, record_property: Callable[[str, object], None]) -> None:
    rnd = random.Random(f"timed units, {payer}")
    given = [some_lines(rnd) for _ in range(CLAIMS)]
    claims = [as_claim(lines, number, payer) for number, lines in enumerate(given)]
    checker = Checker(select=[TOTAL, OF_SERVICE, IMPOSSIBLE], engine="set")
    counts: Counter[str] = Counter()
    days = 0
    for lines, result in zip(given, checker.check(claims), strict=True):
        right, unknown = verdicts(lines, adds_up=payer == "medicare-b")
        found = {parsed(each.rule, each.focus, each.message) for each in result.findings}
        assert found == right, (found - right, right - found, lines)
        unchecked = {(each.rule, place_of(each.focus)) for each in result.not_checked}
        assert unchecked == unknown, (unchecked - unknown, unknown - unchecked, lines)
        days += len({(line.day, line.discipline) for line in lines})
        counts.update(f"{rule} with {len(numbers)} numbers" for rule, _, numbers in right)
        counts["not checked"] += len(unknown)
    assert days > 5_000
    record_property(SUMMARY, f"judge of timed units, {payer}: {days:,} days, 0 differences")
    wanted = {
        "medicare-b": [f"{TOTAL} with 3 numbers", f"{OF_SERVICE} with 3 numbers"],
        "commercial": [f"{IMPOSSIBLE} with 3 numbers", f"{IMPOSSIBLE} with 5 numbers"],
    }
    assert all(counts[name] > 50 for name in [*wanted[payer], "not checked"]), counts
