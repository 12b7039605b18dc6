"""The denial codes of part B of the review: what its rows ask for, what rules and page have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch

import pytest

from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook
from tests.independent.test_review_page import NEED_REMARK, REMARKED, rows

Codes = tuple[str, frozenset[str], frozenset[str]]
"""Group code, reason codes and remark codes."""


@dataclass(frozen=True)
class Asked:
    """What a row of the review asks for.

    Attributes:
        rules: patterns of the ids of the rules that it is about.
        codes: codes of which each rule has one of each group, or those of some rules.
        left: codes that it asks for and that were left, as the page says.
        group: the group code.
        refused: codes that the rules must not have.
    """

    rules: tuple[str, ...]
    codes: tuple[str, ...]
    left: tuple[str, ...] = ()
    group: str = "CO"
    refused: tuple[str, ...] = ()


CONVENTIONS = (
    *("DX-EXCL1*", "DX-DUP", "DX-UNSPEC-*", "DX-SYMPTOM-*", "DX-UNCERTAIN", "DX-CODEFIRST*"),
    *("DX-SEQ-IV", "DX-ZFIRST-ONLY", "DX-MANIF-FIRST", "DX-EXTCAUSE-FIRST"),
    *("DX-SECONDARY-ONLY-FIRST*", "DX-NOT-BILLABLE"),
)
FIELDS = (
    *("CLM-CHARGE", "CLM-UNITS", "CLM-REVENUE*", "CLM-TOB*", "CLM-TAXONOMY*"),
    *("CLM-PTR*", "CLM-DX-COUNT"),
)
ASKED: dict[int, Asked] = {
    2: Asked(("CLM-DATES",), ("14",)),
    3: Asked(("CLM-DATES",), ("110",)),
    4: Asked(("CLM-DATES", "CLM-SPAN"), ("16", "MA31", "M52")),
    5: Asked(("CLM-NPI",), ("16", "N257"), left=("207",)),
    6: Asked(FIELDS, ("16", "M79", "M53", "M50", "MA30", "N255", "M76", "M64")),
    7: Asked(("CLM-DUP", "CLM-DUP-HISTORY"), ("18",), left=("N347",), group="OA"),
    8: Asked(("CLM-FILING*",), ("29",), left=("N211",)),
    9: Asked(("PX-PTP*",), ("236", "97", "N20")),
    10: Asked(("PX-MUE*",), ("151", "222", "N362"), refused=("273",)),
    11: Asked(("PX-25", "PX-GLOBAL", "PX-GLOBAL-DECISION"), ("97", "M144"), refused=("N822",)),
    12: Asked(("PX-STATUS-BUNDLED",), ("97", "M15"), refused=("234",)),
    13: Asked(("PX-STATUS-INVALID",), ("16", "M51", "N56")),
    14: Asked(("PX-STATUS-NONCOVERED",), ("96", "N425"), group="PR"),
    15: Asked(("TH-KX",), ("119",), group="PR", refused=("96",)),
    16: Asked(("PX-ADDON*",), ("B15", "107", "M80")),
    17: Asked(("TH-GP", "TH-GP-DISCIPLINE"), ("4", "N519")),
    18: Asked(("TH-CQ", "TH-CQ-PAIR"), ("4", "N822", "N519"), refused=("16",)),
    19: Asked(CONVENTIONS, ("16", "M76", "MA63", "M64", "M81"), refused=("11",)),
    20: Asked(("DX-DATE",), ("146", "16", "M76")),
    21: Asked(
        ("PX-POS", "PX-POS-INCIDENT", "PX-POS-SETTING"),
        ("58", "5", "M77", "M97"),
        left=("N428",),
    ),
    22: Asked(("MN-PAIR", "MN-LCD-UNSUPPORTED", "MN-NCD-*"), ("11", "50", "N115", "N386")),
    23: Asked(
        ("TH-TIME", "TH-NOTE-SIGNED", "TH-POC", "DOC-ORDER"),
        ("50", "B12", "252", "N706", "MA70"),
        left=("226", "N705"),
    ),
    24: Asked(tuple(f"PX-MODWRONG-{who}" for who in ("ASSISTANT", "COSURGEON", "TEAM")), ("54",)),
}
"""The rows about codes of certain rules, by their number; 1, 25 and 26 are about all rules."""

NAMED_BY_A_RULE = ("14", "110", "B14", "B15", "B16", "6", "7", "109")
"""Codes that row 26 missed."""

_SAID = re.compile(r"((?:`[A-Z0-9-]+`(?:, )?)+): (none|[A-Z]{2} [^;|]+?)(?=; | \|)")


def codes_of(rule: Rule) -> Codes:
    return rule.group_code or "CO", frozenset(rule.denial_codes), frozenset(rule.remark_codes)


def said(number: int) -> dict[str, Codes]:
    """The codes that the page has of each rule of a row."""
    found: dict[str, Codes] = {}
    for names, codes in _SAID.findall(rows("B")[number]):
        group, _, told = ("CO", "", "") if codes == "none" else codes.partition(" ")
        reasons, _, remarks = told.partition(" with ")
        for name in re.findall("`(.*?)`", names):
            found[name] = (group, _codes(reasons), _codes(remarks))
    return found


def _codes(text: str) -> frozenset[str]:
    return frozenset(code for code in text.split(", ") if code)


@pytest.mark.parametrize("number", ASKED)
def test_the_page_has_the_codes_of_the_rules_of_a_row(book: RuleBook, number: int) -> None:
    about = [
        rule for rule in book if any(fnmatch(rule.id, pattern) for pattern in ASKED[number].rules)
    ]
    assert said(number) == {rule.id: codes_of(rule) for rule in about}


@pytest.mark.parametrize("number", ASKED)
def test_the_rules_have_the_codes_that_a_row_asks_for(book: RuleBook, number: int) -> None:
    asked = ASKED[number]
    told = said(number).values()
    have = {code for _, reasons, remarks in told for code in (*reasons, *remarks)}
    assert set(asked.codes) <= have
    assert not have & {*asked.refused, *asked.left}
    assert {group for group, reasons, _ in told if reasons} == {asked.group}
    _, _, outcome = rows("B")[number].rstrip("| ").rpartition(" | ")
    kept = outcome.partition("Left: ")[2]
    assert all(re.search(rf"\b{code}\b", kept) for code in asked.left)


def test_the_rows_about_all_rules(book: RuleBook) -> None:
    assert f"| {len(REMARKED)} rules |" in rows("B")[1]
    assert not [
        rule.id for rule in book if NEED_REMARK & set(rule.denial_codes) and not rule.remark_codes
    ]
    assert "cs:groupCode" in rows("B")[25]
    assert {rule.group_code for rule in book} > {"PR", "OA"}
    used = {code for rule in book for code in rule.denial_codes}
    assert set(NAMED_BY_A_RULE) <= used
    assert all(re.search(rf"\b{code}\b", rows("B")[26]) for code in NAMED_BY_A_RULE)
