from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import claimshapes.engines.batch.compile_check  # noqa: F401 - before a test replaces a place
from tests.knowledge.published_files import csv_bytes, mue_rows, written

Run = Callable[..., Result]


def test_info(run: Run) -> None:
    result = run("knowledge", "info")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "icd-10-cm-tabular the ICD-10-CM tabular list" in text
    assert "covers 2021-01-01 to 2021-09-30" in text
    assert "not covered 2021-10-01 to 2025-03-31" in text
    assert "three drugs for the eye; read by PX-DRUG-WASTE; whole with single-dose-drugs" in text


def test_info_as_json(run: Run) -> None:
    document = json.loads(run("knowledge", "info", "--format", "json").stdout)
    datasets = {dataset["id"]: dataset for dataset in document["datasets"]}
    assert {"from": "2021-10-01", "through": "2025-03-31"} in datasets["icd-10-cm-tabular"][
        "notCovered"
    ]
    drugs = next(e for e in document["listsInPart"] if e["wholeWith"] == "single-dose-drugs")
    assert drugs["rules"] == ["PX-DRUG-WASTE"]
    assert document["compiled"]["counts"]["concepts"] > 90_000
    assert all(len(digest) == 64 for digest in document["compiled"]["sources"].values())


def test_missing_compiled_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "knowledge.sqlite"
    monkeypatch.setattr(
        "claimshapes.knowledge.compiled_knowledge.compiled_knowledge", lambda: missing
    )
    result = run("explain", "M54.5")
    assert result.exit_code == 2
    assert "run `claimshapes knowledge build`" in result.stderr


def test_build_writes_the_compiled_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Path, Path]] = []
    output = tmp_path / "knowledge.sqlite"
    monkeypatch.setattr("claimshapes.engines.precompile.compiled_knowledge", lambda: output)
    monkeypatch.setattr("claimshapes.knowledge.in_use.compiled_knowledge", lambda: output)
    monkeypatch.setattr(
        "claimshapes.knowledge.compile.compile_knowledge", lambda *where: made.append(where)
    )
    result = run("knowledge", "build")
    assert result.exit_code == 0
    assert [target for _, target in made] == [output]
    assert str(output) in result.stdout


def test_build_where_nothing_can_be_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    output = tmp_path / "file" / "knowledge.sqlite"
    monkeypatch.setattr("claimshapes.engines.precompile.compiled_knowledge", lambda: output)
    monkeypatch.setattr("claimshapes.knowledge.in_use.compiled_knowledge", lambda: output)
    result = run("knowledge", "build")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_generate_without_its_sources(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimshapes.resources.shipped_directory", lambda _: tmp_path)
    result = run("knowledge", "generate", "icd10cm")
    assert result.exit_code == 2
    assert "expected files tabular-YYYY-MM-DD.xml.xz" in result.stderr


def test_stale(run: Run) -> None:
    result = run("knowledge", "info", "--stale", "--on", "2026-04-15")
    assert result.exit_code == 1
    assert "ncci-ptp-practitioner: out of date since 2024-10-01" in result.stdout
    assert "mue-practitioner" not in result.stdout
    content = json.loads(
        run("knowledge", "info", "--stale", "--on", "2026-04-15", "--format", "json").stdout
    )
    assert {"ncci-ptp-practitioner"} <= {each["dataSet"] for each in content}
    assert run("knowledge", "info", "--stale", "--on", "2015-10-01").exit_code == 0


def test_stale_of_some_data_sets(run: Run) -> None:
    told = ("knowledge", "info", "--stale", "--on", "2026-07-01", "--data-set")
    one = run(*told, "mue-outpatient", "--data-set", "ncci-ptp-*")
    assert one.exit_code == 1
    assert [line.split(":")[0] for line in one.stdout.splitlines()] == [
        "mue-outpatient",
        "ncci-ptp-hospital",
        "ncci-ptp-practitioner",
    ]
    current = run(*told, "icd-10-cm*", "--on", "2026-04-15")
    assert (current.exit_code, current.stdout) == (0, "")
    unknown = run(*told, "mue-outpatiant")
    assert unknown.exit_code == 2
    assert "there is no data set mue-outpatiant (did you mean mue-outpatient?)" in unknown.stderr
    alone = run("knowledge", "info", "--data-set", "mue-outpatient")
    assert alone.exit_code == 2
    assert "add --stale" in alone.stderr


def test_import_needs_a_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAIMSHAPES_KNOWLEDGE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    result = run("knowledge", "import", "a.csv")
    assert result.exit_code == 2
    assert "name your knowledge folder: --knowledge DIR, or CLAIMSHAPES_KNOWLEDGE" in result.stderr


def test_import_remove_and_diff(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAIMSHAPES_KNOWLEDGE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "claimshapes.toml").write_text('knowledge = "own"\n')
    limits = {f"{number:05}": 1 for number in range(90_000, 99_000)}
    file = written(tmp_path, "mue.csv", csv_bytes(mue_rows("mue-practitioner", limits)))
    call = ("knowledge", "import", str(file), "--quarter", "2027Q1", "--accept-changes")
    plan = run(*call, "--dry-run", "--format", "json")
    assert json.loads(plan.stdout)[0]["outcome"] == "would be imported"
    assert not (tmp_path / "own").exists()
    result = run(*call)
    assert result.exit_code == 0, result.stderr
    assert "imported mue-practitioner/2027-01-01" in " ".join(result.stdout.split())
    assert "no longer there" in result.stdout
    assert "unchanged" in run(*call).stdout
    names = ("mue-practitioner/2026-04-01", "mue-practitioner/2027-01-01")
    assert "no longer there" in run("knowledge", "diff", *names).stdout
    assert json.loads(run("knowledge", "diff", *names, "--format", "json").stdout)["added"]
    assert run("knowledge", "diff", names[0], "mue-practitioner/2030-01-01").exit_code == 2
    assert run("knowledge", "remove", "mue-practitioner/2030-01-01").exit_code == 2
    assert run("knowledge", "remove", names[1]).stdout == f"removed {names[1]}\n"
    assert not list((tmp_path / "own" / "tables").iterdir())


def test_configuration_that_is_none(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "claimshapes.toml").write_text("knowledge = 1\n")
    for command in (("layouts",), ("info", "--stale")):
        result = run("knowledge", *command)
        assert result.exit_code == 2
        assert "claimshapes.toml, line 1: knowledge: expected text" in result.stderr


def test_layouts(run: Run) -> None:
    text = run("knowledge", "layouts").stdout
    assert "mue-practitioner: " in text
    content = json.loads(run("knowledge", "layouts", "--format", "json").stdout)
    assert all(layout["checkedAgainst"] for each in content for layout in each["layouts"])
