from __future__ import annotations

from typing import Any

import pytest

from claimshapes.checking.findings import ClaimResult
from claimshapes.report.formats import Detail, TextLayout
from claimshapes.report.text import MOST_CLAIMS
from tests.report.conftest import (
    CLEAN,
    COVERAGE,
    FOUND,
    NO_RULES,
    REJECTED,
    UNJUDGED,
    WAIVED,
    a_finding,
    reported,
)

WHOLE = """\
Claim C-1  payer medicare-b  (claims.json, line 3)
  violation  DX-DATE  M54.5 may not be reported on 2026-05-04
    where       diagnosis 1, code M54.5 (box 21A; 837 loop 2300 HI01-2); prevents CARC 146, 16
    what to do  Report the code that was valid.
  info  CLM-DOC-TYPE  M54.5 may not be reported on 2026-05-04
    where       the claim; prevents CARC 146, 16
    what to do  Report the code that was valid.
  not checked  PX-PTP0  the table of 2026 is not at hand  (line 1, line 2)

Claim C-2  payer medicare-b  (claims.json, line 3)
  clean: no findings, 41 rules in force

Claim C-3  payer medicare-b  (claims.json, line 3)
  incomplete: no findings, but not everything checked
  not checked  PX-PTP0  no table

Summary
  claims       4 read = 3 checked + 1 rejected
  clean        1 (33.3%)
  incomplete   1 with no findings, but not everything checked
  to correct   1 with findings
  rules        40 to 41 in force
  charges      $240.00 billed; $80.00 on lines with a violation; 3 of 6 lines without a charge
  findings     1 violation, 0 warnings, 1 info
        1  CLM-DOC-TYPE
        1  DX-DATE
  not checked  rules that lack a fact of the claim, by claims
        1  PX-PTP0  no table
        1  PX-PTP0  the table of 2026 is not at hand
"""


def test_whole_report() -> None:
    assert reported("text", [FOUND, CLEAN, REJECTED, UNJUDGED]) == WHOLE


COVERAGE_AND_NO_RULES = """\
Claim C-7  payer medicare-b  (claims.json, line 3)
  clean: no findings, 38 rules in force

Claim C-8  payer medicare-b  (claims.json, line 3)
  incomplete: no findings, but not everything checked
  not checked  no rule was in force

Summary
  claims       2 read = 2 checked + 0 rejected
  clean        1 (50.0%)
  incomplete   1 with no findings, but not everything checked
  to correct   0 with findings
  rules        0 to 38 in force
  charges      $160.00 billed; nothing on lines with findings; 2 of 4 lines without a charge
  findings     0 violations, 0 warnings, 0 info
  not checked  rules that lack a fact of the claim, by claims
        1  no rule was in force
  coverage     what the format does not carry or no table holds, by claims
        1  2 rules  no record came with the claim
        1  TH-UNITS  no minutes on the claim
"""


def test_coverage_is_told_once_and_no_rule_is_never_clean() -> None:
    assert reported("text", [COVERAGE, NO_RULES]) == COVERAGE_AND_NO_RULES


WAIVED_CLAIM = """\
Claim C-5  payer medicare-b  (claims.json, line 3)
  no findings but what is waived
  waived violation  DX-DATE  M54.5 may not be reported on 2026-05-04
    where       diagnosis 1, code M54.5 (box 21A; 837 loop 2300 HI01-2)
    waived by   A. Reviewer until 2027-03-31
    because     on paper

Summary
  claims       1 read = 1 checked + 0 rejected
  clean        0 (0.0%)
  incomplete   0 with no findings, but not everything checked
  to correct   0 with findings
  waived       1 with no findings but what is waived
  rules        41 in force
  charges      $80.00 billed; nothing on lines with findings; 1 of 2 lines without a charge
  findings     0 violations, 0 warnings, 0 info; 1 waived
"""


def test_what_is_waived_is_shown() -> None:
    assert reported("text", [WAIVED]) == WAIVED_CLAIM


def test_stopped_before_the_end() -> None:
    assert "stopped before the end" in reported("text", [CLEAN], complete=False)


def test_nothing_read_says_nothing_more_than_the_error_stream() -> None:
    assert reported("text", [REJECTED]) == ""


def test_values_do_not_act() -> None:
    value = "M54\x1b[31m.[bold]9[/bold]\r\n\u202ex"
    text = reported("text", [ClaimResult("C", (a_finding(message=value, value=value),))])
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"M54\x1b[31m.[bold]9[/bold]  \u202ex" in text


def test_long_lines_are_wrapped() -> None:
    text = reported("text", [ClaimResult("C", (a_finding(message="word " * 100),))])
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("word") == 100


def test_a_long_word_is_not_lost() -> None:
    text = reported("text", [ClaimResult("C", (a_finding(remedy="x" * 250),))])
    assert text.count("x") >= 250


def test_everything_is_said_where_it_is_wanted() -> None:
    text = reported("text", [FOUND], layout=TextLayout(Detail.FULL))
    for line in (
        "    pointer     /diagnosis/0/code; FHIR Claim.diagnosis[0].diagnosis",
        "    why         The code set in force decides.",
        "    prevents    CARC 146 (the diagnosis was not valid on the date of service); CARC 16",
        "    source      Code table, FY2016 to FY2027",
    ):
        assert line in text.splitlines()


def test_one_line_a_finding() -> None:
    assert reported("text", [FOUND, CLEAN], layout=TextLayout(Detail.SHORT)).splitlines() == [
        "claims.json:3: C-1: violation DX-DATE M54.5 may not be reported on 2026-05-04"
        " (diagnosis 1, code)",
        "claims.json:3: C-1: info CLM-DOC-TYPE M54.5 may not be reported on 2026-05-04 (the claim)",
        "2 claims checked, 1 clean; 1 violation, 0 warnings, 1 info",
    ]


def test_findings_of_a_rule_on_a_claim_are_told_together() -> None:
    same = tuple(a_finding(focus=f"/item/{n}", path="modifier", value=None) for n in range(2))
    text = reported("text", [ClaimResult("C-1", same)])
    assert "DX-DATE  M54.5 may not be reported on 2026-05-04  (2 times)" in text
    assert "line 1, modifier; line 2, modifier (box 24D; 837 loop" in text
    assert text.count("what to do") == 1
    others = (*same, a_finding(message="M54.6 is not billable"))
    text = reported("text", [ClaimResult("C-1", others)])
    assert "  violation  DX-DATE  3 times\n" in text
    assert text.count("where") == 2
    assert text.count("what to do") == 1


def many(number: int) -> list[ClaimResult]:
    return [ClaimResult(f"C-{n}", (a_finding(claim=f"C-{n}"),)) for n in range(number)]


def test_of_many_claims_the_summary_comes_first() -> None:
    lines = reported("text", [*many(MOST_CLAIMS), FOUND]).splitlines()
    assert lines[0] == "Summary"
    assert len(lines) < 30
    head = "  violation  DX-DATE  101 findings on 101 claims: Code not valid on the date of service"
    assert head in lines
    assert "  info  CLM-DOC-TYPE  1 finding on 1 claim" in lines


def test_groups() -> None:
    def shown(**layout: Any) -> str:
        return reported("text", [*many(3), FOUND, CLEAN], layout=TextLayout(**layout))

    assert "  1 rule more; --top 2 shows all\n" in shown(top=1)
    assert "violation  C-1  3 findings: 2 violations, 0 warnings, 1 info\n" in shown(
        group_by="claim", top=1
    )
    payers = shown(group_by="payer", statistics=True)
    assert "violation  medicare-b  5 claims, 1 clean; 4 violations, 0 warnings, 1 info" in payers
    assert "  no NPI on the claim  5 claims" in shown(group_by="provider")
    assert "such as" not in shown(statistics=True)
    assert shown(group_by="claim").startswith("Claim C-0")


def test_colors_where_they_are_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    assert "\x1b[1;31mviolation" in reported("text", [FOUND])
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in reported("text", [FOUND])
