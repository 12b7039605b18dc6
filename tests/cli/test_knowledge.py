from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_info(run: Run) -> None:
    result = run("knowledge", "info")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "icd-10-cm-tabular the ICD-10-CM tabular list" in text
    assert "covers 2021-01-01 to 2021-09-30" in text
    assert "not covered 2021-10-01 to 2025-03-31" in text


def test_info_as_json(run: Run) -> None:
    document = json.loads(run("knowledge", "info", "--format", "json").stdout)
    datasets = {dataset["id"]: dataset for dataset in document["datasets"]}
    assert {"from": "2021-10-01", "through": "2025-03-31"} in datasets["icd-10-cm-tabular"][
        "notCovered"
    ]
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
    monkeypatch.setattr("claimshapes.resources.compiled_knowledge", lambda: output)
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
    monkeypatch.setattr("claimshapes.resources.compiled_knowledge", lambda: output)
    result = run("knowledge", "build")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_import_without_its_sources(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claimshapes.resources.resource_directory", lambda _: tmp_path)
    result = run("knowledge", "import", "icd10cm")
    assert result.exit_code == 2
    assert "expected files tabular-YYYY-MM-DD.xml.xz" in result.stderr
