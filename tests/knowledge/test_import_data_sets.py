"""Each further data set as it is published, with made-up rows: what becomes of it."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from claimshapes import Checker
from claimshapes.errors import InputError
from claimshapes.knowledge.folder import KnowledgeFolder
from tests.knowledge.published_files import csv_bytes, ptp_text, written, xlsx_bytes, zip_bytes
from tests.knowledge.test_import import claim, found, import_

pytestmark = pytest.mark.usefixtures("small")


@pytest.fixture
def folder(tmp_path: Path) -> KnowledgeFolder:
    return KnowledgeFolder(tmp_path / "knowledge")


def rows_of(folder: KnowledgeFolder, table: str) -> list[dict[str, str]]:
    release = folder.releases()[0]
    found = release.table(table)
    assert found is not None
    text = gzip.decompress(folder.table_content(found)).decode()
    return list(csv.DictReader(io.StringIO(text)))


# -- the laboratory NCDs ----------------------------------------------------------------------

DAY = datetime(2015, 10, 1)
NCD: list[list[object]] = [
    ["", "", "", "MEDICARE NATIONAL COVERAGE DETERMINATIONS"],
    ["Red in this spreadsheet indicates an October 2026 change."],
    ["", "", "", "", "", "     1 - covered"],
    ["NCD ", "NCD", *["CPT/HCPCS "] * 3, "ICD-10", "ICD-10 EFF", "ICD-10 TERM", "RESOLUTION"],
    ["Number", "DESCRIPTION", "CODES", "EFF DATE", "TERM DATE", "CODE", " DATE", "DATE", "CODE 1/"],
    [190.12, "Urine culture", 87086, "", "", "N390", DAY, "", 1],
    [190.12, "", 87088, "", "", "R109", DAY, datetime(2026, 9, 30), 1],
    [190.12, "", "", "", "", "Z0000", DAY, "", 2],
    [190.12, "", "", "", "", "@@@@@@@", DAY, "", 3],
    ["190.23A", "Lipids", 80061, datetime(2006, 4, 1), "", "E785", DAY, "", 1],
]


def test_laboratory_ncds(folder: KnowledgeFolder, tmp_path: Path) -> None:
    report = import_(folder, written(tmp_path, "ncd.xlsx", xlsx_bytes(NCD)))[0]
    assert (str(report.release.edition), report.rows) == ("2026-10-01", 4)
    assert report.left_out == {"every other diagnosis": 1}
    assert rows_of(folder, "ncd-diagnoses")[1] == {
        "group": "NCD-190.12",
        "diagnosis": "R10.9",
        "resolution": "covered",
        "valid_from": "2015-10-01",
        "valid_through": "2026-09-30",
    }
    policies = {row["policy"]: row for row in rows_of(folder, "ncd-policies")}
    assert policies["NCD-190.12"]["not_listed"] == "unsupported"
    assert policies["NCD-190.23"]["not_listed"] == "open"
    assert [row["group"] for row in rows_of(folder, "ncd-procedures")][-1] == "NCD-190.23A"


def test_laboratory_ncd_without_its_procedures(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = [*NCD, [190.15, "", "", "", "", "E785", DAY, "", 1]]
    with pytest.raises(InputError, match="without procedures or without diagnoses"):
        import_(folder, written(tmp_path, "ncd.xlsx", xlsx_bytes(rows)))


# -- the fee schedule -------------------------------------------------------------------------

PFS_TOP = """\
,,2027 National Physician Fee Schedule Relative Value File January Release,,,,,,,,,,,,,,,,,,,
,,Codes and descriptions only are copyright of their owner.,,,,,,,,,,,,,,,,,,,
,,RELEASED 12/23/2026,,,,,,,,,,,,,,,,,,,
,,,,NOT USED,,,,,,,,,,,,,,,,,
,,,,FOR,,,NON-FAC,,FACILITY ,,,,,,,,,,,,
,,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,PCTC,GLOB,MULT,BILAT,ASST,CO-,TEAM,ENDO,CONV,,
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,IND,DAYS,PROC,SURG,\
SURG,SURG,SURG,BASE,FACTOR,,
"""
PFS_ROWS = """\
97140,,words of an owner,A,,0.43,0.4,,0.4,,0.01,7,XXX,5,0,0,0,0,,33.4,,
73030,26,words of an owner,A,,0.18,0.07,,0.07,NA,0.01,1,XXX,0,3,0,0,0,,33.4,,
20610,,words of an owner,A,+,0.79,0.9,NA,0.4,,0.1,0,000,2,1,1,0,0,,33.4,,
"""


def test_fee_schedule(folder: KnowledgeFolder, tmp_path: Path) -> None:
    content = (PFS_TOP + PFS_ROWS).encode()
    archive = zip_bytes({"PPRRVU2027_Jan_nonQPP.csv": content, "27LOCCO.csv": b"a,b\n1,2\n"})
    report = import_(folder, written(tmp_path, "rvu27a.zip", archive))[0]
    assert (report.release.label, report.rows) == (
        "Medicare physician fee schedule, 2027 Q1",
        3,
    )
    assert report.passed_over == ["rvu27a.zip/27LOCCO.csv"]
    rows = {row["procedure"]: row for row in rows_of(folder, "physician-fee-schedule")}
    assert rows["73030"]["component"] == "26" and rows["73030"]["facility_na"] == "NA"
    assert rows["20610"]["global_days"] == "000" and rows["20610"]["not_used_for_medicare"] == "+"
    assert not any("words" in value for row in rows.values() for value in row.values())


def test_fee_schedule_named_for_another_quarter(folder: KnowledgeFolder, tmp_path: Path) -> None:
    file = written(tmp_path, "PPRRVU2027_Apr.csv", (PFS_TOP + PFS_ROWS).encode())
    with pytest.raises(InputError, match=r"2027-01-01 by the title of .*; 2027-04-01 by PPRRVU"):
        import_(folder, file)


# -- HCPCS Level II, add-on codes, taxonomy ---------------------------------------------------


def anweb(code: str, record: str = "3", number: int = 100) -> str:
    return f"{code:5}{number:05}{record}" + "words".ljust(257) + "2027010120270101".ljust(52)


def test_hcpcs_fixed_width(folder: KnowledgeFolder, tmp_path: Path) -> None:
    lines = [anweb("A1", "7"), anweb("A0021"), anweb("A0021", "4", 200), anweb("J9999")]
    content = "\r\n".join(lines).encode()
    report = import_(folder, written(tmp_path, "HCPC2027_JAN_ANWEB.txt", content))[0]
    assert str(report.release.edition) == "2027-01-01"
    assert [row["code"] for row in rows_of(folder, "hcpcs-level2")] == ["A0021", "J9999"]


def test_hcpcs_workbook(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = [["HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION"], ["A0021", "00100", "3", "words"]]
    content = zip_bytes({"HCPC2027_JAN_ANWEB.xlsx": xlsx_bytes(rows)})
    assert import_(folder, written(tmp_path, "january.zip", content))[0].rows == 1


def test_add_on_codes(folder: KnowledgeFolder, tmp_path: Path) -> None:
    head = ["Add_On_Code", "AOC_DEL_DT", "Primary_Code", "Primary_Code_Del_Dt", "AOC_Edit_Eff_Dt"]
    head += ["AOC_Edit_Del_Dt", "AOC_Edit_Type", "Special_Instruction_Notes"]
    rows = [
        head,
        ["97811", "", "97810", "", "2005001", "", "1", ""],
        ["22614", "", "CCCCC", "", "2005001", "", "2", "(note)"],
        ["64484", "", "64483", "", "2005001", "2020366", "1", ""],
    ]
    report = import_(folder, written(tmp_path, "AOC_V2027Q1-MCR.csv", csv_bytes(rows)))[0]
    assert report.left_out == {"the edit was deleted": 1}
    assert [
        (row["add_on"], row["primary"], row["release"]) for row in rows_of(folder, "add-on")
    ] == [
        ("22614", "", "2027-01-01"),
        ("97811", "97810", "2027-01-01"),
    ]
    lines = claim("2027-02-02", ("97811", 1), ("97140", 1))
    assert found(folder, {"PX-ADDON"}, lines)[0][0][0] == "PX-ADDON"


def test_medicaid_has_edits_of_its_own(folder: KnowledgeFolder, tmp_path: Path) -> None:
    pairs = [("97140", "97110", "20100101", "*", "0"), ("97012", "97140", "20100101", "*", "0")]
    limits = [
        ["HCPCS/CPT Code", "Practitioner Services MUE Values", "MUE Rationale"],
        ["97110", "3", "Clinical: Data"],
    ]

    def of(payer: str, *lines: tuple[str, int]) -> dict[str, object]:
        return {**claim("2026-05-05", *lines), "payer": payer}

    claims = [
        of(payer, *lines)
        for payer in ("medicare", "medicaid")
        for lines in ([("97140", 1), ("97110", 1)], [("97110", 4)], [("97110", 7)])
    ]
    rules = {"PX-PTP0", "PX-PTP1", "PX-MUE-LINE", "PX-MUE-CLINICAL", "PX-MUE-WARNING"}
    by_medicare = [sorted(rule for rule, _ in each) for each in found(folder, rules, *claims)]
    assert by_medicare == [[], [], ["PX-MUE-CLINICAL"], [], [], ["PX-MUE-WARNING"]]
    names = "medicaid-ncci-2026-q2-{}-edits-practitioner-services"
    import_(
        folder,
        written(tmp_path, f"{names.format('ptp')}.txt", ptp_text(pairs)),
        written(tmp_path, f"{names.format('mue')}.csv", csv_bytes(limits)),
    )
    results = found(folder, rules, *claims)
    assert [sorted(rule for rule, _ in each) for each in results] == [
        *([], [], ["PX-MUE-CLINICAL"]),
        *(["PX-PTP0"], ["PX-MUE-LINE"], ["PX-MUE-LINE"]),
    ]
    assert "Medicaid practitioner table, quarter of 2026-04-01" in results[3][0][1]
    assert results[4][0][1].endswith("MUE of 3 per line, Medicaid MUE practitioner table, 2026 Q2")


def test_therapy_codes_are_members_of_a_value_set(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = [["Code", "Disposition"], ["20560", "Always therapy"], ["97110", "Always therapy"]]
    lines = [claim(day, ("20560", 1)) for day in ("2025-12-31", "2026-01-01")]
    for each in lines:
        each["type"] = "professional"
    assert found(folder, {"TH-GP"}, *lines) == [[], []]
    import_(folder, written(tmp_path, "therapy-code-list-2026.csv", csv_bytes(rows)))
    assert [len(each) for each in found(folder, {"TH-GP"}, *lines)] == [0, 1]


def test_taxonomy(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = [
        ["Code", "Grouping", "Classification", "Specialization", "Definition"],
        ["193200000X", "Group", "Multi-Specialty", "", "words; of, an owner"],
        ["332B00000X", "Suppliers", "Equipment", "", "words"],
    ]
    content = csv_bytes(rows, "utf-8-sig")
    import_(folder, written(tmp_path, "nucc_taxonomy_260.csv", content))
    assert str(folder.releases()[0].edition) == "2026-01-01"
    suppliers = {row["code"]: row["supplier"] for row in rows_of(folder, "taxonomy")}
    assert suppliers == {"193200000X": "", "332B00000X": "1"}


# -- ICD-10-CM --------------------------------------------------------------------------------


def diagnosis_files(place: Path, small: Path, year: int) -> list[Path]:
    """A release without M54.51 and with M54.57."""
    source = max((small / "codes" / "icd10cm" / "sources").glob("tabular-*.xml.xz"))
    tabular = lzma.decompress(source.read_bytes()).replace(b"M54.51", b"M54.57")
    codes = sorted({"M5450", "M5457", "M5459", "M542", "QA1792"})
    order = [f"{number:05} {code:7} 1 words".ljust(78) for number, code in enumerate(codes, 1)]
    order.insert(0, "00000 M54     0 words".ljust(78))
    return [
        written(place, f"icd10cm_tabular_{year}.xml", tabular),
        written(place, f"icd10cm_order_{year}.txt", "\r\n".join(order).encode()),
    ]


def test_diagnosis_codes(folder: KnowledgeFolder, tmp_path: Path, small: Path) -> None:
    report = import_(folder, *diagnosis_files(tmp_path, small, 2028))[0]
    assert (str(report.release.edition), report.rows) == ("2027-10-01", 5)
    assert report.left_out == {"headings": 1}

    def of(code: str, day: str) -> dict[str, object]:
        made = claim(day, ("97140", 1))
        made["diagnosis"] = [{"sequence": 1, "code": code}]
        return made

    days = ("2027-03-31", "2027-10-01")
    claims = [of(code, day) for code in ("M54.51", "M54.57", "M54.59") for day in days]
    results = found(folder, {"DX-DATE"}, *claims)
    assert [len(each) for each in results] == [0, 1, 1, 0, 0, 0]


def test_diagnosis_codes_without_the_tabular_list(
    folder: KnowledgeFolder, tmp_path: Path, small: Path
) -> None:
    with pytest.raises(InputError, match="give both"):
        import_(folder, diagnosis_files(tmp_path, small, 2028)[1])


# -- coverage articles ------------------------------------------------------------------------


def export(**changes: Iterable[Sequence[str]]) -> bytes:
    ident, by = ("article_id", "article_version"), ("7", "3")
    contractor = ("contractor_id", "contractor_type_id", "contractor_version")
    tables: dict[str, Iterable[Sequence[str]]] = {
        "article": [
            (
                *(*ident, "title", "article_eff_date", "article_end_date", "article_rev_end_date"),
                *("date_retired", "display_id", "status", "text"),
            ),
            (*by, "Needles", "2026-02-01 00:00:00", "", "", "", "A50007", "A", "<p>&nbsp;;"),
            ("8", "1", "Gone", "2026-02-01 00:00:00", "", "", "2026-03-01", "", "R", ""),
        ],
        "article_x_hcpc_code": [
            (*ident, "hcpc_code_id", "hcpc_code_group", "range"),
            (*by, "20560", "1", "N"),
            (*by, "97140", "1", "N"),
            ("8", "1", "20560", "1", "N"),
        ],
        "article_x_icd10_covered": [
            (*ident, "icd10_code_id", "icd10_covered_group", "range"),
            (*by, "M54.59", "1", "B"),
            (*by, "M54.51", "2", "E"),
        ],
        "article_x_icd10_noncovered": [(*ident, "icd10_code_id", "icd10_noncovered_group")],
        "article_x_icd10_covered_group": [
            (*ident, "icd10_covered_group", "paragraph"),
            (*by, "1", "<p>The following support 20560:</p>"),
            (*by, "2", "<p>The following support medical necessity of 97140</p>"),
        ],
        "article_related_documents": [(*ident, "r_lcd_id"), (*by, "30007")],
        "article_x_contractor": [(*ident, *contractor), (*by, "1", "8", "1")],
        "contractor": [
            (*contractor, "contractor_bus_name", "contractor_number"),
            ("1", "8", "1", "A Contractor", "00112"),
        ],
        "contractor_type_lookup": [("contractor_type_id", "description"), ("8", "MAC - Part B")],
        "contractor_jurisdiction": [
            (*contractor, "state_id", "term_date"),
            ("1", "8", "1", "12", ""),
        ],
        "state_lookup": [("state_id", "state_abbrev", "description"), ("12", "FL", "Florida")],
        **changes,
    }
    inner = zip_bytes({f"{name}.csv": csv_bytes(rows, "utf-8") for name, rows in tables.items()})
    return zip_bytes({"current_article_csv.zip": inner, "readme.pdf": b"%PDF"})


def test_coverage_articles_at_work(folder: KnowledgeFolder, tmp_path: Path) -> None:
    file = written(tmp_path, "current_article.zip", export())
    report = import_(folder, file, period=datetime(2026, 11, 20).date())[0]
    assert report.rows == 2
    assert rows_of(folder, "lcd-policies")[0]["jurisdiction"] == "FL"

    def of(payer: str, day: str, code: str, diagnosis: str) -> dict[str, object]:
        made = claim(day, (code, 1))
        made["payer"] = payer
        made["diagnosis"] = [{"sequence": 1, "code": diagnosis}]
        return made

    mac = "medicare-mac-00112"
    results = found(
        folder,
        {"MN-LCD-UNSUPPORTED"},
        of(mac, "2026-05-05", "20560", "M54.59"),
        of(mac, "2026-05-05", "20560", "M54.51"),
        of(mac, "2026-05-05", "97140", "M54.51"),
        of(mac, "2026-01-05", "20560", "M54.51"),
        of("medicare-b", "2026-05-05", "20560", "M54.51"),
    )
    assert [len(each) for each in results] == [0, 1, 0, 0, 0]
    assert "under LCD L30007, article A50007, list A50007-1: M54.51" in results[1][0][1]
    assert import_(folder, file, period=datetime(2026, 11, 20).date())[0].outcome == "unchanged"
    checker = Checker(knowledge=folder.path, select={"MN-LCD-UNSUPPORTED"}, mac="00112")
    claims = [
        {**of(payer, "2026-05-05", "20560", "M54.51"), "id": payer}
        for payer in ("medicare", "medicare-b", "medicare-outpatient", "commercial")
    ]
    assert [len(result.findings) for result in checker.check(claims)] == [1, 1, 0, 0]
    with pytest.raises(InputError, match=r"the contract 9; there are 00112"):
        Checker(knowledge=folder.path, mac="9")


def test_export_without_a_table(folder: KnowledgeFolder, tmp_path: Path) -> None:
    content = export(state_lookup=[("other",)])
    with pytest.raises(InputError, match="lacks the table of state names"):
        import_(
            folder,
            written(tmp_path, "current_article.zip", content),
            period=datetime(2026, 11, 20).date(),
        )
