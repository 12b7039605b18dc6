"""The Python and the notebook that docs/how-to/use-from-python.md shows, run as they stand."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest
from click.testing import CliRunner
from fhir.resources.R4B.bundle import Bundle

import claimshapes
from claimshapes.cli import program

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "how-to" / "python"
PAGE = GUIDE.parent / "use-from-python.md"
BUNDLE = GUIDE / "bundle.json"
NOTEBOOK = GUIDE / "check_frames.ipynb"


def json_report(file: Path) -> dict[str, Any]:
    result = CliRunner().invoke(program, ["check", "--format", "json", str(file)])
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_the_bundle_is_fhir() -> None:
    read = Bundle.model_validate_json(BUNDLE.read_text("utf-8"))
    kinds = [type(entry.resource).__name__ for entry in read.entry or []]
    assert kinds == ["Claim", "Patient", "Organization"]


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook: Any = nbformat.reads(NOTEBOOK.read_text("utf-8"), nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    monkeypatch.chdir(GUIDE)
    names: dict[str, Any] = {}
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    shown = [run_cell(source, names) for source in cells]
    from_bundle = {finding["rule"] for finding in json_report(BUNDLE)["findings"]}
    assert from_bundle <= set(re.findall(r"[\w-]+", shown[1]))
    assert "A-1" in shown[3]
    assert "/patient/sex" in shown[4]
    assert "TH-GP" in shown[5]


def run_cell(source: str, names: dict[str, Any]) -> str:
    """What a notebook shows below a cell: what it prints, and the value of a last expression."""
    *steps, last = ast.parse(source).body
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pl.Config(tbl_width_chars=200, fmt_str_lengths=80):
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(steps, []), "cell", "exec"), names)
            print(repr(eval(compile(ast.Expression(last.value), "cell", "eval"), names)))
        else:
            exec(source, names)
    return out.getvalue()


def test_the_error_of_the_page_is_the_one_that_is_raised() -> None:
    (shown,) = re.findall(r"^claims\[2\].*$", PAGE.read_text("utf-8"), re.M)
    claim = json.loads((ROOT / "examples" / "01-clean-therapy.json").read_text("utf-8"))
    bad = claim | {"patient": {"birthDate": "1980-02-01", "sex": "F"}}
    with pytest.raises(claimshapes.InputError, match=re.escape(shown)):
        claimshapes.check([claim, claim | {"id": "C-2"}, bad])


def test_the_other_way_that_the_page_shows(tmp_path: Path) -> None:
    """The CSV report read by a data frame library, as docs/how-to/use-from-python.md has it."""
    file = tmp_path / "findings.csv"
    CliRunner().invoke(program, ["check", "--format", "csv", "--output", str(file), str(BUNDLE)])
    table = pl.read_csv(file, infer_schema=False).filter(pl.col("kind") == "finding")
    expected = json_report(BUNDLE)["findings"]
    assert table["rule"].to_list() == [finding["rule"] for finding in expected]
    assert table["source"].to_list() == [finding["source"] for finding in expected]
