"""Diagnoses of claims that were judged wrongly once, and of visits that are coded right."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from claimshapes.checking.checker import Checker, Engine
from claimshapes.rules.rule_book import load_rules

DATA = Path(__file__).parents[1] / "data"

FOUND = {
    "F45.8+G47.63": {("DX-EXCL1-CONFIRM", "warning", "/diagnosis/1")},
    "ckd": {("DX-UNSPEC-WITH-SPECIFIC", "warning", "/diagnosis/0")},
    "htn+ckd": {("DX-HTN-LINK", "warning", "/diagnosis/0")},
    "two-bmi": {("DX-CONTRA-BMI", "warning", "/diagnosis/2")},
    "two-weeks": {("DX-CONTRA-WEEKS", "warning", "/diagnosis/2")},
    "trimester-against-weeks": {("DX-CONTRA-TRIMESTER", "warning", "/diagnosis/0")},
}
"""What is right to find on the claims of the files; on the others nothing is."""

DAY = "2026-05-04"


def cases() -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for file in sorted((DATA / "cases").glob("[BCDH]*.ndjson"))
        for line in file.read_text().splitlines()
    ]


def visits() -> Iterator[dict[str, Any]]:
    with (DATA / "diagnoses-of-correct-visits.csv").open() as stream:
        for row in csv.DictReader(stream):
            codes = row["diagnoses"].split()
            yield {
                "id": row["diagnoses"],
                "payer": "commercial",
                "patient": {"birthDate": row["born"], "sex": row["sex"]},
                "billingProvider": {"npi": "1234567893"},
                "diagnosis": [{"sequence": n, "code": code} for n, code in enumerate(codes, 1)],
                "item": [
                    {
                        "sequence": 1,
                        "procedure": "99213",
                        "quantity": 1,
                        "serviced": DAY,
                        "diagnosisSequence": list(range(1, min(len(codes), 4) + 1)),
                    }
                ],
            }


def about_diagnoses(engine: Engine) -> Checker:
    rules = [rule.id for rule in load_rules() if rule.id.startswith("DX-")]
    return Checker(select=rules, engine=engine)


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_cases(engine: Engine) -> None:
    claims = cases()
    assert len(claims) == 22
    assert {claim["id"] for claim in claims} > set(FOUND)
    for result in about_diagnoses(engine).check(claims):
        found = {(f.rule, f.severity, f.focus) for f in result.findings}
        assert found == FOUND.get(result.claim, set()), result.claim
        assert result.not_checked == (), result.claim


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_visits_that_are_coded_right(engine: Engine) -> None:
    claims = list(visits())
    assert len(claims) > 300
    wrong = [
        (result.claim, [f.message for f in result.findings], result.not_checked)
        for result in about_diagnoses(engine).check(claims)
        if result.findings or result.not_checked
    ]
    assert wrong == []


BY_THE_WORDS = {
    # The note's words are those of the other code: its title, or what it includes.
    "J30.9 J45.909": ("DX-EXCL1", "violation"),  # J45 includes: allergic rhinitis with asthma
    "M54.50 M51.360": ("DX-EXCL1", "violation"),  # with discogenic back pain only
    "M54.50 S39.012A": ("DX-EXCL1", "violation"),  # low back strain
    "M54.6 M51.24": ("DX-EXCL1", "violation"),
    # A note in words without a code, and one of several conditions of a code, are to confirm.
    "M54.2 S13.4XXA": ("DX-EXCL1-TEXT", "warning"),
    "F45.8 G47.63": ("DX-EXCL1-CONFIRM", "warning"),
    # Excludes2 in the lists of 2025 and 2026, and another category of asthma than the note names.
    "R53.83 F32.A": None,
    "J30.9 J45.40": None,
}


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_excludes1_goes_by_the_words_of_the_note(engine: Engine) -> None:
    rules = [rule.id for rule in load_rules() if rule.id.startswith("DX-EXCL1")]
    visit = next(visits())
    claims = [
        {
            **visit,
            "id": pair,
            "diagnosis": [{"sequence": n, "code": code} for n, code in enumerate(pair.split(), 1)],
            "item": [{**visit["item"][0], "diagnosisSequence": [1, 2]}],
        }
        for pair in BY_THE_WORDS
    ]
    results = list(Checker(select=rules, engine=engine).check(claims))
    assert {
        result.claim: next(((f.rule, f.severity.value) for f in result.findings), None)
        for result in results
    } == BY_THE_WORDS
    assert all(len(result.findings) <= 1 for result in results)
