"""Each further data set as it is published, with made-up rows: what becomes of it."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from claimshapes import Checker
from claimshapes.errors import InputError
from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.rdf.vocabulary import CS_NS
from tests.knowledge.published_files import (
    DAY,
    LABORATORY,
    code_editor_text,
    coverage_export,
    csv_bytes,
    ptp_text,
    written,
    xlsx_bytes,
    zip_bytes,
)
from tests.knowledge.test_import import claim, found, import_

pytestmark = pytest.mark.usefixtures("small")


def rows_of(folder: KnowledgeFolder, table: str) -> list[dict[str, str]]:
    release = folder.releases()[0]
    found = release.table(table)
    assert found is not None
    text = gzip.decompress(folder.table_content(found)).decode()
    return list(csv.DictReader(io.StringIO(text)))


# -- the laboratory NCDs ----------------------------------------------------------------------


def test_laboratory_ncds(folder: KnowledgeFolder, tmp_path: Path) -> None:
    report = import_(folder, written(tmp_path, "ncd.xlsx", xlsx_bytes(LABORATORY)))[0]
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
    rows = [*LABORATORY, [190.15, "", "", "", "", "E785", DAY, "", 1]]
    with pytest.raises(InputError, match="without procedures or without diagnoses"):
        import_(folder, written(tmp_path, "ncd.xlsx", xlsx_bytes(rows)))


def test_accessible_edition_of_the_laboratory_ncds(folder: KnowledgeFolder, tmp_path: Path) -> None:
    """It marks what changed with an asterisk, in a text in place of a number or a date."""
    import_(folder, written(tmp_path, "ncd.xlsx", xlsx_bytes(LABORATORY)))
    rows = [list(row) for row in LABORATORY]
    rows[6][5:] = ["*R109", "*10/01/15", "*9/30/26", "*1"]
    report = import_(folder, written(tmp_path, "ncd-508.xlsx", xlsx_bytes(rows)))[0]
    assert report.outcome == "unchanged"


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


def test_addenda_of_a_release(folder: KnowledgeFolder, tmp_path: Path, small: Path) -> None:
    files = diagnosis_files(tmp_path, small, 2028)
    good = (
        b"Add:         1 M5457   words\r\nDelete:      1 M5451   words\r\nRevise to:   1 M542 x\r\n"
    )
    addenda = written(tmp_path, "icd10cm_order_addenda_2028.txt", good)
    report = import_(folder, *files, addenda)[0]
    assert report.left_out["lines of addenda, with which the list agrees"] == 3
    for line, reason in (
        (b"Add:  M5458  words\r\n", "adds M54.58, which the list of codes lacks"),
        (b"Delete:  M542  words\r\n", "deletes M54.2, which the list of codes has"),
    ):
        other = written(tmp_path, "icd10cm_codes_addenda_2028.txt", line)
        with pytest.raises(InputError, match=reason):
            import_(folder, *files, other)
    before = written(tmp_path, "icd10cm_order_addenda_2027.txt", good)
    with pytest.raises(InputError, match="of different periods"):
        import_(folder, *files, before)


def test_conversion_table(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = [
        ["ICD-10-CM conversion table"],
        [],
        ["Current code assignment", "Effective", "Previous Code(s) Assignment"],
        ["E66.813", "2024", "E66.01, E66.8"],
        ["H02.151", "2018", "H02.101-H02.103; H02.109"],
        ["M54.51", "10/1/2021", '"M54.5"'],
        ["U07.1", "04/01/20", "None"],
        ["Z79.85", "2022", "Codes in categories Z79 and Z80"],
    ]
    name = "508-VERSION-ICD-10-CM-CONVERSION-TABLE-FY2027-October 1 2026 - FINAL-"
    text = "".join("\t".join(row) + "\r\n" for row in rows).encode()
    archive = zip_bytes({f"{name}.txt": text, f"{name}.xlsx": xlsx_bytes(rows)})
    report = import_(folder, written(tmp_path, "2027-conversion-table.zip", archive))[0]
    assert (str(report.release.edition), report.rows) == ("2026-10-01", 7)
    assert report.left_out == {"the code before is told in words, or there was none": 2}
    pairs = {(row["previous"], row["code"], row["valid_from"]) for row in rows_of(folder, TABLE)}
    assert {pair for pair in pairs if pair[1] != "E66.813"} == {
        *((f"H02.10{end}", "H02.151", "2018-10-01") for end in (1, 2, 3, 9)),
        ("M54.5", "M54.51", "2021-10-01"),
    }


TABLE = "icd-10-cm-conversions"


# -- the code editors and places --------------------------------------------------------------


def test_lists_of_the_code_editor(folder: KnowledgeFolder, tmp_path: Path) -> None:
    content = code_editor_text().encode("cp1252")
    report = import_(folder, written(tmp_path, "Definitions_v_44.txt", content))[0]
    assert (str(report.release.edition), str(report.release.covered_through)) == (
        "2026-10-01",
        "2027-03-31",
    )
    assert report.left_out == {
        "codes of other lists": 3,
        "accepted as principal diagnosis with a secondary diagnosis": 1,
    }
    members = {(row["value_set"], row["code"]) for row in rows_of(folder, "mce-lists")}
    assert ("mce-questionable-admission", "E11.9") in members
    assert ("mce-unacceptable-principal", "B95.0") in members
    assert len(members) == report.rows == 9


def test_code_editor_text_without_a_list(folder: KnowledgeFolder, tmp_path: Path) -> None:
    text = code_editor_text().rpartition("18. Wrong procedure")[0].encode("cp1252")
    with pytest.raises(InputError, match="lacks the list mce-unspecified"):
        import_(folder, written(tmp_path, "Definitions_v_44.txt", text))


def test_new_place_of_service(folder: KnowledgeFolder, tmp_path: Path) -> None:
    made = []
    for place in ("68", "67"):
        each = claim("2026-05-05", ("97140", 1))
        each["placeOfService"] = place
        made.append(each)
    assert [len(each) for each in found(folder, {"PX-POS"}, *made)] == [1, 1]
    rows = [
        ["Place of Service Code(s)", "Place of Service Name", "Place of Service Description"],
        ["11", "Office", "words"],
        ["28-30", "Unassigned", "N/A"],
        ["68", "A new one", "words"],
    ]
    file = written(tmp_path, "place-of-service_2026-05-01.csv", csv_bytes(rows))
    assert import_(folder, file)[0].left_out == {"not assigned": 1}
    assert [len(each) for each in found(folder, {"PX-POS"}, *made)] == [0, 1]


# -- coverage articles ------------------------------------------------------------------------


def export(**changes: Iterable[Sequence[str]]) -> bytes:
    tables = {**coverage_export(), **changes}
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


def test_state_that_a_contractor_served_before(folder: KnowledgeFolder, tmp_path: Path) -> None:
    tables = coverage_export()
    tables["contractor_jurisdiction"].append(("1", "8", "1", "13", "2020-12-31"))
    tables["state_lookup"].append(("13", "GA", "Georgia"))
    file = written(tmp_path, "current_article.zip", export(**tables))
    import_(folder, file, period=datetime(2026, 11, 20).date())
    assert rows_of(folder, "lcd-policies")[0]["jurisdiction"] == "FL"


def test_contractor_by_the_state_of_the_billing_provider(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    file = written(tmp_path, "current_article.zip", export())
    import_(folder, file, period=datetime(2026, 11, 20).date())

    def of(payer: str, state: str, day: str = "2026-05-05") -> dict[str, object]:
        made = claim(day, ("20560", 1))
        made["payer"] = payer
        made["billingProvider"] = {"npi": "1234567893", "state": state}
        made["diagnosis"] = [{"sequence": 1, "code": "M54.51"}]
        return made

    results = found(
        folder,
        {"MN-LCD-UNSUPPORTED"},
        of("medicare", "FL"),
        of("medicare-b", "FL"),
        of("medicare-b", "FL", "2026-02-01"),
        of("medicare-b", "FL", "2026-01-31"),
        of("medicare-b", "GA"),
        of("medicare-outpatient", "FL"),
        of("commercial", "FL"),
    )
    assert [len(each) for each in results] == [1, 1, 1, 0, 0, 0, 0]


def test_articles_of_contractors_that_a_claim_does_not_ask(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    """They are no part of its graph."""
    tables = coverage_export()
    other = ("9", "1")
    tables["article"].append(
        (*other, "Needles", "2026-02-01 00:00:00", "", "", "", "A50009", "A", "")
    )
    tables["article_x_hcpc_code"].append((*other, "20560", "1", "N"))
    tables["article_x_icd10_covered"].append((*other, "M54.59", "1", "B"))
    tables["article_x_contractor"].append((*other, "2", "8", "1"))
    tables["contractor"].append(("2", "8", "1", "Another", "00212"))
    tables["contractor_jurisdiction"].append(("2", "8", "1", "13", ""))
    tables["state_lookup"].append(("13", "GA", "Georgia"))
    file = written(tmp_path, "current_article.zip", export(**tables))
    import_(folder, file, period=datetime(2026, 11, 20).date())
    checker = Checker(knowledge=folder.path, engine="reference")

    def articles(payer: str, **provider: str) -> set[str]:
        made = claim("2026-05-05", ("20560", 1))
        made |= {"payer": payer, "billingProvider": {"npi": "1234567893", **provider}}
        with checker.whole_graph(made) as graph:
            rows = graph.store.quads_for_pattern(None, ox.NamedNode(f"{CS_NS}ofPolicy"), None)
            return {str(row.object).strip("<>").rpartition("/")[2] for row in rows}

    assert articles("medicare-b", state="FL") == {"A50007"}
    assert articles("medicare-b", state="GA") == {"A50009"}
    assert articles("medicare-b", state="TX") == set()
    assert articles("medicare-b") == {"A50007", "A50009"}
    assert articles("medicare-mac-00212", state="FL") == {"A50009"}
    assert articles("commercial", state="FL") == set()


def test_covered_diagnoses_of_the_category_are_candidates(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    file = written(tmp_path, "current_article.zip", export())
    import_(folder, file, period=datetime(2026, 11, 20).date())
    made = claim("2026-05-05", ("20560", 1))
    made["payer"] = "medicare-mac-00112"
    made["diagnosis"] = [{"sequence": 1, "code": "M54.51"}]
    for engine in ("reference", "set"):
        checker = Checker(
            knowledge=folder.path, select={"MN-LCD-UNSUPPORTED"}, engine=engine, suggest=True
        )
        (result,) = checker.check([made])
        (suggestion,) = result.findings[0].suggestions
        assert (suggestion.value, suggestion.condition) == (
            "M54.59",
            "if the record shows it as the reason for the service",
        )
        assert suggestion.patch == (
            ("test", "/diagnosis/0/code", "M54.51"),
            ("replace", "/diagnosis/0/code", "M54.59"),
        )


def test_state_with_two_contractors(folder: KnowledgeFolder, tmp_path: Path) -> None:
    """Their articles hold where all have them; what only one has is not decided."""
    key = ("contractor_id", "contractor_type_id", "contractor_version")
    tables: dict[str, list[Sequence[str]]] = {
        "contractor": [
            (*key, "contractor_bus_name", "contractor_number", "contractor_subtype_id"),
            ("1", "12", "1", "A Contractor", "00112", "2"),
            ("2", "12", "1", "Another", "00212", "2"),
            ("3", "12", "1", "A Contractor", "00111", "1"),
            ("4", "9", "1", "Supplies", "00990", ""),
        ],
        "contractor_type_lookup": [
            ("contractor_type_id", "description"),
            ("12", "A and B MAC"),
            ("9", "DME MAC"),
        ],
        "contractor_subtype_lookup": [
            ("contractor_subtype_id", "description"),
            ("1", "MAC A"),
            ("2", "MAC B"),
        ],
        "contractor_jurisdiction": [
            (*key, "state_id", "active_date", "term_date"),
            *((who, kind, "1", "66", "2020-01-01", "") for who, kind in (("1", "12"), ("3", "12"))),
            ("2", "12", "1", "67", "2020-01-01", "2026-06-30"),
            ("4", "9", "1", "6", "2020-01-01", ""),
        ],
        "state_lookup": [
            ("state_id", "state_abbrev", "description"),
            ("6", "CA", "California - Entire State"),
            ("66", "CA", "California - Northern"),
            ("67", "CA", "California - Southern"),
        ],
        "article_x_contractor": [
            ("article_id", "article_version", *key),
            ("7", "3", "1", "12", "1"),
        ],
    }
    file = written(tmp_path, "current_article.zip", export(**tables))
    import_(folder, file, period=datetime(2026, 11, 20).date())
    claims = []
    for number, day in enumerate(("2026-06-30", "2026-07-01")):
        made = claim(day, ("20560", 1))
        made |= {"id": f"C{number}", "billingProvider": {"npi": "1234567893", "state": "CA"}}
        made["diagnosis"] = [{"sequence": 1, "code": "M54.51"}]
        claims.append(made)
    for engine in ("reference", "set"):
        checker = Checker(knowledge=folder.path, select={"MN-LCD-UNSUPPORTED"}, engine=engine)
        results = list(checker.check(claims))
        assert [len(result.findings) for result in results] == [0, 1]
        assert ["several contractors" in str(result.not_covered) for result in results] == [
            True,
            False,
        ]


def test_export_without_a_table(folder: KnowledgeFolder, tmp_path: Path) -> None:
    content = export(state_lookup=[("other",)])
    with pytest.raises(InputError, match="lacks the table of state names"):
        import_(
            folder,
            written(tmp_path, "current_article.zip", content),
            period=datetime(2026, 11, 20).date(),
        )


# -- lists that rules know in part --------------------------------------------------------------


def test_a_list_that_is_imported_extends_its_rule(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rules = {"PX-DRUG-WASTE", "PX-DME-PAYMENT", "TH-GP-SOMETIMES", "PX-TELEHEALTH"}

    def of(code: str, modifier: str = "", **fields: str) -> dict[str, object]:
        made = claim("2027-01-04", (code, 1))
        made["billingProvider"]["taxonomy"] = "225100000X"
        if modifier:
            made["item"][0]["modifier"] = [modifier]
        return {**made, **fields}

    claims = (
        of("J1100"),
        of("J1100", "JZ"),
        of("20560"),
        of("20560", "GP"),
        of("97012", "GP", placeOfService="10"),
    )
    before = found(folder, rules, *claims)
    assert [[rule for rule, _ in each] for each in before] == [[], [], [], [], ["PX-TELEHEALTH"]]
    drugs = csv_bytes([["HCPCS Code", "Descriptor"], ["J1100", "words"]])
    therapy = [["CPT/HCPCS Code", "Descriptor", "Disposition"], ["20560", "words", "Sometimes"]]
    audio = "Can Audio-only Interaction Meet the Requirements?"
    distant = [["Code", "Short Descriptor", "Status", audio], ["97012", "words", "Added", "No"]]
    for name, content in (
        ("jw-jz-hcpcs-codes-jan-2027.csv", drugs),
        ("therapy-code-list-2027.csv", csv_bytes(therapy)),
        ("list-of-telehealth-services-calendar-year-2027.csv", csv_bytes(distant)),
    ):
        import_(folder, written(tmp_path, name, content))
    after = found(folder, rules, *claims)
    assert [[rule for rule, _ in each] for each in after] == [
        ["PX-DRUG-WASTE"],
        [],
        ["TH-GP-SOMETIMES"],
        [],
        [],
    ]


def test_equipment_without_a_modifier_of_the_fee_schedule_is_left_out(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    rows = [["HCPCS", "Mod", "Mod2", "JURIS", "CATG"], ["J1100", "", "", "D", "SU"]]
    rows.append(["97012", "RR", "", "D", "CR"])
    report = import_(folder, written(tmp_path, "dmepos-jan-2027.csv", csv_bytes(rows)))[0]
    assert report.left_out == {"is neither rented nor bought by its modifier": 1}
    assert rows_of(folder, "dmepos-fee-schedule")[0]["code"] == "97012"
    results = found(folder, {"PX-DME-PAYMENT"}, claim("2027-01-04", ("97012", 1)))
    assert [rule for each in results for rule, _ in each] == ["PX-DME-PAYMENT"]


def test_items_of_the_equipment_contractor_come_in_ranges(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    rows = [["HCPCS", "Description", "Jurisdiction"]]
    rows += [["E0100 - E0159", "words", "DME MAC"], ["L8600", "words", "Part B MAC"]]
    rows.append(["A4244-A4250", "words", "Part B MAC if incident to. If other, DME MAC"])
    report = import_(folder, written(tmp_path, "jurisdiction-2027.csv", csv_bytes(rows)))[0]
    assert report.left_out == {"is also, or only, of the Part B contractor": 2}
    codes = [row["code"] for row in rows_of(folder, "dmepos-jurisdiction")]
    assert (len(codes), min(codes), max(codes)) == (60, "E0100", "E0159")
    sent = {**claim("2027-02-04", ("E0143", 1)), "payer": "medicare-b-first-coast"}
    results = found(folder, {"PX-DME-CONTRACTOR"}, sent, claim("2027-02-04", ("E0143", 1)))
    assert [[rule for rule, _ in each] for each in results] == [["PX-DME-CONTRACTOR"], []]


def test_imported_waived_tests_need_the_number_of_the_laboratory(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    rows = [["CPT CODE(S)", "TEST NAME", "MANUFACTURER"]]
    rows += [[f"{87000 + number}QW", "words", "words"] for number in range(60)]
    import_(folder, written(tmp_path, "clia-waived-tests-jan-2027.csv", csv_bytes(rows)))
    detailed = {**claim("2027-02-04", ("87040", 1)), "renderingProvider": {"npi": "1245319599"}}
    assert [[rule for rule, _ in each] for each in found(folder, {"CLM-CLIA"}, detailed)] == [
        ["CLM-CLIA"]
    ]


_ORDERERS = [
    ["NPI", "LAST_NAME", "FIRST_NAME", "PARTB", "DME", "HHA", "PMD", "HOSPICE"],
    ["1245319599", "a name", "a name", "Y", "Y", "Y", "Y", "Y"],
    ["1111111112", "a name", "a name", "Y", "N", "N", "N", "N"],
]


def test_who_may_order_is_on_the_list(folder: KnowledgeFolder, tmp_path: Path) -> None:
    file = written(tmp_path, "OrderReferring_20270118.csv", csv_bytes(_ORDERERS))
    report = import_(folder, file)[0]
    assert (str(report.release.edition), report.rows) == ("2027-01-18", 2)
    assert str(report.release.covered_through) == "2027-03-31"
    rows = rows_of(folder, "order-referring")
    assert [row["dme"] for row in rows] == ["", "orders-equipment"]
    assert "a name" not in str(rows)

    def ordered(code: str, npi: str, day: str = "2027-02-04", **further: object) -> Any:
        return {**claim(day, (code, 1)), "referringProvider": {"npi": npi}, **further}

    rules = {"CLM-ORDERER", "CLM-ORDERER-HOME-HEALTH", "CLM-ORDERER-HOSPICE"}
    bill = {"type": "institutional", "typeOfBill": "0329", "payer": "medicare-a"}
    results = found(
        folder,
        rules,
        ordered("97110", "1003000126"),
        ordered("80061", "1245319599"),
        ordered("80061", "1003000126"),
        ordered("E0143", "1111111112"),
        ordered("80061", "1003000126", "2026-01-01"),
        ordered("80061", "1003000126", "2025-12-31"),
        ordered("80061", "1003000126", "2027-04-01"),
        ordered("80061", "1003000126", payer="commercial"),
        {**ordered("G0299", "1245319599"), **bill, "attendingProvider": {"npi": "1111111112"}},
    )
    assert [[rule for rule, _ in each] for each in results] == [
        *([], [], ["CLM-ORDERER"], ["CLM-ORDERER"], ["CLM-ORDERER"], [], [], []),
        ["CLM-ORDERER-HOME-HEALTH"],
    ]
    assert results[2][0][1] == (
        "NPI 1003000126 is not listed as one who may order laboratory tests and imaging"
        " (Order and Referring file of 2027-01-18)"
    )


def test_list_of_orderers_without_the_column_of_hospice(
    folder: KnowledgeFolder, tmp_path: Path
) -> None:
    """It was added in 2024."""
    rows = [row[:-1] for row in _ORDERERS]
    report = import_(folder, written(tmp_path, "OrderReferring_20270118.csv", csv_bytes(rows)))[0]
    assert report.rows == 2


@pytest.mark.parametrize("npi", ["3245319599", "124531959", "12453195990", "A245319599"])
def test_list_of_orderers_with_what_is_no_npi(
    folder: KnowledgeFolder, tmp_path: Path, npi: str
) -> None:
    rows = [*_ORDERERS, [npi, *_ORDERERS[1][1:]]]
    with pytest.raises(InputError, match="row 4"):
        import_(folder, written(tmp_path, "OrderReferring_20270118.csv", csv_bytes(rows)))
    assert not folder.path.exists()


def test_services_that_payers_authorize(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = [["Payer", "HCPCS code", "First date", "Last date", "States", "Without it"]]
    rows += [["medicare", "97110", "2027-01-15", "2027-12-31", "oh NJ", "reviewed"]]
    rows += [["example-strict", "97012", "01/15/2027", "", "", ""]]
    report = import_(folder, written(tmp_path, "authorization-2027.csv", csv_bytes(rows)))[0]
    assert report.rows == 2
    assert [row["states"] for row in rows_of(folder, "prior-authorization-list")] == ["", "OH NJ"]

    def sent(code: str, state: str, day: str = "2027-02-04", **further: object) -> Any:
        provider = {"npi": "1234567893", "state": state}
        there = {"billingProvider": provider, "placeOfService": "11", **further}
        return {**claim(day, (code, 1)), **there}

    rules = {"PX-AUTHORIZATION-REVIEW", "BP-MRI-AUTH"}
    results = found(
        folder,
        rules,
        sent("97110", "NJ"),
        sent("97110", "KY"),
        sent("97110", "NJ", "2027-01-14"),
        sent("97110", "NJ", "2028-01-01"),
        sent("97110", "NJ", priorAuthorization=["U12345678901234"]),
        sent("97012", "KY", payer="example-strict"),
        sent("97012", "KY"),
    )
    assert [[rule for rule, _ in each] for each in results] == [
        *(["PX-AUTHORIZATION-REVIEW"], [], [], [], [], ["BP-MRI-AUTH"], [])
    ]


def test_preventive_services_of_a_list_of_ones_own(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = [["Service", "Counts", "Months", "Limit"], ["97110", "97112", "5", "5 full months"]]
    rows += [["80061", "80061", "", "once in a lifetime"]]
    import_(folder, written(tmp_path, "preventive-services-2027.csv", csv_bytes(rows)))
    earlier = {"procedure": "97112", "serviced": "2026-09-10", "npi": "1234567893"}
    results = found(
        folder,
        {"PX-PREVENTIVE-FREQUENCY"},
        {**claim("2027-02-04", ("97110", 1)), "history": [earlier]},
        {**claim("2027-03-04", ("97110", 1)), "history": [earlier]},
        {**claim("2027-02-04", ("80061", 1)), "history": [{**earlier, "procedure": "80061"}]},
    )
    assert [[message for _, message in each] for each in results] == [
        ["97110 on 2027-02-04 after 97112 on 2026-09-10: 5 full months"],
        [],
        ["80061 on 2027-02-04 after 80061 on 2026-09-10: once in a lifetime"],
    ]


def test_drugs_have_the_code_of_the_crosswalk(folder: KnowledgeFolder, tmp_path: Path) -> None:
    rows = [["banner of the file"], []]
    rows += [["_2027_CODE", "Short Description", "LABELER NAME", "NDC2", "Drug Name"]]
    rows += [["J1100", "words", "words", "00069-1234-01", "words"]]
    rows += [["J1101", "words", "words", "00069-1234-01", "words"]]
    rows += [["J2001", "words", "words", "words-alternate", "words"]]
    file = written(tmp_path, "January 2027 ASP NDC-HCPCS Crosswalk 120926.csv", csv_bytes(rows))
    report = import_(folder, file)[0]
    assert report.left_out == {"of another number than a National Drug Code": 1}
    assert [row["ndc"] for row in rows_of(folder, "ndc-hcpcs")] == ["00069123401"] * 2

    def given(code: str, day: str = "2027-02-04", ndc: str = "00069123401") -> Any:
        sent = claim(day, (code, 1))
        sent["item"][0]["drug"] = {"ndc": ndc}
        return sent

    results = found(
        folder,
        {"PX-NDC"},
        given("J1100"),
        given("J1030"),
        given("J1030", "2027-04-01"),
        given("J1030", ndc="50242006001"),
    )
    assert [[message for _, message in each] for each in results] == [
        *([], ["J1030 with National Drug Code 00069123401, which is billed as J1100, J1101"]),
        *([], []),
    ]
