from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]


def words(result: Result) -> str:
    return " ".join(result.stdout.split())


@pytest.mark.parametrize("identifier", ["DX-EXCL1", "dx-excl1"])
def test_a_rule(run: Run, identifier: str) -> None:
    result = run("explain", identifier)
    assert result.exit_code == 0
    text = words(result)
    for part in (
        "DX-EXCL1 Excludes1 conflict",
        "severity violation",
        "status active",
        "dates of service from 2015-10-01 on",
        "payers all",
        "prevents CARC 16 (the claim lacks information or has an error)",
        "source ICD-10-CM tabular list of diseases and injuries, Excludes1 notes",
        "[primary]",
        "see https://w3id.org/claimshapes/rules/DX-EXCL1/",
    ):
        assert part in text


def test_rules_that_yield_name_each_other(run: Run) -> None:
    from claimshapes.rules.rule_book import load_rules

    book = load_rules()
    weaker = next(rule for rule in book if rule.yields_to)
    stricter = sorted(book.by_node[iri].id for iri in weaker.yields_to)
    assert f"yields to {', '.join(stricter)}" in words(run("explain", weaker.id))
    assert weaker.id in words(run("explain", stricter[0])).partition("goes before")[2]


def test_a_rule_of_some_payers(run: Run) -> None:
    assert "payers medicare" in words(run("explain", "PX-STATUS-INVALID"))


@pytest.mark.parametrize("code", ["M54.5", "m545"])
def test_a_code(run: Run, code: str) -> None:
    result = run("explain", code, "--on", "2026-05-04")
    assert result.exit_code == 0
    text = words(result)
    for part in (
        "M54.5 Low back pain",
        "billable no, not on 2026-05-04 (valid 2015-10-01 to 2021-09-30)",
        "under category M54 Dorsalgia block M50-M54",
        "chapter 13 Diseases of the musculoskeletal system",
        "Excludes1 intervertebral disc degeneration",
        "Excludes1 (of category M54) psychogenic dorsalgia (F45.41)",
        "Excludes2 (of chapter 13)",
        "Below it: 3 codes M54.50 Low back pain, unspecified",
        "listed in ICD-10-CM tabular list, January 2021",
        "notes of ICD-10-CM tabular list, April 2026",
        "source the ICD-10-CM tabular list (CDC",
    ):
        assert part in text


def test_notes_are_those_of_the_day(run: Run) -> None:
    discogenic = "intervertebral disc degeneration, lumbar region with discogenic back pain"
    assert discogenic not in words(run("explain", "M54.5", "--on", "2021-05-05"))
    assert discogenic in words(run("explain", "M54.5", "--on", "2026-05-05"))


def test_a_day_of_which_no_release_speaks(run: Run) -> None:
    text = words(run("explain", "M54.9", "--on", "2023-01-01"))
    assert "it speaks for 2021-01-01 to 2021-09-30 and not for 2023-01-01" in text


def test_on_changes_validity(run: Run) -> None:
    assert "yes on 2021-09-30" in words(run("explain", "M54.5", "--on", "2021-09-30"))
    assert "no, not on 2021-10-01" in words(run("explain", "M54.5", "--on", "2021-10-01"))


def test_a_heading(run: Run) -> None:
    text = words(run("explain", "M54"))
    assert "never: a heading" in text
    assert "Below it: 9 codes" in text


def test_seventh_characters(run: Run) -> None:
    text = words(run("explain", "S72001A"))
    assert "Seventh character (of code S72.001) A initial encounter for closed fracture" in text


@pytest.mark.parametrize(
    ("code", "near"), [("M54.7", "M54.6"), ("I109", "I10"), ("M54.6X", "M54.6")]
)
def test_an_unknown_code(run: Run, code: str, near: str) -> None:
    result = run("explain", code)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert f"has the code {code}" in line
    assert near in line.partition("near it:")[2].replace(",", "").split()


@pytest.mark.parametrize("subject", ["DX-DAT", "nonsense", ""])
def test_neither_rule_nor_code(run: Run, subject: str) -> None:
    result = run("explain", subject)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_near_rules_are_suggested(run: Run) -> None:
    assert "DX-DATE" in run("explain", "DX-DAT").stderr


def test_words_lead_to_codes_the_best_first(run: Run) -> None:
    lines = run("explain", "dorsalgia").stdout.splitlines()
    assert lines[0].split() == ["M54", "Dorsalgia"]
    assert "M54.51" in run("explain", "vertebrogenic", "low").stdout.split()


def test_denials_and_payers(run: Run) -> None:
    assert run("explain", "co-50").stdout.startswith("CARC 50 (not shown to be medically")
    assert run("explain", "CARC 999").exit_code == 2
    shown = run("explain", "medicare-b").stdout
    assert "payer medicare-b" in shown
    assert "TH-GP " in shown


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("97110", ["procedure code 97110", "most units: 6", "always-therapy", "TH-GP "]),
        ("revenue 420", ["revenue code 0420", "therapy"]),
        ("gp", ["modifier GP", "therapy-discipline"]),
        ("POS 11", ["place of service 11 Office"]),
        ("225100000X", ["taxonomy code 225100000X"]),
        ("RARC MA63", ["RARC MA63 (the principal diagnosis", "DX-7CH-MISSING"]),
    ],
)
def test_codes_that_tables_list(run: Run, subject: str, expected: list[str]) -> None:
    result = run("explain", *subject.split())
    assert result.exit_code == 0, result.output
    for text in expected:
        assert text in words(result)


@pytest.mark.parametrize(
    ("subject", "near"),
    [
        ("97111", "near it: 97110, 97112"),
        ("modifier GPP", "has the modifier GPP; near it: GP"),
        ("RARC MA36", "MA63"),
        ("medicare-c", "near it: medicare-b, medicare-a"),
        ("DX-DAET", "near it: DX-DATE"),
        ("lumbar spyne", "near it: lumbar spine"),
    ],
)
def test_near_misses_are_near(run: Run, subject: str, near: str) -> None:
    result = run("explain", *subject.split())
    assert result.exit_code == 2
    assert near in result.stderr


@pytest.mark.parametrize(
    ("subject", "first"),
    [
        ("8-minute rule", "TH-UNITS "),
        ("timely filing", "CLM-FILING "),
        ("excludes1", "DX-EXCL1 "),
        ("global period", "PX-GLOBAL "),
        ("DX-7CH*", "DX-7CH-INVALID "),
        ("united", "CLM-NDC-UHC "),
    ],
)
def test_words_and_patterns_lead_to_rules(run: Run, subject: str, first: str) -> None:
    result = run("explain", *subject.split())
    assert result.exit_code == 0
    assert result.stdout.startswith(first)


def test_a_remark_code_is_told_with_the_diagnosis_of_its_name(run: Run) -> None:
    result = run("explain", "N362")
    assert result.stdout.startswith("N36.2")
    assert "RARC N362" in result.stdout


def test_a_service_written_as_a_diagnosis_is_named(run: Run) -> None:
    assert "procedure code J3301" in run("explain", "J33.01").stderr


@pytest.mark.parametrize(
    ("subject", "heading", "below"),
    [
        ("M50-M54", "M50-M54 Other dorsopathies", "Below it: 4 codes M50 Cervical disc disorders"),
        ("m40-m54", "M40-M54 Dorsopathies", "M40 Kyphosis"),
        ("chapter 13", "chapter 13 Diseases of the musculoskeletal system", "M00-M02"),
        ("M00-M99", "chapter 13 Diseases of the musculoskeletal system", "M00-M02"),
    ],
)
def test_blocks_and_chapters(run: Run, subject: str, heading: str, below: str) -> None:
    result = run("explain", *subject.split())
    assert result.exit_code == 0, result.output
    assert words(result).startswith(heading)
    assert below in words(result)


def test_a_block_that_no_release_has(run: Run) -> None:
    result = run("explain", "M54-M55")
    assert result.exit_code == 2
    assert "has the code M54-M55" in result.stderr


def test_value_sets(run: Run) -> None:
    for subject in ("timed-therapy", "set:timed-therapy"):
        text = words(run("explain", subject))
        assert text.startswith("value set timed-therapy Therapy services timed in units of 15 min")
        assert "members 97032, 97033" in text
        assert "TH-UNITS More timed units" in text


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("unbundling", "PX-PTP1 "),
        ("medical necessity", "CARC 50 "),
        ("therapy cap", "TH-KX "),
        ("duplicate claim", "CLM-DUP "),
        ("bcbs", "commercial "),
        ("blue cross", "commercial "),
        ("uhc", "unitedhealthcare-commercial "),
        ("lbp", "M54.50 "),
        ("ABN", "modifier GA"),
    ],
)
def test_words_that_mean_others(run: Run, subject: str, found: str) -> None:
    result = run("explain", *subject.split())
    assert result.exit_code == 0, result.output
    assert any(line.startswith(found) for line in result.stdout.splitlines())


def test_abbreviations_are_words_of_their_own(run: Run) -> None:
    assert [line.split()[0] for line in run("explain", "MBI").stdout.splitlines()] == ["CLM-MBI"]
    assert "CLM-NPI " in run("explain", "NPI").stdout


def test_a_number_may_be_a_denial_too(run: Run) -> None:
    text = run("explain", "50").stdout
    assert text.startswith("modifier 50")
    assert "\nCARC 50 (not shown to be medically" in text
    assert "CARC" not in run("explain", "modifier", "50").stdout.split()


@pytest.mark.parametrize("subject", ["exludes1", "telehelth"])
def test_words_of_rules_have_near_ones(run: Run, subject: str) -> None:
    assert {"exludes1": "near it: excludes1", "telehelth": "PX-TELEHEALTH"}[subject] in run(
        "explain", subject
    ).stderr


@pytest.mark.parametrize("subject", ["%", "_", "~", '"', "\\"])
def test_marks_stand_for_themselves(run: Run, subject: str) -> None:
    assert run("explain", subject).exit_code == 2


def test_letters_outside_of_ascii(run: Run) -> None:
    assert run("explain", "Ménière").stdout.startswith("H81.0 ")


def test_an_unknown_remark_code_is_told_apart(run: Run) -> None:
    assert "remark code MA130; near it: MA30" in run("explain", "MA130").stderr
