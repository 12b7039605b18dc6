"""The pre-commit hook, and the workflow that docs/how-to/run-in-ci.md shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from pre_commit.clientlib import load_manifest  # type: ignore[import-untyped]

from claimshapes.cli import program
from claimshapes.report.formats import REPORT_FORMATS

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "how-to" / "run-in-ci.md"
CLEAN = ROOT / "examples" / "01-clean-therapy.json"
EXPIRED = ROOT / "examples" / "06-expired-myalgia.json"


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    return [text for name, text in found if name == language]


def commands() -> list[str]:
    (workflow,) = (yaml.safe_load(text) for text in blocks("yaml") if "jobs:" in text)
    steps: list[dict[str, Any]] = workflow["jobs"]["check"]["steps"]
    runs = [step["run"] for step in steps if "claimshapes check" in step.get("run", "")]
    others = [text for text in blocks("") if "claimshapes check" in text]
    assert len(runs) == 3
    assert len(others) == 1
    return runs + others


def test_the_hook_is_one_that_pre_commit_takes() -> None:
    (hook,) = load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))
    assert re.search(hook["files"], "claims/batch.837")
    assert not re.search(hook["files"], "package.json")
    arguments = shlex.split(hook["entry"])
    assert arguments.pop(0) == "claimshapes"
    for file, status in ((CLEAN, 0), (EXPIRED, 1)):
        assert CliRunner().invoke(program, [*arguments, str(file)]).exit_code == status


@pytest.mark.parametrize("command", commands())
def test_the_commands_of_the_page_run(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (waivers,) = blocks("toml")
    Path("waivers.toml").write_text(waivers, encoding="utf-8")
    files = {"claims/*.json": [str(CLEAN), str(EXPIRED)]}
    words = shlex.split(command)
    assert words[0] == "claimshapes"
    arguments = [part for word in words[1:] for part in files.get(word, [word])]
    result = CliRunner().invoke(program, arguments)
    assert result.exit_code == (0 if "never" in words else 1)
    made = [arguments[index + 1] for index, word in enumerate(arguments) if word == "--output"]
    assert all(Path(name).stat().st_size for name in made)


def test_every_format_is_described() -> None:
    text = (ROOT / "docs" / "reference" / "reports.md").read_text("utf-8")
    described = re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|.*\|.*\|$", text, re.M)
    assert sorted(described) == sorted(REPORT_FORMATS)
