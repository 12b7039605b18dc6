from __future__ import annotations

from decimal import Decimal

import pytest

from claimshapes.checking.findings import ClaimResult
from claimshapes.report.charges import Charges, charges_of, dollars, lines_at
from claimshapes.rules.severity import Severity
from tests.report.conftest import WAIVED, a_finding, a_record

CLAIM = {
    "diagnosis": [{"sequence": 1, "code": "M54.6"}, {"sequence": 2, "code": "M54.2"}],
    "item": [
        {"procedure": "97110", "charge": "80.10", "diagnosisSequence": [2]},
        {"procedure": "97140", "charge": "20.20", "diagnosisSequence": [2]},
        {"procedure": "97112"},
    ],
}


@pytest.mark.parametrize(
    ("focus", "lines"),
    [
        ("/item/1", [1]),
        ("/diagnosis/1", [0, 1]),
        ("/diagnosis/0", [0, 1, 2]),
        ("", [0, 1, 2]),
        ("/documentation/0", [0, 1, 2]),
    ],
)
def test_lines_that_a_finding_touches(focus: str, lines: list[int]) -> None:
    assert list(lines_at(CLAIM, focus)) == lines


def test_a_line_counts_once_under_its_most_severe_finding() -> None:
    result = ClaimResult(
        "C",
        (
            a_finding(focus="/item/1"),
            a_finding(focus="/diagnosis/1", severity=Severity.WARNING),
            a_finding(focus="", severity=Severity.INFO),
        ),
    )
    charges = charges_of(CLAIM, result)
    assert charges.touched == {
        Severity.VIOLATION: Decimal("20.20"),
        Severity.WARNING: Decimal("80.10"),
        Severity.INFO: 0,
    }
    assert charges.total == charges.at_risk == Decimal("100.30")
    assert (charges.lines, charges.without_charge) == (3, 1)


def test_info_puts_nothing_at_risk() -> None:
    result = ClaimResult("C", (a_finding(severity=Severity.INFO),))
    assert charges_of(a_record().claim, result).at_risk == 0
    assert charges_of(a_record().claim, WAIVED).at_risk == 0


def test_sums_are_exact() -> None:
    total = Charges()
    for _ in range(10):
        total.add(CLAIM, ClaimResult("C", (a_finding(),)))
    assert total.touched[Severity.VIOLATION] == Decimal("1003.00")
    assert dollars(total.total) == "$1,003.00"


def test_a_total_line_is_no_charge() -> None:
    claim = {
        "diagnosis": [],
        "item": [
            {"revenue": "0510", "procedure": "G0463", "charge": "300"},
            {"revenue": "001", "charge": "300"},
        ],
    }
    charges = charges_of(claim, ClaimResult("C", ()))
    assert (charges.total, charges.lines) == (Decimal(300), 1)
