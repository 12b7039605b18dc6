"""The package's correct coding verdicts against those of a judge that reads only the tables."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from claimshapes.checking.checker import Checker
from tests.conftest import SUMMARY
from tests.judges.ptp import (
    BYPASS,
    FIRST_QUARTER,
    LAST_QUARTER,
    Edit,
    Service,
    clusters,
    early_verdict,
    edits_among,
    verdict,
    visit_of_procedure,
)

CLAIMS = 100
LINES = 24
"""Every pair of the lines of a claim is judged: 276 pairs a claim."""

PAYERS = {"professional": "medicare-b", "institutional": "medicare-outpatient"}

OTHER_MODIFIERS = ["GP", "76", "77", "26", "TC", "50", "95", "KX"]


def some_day(rnd: random.Random, kind: str) -> date:
    """A day around the table's first quarter, in any of its quarters, or after the last."""
    if rnd.random() < 0.1:
        return rnd.choice(
            [date(2019, 6, 30), FIRST_QUARTER[kind], LAST_QUARTER[kind], date(2026, 7, 1)]
        )
    quarter = rnd.randrange(FIRST_QUARTER[kind].toordinal(), date(2026, 9, 30).toordinal())
    return date.fromordinal(quarter)


def some_modifiers(rnd: random.Random) -> list[str]:
    chance = rnd.random()
    if chance < 0.7:
        return []
    if chance < 0.85:
        return [rnd.choice(OTHER_MODIFIERS)]
    return [rnd.choice([*OTHER_MODIFIERS, ""]), rnd.choice(sorted(BYPASS))]


def a_claim(rnd: random.Random, kind: str, number: int, drawn: list[list[str]]) -> dict[str, Any]:
    """Lines of one or two days with codes that stand beside each other in the table, or do not."""
    codes: list[str] = []
    for cluster in rnd.sample(drawn, 3):
        codes += [cluster[0], *rnd.sample(cluster[1:], min(6, len(cluster) - 1))]
    while len(set(codes)) < LINES:
        codes.append(rnd.choice(rnd.choice(drawn)))
    codes = sorted(set(codes))
    rnd.shuffle(codes)
    day = some_day(rnd, kind)
    days = [day, day, day, day, date.fromordinal(day.toordinal() + 1)]
    return {
        "id": f"{kind}-{number}",
        "type": kind,
        "payer": PAYERS[kind],
        "patient": {"birthDate": "1950-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "M54.6"}],
        "item": [
            {
                "sequence": n,
                "procedure": code,
                "modifier": [name for name in some_modifiers(rnd) if name],
                "quantity": 1,
                "serviced": rnd.choice(days).isoformat(),
            }
            for n, code in enumerate(codes, 1)
        ],
    }


def said(
    checker: Checker, claim: dict[str, Any]
) -> tuple[Counter[tuple[str, str, str, date]], set[str]]:
    """Rule, column one code, column two code and quarter of each finding; rules not checked."""
    result = checker.check_one(claim)
    found: Counter[tuple[str, str, str, date]] = Counter()
    for finding in result.findings:
        match = re.search(r"bundles into (\S+) .*quarter of ([0-9-]+)", finding.message)
        assert match is not None, finding.message
        denied = claim["item"][int(finding.focus.removeprefix("/item/"))]["procedure"]
        found[finding.rule, match[1], denied, date.fromisoformat(match[2])] += 1
    return found, {item.rule or "" for item in result.not_checked}


@pytest.mark.parametrize("kind", ["professional", "institutional"])
def test_verdicts_on_more_than_20_000_pairs(
    kind: str, record_property: Callable[[str, object], None]
) -> None:
    rnd = random.Random(f"pairs of {kind} claims")
    drawn = clusters(kind, 150, seed=4)
    claims = [a_claim(rnd, kind, number, drawn) for number in range(CLAIMS)]
    edits: dict[tuple[str, str], list[Edit]] = edits_among(
        kind, {line["procedure"] for claim in claims for line in claim["item"]}
    )
    checker = Checker(select=["PX-PTP0", "PX-PTP1"])
    counts: Counter[str] = Counter()
    unreleased = 0
    for claim in claims:
        services = [
            Service(
                line["procedure"], date.fromisoformat(line["serviced"]), tuple(line["modifier"])
            )
            for line in claim["item"]
        ]
        right: Counter[tuple[str, str, str, date]] = Counter()
        for paid, denied in permutations(services, 2):
            expected = verdict(paid, denied, kind, edits)
            counts[expected[0] if expected else "clean"] += 1
            if expected:
                right[expected[0], paid.procedure, denied.procedure, expected[1]] += 1
                modified = not BYPASS.isdisjoint(paid.modifiers + denied.modifiers)
                if expected[0] == "PX-PTP1" and modified:
                    assert visit_of_procedure(paid, denied)
                    unreleased += 1
        given, not_checked = said(checker, claim)
        assert given == right, (claim["id"], given - right, right - given)
        unjudged = {
            rule
            for paid, denied in permutations(services, 2)
            if (rule := early_verdict(paid, denied, kind, edits))
        }
        assert not_checked == unjudged
        counts["unjudged"] += bool(unjudged)
    pairs = sum(counts.values()) // 2
    assert pairs >= 20_000, "each pair is judged in both orders"
    record_property(SUMMARY, f"judge of PTP, {kind}: {pairs:,} pairs, 0 differences")
    assert min(counts["PX-PTP0"], counts["PX-PTP1"]) > 100, counts
    assert counts["unjudged"] > 0, counts
    assert unreleased > 10, "visits with a modifier that does not release a visit of a procedure"
