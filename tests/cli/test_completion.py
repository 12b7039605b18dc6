"""Completion of rules, payers and codes, as the shells ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from claimshapes.cli.program import program
from tests.cli.conftest import run_process
from tests.cli.test_configuration import RULE


def offered(*arguments: str, begun: str) -> list[str]:
    shell = BashComplete(program, {}, "claimshapes", "_CLAIMSHAPES_COMPLETE")
    return [item.value for item in shell.get_completions(list(arguments), begun)]


@pytest.mark.parametrize(
    ("arguments", "begun", "wanted"),
    [
        (["check", "--select"], "DX-EXCL1-B", "DX-EXCL1-BROAD"),
        (["check", "--select"], "dx-excl1-b", "DX-EXCL1-BROAD"),
        (["watch", "--ignore"], "DX-DATE,CLM-NPI-M", "DX-DATE,CLM-NPI-MISSING"),
        (["serve", "--payer"], "medicare-b", "medicare-b"),
        (["rules", "show"], "TH-UNITS-S", "TH-UNITS-SERVICE"),
        (["rules", "test"], "TH-UNITS-S", "TH-UNITS-SERVICE"),
        (["explain"], "TH-UNITS-S", "TH-UNITS-SERVICE"),
        (["explain"], "medicare-a", "medicare-a"),
        (["explain"], "M54.5", "M54.50"),
        (["explain"], "m545", "M54.50"),
        (["explain"], "9711", "97110"),
        (["explain"], "0420", "0420"),
        (["explain"], "225100", "225100000X"),
        (["check", "--format"], "ndj", "ndjson"),
        (["check"], "--base", "--baseline"),
    ],
)
def test_what_is_offered(arguments: list[str], begun: str, wanted: str) -> None:
    assert wanted in offered(*arguments, begun=begun)


def test_codes_only_from_the_third_character_on() -> None:
    assert offered("explain", begun="M5") == []


def test_rules_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "VH-AUTH.ttl").write_text(RULE, "utf-8")
    assert offered("check", "--rules", str(tmp_path), "--select", begun="VH-") == ["VH-AUTH"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    script = run_process(_CLAIMSHAPES_COMPLETE=f"{shell}_source").stdout.decode()
    assert "_CLAIMSHAPES_COMPLETE" in script
    assert f"{shell}_complete" in script


def test_the_script_of_bash_gets_its_answers() -> None:
    answered = run_process(
        _CLAIMSHAPES_COMPLETE="bash_complete",
        COMP_WORDS="claimshapes explain DX-EXCL1-B",
        COMP_CWORD="2",
    )
    assert answered.stdout.decode().split() == ["plain,DX-EXCL1-BROAD"]
