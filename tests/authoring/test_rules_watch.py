"""Lint and tests of a folder, again when it changes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from claimshapes.cli.commands import rules_watch
from claimshapes.cli.program import program
from tests.authoring.test_lint_mistakes import GOOD, write


def test_each_change_is_linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, GOOD)
    file = tmp_path / "VH-1.ttl"
    good = file.read_text("utf-8")
    saved = iter([good.replace("carc:4", "carc:4444"), good.replace("carc:4", "carc:55555")])

    def save(seconds: float) -> None:
        text = next(saved, None)
        if text is None:
            raise KeyboardInterrupt
        file.write_text(text, "utf-8")

    monkeypatch.setattr("claimshapes.cli.commands.rules_watch.time.sleep", save)
    monkeypatch.setattr(rules_watch, "lint_and_test", lambda folders: linted.append(_lint(folders)))
    linted: list[list[str]] = []
    result = CliRunner().invoke(program, f"rules watch --rules {tmp_path}")
    assert result.exit_code == 0, result.output
    assert linted == [[], ["unknown-denial-code"], ["unknown-denial-code"]]


def _lint(folders: tuple[Path, ...]) -> list[str]:
    from claimshapes.authoring.pack_lint import lint_packs

    return [problem.lint for problem in lint_packs(folders)]


def test_tests_run_once_nothing_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("VH-3.ttl", "payers.ttl"):
        write(tmp_path, {name: GOOD[name]})
    rules_watch.lint_and_test((tmp_path,))
    assert "no-tests" in capsys.readouterr().out
    made = GOOD["VH-3.ttl"].split("rule:VH-3")[0]
    test = (
        'test:passes a cs:RuleTest ; rdfs:label "passes" ; cs:testOf rule:VH-3 ; cs:claim ['
        " cs:basedOn <https://w3id.org/claimshapes/test/base#visit> ] .\n"
    )
    write(tmp_path, {"VH-3.test.ttl": made + test})
    rules_watch.lint_and_test((tmp_path,))
    said = capsys.readouterr().out
    assert "0 problems" in said
    assert ": 0 failed" in said


def test_folder_is_needed() -> None:
    result = CliRunner().invoke(program, "rules watch")
    assert result.exit_code == 2
    assert "--rules" in result.output
