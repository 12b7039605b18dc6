"""The set engine says what the reference engine says, on every claim of the rules' own tests."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from claimshapes.authoring.rule_tests import load_rule_tests, rule_test_files
from claimshapes.checking.checker import Checker
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claim_objects, read_claims
from claimshapes.rules.rule_book import RuleBook, load_rules
from tests.conftest import QUERY_RULE
from tests.generator.faults import FAULTS, mixed

ROOT = Path(__file__).parents[3]
SHAPES = ROOT / "shapes"
SEED = 20261124
GENERATED = 200


@cache
def book() -> RuleBook:
    return load_rules([SHAPES])


@cache
def rule_test_claims() -> tuple[ClaimRecord, ...]:
    """The claims of all rule tests, each under a number of its own."""
    tests = load_rule_tests(rule_test_files([SHAPES]))
    objects = [{**test.claim, "id": f"C-{number}"} for number, test in enumerate(tests)]
    readings = list(read_claim_objects(objects))
    assert all(isinstance(reading, ClaimRecord) for reading in readings)
    return tuple(reading for reading in readings if isinstance(reading, ClaimRecord))


@cache
def example_claims() -> tuple[ClaimRecord, ...]:
    files = sorted((ROOT / "examples").glob("*.json"))
    readings = [reading for file in files for reading in read_claims(file)]
    return tuple(reading for reading in readings if isinstance(reading, ClaimRecord))


def tenth(claims: Sequence[ClaimRecord], remainder: int) -> list[ClaimRecord]:
    """A tenth of the claims, the same in every run."""
    return [
        claim
        for claim in claims
        if hashlib.sha256(str(claim.claim["id"]).encode()).digest()[0] % 10 == remainder
    ]


def test_every_shipped_rule_compiles() -> None:
    checker = Checker(book=book(), engine="set")
    list(checker.check(example_claims()[:1]))
    assert checker.uncompiled() == {}


def test_both_engines_say_the_same_of_claims_of_the_rules_own_tests() -> None:
    # tools/compare_engines.py takes all of them, and generated claims.
    claims = tenth(rule_test_claims(), 1)
    together = list(Checker(book=book(), engine="set").check(claims))
    one_by_one = Checker(book=book(), engine="reference")
    assert any(result.findings for result in together)
    assert any(result.not_checked for result in together)
    for claim, result in zip(claims, together, strict=True):
        assert result == one_by_one.check_one(claim)


def test_both_engines_say_the_same_of_generated_claims() -> None:
    # A sample, the same each time; tools/compare_engines.py takes any number of them.
    claims = list(mixed(SEED, 0, GENERATED))
    together = list(Checker(book=book(), engine="set").check(claims))
    one_by_one = Checker(book=book(), engine="reference")
    found = {finding.rule for result in together for finding in result.findings}
    # Nearly every kind of fault speaks on any day of chance.
    kinds = {fault.rule for fault in FAULTS}
    assert len(kinds & found) > 0.95 * len(kinds)
    for claim, result in zip(claims, together, strict=True):
        assert result == one_by_one.check_one(claim)


def test_both_engines_say_the_same_of_the_examples() -> None:
    together = list(Checker(book=book(), engine="set").check(example_claims()))
    assert together == list(Checker(book=book(), engine="reference").check(example_claims()))


@pytest.mark.parametrize(
    "settings",
    [
        {"as_of": date(2022, 3, 1)},
        {"sent_on": date(2029, 3, 1)},
        {"payer": "commercial"},
        {"documentation": False},
        {"select": ["DX-DATE", "TH-GP", "BP-REGION"]},
        {"ignore": ["BP-UNDERLYING"]},
    ],
)
def test_settings_mean_the_same_to_both(settings: dict[str, object]) -> None:
    claims = tenth(rule_test_claims(), 3)[:60]
    together = Checker(book=book(), engine="set", **settings)  # type: ignore[arg-type]
    one_by_one = Checker(book=book(), engine="reference", **settings)  # type: ignore[arg-type]
    assert list(together.check(claims)) == list(one_by_one.check(claims))


def test_a_claim_is_judged_alike_alone_and_among_others() -> None:
    claims = tenth(rule_test_claims(), 7)[:40]
    checker = Checker(book=book(), engine="set")
    together = list(checker.check(claims))
    assert together[:5] == [checker.check_one(claim) for claim in claims[:5]]
    assert list(reversed(list(checker.check(claims[::-1])))) == together


def test_claims_with_one_number_are_told_apart() -> None:
    claims = tenth(rule_test_claims(), 5)[:30]
    same = [dataclasses.replace(claim, claim={**claim.claim, "id": "C-1"}) for claim in claims]
    named = Checker(book=book(), engine="set").check(claims)
    for result, other in zip(named, Checker(book=book(), engine="set").check(same), strict=True):
        assert [f.message for f in result.findings] == [f.message for f in other.findings]


def test_rule_without_sql_is_judged_by_the_reference_engine(tmp_path: Path) -> None:
    text = QUERY_RULE.read_text("utf-8")
    text = text.replace("DX-MANIF-FIRST", "OWN-1").replace(
        "$this cs:firstListed true ; cs:manifestation true ; cs:notation ?code",
        '$this cs:notation ?code . FILTER (MD5(?code) != "x")',
    )
    (tmp_path / "OWN-1.ttl").write_text(text, "utf-8")
    together = Checker(rules=[tmp_path], engine="set", select=["OWN-1", "DX-DATE"])
    results = list(together.check(example_claims()))
    assert set(together.uncompiled()) == {"OWN-1"}
    assert "MD5" in together.uncompiled()["OWN-1"]
    assert all(any(f.rule == "OWN-1" for f in result.findings) for result in results)
    one_by_one = Checker(rules=[tmp_path], engine="reference", select=["OWN-1", "DX-DATE"])
    assert results == list(one_by_one.check(example_claims()))
