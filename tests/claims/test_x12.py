"""X12 837P: published samples compared with a plain split, and files that are damaged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.claims.claim import ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.format_faults import claim_faults
from claimshapes.claims.readers import read_claims
from claimshapes.claims.readers.x12_fields import amount_of
from claimshapes.errors import InputError
from tests.claims.conftest import claims_of

Read = Callable[..., list[ClaimReading]]
Rejection = Callable[..., RejectedClaim]
SAMPLES = Path(__file__).parent.parent / "data" / "x12"

ISA = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
    "*260504*1200*^*00501*000000001*0*P*:~"
)
HEADER = [
    "BHT*0019*00*1*20260506*1200*CH",
    "HL*1**20*1",
    "PRV*BI*PXC*225100000X",
    "NM1*85*2*CLINIC*****XX*1234567893",
    "HL*2*1*22*0",
    "SBR*P*18*******ZZ",
    "NM1*IL*1*DOE*JO****MI*M-1",
    "DMG*D8*19800201*F",
    "NM1*PR*2*A PAYER*****PI*PAYER1",
]
CLAIM = [
    "CLM*C-1*160***11:B:1*Y*A*Y*Y",
    "REF*G1*AUTH-1",
    "HI*ABK:M546*ABF:M5124",
    "NM1*82*1*ROE*ANN****XX*1234567893",
    "REF*G1*OTHER",
    "LX*1",
    "SV1*HC:97110:GP:59*80.00*UN*2*12**1:2",
    "DTP*472*D8*20260504",
    "REF*G1*AUTH-2",
    "LX*2",
    "SV1*HC:97140:GP*.5*MJ*22.50***1",
    "DTP*472*RD8*20260504-20260505",
]


def transaction(segments: list[str], number: int = 1, name: str = "837") -> list[str]:
    inner = [f"ST*{name}*{number:04}*005010X222A1", *segments]
    return [*inner, f"SE*{len(inner) + 1}*{number:04}"]


def interchange(*transactions: list[str], end: str = "~\n") -> str:
    segments = ["GS*HC*S*R*20260504*1200*1*X*005010X222A1"]
    for segments_of_one in transactions:
        segments += segments_of_one
    segments += [f"GE*{len(transactions)}*1", "IEA*1*000000001"]
    return ISA + end[1:] + "".join(segment + end for segment in segments)


def with_segment(segments: list[str], start: str, new: str | None) -> list[str]:
    """The segments with the first that begins so replaced, or taken out."""
    index = next(i for i, segment in enumerate(segments) if segment.startswith(start))
    return [*segments[:index], *([new] if new is not None else []), *segments[index + 1 :]]


WHOLE = interchange(transaction(HEADER + CLAIM))


@pytest.mark.parametrize(("address", "state"), [("N4*TOWN*FL*33101", "FL"), ("N4*TOWN", None)])
def test_state_of_the_billing_provider(read: Read, address: str, state: str | None) -> None:
    at = next(i for i, segment in enumerate(HEADER) if segment.startswith("NM1*85"))
    header = [*HEADER[: at + 1], address, *HEADER[at + 1 :]]
    (record,) = read(interchange(transaction(header + CLAIM)), "claims.x12")
    assert isinstance(record, ClaimRecord)
    assert record.claim["billingProvider"].get("state") == state


def test_every_field_that_837_has(read: Read) -> None:
    (record,) = read(WHOLE, "claims.x12")
    assert isinstance(record, ClaimRecord)
    assert record.claim == {
        "id": "C-1",
        "type": "professional",
        "payer": "PAYER1",
        "patient": {"id": "M-1", "birthDate": "1980-02-01", "sex": "female"},
        "billingProvider": {"npi": "1234567893", "taxonomy": "225100000X"},
        "placeOfService": "11",
        "priorAuthorization": ["AUTH-1", "AUTH-2"],
        "created": "2026-05-06",
        "total": "160",
        "subscriber": {
            "id": "M-1",
            "payerResponsibility": "P",
            "relationship": "self",
            "filingIndicator": "ZZ",
        },
        "assignment": "assigned",
        "benefitsAssigned": "yes",
        "renderingProvider": {"npi": "1234567893"},
        "diagnosis": [{"sequence": 1, "code": "M546"}, {"sequence": 2, "code": "M5124"}],
        "item": [
            {
                "sequence": 1,
                "procedure": "97110",
                "modifier": ["GP", "59"],
                "quantity": 2,
                "charge": "80.00",
                "serviced": "2026-05-04",
                "diagnosisSequence": [1, 2],
                "placeOfService": "12",
                "priorAuthorization": ["AUTH-2"],
            },
            {
                "sequence": 2,
                "procedure": "97140",
                "modifier": ["GP"],
                "quantity": Decimal("22.5"),
                "unit": "MJ",
                "minutes": Decimal("22.5"),
                "charge": "0.5",
                "serviced": "2026-05-04",
                "servicedEnd": "2026-05-05",
                "diagnosisSequence": [1],
            },
        ],
    }
    assert (record.origin.line, record.origin.pointer) == (13, "segment 13")


@pytest.mark.parametrize(("number", "count"), [(0, 5), (11, 1), (12, 3)])
def test_a_sample_holds_what_a_plain_split_finds(number: int, count: int) -> None:
    file = SAMPLES / f"sample_837_{number}.txt"
    segments = [segment.strip().split("*") for segment in file.read_text().split("~")]
    records = list(read_claims(file))
    claims = claims_of(records)
    assert [claim["id"] for claim in claims] == [s[1] for s in segments if s[0] == "CLM"]
    assert len(claims) == count
    assert Counter(d["code"] for claim in claims for d in claim["diagnosis"]) == Counter(
        element.split(":")[1] for s in segments if s[0] == "HI" for element in s[1:]
    )
    services = [(s, s[1].split(":")) for s in segments if s[0] == "SV1"]
    items = [item for claim in claims for item in claim["item"]]
    assert [(item["procedure"], item.get("modifier", [])) for item in items] == [
        (codes[1], codes[2:]) for _, codes in services
    ]
    assert [(item["charge"], str(item["quantity"])) for item in items] == [
        (s[2], s[4]) for s, _ in services
    ]
    assert [item["serviced"].replace("-", "") for item in items] == [
        s[3] for s in segments if s[:2] == ["DTP", "472"]
    ]
    npis = {s[9] for s in segments if s[:2] == ["NM1", "85"]}
    assert {claim["billingProvider"]["npi"] for claim in claims} == npis
    places = [s[5].split(":")[0] for s in segments if s[0] == "CLM"]
    assert [claim["placeOfService"] for claim in claims] == places


def test_payers_patients_and_places_of_the_samples() -> None:
    readings = [r for n in (0, 11, 12) for r in read_claims(SAMPLES / f"sample_837_{n}.txt")]
    claims = claims_of(readings)
    assert [claim["payer"] for claim in claims] == [
        *["commercial"] * 5,
        *["medicaid"] * 2,
        *["commercial"] * 2,
    ]
    names = [reading.payer_names for reading in readings if isinstance(reading, ClaimRecord)]
    assert names[0] == ("CHPWA", names[0][1])
    assert [claim["patient"].get("birthDate") for claim in claims] == ["1900-01-01"] * 7 + [
        None
    ] * 2
    sexes = [claim["patient"]["sex"] for claim in claims]
    assert Counter(sexes) == {"male": 5, "female": 2, "unknown": 2}
    assert claims[0]["patient"]["id"] == "987321"
    assert [reading.origin.pointer for reading in readings[:2]] == ["segment 24", "segment 58"]
    # The one thing that the claim format requires and these files lack.
    faults = [fault.pointer for claim in claims for fault in claim_faults(claim)]
    assert faults == ["/patient/birthDate"] * 2


def test_the_content_tells_the_format(read: Read) -> None:
    assert len(claims_of(read(WHOLE, "claims.txt"))) == 1


def test_a_segment_of_a_file_of_one_line_has_its_column(read: Read) -> None:
    text = WHOLE.replace("~\n", "~")
    (record,) = read(text, "c.x12")
    assert isinstance(record, ClaimRecord)
    place = record.places["/diagnosis/0"]
    column = int(place.rpartition(", line 1, column ")[2])
    assert text[column - 1 :].startswith("HI*")
    (wrapped,) = read(WHOLE, "c.x12")
    assert isinstance(wrapped, ClaimRecord)
    assert "column" not in wrapped.places["/diagnosis/0"]


@pytest.mark.parametrize("end", ["~", "~\n", "~\r\n", "~\n\n", "~~", "~ \n~"])
def test_ends_of_segments(read: Read, end: str) -> None:
    segments = WHOLE.replace("~\n", end)
    assert claims_of(read(segments, "c.x12")) == claims_of(read(WHOLE, "c.x12"))


def test_a_line_end_as_the_terminator(read: Read) -> None:
    assert len(claims_of(read(WHOLE.replace("~\n", "\n"), "c.x12"))) == 1


def test_a_second_interchange_with_other_delimiters(read: Read) -> None:
    other = WHOLE.replace("C-1", "C-2").translate(str.maketrans("*:~", "|>!"))
    first, second = claims_of(read(WHOLE + other, "c.x12"))
    assert (first["id"], second["id"]) == ("C-1", "C-2")
    assert first["item"] == second["item"]


def test_a_segment_longer_than_a_buffer(read: Read) -> None:
    note = "NTE*ADD*" + "x" * 20_000
    text = interchange(transaction([*HEADER, *CLAIM[:3], note, *CLAIM[3:]]))
    assert len(claims_of(read(text, "c.x12"))[0]["item"]) == 2


def test_dependents_providers_and_payers_are_not_mixed_up(read: Read) -> None:
    def clm(number: str) -> list[str]:
        return with_segment(CLAIM, "CLM", CLAIM[0].replace("C-1", number))

    dependent = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*KIM", "DMG*D8*20150610*M"]
    subscriber = [
        "HL*4*1*22*0",
        "SBR*P*18*******MB",
        "NM1*IL*1*POE*AL****MI*M-2",
        "DMG*D8*19500101*U",
    ]
    last = with_segment(subscriber, "HL", "HL*6*5*22*0")
    provider = ["HL*5**20*1", "NM1*85*2*OTHER*****XX*1999999992", *last]
    other_payer = ["SBR*S*18*******ZZ", "NM1*IL*1*X*Y****MI*M-9", "NM1*PR*2*B*****PI*PAYER2"]
    first = [*CLAIM[:5], *other_payer, *CLAIM[5:]]
    segments = [*HEADER, *first, *dependent, *clm("C-2"), *subscriber, *clm("C-3")]
    claims = claims_of(read(interchange(transaction([*segments, *provider, *clm("C-4")])), "c.x12"))
    assert [claim["id"] for claim in claims] == ["C-1", "C-2", "C-3", "C-4"]
    assert [claim["payer"] for claim in claims] == [
        "PAYER1",
        "PAYER1",
        "medicare-b",
        "medicare-b",
    ]
    assert [claim["patient"] for claim in claims] == [
        {"id": "M-1", "birthDate": "1980-02-01", "sex": "female"},
        {"birthDate": "2015-06-10", "sex": "male"},
        {"id": "M-2", "birthDate": "1950-01-01", "sex": "unknown"},
        {"id": "M-2", "birthDate": "1950-01-01", "sex": "unknown"},
    ]
    assert [claim["billingProvider"].get("taxonomy") for claim in claims] == ["225100000X"] * 3 + [
        None
    ]
    assert claims[3]["billingProvider"]["npi"] == "1999999992"


def test_lines_without_lx_are_numbered_in_order(read: Read) -> None:
    without = [segment for segment in CLAIM if not segment.startswith("LX")]
    (claim,) = claims_of(read(interchange(transaction(HEADER + without)), "c.x12"))
    assert [item["sequence"] for item in claim["item"]] == [1, 2]
    assert [item["procedure"] for item in claim["item"]] == ["97110", "97140"]


FAULTS = [
    ("SV1", "SV1*HC:97110*80*UN*two***1", "SV104: expected a number (segment 19)"),
    ("SV1", "SV1*HC:97110*eighty*UN*2***1", "SV102: expected a number (segment 19)"),
    ("SV1", "SV1*HC:97110*80*XX*2***1", "SV103: expected UN (units) or MJ (minutes) (segment 19)"),
    ("SV1", "SV1*ZZ:97110*80*UN*2***1", "SV101-1: expected HC, a CPT or HCPCS code (segment 19)"),
    ("SV1", "SV1*HC:97110*80*UN*2***A", "SV107: expected numbers of diagnoses (segment 19)"),
    (
        "SV1",
        "SV2*0420*HC:97110*80*UN*2",
        "the claim has professional (SV1) and institutional (SV2) lines",
    ),
    ("SV1", "SV3*AD:D0120*80", "dental 837 (SV3) is not read (segment 19)"),
    ("SV1", "SV1", "SV101-1: expected HC, a CPT or HCPCS code (segment 19)"),
    (
        "SV1",
        "SV1*HC*80*UN*2***1",
        "the field 'procedure' is missing (2400 SV1, segment 19, line 19)",
    ),
    ("DTP", "DTP*472*D8*4 May", "DTP03: expected a date such as 20260504 (segment 20)"),
    (
        "DTP",
        "DTP*472*D8*20260231",
        "expected a date of the calendar such as 2026-05-04 (2400 DTP, segment 20, line 20)",
    ),
    ("DTP", None, "the field 'serviced' is missing (2400 SV1, segment 19, line 19)"),
    (
        "HI",
        "HI*BK:7241",
        "HI01: an ICD-9-CM code (BK); only ICD-10-CM is read, which begins with A (ABK, ABF) "
        "(segment 15)",
    ),
    ("HI", "HI*ABK", "HI01-2: expected a diagnosis code (segment 15)"),
    ("HI", "HI*BG:01", "the field 'diagnosis' is missing (2300 CLM, segment 13, line 13)"),
    ("CLM", "CLM*C-1*1,60***11:B:1", "CLM02: expected a number (segment 13)"),
    ("CLM", "CLM**160***11:B:1", "the field 'id' is missing (2300 CLM, segment 13, line 13)"),
    ("DMG", "DMG*D8*19800201*Q", "DMG03: expected M, F or U (segment 11)"),
    ("DMG", "DMG*D8*1980*F", "DMG02: expected a date such as 20260504 (segment 11)"),
    ("BHT", "BHT*0019*00*1*today", "BHT04: expected a date such as 20260504 (segment 4)"),
]


@pytest.mark.parametrize(("start", "new", "reason"), FAULTS)
def test_a_claim_that_cannot_be_read_is_rejected_alone(
    read: Read, start: str, new: str | None, reason: str
) -> None:
    segments = with_segment(HEADER + CLAIM, start, new)
    good = transaction(HEADER + CLAIM, number=2)
    bad, fine = read(interchange(transaction(segments), good), "c.x12")
    assert isinstance(bad, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert bad.reason == reason
    assert bad.origin.line is not None


def test_a_claim_without_a_line(rejection: Rejection) -> None:
    rejected = rejection(interchange(transaction(HEADER + CLAIM[:3])), "c.x12")
    assert rejected.reason == "the claim has no service line (SV1 or SV2)"
    assert rejected.claim_id == "C-1"


def test_another_transaction_set_is_rejected_and_the_rest_read(read: Read) -> None:
    other = transaction(["BPR*I*100", "CLP*C-9*1*100"], name="835")
    first, second = read(interchange(other, transaction(HEADER + CLAIM, 2)), "c.x12")
    assert isinstance(first, RejectedClaim) and isinstance(second, ClaimRecord)
    assert first.claims == 0
    assert first.reason == "transaction set 835 is not read; only 837 is"


def test_a_missing_segment_of_which_no_fault_tells_rejects_the_transaction_set(read: Read) -> None:
    text = interchange(transaction(HEADER + CLAIM), transaction(HEADER + CLAIM, 2))
    lost, fine = read(text.replace("REF*G1*AUTH-2~\n", "", 1), "c.x12")
    assert isinstance(lost, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert (lost.claim_id, lost.claims) == ("C-1", 1)
    assert lost.reason == (
        "may not be whole: SE01 counts more than the 22 that came: a part is missing, "
        "of which claim cannot be told"
    )


def test_more_segments_than_counted_is_no_loss(read: Read) -> None:
    assert len(claims_of(read(re.sub(r"SE\*\d+", "SE*3", WHOLE), "c.x12"))) == 1


@pytest.mark.parametrize("cut", range(120, len(WHOLE) - 3, 7))
def test_a_truncated_file_never_passes(read: Read, cut: int) -> None:
    try:
        readings = read(WHOLE[:cut], "c.x12")
    except InputError:
        return
    assert any(isinstance(reading, RejectedClaim) for reading in readings)
    ended = WHOLE[:cut].rfind("~\nSE*") >= 0 and "~" in WHOLE[WHOLE.rfind("SE*") : cut]
    assert any(isinstance(reading, ClaimRecord) for reading in readings) == ended


UNUSABLE = [
    ("", "the file is empty"),
    ("hello", "expected an interchange, which begins with ISA"),
    ("ISA*00*", "the file ends within its ISA segment"),
    (ISA.replace("SENDER ", "SENDER") + "GS*HC~", "ISA must have 16 elements in 106 characters"),
    (ISA.replace(":~", "~~") + "GS~", "ISA must have 16 elements in 106 characters"),
    (ISA.replace(":~", "A~") + "GS~", "three different signs as delimiters"),
    (ISA.replace("00501", "00200") + "GS*HC~", "ISA12: interchange version not read"),
    (ISA + "IEA*0*000000001~", "holds no transaction set"),
    (ISA + "IEA*0*000000001~IEA*0*1~", "holds no transaction set"),
    (ISA + "GE*1*1~GE*1*1~", "holds no transaction set"),
    (ISA + "x" * 200_000, "holds no transaction set"),
]


@pytest.mark.parametrize(("content", "message"), UNUSABLE)
def test_an_unusable_file_gets_one_clear_line(read: Read, content: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(content, "c.x12")
    text = str(caught.value)
    assert message in text and "c.x12" in text
    assert "\n" not in text and "SENDER" not in text


def test_names_in_another_encoding_do_no_harm(read: Read) -> None:
    content = WHOLE.replace("DOE", "DO\xc9").encode("latin-1")
    assert len(claims_of(read(content, "c.x12"))) == 1
    payer = WHOLE.replace("PAYER1", "PAY\xc9").encode("latin-1")
    (rejected,) = read(payer, "c.x12")
    assert isinstance(rejected, RejectedClaim)
    assert rejected.origin.pointer == "segment 13/payer"


@settings(max_examples=200)
@given(data=st.data())
def test_no_damage_makes_another_exception(tmp_path: Path, data: st.DataObject) -> None:
    text = WHOLE.encode()
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(text)))
        new: Any = data.draw(
            st.one_of(
                st.binary(max_size=3),
                st.sampled_from(
                    [b"~", b"*", b":", b"~ST*837*1~", b"~SE*1*1~", b"~IEA*1*1~", ISA.encode()]
                ),
            )
        )
        text = text[:start] + new + text[start + data.draw(st.integers(0, 30)) :]
    file = tmp_path / "c.x12"
    file.write_bytes(text)
    try:
        for reading in read_claims(file):
            assert isinstance(reading, (ClaimRecord, RejectedClaim))
            str(reading).encode()
    except InputError as error:
        str(error).encode()
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("-.5", "-0.5"),
        ("12.", "12"),
        ("100.123456", "100.123456"),
        ("1.1234567", None),
        ("-", None),
        ("x", None),
    ],
)
def test_amounts_have_as_many_decimals_as_the_claim_format(text: str, amount: str | None) -> None:
    assert amount_of(text) == amount
