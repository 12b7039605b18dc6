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
    linted: list[list[str]] = []

    def note(folders: tuple[Path, ...]) -> bool:
        linted.append(_lint(folders))
        return False

    monkeypatch.setattr(rules_watch, "lint_and_test", note)
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


def test_pages_that_a_change_concerns_are_made_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, site, pages = (tmp_path / name for name in ("rules", "site", "pages"))
    rendered: list[Path] = []
    monkeypatch.setattr("claimshapes.catalog.build.render", lambda _, at: rendered.append(at))
    write(rules, {name: GOOD[name] for name in ("VH-3.ttl", "payers.ttl", "lists/ended.csv")})

    def told() -> set[str]:
        rules_watch.update_site((rules,), site, pages)
        return {
            str(Path(line.removeprefix("page  ")).relative_to(site))
            for line in capsys.readouterr().out.splitlines()
        }

    assert {"rules/VH-3/index.html", "payers/valley-health/index.html"} <= told()
    site.mkdir()
    assert told() == set()
    assert rendered == [site]
    (rules / "VH-3.ttl").write_text("# Reviewed.\n" + GOOD["VH-3.ttl"], "utf-8")
    assert told() == {"rules/VH-3/index.html"}
    assert rendered == [site, site]


def test_folder_is_needed() -> None:
    result = CliRunner().invoke(program, "rules watch")
    assert result.exit_code == 2
    assert "--rules" in result.output
