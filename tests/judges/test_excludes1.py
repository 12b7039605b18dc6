"""The package's Excludes1 verdicts against those of a judge that shares nothing with it."""

import random
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from itertools import combinations
from typing import Any

from claimshapes.checking.checker import Checker
from claimshapes.knowledge.importers.icd10cm.references import find_references
from tests.conftest import SUMMARY
from tests.judges.diagnoses import a_claim_of
from tests.judges.excludes1 import (
    RELEASES,
    Line,
    Verdict,
    periods,
    references,
    release,
    reportable,
    verdict,
)
from tests.knowledge.test_icd10cm import tree as union_tree

CLAIMS = 260
CODES_ON_A_CLAIM = 24
"""Every pair of the codes on a claim is judged: 276 pairs a claim."""

DAYS = [
    # Before the first list, in it, between lists, in the second, between, in the third, after.
    *(date(2018, 3, 1), date(2021, 1, 1), date(2021, 5, 4), date(2021, 9, 30)),
    *(date(2021, 10, 1), date(2023, 5, 4), date(2025, 3, 31)),
    *(date(2025, 4, 1), date(2025, 9, 30), date(2025, 10, 1), date(2026, 3, 31)),
    *(date(2026, 4, 1), date(2026, 9, 30), date(2026, 10, 1)),
]

RULES = {
    "DX-EXCL1": Verdict.EXCLUDED,
    "DX-EXCL1-BROAD": Verdict.BROAD,
    "DX-EXCL1-CONFIRM": Verdict.PART,
}


@cache
def codes_on(day: date) -> list[tuple[str, str]]:
    """Each code that is valid on a day, without its dot and with it, in order."""
    return sorted((code.replace(".", ""), code) for code in periods() if reportable(code, day))


def under(day: date, first: str, last: str) -> list[tuple[str, str]]:
    codes = codes_on(day)
    return codes[bisect_left(codes, (first, "")) : bisect_right(codes, (last + "~", ""))]


@cache
def lines(first_day: date) -> list[Line]:
    return list(release(first_day).lines())


def pair_of_a_note(rnd: random.Random, day: date) -> list[str]:
    """A code under a note and one that the note names, as far as both are valid on the day."""
    first_day = rnd.choice(sorted(RELEASES))
    line = rnd.choice([line for line in rnd.sample(lines(first_day), 20) if line.references])
    holder = line.holder.replace(".", "")
    bounds = holder.split("-") if "-" in holder else [holder, holder]
    holding = [code for _, code in under(day, *bounds)] if holder[:1].isalpha() else []
    reference = rnd.choice(line.references)
    named = [
        code
        for key, code in under(day, reference.first, reference.last)
        if reference.names(key, release(first_day).title(key))
    ]
    return [rnd.choice(codes) for codes in (holding, named) if codes]


def mixed_claim(rnd: random.Random, number: int) -> tuple[dict[str, Any], set[frozenset[str]]]:
    """A claim of pairs from notes, neighbours of these and any codes; some pairs are attested."""
    day = rnd.choice(DAYS)
    pairs = [pair_of_a_note(rnd, day) for _ in range(6)]
    codes = [code for pair in pairs for code in pair]
    for length in (3, 3, 3, 2, 2, 1):
        start = rnd.choice(codes)[:length]
        codes.append(rnd.choice(under(day, start, start))[1])
    # One that may be invalid on the day: what is invalid is left out of pairs.
    codes.append(rnd.choice(sorted(periods())))
    while len(set(codes)) < CODES_ON_A_CLAIM:
        codes.append(rnd.choice(codes_on(day))[1])
    chosen = sorted(set(codes))
    rnd.shuffle(chosen)
    attested = rnd.sample([pair for pair in pairs if len(set(pair)) == 2], 2)
    record = [{"type": "unrelated-conditions", "value": " ".join(pair)} for pair in attested]
    claim = a_claim_of(f"PAIRS-{number}", chosen, day) | {"documentation": record}
    return claim, {frozenset(pair) for pair in attested}


def said(checker: Checker, claim: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """What the package says of each pair that it speaks of: a verdict or a rule, and the note."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    result = checker.check_one(claim)
    for finding in result.findings:
        match = re.fullmatch(r"Excludes1 .*?([A-Z]\S+) and (\S+?),? .*?\((.+)\)", finding.message)
        assert match is not None, finding.message
        pair = (match[2], match[1])
        assert pair not in found, pair
        found[pair] = (RULES.get(finding.rule, finding.rule), match[3])
    for item in result.not_checked:
        match = re.match(r"Excludes1 notes? (?:for|between) (\S+) and (\S+?):? ", item.reason)
        assert match is not None, item.reason
        pair = (match[2], match[1])
        assert pair not in found, pair
        before = item.reason.startswith("Excludes1 notes")
        found[pair] = (Verdict.UNKNOWN if before else Verdict.IN_DOUBT, "")
    return found


def claims() -> Iterator[tuple[dict[str, Any], set[frozenset[str]]]]:
    rnd = random.Random(20261124)
    for number in range(CLAIMS):
        yield mixed_claim(rnd, number)


def test_verdicts_on_more_than_20_000_pairs(record_property: Callable[[str, object], None]) -> None:
    checker = Checker(select=[*RULES, "DX-EXCL1-ATTESTED"])
    counts: Counter[str] = Counter()
    disagreements = []
    for claim, attested in claims():
        package = said(checker, claim)
        day = date.fromisoformat(claim["item"][0]["serviced"])
        for one, other in combinations([entry["code"] for entry in claim["diagnosis"]], 2):
            expected, notes = verdict(one, other, day)
            right: str = expected
            if notes and frozenset((one, other)) in attested:
                right = "DX-EXCL1-ATTESTED"
            counts[right] += 1
            given, note = package.pop((one, other), (Verdict.CLEAN, ""))
            if given != right or (notes and note not in notes):
                disagreements.append((day, one, other, right, given, notes, note))
        assert package == {}
    assert not disagreements, (len(disagreements), disagreements[:5])
    assert sum(counts.values()) >= 20_000
    record_property(SUMMARY, f"judge of Excludes1: {sum(counts.values()):,} pairs, 0 differences")
    assert counts[Verdict.EXCLUDED] > 900, counts
    rare = (Verdict.IN_DOUBT, Verdict.BROAD, Verdict.PART, Verdict.UNKNOWN)
    assert min(counts[name] for name in rare) >= 15, counts
    assert counts["DX-EXCL1-ATTESTED"] > 20, counts


def test_every_note_of_every_release_names_the_same_codes() -> None:
    """What the package's graph makes of a line, against the characters of each code."""
    tree = union_tree()
    under_concept: dict[str, set[str]] = {}
    for code in periods():
        at = code
        while at:
            concept = tree.concepts[at]
            for place in (at, *concept.umbrellas):
                under_concept.setdefault(place, set()).add(code)
            at = concept.parent
    every = sorted((code.replace(".", ""), code) for code in periods())
    compared = 0
    for first_day in RELEASES:
        title = release(first_day).title
        for line in {line.text: line for line in lines(first_day)}.values():
            right = {
                code
                for reference in line.references
                for key, code in every[
                    bisect_left(every, (reference.first, "")) : bisect_right(
                        every, (reference.last + "~", "")
                    )
                ]
                if reference.names(key, title(key))
            }
            targets = find_references(line.text, tree).targets
            given = set().union(*(under_concept.get(target, set()) for target in targets))
            assert given == right, (line, sorted(given ^ right)[:5])
            compared += bool(right)
    assert compared > 12_000


def test_the_judge_reads_what_the_notes_write() -> None:
    def named(text: str, *codes: str) -> list[str]:
        return [
            code
            for code in codes
            if any(r.names(code.replace(".", ""), "") for r in references(text, ("B",)))
        ]

    assert named("(M51.-)", "M51.24", "M50.20") == ["M51.24"]
    assert named("(R07.1-R07.9)", "R07.0", "R07.1", "R07.89") == ["R07.1", "R07.89"]
    assert named("(E08-E13 with .42)", "E10.42", "E10.41", "E08.42") == ["E10.42", "E08.42"]
    assert named("(I69. with final characters -23)", "I69.023", "I69.20") == ["I69.023"]
    assert named("(S52.- with open fracture 7th character)", "S52.001A", "S52.001B") == ["S52.001B"]
    assert named("sclerosis (due to) (G35-)", "G35.A") == ["G35.A"]
    assert named("any condition in I51.4 due to (I11.-)", "I51.4", "I11.9") == ["I11.9"]
