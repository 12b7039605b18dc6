"""Files as publishers lay them out: notices, stacked headers, odd encodings; content made up."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook

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


def csv_bytes(rows: Iterable[Sequence[str]], encoding: str = "latin-1") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
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
        [
            "Column 1",
            "Column 2",
            "*=in existence",
            "Effective",
            "Deletion",
            "Modifier",
            "PTP Edit Rationale",
        ],
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
