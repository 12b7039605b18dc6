"""The how-to page of the policy author, walked through by its own commands and files."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from claimshapes.cli.program import program

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ten-jobs.md"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
FLAGGED = {"rules impact", "check last-month.json"}
"""Commands that find something, and say so by their exit status."""


def save_workbook(text: str, lists: Path) -> None:
    """Saves the sheet that the page shows, as a person types it."""
    [name] = re.findall(r"named `(\w+)` is `list:\1`", text)
    shown = re.findall(r"^\| \d+ \| (.*) \|$", text, re.MULTILINE)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = name
    for row in shown:
        sheet.append([cell.strip() or None for cell in row.split("|")])
    book.save(lists / "any name.xlsx")


def test_each_job_is_done_by_the_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text("utf-8")
    assert [int(number) for number in re.findall(r"^## (\d+)\.", text, re.MULTILINE)] == [
        *range(1, 11)
    ]
    said = {}
    for kind, title, content in BLOCK.findall(text):
        if title:
            (tmp_path / title).write_text(content, "utf-8")
            continue
        assert kind == "sh"
        if "list:evaluations" in content:
            save_workbook(text, tmp_path / "valley" / "rules" / "lists")
        for command in content.splitlines():
            name, *arguments = shlex.split(command)
            assert name == "claimshapes"
            result = CliRunner().invoke(program, arguments)
            flagged = any(command.startswith(f"claimshapes {each}") for each in FLAGGED)
            assert result.exit_code == (1 if flagged else 0), (command, result.output)
            said[" ".join(arguments[:3])] = result.output
    rules = tmp_path / "valley" / "rules"
    assert "sh:select" not in "".join(file.read_text() for file in rules.rglob("*.ttl"))
    assert "0 problems" in said["rules lint --rules"]
    assert re.search(
        r"16 tests and \d\d generated of 8 rules: 0 failed", said["rules test VH-59"]
    ), said["rules test VH-59"]
    assert "VH-59  1 finding" in said["rules impact last-month.json"]
    assert "0 lists changed" in said["tables import lists.xlsx"]
    checked = " ".join(said["check last-month.json --rules"].split())
    assert "97140 with 97530 on the day without modifier 59 or XS" in checked
