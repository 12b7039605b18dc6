"""Every 837 sample at hand: read as its own package reads it, or refused for a true reason."""

import json
import re
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims
from claimshapes.errors import InputError
from tests.claims.conftest import claims_of

SAMPLES = Path(__file__).parent.parent / "data" / "x12"
PARSED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "parsed-by-others.json").read_text())
OWN = sorted(path.name for path in SAMPLES.glob("sample_837_*.txt"))
ICD_9 = sorted(path.name for path in SAMPLES.glob("linuxforhealth/*.837*"))
# ISA16 says ":", but the segments have ">".
WRONG_SEPARATOR = {
    path.name for path in SAMPLES.glob("linuxforhealth/*.837*") if "HI*BK>" in path.read_text()
}


def outline(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the recorded parsers say of claims."""
    return [
        {
            "id": claim["id"],
            "diagnosis": [diagnosis["code"] for diagnosis in claim["diagnosis"]],
            "procedure": [item.get("procedure") for item in claim["item"]],
        }
        for claim in claims
    ]


def test_all_samples_are_there() -> None:
    assert (len(OWN), len(ICD_9)) == (13, 22)


@pytest.mark.parametrize("name", OWN)
def test_claims_are_those_that_the_package_itself_reads(name: str) -> None:
    claims = outline(claims_of(list(read_claims(SAMPLES / name))))
    assert claims == PARSED["pyx12"][name]
    # hccinfhir gives lines, in which a claim that comes twice running is one.
    merged = []
    for number, group in groupby(claims, key=lambda claim: claim["id"]):
        same = list(group)
        merged.append((number, [code for claim in same for code in claim["procedure"]]))
    theirs = PARSED["hccinfhir"][name]
    assert merged == [(claim["id"], claim["procedure"]) for claim in theirs]
    assert all(
        claim["diagnosis"] == next(c["diagnosis"] for c in claims if c["id"] == claim["id"])
        for claim in theirs
    )


@pytest.mark.parametrize("name", ICD_9)
def test_icd_9_is_refused_and_named(name: str) -> None:
    file = SAMPLES / "linuxforhealth" / name
    readings = list(read_claims(file))
    assert len(readings) == file.read_text().count("CLM*")
    for reading in readings:
        assert isinstance(reading, RejectedClaim)
        expected = "component separator" if name in WRONG_SEPARATOR else "ICD-9-CM code (BK)"
        assert expected in reading.reason and "segment" in reading.reason


@pytest.mark.parametrize("name", [name for name in ICD_9 if name not in WRONG_SEPARATOR])
def test_the_same_files_with_the_qualifiers_of_icd_10(name: str, tmp_path: Path) -> None:
    """All else in them is as it should be, which shows when the codes are not in the way."""
    text = (SAMPLES / "linuxforhealth" / name).read_text()
    file = tmp_path / "claims.837"
    file.write_text(re.sub(r"(?<=[*])(BK|BF|BJ|PR|BN):", r"A\1:", text))
    claims = outline(claims_of(list(read_claims(file))))
    assert claims == PARSED["linuxforhealth-x12"][f"linuxforhealth/{name}"]
    assert claims == PARSED["pyx12"][f"linuxforhealth/{name}"]


SIGNS = [b"~", b"*", b":", b"\n", b"HI*ABK:M546~", b"SV2*0420**1*UN*1~", b"HL*9*1*23*0~", b"LX*1~"]


@settings(max_examples=200)
@given(data=st.data())
def test_no_damage_to_a_sample_makes_another_exception(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*OWN, *(f"linuxforhealth/{name}" for name in ICD_9)]))
    content = (SAMPLES / name).read_bytes().replace(b"*BK", b"*ABK").replace(b"*BF", b"*ABF")
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        new = data.draw(st.binary(max_size=4) | st.sampled_from(SIGNS))
        content = content[:at] + new + content[at + data.draw(st.integers(0, 40)) :]
    file = tmp_path / "claims.837"
    file.write_bytes(content)
    try:
        for reading in read_claims(file):
            assert isinstance(reading, (ClaimRecord, RejectedClaim))
            str(reading).encode()
    except InputError as error:
        str(error).encode()
