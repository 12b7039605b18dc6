"""No value of a claim reaches the error stream, the log or a temporary file that stays."""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from click.testing import Result

from claimshapes.checking.verdicts import Verdicts
from claimshapes.claims.claim import RejectedClaim
from claimshapes.claims.readers import read_claims
from claimshapes.claims.writers import open_writer
from claimshapes.errors import ClaimshapesError
from claimshapes.report.formats import REPORT_FORMATS
from tests.conftest import SUMMARY
from tests.longer import TIMES
from tests.writers import as_837, as_csv, as_fhir

Claim = dict[str, Any]
Run = Callable[..., Result]

CANARY = "QZX7"
"""In every text of the claim; nothing else in the program has it."""

CANARIES = (CANARY, "1931-07-23", "19310723", "1666777888", "7319.46", "8642")
"""Likewise for what is no free text: dates, provider numbers, amounts, quantities."""

CLAIM: Claim = {
    "id": "QZX7-1",
    "payer": "QZX7-2",
    "patient": {"id": "QZX7-3", "birthDate": "1931-07-23", "sex": "female"},
    "billingProvider": {"npi": "1666777888", "taxonomy": "QZX7000004"},
    "placeOfService": "11",
    "created": "2026-05-11",
    "total": "7319.46",
    "priorAuthorization": ["QZX7-5"],
    "history": [
        {
            "claim": "QZX7-10",
            "npi": "1666777888",
            "procedure": "QZX71",
            "quantity": 8642,
            "serviced": "2026-05-01",
        }
    ],
    "therapyYearToDate": {"ptSlp": "7319.46"},
    "diagnosis": [{"sequence": 1, "code": "QZX7.6"}],
    "item": [
        {
            "sequence": 1,
            "procedure": "QZX70",
            "modifier": ["QZX7"],
            "quantity": 8642,
            "charge": "7319.46",
            "allowed": "7319.46",
            "serviced": "2026-05-04",
            "servicedEnd": "2026-05-05",
            "diagnosisSequence": [1],
            "minutes": 8642,
        }
    ],
    "documentation": [
        {"type": "pain-region", "value": "QZX7-8"},
        {"type": "order", "value": "QZX7-11", "item": 1},
    ],
}
HOSPITAL: Claim = CLAIM | {
    "type": "institutional",
    "typeOfBill": "QZX7",
    "billablePeriod": {"start": "2026-05-04", "end": "2026-05-05"},
    "admittingDiagnosis": "QZX7.7",
    "reasonForVisit": ["QZX7.8"],
    "item": [CLAIM["item"][0] | {"revenue": "QZX7"}],
}
PROVIDER = {"npi": "1666777888", "taxonomy": "QZX7000004"}
PROVIDERS = ("rendering", "referring", "supervising", "ordering", "operating", "attending")
OF_LINE: Claim = {
    "controlNumber": "QZX7-30",
    "priorAuthorization": ["QZX7-31"],
    "referralNumber": ["QZX7-32"],
    "cliaNumber": "QZX7-33",
    "serviceFacility": PROVIDER,
    **{f"{role}Provider": PROVIDER for role in PROVIDERS[:5]},
    "drug": {"ndc": "00074433902", "quantity": 8642, "unit": "UN"},
    "purchasedService": {"provider": "QZX7-34", "charge": "7319.46"},
    "adjudication": [{"identifier": "QZX7", "paid": "7319.46"}],
}
"""Fields of a line whose values say whose it is."""

RICH: Claim = CLAIM | {
    "originalClaimNumber": "QZX7-20",
    "subscriber": {"id": "QZX7-21", "relationship": "self", "filingIndicator": "MB"},
    "referralNumber": ["QZX7-22"],
    "cliaNumber": "QZX7-23",
    "serviceFacility": PROVIDER,
    **{f"{role}Provider": PROVIDER for role in PROVIDERS if role != "ordering"},
    "otherPayer": [{"identifier": "QZX7-24", "memberNumber": "QZX7-25"}],
    "item": [CLAIM["item"][0] | OF_LINE],
    "documentation": [*CLAIM["documentation"], {"type": "note", "value": "QZX7 came by car"}],
}
"""With every field that names somebody or somebody's papers."""

MUTATIONS = 120 * TIMES
"""Of each format; more of them find no other kinds of words."""

LEAKED = {"c.csv": (863,), "c.nq": (329,)}
"""Those that once did, among many: a header, and a property, that ran into a value."""


def written(claim_format: str) -> Callable[[Claim], str]:
    def write(claim: Claim) -> str:
        stream = io.StringIO()
        writer = open_writer(stream, claim_format)
        writer.add(claim)
        writer.finish()
        return stream.getvalue()

    return write


def as_nquads(claim: Claim) -> str:
    triples = ox.parse(written("turtle")(claim), format=ox.RdfFormat.TURTLE)
    return "".join(f"{triple} .\n" for triple in triples)


def with_names_837(claim: Claim) -> str:
    """With the names, addresses and notes that an 837 has and that are not read."""
    text = as_837(claim).replace("*DOE*JO*", "*QZX7DOE*QZX7JO*").replace("CLINIC", "QZX7CLINIC")
    text = text.replace("DMG*", "N3*QZX7 MAIN~\nN4*QZX7*NY*10001~\nDMG*")
    return text.replace("LX*1", "NTE*ADD*QZX7 NOTE~\nLX*1")


def with_names_fhir(claim: Claim) -> str:
    """With a name, an address and a narrative, which are not read."""
    bundle = json.loads(as_fhir(claim))
    for entry in bundle["entry"]:
        entry["resource"]["text"] = {"status": "generated", "div": "<div>QZX7</div>"}
        entry["resource"]["name"] = [{"family": "QZX7", "given": ["QZX7"]}]
    return json.dumps(bundle)


WRITERS: dict[str, Callable[[Claim], str]] = {
    "c.json": json.dumps,
    "rich.json": lambda _: json.dumps(RICH),
    "rich.ttl": lambda _: written("turtle")(RICH),
    "c.ndjson": lambda claim: json.dumps(claim) + "\n" + json.dumps(claim | {"id": "QZX7-9"}),
    "c.csv": as_csv,
    "f.json": as_fhir,
    "names.json": with_names_fhir,
    "c.837": as_837,
    "names.837": with_names_837,
    "hospital.837": lambda claim: as_837(HOSPITAL | {"id": claim["id"], "typeOfBill": "0131"}),
    "hospital.json": lambda claim: json.dumps(HOSPITAL),
    "c.ttl": written("turtle"),
    "c.jsonld": written("jsonld"),
    "c.nq": as_nquads,
}
IN_REPORTS = ("c.json", "rich.json", "c.ndjson", "c.csv", "f.json", "names.837", "c.ttl")
"""Those that the reports are made of."""


def damaged(text: str, number: int) -> bytes:
    """The file with something wrong in it, another thing for each number."""
    rnd = random.Random(number)
    data = bytearray(text.encode())
    kind = number % 6
    if kind == 0:
        return bytes(data[: rnd.randrange(len(data))])
    if kind == 1:
        return bytes(data[rnd.randrange(len(data)) :])
    if kind == 2:
        return b"\n".join(bytes(data).split(b"\n")[1:])
    for _ in range(rnd.choice([1, 1, 3, 30])):
        place = rnd.randrange(len(data))
        if kind == 3:
            data[place] = rnd.randrange(256)
        elif kind == 4:
            data[place:place] = rnd.choice([b'"', b"\n", b"{", b"*", b"~", b",", b"\0", b"9" * 40])
        else:
            del data[place : place + rnd.choice([1, 4, 40])]
            if not data:
                break
    return bytes(data)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", os.fspath(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.mark.parametrize("name", WRITERS)
def test_why_a_claim_is_rejected(
    name: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
) -> None:
    caplog.set_level(logging.DEBUG)
    text = WRITERS[name](CLAIM)
    assert CANARY in text
    file = tmp_path / name
    file.write_text(text)
    assert not [each for each in read_claims(file) if isinstance(each, RejectedClaim)]
    told = 0
    for number in (*range(MUTATIONS), *LEAKED.get(name, ())):
        file.write_bytes(damaged(text, number))
        try:
            words = [str(each) for each in read_claims(file) if isinstance(each, RejectedClaim)]
        except ClaimshapesError as error:
            words = [str(error)]
        told += len(words)
        for line in words:
            assert not [canary for canary in CANARIES if canary in line], (number, line)
    assert told > MUTATIONS / 10
    assert CANARY not in caplog.text
    record_property(
        SUMMARY, f"canaries: {name}: {MUTATIONS} damaged files, {told} reasons, 0 leaks"
    )


@pytest.mark.parametrize("output_format", REPORT_FORMATS)
def test_a_check_of_every_format(
    run: Run, output_format: str, tmp_path: Path, temporary: Path
) -> None:
    files = []
    for name in IN_REPORTS:
        for number in (None, 2, 3):
            text = WRITERS[name](CLAIM)
            file = tmp_path / f"{number}-{name}"
            file.write_bytes(text.encode() if number is None else damaged(text, number))
            files.append(file)
    report = tmp_path / "report"
    result = run("check", *files, "--format", output_format, "--output", report)
    assert result.exit_code == 2
    assert not [each for each in CANARIES if each in result.stdout + result.stderr]
    assert CANARY in report.read_text()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_a_crash(
    run: Run, engine: str, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError(f"a value of {CANARY}")

    monkeypatch.setattr(Verdicts, "of", crash)
    file = tmp_path / "c.json"
    file.write_text(json.dumps(CLAIM))
    result = run("check", "--engine", engine, "--across-claims", file)
    assert result.exit_code == 3
    assert CANARY not in result.stderr
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("output_format", REPORT_FORMATS)
def test_a_redacted_report_has_no_identifier(run: Run, output_format: str, tmp_path: Path) -> None:
    claim = copy.deepcopy(RICH)
    claim["otherPayer"][0]["identifier"] = claim["item"][0]["adjudication"][0]["identifier"] = (
        "60054"
    )
    for holder in (claim, claim["item"][0]):
        for name in holder:
            if name.endswith(("Provider", "Facility")):
                holder[name] = {"npi": "1987654321", "taxonomy": "207Q00000X"}
    claim["diagnosis"][0]["code"] = "M54.5"
    claim["payer"] = "medicare-b"
    claim["documentation"] = [{"type": "note", "value": "QZX7 came by car"}]
    claim["billingProvider"] = {"npi": "1987654321", "taxonomy": "207Q00000X"}
    claim["item"] = [
        claim["item"][0] | {"sequence": place, "procedure": "97110", "modifier": ["GP"]}
        for place in (1, 2)
    ]
    service = {"claim": "QZX7-0", "npi": "1987654321", "procedure": "97110", "quantity": 1}
    claim["history"] = [service | {"serviced": "2026-05-04"}]
    file, key = tmp_path / "c.json", tmp_path / "key"
    file.write_text(json.dumps(claim))
    key.write_bytes(bytes(32))
    reports = []
    for _ in range(2):
        output = tmp_path / "report"
        result = run(
            "check", file, "--format", output_format, "--redact-key", key, "--output", output
        )
        assert result.exit_code == 1, result.stderr
        reports.append(output.read_text())
        for identifier in (CANARY, "1987654321", "1931-07-23"):
            assert identifier not in reports[-1]
    if output_format in ("ndjson", "csv"):
        assert reports[0] == reports[1]
    key.write_bytes(b"1" * 32)
    run("check", file, "--format", output_format, "--redact-key", key, "--output", output)
    assert output.read_text() != reports[0]


def test_a_claim_without_a_provider_is_redacted(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps(CLAIM | {"billingProvider": {}}))
    result = run("check", file, "--redact", "--format", "json")
    assert result.exit_code == 1, result.stderr
    assert CANARY not in json.dumps(json.loads(result.stdout)["claims"])


def test_a_key_that_is_too_short(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("short")
    result = run("check", "--redact-key", key, os.devnull)
    assert result.exit_code == 2
    assert "a key has at least 16 bytes" in result.stderr
