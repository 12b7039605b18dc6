"""The guides to a new quarter and to a contractor's LCDs, walked by their own commands."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from claimshapes.cli.program import program
from claimshapes.knowledge.descriptions import importable
from tests.knowledge.published_files import (
    MUE_NAMES,
    coverage_export,
    csv_bytes,
    mue_rows,
    ptp_text,
    written,
    xlsx_bytes,
    zip_bytes,
)
from tests.knowledge.published_layouts import LAYOUTS
from tests.knowledge.test_import import LIMITS, PAIRS, claim
from tests.knowledge.test_import_data_sets import PFS_ROWS, PFS_TOP, diagnosis_files, export

GUIDES = Path(__file__).parents[2] / "docs" / "how-to"
CONTRACT = "09102"


def commands(page: str) -> Iterator[list[str]]:
    """The arguments of each command of a page, in the page's order; the shell's part is done."""
    text = (GUIDES / page).read_text("utf-8")
    for line in re.findall(r"^ *claimshapes (.+)$", text, re.MULTILINE):
        words = [re.sub(r"^~/", "", word) for word in shlex.split(line)]
        yield [
            name
            for word in words
            for name in (sorted(str(file) for file in Path().glob(word)) if "*" in word else [word])
        ]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, list(arguments))


def rows_of(data_set: str, count: int = 4) -> list[list[str]]:
    (layout,) = (each for each in LAYOUTS if each.data_set == data_set)
    return layout.rows(count, layout.days[0])


@pytest.fixture
def place(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAIMSHAPES_KNOWLEDGE", "claimshapes-knowledge")
    return tmp_path


def test_the_page_says_what_each_importer_was_checked_against() -> None:
    text = (GUIDES / "first-day-of-a-quarter.md").read_text("utf-8")
    said = {
        name: row[2]
        for row in (line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `"))
        for name in re.findall(r"`([\w-]+)`", row[0])
    }
    for name, description in importable().items():
        against = {layout.checked_against for layout in description.layouts}
        assert "file" not in against or "published" in said[name], name
        assert ("descriptions" in said[name]) == ("description" in against), name


def test_the_first_day_of_a_quarter(place: Path, small: Path) -> None:
    for part, pairs in enumerate((PAIRS[:2], PAIRS[2:]), 1):
        for name in ("ccipra", "ccioph"):
            file = f"{name}-v330r0-f{part}"
            written(place, f"{file}.zip", zip_bytes({f"{file}.txt": ptp_text(pairs)}))
    for kind, name in MUE_NAMES.items():
        file = name.format("01-01-2027")
        rows = csv_bytes(mue_rows(kind, LIMITS))
        written(place, file.replace(".csv", ".zip"), zip_bytes({file: rows}))
    fees = (PFS_TOP + PFS_ROWS).encode()
    written(place, "rvu27a.zip", zip_bytes({"PPRRVU2027_Jan_nonQPP.csv": fees}))
    codes = zip_bytes({"HCPC2027_JAN_ANWEB.xlsx": xlsx_bytes(rows_of("hcpcs-level2"))})
    written(place, "january-2027-alpha-numeric-hcpcs-file.zip", codes)
    add_ons = zip_bytes({"AOC_V2027Q1-MCR.xlsx": xlsx_bytes(rows_of("ncci-add-on"))})
    written(place, "AOC_V2027Q1-MCR.zip", add_ons)
    diagnosis_files(place, small, 2028)

    walked = list(commands("first-day-of-a-quarter.md"))
    assert [words[1] for words in walked] == ["import", "import", "import", "info", "import"]
    for words in walked:
        if words[1] == "info":
            assert run(*words).exit_code in {0, 1}
            continue
        # Of the few rows of this ontology, more change than in any quarter.
        result = run(*words, "--accept-changes")
        assert result.exit_code == 0, (words, result.output)
    said = json.loads(run("knowledge", "info", "--format", "json").stdout)
    supplied = {
        each["id"]
        for each in said["datasets"]
        if any(release["suppliedBy"] == "user" for release in each["releases"])
    }
    imported = {"ncci-ptp-practitioner", "ncci-ptp-hospital", *MUE_NAMES, "ncci-add-on"}
    assert supplied >= imported | {"physician-fee-schedule", "hcpcs-level2"}


def test_the_lcds_of_a_contractor(place: Path) -> None:
    tables = coverage_export()
    *names, _ = tables["contractor"][1]
    tables["contractor"][1] = (*names, CONTRACT)
    written(place, "current_article.zip", export(**tables))
    made = claim("2027-01-05", ("20560", 1)) | {"payer": "medicare-b"}
    made["diagnosis"] = [{"sequence": 1, "code": "M54.51"}]
    written(place, "claims.json", json.dumps(made).encode())
    first, second = commands("mac-lcds.md")
    imported = run(*first)
    assert imported.exit_code == 0, imported.output
    assert CONTRACT in second
    second[second.index("claims.837")] = "claims.json"
    printed = " ".join(run(*second).output.split())
    text = (GUIDES / "mac-lcds.md").read_text("utf-8")
    (shown,) = re.findall(r"^ *(None of the linked .+)$", text, re.MULTILINE)
    assert shown in printed
