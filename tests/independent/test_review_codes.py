"""The denial codes of the review's part B: what payers send for the edit of a rule."""

from __future__ import annotations

import pytest

from claimshapes.rules.rule_book import RuleBook

CODES: dict[str, tuple[str, str, str]] = {
    "CLM-DUP": ("18", "", "OA"),
    "CLM-DUP-HISTORY": ("18", "", "OA"),
    "CLM-FILING": ("29", "", "CO"),
    "CLM-CHARGE": ("16", "M79", "CO"),
    "CLM-UNITS": ("16", "M53", "CO"),
    "CLM-REVENUE": ("16", "M50", "CO"),
    "CLM-REVENUE-MISSING": ("16", "M50", "CO"),
    "CLM-TOB": ("16", "MA30", "CO"),
    "CLM-TAXONOMY": ("16", "N255", "CO"),
    "CLM-PTR": ("16", "M76", "CO"),
    "CLM-DX-COUNT": ("16", "M76", "CO"),
    "CLM-NPI": ("16", "N257", "CO"),
    "PX-PTP0": ("236", "N20", "CO"),
    "PX-PTP1": ("236", "N20", "CO"),
    "PX-MUE": ("151", "N362", "CO"),
    "PX-25": ("97", "M144", "CO"),
    "PX-GLOBAL": ("97", "M144", "CO"),
    "PX-GLOBAL-DECISION": ("97", "M144", "CO"),
    "PX-STATUS-BUNDLED": ("97", "M15", "CO"),
    "PX-STATUS-INVALID": ("16", "M51", "CO"),
    "PX-STATUS-NONCOVERED": ("96", "N425", "PR"),
    "PX-ADDON": ("B15", "M80", "CO"),
    "PX-POS": ("58", "M77", "CO"),
    "PX-POS-INCIDENT": ("58", "M97", "CO"),
    "TH-KX": ("119", "", "PR"),
    "TH-GP": ("4", "", "CO"),
    "TH-CQ": ("4", "N822", "CO"),
    "DX-EXCL1": ("16", "M76", "CO"),
    "DX-UNSPEC-SIDE": ("16", "M76", "CO"),
    "DX-MANIF-FIRST": ("16", "MA63", "CO"),
    "DX-NOT-BILLABLE": ("16", "M81", "CO"),
    "CLM-SPAN": ("16", "M52", "CO"),
}
"""Of each rule a reason code and a remark code that have to be among its own, and the group."""

NO_PROCEDURE = ("DX-EXCL1", "DX-DUP", "DX-UNSPEC-", "DX-SYMPTOM-", "DX-CODEFIRST", "DX-SEQ-IV")
"""Rules of diagnoses among themselves: 11 is about a diagnosis and a procedure."""


@pytest.mark.parametrize("name", CODES)
def test_codes_of_a_rule(book: RuleBook, name: str) -> None:
    rule = book.rules[name]
    reason, remark, group = CODES[name]
    assert reason in rule.denial_codes
    assert not remark or remark in rule.remark_codes
    assert (rule.group_code or "CO") == group


def test_diagnoses_among_themselves_are_not_denied_as_inconsistent(book: RuleBook) -> None:
    assert not [
        rule.id for rule in book if rule.id.startswith(NO_PROCEDURE) and "11" in rule.denial_codes
    ]
