from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.rule_book import load_rules

Run = Callable[..., Result]


@pytest.fixture
def own_rules(tmp_path: Path) -> Path:
    """A folder with a copy of a rule and its tests under another id."""
    for name in ("DX-DATE.ttl", "DX-DATE.test.ttl"):
        text = (resource_directory("shapes") / "diagnosis" / name).read_text("utf-8")
        file = tmp_path / name.replace("DX-DATE", "OWN-DATE")
        file.write_text(text.replace("DX-DATE", "OWN-DATE"), encoding="utf-8")
    return tmp_path


def test_list(run: Run) -> None:
    result = run("rules", "list")
    assert result.exit_code == 0
    ids = list(load_rules().rules)
    # A label that is too long for its column goes on in the next line, indented.
    firsts = [line.split()[0] for line in result.stdout.splitlines() if line[:1].strip()]
    assert firsts[:-1] == ids
    assert result.stdout.splitlines()[-1] == f"{len(ids)} rules"


def test_list_as_json(run: Run, own_rules: Path) -> None:
    listed = json.loads(run("rules", "list", "--format", "json", "--rules", own_rules).stdout)
    by_id = {rule["id"]: rule for rule in listed}
    assert set(by_id) == {*load_rules().rules, "OWN-DATE"}
    assert by_id["DX-DATE"] == {
        "id": "DX-DATE",
        "label": "Diagnosis code not valid on the date of service",
        "description": by_id["DX-DATE"]["description"],
        "severity": "violation",
        "status": "active",
        "validFrom": "2015-10-01",
        "validThrough": None,
        "payers": [],
        "claimTypes": [],
        "readsDocumentation": False,
        "appliesToVoids": False,
        "denialCodes": ["146", "16"],
        "remarkCodes": ["M76"],
        "groupCode": None,
        "yieldsTo": [],
        "overrides": [],
        "sources": [
            {
                "title": "Medicare Code Editor, ICD-10-CM code table",
                "section": "diagnosis code validity dates and edits",
                "edition": "FY2016 to FY2027, as of 2026-10-01",
                "seenAt": None,
                "strength": "primary",
            }
        ],
        "url": "https://w3id.org/claimshapes/rules/DX-DATE/",
    }


def test_show_ends_with_the_file(run: Run) -> None:
    result = run("rules", "show", "dx-date")
    assert result.exit_code == 0
    source = (resource_directory("shapes") / "diagnosis" / "DX-DATE.ttl").read_text("utf-8")
    assert result.stdout.endswith(source)
    assert result.stdout.startswith("DX-DATE  Diagnosis code not valid")


def test_plan_of_a_rule_is_its_sql_and_what_each_operator_did(run: Run) -> None:
    result = run("rules", "show", "DX-DATE", "--plan")
    assert result.exit_code == 0
    assert result.stdout.startswith("SELECT ")
    assert "FROM part_diagnosis" in result.stdout
    assert "operator, on " in result.stdout


@pytest.mark.parametrize("arguments", [("show", "DX-NONE"), ("test", "DX-NONE")])
def test_no_such_rule(run: Run, arguments: tuple[str, str]) -> None:
    result = run("rules", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: there is no rule DX-NONE")


def test_tests_pass(run: Run) -> None:
    result = run("rules", "test", "DX-DATE")
    assert result.exit_code == 0
    assert result.stdout.endswith("tests of 1 rule: 0 failed\n")


def test_a_failing_test_tells_the_difference(run: Run, own_rules: Path) -> None:
    file = own_rules / "OWN-DATE.ttl"
    file.write_text(file.read_text("utf-8").replace("sh:Violation", "sh:Info"), encoding="utf-8")
    result = run("rules", "test", "OWN-DATE", "--rules", own_rules)
    assert result.exit_code == 1
    text = " ".join(result.stdout.split())
    assert "failed OWN-DATE m545-day-after (M54.5 on the day after its last) /diagnosis/0" in text
    assert "/diagnosis/0 violation expected M54.5 is not valid on 2021-10-01" in text
    assert not text.endswith(": 0 failed")


def test_tests_that_cannot_be_read(run: Run, own_rules: Path) -> None:
    (own_rules / "OWN-DATE.test.ttl").write_text("<a> <b>", encoding="utf-8")
    result = run("rules", "test", "--rules", own_rules)
    assert result.exit_code == 2
    assert "OWN-DATE.test.ttl, line 1" in result.stderr


def test_a_rule_without_tests(run: Run, own_rules: Path) -> None:
    (own_rules / "OWN-DATE.test.ttl").unlink()
    result = run("rules", "test", "OWN-DATE", "--rules", own_rules)
    assert result.exit_code == 2
    assert "has no tests" in result.stderr


def test_lint_finds_a_rule_without_tests(run: Run, own_rules: Path) -> None:
    (own_rules / "OWN-DATE.test.ttl").unlink()
    result = run("rules", "lint", "--rules", own_rules)
    assert result.exit_code == 1
    assert "no-tests: the rule OWN-DATE has no tests" in " ".join(result.stdout.split())


def test_rules_folder_has_to_exist(run: Run, tmp_path: Path) -> None:
    assert run("rules", "list", "--rules", tmp_path / "none").exit_code == 2


def test_list_by_source(run: Run) -> None:
    result = run("rules", "list", "--by-source")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    heads = [line.split(":")[0] for line in lines if line and not line.startswith(" ")]
    assert heads == ["primary", "quoted", "secondary", "fictitious"]
    ids = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert {*ids} >= {*load_rules().rules}
    after = result.stdout.partition("fictitious:")[2]
    assert "EX-RESPONSE" in after
    assert "provider manual (fictitious)" in after


def test_show_says_who_has_another_rule(run: Run) -> None:
    shown = run("rules", "show", "TH-RESPONSE").stdout
    assert "for example-strict by EX-RESPONSE from 2026-01-01" in shown
    assert "TH-RESPONSE" in run("rules", "show", "EX-RESPONSE").stdout.partition("instead of")[2]
    assert (
        "for example-managed by none from 2025-07-01" in run("rules", "show", "BP-MRI-ACR").stdout
    )
