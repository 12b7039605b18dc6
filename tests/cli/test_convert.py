from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from claimshapes.claims.readers import read_claims
from tests.claims.test_x12 import CLAIM, HEADER, interchange, transaction, with_segment
from tests.cli.conftest import a_claim, expired

Run = Callable[..., Result]
Write = Callable[..., Path]

BAD = with_segment(CLAIM, "SV1", "SV1*HC:97110*80*UN*two***1")
TWO = interchange(transaction(HEADER + BAD), transaction(HEADER + CLAIM, 2))


@pytest.mark.parametrize("claim_format", ["json", "ndjson", "jsonld", "turtle"])
def test_claims_are_written_and_read_back(
    run: Run, claims: Write, tmp_path: Path, claim_format: str
) -> None:
    source = claims(a_claim(), expired(id="C-2"))
    target = tmp_path / f"out.{'ttl' if claim_format == 'turtle' else claim_format}"
    result = run("convert", source, "--to", claim_format, "--output", target)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    before, after = list(read_claims(source)), list(read_claims(target))
    assert len(before) == len(after) == 2
    for one, other in zip(before, after, strict=True):
        assert one.claim == other.claim  # type: ignore[union-attr]


def test_a_bad_claim_is_named_and_the_others_are_written(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "two.837"
    file.write_text(TWO)
    result = run("convert", file, "--to", "ndjson")
    assert result.exit_code == 2
    assert "SV104: expected a number (segment 19)" in result.stderr
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["item"][0]["quantity"] == 2


def test_an_unusable_file_does_not_keep_the_others_from_it(run: Run, claims: Write) -> None:
    result = run("convert", "nowhere.json", claims(a_claim()), "--to", "json")
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr
    assert [claim["id"] for claim in json.loads(result.stdout)] == ["C-1"]


def test_a_table_with_other_columns(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "No,payer,patient.birthDate,patient.sex,billingProvider.npi,diagnosis,item.procedure,"
        "item.quantity,item.serviced\n"
        "C-9,commercial,1980-02-01,male,1234567893,M54.5,99213,1,2026-05-04\n"
    )
    columns = tmp_path / "columns.toml"
    columns.write_text('[columns]\nNo = "id"\n')
    assert run("convert", table, "--to", "json").exit_code == 2
    result = run("convert", table, "--columns", columns, "--to", "ndjson")
    assert result.exit_code == 0 and json.loads(result.stdout)["id"] == "C-9"
    checked = run("check", "--select", "DX-DATE", "--columns", columns, "--format", "json", table)
    (finding,) = json.loads(checked.stdout)["findings"]
    assert finding["source"] == "line 2"


def test_the_report_for_people_says_where_in_the_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.837"
    file.write_text(
        interchange(transaction(HEADER + with_segment(CLAIM, "HI", "HI*ABK:M545*ABF:M5124")))
    )
    result = run("check", "--select", "DX-DATE", file)
    assert "837 loop 2300 HI01-2), segment 15, line 15 of the file" in " ".join(
        result.stdout.split()
    )
