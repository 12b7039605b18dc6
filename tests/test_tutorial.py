"""What README, the tutorial and the guide to CI show, as the program prints it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from claimshapes.cli import program

ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = (ROOT / "docs" / "tutorial" / "first-claim.md").read_text("utf-8")
CI_GUIDE = (ROOT / "docs" / "how-to" / "run-in-ci.md").read_text("utf-8")
BEFORE = ".venv/bin/"


def blocks(text: str, language: str = "") -> list[str]:
    return [
        body
        for named, body in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        if named == language
    ]


def commands() -> Iterator[str]:
    """The tutorial's command lines but for the installation, which .ci/run does."""
    for block in blocks(TUTORIAL):
        yield from (line for line in block.splitlines() if line.startswith(f"{BEFORE}claimshapes"))


def run(line: str) -> Result:
    return CliRunner().invoke(program, shlex.split(line.removeprefix(BEFORE))[1:])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_readme_shows_what_the_program_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    command, finding, summary = blocks((ROOT / "README.md").read_text("utf-8"))[:3]
    assert command.endswith("claimshapes check examples/*.json\n")
    examples = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "examples").glob("*.json"))
    printed = CliRunner().invoke(program, ["check", *examples])
    assert printed.exit_code == 1
    for shown in (finding, *summary.split("        ...\n")):
        assert shown in printed.output


def test_the_tutorial(folder: Path) -> None:
    check, explain, batch = commands()
    claim = blocks(TUTORIAL, "json")[0]
    file = folder / "claim.json"
    file.write_text(claim, "utf-8")
    found = run(check)
    assert found.exit_code == 1
    assert re.findall(r"^  violation  (\S+)", found.output, re.MULTILINE) == ["DX-DATE"]
    shown_fault, shown_clean = blocks(TUTORIAL, "text")
    assert found.output.startswith(shown_fault)
    told = run(explain)
    assert told.exit_code == 0
    assert {"M54.50", "M54.51", "M54.59"} <= set(told.output.split())
    file.write_text(claim.replace("M54.5", "M54.51"), "utf-8")
    clean = run(check)
    assert clean.exit_code == 0, clean.output
    assert clean.output == shown_clean

    whole = json.loads(claim.replace("M54.5", "M54.9"))
    whole |= json.loads(f"{{{blocks(TUTORIAL, 'json')[1]}}}")
    file.write_text(json.dumps(whole), "utf-8")
    recorded = run(check).output
    assert "BP-REGION" in recorded
    assert "BP-DOC" in recorded
    without = run(f"{check} --no-documentation").output
    assert "BP-REGION" not in without
    assert "BP-DOC" not in without

    shutil.copy(ROOT / "tests" / "data" / "x12" / "sample_837_0.txt", folder / "claims.837")
    assert run(batch).exit_code in {0, 1}
    assert json.loads((folder / "findings.json").read_text("utf-8"))

    spoken = {"claim": whole}
    (shown,) = blocks(TUTORIAL, "python")
    exec(shown, spoken)  # What the tutorial shows, as it stands.
    assert spoken["result"]


def test_the_commands_of_the_guide_to_ci(folder: Path) -> None:
    (folder / "claims").mkdir()
    shutil.copy(ROOT / "examples" / "09-disc-and-pain.json", folder / "claims" / "one.json")
    (waivers,) = blocks(CI_GUIDE, "toml")
    (folder / "waivers.toml").write_text(waivers, "utf-8")
    workflow = re.sub(r"\n {10,}(?=--|claimshapes)", " ", blocks(CI_GUIDE, "yaml")[0])
    lines = re.findall(r"claimshapes check .*", workflow + "".join(blocks(CI_GUIDE)))
    assert len(lines) == 4
    for line in lines:
        ended = run(line.replace("claims/*.json", "claims/one.json"))
        wanted = 0 if "--fail-on never" in line else 1
        assert ended.exit_code == wanted, f"{line}\n{ended.output}"
    for name in ("claims.sarif", "claims.html", "claims.xml"):
        assert (folder / name).stat().st_size > 0
