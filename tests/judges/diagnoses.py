"""Claims of nothing but diagnoses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any


def a_claim_of(number: str, codes: Sequence[str], day: date) -> dict[str, Any]:
    """A claim whose diagnoses are to be looked at, and nothing else."""
    return {
        "id": number,
        "payer": "commercial",
        "patient": {"birthDate": "1980-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893"},
        "created": day.isoformat(),
        "diagnosis": [{"sequence": n, "code": code} for n, code in enumerate(codes, 1)],
        "item": [{"sequence": 1, "procedure": "99213", "quantity": 1, "serviced": day.isoformat()}],
    }
