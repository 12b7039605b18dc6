"""A checker in a program: which claim is bad, streams, threads, asyncio, and what types say."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from mypy import api

import claimshapes
from claimshapes import Checker, CheckerSettings, InputError, check

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("0*.json"))


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(engine="reference")


@pytest.fixture(scope="module")
def claims() -> list[dict[str, Any]]:
    return [json.loads(file.read_text("utf-8")) for file in EXAMPLES]


def test_an_error_names_the_bad_claim(checker: Checker, claims: list[dict[str, Any]]) -> None:
    bad = claims[0] | {"patient": {"birthDate": "1980-02-01", "sex": "F"}}
    results = checker.check([claims[0], claims[1], bad])
    assert [result.claim for result in islice(results, 2)] == [c["id"] for c in claims[:2]]
    with pytest.raises(InputError) as caught:
        next(results)
    assert (caught.value.index, caught.value.pointer) == (2, "/patient/sex")
    assert str(caught.value).startswith("claims[2], at /patient/sex: expected one of")


def test_claims_are_taken_and_given_one_by_one(
    checker: Checker, claims: list[dict[str, Any]]
) -> None:
    taken: list[str] = []

    def stream() -> Iterator[dict[str, Any]]:
        for claim in claims:
            taken.append(claim["id"])
            yield claim

    results = checker.check(stream())
    assert next(results).claim == claims[0]["id"]
    assert taken == [claims[0]["id"]]


def test_threads_may_share_a_checker(checker: Checker, claims: list[dict[str, Any]]) -> None:
    expected = [checker.check_one(claim) for claim in claims]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(checker.check_one, claims * 2)) == expected * 2


def test_threads_may_have_a_checker_each(checker: Checker, claims: list[dict[str, Any]]) -> None:
    few = claims[:3]
    expected = list(checker.check(few))

    def of_a_thread(_: int) -> list[claimshapes.ClaimResult]:
        return list(Checker(engine="reference").check(few))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(of_a_thread, range(2))) == [expected] * 2


def test_a_loop_goes_on_while_claims_are_checked(
    checker: Checker, claims: list[dict[str, Any]]
) -> None:
    async def program() -> list[claimshapes.ClaimResult]:
        checks = [asyncio.to_thread(checker.check_one, claim) for claim in claims]
        return await asyncio.gather(*checks)

    assert asyncio.run(program()) == list(checker.check(claims))


def test_the_settings_are_the_keywords_of_a_checker() -> None:
    keywords = inspect.signature(Checker).parameters
    assert list(CheckerSettings.__annotations__) == list(keywords)
    assert not CheckerSettings.__required_keys__


SNIPPET = """
import claimshapes
from datetime import date

claimshapes.check("claims.json", payer="medicare-b", as_of=date(2026, 5, 4))
claimshapes.check("claims.json", payr="medicare-b")
claimshapes.check("claims.json", as_of="2026-05-04")
claimshapes.check_frame(None, payr="medicare-b")
results = claimshapes.check("claims.json")
rule: str = results.findings[0].rule
claim: int = results.findings[0].claim
results.findings.to_frame("excel")
"""
WRONG = {6: "call-arg", 7: "typeddict-item", 8: "call-arg", 11: "assignment", 12: "arg-type"}


def test_types_find_what_is_misspelt(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(SNIPPET, encoding="utf-8")
    out, error, _ = api.run(
        [
            str(file),
            "--strict",
            "--follow-imports=silent",
            "--show-error-codes",
            f"--config-file={ROOT / 'pyproject.toml'}",
            f"--cache-dir={ROOT / '.mypy_cache'}",
        ]
    )
    assert not error
    found = {}
    for line in out.splitlines():
        # From its cache, mypy names the file of an earlier run.
        place, _, rest = line.partition(":")
        if Path(place).name == file.name and ": error: " in rest:
            found[int(rest.split(":")[0])] = line.rpartition("[")[2].rstrip("]")
    assert found.keys() == WRONG.keys(), out


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"as_of": "2026-05-04"}, "as_of: expected a datetime.date without a time, found str"),
        ({"sent_on": datetime(2026, 5, 4, 12)}, "sent_on: expected a datetime.date"),
        ({"select": "DX-DATE"}, r"expected a list of rule ids, such as \['DX-DATE'\]; found text"),
    ],
)
def test_settings_of_another_type_are_told(settings: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        Checker(**settings)


@pytest.mark.parametrize("nothing", [None, 5])
def test_what_holds_no_claims_is_told(nothing: Any) -> None:
    with pytest.raises(InputError, match=r"a claim, or several claims; found (?:NoneType|int)"):
        check(nothing)
