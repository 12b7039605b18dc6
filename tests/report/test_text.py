from __future__ import annotations

from claimshapes.checking.findings import ClaimResult
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
    where       /diagnosis/0/code = M54.5
    why         The code set in force decides.
    what to do  Report the code that was valid.
    prevents    CARC 146 (the diagnosis was not valid on the date of service); CARC 16
    source      Code table, FY2016 to FY2027
  info  CLM-DOC-TYPE  M54.5 may not be reported on 2026-05-04
    where       the claim
    what to do  Report the code that was valid.
    prevents    CARC 146 (the diagnosis was not valid on the date of service); CARC 16
  not checked  PX-PTP0  the table of 2026 is not at hand  (at /item/0, /item/1)

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
  charges      $240.00, of which findings touch $80.00 by a violation; 3 of 6 lines without a charge
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
  charges      $160.00, of which findings touch nothing; 2 of 4 lines without a charge
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
    where       /diagnosis/0/code = M54.5
    waived by   A. Reviewer until 2027-03-31
    because     on paper

Summary
  claims       1 read = 1 checked + 0 rejected
  clean        0 (0.0%)
  incomplete   0 with no findings, but not everything checked
  to correct   0 with findings
  waived       1 with no findings but what is waived
  rules        41 in force
  charges      $80.00, of which findings touch nothing; 1 of 2 lines without a charge
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
