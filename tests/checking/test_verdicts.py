"""What clean, incomplete, not checked and not covered mean, and that both engines mean the same."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from claimshapes.checking.checker import Checker, Engine
from claimshapes.checking.findings import (
    NO_RULE_IN_FORCE,
    VOID,
    WITHOUT_RECORD,
    ClaimResult,
    NotChecked,
    Verdict,
)
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.claims.writers import open_writer
from claimshapes.report.summary import Summary
from claimshapes.rules.severity import Severity
from tests.generator.claims import claims as generated

CASES = Path(__file__).parents[1] / "data" / "cases"
ENGINES: tuple[Engine, ...] = ("reference", "set")

VISIT: dict[str, Any] = {
    "id": "V-1",
    "payer": "medicare-b",
    "patient": {"id": "P-1", "birthDate": "1960-03-03", "sex": "female"},
    "billingProvider": {"npi": "1234567893"},
    "placeOfService": "11",
    "diagnosis": [{"sequence": 1, "code": "I10"}],
    "item": [
        {
            "sequence": 1,
            "procedure": "99213",
            "quantity": 1,
            "charge": "100.00",
            "serviced": "2026-05-04",
            "diagnosisSequence": [1],
        }
    ],
}
THERAPY: dict[str, Any] = VISIT | {
    "id": "T-1",
    "diagnosis": [{"sequence": 1, "code": "M54.6"}],
    "item": [
        {
            "sequence": 1,
            "procedure": "97110",
            "modifier": ["GP"],
            "quantity": 2,
            "charge": "80.00",
            "serviced": "2026-05-04",
            "diagnosisSequence": [1],
        }
    ],
}


def on(day: str, claim: dict[str, Any] = VISIT, **changed: Any) -> dict[str, Any]:
    """The claim with its lines on a day."""
    made = copy.deepcopy(claim) | changed
    made["item"] = [line | {"serviced": day} for line in made["item"]]
    return made


@cache
def checker(engine: Engine, *, strict: bool = False) -> Checker:
    return Checker(engine=engine, strict=strict)


def by_both(claim: dict[str, Any], *, strict: bool = False) -> ClaimResult:
    """What both engines say, which is the same."""
    one, other = (checker(engine, strict=strict).check_one(claim) for engine in ENGINES)
    assert one == other
    return one


def violations(result: ClaimResult) -> set[str]:
    return {found.rule for found in result.findings if found.severity is Severity.VIOLATION}


def test_the_claim_of_a_wrong_year_is_never_clean() -> None:
    (reading,) = read_claims(CASES / "A1-before-2015-is-clean.ndjson")
    assert isinstance(reading, ClaimRecord)
    result = by_both(dict(reading.claim))
    assert violations(result) == {"CLM-ICD10-START"}
    assert result.verdict is Verdict.FINDINGS


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("0001-01-01", "CLM-DATES"),
        ("1026-05-04", "CLM-DATES"),
        ("1960-03-02", "CLM-DATES"),
        ("1960-03-03", "CLM-ICD10-START"),
        ("1996-05-04", "CLM-ICD10-START"),
        ("2014-10-01", "CLM-ICD10-START"),
        ("2015-09-30", "CLM-ICD10-START"),
        ("2206-05-04", "CLM-DATES"),
        ("9999-12-31", "CLM-DATES"),
    ],
)
@pytest.mark.parametrize("payer", ["medicare-b", "commercial", "heard-of-by-nobody"])
def test_a_date_that_cannot_be_is_one_finding(day: str, rule: str, payer: str) -> None:
    result = by_both(on(day, payer=payer))
    dates = {"CLM-DATES", "CLM-ICD10-START"}
    assert [each.rule for each in result.findings if each.rule in dates] == [rule]
    assert not result.clean
    assert result.rules_in_force


@pytest.mark.parametrize("day", ["2015-10-01", "2021-03-31", "2026-05-04"])
def test_an_everyday_visit_is_clean(day: str) -> None:
    result = by_both(on(day, created=day))
    assert result.clean, result


def test_a_service_to_come_is_right_on_a_preauthorization() -> None:
    day = "2206-05-04"
    assert "CLM-DATES" in violations(by_both(on(day)))
    for use in ("preauthorization", "predetermination"):
        assert "CLM-DATES" not in violations(by_both(on(day, use=use)))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_claim_on_which_no_rule_is_in_force_is_incomplete(engine: Engine) -> None:
    # The rule begins with 2018.
    result = Checker(engine=engine, select=["TH-GP"]).check_one(on("2017-12-31", THERAPY))
    assert result.not_checked == (NotChecked("T-1", None, "", NO_RULE_IN_FORCE),)
    assert (result.verdict, result.clean, result.rules_in_force) == (Verdict.INCOMPLETE, False, 0)


def test_minutes_that_a_format_does_not_carry_leave_a_claim_clean() -> None:
    result = by_both(THERAPY)
    assert result.clean, result
    assert "TH-UNITS" in {gap.rule for gap in result.not_covered}
    summary = Summary()
    summary.add(next(records(THERAPY)), result)
    assert (summary.clean, summary.incomplete) == (1, 0)
    assert "TH-UNITS" in {rule for gap in summary.coverage for rule in gap.rules}


def test_strict_puts_what_is_not_covered_back_on_the_claim() -> None:
    plain, strict = by_both(THERAPY), by_both(THERAPY, strict=True)
    assert strict.findings == plain.findings
    assert (strict.not_covered, strict.without_record) == ((), ())
    assert not strict.clean
    said = {(item.rule, item.reason) for item in strict.not_checked}
    assert said == {
        *((item.rule, item.reason) for item in plain.not_checked),
        *((item.rule, item.reason) for item in plain.not_covered),
        *((rule, WITHOUT_RECORD) for rule in plain.without_record),
    }


def test_a_fact_that_is_specific_to_the_claim_is_not_checked() -> None:
    day = "2024-09-30"
    claim = on(day, diagnosis=[{"sequence": 1, "code": "N40.1"}], created=day)
    claim["patient"]["sex"] = "unknown"
    result = by_both(claim)
    assert {item.rule for item in result.not_checked} == {"DX-SEX"}
    assert result.verdict is Verdict.INCOMPLETE


def test_rules_of_the_record_wait_for_a_record() -> None:
    without = by_both(THERAPY)
    assert {"TH-TIME", "TH-POC", "TH-NOTE-SIGNED"} <= set(without.without_record)
    reading = {rule.id for rule in checker("set").book if rule.reads_documentation}
    assert not reading & {found.rule for found in without.findings}
    empty = by_both(THERAPY | {"documentation": []})
    assert {"TH-TIME", "TH-POC", "TH-NOTE-SIGNED"} <= {found.rule for found in empty.findings}
    assert empty.without_record == ()
    assert empty.rules_in_force == without.rules_in_force + len(without.without_record)


def test_a_batch_may_hold_claims_with_a_record_and_without() -> None:
    claims = [THERAPY, THERAPY | {"id": "T-2", "documentation": []}, VISIT]
    one_by_one = [checker("reference").check_one(claim) for claim in claims]
    assert list(Checker(engine="set").check(claims)) == one_by_one


def test_the_codes_of_a_void_are_left_alone() -> None:
    (reading,) = read_claims(CASES / "G7-void.837")
    assert isinstance(reading, ClaimRecord) and reading.claim["frequencyCode"] == "8"
    void = by_both(dict(reading.claim))
    assert void.clean and void.rules_in_force, void
    assert {"DX-DATE", "PX-UNKNOWN", "TH-GP"} & set(void.left_to_original)
    assert by_both(dict(reading.claim), strict=True) == void
    for other in ("1", "7"):
        again = by_both({**reading.claim, "frequencyCode": other})
        assert violations(again) == {"DX-DATE"}
        assert again.left_to_original == ()
    summary = Summary()
    summary.add(reading, void)
    assert [(gap.rules, gap.reason, gap.claims) for gap in summary.coverage] == [
        (void.left_to_original, VOID, 1)
    ]


@pytest.mark.parametrize("bill", ["0138", "138", "0118"])
def test_the_type_of_bill_tells_a_void(bill: str) -> None:
    claim = on("2026-05-04", type="institutional", typeOfBill=bill)
    claim["diagnosis"] = [{"sequence": 1, "code": "M54.5"}]
    assert by_both(claim).left_to_original
    assert by_both(claim | {"frequencyCode": "7"}).left_to_original == ()
    assert by_both(claim | {"typeOfBill": bill[:-1] + "1"}).left_to_original == ()


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"billingProvider": {"npi": "1234567890"}}, "CLM-NPI"),
        ({"billingProvider": {"npi": "1234567893", "taxonomy": "207Q"}}, "CLM-TAXONOMY"),
        ({"total": "81.00"}, "CLM-TOTAL"),
        ({"type": "institutional", "typeOfBill": "0998"}, "CLM-TOB"),
        ({"type": "institutional"}, "CLM-TOB-MISSING"),
    ],
)
def test_a_void_is_a_claim_all_the_same(changed: dict[str, Any], rule: str) -> None:
    assert violations(by_both(on("2026-05-04", frequencyCode="8", **changed))) == {rule}


def test_voids_and_others_in_one_batch() -> None:
    claims = [VISIT, VISIT | {"id": "V-8", "frequencyCode": "8"}, THERAPY]
    one_by_one = [checker("reference").check_one(claim) for claim in claims]
    assert list(Checker(engine="set").check(claims)) == one_by_one


@pytest.mark.parametrize("kind", ["pain-onset", "note", "attachment"])
def test_what_the_claim_form_carries_is_no_record(kind: str) -> None:
    of_form = {"type": kind, "value": "2026-04-10"}
    alone = by_both(on("2026-05-04", THERAPY, documentation=[of_form]))
    assert alone.clean and "TH-POC" in alone.without_record
    empty = by_both(on("2026-05-04", THERAPY, documentation=[]))
    found = {finding.rule for finding in empty.findings}
    assert "TH-POC" in found and not empty.without_record
    order = {"type": "order", "value": "2026-05-01", "item": 1}
    with_record = by_both(on("2026-05-04", THERAPY, documentation=[of_form, order]))
    assert {finding.rule for finding in with_record.findings} == found


FACTS: list[dict[str, Any]] = [
    {"type": "plan-of-care-established", "value": "2026-05-01"},
    {"type": "plan-of-care-signed", "value": "2026-05-02"},
    {"type": "treatment-note-signed", "value": "true", "item": 1},
    {"type": "treatment-note-timed-minutes", "value": "30"},
    {"type": "treatment-note-total-minutes", "value": "35"},
    {"type": "therapy-response", "value": "better"},
    {"type": "progress-report", "value": "2026-05-04"},
    {"type": "pain-onset", "value": "2026-04-10"},
    {"type": "pain-site", "value": "thoracic"},
    {"type": "red-flag", "value": "none"},
    {"type": "conservative-care-weeks", "value": "3"},
    {"type": "order", "value": "2026-05-01", "item": 1},
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: str(fact["type"]))
@pytest.mark.parametrize(
    "claim",
    [
        THERAPY,
        THERAPY | {"diagnosis": [{"sequence": 1, "code": "M54.9"}]},
        on("2026-05-04", THERAPY, item=[THERAPY["item"][0] | {"procedure": "72146"}]),
    ],
    ids=["therapy", "unspecified-pain", "imaging"],
)
def test_a_fact_more_never_adds_a_missing_record_finding(
    claim: dict[str, Any], fact: dict[str, Any]
) -> None:
    others = [each for each in FACTS if each["type"].startswith(("pain", "plan-of-care-est"))]
    for record in ([], [each for each in others if each != fact]):
        before, after = (
            missing(checker("set").check_one(claim | {"documentation": facts}))
            for facts in (record, [*record, fact])
        )
        assert after <= before, (record, fact)


def missing(result: ClaimResult) -> set[tuple[str, str]]:
    """Where rules say that the record does not show something."""
    return {
        (found.rule, found.focus)
        for found in result.findings
        if "does not show" in found.message or "no plan of care" in found.message
    }


@pytest.mark.parametrize("claim_format", ["json", "ndjson", "turtle"])
def test_an_empty_record_goes_through_every_format(claim_format: str, tmp_path: Path) -> None:
    claims = [THERAPY | {"documentation": []}, THERAPY | {"id": "T-2"}]
    stream = io.StringIO()
    writer = open_writer(stream, claim_format)
    for claim in claims:
        writer.add(claim)
    writer.finish()
    file = tmp_path / f"claims.{'ttl' if claim_format == 'turtle' else claim_format}"
    file.write_text(stream.getvalue(), "utf-8")
    read = [reading.claim for reading in read_claims(file) if isinstance(reading, ClaimRecord)]
    assert [claim.get("documentation") for claim in read] == [[], None]


def test_claims_read_are_those_checked_and_those_rejected(tmp_path: Path) -> None:
    file = tmp_path / "claims.ndjson"
    lines = [f'{{"id": "B-{number}", "payor": "medicare-b"}}' for number in range(3)]
    stream = io.StringIO()
    writer = open_writer(stream, "ndjson")
    for claim in generated(7, 30):
        writer.add(claim)
    file.write_text(stream.getvalue() + "\n".join(lines) + "\n", "utf-8")
    summary = Summary()
    for reading, result in checker("set").check_readings(read_claims(file)):
        if isinstance(reading, ClaimRecord) and result is not None:
            summary.add(reading, result)
        else:
            summary.rejected += 1
    assert (summary.read, summary.claims, summary.rejected) == (33, 30, 3)
    assert summary.claims == (
        summary.clean + summary.incomplete + summary.with_findings + summary.only_waived
    )


def test_as_of_does_not_move_a_date_that_cannot_be() -> None:
    for engine in ENGINES:
        result = Checker(engine=engine, as_of=date(2026, 5, 4)).check_one(on("2006-05-04"))
        assert "CLM-ICD10-START" in violations(result)


def records(*claims: dict[str, Any]) -> Iterator[ClaimRecord]:
    from claimshapes.claims.readers import read_claim_objects

    for reading in read_claim_objects(claims):
        assert isinstance(reading, ClaimRecord)
        yield reading
