from __future__ import annotations

import json

import pytest

from claimshapes.checking.findings import ClaimResult, NotChecked, NotCovered, Verdict
from claimshapes.checking.waivers import Waivers
from claimshapes.report.json_report import summary_object
from claimshapes.report.summary import (
    NO_RULE,
    OTHER_PAYERS,
    OTHER_REASONS,
    Gap,
    Summary,
    ranked,
)
from claimshapes.report.summary_state import summary_of, summary_state
from claimshapes.rules.severity import Severity
from tests.report.conftest import (
    CLEAN,
    COVERAGE,
    FOUND,
    NO_RULES,
    UNJUDGED,
    WAIVED,
    a_finding,
    a_record,
)


def test_counts_clean_found_and_unjudged_apart() -> None:
    summary = Summary()
    for result in (FOUND, CLEAN, UNJUDGED, CLEAN):
        summary.add(a_record(), result)
    assert (summary.claims, summary.clean, summary.incomplete) == (4, 2, 1)
    assert summary.with_findings == 1
    assert (summary.fewest_rules, summary.most_rules) == (40, 41)
    assert summary.findings == 2
    assert summary.clean_rate == 0.5


def test_claims_read_are_those_checked_and_those_rejected() -> None:
    summary = Summary(rejected=2)
    for result in (FOUND, CLEAN, UNJUDGED, WAIVED, NO_RULES, COVERAGE):
        summary.add(a_record(), result)
    assert summary.read == summary.claims + summary.rejected == 8
    assert summary.claims == (
        summary.clean + summary.incomplete + summary.with_findings + summary.only_waived
    )


def test_a_claim_without_a_rule_in_force_is_incomplete() -> None:
    assert NO_RULES.verdict is Verdict.INCOMPLETE
    assert not ClaimResult("C").clean
    summary = Summary()
    summary.add(a_record(), NO_RULES)
    assert (summary.clean, summary.incomplete, summary.fewest_rules) == (0, 1, 0)
    assert summary.not_checked == {NO_RULE: {"no rule was in force": 1}}


def test_what_is_not_covered_leaves_a_claim_clean_and_is_counted() -> None:
    summary = Summary()
    for result in (COVERAGE, CLEAN, COVERAGE):
        summary.add(a_record(), result)
    assert (summary.clean, summary.incomplete, summary.not_checked) == (3, 0, {})
    assert summary.coverage == [
        Gap(("DOC-ORDER", "TH-TIME"), "no record came with the claim", 2, 2),
        Gap(("TH-UNITS",), "no minutes on the claim", 2, 4),
    ]


def test_reasons_of_the_coverage_without_end_are_counted_together() -> None:
    summary = Summary()
    for number in range(100):
        items = (NotCovered("C", "R", "", f"reason {number}"),)
        summary.add(a_record(), ClaimResult("C", rules_in_force=1, not_covered=items))
    assert len(summary.coverage) == 21
    assert summary.coverage[0] == Gap(("R",), OTHER_REASONS, 80, 80)


def test_a_summary_goes_through_json_and_counts_on() -> None:
    summary = Summary(rejected=1)
    for result in (FOUND, COVERAGE, NO_RULES):
        summary.add(a_record(), result)
    again = summary_of(json.loads(json.dumps(summary_state(summary))), Waivers())
    assert summary_object(again) == summary_object(summary)
    for each in (summary, again):
        each.add(a_record(), COVERAGE)
    assert summary_object(again) == summary_object(summary)


def test_waived_findings_are_counted_apart() -> None:
    summary = Summary()
    summary.add(a_record(), WAIVED)
    assert (summary.claims, summary.only_waived, summary.waived, summary.findings) == (1, 1, 1, 0)
    assert (summary.clean, summary.with_findings) == (0, 0)
    assert not summary.reaches(Severity.INFO)
    assert summary.charges.at_risk == 0


def test_payers_without_end_are_counted_together() -> None:
    summary = Summary()
    for number in range(1000):
        summary.add(a_record(payer=f"payer {number}"), CLEAN)
    assert len(summary.by_payer) == 101
    assert summary.by_payer[OTHER_PAYERS].claims == 900
    assert sum(counts.clean for counts in summary.by_payer.values()) == 1000


def test_denials_are_counted_under_each_code() -> None:
    summary = Summary()
    summary.add(a_record(), FOUND)
    assert summary.by_denial == {"146": 2, "16": 2}


def test_no_claim_has_no_rate() -> None:
    assert Summary().clean_rate is None


def test_a_reason_counts_once_a_claim() -> None:
    summary = Summary()
    summary.add(a_record(), FOUND)
    assert summary.not_checked == {"PX-PTP0": {"the table of 2026 is not at hand": 1}}


def test_reasons_without_end_are_counted_together() -> None:
    summary = Summary()
    for number in range(1000):
        summary.add(
            a_record(), ClaimResult("C", (), (NotChecked("C", "R", "", f"reason {number}"),))
        )
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
    summary.add(a_record(), ClaimResult("C", (a_finding(severity=found),)))
    assert summary.reaches(threshold) is reached


def test_ranked_is_stable() -> None:
    summary = Summary()
    for rule in ("B", "A", "C", "C"):
        summary.add(a_record(), ClaimResult("C", (a_finding(rule=rule),)))
    assert ranked(summary.by_rule) == [("C", 2), ("A", 1), ("B", 1)]


def test_parts_add_up_to_the_whole() -> None:
    results = [FOUND, CLEAN, UNJUDGED, WAIVED, NO_RULES, COVERAGE]
    for number in range(50):
        reason = f"reason {number % 30}"
        note, gap = NotChecked("C", "R", "", reason), NotCovered("C", "R", "/item/0", reason)
        results.append(ClaimResult("C", not_checked=(note,), not_covered=(gap, gap)))
    results += results
    records = [a_record(payer=f"P-{number % 105}") for number in range(len(results))]
    whole, added = Summary(), Summary()
    for record, result in zip(records, results, strict=True):
        whole.add(record, result)
    for start in range(0, len(results), 17):
        part = Summary(is_part=True)
        for record, result in zip(records[start:][:17], results[start:][:17], strict=True):
            part.add(record, result)
        part.rejected += 1
        added.merge(part)
        whole.rejected += 1
    assert OTHER_REASONS in whole.not_checked["R"]
    assert OTHER_PAYERS in whole.by_payer
    assert summary_object(added) == summary_object(whole)
    assert summary_state(added) == summary_state(whole)
