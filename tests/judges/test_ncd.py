"""The package's verdicts on laboratory tests against those of a judge that reads the tables."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from claimshapes.checking.checker import Checker
from tests.conftest import SUMMARY
from tests.judges.ncd import codes_after, determinations, resolutions, verdict

CLAIMS = 2_500
LINES = 4
FIRST_DAY, LAST_DAY = date(2015, 10, 1), date(2026, 12, 31)
DAYS = [date(2015, 9, 30), FIRST_DAY, date(2017, 12, 31), date(2021, 7, 1), date(2026, 10, 1)]
RULES = ["MN-NCD-DENIED", "MN-NCD-UNSUPPORTED"]
Verdicts = Counter[tuple[str, int, str]]


def a_claim(
    rnd: random.Random, number: int, denied: list[str], listed: list[str]
) -> dict[str, Any]:
    facility = rnd.random() < 0.2
    day = date.fromordinal(rnd.randint(FIRST_DAY.toordinal(), LAST_DAY.toordinal()))
    if rnd.random() < 0.1:
        day = rnd.choice(DAYS)

    drawn = [
        rnd.choice([denied, listed, listed, codes_after(day)]) for _ in range(rnd.randint(1, 4))
    ]
    codes = [rnd.choice(codes) for codes in drawn]
    lines = []
    for sequence in range(1, LINES + 1):
        line: dict[str, Any] = {
            "sequence": sequence,
            "procedure": rnd.choice([*determinations(), "80053"]),
            "modifier": [rnd.choice(["QW", "91", "GA", "GX", "GY", "GZ"])]
            if rnd.random() < 0.1
            else [],
            "quantity": 1,
            "serviced": day.isoformat(),
        }
        if not facility:
            some = rnd.sample(range(1, len(codes) + 1), rnd.randint(1, min(3, len(codes))))
            line["diagnosisSequence"] = sorted(some)
        lines.append(line)
    return {
        "id": f"L-{number}",
        "type": "institutional" if facility else "professional",
        "payer": "medicare-outpatient"
        if facility
        else rnd.choice(["medicare-b"] * 9 + ["commercial"]),
        "patient": {"birthDate": "1950-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": n, "code": code} for n, code in enumerate(codes, 1)],
        "item": lines,
    }


def right(claim: dict[str, Any]) -> Verdicts:
    """Rule, line and determination that the judge expects."""
    if claim["payer"] == "commercial":
        return Counter()
    codes = {part["sequence"]: part["code"] for part in claim["diagnosis"]}
    expected: Verdicts = Counter()
    for index, line in enumerate(claim["item"]):
        linked = [codes[number] for number in line.get("diagnosisSequence", codes)]
        day = date.fromisoformat(line["serviced"])
        if (found := verdict(line["procedure"], day, linked, line["modifier"])) is not None:
            expected[found[0], index, found[1]] += 1
    return expected


def test_verdicts_on_10_000_lines(record_property: Callable[[str, object], None]) -> None:
    rnd = random.Random("laboratory lines")
    rows = [
        (resolution, code) for (_, code), spans in resolutions().items() for resolution, *_ in spans
    ]
    denied = sorted({code for resolution, code in rows if resolution == "denied"})
    listed = [code for resolution, code in rows if resolution != "denied"]
    claims = [a_claim(rnd, number, denied, listed) for number in range(CLAIMS)]
    counts: Counter[str] = Counter()
    results = Checker(select=RULES, engine="set").check(claims)
    for claim, result in zip(claims, results, strict=True):
        given: Verdicts = Counter()
        for finding in result.findings:
            number = re.search(r"NCD ([0-9.]+\d)", finding.message)
            assert number is not None
            given[finding.rule, int(finding.focus.removeprefix("/item/")), number[1]] += 1
        for item in result.not_checked:
            if item.rule is None:
                # On its day none of the selected rules is in force.
                continue
            number = re.search(r"NCD ([0-9.]+\d)", item.reason)
            assert number is not None
            given["newer", int(item.focus.removeprefix("/item/")), number[1]] += 1
        expected = right(claim)
        assert given == expected, (claim, given - expected, expected - given)
        counts.update(rule for rule, _, _ in expected.elements())
        counts["silent"] += LINES - expected.total()
    assert counts.total() == CLAIMS * LINES >= 10_000
    record_property(SUMMARY, f"judge of laboratory NCDs: {counts.total():,} lines, 0 differences")
    assert counts["MN-NCD-DENIED"] > 300, counts
    assert counts["MN-NCD-UNSUPPORTED"] > 1_000, counts
    assert counts["newer"] > 0, counts


def test_the_reference_engine_says_the_same_of_some() -> None:
    rnd = random.Random("some laboratory lines")
    codes = sorted({code for _, code in resolutions()})
    claims = [a_claim(rnd, number, codes[-200:], codes) for number in range(40)]
    together = Checker(select=RULES, engine="set").check(claims)
    one_by_one = Checker(select=RULES, engine="reference")
    for claim, result in zip(claims, together, strict=True):
        assert result == one_by_one.check_one(claim)
