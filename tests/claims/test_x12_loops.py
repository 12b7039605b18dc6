"""The loops of the 837: held against pyx12's maps of both guides, and segments that are damaged."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest

from claimshapes.claims.claim import ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.readers.described_formats import x12_terms
from claimshapes.claims.readers.x12_loops import level_loops, step
from tests.claims.conftest import claims_of
from tests.claims.test_x12 import CLAIM, HEADER, interchange, transaction, with_segment

Read = Callable[..., list[ClaimReading]]
MAPS = ("837.5010.X222.A1.xml", "837Q3.I.5010.X223.A1.xml")


def segments_of_guide(loop: ElementTree.Element) -> Iterator[tuple[str, list[str]]]:
    """Every segment of a guide in its order, with the qualifiers of its first element."""
    for child in loop:
        if child.tag == "loop":
            yield from segments_of_guide(child)
        elif child.tag == "segment":
            element = child.find("element")
            codes = [] if element is None else element.findall("valid_codes/code")
            yield str(child.get("xid")), [str(code.text) for code in codes] or [""]


@pytest.mark.parametrize("name", MAPS)
def test_every_segment_of_the_guides_has_its_place(name: str) -> None:
    root = ElementTree.fromstring((files("pyx12") / "map" / name).read_text("utf-8"))
    levels = iter(level_loops().values())
    loop, found, placed = "header", None, 0
    for segment, qualifiers in segments_of_guide(root):
        if segment in ("ISA", "GS", "ST", "SE", "GE", "TA1", "IEA"):
            continue
        if segment == "HL":
            loop = next(levels)
            continue
        if segment == "CLM":
            loop = "2300"
            continue
        for qualifier in qualifiers:
            found = step(loop, segment, qualifier)
            assert found is not None, (loop, segment, qualifier)
            placed += 1
        loop = str(found)
    assert placed > 300


@pytest.mark.parametrize("name", MAPS)
def test_no_segment_of_the_guides_has_more_elements_than_are_known(name: str) -> None:
    root = ElementTree.fromstring((files("pyx12") / "map" / name).read_text("utf-8"))
    most = x12_terms()["elements"]
    for segment in root.iter("segment"):
        if segment.get("xid") not in most:
            continue
        parts = [part for part in segment if part.tag in ("element", "composite")]
        used = [n for n, part in enumerate(parts, start=1) if part.findtext("usage") != "N"]
        assert max(used) <= most[segment.get("xid")], segment.get("xid")


def claim(number: str) -> list[str]:
    return [segment.replace("C-1", number) for segment in CLAIM]


def subscriber(hl: int, member: str) -> list[str]:
    return [
        f"HL*{hl}*1*22*0",
        f"SBR*P*18*{hl}******CI",
        f"NM1*IL*1*DOE*JO****MI*{member}",
        "DMG*D8*19700101*M",
        f"NM1*PR*2*A PAYER*****PI*PAYER-{member}",
    ]


THREE = [*HEADER, *claim("C-1"), *claim("C-2"), *subscriber(3, "M-3"), *claim("C-3")]


def read_three(read: Read, segments: list[str]) -> tuple[dict[str, str], dict[str, RejectedClaim]]:
    """The patients of the claims that were read, and the rejections, by claim number."""
    readings = read(interchange(transaction(segments)), "c.837")
    records = [reading.claim for reading in readings if isinstance(reading, ClaimRecord)]
    rejected = [reading for reading in readings if isinstance(reading, RejectedClaim)]
    assert len(records) + sum(reading.claims for reading in rejected) == 3
    return (
        {record["id"]: record["patient"]["id"] for record in records},
        {str(reading.claim_id): reading for reading in rejected},
    )


WHOLE = {"C-1": "M-1", "C-2": "M-1", "C-3": "M-3"}


@pytest.mark.parametrize(
    "damaged",
    ["CLX*", "clm*", "C LM*", "CL*", "XCLM*", "C*", "*", "CLM+", "CM*", "QQQ*"],
)
def test_a_damaged_claim_segment_is_a_rejected_claim(read: Read, damaged: str) -> None:
    segments = [segment.replace("CLM*C-2", f"{damaged}C-2") for segment in THREE]
    read_claims, rejected = read_three(read, segments)
    assert read_claims == {"C-1": "M-1", "C-3": "M-3"}
    assert len(rejected) == 1
    (rejection,) = rejected.values()
    assert "a damaged CLM" in rejection.reason


@pytest.mark.parametrize(
    "damaged",
    [
        "HX*3*1*22*0",
        "hl*3*1*22*0",
        "H L*3*1*22*0",
        "HLL*3*1*22*0",
        "HL*3*9*22*0",
        "HL*3**22*0",
        "HL*3*1*2Z*0",
        "HL*3*1*20*0",
        "HL*3*1*23*0",
        "HL*X*1*22*0",
        "HL*3*1*22*0*SBR*P*18",
    ],
)
def test_a_damaged_level_gives_no_claim_another_patient(read: Read, damaged: str) -> None:
    read_claims, rejected = read_three(read, with_segment(THREE, "HL*3", damaged))
    assert read_claims == {"C-1": "M-1", "C-2": "M-1"}
    assert set(rejected) == {"C-3"}
    assert "HL" in rejected["C-3"].reason


@pytest.mark.parametrize(
    ("start", "new", "kept"),
    [
        ("HL*3", None, {"C-1", "C-2"}),
        ("CLM*C-3", "NTE*ADD*X", {"C-1", "C-2"}),
        ("NM1*IL*1*DOE*JO****MI*M-3", "XX*1", {"C-1", "C-2"}),
        ("NM1*PR*2*A PAYER*****PI*PAYER-M-3", "NM9*PR", {"C-1", "C-2"}),
        ("SBR*P*18*3", "SB*P", {"C-1", "C-2"}),
    ],
)
def test_nothing_is_attributed_across_what_is_missing(
    read: Read, start: str, new: str | None, kept: set[str]
) -> None:
    segments = with_segment(THREE, start, new)
    readings = read(interchange(transaction(segments)), "c.837")
    records = {r.claim["id"]: r.claim for r in readings if isinstance(r, ClaimRecord)}
    assert set(records) == kept
    assert {records[number]["patient"]["id"] for number in kept} == {"M-1"}


def test_a_damaged_provider_touches_its_subscribers_until_the_next_provider(read: Read) -> None:
    other = ["HL*4**20*1", "NM1*85*2*OTHER*****XX*1999999992", *subscriber(5, "M-5")]
    other[2] = "HL*5*4*22*0"
    segments = [*THREE, *other, *claim("C-4")]
    segments = with_segment(segments, "NM1*85", "NM1*8X*2*CLINIC*****XX*1234567893")
    readings = read(interchange(transaction(segments)), "c.837")
    assert [type(reading) for reading in readings] == [RejectedClaim] * 3 + [ClaimRecord]


def test_a_damaged_segment_of_a_claim_rejects_that_claim_alone(read: Read) -> None:
    for start in ("HI*", "LX*1", "SV1*HC:97110", "DTP*472*D8", "REF*G1*AUTH-1", "NM1*82"):
        at = next(i for i, s in enumerate(THREE) if s.startswith(start))
        segments = [*THREE[:at], "Z" + THREE[at], *THREE[at + 1 :]]
        readings = read(interchange(transaction(segments)), "c.837")
        records = [reading for reading in readings if isinstance(reading, ClaimRecord)]
        assert [record.claim["id"] for record in records] == ["C-2", "C-3"], start
        assert len(readings) == 3


def test_a_claim_outside_of_a_transaction_set_is_named(read: Read) -> None:
    text = interchange(transaction(THREE)).replace("ST*837", "SX*837")
    text += interchange(transaction(claim("C-9"), number=2))
    readings = read(text, "c.837")
    numbers = [r.claim_id for r in readings if isinstance(r, RejectedClaim) and r.claims]
    assert numbers == ["C-1", "C-2", "C-3", "C-9"]


def test_trailers_are_counted(read: Read) -> None:
    text = interchange(transaction(HEADER + CLAIM)).replace("GE*1*1", "GE*2*1")
    record, fault = read(text, "c.837")
    assert isinstance(record, ClaimRecord) and isinstance(fault, RejectedClaim)
    assert (fault.claims, fault.reason) == (
        0,
        "GE01 counts more than the 1 that came: a part is missing",
    )


def test_lines_that_were_wrapped_are_put_together(read: Read) -> None:
    text = interchange(transaction(THREE), end="~").replace("\n", "")
    wrapped = "\r\n".join(text[at : at + 80] for at in range(0, len(text), 80))
    assert claims_of(read(wrapped, "c.837")) == claims_of(read(text, "d.837"))


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ("HI*ABK:M546:ABF:E785", "HI01-3: a diagnosis has no such component (segment 15)"),
        ("HI*ABK:M546*ABX:E785", "HI02-1: no qualifier of the guides (segment 15)"),
        ("HI*ABK:M546*ABJ:R079*ABJ:R080", "HI03: a second admitting diagnosis (segment 15)"),
    ],
)
def test_what_a_diagnosis_has_too_much_is_said(read: Read, segment: str, reason: str) -> None:
    (rejected,) = read(
        interchange(transaction(with_segment(HEADER + CLAIM, "HI", segment))), "c.837"
    )
    assert isinstance(rejected, RejectedClaim) and rejected.reason == reason


def test_pointers_count_the_codes_of_hi(read: Read) -> None:
    segments = with_segment(HEADER + CLAIM, "HI", "HI*ABK:M54.6*ABJ:R07.9*ABF:M5124")
    (record,) = claims_of(read(interchange(transaction(segments)), "c.837"))
    assert record["diagnosis"] == [
        {"sequence": 1, "code": "M54.6"},
        {"sequence": 3, "code": "M5124"},
    ]
    assert record["admittingDiagnosis"] == "R07.9"


@pytest.mark.parametrize(("frequency", "code"), [("1", None), ("7", "7"), ("8", "8")])
def test_the_frequency_of_a_claim(read: Read, frequency: str, code: str | None) -> None:
    segments = with_segment(HEADER + CLAIM, "CLM", f"CLM*C-1*160***11:B:{frequency}*Y*A*Y*Y")
    (record,) = claims_of(read(interchange(transaction(segments)), "c.837"))
    assert record.get("frequencyCode") == code


def test_an_atypical_provider_has_no_npi(read: Read) -> None:
    segments = with_segment(HEADER + CLAIM, "NM1*85", "NM1*85*2*HOME HELP")
    (record,) = claims_of(read(interchange(transaction(segments)), "c.837"))
    assert record["billingProvider"] == {"taxonomy": "225100000X"}


@pytest.mark.parametrize(
    "rest",
    ["REF*6R*CONTROL-1", "PS1*PROVIDER-1*20", "LIN**N4*00074433902", "SVD*PAYER*10*HC:97110**1"],
)
def test_a_line_that_does_not_begin_takes_nothing_up(read: Read, rest: str) -> None:
    """Its first segments were damaged, so that its further ones have no line to be of."""
    damaged = ["LX*1*2*3*4", "SV1*HC:97110:GP:59*80:1*UN*2*12**1:2", rest]
    claim_of_one = [*claim("C-2")[:5], *damaged]
    segments = [*HEADER, *claim("C-1"), *claim_of_one, *subscriber(3, "M-3"), *claim("C-3")]
    read_claims, rejected = read_three(read, segments)
    assert read_claims == {"C-1": "M-1", "C-3": "M-3"}
    assert set(rejected) == {"C-2"}
