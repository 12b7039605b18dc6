"""A check that was stopped goes on, and its report is that of one that was not."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from claimshapes.checking.checker import Checker
from tests.cli.conftest import ONLY, a_claim, command, environment, expired
from tests.longer import TIMES

Run = Callable[..., Result]
NUMBER = 60
KILLS = min(20, 2 * TIMES)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Claims of which every third has a finding and every twentieth is no JSON."""
    lines = []
    for number in range(NUMBER):
        make = expired if number % 3 == 0 else a_claim
        lines.append(json.dumps(make(id=f"C-{number}")) if number % 9 else "{")
    file = tmp_path / "claims.ndjson"
    file.write_text("\n".join(lines))
    return file


def arguments(batch: Path, output: Path, output_format: str = "ndjson", *more: str) -> list[Any]:
    options = ("--engine", "reference", "--format", output_format, "--output", output)
    return ["check", *ONLY, *options, *more, batch]


def kill_at(claims: int, call: list[Any], output: Path) -> None:
    """Runs until so many claims are in the journal, and ends the process without a warning."""
    process = subprocess.Popen(
        command(*call), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    journal = output.with_name(f"{output.name}.progress")
    limit = time.monotonic() + 120
    try:
        while not journal.exists() or json.loads(journal.read_text())["done"] < claims:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < limit
    finally:
        process.kill()
        process.wait()
    assert not output.exists()


@pytest.mark.parametrize("output_format", ["ndjson", "csv"])
def test_a_killed_check_goes_on(run: Run, batch: Path, tmp_path: Path, output_format: str) -> None:
    """Killed twice on a build, at claims at random that differ with the format."""
    whole, output = tmp_path / "whole", tmp_path / "out"
    expected = run(*arguments(batch, whole, output_format))
    partial = output.with_name("out.partial")
    for claims in sorted(random.Random(output_format).sample(range(1, NUMBER - 15), KILLS)):
        kill_at(claims, arguments(batch, output, output_format, "--resume"), output)
        with partial.open("ab") as stream:
            stream.write(b'{"kind": "cla')
    again = run(*arguments(batch, output, output_format, "--resume"))
    assert again.exit_code == expected.exit_code
    assert output.read_bytes() == whole.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["claims.ndjson", "out", "whole"]


def stopped(run: Run, monkeypatch: pytest.MonkeyPatch, call: list[Any], after: int) -> Result:
    """Runs in this process, with Ctrl-C after so many claims."""
    judged = 0
    original = Checker.check_one

    def check_one(self: Checker, claim: Any) -> Any:
        nonlocal judged
        judged += 1
        if judged > after:
            raise KeyboardInterrupt
        return original(self, claim)

    with monkeypatch.context() as patched:
        patched.setattr(Checker, "check_one", check_one)
        return run(*call)


def test_an_interrupted_check_goes_on(
    run: Run, batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, output = tmp_path / "whole", tmp_path / "out"
    expected = run(*arguments(batch, whole))
    call = arguments(batch, output, "ndjson", "--resume")
    for after in (5, 0, 20):
        interrupted = stopped(run, monkeypatch, call, after)
        assert interrupted.exit_code == 130
        assert "interrupted; the same command goes on from here" in interrupted.stderr
        lines = output.with_name("out.partial").read_text().splitlines()
        assert all(json.loads(line)["kind"] in ("claim", "rejected") for line in lines)
    assert run(*call).exit_code == expected.exit_code
    assert output.read_bytes() == whole.read_bytes()


def test_waivers_count_on(
    run: Run, batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waivers = tmp_path / "waivers.json"
    fields = {"rule": "DX-DATE", "reason": "on paper", "reviewer": "A", "until": "2199-01-01"}
    waivers.write_text(json.dumps({"waiver": [fields | {"claim": "C-3"}]}))
    whole, output = tmp_path / "whole", tmp_path / "out"
    expected = run(*arguments(batch, whole, "ndjson", "--waivers", str(waivers)))
    call = arguments(batch, output, "ndjson", "--waivers", str(waivers), "--resume")
    stopped(run, monkeypatch, call, 10)
    again = run(*call)
    assert "matches no finding" not in expected.stderr + again.stderr
    assert output.read_bytes() == whole.read_bytes()


def test_a_whole_check_leaves_no_journal(run: Run, batch: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    run(*arguments(batch, output, "ndjson", "--resume"))
    assert json.loads(output.read_text().splitlines()[-1])["kind"] == "summary"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["claims.ndjson", "out"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("input", "a file of claims changed"),
        ("options", "the options changed"),
        ("rules", "the rules changed"),
        ("format", "the format of the report changed"),
        ("version", "the version of the program changed"),
        ("journal", "is no journal of a check"),
        ("partial", "out.partial has lost its end"),
    ],
)
def test_nothing_goes_on_after_a_change(
    run: Run,
    batch: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
    named: str,
) -> None:
    output, rules = tmp_path / "out", tmp_path / "rules"
    rules.mkdir()
    more = ["--resume", "--rules", str(rules)]
    stopped(run, monkeypatch, arguments(batch, output, "ndjson", *more), 5)
    output_format = "ndjson"
    match change:
        case "input":
            batch.write_text(batch.read_text() + "\n")
        case "options":
            more += ["--payer", "commercial"]
        case "rules":
            (rules / "new.ttl").write_text("# nothing yet\n")
        case "format":
            output_format = "csv"
        case "version":
            monkeypatch.setattr("claimshapes.cli.resumption.__version__", "99")
        case "journal":
            (tmp_path / "out.progress").write_text("[]")
        case "partial":
            (tmp_path / "out.partial").write_text("")
    result = run(*arguments(batch, output, output_format, *more))
    assert result.exit_code == 2
    assert named in result.stderr
    assert "delete out.progress to begin anew" in result.stderr
    # A folder without rules is warned of before.
    told = [line for line in result.stderr.splitlines() if not line.startswith("Warning: ")]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--format", "ndjson"], "--resume needs --output FILE"),
        (["--format", "ndjson", "--output", "-"], "--resume needs --output FILE"),
        (["--format", "json", "--output", "out"], "json is one document"),
        (["--output", "out"], "text is one document"),
        (["--format", "csv", "--output", "no/such/folder/out"], "cannot be written"),
    ],
)
def test_what_cannot_be_resumed(
    run: Run, batch: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], reason: str
) -> None:
    monkeypatch.chdir(batch.parent)
    result = run("check", *ONLY, *options, "--resume", batch)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1


def test_standard_input_cannot_be_resumed(run: Run, tmp_path: Path) -> None:
    result = run(*arguments(Path("-"), tmp_path / "out", "ndjson", "--resume"), stdin="{}")
    assert result.exit_code == 2
    assert "standard input" in result.stderr


def test_the_output_is_no_input(run: Run, batch: Path) -> None:
    before = batch.read_bytes()
    result = run(*arguments(batch, batch, "ndjson", "--resume"))
    assert result.exit_code == 2
    assert "is one of the files to check" in result.stderr
    assert batch.read_bytes() == before


@pytest.mark.parametrize("option", ["--across-claims", "--grouped"])
def test_a_history_across_claims_goes_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    claims = [a_claim(id=f"C-{number}") for number in range(6)]
    claims[5]["patient"] = {"birthDate": "1980-02-01", "sex": "female"}
    batch = tmp_path / "claims.ndjson"
    batch.write_text("\n".join(map(json.dumps, claims)))
    whole, output = tmp_path / "whole", tmp_path / "out"
    more = (option, "--select", "CLM-DUP-HISTORY")
    expected = run(*arguments(batch, whole, "ndjson", *more))
    assert '"byRule": {"CLM-DUP-HISTORY": 10}' in whole.read_text()
    assert "claims that name no patient were checked without others: 1" in expected.stderr
    call = arguments(batch, output, "ndjson", *more, "--resume")
    stopped(run, monkeypatch, call, 3)
    again = run(*call)
    assert output.read_bytes() == whole.read_bytes()
    assert again.stderr == expected.stderr


def on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Makes it another day for the command."""

    class Today(date):
        @classmethod
        def today(cls) -> date:  # type: ignore[override]
            return date.fromisoformat(day)

    for module in ("cli.commands.check", "checking.waivers", "claims.run_days"):
        monkeypatch.setattr(f"claimshapes.{module}.date", Today)


def test_the_day_of_the_report_is_that_on_which_it_was_begun(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim without a date is taken as sent today, and late some day; a waiver ends."""
    undated = [
        {name: value for name, value in a_claim(id=f"C-{number}").items() if name != "created"}
        for number in range(6)
    ]
    batch, output, whole = tmp_path / "claims.ndjson", tmp_path / "out", tmp_path / "whole"
    batch.write_text("\n".join(map(json.dumps, [*undated, expired(id="C-6")])))
    waivers = tmp_path / "waivers.json"
    fields = {"rule": "DX-DATE", "reason": "on paper", "reviewer": "A", "until": "2026-06-01"}
    waivers.write_text(json.dumps({"waiver": [fields | {"claim": "C-6"}]}))
    options = ["check", "--select", "CLM-FILING,DX-DATE", "--payer", "medicare-b"]
    options += [
        "--engine",
        "reference",
        "--waivers",
        str(waivers),
        "--format",
        "ndjson",
        str(batch),
    ]
    on(monkeypatch, "2026-06-01")
    assert run(*options, "--output", str(whole)).exit_code == 0
    call = [*options, "--output", str(output), "--resume"]
    assert stopped(run, monkeypatch, call, 3).exit_code == 130
    on(monkeypatch, "2028-06-01")
    assert run(*call).exit_code == 0
    assert output.read_bytes() == whole.read_bytes()
    assert run(*options, "--output", str(whole)).exit_code == 1
    assert output.read_bytes() != whole.read_bytes()
