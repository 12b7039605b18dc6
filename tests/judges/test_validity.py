"""Whether codes are valid on a day, against a judge that reads the date table and nothing else."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from claimshapes.checking.checker import Checker
from tests.conftest import SUMMARY
from tests.judges.diagnoses import a_claim_of
from tests.judges.excludes1 import RELEASES, periods, release, reportable

CLAIMS, CODES_ON_A_CLAIM = 420, 24
"""More than 10,000 codes."""

NOT_VALID = {
    "DX-DATE",
    "DX-NOT-BILLABLE",
    "DX-UNKNOWN",
    "DX-7CH-MISSING",
    "DX-7CH-INVALID",
    "DX-7CH-PLACEHOLDER",
}


def headings() -> list[str]:
    """What the lists have that was never valid by itself, with its dot."""
    keys = {key for first in RELEASES for key in release(first)._titles}
    valid = {code.replace(".", "") for code in periods()}
    return sorted(dotted(key) for key in keys - valid)


@cache
def not_always_valid() -> list[str]:
    """Codes that began after the first day or have ended."""
    return sorted(
        code
        for code, spans in periods().items()
        if min(spans)[0] > date(2015, 10, 1) or max(spans)[1] < date.max
    )


def dotted(key: str) -> str:
    return f"{key[:3]}.{key[3:]}" if len(key) > 3 else key


def a_code(rnd: random.Random, every: list[str], headings: list[str], day: date) -> str:
    """One that is valid, one that is so on other days, a heading, or one that does not exist."""
    chance = rnd.random()
    if chance < 0.45:
        return rnd.choice(every)
    if chance < 0.55:
        return rnd.choice(not_always_valid())
    if chance < 0.7:
        return rnd.choice(headings)
    key = rnd.choice(every).replace(".", "")
    if chance < 0.8:
        return dotted(key[:-1]) if len(key) > 3 else key
    if chance < 0.9:
        return dotted(key + rnd.choice("0123456789ADSX")) if len(key) < 7 else dotted(key)
    place = rnd.randrange(2, len(key))
    return dotted(key[:place] + rnd.choice("0123456789") + key[place + 1 :])


def a_day(rnd: random.Random) -> date:
    """A day of the eleven years, every third one around a first of October or April."""
    if rnd.random() < 0.34:
        edge = date(rnd.randint(2016, 2026), rnd.choice([4, 10]), 1)
        return edge - timedelta(days=rnd.choice([0, 1]))
    return date(2015, 10, 1) + timedelta(days=rnd.randint(0, 4_000))


def a_claim(rnd: random.Random, number: int, every: list[str], heads: list[str]) -> dict[str, Any]:
    day = a_day(rnd)
    codes: list[str] = []
    while len(codes) < CODES_ON_A_CLAIM:
        code = a_code(rnd, every, heads, day)
        if code not in codes:
            codes.append(code)
    return a_claim_of(f"CODES-{number}", codes, day)


def test_validity_of_10_000_codes(record_property: Callable[[str, object], None]) -> None:
    rnd = random.Random(20261127)
    every, heads = sorted(periods()), headings()
    claims = [a_claim(rnd, number, every, heads) for number in range(CLAIMS)]
    results = Checker(select=sorted(NOT_VALID), engine="set").check(claims)
    counts: Counter[str] = Counter()
    wrong = []
    for claim, result in zip(claims, results, strict=True):
        day = date.fromisoformat(claim["item"][0]["serviced"])
        said: dict[str, set[str]] = {}
        for finding in result.findings:
            said.setdefault(finding.focus, set()).add(finding.rule)
        for place, entry in enumerate(claim["diagnosis"]):
            code = entry["code"]
            rules = said.get(f"/diagnosis/{place}", set())
            if reportable(code, day):
                sort, right = "valid", not rules
            elif code in periods():
                sort, right = "valid on other days", rules == {"DX-DATE"}
            else:
                sort, right = "never valid", len(rules) == 1 and "DX-DATE" not in rules
            counts[sort] += 1
            if not right:
                wrong.append((code, day, sort, sorted(rules)))
    assert not wrong, (len(wrong), wrong[:10])
    assert sum(counts.values()) > 10_000
    record_property(SUMMARY, f"judge of validity: {sum(counts.values()):,} codes, 0 differences")
    assert min(counts.values()) > 500, counts
