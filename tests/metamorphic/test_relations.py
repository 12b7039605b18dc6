"""What must not matter to a check does not matter: order, company, names, spelling, form."""

from __future__ import annotations

import copy
import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from claimshapes.checking import checker as checking
from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult, Finding, NotChecked
from claimshapes.claims.claim import ClaimReading, ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.claims.writers import open_writer
from tests.conftest import SUMMARY
from tests.generator.faults import mixed
from tests.longer import TIMES
from tests.writers import as_837, as_csv, as_fhir, carried_by_837

Claim = dict[str, Any]
Said = list[tuple[Any, ...]]

SEED = 20261127
NUMBER = 40 * TIMES
"""Claims; each relation is held for each of them."""

IN_FILES = 12
"""Those that are written in every format."""

EARLIER = -12
"""Years to days on which few rules are in force."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@cache
def checker() -> Checker:
    return Checker(engine="set")


@cache
def given() -> tuple[Claim, ...]:
    return tuple(json.loads(json.dumps(claim, default=str)) for claim in mixed(SEED, 0, NUMBER))


@cache
def plain() -> tuple[ClaimResult, ...]:
    """The results of the claims as they are."""
    return tuple(checker().check(given()))


@cache
def expected() -> tuple[Said, ...]:
    return tuple(map(said, plain()))


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
    number = 2 * IN_FILES if "name" in request.fixturenames else NUMBER
    record_property(SUMMARY, f"metamorphic: {request.node.name}: {number} claims")


def test_the_claims_are_worth_it() -> None:
    rules = {entry[0] for one in expected() for entry in one if len(entry) > 1}
    assert len(rules) > 15


def test_the_order_of_claims() -> None:
    order = list(range(NUMBER))
    random.Random(SEED).shuffle(order)
    results = list(checker().check([given()[place] for place in order]))
    assert [said(result) for result in results] == [expected()[place] for place in order]


@pytest.mark.parametrize("size", [13])
def test_the_size_of_batches(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "BATCH", size)
    claims = given()[: 3 * size]
    assert [said(r) for r in checker().check(claims)] == list(expected()[: 3 * size])


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
    for before, result in zip(plain(), checker().check(written), strict=True):
        assert {place for place in places(result) if place[0] != "DX-FMT"} == {
            place for place in places(before) if place[0] != "DX-FMT"
        }, result.claim


def test_dates_out_of_the_period_of_a_rule() -> None:
    """A rule speaks on no day on which it is not in force."""
    rules = checker().book.rules
    shifted = [_shifted(claim, EARLIER) for claim in given()]
    for claim, result in zip(shifted, checker().check(shifted), strict=True):
        days = tuple(sorted(_days(claim)))
        for rule, _ in places(result):
            if rule in rules:
                assert rules[rule].in_force(days), (rule, days)


def test_a_fact_that_is_said_twice() -> None:
    repeated = [
        claim | {"documentation": [*claim["documentation"], *claim["documentation"]]}
        for claim in given()
    ]
    assert sum(bool(claim["documentation"]) for claim in given()) > NUMBER / 10
    for before, result in zip(plain(), checker().check(repeated), strict=True):
        assert {rule for rule, _ in places(result)} == {rule for rule, _ in places(before)}


def test_a_fact_more_never_adds_what_is_found_without_a_record() -> None:
    """What an empty record gives and a fact settles does not come back with another fact."""
    grown: list[tuple[Claim, bool]] = []
    for claim in given()[:IN_FILES]:
        facts = claim["documentation"]
        facts = random.Random(claim["id"]).sample(facts, len(facts))
        grown += [
            (claim | {"id": f"{claim['id']}-{more}", "documentation": facts[:more]}, not more)
            for more in range(len(facts) + 1)
        ]
    results = checker().check(claim for claim, _ in grown)
    without: set[tuple[str, str]] = set()
    left: set[tuple[str, str]] = set()
    settled = 0
    for (_, is_empty), result in zip(grown, results, strict=True):
        found = {(finding.rule, finding.focus) for finding in result.findings}
        if is_empty:
            without = left = found
        assert without & found <= left, result.claim
        settled += len(left - found)
        left &= found
    assert settled > 5


def _lines(claims: list[Claim], claim_format: str) -> str:
    stream = io.StringIO()
    writer = open_writer(stream, claim_format)
    for each in claims:
        writer.add(each)
    writer.finish()
    return stream.getvalue()


def _csv(claims: list[Claim]) -> str:
    rows = [row for each in claims for row in csv.DictReader(io.StringIO(as_csv(each)))]
    stream = io.StringIO()
    table = csv.DictWriter(stream, list(dict.fromkeys(name for row in rows for name in row)))
    table.writeheader()
    table.writerows(rows)
    return stream.getvalue()


def _parquet(claims: list[Claim]) -> bytes:
    rows = list(csv.DictReader(io.StringIO(_csv(claims))))
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), stream)
    return stream.getvalue()


WRITTEN: dict[str, Callable[[list[Claim]], str | bytes]] = {
    "c.json": lambda claims: _lines(claims, "json"),
    "c.ndjson": lambda claims: _lines(claims, "ndjson"),
    "c.jsonld": lambda claims: _lines(claims, "jsonld"),
    "c.ttl": lambda claims: _lines(claims, "turtle"),
    "c.csv": _csv,
    "c.parquet": _parquet,
    "c.fhir": lambda claims: "\n".join(map(as_fhir, claims)),
    "c.837": lambda claims: "".join(map(as_837, claims)),
}


def _by_type(claim: Claim) -> Claim:
    return claim | {"documentation": sorted(claim["documentation"], key=itemgetter("type"))}


def _in_837(claim: Claim) -> Claim:
    claim = copy.deepcopy(carried_by_837(claim))
    for entry in claim["diagnosis"]:
        entry["code"] = entry["code"].replace(".", "")
    return claim


def _as_it_is(claim: Claim) -> Claim:
    return claim


CARRIED = {"c.csv": _by_type, "c.parquet": _by_type, "c.837": _in_837}
"""What a format keeps of a claim, where that is not all: facts by their types, or fewer facts."""


@cache
def now_and_early() -> tuple[Claim, ...]:
    claims = given()[:IN_FILES]
    early = (_shifted(claim, EARLIER) | {"id": f"EARLY-{claim['id']}"} for claim in claims)
    return (*claims, *early)


@cache
def expected_of(carried: Callable[[Claim], Claim]) -> dict[str, Said]:
    """What is said of the claims as a format keeps them, by their numbers."""
    results = checker().check(map(carried, now_and_early()))
    return {result.claim: said(result) for result in results}


@pytest.mark.parametrize("name", WRITTEN)
def test_the_form_order_and_number_of_files(name: str, tmp_path: Path) -> None:
    """Claims in two files, the last ones first, and the same claims years earlier."""
    records: list[ClaimReading] = []
    for place, part in enumerate((now_and_early()[1::2], now_and_early()[::2])):
        file = tmp_path / str(place) / name
        file.parent.mkdir()
        content = WRITTEN[name](list(part[::-1]))
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        records += read_claims(file)
    assert all(isinstance(record, ClaimRecord) for record in records), list(map(str, records))
    results = [result for _, result in checker().check_readings(records) if result is not None]
    wanted = expected_of(CARRIED.get(name, _as_it_is))
    assert {result.claim: said(result) for result in results} == wanted
    assert len(results) == len(wanted) == 2 * IN_FILES


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
