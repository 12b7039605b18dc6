"""Lists of a pack in a spreadsheet and back: nothing is lost, and faults have their place."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from claimshapes.authoring.workbooks import export_lists, import_lists
from claimshapes.cli.program import program
from claimshapes.errors import InputError
from tests.authoring.test_pack import HEAD, PAYERS, SETS

LIST = """code,valid_from,valid_through,source
0360,2026-01-01,,Manual
00100,,,"Manual, ""part"" 2"
12345678901234567890,2026-01-01,2026-12-31,
M54.*,2026-02-28,,"two
lines"
97110-97124,2024-02-29,,Überblick
1E10,,,
"""
RULE = """
@prefix list: <https://w3id.org/claimshapes/list/> .
rule:VH-PLACE a cs:Rule ; cs:payer payer:valley-health ; schema:validFrom "2026-01-01"^^xsd:date ;
    cs:allowedAt [ cs:services "97140" ; cs:places list:places ] ;
    sh:severity sh:Warning ; dcterms:source source:manual .
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    made = tmp_path / "pack"
    (made / "lists").mkdir(parents=True)
    (made / "lists" / "ours.csv").write_text(LIST.replace("1E10,,,\n", ""), "utf-8")
    (made / "lists" / "places.csv").write_text(
        "code,valid_from,valid_through,source\n11,,,Manual\n02,,,\n", "utf-8"
    )
    (made / "value-sets.csv").write_text(SETS, "utf-8")
    (made / "payers.ttl").write_text(HEAD + PAYERS, "utf-8")
    (made / "VH-PLACE.ttl").write_text(HEAD + RULE, "utf-8")
    return made


def rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_nothing_is_lost(pack: Path, tmp_path: Path) -> None:
    before = {file: rows(file) for file in pack.rglob("*.csv")}
    book = tmp_path / "lists.xlsx"
    assert export_lists(pack, book) == ["ours", "places", "value-sets"]
    assert import_lists(book, pack) == []
    for file in before:
        file.unlink()
    assert {*import_lists(book, pack)} == {*before}
    assert {file: rows(file) for file in before} == before


def test_cells_are_text_also_below_the_list(pack: Path, tmp_path: Path) -> None:
    export_lists(pack, tmp_path / "lists.xlsx")
    sheet = load_workbook(tmp_path / "lists.xlsx")["ours"]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].number_format) == (
        "0360",
        "s",
        "@",
    )
    assert sheet["B20"].number_format == "@"


def test_coded_columns_have_drop_downs(pack: Path, tmp_path: Path) -> None:
    export_lists(pack, tmp_path / "lists.xlsx")
    book = load_workbook(tmp_path / "lists.xlsx")
    assert book["(choices)"].sheet_state == "hidden"

    def offered(sheet: str) -> dict[str, list[Any]]:
        found = {}
        for each in book[sheet].data_validations.dataValidation:
            place = str(each.formula1).rpartition("!")[2].replace("$", "")
            cells = book["(choices)"][place]
            found[str(each.sqref)[0]] = [
                cell.value
                for row in (cells if isinstance(cells, tuple) else ((cells,),))
                for cell in row
            ]
        return found

    assert offered("ours") == {"D": ["Valley manual"]}
    assert {"11", "02", "22"} <= set(offered("places")["A"])
    assert "hcpcs" in offered("value-sets")["B"]
    assert "ours" in offered("value-sets")["A"]


def edit(pack: Path, book: Path, sheet: str, **cells: Any) -> None:
    export_lists(pack, book)
    opened = load_workbook(book)
    for place, value in cells.items():
        opened[sheet][place] = value
    opened.save(book)


def test_dates_and_numbers_of_a_spreadsheet_are_taken(pack: Path, tmp_path: Path) -> None:
    book = tmp_path / "lists.xlsx"
    edit(pack, book, "ours", A2=97110, B2=datetime(2027, 1, 31))
    assert import_lists(book, pack) == [pack / "lists" / "ours.csv"]
    assert rows(pack / "lists" / "ours.csv")[1][:2] == ["97110", "2027-01-31"]


@pytest.mark.parametrize(
    ("sheet", "cells", "says"),
    [
        ("ours", {"A3": "not a code"}, ["sheet ours, row 3, column A (code): 'not a code'"]),
        ("ours", {"A2": "9.71E+04"}, ["row 2, column A (code): 9.71E+04 is a code that"]),
        ("ours", {"B2": "1/31/2027"}, ["row 2, column B (valid_from): '1/31/2027' is no date"]),
        (
            "ours",
            {"B2": "soon", "C4": "never"},
            ["row 2, column B (valid_from)", "row 4, column C (valid_through)"],
        ),
        ("ours", {"A1": "Code"}, ["sheet ours, row 1: expected the columns code, valid_from"]),
        ("value-sets", {"B2": "cpt"}, ["sheet value-sets, row 2, column B (kind): 'cpt'"]),
    ],
)
def test_fault_has_sheet_row_and_column(
    pack: Path, tmp_path: Path, sheet: str, cells: dict[str, str], says: list[str]
) -> None:
    before = {file: file.read_bytes() for file in pack.rglob("*.csv")}
    edit(pack, tmp_path / "lists.xlsx", sheet, **cells)
    with pytest.raises(InputError) as raised:
        import_lists(tmp_path / "lists.xlsx", pack)
    assert all(each in str(raised.value) for each in says), raised.value
    assert {file: file.read_bytes() for file in pack.rglob("*.csv")} == before


def test_pack_without_lists(tmp_path: Path) -> None:
    result = CliRunner().invoke(program, f"tables export {tmp_path}/a.xlsx --rules {tmp_path}")
    assert result.exit_code == 2
    assert "has no lists/NAME.csv" in result.output


def test_folder_of_the_configuration_is_taken(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "claimshapes.toml").write_text('rules = "pack"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    for command in ("tables export a.xlsx", "tables import a.xlsx"):
        result = CliRunner().invoke(program, command)
        assert result.exit_code == 0, result.output
