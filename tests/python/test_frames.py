"""Data frames in and out: pandas, polars, DuckDB and Arrow."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa
import pytest

import claimshapes
from claimshapes import Checker, InputError
from claimshapes.checking.findings import ClaimResult, Finding
from claimshapes.checking.results import Rows
from claimshapes.claims.readers.frames import frame_library, read_frame
from claimshapes.claims.readers.row_values import row_claim
from claimshapes.claims.readers.table_columns import default_columns

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("01-clean-therapy", "06-expired-myalgia", "13-therapy-without-modifier-or-time")
LIBRARIES = ("pandas", "polars", "duckdb", "arrow")


def examples() -> list[dict[str, Any]]:
    return [json.loads((EXAMPLES / f"{name}.json").read_text("utf-8")) for name in NAMES]


def lines() -> list[dict[str, Any]]:
    """A service line a row; the second claim has two, and a field that the first has not."""
    first = {
        "id": "F-1",
        "payer": "medicare-b",
        "billingProvider.npi": "1234567893",
        "patient.birthDate": date(1980, 2, 1),
        "patient.sex": "female",
        "diagnosis": ["M54.6"],
        "item.procedure": "97110",
        "item.modifier": ["GP"],
        "item.quantity": 1,
        "item.charge": Decimal("80.00"),
        "item.serviced": date(2026, 5, 4),
        "placeOfService": None,
    }
    other = first | {"id": "F-2", "item.modifier": [], "placeOfService": "11"}
    return [first, other, other | {"item.procedure": "97140", "item.quantity": None}]


def nested(library: str, claims: list[dict[str, Any]]) -> Any:
    text = "\n".join(map(json.dumps, claims)).encode()
    arrow = pl.read_ndjson(text, infer_schema_length=None).to_arrow()
    return as_frame(library, arrow)


def as_frame(library: str, arrow: pa.Table) -> Any:
    makers: dict[str, Callable[[], Any]] = {
        "pandas": lambda: arrow.to_pandas(),
        "polars": lambda: pl.from_arrow(arrow),
        "duckdb": lambda: duckdb.connect().from_arrow(arrow),
        "arrow": lambda: arrow,
    }
    return makers[library]()


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(engine="reference", as_of=None)


@pytest.fixture(scope="module")
def expected(checker: Checker) -> list[ClaimResult]:
    return list(checker.check(examples()))


@pytest.mark.parametrize("library", LIBRARIES)
def test_rows_that_are_claims_give_what_the_claims_give(
    checker: Checker, expected: list[ClaimResult], library: str
) -> None:
    frame = nested(library, examples())
    results = checker.check_frame(frame)
    assert not results.rejected
    assert list(results) == expected
    assert frame_library(results.findings.to_frame()) == library


@pytest.mark.parametrize("library", LIBRARIES)
def test_rows_that_are_lines_give_claims(library: str) -> None:
    frame = as_frame(library, pa.Table.from_pylist(lines()))
    first, second = (reading.claim for reading in read_frame(frame, default_columns()))  # type: ignore[union-attr]
    assert first["item"][0]["charge"] == "80.00"
    assert first["item"][0]["modifier"] == ["GP"]
    assert first["item"][0]["quantity"] == 1
    assert "placeOfService" not in first
    assert [item["procedure"] for item in second["item"]] == ["97110", "97140"]
    assert "quantity" not in second["item"][1]
    assert second["patient"]["birthDate"] == "1980-02-01"


def test_rows_of_every_library_pass_through_check(
    checker: Checker, expected: list[ClaimResult]
) -> None:
    """As programs do it without check_frame: a dictionary a row, with nulls."""
    claims = examples()
    arrow = nested("arrow", claims)
    relation = nested("duckdb", claims)
    for rows in (
        nested("pandas", claims).to_dict("records"),
        nested("polars", claims).to_dicts(),
        arrow.to_pylist(),
        [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()],
    ):
        assert list(checker.check(rows)) == expected


def test_null_is_absent_and_an_empty_record_is_not() -> None:
    claim = examples()[0]
    row = copy.deepcopy(claim) | {
        "billablePeriod": {"start": None, "end": pd.NaT},
        "created": float("nan"),
        "placeOfService": pd.NA,
        "documentation": np.array([], dtype=object),
        "priorAuthorization": None,
    }
    row["item"][0]["quantity"] = np.float64(2)
    row["item"][0]["charge"] = 80.5
    row["item"][0]["serviced"] = pd.Timestamp("2026-05-04")
    row["item"][0]["modifier"] = ["GP", None]
    got = row_claim(row)
    for name in ("billablePeriod", "created", "placeOfService", "priorAuthorization"):
        assert name not in got
    assert got["documentation"] == []
    line = got["item"][0]
    assert (line["quantity"], line["charge"]) == (2, "80.5")
    assert (line["serviced"], line["modifier"]) == ("2026-05-04", ["GP"])
    assert type(line["quantity"]) is int


def test_a_frame_without_rows_gives_frames_with_their_columns(checker: Checker) -> None:
    results = checker.check_frame(pl.DataFrame(lines()).clear())
    assert (len(results), len(results.rejected)) == (0, 0)
    assert results.findings.to_frame().columns == results.findings.to_frame("duckdb").columns


@pytest.mark.parametrize("library", LIBRARIES)
def test_findings_as_frames_say_the_same(expected: list[ClaimResult], library: str) -> None:
    findings = claimshapes.Results(expected).findings
    assert len(findings) > 2
    frame = findings.to_frame(library)  # type: ignore[arg-type]
    assert frame_library(frame) == library
    rows = {
        "pandas": lambda: frame.astype(object).where(frame.notna(), None).to_dict("records"),
        "polars": lambda: frame.to_dicts(),
        "duckdb": lambda: [dict(zip(frame.columns, row, strict=True)) for row in frame.fetchall()],
        "arrow": lambda: frame.to_pylist(),
    }[library]()  # type: ignore[no-untyped-call]
    assert rows == findings.to_dicts()
    assert rows[0]["severity"] == "violation"


def test_rows_are_a_sequence_of_what_they_hold(expected: list[ClaimResult]) -> None:
    results = claimshapes.Results(expected)
    assert isinstance(results.findings[0], Finding)
    assert list(results.findings[:2]) == [*results.findings][:2]
    assert [row.claim for row in results.verdicts] == [result.claim for result in expected]
    assert results.verdicts[0].verdict == "clean"
    assert results.findings.to_arrow().num_rows == len(results.findings)


def test_what_cannot_be_checked_is_told_with_its_row(checker: Checker) -> None:
    rows = lines()
    rows[0]["patient.sex"] = "F"
    results = checker.check_frame(pl.DataFrame(rows, infer_schema_length=None))
    assert [result.claim for result in results] == ["F-2"]
    (rejected,) = results.rejected
    assert (rejected.claim, rejected.line, rejected.pointer) == ("F-1", 1, "/patient/sex")
    assert results.rejected.to_frame().height == 1


def test_columns_may_have_other_names(checker: Checker, tmp_path: Path) -> None:
    columns = tmp_path / "columns.json"
    columns.write_text('{"columns": {"CLAIM_NO": "id"}}', encoding="utf-8")
    frame = pl.DataFrame(lines()).rename({"id": "CLAIM_NO"})
    assert {result.claim for result in checker.check_frame(frame, columns=columns)} == {
        "F-1",
        "F-2",
    }


def test_what_is_no_frame_is_refused(checker: Checker) -> None:
    things: tuple[Any, ...] = ([], pl.Series([1]), pa.array([1]), pd.Series([1]))
    for thing in things:
        with pytest.raises(InputError, match="expected a frame"):
            checker.check_frame(thing)


def test_a_library_has_to_be_named_and_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: Rows[Finding] = Rows(Finding, [])
    with pytest.raises(InputError, match="needs one of pandas, polars"):
        rows.to_frame()
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(InputError, match=r"pip install 'claimshapes\[polars\]'"):
        rows.to_frame("polars")
