"""Rules that read other claims find in a file what no claim shows by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import pytest

import claimshapes
from claimshapes.checking import checker as checker_module
from claimshapes.checking.checker import Checker, Engine
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimRecord, Origin
from claimshapes.claims.readers import read_claims
from claimshapes.errors import InputError

Claim = dict[str, Any]
Findings = dict[str, list[str]]
Check = Callable[..., Findings]

RULES = ["CLM-DUP-HISTORY", "PX-PTP0", "PX-PTP1", "PX-GLOBAL", "PX-MUE", "TH-KX", "TH-PROGRESS"]
NPI = "1234567893"


def line(procedure: str, day: str = "2024-08-05", **more: Any) -> dict[str, Any]:
    return {"procedure": procedure, "serviced": day, "quantity": 1} | more


def claim(number: str, patient: str | None, *lines: dict[str, Any], **more: Any) -> Claim:
    """A claim of Medicare, its patient without a number where none is given."""
    person = {"birthDate": "1950-02-01", "sex": "female"}
    return {
        "id": number,
        "payer": "medicare-b",
        "patient": person | ({"id": patient} if patient else {}),
        "billingProvider": {"npi": NPI},
        "placeOfService": "11",
        "diagnosis": [{"sequence": 1, "code": "M54.6"}],
        "item": [{"sequence": place} | entry for place, entry in enumerate(lines, 1)],
    } | more


@pytest.fixture(scope="module")
def checkers() -> dict[tuple[str, bool], Checker]:
    ways: list[tuple[Literal["reference", "set"], bool]]
    ways = [("reference", False), ("reference", True), ("set", False)]
    return {
        (engine, grouped): Checker(select=RULES, engine=engine, across_claims=True, grouped=grouped)
        for engine, grouped in ways
    }


@pytest.fixture
def check(checkers: dict[tuple[str, bool], Checker]) -> Check:
    """Checks by both engines, gathered and grouped, and expects the same of all."""

    def found(*claims: Claim, rule: str) -> Findings:
        several = []
        for checker in checkers.values():
            results = list(checker.check(claims))
            assert [result.claim for result in results] == [each["id"] for each in claims]
            several.append([(result.findings, result.not_checked) for result in results])
        assert all(each == several[0] for each in several[1:])
        return {result.claim: messages(result, rule) for result in results}

    return found


def messages(result: ClaimResult, rule: str) -> list[str]:
    return [finding.message for finding in result.findings if finding.rule == rule]


def test_a_service_that_an_earlier_claim_has(check: Check) -> None:
    found = check(
        claim("A", "P-1", line("99213")),
        claim("B", "P-1", line("99213")),
        claim("C", "P-2", line("99213")),
        rule="CLM-DUP-HISTORY",
    )
    assert found == {"A": [], "B": ["99213 for this day was already billed on claim A"], "C": []}


@pytest.mark.parametrize(
    "other",
    [
        {"billingProvider": {"npi": "1679576722"}},
        {"payer": "commercial"},
        {"patient": {"id": "P-1", "birthDate": "1951-02-01", "sex": "female"}},
        {"patient": {"id": "P-2", "birthDate": "1950-02-01", "sex": "female"}},
    ],
)
def test_no_duplicate_of_another_provider_payer_or_patient(
    check: Check, other: dict[str, Any]
) -> None:
    first, second = claim("A", "P-1", line("99213")), claim("B", "P-1", line("99213")) | other
    assert check(first, second, rule="CLM-DUP-HISTORY") == {"A": [], "B": []}


def test_a_pair_of_one_day_on_two_claims(check: Check) -> None:
    found = check(
        claim("A", "P-1", line("97012", modifier=["GP"])),
        claim("B", "P-1", line("97140", modifier=["GP"])),
        claim("C", "P-1", line("97140", "2024-08-06", modifier=["GP"])),
        rule="PX-PTP1",
    )
    assert [number for number, said in found.items() if said] == ["B"]
    assert "97140 (column 2) bundles into 97012 (column 1)" in found["B"][0]


def test_therapy_that_adds_up_to_the_threshold(check: Check) -> None:
    found = check(
        *(
            claim(
                f"C-{month}",
                "P-1",
                line("97110", f"2024-{month:02}-05", modifier=["GP"], allowed="600.00"),
            )
            for month in range(1, 6)
        ),
        # Of another pool, and of the next year.
        claim("O", "P-1", line("97110", "2024-06-05", modifier=["GO"], allowed="1.00")),
        claim("N", "P-1", line("97110", "2025-01-02", modifier=["GP"], allowed="1.00")),
        # What a claim itself states goes before.
        claim(
            "S",
            "P-1",
            line("97110", "2024-06-06", modifier=["GP"], allowed="1.00"),
            therapyYearToDate={"ptSlp": "900.00"},
        ),
        rule="TH-KX",
    )
    assert [number for number, said in found.items() if said] == ["C-4", "C-5"]
    assert found["C-4"][0].startswith("97110 without KX: allowed therapy of the year is 2400")


def test_a_visit_after_a_surgery_as_far_as_its_rule_looks_back(check: Check) -> None:
    # The surgery has 90 global days.
    surgery = claim("A", "P-1", line("27447", "2024-05-01"))
    within = claim("B", "P-1", line("99213", "2024-07-30"))
    after = claim("C", "P-1", line("99213", "2024-07-31"))
    found = check(surgery, within, after, rule="PX-GLOBAL")
    assert [number for number, said in found.items() if said] == ["B"]


def test_units_of_a_day_over_several_claims(check: Check) -> None:
    # 97161 has an edit of one unit a day.
    lines = [line("97161", modifier=["GP"])], [line("97161", modifier=["GP", "76"])]
    found = check(claim("A", "P-1", *lines[0]), claim("B", "P-1", *lines[1]), rule="PX-MUE")
    assert [number for number, said in found.items() if said] == ["B"]


def test_progress_reports_of_earlier_claims_count(check: Check) -> None:
    days = [f"2024-08-{day:02}" for day in range(1, 13)]
    treated = [
        claim(
            f"C-{day}",
            "P-1",
            line("97110", day, modifier=["GP"], allowed="1.00"),
            documentation=[],
        )
        for day in days
    ]
    found = check(*treated, rule="TH-PROGRESS")
    assert [number for number, said in found.items() if said] == ["C-2024-08-11", "C-2024-08-12"]
    treated[4]["documentation"] = [{"type": "progress-report", "value": days[4]}]
    assert not any(check(*treated, rule="TH-PROGRESS").values())


def test_a_fact_of_an_earlier_claim_is_no_record_of_a_later_one(check: Check) -> None:
    days = [f"2024-08-{day:02}" for day in range(1, 13)]
    treated = [claim(f"C-{day}", "P-1", line("97110", day, modifier=["GP"])) for day in days]
    treated[0]["documentation"] = [{"type": "progress-report", "value": days[0]}]
    assert not any(check(*treated, rule="TH-PROGRESS").values())


def test_the_date_of_service_decides_what_is_earlier(check: Check) -> None:
    late = claim("A", "P-1", line("97140", "2024-08-06", modifier=["GP"]))
    first = claim("B", "P-1", line("97012", "2024-08-06"), line("97161", "2024-08-05"))
    found = check(late, first, rule="PX-PTP1")
    assert [number for number, said in found.items() if said] == ["A"]


def test_a_patient_without_a_number_is_alone(
    check: Check, checkers: dict[tuple[str, bool], Checker]
) -> None:
    claims = [claim("A", None, line("99213")), claim("B", None, line("99213"))]
    assert check(*claims, rule="CLM-DUP-HISTORY") == {"A": [], "B": []}
    assert {checker.alone for checker in checkers.values()} == {2}


def test_what_a_claim_says_itself_is_not_told_twice(check: Check) -> None:
    earlier = {"claim": "A", "npi": NPI, "procedure": "97161", "serviced": "2024-08-05"}
    told = claim("B", "P-1", line("99213"), history=[earlier | {"quantity": 1}])
    found = check(claim("A", "P-1", line("99213")), told, rule="CLM-DUP-HISTORY")
    assert found == {"A": [], "B": []}


def test_nothing_is_seen_across_claims_unless_asked() -> None:
    claims = [claim("A", "P-1", line("99213")), claim("B", "P-1", line("99213"))]
    checker = Checker(select=["CLM-DUP-HISTORY"])
    assert [result.findings for result in checker.check(claims)] == [(), ()]
    assert checker.alone == 0


def test_without_a_rule_that_reads_other_claims() -> None:
    claims = [claim("A", "P-1", line("99213")), claim("B", "P-1", line("99213"))]
    checker = Checker(select=["DX-DATE"], across_claims=True)
    assert [result.findings for result in checker.check(claims)] == [(), ()]


def test_a_group_may_go_over_the_end_of_a_batch(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker_module, "BATCH", 2)
    claims = [claim(f"C-{place}", f"P-{place // 3}", line("99213")) for place in range(7)]
    found = check(*claims, rule="CLM-DUP-HISTORY")
    firsts = {"C-0", "C-3", "C-6"}
    assert {number for number, said in found.items() if not said} == firsts
    assert found["C-2"] == [
        f"99213 for this day was already billed on claim {number}" for number in ("C-0", "C-1")
    ]


def records(file: Path, lines: Iterable[str]) -> list[Any]:
    file.write_text("\n".join(lines))
    return list(read_claims(file))


@pytest.mark.parametrize("grouped", [False, True])
def test_lines_that_cannot_be_read_keep_their_places(tmp_path: Path, grouped: bool) -> None:
    first, second = claim("A", "P-1", line("99213")), claim("B", "P-1", line("99213"))
    lines = ["{", json.dumps(first), "{}", json.dumps(second), "["]
    readings = records(tmp_path / "claims.ndjson", lines)
    checker = Checker(select=["CLM-DUP-HISTORY"], across_claims=True, grouped=grouped)
    judged = list(checker.check_readings(readings))
    assert [reading.origin.line for reading, _ in judged] == [1, 2, 3, 4, 5]
    assert [result is not None for _, result in judged] == [False, True, False, True, False]
    (found,) = [result for reading, result in judged if reading.origin.line == 4]
    assert found is not None
    assert messages(found, "CLM-DUP-HISTORY")


def test_claims_that_do_not_follow_each_other(tmp_path: Path) -> None:
    claims = [claim(f"C-{place}", f"P-{place % 2}", line("99213")) for place in range(3)]
    readings = records(tmp_path / "claims.ndjson", map(json.dumps, claims))
    checker = Checker(select=["CLM-DUP-HISTORY"], across_claims=True, grouped=True)
    with pytest.raises(InputError, match="leave --grouped out") as caught:
        list(checker.check_readings(readings))
    assert caught.value.line == 3


def test_the_claim_that_is_reported_is_the_one_that_was_given() -> None:
    claims = [claim("A", "P-1", line("99213")), claim("B", "P-1", line("99213"))]
    checker = Checker(select=["CLM-DUP-HISTORY"], across_claims=True)
    judged = list(checker.check_readings(ClaimRecord(each, Origin("f")) for each in claims))
    for (reading, _), given in zip(judged, claims, strict=True):
        assert isinstance(reading, ClaimRecord)
        assert reading.claim["item"] == given["item"]


def test_a_file_is_checked_across_its_claims(tmp_path: Path) -> None:
    claims = [claim("A", "P-1", line("99213")), claim("B", "P-1", line("99213"))]
    file = tmp_path / "claims.ndjson"
    file.write_text("\n".join(map(json.dumps, claims)))
    settings: dict[str, Any] = {"select": ["CLM-DUP-HISTORY"], "across_claims": True}
    for given in (file, claims):
        first, second = claimshapes.check(given, **settings)
        assert not first.findings
        assert messages(second, "CLM-DUP-HISTORY")


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_claims_belong_together_by_the_payer_that_is_named(engine: Engine) -> None:
    claims = [
        claim("A", "P-1", line("99213")),
        claim("B", "P-1", line("99213"), payer="commercial"),
    ]
    settings: dict[str, Any] = {"select": ["CLM-DUP-HISTORY"], "engine": engine}
    checker = Checker(**settings, payer="medicare-b", across_claims=True)
    first, second = checker.check(claims)
    assert not first.findings
    assert messages(second, "CLM-DUP-HISTORY")
