from __future__ import annotations

import json
import time
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from claimshapes.checking.findings import ClaimResult, Finding, Waiver
from claimshapes.checking.waivers import Waivers, read_waivers
from claimshapes.errors import InputError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.severity import Severity
from tests.report.conftest import a_finding, a_record

RULES = ("DX-DATE", "CLM-DOC-TYPE")
WHOLE = """\
[[waiver]]
rule = "DX-DATE"
claim = "C-1"
payer = "medicare-b"
code = "m545"
pointer = "/diagnosis/0"
reason = "The payer agreed"
reviewer = "A. Reviewer"
until = 2026-06-30
"""
TODAY = date(2026, 6, 30)


def waiver(**changed: Any) -> Waiver:
    fields: dict[str, Any] = {
        "number": 1,
        "rule": "DX-DATE",
        "reason": "because",
        "reviewer": "A. Reviewer",
        "until": date(2026, 6, 30),
    }
    return Waiver(**(fields | changed))


def applied(*waivers: Waiver, today: date = TODAY, finding: Finding | None = None) -> ClaimResult:
    result = ClaimResult("C-1", (finding or a_finding(),))
    return Waivers(waivers, today=today).apply(a_record().claim, result)


def written(folder: Path, text: str, name: str = "waivers.toml") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    entry = {
        "rule": "DX-DATE",
        "claim": "C-1",
        "payer": "medicare-b",
        "code": "m545",
        "pointer": "/diagnosis/0",
        "reason": "The payer agreed",
        "reviewer": "A. Reviewer",
        "until": "2026-06-30",
    }
    as_json = written(tmp_path, json.dumps({"waiver": [entry]}), "waivers.json")
    for file in (written(tmp_path, WHOLE), as_json):
        waivers = read_waivers(file, RULES, today=TODAY)
        result = waivers.apply(a_record().claim, ClaimResult("C-1", (a_finding(),)))
        assert result.findings == ()
        assert result.waived[0].finding == a_finding()
        assert result.waived[0].waiver.reviewer == "A. Reviewer"
        assert waivers.notices() == []


@pytest.mark.parametrize(
    "narrowed",
    [
        {},
        {"claim": "C-1"},
        {"payer": "medicare-b"},
        {"code": "M54.5"},
        {"code": "m545"},
        {"pointer": "/diagnosis"},
        {"pointer": "/diagnosis/0"},
        {"pointer": "/diagnosis/0/code"},
    ],
)
def test_matches(narrowed: dict[str, str]) -> None:
    result = applied(waiver(**narrowed))
    assert (len(result.findings), len(result.waived)) == (0, 1)
    assert not result.clean


@pytest.mark.parametrize(
    "narrowed",
    [
        {"rule": "CLM-DOC-TYPE"},
        {"claim": "C-10"},
        {"payer": "commercial"},
        {"code": "M54.6"},
        {"code": "M54"},
        {"pointer": "/diagnosis/1"},
        {"pointer": "/diag"},
        {"pointer": "/diagnosis/0/code/x"},
    ],
)
def test_does_not_match(narrowed: dict[str, str]) -> None:
    result = applied(waiver(**narrowed))
    assert (len(result.findings), len(result.waived)) == (1, 0)


def test_the_code_of_the_line_counts_where_the_value_is_another() -> None:
    finding = a_finding(focus="/item/0", path="quantity", value="2")
    assert applied(waiver(code="97110"), finding=finding).waived
    assert not applied(waiver(code="97140"), finding=finding).waived


def test_a_code_names_no_finding_on_the_whole_claim() -> None:
    finding = a_finding(focus="", path=None, value=None)
    assert applied(waiver(code="M54.5"), finding=finding).findings


def test_the_last_day_and_the_day_after() -> None:
    assert applied(waiver(), today=date(2026, 6, 30)).waived
    assert applied(waiver(), today=date(2026, 7, 1)).findings


def test_one_that_holds_goes_before_one_that_ended() -> None:
    ended = waiver(until=date(2026, 1, 1))
    waivers = Waivers([ended, waiver(number=2)], today=TODAY)
    result = waivers.apply(a_record().claim, ClaimResult("C-1", (a_finding(),)))
    assert [waived.waiver.number for waived in result.waived] == [2]
    assert waivers.expired() == [(ended, 0)]


def test_only_what_matches_is_waived() -> None:
    other = a_finding(rule="CLM-DOC-TYPE", severity=Severity.INFO)
    waivers = Waivers([waiver()], today=TODAY)
    result = waivers.apply(a_record().claim, ClaimResult("C-1", (a_finding(), other), (), 7))
    assert result.findings == (other,)
    assert result.rules_in_force == 7


def test_notices() -> None:
    waivers = Waivers(
        [waiver(until=date(2026, 1, 1)), waiver(number=2, claim="C-9", pointer="/item/0")],
        today=TODAY,
    )
    waivers.apply(a_record().claim, ClaimResult("C-1", (a_finding(), a_finding(focus=""))))
    assert waivers.notices() == [
        "waiver 1 (rule DX-DATE) ended on 2026-01-01; 2 of the findings would be waived",
        "waiver 2 (rule DX-DATE, claim C-9, at /item/0) matches no finding",
    ]


BAD_FILES = {
    "not toml": ("[[waiver]\nrule = 1\n", "line 1", "is not TOML"),
    "not toml further down": ('a = 1\nb = 2\nc = "', "line 3", "is not TOML"),
    "nothing": ("", "/waiver", "the field 'waiver' is missing"),
    "unknown name": (WHOLE.replace("claim =", "claims ="), "/waiver/0/claims", "did you mean"),
    "no reason": (
        WHOLE.replace('reason = "The payer agreed"\n', ""),
        "/waiver/0/reason",
        "missing",
    ),
    "empty reviewer": (WHOLE.replace("A. Reviewer", ""), "/waiver/0/reviewer", "expected text"),
    "no day": (WHOLE.replace("2026-06-30", '"soon"'), "/waiver/0/until", "a date of the calendar"),
    "no day of the calendar": (
        WHOLE.replace("2026-06-30", '"2026-02-31"'),
        "/waiver/0/until",
        "a date of the calendar",
    ),
    "a time": (
        WHOLE.replace("2026-06-30", "2026-06-30T10:00:00"),
        "/waiver/0/until",
        "a date of the calendar",
    ),
    "no rule id": (WHOLE.replace("DX-DATE", "dx date"), "/waiver/0/rule", "a rule id such as"),
    "no such rule": (WHOLE.replace("DX-DATE", "DX-NONE"), "/waiver/0/rule", "no rule DX-NONE"),
    "no pointer": (WHOLE.replace("/diagnosis/0", "diagnosis"), "/waiver/0/pointer", "JSON Pointer"),
    "the whole claim": (WHOLE.replace("/diagnosis/0", ""), "/waiver/0/pointer", "JSON Pointer"),
    "second one": (WHOLE + "[[waiver]]\n", "/waiver/1/rule", "missing"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_by_its_place(tmp_path: Path, name: str) -> None:
    text, place, reason = BAD_FILES[name]
    file = written(tmp_path, text)
    with pytest.raises(InputError) as raised:
        read_waivers(file, RULES)
    assert str(raised.value).startswith(f"{file}, ")
    assert place in str(raised.value)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [("[", "line 1"), ("[]", "expected an object"), ("[" * 100_000, "too deeply")],
)
def test_bad_json_is_refused(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(InputError, match=place):
        read_waivers(written(tmp_path, text, "w.json"), RULES)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'[[waiver]]\nreason = "\xe9"')
    for name, reason in (
        ("none.toml", "no such file"),
        ("latin.toml", "not UTF-8"),
        (".", "cannot be read"),
    ):
        with pytest.raises(InputError, match=reason):
            read_waivers(str(tmp_path / name), RULES)


def test_schema_is_a_schema() -> None:
    text = (resource_directory("ontology") / "waivers.schema.json").read_text("utf-8")
    Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 40_000) + " = 1\n",
        "[" + ".".join(['"a"'] * 40_000) + "]\n",
        "x = { " + " . ".join(["a"] * 40_000) + " = 1 }\n",
        "[" * 100_000 + "\n",
        '"""' * 40_001 + "\n",
        "#" * 5_000_000 + "\n",
    ],
)
def test_a_file_that_would_take_gigabytes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text(text)
    start = time.monotonic()
    tracemalloc.start()
    with pytest.raises(InputError):
        read_waivers(str(file), ["DX-DATE"])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 200_000_000
    assert time.monotonic() - start < 30


def test_dots_in_a_reason_are_no_keys(tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    reason = ".".join(["word"] * 40)
    file.write_text(
        f'[[waiver]]\nrule = "DX-DATE"\nreason = "{reason}"\nreviewer = "R"\nuntil = 2099-01-01\n'
        f"# {reason}\n"
    )
    read_waivers(str(file), ["DX-DATE"])


def test_a_number_of_too_many_digits(tmp_path: Path) -> None:
    file = tmp_path / "waivers.json"
    file.write_text('{"waiver": ' + "1" * 5000 + "}")
    with pytest.raises(InputError, match="too many digits"):
        read_waivers(str(file), ["DX-DATE"])
