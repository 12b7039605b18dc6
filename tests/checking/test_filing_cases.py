"""When claims are sent that were told too late by mistake."""

from pathlib import Path

import pytest

from claimshapes.checking.checker import Checker, Engine
from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims

CASES = Path(__file__).parents[1] / "data" / "cases"


@pytest.mark.parametrize("engine", ["reference", "set"])
@pytest.mark.parametrize(("frequency", "is_late"), [("7", False), ("8", False), ("1", True)])
def test_only_a_first_filing_has_the_filing_limit(
    engine: Engine, frequency: str, is_late: bool
) -> None:
    (record,) = read_claims(CASES / "G8-replacement-filing.837")
    assert isinstance(record, ClaimRecord) and record.claim["frequencyCode"] == "7"
    claim = {**record.claim, "frequencyCode": frequency}
    (result,) = Checker(engine=engine, select=["CLM-FILING"]).check([claim])
    assert bool(result.findings) == is_late
