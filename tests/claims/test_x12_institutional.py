"""X12 837I, and what the 837 says beside codes: attachments, notes, dates of the record."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from claimshapes.checking.checker import Checker
from claimshapes.claims.claim import ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.readers import x12
from tests.claims.conftest import claims_of
from tests.claims.test_x12 import CLAIM, HEADER, WHOLE, interchange, transaction, with_segment

Read = Callable[..., list[ClaimReading]]

HOSPITAL = [
    "CLM*H-1*900***13:A:1**A*Y*Y",
    "DTP*434*RD8*20260504-20260506",
    "DTP*435*DT*202605040800",
    "CL1*1*1*01",
    "PWK*RR*EL***AC*RAD-7",
    "PWK*OZ*FX***AC*77",
    "REF*G1*AUTH-1",
    "NTE*ADD*SEEN IN EMERGENCY",
    "HI*ABK:M546:::::::Y",
    "HI*ABJ:R079",
    "HI*APR:M549*APR:R0789",
    "HI*ABN:W1830XA",
    "HI*DR:552",
    "HI*ABF:M5124:::::::N*ABF:I10",
    "HI*BBR:0SG00A0:D8:20260504*BBQ:0SB20ZZ:D8:20260504",
    "HI*BH:A1:D8:19261111",
    "HI*BE:80:::2",
    "HI*BG:09",
    "NM1*71*1*ROE*ANN****XX*1234567893",
    "LX*1",
    "SV2*0420*HC:97110:GP:59*80.00*UN*2.5",
    "DTP*472*D8*20260504",
    "LX*2",
    "SV2*0250**120*UN*3",
    "LX*3",
    "SV2*0120*HP:AAA00*700*DA*2",
    "DTP*472*RD8*20260504-20260506",
]


def hospital(*changes: tuple[str, str | None]) -> str:
    segments = HEADER + HOSPITAL
    for start, new in changes:
        segments = with_segment(segments, start, new)
    return interchange(transaction(segments))


def test_every_field_of_an_institutional_claim(read: Read) -> None:
    (claim,) = claims_of(read(hospital(), "h.837"))
    assert claim == {
        "id": "H-1",
        "type": "institutional",
        "typeOfBill": "0131",
        "payer": "PAYER1",
        "patient": {"id": "M-1", "birthDate": "1980-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893", "taxonomy": "225100000X"},
        "priorAuthorization": ["AUTH-1"],
        "created": "2026-05-06",
        "total": "900",
        "billablePeriod": {"start": "2026-05-04", "end": "2026-05-06"},
        "admittingDiagnosis": "R079",
        "reasonForVisit": ["M549", "R0789"],
        "subscriber": {
            "id": "M-1",
            "payerResponsibility": "P",
            "relationship": "self",
            "filingIndicator": "ZZ",
        },
        "assignment": "assigned",
        "benefitsAssigned": "yes",
        "attendingProvider": {"npi": "1234567893"},
        "admissionDate": "2026-05-04",
        "admissionType": "1",
        "admissionSource": "1",
        "patientStatus": "01",
        "conditionCode": ["09"],
        "occurrence": [{"code": "A1", "date": "1926-11-11"}],
        "valueCode": [{"code": "80", "amount": "2"}],
        "diagnosis": [
            {"sequence": 1, "code": "M546"},
            {"sequence": 2, "code": "M5124"},
            {"sequence": 3, "code": "I10"},
            {"sequence": 4, "code": "W1830XA"},
        ],
        "item": [
            {
                "sequence": 1,
                "revenue": "0420",
                "procedure": "97110",
                "modifier": ["GP", "59"],
                "quantity": Decimal("2.5"),
                "charge": "80.00",
                "serviced": "2026-05-04",
            },
            {"sequence": 2, "revenue": "0250", "quantity": 3, "charge": "120"},
            {
                "sequence": 3,
                "revenue": "0120",
                "quantity": 2,
                "unit": "DA",
                "charge": "700",
                "serviced": "2026-05-04",
                "servicedEnd": "2026-05-06",
            },
        ],
        "documentation": [
            {"type": "report", "value": "RAD-7"},
            {"type": "attachment", "value": "OZ 77"},
            {"type": "note", "value": "SEEN IN EMERGENCY"},
        ],
    }


def test_places_of_an_institutional_claim(read: Read) -> None:
    (record,) = read(hospital(), "h.837")
    assert isinstance(record, ClaimRecord)
    first = WHOLE.split("~\n").index("NM1*PR*2*A PAYER*****PI*PAYER1") + 2
    at = {segment: first + index for index, segment in enumerate(HOSPITAL)}
    for pointer, expected in {
        "": "2300 CLM, segment {0}, line {0}|CLM",
        "/diagnosis/0": "2300 HI01, segment {0}, line {0}|HI*ABK",
        "/diagnosis/2/code": "2300 HI02, segment {0}, line {0}|HI*ABF",
        "/diagnosis/3": "2300 HI01, segment {0}, line {0}|HI*ABN",
        "/reasonForVisit/1": "2300 HI02, segment {0}, line {0}|HI*APR",
        "/item/1": "2400 SV2, segment {0}, line {0}|SV2*0250",
        "/item/1/serviced": "2400 SV2, segment {0}, line {0}|SV2*0250",
        "/item/2/serviced": "2400 DTP, segment {0}, line {0}|DTP*472*RD8",
        "/billablePeriod/end": "2300 DTP, segment {0}, line {0}|DTP*434",
        "/priorAuthorization/0": "2300 REF, segment {0}, line {0}|REF",
        "/documentation/2": "2300 NTE, segment {0}, line {0}|NTE",
        "/typeOfBill": "2300 CLM, segment {0}, line {0}|CLM",
    }.items():
        words, _, start = expected.partition("|")
        number = next(number for segment, number in at.items() if segment.startswith(start))
        assert record.place(pointer) == words.format(number), pointer
    assert record.place("/payer") == f"2010BB NM1, segment {first - 1}, line {first - 1}"


def test_a_line_without_a_date_is_judged_on_the_last_day_of_the_period(read: Read) -> None:
    """M54.5 ended on 2021-09-30: the period runs over that day, and no line has a date."""
    undated = [("DTP*472", None), ("DTP*472", None), ("HI*ABF", None), ("HI*ABK", "HI*ABK:M545")]
    found = {}
    for end in ("20210930", "20211001"):
        text = hospital(("DTP*434", f"DTP*434*RD8*20210928-{end}"), *undated)
        (record,) = read(text, "h.837")
        assert isinstance(record, ClaimRecord), str(record)
        result = Checker(select=["DX-DATE"]).check_one(record)
        found[end] = [finding.value for finding in result.findings]
    assert found == {"20210930": [], "20211001": ["M545"]}


@pytest.mark.parametrize(
    ("start", "new", "reason"),
    [
        ("SV2*0420", "SV2**HC:97110*80*UN*1", "SV201: expected a revenue code"),
        ("SV2*0420", "SV2*0420*HC:97110*80*F2*1", "SV204: expected UN (units) or DA (days)"),
        ("SV2*0420", "SV2*0420*HC:97110*80*UN*one", "SV205: expected a number"),
        ("SV2*0420", "SV2*0420*HC:97110*1E3*UN*1", "SV203: expected a number"),
        ("SV2*0420", "SV1*HC:97110*80*UN*1***1", "professional (SV1) and institutional (SV2)"),
        ("DTP*434", "DTP*434*RD8*20260504-", None),
        ("DTP*434", "DTP*434*RD8*20260504-2026", "DTP03: expected a date"),
        ("DTP*434", None, "the field 'serviced' is missing (2400 SV2"),
        ("HI*ABJ", "HI*BJ:7295", "HI01: an ICD-9-CM code (BJ)"),
        ("HI*APR", "HI*APR:M549*PR:7295", "HI02: an ICD-9-CM code (PR)"),
        ("HI*ABN", "HI*BN:E8859", "HI01: an ICD-9-CM code (BN)"),
        ("HI*ABK", "HI*ABK>M546", "HI01: expected a qualifier and a code"),
    ],
)
def test_what_an_institutional_claim_needs(
    read: Read, start: str, new: str | None, reason: str | None
) -> None:
    (reading,) = read(hospital((start, new)), "h.837")
    if reason is None:
        assert isinstance(reading, ClaimRecord)
    else:
        assert isinstance(reading, RejectedClaim) and reason in reading.reason


def test_facts_of_the_record_stand_on_the_claim_or_on_the_line(read: Read) -> None:
    segments = [*CLAIM]
    segments[1:1] = ["DTP*431*D8*20260410", "PWK*B3*BM***AC*ORD-1", "DTP*454*D8*20260101"]
    at = segments.index("LX*2")
    segments[at:at] = [
        "PWK*LA*EL",
        "NTE*ADD*A\\B\x07C",
        "NTE*DCP*",
    ]
    (claim,) = claims_of(read(interchange(transaction(HEADER + segments)), "c.837"))
    assert claim["documentation"] == [
        {"type": "pain-onset", "value": "2026-04-10"},
        {"type": "order", "value": "ORD-1"},
        {"type": "lab-result", "value": "attached", "item": 1},
        {"type": "note", "value": "A B C", "item": 1},
    ]


@pytest.mark.parametrize(
    ("indicator", "number", "payer"),
    [
        ("MB", "12345", "medicare-b"),
        ("MB", "commercial", "commercial"),
        ("MA", "12345", "medicare-b"),
        ("16", "12345", "medicare-advantage"),
        ("MC", "12345", "medicaid"),
        *((code, "12345", "commercial") for code in ("12", "13", "14", "15", "BL", "CI", "HM")),
        ("CH", "12345", "tricare"),
        ("VA", "12345", "va"),
        ("WC", "12345", "workers-comp"),
        ("AM", "12345", "auto"),
        *((code, "12345", "12345") for code in ("11", "17", "DS", "FI", "LM", "OF", "TV", "ZZ")),
        ("", "12345", "12345"),
    ],
)
def test_the_filing_indicator_names_a_payer(
    read: Read, indicator: str, number: str, payer: str
) -> None:
    segments = with_segment(HEADER, "SBR", f"SBR*P*18*******{indicator}")
    segments = with_segment(segments, "NM1*PR", f"NM1*PR*2*P*****PI*{number}")
    (claim,) = claims_of(read(interchange(transaction(segments + CLAIM)), "c.837"))
    assert claim["payer"] == payer


@pytest.mark.parametrize(
    ("indicator", "payer"),
    [("MA", "medicare-a"), ("MB", "medicare-outpatient"), ("MC", "medicaid"), ("ZZ", "PAYER1")],
)
def test_the_filing_indicator_of_an_institutional_claim(
    read: Read, indicator: str, payer: str
) -> None:
    text = hospital(("SBR", f"SBR*P*18*******{indicator}"))
    (record,) = read(text, "c.837")
    assert isinstance(record, ClaimRecord)
    assert record.claim["payer"] == payer
    assert record.payer_names[0] == "PAYER1"


@pytest.mark.parametrize("repetition", ["^", "U", "!"])
def test_a_sign_of_repetition_is_no_delimiter_of_ours(read: Read, repetition: str) -> None:
    text = WHOLE.replace("*1200*^*00501", f"*1200*{repetition}*00501")
    text = text.replace("C-1*160", f"C{repetition}1*160")
    (claim,) = claims_of(read(text, "c.837"))
    assert claim["id"] == f"C{repetition}1"


def test_a_claim_of_endless_segments_is_refused_and_not_kept(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x12, "CLAIM_SEGMENTS", 30)
    endless = [*CLAIM[:6], *(["SV1*HC:97110*80*UN*2***1"] * 40)]
    text = interchange(transaction(HEADER + endless), transaction(HEADER + CLAIM, 2))
    rejected, record = read(text, "c.837")
    assert isinstance(rejected, RejectedClaim) and isinstance(record, ClaimRecord)
    assert rejected.reason == "a claim must not have over 30 segments"


def test_a_finding_says_where_it_stands_in_the_file(read: Read) -> None:
    (record,) = read(hospital(("HI*ABF", "HI*ABF:M545")), "h.837")
    assert isinstance(record, ClaimRecord)
    result = Checker(select=["DX-DATE"]).check_one(record)
    (finding,) = result.findings
    assert finding.focus == "/diagnosis/1"
    assert finding.source == record.places["/diagnosis/1"]
    assert finding.source.startswith("2300 HI01, segment 26")
