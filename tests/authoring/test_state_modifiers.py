"""Modifiers that a state asks for with its behavioral codes, as the page on payers writes them."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from claimshapes import Checker
from claimshapes.cli.program import program

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-payer.md"


def line(number: int, code: str, *modifiers: str) -> dict[str, object]:
    there = {"sequence": number, "procedure": code, "quantity": 1, "serviced": "2026-05-04"}
    return {**there, "diagnosisSequence": [1], "modifier": list(modifiers)}


def test_rules_of_a_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    section = PAGE.read_text("utf-8").split("## A state's modifiers of behavioral codes")[1]
    commands = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert commands is not None
    for command in commands[1].splitlines():
        result = CliRunner().invoke(program, shlex.split(command)[1:])
        assert result.exit_code == 0, (command, result.output)
    assert "of 2 rules: 0 failed" in result.output
    claim = {
        "id": "H",
        "type": "professional",
        "payer": "state-medicaid",
        "patient": {"id": "P1", "birthDate": "1990-01-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893"},
        "placeOfService": "12",
        "diagnosis": [{"sequence": 1, "code": "F32.9"}],
        "item": [
            line(1, "H0036"),
            line(2, "H0036", "HO"),
            line(3, "H0036", "HQ"),
            line(4, "H2019", "HQ"),
            line(5, "H2019", "HN"),
            line(6, "H2020"),
        ],
    }
    checker = Checker(rules=["state/rules"], select={"SM-H0036", "SM-H2019"})
    [judged] = checker.check([json.loads(json.dumps(claim))])
    assert sorted((each.rule, each.focus) for each in judged.findings) == [
        ("SM-H0036", "/item/0"),
        ("SM-H0036", "/item/2"),
        ("SM-H2019", "/item/3"),
    ]
    [elsewhere] = checker.check([{**claim, "id": "E", "payer": "commercial"}])
    assert not elsewhere.findings
