"""The walk of a new quarter, on the command line: import, check, import again, an old file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from claimshapes.cli.program import program
from tests.knowledge.published_files import MUE_NAMES, csv_bytes, mue_rows, ptp_text, written
from tests.knowledge.test_import import LIMITS, PAIRS, claim
from tests.knowledge.test_import_data_sets import PFS_ROWS, PFS_TOP, diagnosis_files

Run = Callable[..., Result]
RULES = "PX-PTP1,PX-PTP0,PX-MUE-CLINICAL,PX-MUE-LINE,PX-STATUS-NONCOVERED,DX-DATE"


@pytest.fixture
def run(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CLAIMSHAPES_KNOWLEDGE", str(tmp_path / "own"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(program, list(arguments))

    return invoke


def test_new_quarter(run: Run, tmp_path: Path, small: Path) -> None:
    status = PFS_ROWS.replace("20610,,words of an owner,A", "20610,,words of an owner,N")
    limits = {**LIMITS, "97110": 4}
    files = [
        written(tmp_path, "ccipra-v333r0-f1.txt", ptp_text(PAIRS)),
        written(
            tmp_path,
            MUE_NAMES["mue-practitioner"].format("10-01-2027"),
            csv_bytes(mue_rows("mue-practitioner", limits)),
        ),
        written(
            tmp_path,
            "PPRRVU2027_Oct.csv",
            (PFS_TOP.replace("January", "October") + status).encode(),
        ),
        *diagnosis_files(tmp_path, small, 2028),
    ]
    names = [str(file) for file in files]
    plan = run("knowledge", "import", *names, "--accept-changes", "--dry-run", "--format", "json")
    assert plan.exit_code == 0, plan.stderr
    assert {each["outcome"] for each in json.loads(plan.stdout)} == {"would be imported"}
    assert run("knowledge", "import", *names, "--accept-changes").exit_code == 0

    claims = [
        claim(day, ("97110", 5), ("20610", 1), ("97140", 1)) for day in ("2026-05-04", "2027-10-04")
    ]
    for made in claims:
        made["diagnosis"] = [{"sequence": 1, "code": "M54.51"}]
    batch = written(tmp_path, "claims.json", json.dumps(claims).encode())
    report = json.loads(run("check", str(batch), "--select", RULES, "--format", "json").stdout)
    said = [
        sorted({each["rule"] for each in report["findings"] if each["claim"] == made["id"]})
        for made in claims
    ]
    assert said == [[], ["DX-DATE", "PX-MUE-CLINICAL", "PX-PTP0", "PX-STATUS-NONCOVERED"]]

    again = run("knowledge", "import", *names, "--accept-changes", "--format", "json")
    assert {each["outcome"] for each in json.loads(again.stdout)} == {"unchanged"}
    old = written(tmp_path, "ccipra-v332r0-f1.txt", ptp_text(PAIRS))
    refused = run("knowledge", "import", str(old), "--accept-changes")
    assert refused.exit_code == 2
    assert "older than the imported one of 2027-10-01" in refused.stderr

    info = json.loads(run("knowledge", "info", "--format", "json", "--on", "2027-11-01").stdout)
    sets = {each["id"]: each for each in info["datasets"]}
    newest = sets["mue-practitioner"]["releases"][-1]
    assert newest["suppliedBy"] == "user" and newest["validFrom"] == "2027-10-01"
    assert newest["rows"] == len(limits)
    assert f"2027 Q4, {len(limits)} rows, from" in run("knowledge", "info").stdout
    assert sets["mue-practitioner"]["outOfDateSince"] is None
    assert sets["mue-outpatient"]["outOfDateSince"] == "2026-07-01"
    assert "lcd-articles" in info["missing"]
