"""Files as publishers lay them out: notices, stacked headers, odd encodings; content made up."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openpyxl import Workbook

from claimshapes.knowledge import importing
from claimshapes.knowledge.descriptions import importable

NOTICE = (
    "Codes, descriptions and other data only are copyright of their owner. All rights reserved."
    "\n\nIt is a registered trademark\xae of its owner.\n\nNo liability is assumed."
)
"""With a character that is not ASCII, over several lines, as in the published files."""

MUE_VALUES = {
    "mue-practitioner": "Practitioner Services MUE Values",
    "mue-outpatient": "Outpatient Hospital Services MUE Values",
    "mue-dme": "DME Supplier Services MUE Values",
}
MUE_NAMES = {
    "mue-practitioner": "MCR_MUE_PractitionerServices_Eff_{}.csv",
    "mue-outpatient": "MCR_MUE_OutpatientHospitalServices_Eff_{}.csv",
    "mue-dme": "MCR_MUE_DMESupplierServices_Eff_{}.csv",
}


def mue_rows(kind: str, limits: dict[str, int]) -> list[list[str]]:
    rows = [[NOTICE, "", "", ""], ["HCPCS/\nCPT Code", MUE_VALUES[kind]]]
    rows[1] += ["MUE Adjudication Indicator", "MUE Rationale"]
    rows += [
        [code, str(units), "3 Date of Service Edit: Clinical", "Clinical: Data"]
        for code, units in limits.items()
    ]
    return rows


def csv_bytes(
    rows: Iterable[Sequence[str]], encoding: str = "latin-1", delimiter: str = ","
) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(rows: Iterable[Sequence[object]], title: str = "Sheet1") -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(title)
    for row in rows:
        sheet.append([None if cell == "" else cell for cell in row])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def zip_bytes(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


_PTP_HEADER = (
    "Column 1",
    "Column 2",
    "*=in existence",
    "Effective",
    "Deletion",
    "Modifier",
    "PTP Edit Rationale",
)


def ptp_rows(pairs: Iterable[Sequence[str]]) -> list[list[str]]:
    """Pairs as column 1, column 2, effective, deletion, indicator."""
    rows = [
        ["Copyright of its owner. All rights reserved.", *[""] * 6],
        ["Column1/Column2 Edits", *[""] * 6],
        list(_PTP_HEADER),
        ["", "", "prior to 1996", "Date", "Date", "0=not allowed", ""],
        ["", "", "", "", "*=no data", "1=allowed", ""],
        ["", "", "", "", "", "9=not applicable", ""],
    ]
    rows += [
        [one, two, "", first, last, modifier, "Misuse"] for one, two, first, last, modifier in pairs
    ]
    return rows


def ptp_text(pairs: Iterable[Sequence[str]]) -> bytes:
    return "".join("\t".join(row) + "\r\n" for row in ptp_rows(pairs)).encode("latin-1")


def written(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def code_editor_text(version: str = "v44 October 2026") -> str:
    """The text of the Definitions of Medicare Code Edits, with one code of each list."""
    lists = (
        ("A. Perinatal/Newborn diagnoses", "A33"),
        ("B. Pediatric diagnoses (age 0 through 17)", "A4851"),
        ("C. Maternity diagnoses (age 9 through 64)", "A34"),
        ("D. Adult diagnoses (age 15 through 124)", "E3450"),
        ("5. Sex conflict (deactivated as of 10/01/2024)", ""),
        ("Manifestation codes not allowed as principal diagnosis", "D630"),
        ("8. Questionable admission", ""),
        ("Questionable admission codes", "E119\t"),
        ("1. Cesarean section procedure codes", "10D00Z0"),
        ("9. Unacceptable principal diagnosis", "Z5189"),
        ("Unacceptable principal diagnosis codes", "*Z5189", "B950"),
        ("18. Wrong procedure performed", ""),
        ("Wrong procedure performed codes", "Y6551"),
        ("20. Unspecified code", "G8100"),
        ("Chapter 2: Code list changes", ""),
        ("9. Unacceptable principal diagnosis", "F0781"),
    )
    lines = ["", "Definitions of Medicare Code Edits", "ICD-10 Version", version, ""]
    lines += [f"{heading}\t{page}" for page, (heading, *_) in enumerate(lists)]
    for heading, *codes in lists:
        lines += [heading, "What a patient\u2019s list is for.", ""]
        lines += [f"{code}\twords" for code in codes if code]
    return "\r\n".join([*lines, "Index", "adult diagnoses\t73", ""])


DAY = datetime(2015, 10, 1)
LABORATORY: list[list[object]] = [
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
"""The spreadsheet of the laboratory NCDs, as it is on its sheet."""


def laboratory_rows() -> list[list[str]]:
    """The same as a text has it."""
    return [
        [cell.date().isoformat() if isinstance(cell, datetime) else str(cell) for cell in row]
        for row in LABORATORY
    ]


def coverage_export() -> dict[str, list[Sequence[str]]]:
    """The tables of an export of the Medicare Coverage Database, by name."""
    ident, by = ("article_id", "article_version"), ("7", "3")
    contractor = ("contractor_id", "contractor_type_id", "contractor_version")
    return {
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
    }


def believe(
    patch: pytest.MonkeyPatch, rows: Callable[[str], tuple[int, int]], **changed: Any
) -> None:
    """Lets importers believe files of few rows, where published ones have thousands.

    Args:
        patch: what takes it back.
        rows: the least and the most rows of a data set.
        changed: other fields of the descriptions of imports.
    """
    known = {
        name: msgspec.structs.replace(each, rows=rows(name), **changed)
        for name, each in importable().items()
    }
    patch.setattr(importing, "importable", lambda: known)
