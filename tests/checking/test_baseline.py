"""Findings of an earlier report are known; others are new."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from claimshapes.checking.baseline import Baseline, read_baseline
from claimshapes.checking.findings import ClaimResult, Finding, Verdict
from claimshapes.errors import InputError
from claimshapes.report.json_report import finding_object
from tests.cli.conftest import ONLY, a_claim, claims, expired, run
from tests.report.conftest import a_finding

__all__ = ["claims", "run"]

Run = Callable[..., Result]
Write = Callable[..., Path]


def applied(known: list[Finding], *now: Finding) -> ClaimResult:
    baseline = Baseline(finding_object(finding) for finding in known)
    return baseline.apply(ClaimResult("C-1", now, rules_in_force=9))


@pytest.mark.parametrize(
    ("changed", "is_known"),
    [
        ({}, True),
        ({"message": "other words", "remedy": "other", "source": "line 7"}, True),
        ({"claim": "C-2"}, False),
        ({"rule": "DX-FMT"}, False),
        ({"focus": "/diagnosis/1"}, False),
        ({"path": None}, False),
        ({"value": "M54.9"}, False),
        ({"value": None}, False),
    ],
)
def test_what_identifies_a_finding(changed: dict[str, Any], is_known: bool) -> None:
    result = applied([a_finding()], a_finding(**changed))
    assert bool(result.known) is is_known
    assert result.verdict is (Verdict.KNOWN if is_known else Verdict.FINDINGS)
    assert not result.clean


def test_of_several_at_a_place_those_with_the_same_message_are_known_first() -> None:
    first, second, third = (a_finding(message=f"conflict with {code}") for code in "ABC")
    result = applied([second], first, second)
    assert (result.findings, result.known) == ((first,), (second,))
    reworded = replace(first, message="new words")
    result = applied([first, second], second, reworded, third)
    assert (result.findings, result.known) == ((third,), (second, reworded))


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_report_is_a_baseline(
    form: str, compressed: bool, run: Run, claims: Write, tmp_path: Path
) -> None:
    file = claims(expired(), a_claim(id="C-2"))
    report = tmp_path / "report"
    assert run("check", "--format", form, "--output", report, *ONLY, file).exit_code == 1
    if compressed:
        report.write_bytes(gzip.compress(report.read_bytes()))
    again = run("check", "--baseline", report, *ONLY, file)
    assert again.exit_code == 0, again.output
    assert "violation  DX-DATE" not in again.output
    assert "no findings but those of the baseline" in again.output
    assert "1 known from the baseline" in again.output

    file = claims(expired(), expired(id="C-3"))
    new = run("check", "--format", "json", "--baseline", report, *ONLY, file)
    assert new.exit_code == 1
    document = json.loads(new.output)
    assert [finding["claim"] for finding in document["findings"]] == ["C-3"]
    assert document["summary"]["known"] == 1
    assert document["summary"]["onlyKnown"] == 1
    assert document["summary"]["withFindings"] == 1


def test_a_waived_finding_of_the_baseline_is_new_when_its_waiver_ends(
    run: Run, claims: Write, tmp_path: Path
) -> None:
    file, report = claims(expired()), tmp_path / "report.json"
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(
        '[[waiver]]\nrule = "DX-DATE"\nreason = "r"\nreviewer = "A"\nuntil = 2999-01-01\n', "utf-8"
    )
    with_waivers = (*ONLY, "--waivers", waivers, file)
    run("check", "--format", "json", "--output", report, *with_waivers)
    assert "waived" in run("check", "--baseline", report, *with_waivers).output
    assert run("check", "--baseline", report, *ONLY, file).exit_code == 1
    # Known in the baseline and waived now: told as waived.
    run("check", "--format", "json", "--output", report, *ONLY, file)
    result = run("check", "--baseline", report, "--format", "json", *with_waivers)
    assert json.loads(result.output)["summary"]["onlyWaived"] == 1


def test_redacted_reports_with_the_same_key_match(run: Run, claims: Write, tmp_path: Path) -> None:
    key, report = tmp_path / "key", tmp_path / "report.json"
    key.write_bytes(b"0123456789abcdef")
    arguments = (*ONLY, "--redact-key", key, claims(expired()))
    run("check", "--format", "json", "--output", report, *arguments)
    assert run("check", "--baseline", report, *arguments).exit_code == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no report"),
        (b"[]", "is no report"),
        (b'{"findings": []}', "is no report"),
        (b'{\n"findings": [{}], "summary": {}}', "is no report"),
        (b'{"kind": "claim"}\n', "is no report"),
        (b'{\n"findings": [], "summary": {"known": 2}}', "use a report of everything"),
        (b'{"kind": "summary", "known": 2}\n', "use a report of everything"),
        (b"\xff\xfe", "is no report"),
    ],
)
def test_what_is_no_baseline(content: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        read_baseline(str(file))


def test_a_baseline_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_baseline(str(tmp_path / "missing.json"))
    with pytest.raises(InputError, match="cannot be read"):
        read_baseline(str(tmp_path))
