"""Every row of the review has an outcome on its page, and what the page names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claimshapes.rules.rule_book import RuleBook
from tests.independent.test_independent_claims import answers

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rule-review.md"
PARTS = {"A": 40, "B": 26, "D": 25}
"""How many rows the review has in its parts of rules, of denial codes and of missing edits."""

OF_CLAIMS = ("A", "D")
"""The parts whose rows have claims; of part B, `test_review_codes.py` compares the codes."""

REMARKED = [
    "BP-DOC",
    "BP-REGION",
    "BP-SITE",
    "BP-UNDERLYING",
    "DOC-ORDER",
    "CLM-CHARGE",
    "CLM-DATES",
    "CLM-DX-COUNT",
    "CLM-NPI",
    "CLM-PTR",
    "CLM-PTR-COUNT",
    "CLM-PTR-MISSING",
    "CLM-REVENUE",
    "CLM-REVENUE-MISSING",
    "CLM-SPAN",
    "CLM-TAXONOMY",
    "CLM-TOB",
    "CLM-TOB-MISSING",
    "CLM-UNITS",
    "DX-CODEALSO",
    "DX-CODEFIRST",
    "DX-CODEFIRST-CONDITIONAL",
    "DX-CODEFIRST-INFO",
    "DX-CODEFIRST-MISSING",
    "DX-DUP",
    "DX-EXCL1",
    "DX-EXCL1-ATTESTED",
    "DX-EXCL1-BROAD",
    "DX-EXCL1-TEXT",
    "DX-FMT",
    "DX-SEQ-IV",
    "DX-SYMPTOM-WITH-DEF",
    "DX-UNCERTAIN",
    "DX-UNSPEC-SIDE",
    "DX-UNSPEC-SIDE-DOCUMENTED",
    "DX-UNSPEC-WITH-SPECIFIC",
    "DX-USEADD",
    "DX-ZFIRST-ONLY",
    "TH-SPLIT",
    "PX-POS",
    "PX-STATUS-BUNDLED",
    "PX-STATUS-INVALID",
    "PX-STATUS-NONCOVERED",
    "TH-CQ",
    "TH-CQ-PAIR",
    "TH-KX",
    "TH-NOTE-SIGNED",
    "TH-POC",
    "TH-START-STOP",
    "TH-TIME",
]
"""The rules that the review found without a remark code that their reason codes ask for."""

NEED_REMARK = {"16", "96", "226", "234", "252"}

OF_ANOTHER_ROW = {"D1": "A1", "D10": "A17", "D25": "A33"}
"""Rows whose claims are those of another one, about the same rules."""


def rows(part: str) -> dict[int, str]:
    """The rows of a part of the page: what it says of each, by its number."""
    section = PAGE.read_text("utf-8").partition(f"## {part}. ")[2].partition("\n## ")[0]
    return {
        int(number): text
        for number, text in re.findall(r"^\| (\d+) \| (.*)$", section, re.MULTILINE)
    }


@pytest.mark.parametrize("part", PARTS)
def test_the_page_has_every_row(part: str) -> None:
    assert set(rows(part)) == set(range(1, PARTS[part] + 1))
    assert all(text.split("|")[1].strip() for text in rows(part).values())


def test_rules_that_the_page_names_exist_and_have_tests(book: RuleBook) -> None:
    text = PAGE.read_text("utf-8")
    named = set(re.findall(r"`((?:BP|CLM|DOC|DX|EM|MN|OC|PX|TH)-[A-Z0-9-]*[A-Z0-9])`", text))
    assert len(named) > 60
    assert named <= book.rules.keys()
    files = {name: book.rules[name].file.with_suffix(".test.ttl") for name in named}
    assert {name for name, file in files.items() if not file.exists()} == set()


def test_every_row_that_changed_a_rule_has_a_claim() -> None:
    claims = {name.partition(":")[0] for name in answers("review.toml")}
    kept = {f"A{number}" for number, text in rows("A").items() if "| left" in text}
    every = {f"{part}{number}" for part in OF_CLAIMS for number in range(1, PARTS[part] + 1)}
    without = {row for row in every - claims - kept if OF_ANOTHER_ROW.get(row) not in claims}
    assert without == set()


@pytest.mark.parametrize("part", OF_CLAIMS)
def test_rules_that_a_row_names_are_those_of_its_claims(part: str) -> None:
    about: dict[str, set[str]] = {}
    for name, claim in answers("review.toml").items():
        of_row = about.setdefault(name.partition(":")[0], set())
        of_row.update(claim.get("finds", ()), claim.get("silent", ()))
    apart: dict[str, set[str]] = {}
    for number, text in rows(part).items():
        named = set(re.findall(r"`([A-Z]+-[A-Z0-9-]*[A-Z0-9])`", text))
        row = f"{part}{number}"
        tested = about.get(OF_ANOTHER_ROW.get(row, row), set()) | about.get(row, set())
        if untested := named - tested:
            apart[row] = untested
    assert apart == {}


@pytest.mark.parametrize("name", REMARKED)
def test_a_rule_of_the_review_has_its_remark_code(book: RuleBook, name: str) -> None:
    rule = book.rules[name]
    assert rule.remark_codes or not NEED_REMARK & set(rule.denial_codes)
