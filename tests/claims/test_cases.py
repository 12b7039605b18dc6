"""Inputs that were read wrongly (tests/data/cases), each with what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims

CASES = Path(__file__).parent.parent / "data" / "cases"
HOSTILE: list[tuple[str, str | None, int, list[str]]] = [
    ("x_badclm_one.837", None, 4, ["X-3"]),
    ("x_otherpatient_badHL.837", None, 4, ["X-3"]),
    ("csv_silent_loss.csv", "cols_ignore.toml", 299, ["K-6"]),
    ("csv_latin1.csv", None, 19, ["K-5"]),
    ("arr_bigint.json", None, 2, ["OK-x"]),
    ("nd_truncated_first.json", None, 2, ["OK-x"]),
    ("fhir_contained_nested.json", None, 3, ["F-1", "F-2"]),
    ("r_bad_and_misspelt_class.ttl", None, 1, ["R-1", "R-3"]),
    ("r_surr.jsonld", None, 2, ["R-1"]),
    ("G1-atypical-provider.837", None, 1, []),
    ("G3-diagnoses-stuffed-in-one-element.837", None, 0, ["G3"]),
    ("F1-fhir-no-quantity.json", None, 1, []),
    ("F7-fhir-cancelled.json", None, 0, ["cancelled"]),
]
"""Files, their columns, how many claims are read, and the numbers of those that are not."""


@pytest.mark.parametrize(
    ("name", "columns", "read", "rejected"),
    HOSTILE,
)
def test_each_claim_is_read_or_rejected_by_name(
    name: str, columns: str | None, read: int, rejected: list[str]
) -> None:
    found = list(read_claims(CASES / name, columns=columns and CASES / columns))
    assert sum(isinstance(reading, ClaimRecord) for reading in found) == read
    named = [reading for reading in found if isinstance(reading, RejectedClaim)]
    assert [reading.claim_id for reading in named] == rejected
    assert all(reading.claims == 1 for reading in named)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("G7-void.837", "frequencyCode", "8"),
        ("F4-fhir-preauthorization.json", "use", "preauthorization"),
    ],
)
def test_what_a_claim_is_for_is_read(name: str, field: str, value: str) -> None:
    (record,) = read_claims(CASES / name)
    assert isinstance(record, ClaimRecord) and record.claim[field] == value


def test_a_span_of_days_has_both_its_ends() -> None:
    (record,) = read_claims(CASES / "E3-span-of-days.837")
    assert isinstance(record, ClaimRecord)
    (line,) = record.claim["item"]
    assert (line["serviced"], line["servicedEnd"]) == ("2026-05-04", "2026-05-08")


def test_the_principal_diagnosis_comes_first() -> None:
    (record,) = read_claims(CASES / "F2-fhir-principal-second.json")
    assert isinstance(record, ClaimRecord)
    codes = {entry["sequence"]: entry["code"] for entry in record.claim["diagnosis"]}
    assert codes == {1: "S52.501A", 2: "W19.XXXA"}


def test_a_limit_is_changed_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from claimshapes.claims.readers.limits import limit
    from claimshapes.errors import InputError

    monkeypatch.setenv("CLAIMSHAPES_ROW_BYTES", "12")
    assert limit("ROW_BYTES", 5) == 12
    monkeypatch.setenv("CLAIMSHAPES_ROW_BYTES", "many")
    with pytest.raises(InputError, match="must be a whole number"):
        limit("ROW_BYTES", 5)
