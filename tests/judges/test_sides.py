"""Unspecified laterality, against a judge that compares two titles word by word, without a tree."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from claimshapes.checking.checker import Checker
from tests.conftest import SUMMARY
from tests.judges.diagnoses import a_claim_of
from tests.judges.excludes1 import periods, release, reportable

CLAIMS, CODES_ON_A_CLAIM = 420, 24
"""More than 10,000 codes."""

DAY = date(2026, 5, 4)
SIDES = ("right", "left", "bilateral")


@cache
def title(code: str) -> str:
    return release(date(2026, 4, 1)).title(code.replace(".", "")).lower()


def sided_forms(text: str) -> set[str]:
    """A title with each of its words "unspecified" in turn replaced by a side."""
    return {
        text[: found.start()] + side + text[found.end() :]
        for found in re.finditer(r"\bunspecified\b", text)
        for side in SIDES
    }


def without_sides(text: str) -> set[str]:
    words = {"unspecified", "side", "eye", "ear", "of", "the", "dominant", "non-dominant", *SIDES}
    return set(re.findall(r"[\w-]+", text)) - words


def could_be_a_form(sided: str, unsided: str) -> bool:
    """Whether two codes, or what they begin with, have the same title but for a side."""
    return any(
        without_sides(title(sided[:length])) == without_sides(title(unsided[:length]))
        and any(side in title(sided[:length]) for side in SIDES)
        for length in range(5, 8)
    )


@cache
def valid() -> dict[str, list[str]]:
    """Codes that are valid on the day, by their first three characters."""
    found: dict[str, list[str]] = {}
    for code in sorted(periods()):
        if reportable(code, DAY):
            found.setdefault(code[:3], []).append(code)
    return found


def a_claim(rnd: random.Random, number: int, unsided: list[str]) -> dict[str, Any]:
    """Codes of unspecified sides, codes that could be the same with a side, and neighbors."""
    codes: list[str] = []
    for code in rnd.sample(unsided, 7):
        near = valid()[code[:3]]
        same = [other for other in near if title(other) in sided_forms(title(code))]
        codes += [code, *rnd.sample(same, min(1, len(same))), rnd.choice(near)]
    while len(set(codes)) < CODES_ON_A_CLAIM:
        codes.append(rnd.choice(rnd.choice(list(valid().values()))))
    codes = sorted(set(codes))
    rnd.shuffle(codes)
    return a_claim_of(f"SIDES-{number}", codes, DAY)


def test_sides_of_10_000_codes(record_property: Callable[[str, object], None]) -> None:
    rnd = random.Random(20261127)
    pattern = re.compile(r"\bunspecified\b")
    every = [code for codes in valid().values() for code in codes]
    unsided = [code for code in every if pattern.search(title(code))]
    claims = [a_claim(rnd, number, unsided) for number in range(CLAIMS)]
    results = Checker(select=["DX-UNSPEC-SIDE"], engine="set").check(claims)
    counts: Counter[str] = Counter()
    wrong = []
    for claim, result in zip(claims, results, strict=True):
        found = {finding.focus for finding in result.findings}
        codes = [entry["code"] for entry in claim["diagnosis"]]
        for place, code in enumerate(codes):
            others = [other for other in codes if other != code and other[:3] == code[:3]]
            forms = sided_forms(title(code))
            certain = any(title(other) in forms for other in others)
            possible = any(could_be_a_form(other, code) for other in others)
            given = f"/diagnosis/{place}" in found
            counts["sided form listed" if certain else "none"] += 1
            if (certain and not given) or (given and not possible):
                wrong.append((code, title(code), [(o, title(o)) for o in others], given))
    assert not wrong, (len(wrong), wrong[:5])
    assert sum(counts.values()) > 10_000
    record_property(SUMMARY, f"judge of sides: {sum(counts.values()):,} codes, 0 differences")
    assert counts["sided form listed"] > 500, counts
