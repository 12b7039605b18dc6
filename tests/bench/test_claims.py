"""Claims of the benchmark are claims, the same for the same seed, and some have a fault."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

from bench.claims import FAULTY, claim_lines
from bench.frequencies import Ranking

from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claim_objects

SEED = 20261124
CLAIMS = 1_500


def test_every_claim_has_the_claim_format_and_a_number_of_its_own() -> None:
    lines = [line for line, _ in claim_lines(CLAIMS, SEED)]
    assert all(line.endswith("}\n") and "\n" not in line[:-1] for line in lines)
    readings = list(read_claim_objects(map(json.loads, lines)))
    assert len(readings) == CLAIMS
    assert all(isinstance(reading, ClaimRecord) for reading in readings)


def test_more_claims_begin_with_the_same_ones() -> None:
    fewer, more = list(claim_lines(50, SEED)), list(claim_lines(80, SEED))
    assert more[:50] == fewer
    assert list(claim_lines(50, SEED + 1)) != fewer


def test_faults_are_as_many_as_is_said() -> None:
    share = sum(with_fault for _, with_fault in claim_lines(CLAIMS, SEED)) / CLAIMS
    assert abs(share - FAULTY) < 0.02


def test_claims_are_of_several_payers_kinds_and_numbers_of_lines() -> None:
    claims = [json.loads(line) for line, _ in claim_lines(CLAIMS, SEED)]
    assert len({claim["payer"] for claim in claims}) > 4
    assert {claim["type"] for claim in claims} == {"professional", "institutional"}
    assert {len(claim["item"]) for claim in claims} >= {1, 2, 3}
    codes = Counter(entry["code"] for claim in claims for entry in claim["diagnosis"])
    assert len(codes) > 300
    # A few codes are most of all, as in a year of any hospital.
    assert sum(n for _, n in codes.most_common(100)) > codes.total() / 2


def test_a_ranking_gives_the_first_codes_oftener() -> None:
    import random

    codes = [f"C{place:02}" for place in range(30)]
    ranking = Ranking(codes, 1.45, 10)
    rnd = random.Random(1)
    drawn = Counter(ranking.draw(rnd) for _ in range(30_000))
    assert set(drawn) == set(codes)
    tens = [sum(drawn[code] for code in codes[start : start + 10]) for start in (0, 10, 20)]
    assert all(more > fewer for more, fewer in pairwise(tens))
