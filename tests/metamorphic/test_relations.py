"""What must not matter to a check does not matter: order, company, names, spelling, form."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from claimshapes.checking import checker as checking
from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult, Finding, NotChecked
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.claims.writers import open_writer
from tests.conftest import SUMMARY
from tests.generator.faults import mixed

Claim = dict[str, Any]
Said = list[tuple[Any, ...]]

SEED = 20261127
NUMBER = 40
"""Claims; each relation is held for each of them."""


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@cache
def checker() -> Checker:
    return Checker(engine="set")


@cache
def given() -> tuple[Claim, ...]:
    return tuple(json.loads(json.dumps(claim, default=str)) for claim in mixed(SEED, 0, NUMBER))


@cache
def expected() -> tuple[Said, ...]:
    return tuple(said(result) for result in checker().check(given()))


def said(result: ClaimResult) -> Said:
    """All that is said of a claim, but its number and its place in a file."""
    findings = [
        (each.rule, each.severity.value, each.focus, each.path, each.message)
        for each in result.findings
    ]
    unchecked = [(each.rule, each.focus, each.reason) for each in result.not_checked]
    return [*findings, *unchecked, (result.rules_in_force,)]


def places(result: ClaimResult) -> set[tuple[str, str]]:
    every: list[Finding | NotChecked] = [*result.findings, *result.not_checked]
    return {(each.rule or "", each.focus) for each in every}


@pytest.fixture(autouse=True)
def counted(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    record_property(SUMMARY, f"metamorphic: {request.node.name}: {NUMBER} claims")


def test_the_claims_are_worth_it() -> None:
    rules = {entry[0] for one in expected() for entry in one if len(entry) > 1}
    assert len(rules) > 15


def test_the_order_of_claims() -> None:
    order = list(range(NUMBER))
    random.Random(SEED).shuffle(order)
    results = list(checker().check([given()[place] for place in order]))
    assert [said(result) for result in results] == [expected()[place] for place in order]


@pytest.mark.parametrize("size", [7])
def test_the_size_of_batches(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "BATCH", size)
    claims = given()[: 5 * size]
    assert [said(r) for r in checker().check(claims)] == list(expected()[: 5 * size])


def test_the_engine() -> None:
    reference = Checker(engine="reference")
    for place in range(0, NUMBER, 8):
        assert said(reference.check_one(given()[place])) == expected()[place]


def test_the_numbers_of_claims() -> None:
    renamed = [claim | {"id": f"N-{place}"} for place, claim in enumerate(given())]
    results = list(checker().check(renamed))
    assert [result.claim for result in results] == [claim["id"] for claim in renamed]
    assert [said(result) for result in results] == list(expected())


def test_a_claim_in_between() -> None:
    more = [copy.deepcopy(given()[0]) | {"id": f"MORE-{place}"} for place in range(NUMBER)]
    both = [claim for pair in zip(given(), more, strict=True) for claim in pair]
    results = list(checker().check(both))
    assert [said(result) for result in results[::2]] == list(expected())


def test_the_case_and_the_dots_of_diagnosis_codes() -> None:
    """Only the rule of how a code is written may say more."""
    written = copy.deepcopy(list(given()))
    for claim in written:
        for entry in claim["diagnosis"]:
            entry["code"] = entry["code"].replace(".", "").lower()
    for before, result in zip(checker().check(given()), checker().check(written), strict=True):
        assert {place for place in places(result) if place[0] != "DX-FMT"} == {
            place for place in places(before) if place[0] != "DX-FMT"
        }, result.claim


@pytest.mark.parametrize("years", [-12])
def test_dates_out_of_the_period_of_a_rule(years: int) -> None:
    """A rule speaks on no day on which it is not in force."""
    rules = checker().book.rules
    shifted = [_shifted(claim, years) for claim in given()]
    for claim, result in zip(shifted, checker().check(shifted), strict=True):
        days = tuple(sorted(_days(claim)))
        for rule, _ in places(result):
            if rule in rules:
                assert rules[rule].in_force(days), (rule, days)


def test_a_fact_that_is_said_twice() -> None:
    repeated = [
        claim | {"documentation": [*claim["documentation"], *claim["documentation"]]}
        for claim in given()
        if claim.get("documentation")
    ]
    plain = [claim for claim in given() if claim.get("documentation")]
    assert len(plain) > NUMBER / 10
    for before, result in zip(checker().check(plain), checker().check(repeated), strict=True):
        assert {rule for rule, _ in places(result)} == {rule for rule, _ in places(before)}


@pytest.mark.parametrize("claim_format", ["ndjson", "turtle"])
def test_the_form_of_the_file(claim_format: str, tmp_path: Path) -> None:
    claims = given()[:16]
    file = tmp_path / {"ndjson": "c.ndjson", "turtle": "c.ttl"}[claim_format]
    with file.open("w", encoding="utf-8") as stream:
        writer = open_writer(stream, claim_format)
        for each in claims:
            writer.add(each)
        writer.finish()
    records = [each for each in read_claims(file) if isinstance(each, ClaimRecord)]
    assert len(records) == len(claims)
    wanted = {claim["id"]: one for claim, one in zip(claims, expected(), strict=False)}
    for record, result in zip(records, checker().check(records), strict=True):
        assert said(result) == wanted[record.claim["id"]]


def _days(claim: Claim) -> Iterator[date]:
    for item in claim["item"]:
        for name in ("serviced", "servicedEnd"):
            if name in item:
                yield date.fromisoformat(item[name])
    for text in claim.get("billablePeriod", {}).values():
        yield date.fromisoformat(text)


def _shifted(value: Any, years: int) -> Any:
    """The claim with every date so many years later."""
    if isinstance(value, dict):
        return {name: _shifted(part, years) for name, part in value.items()}
    if isinstance(value, list):
        return [_shifted(part, years) for part in value]
    if isinstance(value, str) and _DATE.fullmatch(value):
        day = date.fromisoformat(value)
        return day.replace(year=day.year + years, day=min(day.day, 28)).isoformat()
    return value
