"""Tables: columns, mapping files, and rows that are damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.claims.claim import ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.readers import csv_rows, read_claims
from claimshapes.claims.readers.parquet_text import read_text_as_bytes
from claimshapes.claims.readers.row_values import cell_text
from claimshapes.claims.readers.table_columns import column_fields
from claimshapes.errors import InputError
from tests.claims.conftest import claims_of
from tests.conftest import SUMMARY

Read = Callable[..., list[ClaimReading]]
HEADER = [
    "id",
    "payer",
    "patient.birthDate",
    "patient.sex",
    "billingProvider.npi",
    "diagnosis",
    "item.procedure",
    "item.modifier",
    "item.quantity",
    "item.charge",
    "item.serviced",
]
ROWS = [
    ["C-1", "medicare-b", "1980-02-01", "female", "1234567893", "M54.6|M51.24"],
    ["C-1", "", "", "", "", ""],
    ["C-2", "commercial", "1980-02-01", "male", "1234567893", "M54.6"],
]
LINES = [
    ["97110", "GP|59", "2.5", "80.00", "2026-05-04"],
    ["97140", "", "1", "", "2026-05-05"],
    ["99213", "", "1", "92", "2026-05-04"],
]
TABLE = [HEADER, *(row + line for row, line in zip(ROWS, LINES, strict=True))]
CLAIMS = [
    {
        "id": "C-1",
        "payer": "medicare-b",
        "patient": {"birthDate": "1980-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "M54.6"}, {"sequence": 2, "code": "M51.24"}],
        "item": [
            {
                "sequence": 1,
                "procedure": "97110",
                "modifier": ["GP", "59"],
                "quantity": Decimal("2.5"),
                "charge": "80.00",
                "serviced": "2026-05-04",
            },
            {"sequence": 2, "procedure": "97140", "quantity": 1, "serviced": "2026-05-05"},
        ],
    },
    {
        "id": "C-2",
        "payer": "commercial",
        "patient": {"birthDate": "1980-02-01", "sex": "male"},
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "M54.6"}],
        "item": [
            {
                "sequence": 1,
                "procedure": "99213",
                "quantity": 1,
                "charge": "92",
                "serviced": "2026-05-04",
            }
        ],
    },
]


def text(table: list[list[str]], delimiter: str = ",", end: str = "\n") -> str:
    return "".join(delimiter.join(row) + end for row in table)


def changed(row: int, column: str, value: str) -> list[list[str]]:
    table = [[*cells] for cells in TABLE]
    table[row][HEADER.index(column)] = value
    return table


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_every_kind_of_csv(read: Read, delimiter: str, end: str) -> None:
    assert claims_of(read(text(TABLE, delimiter, end), "t.csv")) == CLAIMS


def test_what_a_spreadsheet_puts_before_the_header(read: Read) -> None:
    assert claims_of(read(text(TABLE).encode("utf-8-sig"), "t.csv")) == CLAIMS


def test_places_are_lines_of_the_file(read: Read) -> None:
    first, second = read(text(TABLE), "t.csv")
    assert isinstance(first, ClaimRecord) and isinstance(second, ClaimRecord)
    assert (first.origin.line, second.origin.line) == (2, 4)
    assert first.place("/item/1/procedure") == "line 3"
    assert first.place("/diagnosis/0/code") == "line 2"


def test_numbered_columns_and_facts_of_the_record(read: Read) -> None:
    names = ["item.modifier.2", "item.modifier.1", "item.modifier.4", "diagnosis.2", "diagnosis.4"]
    names += ["documentation.exam-finding", "item.documentation.order"]
    header = [name for name in HEADER if name not in ("diagnosis", "item.modifier")]
    row = [cell for cell, name in zip(TABLE[1], HEADER, strict=True) if name in header]
    values = ["59", "GP", "XU", "M54.6", "M51.24", "a|b", "2026-05-01"]
    (claim,) = claims_of(read(text([[*header, *names], [*row, *values]]), "t.csv"))
    assert claim["item"][0]["modifier"] == ["GP", "59", "XU"]
    assert claim["diagnosis"] == [
        {"sequence": 2, "code": "M54.6"},
        {"sequence": 4, "code": "M51.24"},
    ]
    assert claim["documentation"] == [
        {"type": "exam-finding", "value": "a"},
        {"type": "exam-finding", "value": "b"},
        {"type": "order", "value": "2026-05-01", "item": 1},
    ]


def test_fields_have_columns() -> None:
    names = set(column_fields())
    assert {"typeOfBill", "billablePeriod.end", "reasonForVisit", "item.revenue"} <= names
    assert {"therapyYearToDate.ptSlp", "item.sequence", "item.diagnosisSequence"} <= names
    assert not [name for name in names if name.startswith(("history", "documentation"))]


@pytest.mark.parametrize("name", ["columns.json", "columns.toml"])
def test_a_mapping_file(read: Read, tmp_path: Path, name: str) -> None:
    mapping = {
        "columns": {
            "Claim No": "id",
            "DX": "diagnosis",
            "DOS": "item.serviced",
            "DOB": "patient.birthDate",
        },
        "constants": {"payer": "commercial", "item.placeOfService": "11"},
        "ignoreOthers": True,
        "separator": " ",
        "dateFormat": "%m/%d/%Y",
    }
    file = tmp_path / name
    if name.endswith("json"):
        file.write_text(json.dumps(mapping))
    else:
        sections = [
            f"{key} = {json.dumps(value)}\n"
            for key, value in mapping.items()
            if not isinstance(value, dict)
        ]
        for key, value in mapping.items():
            if isinstance(value, dict):
                sections.append(f"[{key}]\n")
                sections += [f"{json.dumps(k)} = {json.dumps(v)}\n" for k, v in value.items()]
        file.write_text("".join(sections))
    header = [
        "Claim No",
        "DX",
        "DOS",
        "DOB",
        "patient.sex",
        "billingProvider.npi",
        "item.procedure",
        "item.quantity",
        "Colour",
    ]
    row = [
        "7",
        "M54.6 M51.24",
        "05/04/2026",
        "02/01/1980",
        "male",
        "1234567893",
        "99213",
        "1",
        "red",
    ]
    table = tmp_path / "t.csv"
    table.write_text(text([header, row]))
    (claim,) = claims_of(list(read_claims(table, columns=file)))
    assert claim["payer"] == "commercial" and claim["id"] == "7"
    assert [entry["code"] for entry in claim["diagnosis"]] == ["M54.6", "M51.24"]
    assert claim["patient"]["birthDate"] == "1980-02-01"
    assert claim["item"][0]["serviced"] == "2026-05-04"
    assert claim["item"][0]["placeOfService"] == "11"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("m.json", "{", "is not JSON"),
        ("m.toml", "x", "is not TOML"),
        ("m.json", b"\xff", "is not JSON"),
        ("m.json", "[" * 100_000, "is not JSON"),
        ("m.json", '{"colums": {}}', "unknown field 'colums'; did you mean 'columns'?"),
        ("m.json", '{"columns": {"a": 7}}', "at /columns/a: expected text, found a number"),
        ("m.json", '{"constants": {"colour": "red"}}', "'colour' is no field of a claim"),
        ("m.json", " " * 1_000_001, "must not be longer"),
        ("none.json", None, "cannot be read (No such file or directory)"),
    ],
)
def test_an_unusable_mapping_file(tmp_path: Path, name: str, content: Any, reason: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text(text(TABLE))
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        list(read_claims(table, columns=file))
    assert reason in str(caught.value)


def test_columns_are_of_tables_only(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text("{}")
    with pytest.raises(InputError, match="is no table"):
        list(read_claims(file, columns=file))


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (["id", "patient.birthdate"], "did you mean 'patient.birthDate'?"),
        (["id", "id"], "the columns 'id' and 'id' hold the same"),
        (["payer"], "expected a column 'id' with the claims' numbers"),
        (["id", "diagnosis.0"], "'diagnosis.0' is no field of a claim"),
        (["id", "history.1.colour"], "'history.1.colour' is no field of a claim"),
        (["id", "payer.2"], "'payer.2' is no field of a claim"),
        (["id", 'x"y'], "is no field of a claim"),
        (['"id'], "the header is not CSV"),
    ],
)
def test_an_unusable_header(read: Read, header: list[str], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text([header, ["1"] * len(header)]), "t.csv")
    assert reason in str(caught.value) and "line 1" in str(caught.value)


def test_a_table_without_a_header_shows_none_of_its_values(read: Read) -> None:
    with pytest.raises(InputError) as caught:
        read("C-77,secret-payer,1980-02-01\n", "t.csv")
    assert "names no field of a claim" in str(caught.value)
    assert "C-77" not in str(caught.value) and "secret" not in str(caught.value)


@pytest.mark.parametrize("gone", range(1, 40))
def test_a_header_that_runs_into_the_first_row_shows_none_of_its_values(
    read: Read, gone: int
) -> None:
    content = text(TABLE).replace("C-1", "QZX7-1").replace("medicare-b", "QZX7-2")
    at = content.index("\n")
    for start in range(at - gone + 1, at + 1):
        with pytest.raises(InputError) as caught:
            read(content[:start] + content[start + gone :], "t.csv")
        assert "QZX7" not in str(caught.value)


QUOTES = [
    (',"note', 1, "a quotation mark is not closed on its line"),
    (',no"te', 0, ""),
    (',"no"te', 1, "the row is not CSV"),
    (',"no""te"', 0, ""),
    (',"', 1, "a quotation mark is not closed"),
    (',"note\nmore', 1, "a quotation mark is not closed"),
    (',"note\nmore"', 1, "a cell holds a line break"),
    (',"no\rte"', 1, "a cell holds a line break"),
    (",note,", 1, "cells as in the header"),
    ("", 1, "cells as in the header"),
    (',"note\nmore, and more,\nand more"', 1, "a quotation mark is not closed"),
    (',"note\nmore, and more\nand more"', 1, "a cell holds a line break"),
    (",\xff", 1, "is not UTF-8 text"),
]


@pytest.mark.parametrize(("note", "rejected", "reason"), QUOTES)
def test_a_cell_that_is_passed_over_spoils_its_own_row_only(
    read: Read, tmp_path: Path, note: str, rejected: int, reason: str
) -> None:
    """Of ten claims of a line each, the fifth has the note."""
    row = ",".join(TABLE[3][1:])
    rows = [f"K-{number},{row}" + (note if number == 5 else ",fine") for number in range(10)]
    file, columns = tmp_path / "t.csv", tmp_path / "columns.toml"
    content = "\n".join([",".join([*HEADER, "Notes"]), *rows]) + "\n"
    file.write_bytes(content.encode("latin-1"))
    columns.write_text("ignoreOthers = true")
    readings = list(read_claims(file, columns=columns))
    bad = [reading for reading in readings if isinstance(reading, RejectedClaim)]
    assert [reading.claim_id for reading in bad] == ["K-5"] * rejected
    assert len(readings) == 10
    assert all(reason in reading.reason for reading in bad)


BREAKS = {
    "line feed": "\n",
    "carriage return": "\r",
    "both": "\r\n",
    "empty line": "\n\n",
    "prose": "\nleft, right",
    "quotation marks": '""\n""',
}
IDENTIFYING = ("id", "payer", "patient.id", "patient.birthDate", "billingProvider.npi")
COLUMNS = (
    *(*IDENTIFYING, "patient.sex", "placeOfService", "diagnosis", "item.procedure"),
    *("item.quantity", "item.serviced", "item.diagnosisSequence"),
)


def with_breaks(
    order: list[str], column: str, rows: range, at: int, text: str, *, once: bool
) -> bytes:
    """Four claims of two lines each, with a line break in a column of these rows.

    Args:
        order: the columns.
        column: which of them holds the break.
        rows: which of the eight rows do.
        at: before which sign.
        text: what is put there.
        once: whether what is said of a claim is on its first row only.
    """
    lines = [",".join(order)]
    for row in range(8):
        number = row // 2
        values = [f"K-{number}", "medicare-b", f"P-{number}", "1950-01-01", "1234567893", "female"]
        values += ["11", "M54.6", "97110", "1", "2026-05-04", "1"]
        cells = dict(zip(COLUMNS, values, strict=True))
        if once and row % 2:
            cells |= dict.fromkeys(COLUMNS[1:8], "")
        if row in rows and cells[column]:
            cells[column] = f'"{cells[column][:at]}{text}{cells[column][at:]}"'
        lines.append(",".join(cells[name] for name in order))
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize("kind", BREAKS)
@pytest.mark.parametrize("column", IDENTIFYING)
def test_a_line_break_in_a_cell_rejects_its_claim_and_no_other(
    tmp_path: Path, column: str, kind: str, record_property: Callable[[str, object], None]
) -> None:
    file = tmp_path / "t.csv"
    tried = 0
    # A number that became another cannot be told from the number of another claim.
    kept = column != "id" or kind in ("line feed", "carriage return", "both", "empty line")
    for moved, at, once in product((0, 5, 11), (0, 1, 20), (False, True)):
        order = [*COLUMNS[1 : moved + 1], COLUMNS[0], *COLUMNS[moved + 1 :]]
        for rows in (range(1), range(2, 3), range(3, 4), range(4, 6), range(7, 8)):
            hit = f"K-{rows[0] // 2}"
            content = with_breaks(order, column, rows, at, BREAKS[kind], once=once)
            if b'"' not in content:
                continue
            file.write_bytes(content)
            readings = list(read_claims(file))
            claims = [each.claim for each in readings if isinstance(each, ClaimRecord)]
            assert {claim["id"] for claim in claims} == {f"K-{n}" for n in range(4)} - {hit}
            for claim in claims:
                assert claim["patient"]["id"] == claim["id"].replace("K", "P")
                assert len(claim["item"]) == 2
            rejected = [each for each in readings if isinstance(each, RejectedClaim)]
            assert len(rejected) == 1 or not kept
            assert "a cell holds a line break" in rejected[0].reason
            tried += 1
    record_property(SUMMARY, f"line breaks ({kind}) in {column}: {tried} files, 0 lost")


@pytest.mark.parametrize(("at", "numbers"), [(2, ["C-1"]), (3, ["C-1", None])])
def test_a_row_without_a_number_is_of_the_claim_whose_it_may_be(
    read: Read, at: int, numbers: list[str | None]
) -> None:
    rows = [",".join(cells) for cells in TABLE]
    rows[at:at] = ['"' + rows[2][1:]]
    readings = read("\n".join(rows), "t.csv")
    rejected = [r.claim_id for r in readings if isinstance(r, RejectedClaim)]
    # Between two rows of a claim, it is that claim's; C-2 cannot have become "-1.
    assert rejected == numbers
    assert len(readings) == len(numbers) + 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "the file is empty"), ("\n", "the file is empty"), ("id\n", "a header and no row")],
)
def test_an_empty_table(read: Read, content: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read(content, "t.csv")


BAD_ROWS: list[tuple[list[list[str]], str]] = [
    (changed(2, "item.quantity", "two"), "expected a number, found text (line 3)"),
    (changed(1, "item.charge", "1.005"), "expected an amount as text, such as 80.00 (line 2)"),
    (changed(1, "item.serviced", "05/04/2026"), "expected a date of the calendar"),
    (changed(1, "patient.sex", "F"), "expected one of male, female, unknown (line 2)"),
    (changed(2, "payer", "other"), "payer differs between the lines of the claim (line 3)"),
    (
        [*TABLE[:2], TABLE[2][:-1], TABLE[3]],
        "expected 11 cells as in the header, found 10 (line 3)",
    ),
    (
        [*TABLE[:2], [*TABLE[2], ""], TABLE[3]],
        "expected 11 cells as in the header, found 12 (line 3)",
    ),
    (changed(2, "item.modifier", '"GP"x'), "the row is not CSV: see its quotation marks (line 3)"),
    (changed(2, "item.modifier", "\x07"), "without backslashes, line breaks or control characters"),
]


@pytest.mark.parametrize(("table", "reason"), BAD_ROWS)
def test_a_bad_row_rejects_its_claim_only(read: Read, table: list[list[str]], reason: str) -> None:
    bad, fine = read(text(table), "t.csv")
    assert isinstance(bad, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert reason in bad.reason and bad.claim_id == "C-1"
    assert fine.claim == CLAIMS[1]


def test_a_number_that_comes_again_later(read: Read) -> None:
    _, _, again = read(text([*TABLE, TABLE[1]]), "t.csv")
    assert isinstance(again, RejectedClaim)
    assert again.reason == "the claim on line 2 has the same number (line 5)"


def test_another_encoding_is_named(read: Read) -> None:
    content = text(changed(2, "item.modifier", "G\xe9")).encode("latin-1")
    bad, fine = read(content, "t.csv")
    assert isinstance(bad, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert bad.reason == "is not UTF-8 text (line 3)"


def test_a_line_without_end(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "ROW_BYTES", 300)
    bad, fine = read(text(changed(2, "item.modifier", "x" * 1000)), "t.csv")
    assert isinstance(bad, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert bad.reason == "a line must not be longer than 300 bytes (line 3)"


def test_more_lines_than_a_claim_may_have(read: Read) -> None:
    table = [HEADER, *([TABLE[1]] * 1100), TABLE[3]]
    bad, fine = read(text(table), "t.csv")
    assert isinstance(bad, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert bad.reason == "a claim must not have over 1,000 lines"


def parquet(file: Path, types: dict[str, str]) -> None:
    """Writes the table as Parquet, some columns with types of their own."""
    columns = ", ".join(f'"{name}" {types.get(name, "VARCHAR")}' for name in HEADER)
    marks = ", ".join("?" for _ in HEADER)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE claims ({columns})")
        rows = [[cell or None for cell in row] for row in TABLE[1:]]
        connection.executemany(f"INSERT INTO claims VALUES ({marks})", rows)
        connection.execute(f"COPY claims TO '{file}' (FORMAT parquet)")


TYPES = {
    "item.serviced": "DATE",
    "patient.birthDate": "TIMESTAMP",
    "item.quantity": "DOUBLE",
    "item.charge": "DECIMAL(9,2)",
}


@pytest.mark.parametrize("types", [{}, TYPES])
@pytest.mark.parametrize("name", ["t.parquet", "t", "t[*].parquet"])
def test_parquet(tmp_path: Path, types: dict[str, str], name: str) -> None:
    made = tmp_path / "made"
    parquet(made, types)
    file = made.rename(tmp_path / name)
    first, second = read_claims(file)
    assert isinstance(first, ClaimRecord) and isinstance(second, ClaimRecord)
    expected = json.loads(json.dumps(CLAIMS, default=float))
    if types:
        expected[1]["item"][0]["charge"] = "92.00"
    assert json.loads(json.dumps([first.claim, second.claim], default=float)) == expected
    assert first.place("/item/1") == "row 2"


def with_bytes(file: Path, rows: dict[str, list[Any]], **options: Any) -> None:
    """Writes rows as Parquet whose columns say that they are text, whatever their bytes are."""
    columns = {}
    for name, values in rows.items():
        raw = pa.array([v.encode("latin-1") if isinstance(v, str) else v for v in values])
        offsets, data = raw.buffers()[1:]
        columns[name] = pa.StringArray.from_buffers(len(raw), offsets, data, raw.buffers()[0])
    pyarrow.parquet.write_table(pa.table(columns), file, **options)


@pytest.mark.parametrize("bad", [0, 1, 2_500, 4_999])
@pytest.mark.parametrize("column", ["item.modifier", "id", "Notes"])
def test_a_cell_of_a_parquet_file_that_is_no_text_spoils_its_own_row(
    tmp_path: Path, bad: int, column: str
) -> None:
    file, columns = tmp_path / "t.parquet", tmp_path / "columns.toml"
    columns.write_text("ignoreOthers = true")
    rows = {name: [value] * 5_000 for name, value in zip(HEADER, TABLE[3], strict=True)}
    rows |= {"id": [f"K-{number}" for number in range(5_000)], "Notes": ["x"] * 5_000}
    rows[column][bad] = "\xe9" + rows[column][bad]
    with_bytes(file, rows, row_group_size=1_700)
    readings = list(read_claims(file, columns=columns))
    rejected = [reading for reading in readings if isinstance(reading, RejectedClaim)]
    named = column != "id"
    (only,) = rejected
    assert only.claim_id == (f"K-{bad}" if named else None)
    assert only.reason == "is not UTF-8 text" + (f" (row {bad + 1})" if named else "")
    assert only.origin.line == bad + 1
    assert len(readings) == 5_000


WRITERS: dict[str, Callable[[Path], None]] = {
    "DuckDB": lambda file: parquet(file, {}),
    "DuckDB, types": lambda file: parquet(file, TYPES),
    "pyarrow": lambda file: pyarrow.parquet.write_table(pa.table(by_name()), file),
    "pyarrow, old": lambda file: pyarrow.parquet.write_table(
        pa.table(by_name()), file, version="1.0", compression="gzip", use_dictionary=False
    ),
    "pyarrow, large": lambda file: pyarrow.parquet.write_table(
        pa.table({name: pa.array(cells, pa.large_string()) for name, cells in by_name().items()}),
        file,
    ),
    "pyarrow, bytes": lambda file: pyarrow.parquet.write_table(
        pa.table({name: [cell and cell.encode() for cell in v] for name, v in by_name().items()}),
        file,
    ),
    "polars": lambda file: polars.DataFrame(by_name()).write_parquet(file),
}


def by_name() -> dict[str, list[str | None]]:
    columns = zip(HEADER, zip(*TABLE[1:], strict=True), strict=True)
    return {name: [cell or None for cell in cells] for name, cells in columns}


@pytest.mark.parametrize("writer", WRITERS)
def test_text_of_every_writer_is_read_as_bytes(tmp_path: Path, writer: str) -> None:
    file = tmp_path / "t.parquet"
    WRITERS[writer](file)
    numbers = [claim["id"] for claim in claims_of(list(read_claims(file)))]
    assert numbers == ["C-1", "C-2"]
    with file.open("r+b") as stream:
        read_text_as_bytes(stream)
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(file)]).description
    assert found is not None
    assert {str(kind) for _, kind, *_ in found} & {"STRING", "VARCHAR"} == set()


def test_a_column_within_another_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    content = by_name() | {"Notes": [["a", "b"], [], None], "More": [{"x": "y"}] * 3}
    pyarrow.parquet.write_table(pa.table(content), file)
    columns = tmp_path / "columns.toml"
    columns.write_text("ignoreOthers = true")
    numbers = [claim["id"] for claim in claims_of(list(read_claims(file, columns=columns)))]
    assert numbers == ["C-1", "C-2"]
    with file.open("r+b") as stream:
        read_text_as_bytes(stream)
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT id, Notes, More FROM read_parquet(?)", [str(file)])
        assert rows.fetchone() == (b"C-1", ["a", "b"], {"x": "y"})


def test_the_day_of_a_time_depends_on_no_time_zone_of_the_machine() -> None:
    zone = timezone(timedelta(hours=-4))
    assert cell_text(datetime(2026, 5, 3, 20, tzinfo=zone), "|") == "2026-05-04"


@pytest.mark.parametrize("cut", [5, 100, 600])
def test_a_parquet_file_that_is_not_whole(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "t.parquet"
    parquet(file, {})
    file.write_bytes(file.read_bytes()[:-cut])
    with pytest.raises(InputError, match="is not a whole Parquet file"):
        list(read_claims(file))


@settings(max_examples=150)
@given(data=st.data())
def test_no_damage_makes_another_exception(tmp_path: Path, data: st.DataObject) -> None:
    content = text(TABLE).encode()
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content)))
        new = data.draw(st.binary(max_size=3) | st.sampled_from([b'"', b",", b"\n", b"\r", b"|"]))
        content = content[:at] + new + content[at + data.draw(st.integers(0, 20)) :]
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    try:
        for reading in read_claims(file):
            assert isinstance(reading, (ClaimRecord, RejectedClaim))
            assert "\n" not in str(reading)
    except InputError as error:
        assert "\n" not in str(error)


def test_a_line_break_in_the_last_cell_leaves_no_claim_with_a_part_of_its_rows(
    tmp_path: Path,
) -> None:
    lines = with_breaks(list(COLUMNS), "id", range(0), 0, "", once=False).decode().splitlines()
    file = tmp_path / "t.csv"
    for at, number in ((1, "K-0"), (4, "K-1")):
        torn = [*lines[: at + 1], "2", *lines[at + 1 :], ""]
        file.write_text("\n".join(torn))
        readings = list(read_claims(file))
        read = [each.claim["id"] for each in readings if isinstance(each, ClaimRecord)]
        assert set(read) == {f"K-{n}" for n in range(4)} - {number}
        (rejected,) = [each for each in readings if isinstance(each, RejectedClaim)][:1]
        assert rejected.claim_id == number
    file.write_text("\n".join([*lines, "(8 rows)"]))
    readings = list(read_claims(file))
    assert [isinstance(each, ClaimRecord) for each in readings] == [True] * 4 + [False]
