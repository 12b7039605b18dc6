"""The fields of a whole claim come back through every format that can carry them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.claims.claim import ClaimRecord
from claimshapes.claims.readers import read_claims
from claimshapes.claims.readers.unread import counting_unread
from claimshapes.claims.writers import CLAIM_FORMATS, open_writer
from claimshapes.cli.program import program
from tests.writers import as_837, as_fhir

SUFFIXES = {"json": "json", "ndjson": "ndjson", "jsonld": "jsonld", "turtle": "ttl"}
PROVIDER = {"npi": "1245319599", "taxonomy": "207Q00000X"}
ADJUSTMENTS = [
    {"group": "CO", "reason": "45", "amount": "10.00"},
    {"group": "PR", "reason": "1", "amount": "-5.00", "quantity": 2},
]
CLAIM_FIELDS: Mapping[str, Any] = {
    "frequencyCode": "7",
    "originalClaimNumber": "ABC123",
    "renderingProvider": PROVIDER,
    "referringProvider": {"npi": "1245319599"},
    "supervisingProvider": PROVIDER,
    "serviceFacility": {"npi": "1245319599"},
    "attendingProvider": PROVIDER,
    "operatingProvider": {"npi": "1245319599"},
    "accident": {"date": "2026-04-01", "state": "FL", "cause": ["auto", "other"]},
    "onsetDate": "2026-04-02",
    "initialTreatmentDate": "2026-04-03",
    "lastSeenDate": "2026-04-04",
    "admissionDate": "2026-04-05",
    "dischargeDate": "2026-04-06",
    "admissionType": "1",
    "admissionSource": "2",
    "patientStatus": "01",
    "conditionCode": ["45", "77"],
    "occurrence": [
        {"code": "11", "date": "2026-04-02"},
        {"code": "74", "date": "2026-04-02", "end": "2026-04-05"},
    ],
    "valueCode": [{"code": "80", "amount": "3"}],
    "cliaNumber": "11D1234567",
    "referralNumber": ["R1", "R2"],
    "otherPayer": [
        {
            "identifier": "12345",
            "payerResponsibility": "P",
            "filingIndicator": "CI",
            "memberNumber": "M1",
            "paid": "50.00",
            "adjudicated": "2026-05-06",
            "adjustment": ADJUSTMENTS,
        }
    ],
}
LINE_FIELDS: Mapping[str, Any] = {
    "detailOf": 1,
    "controlNumber": "L1",
    "unit": "MJ",
    "renderingProvider": PROVIDER,
    "orderingProvider": {"npi": "1245319599"},
    "referringProvider": {"npi": "1245319599"},
    "supervisingProvider": PROVIDER,
    "serviceFacility": {"npi": "1245319599"},
    "operatingProvider": {"npi": "1245319599"},
    "priorAuthorization": ["A1"],
    "referralNumber": ["R2"],
    "cliaNumber": "11D1234567",
    "drug": {"ndc": "00409128331", "quantity": 3, "unit": "ML"},
    "purchasedService": {"provider": "X1", "charge": "12.50"},
    "adjudication": [
        {
            "identifier": "12345",
            "paid": "40.00",
            "units": 2,
            "adjudicated": "2026-05-06",
            "adjustment": ADJUSTMENTS,
        }
    ],
}
CLAIM: Mapping[str, Any] = {
    "id": "F-1",
    "type": "professional",
    "payer": "medicare-b",
    "patient": {"id": "M-1", "birthDate": "1950-01-01", "sex": "female"},
    "billingProvider": {"npi": "1234567893", "taxonomy": "207Q00000X"},
    "placeOfService": "11",
    "created": "2026-05-08",
    "total": "80.00",
    "subscriber": {
        "id": "M-1",
        "relationship": "self",
        "filingIndicator": "ZZ",
        "insuranceType": "12",
        "payerResponsibility": "P",
    },
    "assignment": "assigned",
    "benefitsAssigned": "yes",
    "diagnosis": [{"sequence": 1, "code": "M546"}],
}
LINE: Mapping[str, Any] = {
    "sequence": 1,
    "procedure": "J1100",
    "quantity": 2,
    "charge": "80.00",
    "serviced": "2026-05-04",
    "diagnosisSequence": [1],
}

some_claims = st.tuples(
    st.sets(st.sampled_from(sorted(CLAIM_FIELDS))), st.sets(st.sampled_from(sorted(LINE_FIELDS)))
)
fast = settings(max_examples=20)


def claim_with(names: set[str], line_names: set[str]) -> dict[str, Any]:
    line = {**LINE, **{name: LINE_FIELDS[name] for name in sorted(line_names)}}
    return {**CLAIM, **{name: CLAIM_FIELDS[name] for name in sorted(names)}, "item": [line]}


def read_one(file: Path) -> dict[str, Any]:
    (reading,) = read_claims(file)
    assert isinstance(reading, ClaimRecord), str(reading)
    content: dict[str, Any] = json.loads(json.dumps(reading.claim, default=float))
    return content


@fast
@given(some_claims)
def test_forms_of_the_claim_format(tmp_path: Path, chosen: tuple[set[str], set[str]]) -> None:
    claim = claim_with(*chosen)
    for name in CLAIM_FORMATS:
        stream = io.StringIO()
        writer = open_writer(stream, name)
        writer.add(claim)
        writer.finish()
        file = tmp_path / f"claim.{SUFFIXES[name]}"
        file.write_text(stream.getvalue())
        assert read_one(file) == claim


@fast
@given(some_claims)
def test_837(tmp_path: Path, chosen: tuple[set[str], set[str]]) -> None:
    claim = claim_with(*chosen)
    expected = json.loads(json.dumps(claim))
    # An 837 has no groups of lines.
    expected["item"][0].pop("detailOf", None)
    if "priorAuthorization" in claim["item"][0]:
        # A number of a line counts for the claim, too.
        expected["priorAuthorization"] = ["A1"]
    if claim["item"][0].get("unit") == "MJ":
        # Minutes are the treatment time, too.
        expected["item"][0]["minutes"] = 2
    file = tmp_path / "claim.837"
    file.write_text(whole_837(claim))
    found = read_one(file)
    facts = found.pop("documentation", [])
    assert [fact["type"] for fact in facts] == ["pain-onset"] * ("onsetDate" in claim)
    assert found == expected


@fast
@given(some_claims)
def test_fhir(tmp_path: Path, chosen: tuple[set[str], set[str]]) -> None:
    claim = claim_with(*chosen)
    file = tmp_path / "claim.fhir.json"
    file.write_text(as_fhir(claim))
    assert read_one(file) == claim


@pytest.mark.parametrize("name", [name for name in CLAIM_FIELDS if name != "otherPayer"])
def test_columns_of_a_table(tmp_path: Path, name: str) -> None:
    value = CLAIM_FIELDS[name]
    if isinstance(value, list) and isinstance(value[0], dict):
        pytest.skip("a table has no cell for a list of parts")
    cells = {name: value}
    if isinstance(value, dict):
        cells = {f"{name}.{inner}": part for inner, part in value.items()}
    row = {
        "id": "F-1",
        "payer": "medicare-b",
        "patient.birthDate": "1950-01-01",
        "patient.sex": "female",
        "billingProvider.npi": "1234567893",
        "diagnosis": "M54.6",
        "item.procedure": "99213",
        "item.serviced": "2026-05-04",
        "item.drug.ndc": "00409128331",
        "item.drug.quantity": "3",
    }
    row |= {k: "|".join(v) if isinstance(v, list) else str(v) for k, v in cells.items()}
    file = tmp_path / "claims.csv"
    file.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    found = read_one(file)
    assert found[name] == value
    assert found["item"][0]["drug"] == {"ndc": "00409128331", "quantity": 3}


def test_what_does_not_fit_the_claim_format_is_left(tmp_path: Path) -> None:
    text = whole_837(claim_with({"renderingProvider", "admissionDate"}, set()))
    text = text.replace("XX*1245319599", "XX*12X").replace("DTP*435*D8*20260405", "DTP*435*D8*X")
    file = tmp_path / "claim.837"
    file.write_text(text)
    found = read_one(file)
    assert found["renderingProvider"] == {"taxonomy": "207Q00000X"}
    assert "admissionDate" not in found


def test_unread_parts_are_counted(tmp_path: Path) -> None:
    text = whole_837(claim_with(set(CLAIM_FIELDS), set(LINE_FIELDS) - {"detailOf"}))
    file = tmp_path / "claim.837"
    # In its place it is within the loop of the other payer.
    file.write_text(text.replace("LX*1~", "REF*D9*77~\nLX*1~"))
    with counting_unread() as counts:
        list(read_claims(file))
    assert counts == {"2330 REF*D9": 1}


def test_convert_lists_what_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claim.837"
    text = whole_837(claim_with(set(), set()))
    file.write_text(text.replace("DMG*", "N3*12 ELM STREET~\nDMG*", 1))
    with pytest.raises(SystemExit):
        program(["convert", str(file), "--to", "ndjson", "--report-unread"])
    told = capsys.readouterr().err
    assert "not read: 2010BA N3 (1 time)" in told
    assert "ELM" not in told


def whole_837(claim: Mapping[str, Any]) -> str:
    """An interchange of one claim with all that an 837 has of it."""
    text = as_837({**claim, "documentation": []})
    segments = text.replace("SBR*P*18*******ZZ", "SBR*P*18***12****ZZ").split("~\n")
    at = next(index for index, segment in enumerate(segments) if segment.startswith("CLM*"))
    parts = segments[at].split("*")
    if "frequencyCode" in claim:
        parts[5] = f"{parts[5][:-1]}{claim['frequencyCode']}"
    accident = claim.get("accident")
    if accident:
        codes = [{"auto": "AA", "other": "OA"}[cause] for cause in accident["cause"]]
        parts += ["", ":".join([*codes, "", accident["state"]])]
    segments[at] = "*".join(parts)
    first_code = next(i for i, segment in enumerate(segments) if segment.startswith("HI*"))
    segments[first_code:first_code] = _dates_and_numbers(claim)
    line = next(index for index, segment in enumerate(segments) if segment.startswith("LX*"))
    segments[line:line] = [*_codes(claim), *_providers(claim, CLAIM_ROLES), *_other_payer(claim)]
    end = next(index for index, segment in enumerate(segments) if segment.startswith("SE*"))
    item = claim["item"][0]
    if item.get("unit") == "MJ":
        segments = [s.replace("*UN*", "*MJ*") if s.startswith("SV1*") else s for s in segments]
    segments[end:end] = _line(item)
    start = next(index for index, segment in enumerate(segments) if segment.startswith("ST*"))
    end = next(index for index, segment in enumerate(segments) if segment.startswith("SE*"))
    segments[end] = f"SE*{end - start + 1}*{segments[end].split('*')[2]}"
    return "~\n".join(segments)


CLAIM_ROLES = {
    "attendingProvider": "71",
    "operatingProvider": "72",
    "referringProvider": "DN",
    "renderingProvider": "82",
    "serviceFacility": "77",
    "supervisingProvider": "DQ",
}
LINE_ROLES = {
    "operatingProvider": "72",
    "orderingProvider": "DK",
    "referringProvider": "DN",
    "renderingProvider": "82",
    "serviceFacility": "77",
    "supervisingProvider": "DQ",
}
DATES = {
    "onsetDate": "431",
    "initialTreatmentDate": "454",
    "lastSeenDate": "304",
    "admissionDate": "435",
    "dischargeDate": "096",
}


def _day(text: str) -> str:
    return text.replace("-", "")


def _dates_and_numbers(claim: Mapping[str, Any]) -> list[str]:
    made = [f"DTP*{code}*D8*{_day(claim[name])}" for name, code in DATES.items() if name in claim]
    if "accident" in claim:
        made.append(f"DTP*439*D8*{_day(claim['accident']['date'])}")
    admission = [claim.get(n, "") for n in ("admissionType", "admissionSource", "patientStatus")]
    if any(admission):
        made.append("CL1*" + "*".join(admission))
    if "originalClaimNumber" in claim:
        made.append(f"REF*F8*{claim['originalClaimNumber']}")
    made += [f"REF*9F*{number}" for number in claim.get("referralNumber", [])]
    if "cliaNumber" in claim:
        made.append(f"REF*X4*{claim['cliaNumber']}")
    return made


def _codes(claim: Mapping[str, Any]) -> list[str]:
    made = [f"HI*BG:{code}" for code in claim.get("conditionCode", [])]
    for entry in claim.get("occurrence", []):
        day = _day(entry["date"])
        span = f"BI:{entry['code']}:RD8:{day}-{_day(entry['end'])}" if "end" in entry else ""
        made.append("HI*" + (span or f"BH:{entry['code']}:D8:{day}"))
    return made + [f"HI*BE:{e['code']}:::{e['amount']}" for e in claim.get("valueCode", [])]


def _providers(part: Mapping[str, Any], roles: Mapping[str, str]) -> list[str]:
    made = []
    for name, code in roles.items():
        if name in part:
            made.append(f"NM1*{code}*1*DOE*JO****XX*{part[name]['npi']}")
            if "taxonomy" in part[name]:
                made.append(f"PRV*PE*PXC*{part[name]['taxonomy']}")
    return made


def _adjustments(entries: list[Mapping[str, Any]]) -> list[str]:
    return [
        f"CAS*{e['group']}*{e['reason']}*{e['amount']}*{e.get('quantity', '')}".rstrip("*")
        for e in entries
    ]


def _other_payer(claim: Mapping[str, Any]) -> list[str]:
    made = []
    for payer in claim.get("otherPayer", []):
        made.append(f"SBR*{payer['payerResponsibility']}*18*******{payer['filingIndicator']}")
        made += _adjustments(payer["adjustment"])
        made += [
            f"AMT*D*{payer['paid']}",
            f"NM1*IL*1*DOE*JO****MI*{payer['memberNumber']}",
            f"NM1*PR*2*OTHER*****PI*{payer['identifier']}",
            f"DTP*573*D8*{_day(payer['adjudicated'])}",
        ]
    return made


def _line(item: Mapping[str, Any]) -> list[str]:
    made = [f"REF*6R*{item['controlNumber']}"] if "controlNumber" in item else []
    made += [f"REF*9F*{number}" for number in item.get("referralNumber", [])]
    made += [f"REF*G1*{number}" for number in item.get("priorAuthorization", [])]
    made += [f"REF*X4*{item['cliaNumber']}"] if "cliaNumber" in item else []
    if "purchasedService" in item:
        bought = item["purchasedService"]
        made.append(f"PS1*{bought['provider']}*{bought['charge']}")
    if "drug" in item:
        drug = item["drug"]
        made += [f"LIN**N4*{drug['ndc']}", f"CTP****{drug['quantity']}*{drug['unit']}"]
    made += _providers(item, LINE_ROLES)
    for paid in item.get("adjudication", []):
        made.append(f"SVD*{paid['identifier']}*{paid['paid']}*HC:J1100**{paid['units']}")
        made += _adjustments(paid["adjustment"])
        made.append(f"DTP*573*D8*{_day(paid['adjudicated'])}")
    return made
