"""A sheet of a workbook in ``lists`` is a list: for both engines, and with the lints of a CSV."""

import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from claimshapes.authoring.pack_lint import fix_packs, lint_packs
from claimshapes.checking.checker import Checker
from claimshapes.cli.program import program
from claimshapes.errors import RuleError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.code_lists import COLUMNS, CodeLists, written_lists
from claimshapes.rules.list_workbooks import CHOICES
from tests.authoring.test_pack import CLAIM, HEAD, PAYERS

RULE = """
@prefix list: <https://w3id.org/claimshapes/list/> .
rule:VH-LISTED a cs:Rule ; cs:payer payer:valley-health ; schema:validFrom "2026-01-01"^^xsd:date ;
    cs:requiresAuthorization [ cs:services list:imaging ] ;
    sh:severity sh:Warning ; dcterms:source source:manual .
"""
ROWS: list[list[Any]] = [
    [*COLUMNS],
    [97140, datetime(2026, 2, 1), datetime(2026, 6, 30), "Manual"],
    ["97110-97116", None, None, "Manual"],
    [],
    ["70551", "2026-01-01", None, "Manual"],
]
Edit = Callable[[Worksheet], object]


def workbook(folder: Path, edit: Edit | None = None, title: str = "imaging") -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in ROWS:
        sheet.append(row)
    book.create_sheet("Sheet2")
    book.create_sheet(CHOICES).sheet_state = "hidden"
    if edit is not None:
        edit(sheet)
    file = folder / "lists" / "policy 2026.xlsx"
    file.parent.mkdir(exist_ok=True)
    book.save(file)
    return file


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "payers.ttl").write_text(HEAD + PAYERS, "utf-8")
    (folder / "VH-LISTED.ttl").write_text(HEAD + RULE, "utf-8")
    (folder / "VH-LISTED.test.ttl").write_text(
        "@prefix test: <urn:test#> .\n@prefix cs: <https://w3id.org/claimshapes/ns#> .\n"
        "@prefix rule: <https://w3id.org/claimshapes/rule/> .\n"
        "test:none a cs:RuleTest ; cs:testOf rule:VH-LISTED ; cs:claim [] .\n",
        "utf-8",
    )
    return folder


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_both_engines_read_a_sheet(pack: Path, engine: Any) -> None:
    workbook(pack)
    (pack / "lists" / "~$policy 2026.xlsx").write_bytes(b"\x07somebody has it open")
    checker = Checker(rules=[pack], select=["VH-LISTED"], engine=engine)
    days = ("2026-01-31", "2026-02-01", "2026-06-30", "2026-07-01")
    claims = [CLAIM | {"id": day, "item": [CLAIM["item"][0] | {"serviced": day}]} for day in days]
    found = [result.claim for result in checker.check(claims) if result.findings]
    assert found == ["2026-02-01", "2026-06-30"]


def test_good_workbook_has_no_problems(pack: Path) -> None:
    file = workbook(pack)
    before = file.read_bytes()
    assert lint_packs([pack]) == []
    assert fix_packs([pack]) == []
    assert file.read_bytes() == before


def test_rows_are_text_with_their_numbers(pack: Path) -> None:
    def edit(sheet: Worksheet) -> None:
        sheet["A2"], sheet["A2"].number_format = 100, "00000"

    workbook(pack, edit)
    [listed] = written_lists([pack])
    assert [*listed.rows()] == [
        (2, dict(zip(COLUMNS, ["00100", "2026-02-01", "2026-06-30", "Manual"], strict=True))),
        (3, dict(zip(COLUMNS, ["97110-97116", "", "", "Manual"], strict=True))),
        (5, dict(zip(COLUMNS, ["70551", "2026-01-01", "", "Manual"], strict=True))),
    ]


def cell(place: str, value: Any) -> Edit:
    def edit(sheet: Worksheet) -> None:
        sheet[place] = value

    return edit


def hidden(sheet: Worksheet) -> None:
    sheet.sheet_state = "hidden"


def hidden_row(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = True


def hidden_column(sheet: Worksheet) -> None:
    sheet.column_dimensions["C"].hidden = True


FAULTS: list[tuple[str, str, Edit, bool]] = [
    ("xlsx-formula", "row 2, column A (code): the cell has a form", cell("A2", '="97140"'), True),
    ("xlsx-zeros", "row 2, column A (code): 100 is a number, wh", cell("A2", 100), True),
    ("xlsx-zeros", "row 2, column A (code): 97.5 is a number", cell("A2", 97.5), True),
    ("xlsx-date", "row 2, column A (code): the spread", cell("A2", datetime(2026, 11, 12)), True),
    ("xlsx-date", "row 5, column B (valid_from): 46054 is the", cell("B5", 46054), True),
    ("xlsx-date", "row 2, column C", cell("C2", datetime(2026, 6, 30, 12)), True),
    ("xlsx-value", "row 2, column A (code): True is no code", cell("A2", value=True), True),
    ("xlsx-value", "row 2, column B (valid_from): #N/A is no date", cell("B2", "#N/A"), True),
    ("xlsx-merged", "row 3, column B", lambda sheet: sheet.merge_cells("B3:B5"), True),
    ("xlsx-hidden-sheet", "sheet imaging, row 1: the sheet is hidden", hidden, True),
    ("xlsx-hidden-row", "sheet imaging, row 3: the row is hidden", hidden_row, False),
    ("xlsx-hidden-column", "row 1, column C (valid_through)", hidden_column, False),
    ("csv-cells", "row 5, column E: there is no column E", cell("E5", "note"), True),
    ("csv-column", "row 1, column B (valid_from): there is no", cell("B1", "form"), True),
    ("csv-column", "sheet imaging, row 1: the first", lambda sheet: sheet.insert_rows(1), False),
    ("csv-no-code", "row 3, column A (code): the code is missing", cell("A3", None), True),
    (
        "csv-code",
        "(code): '97110\\u200b' is no code",
        cell("A3", "97110\u200b"),
        False,
    ),
    ("csv-space", "row 3, column A (code)", cell("A3", "97110\u00a0"), False),
    ("csv-number", "row 3, column A (code)", cell("A3", "9.71E+04"), False),
    ("csv-range", "row 3, column A (code)", cell("A3", "97116-97110"), False),
    ("csv-excel-date", "row 5, column B (valid_from)", cell("B5", "1/31/2026"), True),
    ("csv-date", "row 5, column B (valid_from)", cell("B5", "soon"), True),
    ("csv-period", "row 2, column C (valid_through)", cell("C2", datetime(2025, 1, 1)), False),
    ("csv-overlap", "97140 is on row 2, too", cell("A5", "97140"), False),
    ("csv-no-source", "row 5, column D (source)", cell("D5", None), False),
    ("not-a-code", "sheet imaging, row 5: 'M54.6' is no code", cell("A5", "M54.6"), False),
    ("unknown-procedure", "97I10", cell("A5", "97I10"), False),
]


@pytest.mark.parametrize(("lint", "says", "edit", "refused"), FAULTS)
def test_fault_has_its_place(pack: Path, lint: str, says: str, edit: Edit, refused: bool) -> None:
    file = workbook(pack, edit)
    problems = [each for each in lint_packs([pack]) if each.lint == lint]
    assert says in problems[-1].message, problems
    assert (problems[0].file, problems[0].line > 0, problems[0].column > 0) == (
        str(file),
        True,
        True,
    )
    if refused:
        with pytest.raises(RuleError, match=r"policy 2026\.xlsx, sheet imaging, row"):
            CodeLists().read(resource_directory("ontology"), [pack])


def test_sheet_is_named_as_the_list(pack: Path) -> None:
    workbook(pack, title="Imaging codes")
    lints = {each.lint: each for each in lint_packs([pack])}
    assert {*lints} == {"xlsx-sheet-name", "unknown-list"}
    assert "no list (lists/NAME.csv, or a sheet of lists/*.xlsx)" in lints["unknown-list"].message


def test_name_is_taken_once(pack: Path) -> None:
    workbook(pack)
    (pack / "lists" / "imaging.csv").write_text(",".join(COLUMNS) + "\n", "utf-8")
    assert [each.lint for each in lint_packs([pack])] == ["list-twice"]
    with pytest.raises(RuleError, match="there is a list of this name"):
        Checker(rules=[pack])


def test_what_is_no_workbook(pack: Path) -> None:
    file = workbook(pack)
    for content, says in (
        (b"code,valid_from", "is not a whole zip archive"),
        (b"\xd0\xcf\x11\xe0", "has a password, or is of Excel before 2007"),
    ):
        file.write_bytes(content)
        [problem] = [each for each in lint_packs([pack]) if each.lint == "xlsx-workbook"]
        assert says in problem.message
        with pytest.raises(RuleError, match=says):
            Checker(rules=[pack])


@pytest.mark.parametrize("size", [21_000_000, 200_000_000])
def test_bomb_is_refused_before_it_is_unpacked(pack: Path, size: int) -> None:
    file = workbook(pack)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * size)
    with pytest.raises(RuleError, match="unpacks to more than"):
        Checker(rules=[pack])


def test_missing_library_is_named(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workbook(pack)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(RuleError, match=r"policy 2026\.xlsx: .*pip install claimshapes\[excel\]"):
        Checker(rules=[pack])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("codes.xlsx", "a pack holds workbooks as lists/ANY-NAME.xlsx"),
        ("lists/codes.xlsm", "save it so"),
        ("lists/codes.XLSX", "name it codes.xlsx"),
    ],
)
def test_workbook_elsewhere_is_refused(pack: Path, name: str, says: str) -> None:
    file = workbook(pack)
    file.rename(pack / name)
    with pytest.raises(RuleError, match=says):
        Checker(rules=[pack])


def test_diff_names_the_rows_of_sheets(pack: Path, tmp_path: Path) -> None:
    workbook(pack)
    later = tmp_path / "later"
    later.mkdir()
    for each in pack.glob("*.ttl"):
        (later / each.name).write_bytes(each.read_bytes())
    workbook(later, cell("A5", "70552"))
    result = CliRunner().invoke(program, f"rules diff {pack} {later}")
    assert result.exit_code == 1
    assert "imaging" in result.output
    assert "70552" in result.output


def test_import_leaves_lists_of_workbooks_alone(pack: Path, tmp_path: Path) -> None:
    file = workbook(pack)
    (tmp_path / "other.xlsx").write_bytes(file.read_bytes())
    result = CliRunner().invoke(program, f"tables import {tmp_path}/other.xlsx --rules {pack}")
    assert result.exit_code == 2
    assert "imaging is a sheet of" in " ".join(result.output.split())
    exported = CliRunner().invoke(program, f"tables export {tmp_path}/a.xlsx --rules {pack}")
    assert exported.exit_code == 2
