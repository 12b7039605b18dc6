from __future__ import annotations

import pytest

from claimshapes.findings import ClaimResult, NotChecked, Severity
from claimshapes.report.summary import OTHER_REASONS, Summary, ranked
from tests.report.conftest import CLEAN, FOUND, UNJUDGED, a_finding


def test_counts_clean_found_and_unjudged_apart() -> None:
    summary = Summary()
    for result in (FOUND, CLEAN, UNJUDGED, CLEAN):
        summary.add(result)
    assert (summary.claims, summary.clean, summary.not_fully_checked) == (4, 2, 1)
    assert summary.with_findings == 1
    assert summary.findings == 2
    assert summary.clean_rate == 0.5


def test_no_claim_has_no_rate() -> None:
    assert Summary().clean_rate is None


def test_a_reason_counts_once_a_claim() -> None:
    summary = Summary()
    summary.add(FOUND)
    assert summary.not_checked == {"PX-PTP0": {"the table of 2026 is not at hand": 1}}


def test_reasons_without_end_are_counted_together() -> None:
    summary = Summary()
    for number in range(1000):
        summary.add(ClaimResult("C", (), (NotChecked("C", "R", "", f"reason {number}"),)))
    reasons = summary.not_checked["R"]
    assert len(reasons) == 21
    assert reasons[OTHER_REASONS] == 980
    assert reasons.total() == 1000


@pytest.mark.parametrize(
    ("found", "threshold", "reached"),
    [
        (Severity.VIOLATION, Severity.VIOLATION, True),
        (Severity.WARNING, Severity.VIOLATION, False),
        (Severity.WARNING, Severity.WARNING, True),
        (Severity.VIOLATION, Severity.INFO, True),
        (Severity.INFO, Severity.WARNING, False),
        (Severity.INFO, Severity.INFO, True),
    ],
)
def test_reaches(found: Severity, threshold: Severity, reached: bool) -> None:
    summary = Summary()
    summary.add(ClaimResult("C", (a_finding(severity=found),)))
    assert summary.reaches(threshold) is reached


def test_ranked_is_stable() -> None:
    summary = Summary()
    for rule in ("B", "A", "C", "C"):
        summary.add(ClaimResult("C", (a_finding(rule=rule),)))
    assert ranked(summary.by_rule) == [("C", 2), ("A", 1), ("B", 1)]
