from __future__ import annotations

import re

from claimshapes.checking.findings import ClaimResult
from claimshapes.rules.severity import Severity
from tests.report.conftest import (
    CLEAN,
    FOUND,
    REJECTED,
    SOURCED,
    UNJUDGED,
    WAIVED,
    a_finding,
    a_record,
    hostile_results,
    reported,
)

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::([^\r\n]*)")


def unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands as the runner reads them: split first, then unescaped."""
    read = []
    for line in text.splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        named = {key: unescaped(value) for key, value in properties.items()}
        read.append((match[1], named, unescaped(match[3])))
    return read


def test_findings() -> None:
    severities = [a_finding(severity=severity) for severity in Severity]
    read = commands(reported("github", [ClaimResult("C-1", tuple(severities))]))
    assert [name for name, _, _ in read] == ["error", "warning", "notice", "notice"]
    assert read[0] == (
        "error",
        {"title": "DX-DATE", "file": "claims.json", "line": "3"},
        "Claim C-1, diagnosis 1, code (box 21A; 837 loop 2300 HI01-2): M54.5 may not be reported"
        " on 2026-05-04\n"
        "What to do: Report the code that was valid.\n"
        "https://w3id.org/claimshapes/rules/DX-DATE/",
    )


def test_a_finding_stands_on_its_own_line_of_the_file() -> None:
    command = commands(reported("github", [SOURCED]))[0]
    assert command[1] == {"title": "DX-DATE", "file": "claims.json", "line": "27"}
    assert command[2].startswith(
        "Claim C-6, diagnosis 1, code (box 21A; 837 loop 2300 HI01-2); 2300 HI01, segment 26,"
        " line 27: M54.5 may not"
    )


def test_waived_rejected_and_summary() -> None:
    waived, rejected, summary = commands(reported("github", [WAIVED, REJECTED, CLEAN]))
    assert waived[0] == "notice"
    assert waived[1]["title"] == "DX-DATE (waived)"
    assert "Waived by A. Reviewer until 2027-03-31: on paper" in waived[2]
    assert rejected == (
        "error",
        {"title": "not read", "file": "claims.json", "line": "9"},
        "expected a number, at /item/0/quantity",
    )
    assert summary[1] == {"title": "claimshapes"}
    assert "clean: 1 (50.0%)" in summary[2]


def test_what_was_not_checked_stands_in_the_summary() -> None:
    (summary,) = commands(reported("github", [UNJUDGED]))
    assert "PX-PTP0 not checked on 1 claim: no table" in summary[2]


def test_standard_input_has_no_file() -> None:
    (_, properties, _), _ = commands(reported("github", [(a_record(file="-"), WAIVED)]))
    assert properties == {"title": "DX-DATE (waived)"}


def test_hostile_texts_make_no_command() -> None:
    read = commands(reported("github", hostile_results()))
    assert {name for name, _, _ in read} == {"error", "notice"}
    for _, properties, message in read:
        assert properties.keys() <= {"title", "file", "line"}
        assert "\x1b" not in message
        assert "\u202e" not in message


def test_stopped_before_the_end() -> None:
    assert "stopped before the end" in reported("github", [FOUND], complete=False)
