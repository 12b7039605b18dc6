"""The Python that docs/how-to/use-from-python.md and serve-over-http.md show, run as it stands."""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import json
import logging
import re
import runpy
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import polars as pl
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from fhir.resources.R4B.bundle import Bundle
from jsonschema import Draft202012Validator

from claimshapes.cli import program
from tests.writers import as_fhir

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "how-to" / "python"
BUNDLE = GUIDE / "bundle.json"
NOTEBOOK = GUIDE / "findings_frame.ipynb"
THERAPY = ROOT / "examples" / "13-therapy-without-modifier-or-time.json"
CLEAN = ROOT / "examples" / "01-clean-therapy.json"


def module(name: str) -> Iterator[ModuleType]:
    """A module of the guide, imported as from its own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(GUIDE))
        yield importlib.import_module(name)
        del sys.modules[name]


@pytest.fixture(scope="module")
def frames() -> Iterator[ModuleType]:
    yield from module("findings_frame")


@pytest.fixture(scope="module")
def server() -> Iterator[ModuleType]:
    yield from module("serve")


@pytest.fixture
def client(server: ModuleType) -> Iterator[TestClient]:
    with TestClient(server.app) as opened:
        yield opened


def json_report(file: Path) -> dict[str, Any]:
    result = CliRunner().invoke(program, ["check", "--format", "json", str(file)])
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bundle") / "claims.json"
    made = json.loads(as_fhir(json.loads(THERAPY.read_text("utf-8"))))
    # So that something is not checked, too.
    del made["entry"][0]["resource"]["item"][0]["quantity"]
    file.write_text(json.dumps(made), encoding="utf-8")
    return file


def test_the_frames_say_what_the_json_report_says(frames: ModuleType, bundle: Path) -> None:
    findings, not_checked = frames.check(str(bundle))
    document = json_report(bundle)
    assert len(document["findings"]) > 1
    assert findings.rename({"denial_codes": "denialCodes"}).to_dicts() == document["findings"]
    assert document["notChecked"]
    assert not_checked.to_dicts() == document["notChecked"]


def test_a_clean_claim_gives_empty_frames_with_their_columns(frames: ModuleType) -> None:
    findings, not_checked = frames.check(str(CLEAN))
    assert (findings.schema, not_checked.schema) == (frames.FINDING, frames.NOT_CHECKED)
    assert (findings.height, not_checked.height) == (0, 0)


def test_a_claim_that_cannot_be_read_is_named(
    frames: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "claims.json"
    file.write_text(f'[{{"id": "C-1"}}, {THERAPY.read_text("utf-8")}]', encoding="utf-8")
    findings, _ = frames.check(str(file))
    assert set(findings["claim"]) == {"C-1013"}
    assert capsys.readouterr().err.startswith(f"not read: {file}, line 1")


def test_the_script_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = GUIDE / "findings_frame.py"
    monkeypatch.setattr(sys, "argv", [str(script), str(BUNDLE)])
    runpy.run_path(str(script), run_name="__main__")
    said = capsys.readouterr().out
    assert {finding["rule"] for finding in json_report(BUNDLE)["findings"]} <= words(said)


def test_the_bundle_is_fhir() -> None:
    read = Bundle.model_validate_json(BUNDLE.read_text("utf-8"))
    kinds = [type(entry.resource).__name__ for entry in read.entry or []]
    assert kinds == ["Claim", "Patient", "Organization"]


def test_the_notebook_still_says_what_is_in_it(
    frames: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where this fails, run ``jupyter execute --inplace`` on the notebook again."""
    notebook: Any = nbformat.reads(NOTEBOOK.read_text("utf-8"), nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    monkeypatch.chdir(GUIDE)
    names: dict[str, Any] = {}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) == 3
    for number, cell in enumerate(cells, start=1):
        assert cell.execution_count == number
        kept = [output.get("text") or output.data["text/plain"] for output in cell.outputs]
        assert kept
        assert words(shown(cell.source, names)) == words("".join(kept))


def shown(source: str, names: dict[str, Any]) -> str:
    """What a notebook shows below a cell: what it prints, and the value of a last expression."""
    *steps, last = ast.parse(source).body
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(steps, []), "cell", "exec"), names)
            print(repr(eval(compile(ast.Expression(last.value), "cell", "eval"), names)))
        else:
            exec(source, names)
    return out.getvalue()


def words(text: str) -> set[str]:
    """The words of a text, without what a frame is drawn with, which Polars may change."""
    return set(re.findall(r"[\w.\[\]/-]+", text))


def test_a_claim_is_answered_with_its_json_report(client: TestClient) -> None:
    schema = json.loads((ROOT / "ontology" / "findings.schema.json").read_text("utf-8"))
    for file in (THERAPY, CLEAN):
        answer = client.post("/check", content=file.read_bytes())
        assert answer.status_code == 200
        assert answer.json() == json_report(file)
        Draft202012Validator(schema).validate(answer.json())


def test_claims_at_the_same_time_do_not_mix(client: TestClient) -> None:

    files = [THERAPY, CLEAN] * 4
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda f: client.post("/check", content=f.read_bytes()), files))
    expected = {file: json_report(file) for file in set(files)}
    assert [answer.json() for answer in answers] == [expected[file] for file in files]


SECRET = "Q7Z-SECRET"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("", {"reason": "the file is empty"}),
        ("[]", {"reason": "expected one claim"}),
        ("{", {"line": 1}),
        ("[[1]]", {"pointer": "/0"}),
        ("two", {"reason": "expected one claim"}),
        ("quantity", {"pointer": "/item/0/quantity"}),
        ("twice", {"pointer": ""}),
    ],
)
def test_what_is_no_claim_is_refused_and_logged_nowhere(
    client: TestClient, caplog: pytest.LogCaptureFixture, body: str, detail: dict[str, Any]
) -> None:
    claim = CLEAN.read_text("utf-8")
    number = json.loads(claim)["id"]
    bodies = {
        "two": f"[{claim}, {claim.replace(number, 'C-2')}]",
        "quantity": re.sub(r'(?s)("item".*?"quantity": )\d+', rf'\1"{SECRET}"', claim, count=1),
        "twice": claim.replace('"payer":', f'"payer": "{SECRET}", "payer":', 1),
    }
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/check", content=bodies.get(body, body).encode())
    assert answer.status_code == 422
    assert detail.items() <= answer.json()["detail"].items()
    assert SECRET not in answer.text + caplog.text
    assert number not in caplog.text


def test_a_body_that_is_too_long_is_refused(
    client: TestClient, server: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CLAIM_BYTES", 100)
    assert client.post("/check", content=CLEAN.read_bytes()).status_code == 413


def test_a_failure_says_nothing_of_the_claim(
    client: TestClient,
    server: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(claim: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(server.checker, "check_one", fails)
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/check", content=CLEAN.read_bytes())
    assert answer.status_code == 500
    assert "could not be checked: ValueError" in caplog.text
    assert SECRET not in answer.text + caplog.text


def test_the_other_way_that_the_page_shows(tmp_path: Path) -> None:
    """The CSV report read by a data frame library, as docs/how-to/use-from-python.md has it."""
    file = tmp_path / "findings.csv"
    CliRunner().invoke(program, ["check", "--format", "csv", "--output", str(file), str(BUNDLE)])
    table = pl.read_csv(file, infer_schema=False).filter(pl.col("kind") == "finding")
    expected = json_report(BUNDLE)["findings"]
    assert table["rule"].to_list() == [finding["rule"] for finding in expected]
    assert table["source"].to_list() == [finding["source"] for finding in expected]
