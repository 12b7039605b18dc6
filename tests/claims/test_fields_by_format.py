"""Which field comes back through which format: all of the claim format, but for the named ones."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.claims.schema import claim_schema, resolve
from claimshapes.claims.writers import CLAIM_FORMATS, open_writer
from tests.claims.test_whole_claim import (
    CLAIM,
    CLAIM_FIELDS,
    LINE,
    LINE_FIELDS,
    PROVIDER,
    whole_837,
)
from tests.writers import as_fhir

CLAIM_PROVIDERS = {name: PROVIDER for name in CLAIM_FIELDS if name.endswith("Provider")} | {
    "serviceFacility": PROVIDER
}
LINE_PROVIDERS = {name: PROVIDER for name in LINE_FIELDS if name.endswith("Provider")} | {
    "serviceFacility": PROVIDER
}
FACT = {"type": "pain-onset", "value": "2026-04-02", "item": 1, "diagnosis": 1}
WHOLE: Mapping[str, Any] = {
    **{name: value for name, value in CLAIM.items() if name != "placeOfService"},
    **CLAIM_FIELDS,
    **CLAIM_PROVIDERS,
    "billingProvider": {**CLAIM["billingProvider"], "state": "FL"},
    "use": "predetermination",
    "priorAuthorization": ["A1"],
    "therapyYearToDate": {"ptSlp": "10.00", "ot": "20.00"},
    "history": [
        {
            "claim": "E-1",
            "npi": "1245319599",
            "procedure": "99213",
            "modifier": ["25"],
            "quantity": 1,
            "allowed": "50.00",
            "serviced": "2026-04-04",
        }
    ],
    "documentation": [FACT],
    "item": [
        {
            **LINE,
            **LINE_FIELDS,
            **LINE_PROVIDERS,
            "modifier": ["JW"],
            "allowed": "70.00",
            "servicedEnd": "2026-05-05",
            # Of the unit MJ the quantity is the minutes.
            "minutes": 2,
            "assistantMinutes": 1,
        }
    ],
}
HOSPITAL: Mapping[str, Any] = {
    **WHOLE,
    "type": "institutional",
    "typeOfBill": "0137",
    "billablePeriod": {"start": "2026-05-04", "end": "2026-05-05"},
    "admittingDiagnosis": "R07.9",
    "reasonForVisit": ["R07.9"],
    "item": [{**WHOLE["item"][0], "revenue": "0636"}],
}
OFFICE: Mapping[str, Any] = {**CLAIM, "item": [LINE]}
OFFICE_AND_HOME: Mapping[str, Any] = {
    **{name: value for name, value in CLAIM.items() if name != "placeOfService"},
    "item": [
        {**LINE, "placeOfService": "12"},
        {**LINE, "sequence": 2, "placeOfService": "11"},
    ],
}
CLAIMS = (WHOLE, HOSPITAL, OFFICE, OFFICE_AND_HOME)
"""Together they have every field; FHIR has the place of service of lines only."""

MONEY_OF_PARTS = {
    *(f"otherPayer.{name}" for name in ("identifier", "payerResponsibility", "filingIndicator")),
    *(f"otherPayer.{name}" for name in ("memberNumber", "paid", "adjudicated")),
    *(f"item.adjudication.{name}" for name in ("identifier", "paid", "units", "adjudicated")),
    *(
        f"{part}.adjustment.{name}"
        for part in ("otherPayer", "item.adjudication")
        for name in ("group", "reason", "amount", "quantity")
    ),
}
"""What a table has no cell for, since it is a list of parts."""

IN_NO_CELL = {
    *MONEY_OF_PARTS,
    *("occurrence.code", "occurrence.date", "occurrence.end"),
    *("valueCode.code", "valueCode.amount", "documentation.diagnosis"),
}
"""What a table leaves: lists of parts, and which diagnosis a fact is about."""

NOT_CARRIED: Mapping[str, set[str]] = {
    "json": set(),
    "ndjson": set(),
    "jsonld": set(),
    "turtle": set(),
    "fhir": set(),
    "837": {
        *("use", "item.allowed", "item.assistantMinutes", "item.detailOf"),
        *(f"therapyYearToDate.{name}" for name in ("ptSlp", "ot")),
        *(f"history.{name}" for name in ("claim", "npi", "procedure", "modifier", "quantity")),
        *("history.allowed", "history.serviced"),
        *("documentation.item", "documentation.diagnosis"),
    },
    "csv": IN_NO_CELL,
    "parquet": IN_NO_CELL,
}


def paths(properties: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The fields of the schema that have a value of their own."""
    for name, described in properties.items():
        inner = resolve(described)
        inner = resolve(inner.get("items", inner))
        if "properties" in inner:
            yield from paths(inner["properties"], f"{before}{name}.")
        elif name != "@context":
            yield f"{before}{name}"


def values(part: Any, path: str) -> list[Any]:
    """What a claim has at a path."""
    found = [part]
    for name in path.split("."):
        found = [each[name] for each in found if isinstance(each, dict) and name in each]
        found = [one for each in found for one in (each if isinstance(each, list) else [each])]
    return found


FIELDS = sorted(paths(claim_schema()["properties"]))


def as_table(claim: Mapping[str, Any]) -> str:
    first, *others = claim["item"]
    codes = {"diagnosis": "|".join(entry["code"] for entry in claim["diagnosis"])}
    rows = [{**codes, **cells(claim, ""), **cells(first, "item.")}]
    rows += [{"id": claim["id"], **cells(other, "item.")} for other in others]
    for fact in claim.get("documentation", []):
        rows[0][f"item.documentation.{fact['type']}"] = fact["value"]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def cells(part: Mapping[str, Any], before: str) -> dict[str, str]:
    row: dict[str, str] = {}
    for name, value in part.items():
        if isinstance(value, dict):
            row |= {f"{before}{name}.{inner}": cell(each) for inner, each in value.items()}
        elif name == "history":
            row |= {f"history.1.{inner}": cell(each) for inner, each in value[0].items()}
        elif not (isinstance(value, list) and isinstance(value[0], dict)):
            row[before + name] = cell(value)
    return row


def cell(value: Any) -> str:
    return "|".join(map(str, value)) if isinstance(value, list) else str(value)


def written(name: str, claim: Mapping[str, Any]) -> str | bytes:
    if name == "parquet":
        rows = list(csv.DictReader(io.StringIO(as_table(claim))))
        sink = io.BytesIO()
        pyarrow.parquet.write_table(pa.Table.from_pylist(rows), sink)
        return sink.getvalue()
    if name == "837":
        return whole_837(claim)
    if name == "fhir":
        return as_fhir(dict(claim))
    if name == "csv":
        return as_table(claim)
    stream = io.StringIO()
    writer = open_writer(stream, name)
    writer.add(claim)
    writer.finish()
    return stream.getvalue()


SUFFIXES = {"jsonld": "jsonld", "turtle": "ttl", "fhir": "fhir.json"}


def read(name: str, claim: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A claim as it comes back through a format."""
    file = folder / f"claim.{SUFFIXES.get(name, name)}"
    content = written(name, claim)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    (reading,) = read_claims(file)
    assert isinstance(reading, ClaimRecord), str(reading)
    back: dict[str, Any] = json.loads(json.dumps(reading.claim, default=float))
    return back


def optional(part: Mapping[str, Any], described: Mapping[str, Any], kept: set[str]) -> list[str]:
    """The fields of a part that a claim may be without."""
    return sorted(part.keys() - set(described["required"]) - kept)


LINE_DESCRIBED = resolve(resolve(claim_schema()["properties"]["item"])["items"])
LEFT_OUT = st.tuples(
    # What the small writers need, and the onset, which is the one fact of the record in an 837.
    st.sets(
        st.sampled_from(
            optional(WHOLE, claim_schema(), {"type", "billablePeriod", "created", "onsetDate"})
        )
    ),
    st.sets(
        st.sampled_from(
            optional(WHOLE["item"][0], LINE_DESCRIBED, {"procedure", "serviced", "quantity"})
        )
    ),
)


def test_the_claims_have_every_field() -> None:
    assert [field for field in FIELDS if not any(values(claim, field) for claim in CLAIMS)] == []


@pytest.mark.parametrize("name", NOT_CARRIED)
def test_every_field_comes_back(name: str, tmp_path: Path) -> None:
    assert set(CLAIM_FORMATS) < set(NOT_CARRIED)
    carried: set[str] = set()
    wrong: list[tuple[str, Any, Any]] = []
    for claim in CLAIMS:
        came = read(name, claim, tmp_path)
        for field in FIELDS:
            sent, back = values(claim, field), values(came, field)
            if sent and back == sent:
                carried.add(field)
            elif back and sent:
                wrong.append((field, sent, back))
    assert wrong == []
    assert {field for field in FIELDS if field not in carried} == NOT_CARRIED[name]


@pytest.mark.parametrize("name", NOT_CARRIED)
@settings(max_examples=8)
@given(left_out=LEFT_OUT)
def test_each_field_comes_back_whatever_else_is_stated(
    name: str, tmp_path: Path, left_out: tuple[set[str], set[str]]
) -> None:
    of_claim, of_line = left_out
    if name == "837" and "unit" in of_line:
        # It has minutes only as the quantity of the unit MJ.
        of_line = {*of_line, "minutes"}
    for whole in (WHOLE, HOSPITAL):
        # An 837I has no place for what only lines of an 837P have, such as pointers.
        complete = read(name, whole, tmp_path)
        carried = [field for field in FIELDS if values(complete, field) == values(whole, field)]
        claim = {each: value for each, value in whole.items() if each not in of_claim}
        line = {each: value for each, value in whole["item"][0].items() if each not in of_line}
        claim["item"] = [line]
        came = read(name, claim, tmp_path)
        lost = [
            (field, sent, values(came, field))
            for field in carried
            if (sent := values(claim, field)) and values(came, field) != sent
        ]
        assert lost == []
