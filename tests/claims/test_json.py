"""JSON claims: what is read, what is refused, and in which words."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

from claimshapes.claims.claim import ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.readers import (
    json_claims,
    json_values,
    read_claim_objects,
    read_claims,
)
from claimshapes.claims.readers.source import read_claim_bytes
from claimshapes.errors import InputError
from tests.claims.conftest import WHOLE_CLAIM, claims_of

Read = Callable[..., list[ClaimReading]]
Rejection = Callable[..., RejectedClaim]
CONTEXT = "https://w3id.org/claimshapes/claim.context.jsonld"


def numbered(count: int) -> list[dict[str, Any]]:
    return [{**WHOLE_CLAIM, "id": f"C-{number}"} for number in range(count)]


def changed(claim: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    *steps, last = pointer.split("/")[1:]
    part: Any = claim
    for step in steps:
        part = part[int(step)] if isinstance(part, list) else part[step]
    part[last] = value
    return claim


def test_one_object(read: Read, claim: dict[str, Any]) -> None:
    (record,) = read(json.dumps(claim, indent=2))
    assert isinstance(record, ClaimRecord)
    assert record.claim == claim
    assert (record.origin.line, record.origin.pointer) == (1, "")


def test_array_with_pointers_and_lines(read: Read) -> None:
    claims = numbered(3)
    text = "[\n" + ",\n\n".join(json.dumps(claim) for claim in claims) + "\n]\n"
    readings = read(text)
    assert claims_of(readings) == claims
    assert [(r.origin.line, r.origin.pointer) for r in readings] == [
        (2, "/0"),
        (4, "/1"),
        (6, "/2"),
    ]


@pytest.mark.parametrize("name", ["claims.ndjson", "claims.jsonl", "claims.json", "claims.txt"])
def test_one_object_a_line(read: Read, name: str) -> None:
    claims = numbered(3)
    readings = read("\n\n".join(json.dumps(claim) for claim in claims), name)
    assert claims_of(readings) == claims
    assert [reading.origin.line for reading in readings] == [1, 3, 5]


def test_objects_over_several_lines_one_after_another(read: Read) -> None:
    claims = numbered(2)
    assert claims_of(read("\n".join(json.dumps(claim, indent=1) for claim in claims))) == claims


@pytest.mark.parametrize(("compress", "ending"), [(gzip.compress, "gz"), (zstd.compress, "zst")])
def test_compressed(
    read: Read, claim: dict[str, Any], compress: Callable[[bytes], bytes], ending: str
) -> None:
    lines = [json.dumps(claim | {"id": f"C-{number}"}).encode() + b"\n" for number in range(4)]
    claims = [claim | {"id": f"C-{number}"} for number in range(4)]
    packed = compress(b"".join(lines))
    assert claims_of(read(packed, f"claims.ndjson.{ending}")) == claims
    # By its content, and of several parts.
    parts = compress(lines[0]) + compress(b"") + compress(b"".join(lines[1:]))
    assert claims_of(read(parts, "claims.ndjson")) == claims
    # What comes before the broken end is read.
    with pytest.raises(InputError, match=r"is not a whole (gzip|Zstandard) file") as caught:
        read(packed[:-3], f"claims.ndjson.{ending}")
    assert str(caught.value).count("\n") == 0
    with pytest.raises(InputError, match=r"is not a whole (gzip|Zstandard) file"):
        read(packed + b"x" * 20, f"claims.ndjson.{ending}")


def test_gzip(read: Read, claim: dict[str, Any]) -> None:
    assert claims_of(read(gzip.compress(json.dumps(claim).encode()), "claims.json.gz")) == [claim]


def test_standard_input_stays_open(monkeypatch: pytest.MonkeyPatch, claim: dict[str, Any]) -> None:
    class StandardInput:
        buffer = io.BytesIO(json.dumps(claim).encode())

    monkeypatch.setattr(sys, "stdin", StandardInput)
    (record,) = read_claims("-")
    assert isinstance(record, ClaimRecord)
    assert record.origin.file == "-"
    assert not StandardInput.buffer.closed


def test_an_empty_array_holds_no_claim(read: Read) -> None:
    assert read("[]") == []


def test_a_document_longer_than_a_piece_is_read_whole(read: Read) -> None:
    claims = numbered(400)
    assert len(json.dumps(claims)) > 4 * json_values.CHUNK
    assert claims_of(read(json.dumps(claims))) == claims
    assert claims_of(read(json.dumps(claims, indent=3))) == claims


def test_the_context_is_no_part_of_the_claim(read: Read, claim: dict[str, Any]) -> None:
    assert claims_of(read({"@context": CONTEXT, **claim})) == [claim]


def test_numbers_are_whole_or_decimals_never_floats(read: Read, claim: dict[str, Any]) -> None:
    text = json.dumps(claim).replace('"minutes": 30', '"minutes": 22.50')
    (record,) = claims_of(read(text.replace('"quantity": 2', '"quantity": 2.0')))
    item = record["item"][0]
    assert item["minutes"] == Decimal("22.5") and isinstance(item["minutes"], Decimal)
    assert item["quantity"] == 2 and isinstance(item["quantity"], int)


WRONG_FIELDS = [
    ("/item/0/quantity", "2", "expected a number, found text"),
    ("/item/0/quantity", True, "expected a number, found true or false"),
    ("/item/0/quantity", None, "expected a number, found null"),
    ("/item/0/quantity", -1, "expected a number of at least 0"),
    ("/item/0/quantity", 1.0001, "expected a multiple of 0.001"),
    ("/item/0/sequence", 1.5, "expected a whole number, found a number with decimals"),
    ("/item/0/charge", 80, "expected text, found a number"),
    ("/item/0/charge", "80,00", "expected an amount as text, such as 80.00"),
    ("/item/0/charge", "80.00\n", "expected an amount as text, such as 80.00"),
    ("/item/0/serviced", "2026-02-31", "expected a date of the calendar such as 2026-05-04"),
    ("/item/0/serviced", "20260504", "expected a date of the calendar such as 2026-05-04"),
    ("/item/0/serviced", "2026-05-04\n", "expected a date of the calendar such as 2026-05-04"),
    ("/item", [], "expected at least 1, found none"),
    ("/diagnosis", {}, "expected an array, found an object"),
    ("/patient", [], "expected an object, found an array"),
    ("/patient/sex", "f", "expected one of male, female, unknown"),
    ("/type", "dental", "expected one of professional, institutional"),
    ("/billingProvider/npi", "123456789", "expected ten digits"),
    ("/billingProvider/npi", "1234567893\n", "expected ten digits"),
    ("/billingProvider/npi", "١٢٣٤٥٦٧٨٩٠", "expected ten digits"),
    ("/id", "", "expected text, found none"),
    ("/id", "x" * 81, "expected at most 80 characters, found 81"),
    ("/payer", "a\\b", "expected text without backslashes, line breaks or control characters"),
    ("/payer", "a\x00", "expected text without backslashes, line breaks or control characters"),
    ("/payer", "a\n", "expected text without backslashes, line breaks or control characters"),
    ("/payer", "\ud800", "expected text without backslashes, line breaks or control characters"),
    (
        "/documentation/0/type",
        "Pain",
        "expected small letters, digits and hyphens, such as pain-site",
    ),
    ("/documentation/0/value", True, "expected text, found true or false"),
    ("/@context", "https://example.org/", f"expected {CONTEXT}"),
]


@pytest.mark.parametrize(("pointer", "value", "reason"), WRONG_FIELDS)
def test_a_wrong_value_is_named_by_its_place(
    rejection: Rejection, claim: dict[str, Any], pointer: str, value: Any, reason: str
) -> None:
    rejected = rejection(changed(claim, pointer, value))
    assert (rejected.origin.pointer, rejected.reason) == (pointer, reason)


def test_a_misspelt_field_names_the_field_that_was_meant(
    rejection: Rejection, claim: dict[str, Any]
) -> None:
    claim["diagnosys"] = claim.pop("diagnosis")
    rejected = rejection(claim)
    assert rejected.origin.pointer == "/diagnosys"
    assert rejected.reason.startswith("unknown field 'diagnosys'; did you mean 'diagnosis'?")
    assert rejected.claim_id == "C-1001"


def test_an_unknown_field_that_resembles_none_lists_the_known(
    rejection: Rejection, claim: dict[str, Any]
) -> None:
    rejected = rejection(changed(claim, "/patient/zzzz", 1))
    assert rejected.reason == "unknown field 'zzzz'; expected one of id, birthDate, sex"


def test_an_invented_name_cannot_write_to_the_terminal(
    rejection: Rejection, claim: dict[str, Any]
) -> None:
    rejected = rejection(changed(claim, "/\x1b[31m\n" + "x" * 1000, 1))
    assert str(rejected).isprintable()
    assert len(str(rejected)) < 600


REQUIRED = [
    ("", "id"),
    ("", "payer"),
    ("", "patient"),
    ("", "billingProvider"),
    ("", "diagnosis"),
    ("", "item"),
    ("/patient", "birthDate"),
    ("/patient", "sex"),
    ("/diagnosis/0", "sequence"),
    ("/diagnosis/0", "code"),
    ("/item/0", "sequence"),
    ("/item/1", "procedure"),
    ("/item/0", "serviced"),
    ("/documentation/0", "type"),
    ("/documentation/0", "value"),
]


@pytest.mark.parametrize(("holder", "name"), REQUIRED)
def test_a_required_field_is_missed(
    rejection: Rejection, claim: dict[str, Any], holder: str, name: str
) -> None:
    part: Any = claim
    for step in holder.split("/")[1:]:
        part = part[int(step)] if isinstance(part, list) else part[step]
    del part[name]
    rejected = rejection(claim)
    assert rejected.origin.pointer == f"{holder}/{name}"
    assert rejected.reason == f"the field '{name}' is missing"


def test_what_is_not_required_may_be_left_out(read: Read, claim: dict[str, Any]) -> None:
    least = {
        "id": "1",
        "payer": "p",
        "patient": {"birthDate": "1980-02-01", "sex": "unknown"},
        "billingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "no such code"}],
        "item": [{"sequence": 1, "procedure": "?", "quantity": 1, "serviced": "2026-05-04"}],
    }
    assert claims_of(read(least)) == [least]


def test_sequences_must_differ(rejection: Rejection, claim: dict[str, Any]) -> None:
    rejected = rejection(changed(claim, "/item/1/sequence", 1))
    assert rejected.origin.pointer == "/item/1/sequence"
    assert rejected.reason == "the same sequence is at /item/0"


def test_claim_numbers_must_differ(read: Read, claim: dict[str, Any]) -> None:
    first, second = read(f"{json.dumps(claim)}\n{json.dumps(claim)}\n")
    assert isinstance(first, ClaimRecord)
    assert isinstance(second, RejectedClaim)
    assert str(second).endswith("line 2, at /id: the claim on line 1 has the same number")


@pytest.mark.parametrize(
    ("old", "new", "pointer", "reason"),
    [
        ('"quantity": 2', '"quantity": NaN', "/item/0/quantity", "NaN and Infinity are none"),
        ('"quantity": 2', '"quantity": -Infinity', "/item/0/quantity", "NaN and Infinity"),
        ('"quantity": 2', '"quantity": 1e999999999', "/item/0/quantity", "without an exponent"),
        ('"quantity": 2', '"quantity": 2, "quantity": 3', "/item/0", "'quantity' is given twice"),
    ],
)
def test_what_json_allows_and_a_claim_does_not(
    rejection: Rejection, claim: dict[str, Any], old: str, new: str, pointer: str, reason: str
) -> None:
    rejected = rejection(json.dumps(claim).replace(old, new, 1))
    assert rejected.origin.pointer == pointer
    assert reason in rejected.reason


def test_one_bad_line_among_others(read: Read) -> None:
    good = [json.dumps(claim) for claim in numbered(6)]
    lines = [
        good[0],
        good[1][:80],
        '{"id": }',
        "[" * 100_000,
        good[2] + good[3],
        '{"n": ' + "9" * 5000 + "}",
        "[]",
        good[4],
    ]
    content = "\n".join(lines).encode() + b'\n{"id": "\xff"}\n' + good[5].encode()
    readings = read(content, "claims.ndjson")
    rejected = {r.origin.line: r.reason for r in readings if isinstance(r, RejectedClaim)}
    assert rejected == {
        2: "is cut off: it ends in the middle of a claim",
        3: "is not JSON: expecting value",
        4: "is nested too deeply for a claim",
        6: "expected a number",
        7: "expected an object, found an array",
        9: "is not UTF-8 text",
    }
    accepted = [r.origin.line for r in readings if isinstance(r, ClaimRecord)]
    # A line end that was lost loses no claim.
    assert accepted == [1, 5, 5, 8, 10]


def test_one_bad_element_among_others(read: Read) -> None:
    claims = numbered(3)
    claims[1]["item"] = "none"
    first, second, third = read(claims)
    assert isinstance(first, ClaimRecord) and isinstance(third, ClaimRecord)
    assert isinstance(second, RejectedClaim)
    assert second.origin.pointer == "/1/item"


class _LongLine(io.RawIOBase):
    """A file with one line of 200 MB and a claim, which is never in memory as a whole."""

    def __init__(self, after: bytes) -> None:
        self._left = 200_000_000
        self._after = io.BytesIO(b"\n" + after)
        self.most = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.most = max(self.most, len(buffer))
        if not self._left:
            return self._after.readinto(buffer)
        size = min(len(buffer), self._left)
        buffer[:size] = b'{"a":"' + b"x" * (size - 6) if self._left == 200_000_000 else b"x" * size
        self._left -= size
        return size


def test_a_line_of_200_mb_is_passed_over(claim: dict[str, Any]) -> None:
    source = _LongLine(json.dumps(claim).encode())
    stream = io.BufferedReader(source)
    first, second = json_claims.read_json_lines(stream, "claims.ndjson")
    assert isinstance(first, RejectedClaim) and isinstance(second, ClaimRecord)
    assert first.reason == "a claim must not be longer than 10,000,000 bytes"
    assert (first.origin.line, second.origin.line) == (1, 2)
    assert source.most <= json_claims.CLAIM_BYTES


def test_a_claim_of_200_mb_in_a_document_is_passed_over(claim: dict[str, Any]) -> None:
    source = _LongLine(json.dumps(claim).encode())
    stream = io.BufferedReader(source)
    first, second = json_claims.read_json_document(stream, "claims.json")
    assert isinstance(first, RejectedClaim) and isinstance(second, ClaimRecord)
    assert first.reason == "a claim must not be longer than 10,000,000 bytes"
    assert source.most <= 2 * json_claims.CLAIM_BYTES


UNUSABLE = [
    (b"", "claims.json", "the file is empty"),
    (b" \n\n", "claims.json", "the file is empty"),
    (b"", "claims.ndjson", "the file is empty"),
    (b"\n\n", "claims.ndjson", "the file is empty"),
    (b"", "claims.txt", "the file is empty"),
    (b"hello", "claims.txt", "the format cannot be told from the name or the content"),
    (b'{\n "id": "x",\n "pay', "claims.json", "line 3: is cut off"),
    (b"[", "claims.json", "line 1: is cut off"),
    (b'{"a" 1}', "claims.json", "line 1: is not JSON: expecting ':' delimiter"),
    (b'[{"a": 1}\n{"a": 1}]', "claims.json", "line 2: expected a comma or the end of the array"),
    (b"[] []", "claims.json", "line 1: expected the end of the file after the array"),
    (b"[]", "claims.json", None),
    (b"12", "claims.json", "line 1: expected a claim"),
    (b"null", "claims.json", "line 1: expected a claim"),
    (b"[" * 100_000, "claims.json", "line 1, at /0: is nested too deeply for a claim"),
    (b'{"a":' * 100_000, "claims.json", "line 1: is nested too deeply for a claim"),
    (b"\xef\xbb\xbf{}", "claims.json", "begins with a byte order mark"),
    ("{}".encode("utf-16"), "claims.json", "is UTF-16"),
    (b'{"id":\n"\xe9"}', "claims.json", "line 1: is not UTF-8 text"),
    (gzip.compress(b"{}", mtime=0)[:12], "claims.json.gz", "is not a whole gzip file"),
    (zstd.compress(b"{}")[:8], "claims.json.zst", "is not a whole Zstandard file"),
]


@pytest.mark.parametrize(("content", "name", "message"), UNUSABLE)
def test_an_unusable_file_gets_one_clear_line(
    read: Read, content: bytes, name: str, message: str | None
) -> None:
    if message is None:
        assert read(content, name) == []
        return
    try:
        text = next(str(r) for r in read(content, name) if message.split(": ")[-1] in str(r))
    except InputError as error:
        text = str(error)
    assert message in text and name in text
    assert "\n" not in text


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.json: there is no such file"):
        list(read_claims(tmp_path / "missing.json"))


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder without files"):
        list(read_claims(tmp_path))


def test_a_name_with_a_zero_character() -> None:
    with pytest.raises(InputError, match="zero character"):
        list(read_claims("a\0b"))


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    file.write_text("{}")

    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(io, "FileIO", refuse)
    with pytest.raises(InputError, match="may not be read"):
        list(read_claims(file))


def test_an_unknown_input_format(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown input format 'xml'; expected one of json"):
        list(read_claims(tmp_path, input_format="xml"))


def test_the_input_format_outweighs_the_name(tmp_path: Path, claim: dict[str, Any]) -> None:
    file = tmp_path / "claims.x12"
    file.write_text(json.dumps(claim))
    assert claims_of(list(read_claims(os.fspath(file), input_format="json"))) == [claim]


def test_claims_given_as_objects(claim: dict[str, Any]) -> None:
    wrong = json.loads(json.dumps({**claim, "id": "2"}))
    wrong["item"][0]["quantity"] = "0.5"
    # A float of a data frame is the number that it is written as.
    half = {**wrong, "item": [{**wrong["item"][0], "quantity": 0.5}]}
    first, second, third, fourth = read_claim_objects([claim, wrong, half, 7])
    assert isinstance(first, ClaimRecord) and first.claim == claim
    assert str(second) == "claim 2, at /item/0/quantity: expected a number, found text"
    assert isinstance(third, ClaimRecord)
    assert third.claim["item"][0]["quantity"] == Decimal("0.5")
    assert str(fourth) == "claim 4: expected an object, found a number"


def test_an_object_that_holds_itself() -> None:
    endless: dict[str, Any] = dict(WHOLE_CLAIM)
    endless["more"] = endless
    (reading,) = read_claim_objects([endless])
    assert isinstance(reading, RejectedClaim)


def mutated(text: str) -> st.SearchStrategy[bytes]:
    data = text.encode()

    def change(edits: list[tuple[int, int, bytes]]) -> bytes:
        out = bytearray(data)
        for start, length, new in edits:
            out[start : start + length] = new
        return bytes(out)

    edit = st.tuples(
        st.integers(0, len(data)),
        st.integers(0, 40),
        st.one_of(
            st.binary(max_size=4),
            st.sampled_from(
                [b"{", b"}", b"[", b"]", b'"', b",", b"\\ud800", b"1e9", b"null", b"\n"]
            ),
        ),
    )
    return st.lists(edit, min_size=1, max_size=4).map(change)


@settings(max_examples=150)
@given(
    content=st.one_of(mutated(json.dumps([WHOLE_CLAIM])), st.binary(max_size=60)),
    name=st.sampled_from(["f.json", "f.ndjson", "f.txt"]),
)
@example(content=b'{"\\ud800": 1}', name="f.json")
def test_no_content_makes_another_exception(tmp_path: Path, content: bytes, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    try:
        for reading in read_claims(file):
            assert isinstance(reading, (ClaimRecord, RejectedClaim))
            str(reading).encode()
    except InputError as error:
        assert "\n" not in str(error)
        str(error).encode()


def values_of(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for value in part.values():
            yield from values_of(value)
    elif isinstance(part, list):
        for value in part:
            yield from values_of(value)
    elif isinstance(part, str):
        yield part


@pytest.mark.parametrize(("pointer", "value", "reason"), WRONG_FIELDS)
def test_no_error_quotes_a_value(
    rejection: Rejection, claim: dict[str, Any], pointer: str, value: Any, reason: str
) -> None:
    secret = {**claim, "id": "SECRET-1", "payer": "SECRET-2", "placeOfService": "SECRET-3"}
    rejected = rejection(changed(secret, pointer, value))
    assert "SECRET" not in str(rejected)


def institutional(claim: dict[str, Any]) -> dict[str, Any]:
    """A line with a revenue code alone, and one without a date."""
    claim["type"] = "institutional"
    del claim["item"][0]["procedure"]
    del claim["item"][1]["serviced"]
    return claim


def test_an_institutional_line_may_lack_procedure_and_date(
    read: Read, claim: dict[str, Any]
) -> None:
    stated = institutional(claim)
    assert claims_of(read(stated)) == [stated]


@pytest.mark.parametrize("needed", ["type", "billablePeriod"])
def test_only_the_statement_period_of_an_institution_stands_for_a_date(
    rejection: Rejection, claim: dict[str, Any], needed: str
) -> None:
    content = institutional(claim)
    del content[needed]
    rejected = rejection(content)
    assert rejected.origin.pointer == "/item/1/serviced"
    assert rejected.reason == "the field 'serviced' is missing"


@pytest.mark.parametrize(
    "report",
    [
        b'{"kind": "claim", "claim": "C-1", "verdict": "clean", "rulesInForce": 1}\n'
        b'{"kind": "summary", "claims": 1, "complete": true}\n',
        b'{"findings": [], "waived": [], "notChecked": [], "summary": {}}',
        b'{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": []}',
        b"<!doctype html>\n<title>Claimshapes</title>",
        b'<?xml version="1.0"?><testsuites/>',
    ],
)
def test_a_report_is_said_to_be_one(report: bytes) -> None:
    with pytest.raises(InputError, match=r"is a report of|is HTML or XML"):
        list(read_claim_bytes(report))


def test_what_fields_there_are_is_told_once_and_short() -> None:
    (rejected,) = read_claim_bytes(json.dumps({f"{n}x": 1 for n in range(9)}).encode())
    assert isinstance(rejected, RejectedClaim)
    assert rejected.reason.count("expected one of") == 1
    assert len(rejected.reason) < 800
