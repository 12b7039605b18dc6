"""Claims and files that the readers' tests share."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claimshapes.claims.claim import ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims

WHOLE_CLAIM: dict[str, Any] = {
    "id": "C-1001",
    "type": "professional",
    "payer": "medicare-b",
    "patient": {"id": "P-7", "birthDate": "1980-02-01", "sex": "female"},
    "billingProvider": {"npi": "1234567893", "taxonomy": "225100000X"},
    "placeOfService": "11",
    "priorAuthorization": ["A-1", "A-2"],
    "typeOfBill": "0131",
    "admittingDiagnosis": "R07.9",
    "reasonForVisit": ["M54.6", "R07.9"],
    "created": "2026-05-06",
    "total": "80.00",
    "billablePeriod": {"start": "2026-05-04", "end": "2026-05-05"},
    "history": [
        {
            "claim": "C-900",
            "npi": "1234567893",
            "procedure": "99213",
            "modifier": ["25"],
            "quantity": 1,
            "serviced": "2026-04-20",
        }
    ],
    "therapyYearToDate": {"ptSlp": "1200.50", "ot": "0.00"},
    "diagnosis": [{"sequence": 1, "code": "M54.6"}, {"sequence": 2, "code": "m5124"}],
    "item": [
        {
            "sequence": 1,
            "revenue": "0420",
            "procedure": "97110",
            "modifier": ["GP", "59"],
            "quantity": 2,
            "charge": "80.00",
            "allowed": "61.20",
            "serviced": "2026-05-04",
            "servicedEnd": "2026-05-05",
            "diagnosisSequence": [2, 1],
            "placeOfService": "12",
            "minutes": 30,
            "assistantMinutes": 10,
        },
        {"sequence": 2, "procedure": "97140", "quantity": 1, "serviced": "2026-05-04"},
    ],
    "documentation": [
        {"type": "pain-onset", "value": "2026-04-10"},
        {"type": "pain-site", "value": "thoracic"},
        {"type": "therapy-start", "item": 1, "value": "10:00"},
        {"type": "laterality", "diagnosis": 2, "value": "left"},
    ],
}


@pytest.fixture
def claim() -> dict[str, Any]:
    """A claim that has every field."""
    return copy.deepcopy(WHOLE_CLAIM)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[ClaimReading]]:
    """Writes content to a file and reads its claims."""

    def read_content(content: Any, name: str = "claims.json") -> list[ClaimReading]:
        file = tmp_path / name
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            file.write_text(text, encoding="utf-8")
        return list(read_claims(file))

    return read_content


@pytest.fixture
def rejection(read: Callable[..., list[ClaimReading]]) -> Callable[..., RejectedClaim]:
    """Reads content in which the only claim is rejected."""

    def read_rejected(content: Any, name: str = "claims.json") -> RejectedClaim:
        (reading,) = read(content, name)
        assert isinstance(reading, RejectedClaim)
        return reading

    return read_rejected


def claims_of(readings: list[ClaimReading]) -> list[dict[str, Any]]:
    """The claims of readings, none of which is a rejection."""
    records = [reading for reading in readings if isinstance(reading, ClaimRecord)]
    assert len(records) == len(readings), [str(reading) for reading in readings]
    return [dict(record.claim) for record in records]
