"""FHIR: published explanations of benefits, references, and resources that are damaged."""

from __future__ import annotations

import copy
import gzip
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimshapes.checking.checker import Checker
from claimshapes.claims.claim import ClaimReading, ClaimRecord, RejectedClaim
from claimshapes.claims.readers import read_claims
from claimshapes.claims.readers.unread import counting_unread
from claimshapes.errors import InputError
from tests.claims.conftest import claims_of

Read = Callable[..., list[ClaimReading]]
Rejection = Callable[..., RejectedClaim]
CASES = Path(__file__).parent.parent / "data" / "cases"
SAMPLES = Path(__file__).parent.parent / "data" / "fhir"
PARSED: dict[str, Any] = json.loads((SAMPLES / "parsed-by-hccinfhir.json").read_text())
ICD_10 = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


CLAIM: dict[str, Any] = {
    "resourceType": "Claim",
    "id": "C-1",
    "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
    "created": "2026-05-06T10:00:00Z",
    "insurer": {"reference": "Organization/payer", "display": "A payer"},
    "patient": {"reference": "Patient/p"},
    "provider": {"reference": "#role"},
    "contained": [
        {
            "resourceType": "PractitionerRole",
            "id": "role",
            "practitioner": {"reference": "Practitioner/d"},
            "specialty": [concept("http://nucc.org/provider-taxonomy", "225100000X")],
        }
    ],
    "diagnosis": [
        {"sequence": 1, "diagnosisCodeableConcept": concept(ICD_10, "M54.6")},
        {"sequence": 2, "diagnosisReference": {"reference": "Condition/c"}},
    ],
    "total": {"value": 80.25, "currency": "USD"},
    "item": [
        {
            "sequence": 1,
            "productOrService": concept(CPT, "97110"),
            "modifier": [concept("any", "GP"), concept("any", "59")],
            "quantity": {"value": 2.50},
            "servicedPeriod": {"start": "2026-05-04", "end": "2026-05-05"},
            "diagnosisSequence": [2, 1],
            "informationSequence": [1],
            "adjudication": [
                {"category": concept("a", "submitted"), "amount": {"value": 80}},
                {"category": concept("a", "eligible"), "amount": {"value": 61.25}},
            ],
        }
    ],
    "supportingInfo": [
        {"sequence": 1, "category": concept("c", "attachment"), "valueReference": {"display": "x"}},
        {"sequence": 2, "category": concept("c", "onset"), "timingDate": "2026-04-10"},
        {"sequence": 3, "category": concept("c", "discharge"), "valueString": "home"},
        {
            "sequence": 4,
            "category": concept("https://w3id.org/claimshapes/documentation/", "pain-confirmed"),
            "valueBoolean": True,
        },
    ],
}
OTHERS: list[dict[str, Any]] = [
    {"resourceType": "Patient", "id": "p", "birthDate": "1980-02-01", "gender": "other"},
    {
        "resourceType": "Practitioner",
        "address": [{"state": "FL"}],
        "id": "d",
        "identifier": [
            {"system": "http://example.org/staff", "value": "7"},
            {"type": concept("c", "NPI"), "value": "1234567893"},
        ],
    },
    {"resourceType": "Organization", "id": "payer", "name": "medicare-b"},
    {"resourceType": "Condition", "id": "c", "code": concept(ICD_10, "M51.24")},
]
HOSPITAL: dict[str, Any] = {
    "resourceType": "ExplanationOfBenefit",
    "id": "E-1",
    "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "institutional"),
    "billablePeriod": {"start": "2026-05-04", "end": "2026-05-06"},
    "insurer": {"display": "A payer"},
    "insurance": [{"coverage": {"reference": "Coverage/v"}}],
    "total": [
        {"category": concept("c", "benefit"), "amount": {"value": 400}},
        {"category": concept("c", "submitted"), "amount": {"value": 700}},
    ],
    "patient": {"reference": "Patient/p"},
    "supportingInfo": [
        {
            "category": concept("c", "typeofbill"),
            "code": concept("https://www.nubc.org/CodeSystem/TypeOfBill", "0111"),
        }
    ],
    "diagnosis": [
        {
            "sequence": 1,
            "type": [concept("d", "admitting")],
            "diagnosisCodeableConcept": concept(ICD_10, "R07.9"),
        },
        {
            "sequence": 2,
            "type": [concept("d", "admitting"), concept("d", "principal")],
            "diagnosisCodeableConcept": concept(ICD_10, "I21.4"),
        },
    ],
    "item": [
        {
            "sequence": 1,
            "revenue": concept("https://www.nubc.org/CodeSystem/RevenueCodes", "0120"),
            "productOrService": concept("d", "not-applicable"),
            "quantity": {"value": 2},
        }
    ],
}


def bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}


def test_every_field_of_a_bundle(read: Read) -> None:
    (record,) = read(bundle(*OTHERS, CLAIM), "b.json")
    assert isinstance(record, ClaimRecord)
    assert record.claim == {
        "id": "C-1",
        "type": "professional",
        "payer": "medicare-b",
        "patient": {"id": "p", "birthDate": "1980-02-01", "sex": "unknown"},
        "billingProvider": {"npi": "1234567893", "taxonomy": "225100000X", "state": "FL"},
        "created": "2026-05-06",
        "total": "80.25",
        "onsetDate": "2026-04-10",
        "diagnosis": [{"sequence": 1, "code": "M54.6"}, {"sequence": 2, "code": "M51.24"}],
        "item": [
            {
                "sequence": 1,
                "procedure": "97110",
                "modifier": ["GP", "59"],
                "quantity": Decimal("2.5"),
                "charge": "80",
                "allowed": "61.25",
                "serviced": "2026-05-04",
                "servicedEnd": "2026-05-05",
                "diagnosisSequence": [2, 1],
            }
        ],
        "documentation": [
            {"type": "attachment", "value": "attached", "item": 1},
            {"type": "pain-onset", "value": "2026-04-10"},
            {"type": "pain-confirmed", "value": "true"},
        ],
    }
    assert record.origin.pointer == "/entry/4/resource"
    root = "Bundle.entry[4].resource"
    assert record.place("/item/0/quantity") == f"{root}.item[0]"
    assert record.place("/item/0/procedure") == f"{root}.item[0].productOrService"
    assert record.place("/diagnosis/1/code") == f"{root}.diagnosis[1]"
    assert record.place("/documentation/2") == f"{root}.supportingInfo[3]"
    assert record.place("/patient/birthDate") == "Bundle.entry[0].resource"
    assert record.place("/billingProvider") == "Bundle.entry[1].resource"


def test_an_explanation_of_benefits_of_a_hospital(read: Read) -> None:
    coverage = {"resourceType": "Coverage", "id": "v", "payor": [{"display": "medicare"}]}
    (claim,) = claims_of(read(bundle(HOSPITAL, coverage), "b.json"))
    assert claim == {
        "id": "E-1",
        "type": "institutional",
        "typeOfBill": "0111",
        "payer": "medicare",
        "patient": {"id": "p", "sex": "unknown"},
        "total": "700",
        "billablePeriod": {"start": "2026-05-04", "end": "2026-05-06"},
        "admittingDiagnosis": "R07.9",
        "diagnosis": [{"sequence": 2, "code": "I21.4"}],
        "item": [{"sequence": 1, "revenue": "0120", "quantity": 2}],
    }


@pytest.mark.parametrize(
    ("system", "code", "payer"),
    [
        ("https://nahdo.org/sopt", "1", "medicare"),
        ("https://nahdo.org/sopt", "121", "medicare"),
        ("https://nahdo.org/sopt", "11", "medicare-advantage"),
        ("https://nahdo.org/sopt", "2111", "medicaid"),
        ("https://nahdo.org/sopt", "311", "tricare"),
        ("https://nahdo.org/sopt", "32", "va"),
        ("https://nahdo.org/sopt", "3", "A payer"),
        ("https://nahdo.org/sopt", "512", "commercial"),
        ("https://nahdo.org/sopt", "61", "commercial"),
        ("https://nahdo.org/sopt", "95", "workers-comp"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "PPO", "commercial"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "PPOX", "A payer"),
        ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "WCBPOL", "workers-comp"),
        ("http://example.org", "2", "A payer"),
    ],
)
def test_the_type_of_the_coverage_means_a_payer(
    read: Read, system: str, code: str, payer: str
) -> None:
    coverage = {"resourceType": "Coverage", "id": "v", "type": concept(system, code)}
    (record,) = read(bundle(*OTHERS, coverage, HOSPITAL), "b.json")
    assert isinstance(record, ClaimRecord)
    assert record.claim["payer"] == payer
    assert record.payer_names == ("A payer",)


def test_a_payer_that_nobody_knows_is_named(read: Read) -> None:
    (claim,) = claims_of(read(HOSPITAL, "e.json"))
    assert claim["payer"] == "A payer"


def test_amounts_keep_their_zeros(read: Read) -> None:
    text = json.dumps(bundle(*OTHERS, CLAIM)).replace('"value": 80}', '"value": 80.00}')
    (claim,) = claims_of(read(text, "b.json"))
    assert claim["item"][0]["charge"] == "80.00"


def sequence_of(resource: dict[str, Any]) -> list[int]:
    return [item["sequence"] for item in resource["item"]]


def test_lines_that_are_not_numbered_are_counted(read: Read) -> None:
    resource = copy.deepcopy(CLAIM)
    resource["item"].append(copy.deepcopy(resource["item"][0]))
    (claim,) = claims_of(read(bundle(*OTHERS, resource), "b.json"))
    assert sequence_of(claim) == [1, 2]


@pytest.mark.parametrize("name", ["c.json", "c.txt", "c.ndjson", "c.jsonl"])
def test_the_content_tells_the_format(read: Read, name: str) -> None:
    assert len(claims_of(read(json.dumps(bundle(*OTHERS, CLAIM)), name))) == 1


def test_lines_are_read_one_by_one(read: Read) -> None:
    lines = [HOSPITAL, {**HOSPITAL, "id": "E-2"}]
    text = "\n".join([json.dumps(lines[0]), "{broken", json.dumps(lines[1])])
    first, broken, second = read(text, "c.ndjson")
    assert isinstance(first, ClaimRecord) and isinstance(second, ClaimRecord)
    assert isinstance(broken, RejectedClaim) and broken.origin.line == 2
    assert second.origin.line == 3


# Where in the claim, what stands there instead, and what is then said.
DAMAGE: list[tuple[list[str | int], Any, str]] = [
    (["id"], None, "the field 'id' is missing (Bundle.entry[4].resource)"),
    (["id"], 7, "expected text, found a number (Bundle.entry[4].resource.id)"),
    (["diagnosis"], None, "the field 'diagnosis' is missing"),
    (
        ["diagnosis", 0],
        "x",
        "expected an object, found text (Bundle.entry[4].resource.diagnosis[0])",
    ),
    (
        ["diagnosis", 0, "diagnosisCodeableConcept"],
        concept("http://hl7.org/fhir/sid/icd-9-cm", "724.1"),
        "an ICD-9-CM code; only ICD-10-CM is read "
        "(Bundle.entry[4].resource.diagnosis[0].diagnosisCodeableConcept)",
    ),
    (
        ["diagnosis", 0, "diagnosisCodeableConcept"],
        {"text": "back pain"},
        "expected a code of ICD-10-CM, with its system",
    ),
    (["diagnosis", 1, "diagnosisReference"], {"reference": "Condition/none"}, "a diagnosis's code"),
    (["diagnosis", 0, "sequence"], 2, "the same sequence is at /diagnosis/0 "),
    (["diagnosis", 0, "sequence"], 0.5, "expected a whole number"),
    (["item"], None, "the field 'item' is missing"),
    (
        ["item", 0, "productOrService"],
        concept("http://hl7.org/fhir/sid/ndc", "0777"),
        "a drug by its NDC; only CPT and HCPCS codes are read",
    ),
    (["item", 0, "productOrService"], concept("x", "97110"), "expected a code of CPT or HCPCS"),
    (["item", 0, "quantity", "value"], "2", "expected a number, found text"),
    (["item", 0, "quantity", "value"], -1, "expected a number of at least 0"),
    (["item", 0, "servicedPeriod"], None, "the field 'serviced' is missing"),
    (["item", 0, "servicedPeriod", "start"], "2026-05", "expected a date of the calendar"),
    (["item", 0, "adjudication", 0, "amount", "value"], 1.005, "an amount as text"),
    (["item", 0, "diagnosisSequence"], ["1"], "expected a number, found text"),
    (
        ["type"],
        concept("http://terminology.hl7.org/CodeSystem/claim-type", "oral"),
        "a dental claim is not read (Bundle.entry[4].resource.type)",
    ),
    (["patient"], "Patient/p", "expected an object, found text"),
    (["supportingInfo", 1, "timingDate"], 20260410, "expected text, found a number"),
]


@pytest.mark.parametrize(("path", "value", "reason"), DAMAGE)
def test_a_claim_that_cannot_be_read_is_rejected_alone(
    read: Read, path: list[str | int], value: Any, reason: str
) -> None:
    damaged = copy.deepcopy(CLAIM)
    holder: Any = damaged
    for step in path[:-1]:
        holder = holder[step]
    if value is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    bad, fine = read(bundle(*OTHERS, damaged, {**CLAIM, "id": "C-2"}), "b.json")
    assert isinstance(bad, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert reason in bad.reason
    assert (bad.origin.pointer or "").startswith("/entry/4/resource")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"resourceType": "Patient"}', "is a Patient; a Claim, an ExplanationOfBenefit"),
        ('{"resourceType": 7, "x": {"resourceType": "y"}}', "is no resource; a Claim"),
        ('{"resourceType": "Bundle"}', "the Bundle holds no Claim"),
        ('{"resourceType": "Bundle", "entry": "x"}', "expected an object, found text"),
        ('{"resourceType": "Bundle", "entry": [7]}', "expected an object, found a number"),
        ('[7, {"resourceType": "Claim"}]', "expected a FHIR resource, an object"),
    ],
)
def test_a_document_without_claims(read: Read, content: str, reason: str) -> None:
    first = read(content, "c.json")[0]
    assert isinstance(first, RejectedClaim) and reason in first.reason


def test_what_json_allows_and_a_claim_does_not_is_refused_in_its_own_claim(read: Read) -> None:
    text = json.dumps(bundle(*OTHERS, CLAIM, {**CLAIM, "id": "C-2"}))
    bad, fine = read(text.replace('"value": 2.5', '"value": 1e5', 1), "b.json")
    assert isinstance(bad, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert bad.reason == "expected a plain decimal number, without an exponent"
    assert bad.origin.pointer == "/entry/4/resource/item/0/quantity/value"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('{"resource": {"resourceType": "Claim", "id": "a", "id": "b"}}', "'id' is given twice"),
        ('{"resource": {}, "resource": {}}', "the field 'resource' is given twice"),
        ('{"resource": "Claim"}', "expected an object, found text"),
        ('{"resource": {"resourceType": 7}}', "expected text, found a number"),
        ("7", "expected an object, found a number"),
    ],
)
def test_a_bad_entry_is_not_passed_over(read: Read, entry: str, reason: str) -> None:
    text = json.dumps(bundle(*OTHERS, "HERE", CLAIM)).replace('{"resource": "HERE"}', entry)
    bad, fine = read(text, "b.json")
    assert isinstance(bad, RejectedClaim) and isinstance(fine, ClaimRecord)
    assert reason in bad.reason
    assert (bad.origin.pointer or "").startswith("/entry/4")


@pytest.mark.parametrize("cut", range(1, 2000, 97))
def test_a_truncated_file_never_passes(read: Read, cut: int) -> None:
    text = json.dumps(bundle(*OTHERS, CLAIM), indent=1)
    readings = read(text[: len(text) - cut], "b.fhir")
    assert isinstance(readings[0], RejectedClaim)
    # What of the claim is there is read only if the claim is whole.
    assert sum(r.claims for r in readings if isinstance(r, RejectedClaim)) in (0, 1)
    for record in readings[1:]:
        if isinstance(record, ClaimRecord):
            assert record.claim == claims_of(read(text, "whole.fhir"))[0]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_the_principal_diagnosis_comes_first(read: Read, position: int) -> None:
    codes = ["W19.XXXA", "S52.501A", "M54.6"]
    resource = copy.deepcopy(CLAIM)
    resource["diagnosis"] = [
        {
            "sequence": number,
            "diagnosisCodeableConcept": concept(ICD_10, code),
            "type": [concept("t", "principal" if number == position + 1 else "secondary")],
        }
        for number, code in enumerate(codes, start=1)
    ]
    resource["item"] = [{**CLAIM["item"][0], "diagnosisSequence": [1, 2, 3]}]
    (claim,) = claims_of(read(bundle(*OTHERS, resource), "b.fhir"))
    by_number = {entry["sequence"]: entry["code"] for entry in claim["diagnosis"]}
    assert by_number[1] == codes[position]
    pointed = [by_number[number] for number in claim["item"][0]["diagnosisSequence"]]
    assert pointed == codes


def test_services_in_details_are_lines(read: Read) -> None:
    (claim,) = claims_of(read((CASES / "F3-fhir-detail-ignored.json").read_text(), "b.fhir"))
    lines = [(line["sequence"], line["procedure"], line.get("charge")) for line in claim["item"]]
    assert lines == [(1, "99213", "0"), (2, "20552", "50"), (3, "20553", "50")]
    assert {line["serviced"] for line in claim["item"]} == {"2026-05-04"}
    assert [line["diagnosisSequence"] for line in claim["item"]] == [[1]] * 3


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("status", "cancelled", "the status is cancelled"),
        ("status", "draft", "the status is draft"),
        ("status", "entered-in-error", "the status is entered-in-error"),
        ("use", "proposed", "expected one of claim, preauthorization, predetermination"),
        ("type", concept("urn:x", "institutional"), "expected a claim type of HL7"),
        ("total", {"value": -1}, "a negative amount (Bundle.entry[4].resource.total)"),
    ],
)
def test_what_a_claim_cannot_be_is_said(read: Read, field: str, value: Any, reason: str) -> None:
    (rejected,) = read(bundle(*OTHERS, {**CLAIM, field: value}), "b.fhir")
    assert isinstance(rejected, RejectedClaim) and reason in rejected.reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("net", {"value": -80}, "a negative amount"),
        ("locationCodeableConcept", concept("urn:x", "11"), "expected a place of service of CMS"),
        ("productOrService", concept("urn:x", "97110"), "expected a code of CPT or HCPCS"),
        ("detail", [{"productOrService": concept("urn:x", "97110")}], "expected a code of CPT"),
        ("detail", [{"net": {"value": -1}}], "a negative amount"),
        ("quantity", {"value": -1}, "expected a number of at least 0"),
    ],
)
def test_what_a_line_cannot_be_is_said(read: Read, field: str, value: Any, reason: str) -> None:
    resource = copy.deepcopy(CLAIM)
    resource["item"][0][field] = value
    (rejected,) = read(bundle(*OTHERS, resource), "b.fhir")
    assert isinstance(rejected, RejectedClaim) and reason in rejected.reason


@pytest.mark.parametrize("use", ["claim", "preauthorization", "predetermination"])
def test_what_a_claim_is_for(read: Read, use: str) -> None:
    (claim,) = claims_of(read(bundle(*OTHERS, {**CLAIM, "use": use}), "b.fhir"))
    assert claim.get("use", "claim") == use


def test_a_resource_of_stu3_is_named_as_such(read: Read) -> None:
    resource = copy.deepcopy(CLAIM)
    resource["item"][0]["service"] = concept("urn:x", "97110")
    del resource["item"][0]["productOrService"]
    (rejected,) = read(bundle(*OTHERS, resource), "b.fhir")
    assert isinstance(rejected, RejectedClaim)
    assert rejected.reason.endswith("; the resource is of FHIR STU3, R4 is read")


def numbered(count: int) -> list[dict[str, Any]]:
    """Bundles whose claims have numbers and patients of their own."""
    bundles = []
    for number in range(count):
        text = json.dumps([*OTHERS, {**CLAIM, "identifier": [{"value": f"F-{number}"}]}])
        bundles.append(bundle(*json.loads(text.replace("1980-02-01", f"19{10 + number}-01-01"))))
    return bundles


def test_bundles_within_bundles_keep_their_own_patients(read: Read) -> None:
    first, second, third = numbered(3)
    second["entry"].append({"resource": third})
    first["entry"].append({"resource": second})
    claims = claims_of(read(first, "b.fhir"))
    births = {claim["id"]: claim["patient"]["birthDate"] for claim in claims}
    assert births == {"F-0": "1910-01-01", "F-1": "1911-01-01", "F-2": "1912-01-01"}


def test_a_reference_that_may_mean_two_resources_is_refused(read: Read) -> None:
    first, second = numbered(2)
    first["entry"] += second["entry"]
    readings = read(first, "b.fhir")
    assert [type(reading) for reading in readings] == [RejectedClaim] * 2
    assert "two different resources have this name" in str(readings[0])


A_SERVER, ANOTHER = "https://a.example.org/fhir/", "https://b.example.org/fhir/"
# The full URLs of the claim and of the patient, the reference, and whether it means the patient.
REFERENCES = [
    (f"{A_SERVER}Claim/1", f"{A_SERVER}Patient/p", "Patient/p", True),
    (f"{A_SERVER}Claim/1", f"{A_SERVER}Patient/p", f"{A_SERVER}Patient/p", True),
    (f"{A_SERVER}Claim/1", f"{A_SERVER}Patient/p", f"{A_SERVER}Patient/p/_history/2", True),
    (f"{A_SERVER}Claim/1/_history/3", f"{A_SERVER}Patient/p", "Patient/p", True),
    (f"{A_SERVER}Claim/1", f"{ANOTHER}Patient/p", "Patient/p", False),
    (f"{A_SERVER}Claim/1", f"{A_SERVER}Patient/p", f"{ANOTHER}Patient/p", False),
    (f"{A_SERVER}Claim/1", "urn:uuid:p", "Patient/p", False),
    (f"{A_SERVER}Claim/1", "", "Patient/p", False),
    ("urn:uuid:c", "urn:uuid:p", "urn:uuid:p", True),
    ("urn:uuid:c", "urn:uuid:q", "urn:uuid:p", False),
    ("urn:uuid:c", "urn:uuid:p", "Patient/p", True),
    ("urn:uuid:c", f"{A_SERVER}Patient/p", "Patient/p", True),
    ("", "", "Patient/p", True),
    ("", "", f"{A_SERVER}Patient/p", False),
    ("", f"{A_SERVER}Patient/p", f"{A_SERVER}Patient/p", True),
]


@pytest.mark.parametrize(("claim_url", "patient_url", "reference", "is_meant"), REFERENCES)
def test_a_reference_means_what_a_bundle_says(
    read: Read, claim_url: str, patient_url: str, reference: str, is_meant: bool
) -> None:
    claim = copy.deepcopy(CLAIM)
    claim["patient"] = {"reference": reference}
    # No reference but the patient's.
    claim["diagnosis"] = claim["diagnosis"][:1]
    claim["item"][0]["diagnosisSequence"] = [1]
    document = bundle(claim, OTHERS[0])
    for entry, url in zip(document["entry"], [claim_url, patient_url], strict=True):
        entry.update({"fullUrl": url} if url else {})
    (reading,) = read(document, "b.fhir")
    if is_meant:
        assert isinstance(reading, ClaimRecord) and "birthDate" in reading.claim["patient"]
    else:
        # The Bundle's patient is nobody's then, so that one of the names was damaged.
        assert isinstance(reading, RejectedClaim) and reading.claim_id == "C-1"
        assert "refers to" in reading.reason


def test_a_version_of_a_patient_is_not_another(read: Read) -> None:
    people = [
        {**OTHERS[0], "birthDate": f"198{number}-02-01", "meta": {"versionId": str(number)}}
        for number in range(3)
    ]
    url = f"{A_SERVER}Patient/p"
    for number in range(3):
        claim = {**CLAIM, "patient": {"reference": f"{url}/_history/{number}"}}
        document = bundle(*OTHERS[1:], claim)
        document["entry"] += [{"fullUrl": url, "resource": person} for person in people]
        (read_claim,) = claims_of(read(document, "b.fhir"))
        assert read_claim["patient"]["birthDate"] == f"198{number}-02-01"


def test_a_contained_payer_is_that_of_the_coverage_it_is_in(read: Read) -> None:
    def payer(name: str) -> dict[str, Any]:
        return {"resourceType": "Organization", "id": "o", "name": name}

    coverage = {
        "resourceType": "Coverage",
        "id": "v",
        "contained": [payer("medicare-b")],
        "payor": [{"reference": "#o"}],
    }
    claim = {
        **CLAIM,
        "contained": [*CLAIM["contained"], payer("medicaid")],
        "insurance": [{"coverage": {"reference": "Coverage/v"}}],
    }
    del claim["insurer"]
    (record,) = claims_of(read(bundle(*OTHERS, coverage, claim), "b.fhir"))
    assert record["payer"] == "medicare-b"
    claim["contained"].append(payer("tricare"))
    claim["insurer"] = {"reference": "#o"}
    (rejected,) = read(bundle(*OTHERS, coverage, claim), "b.fhir")
    assert isinstance(rejected, RejectedClaim)
    assert "two different resources have this name" in rejected.reason


@pytest.mark.parametrize(
    ("system", "code", "original", "frequency"),
    [
        ("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior", {}, None),
        (
            "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship",
            "prior",
            {"reference": "Claim/C-0"},
            "7",
        ),
        (
            "http://hl7.org/fhir/ex-relatedclaimrelationship",
            "prior",
            {"identifier": {"value": "C-0"}},
            "7",
        ),
        (
            "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship",
            "associated",
            {"reference": "Claim/C-0"},
            None,
        ),
        ("http://example.org", "prior", {"reference": "Claim/C-0"}, None),
    ],
)
def test_a_claim_that_names_the_one_before_it_replaces_it(
    read: Read, system: str, code: str, original: dict[str, Any], frequency: str | None
) -> None:
    resource = {**CLAIM, "related": [{"claim": original, "relationship": concept(system, code)}]}
    (record,) = claims_of(read(bundle(*OTHERS, resource), "b.fhir"))
    assert record.get("frequencyCode") == frequency


BROKEN = ['"', "}", "{", "]", ",", ":", "\\", "9" * 5000, "[" * 5000, "\n", "\ud800"]


@pytest.mark.parametrize("damage", BROKEN)
def test_a_damaged_entry_of_a_bundle_fails_alone(read: Read, damage: str) -> None:
    claims = [{**CLAIM, "identifier": [{"value": f"F-{number}"}]} for number in range(5)]
    text = json.dumps(bundle(*OTHERS, *claims))
    place = text.index('"F-2"') + 1
    damaged = (text[:place] + damage + text[place:]).encode("utf-8", "surrogatepass")
    readings = read(damaged, "b.fhir")
    numbers = [reading.claim["id"] for reading in readings if isinstance(reading, ClaimRecord)]
    rejected = sum(r.claims for r in readings if isinstance(r, RejectedClaim))
    assert len(numbers) + rejected == 5
    assert {"F-0", "F-1", "F-3", "F-4"} <= set(numbers)


def test_a_claim_within_another_resource_is_named(read: Read) -> None:
    resource = {**CLAIM, "contained": [*CLAIM["contained"], {**CLAIM, "id": "inner"}]}
    first, second = read(bundle(*OTHERS, resource), "b.fhir")
    assert isinstance(first, ClaimRecord) and isinstance(second, RejectedClaim)
    assert second.reason == "a Claim within another resource is not read"
    assert second.origin.pointer == "/entry/4/resource/contained/1"


# The samples of hccinfhir.


def hccinfhir_codes(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the recorded parser says of claims."""
    return [
        {
            "diagnosis": [entry["code"] for entry in claim["diagnosis"]],
            "procedure": [item["procedure"] for item in claim["item"] if "procedure" in item],
        }
        for claim in claims
    ]


def test_every_explanation_of_benefits_is_read_or_refused_for_a_true_reason() -> None:
    file = SAMPLES / "sample_eob_200.ndjson.gz"
    with gzip.open(file, "rt") as stream:
        resources = [json.loads(line) for line in stream]
    readings = list(read_claims(file))
    assert len(readings) == len(resources) == len(PARSED["sample_eob_200.ndjson"]) == 200
    reasons: Counter[str] = Counter()
    for reading, resource, theirs in zip(
        readings, resources, PARSED["sample_eob_200.ndjson"], strict=True
    ):
        if isinstance(reading, RejectedClaim):
            reasons[reading.reason.partition(" (")[0]] += 1
            if "pharmacy" in reading.reason:
                assert resource["type"]["coding"][0]["code"] == "PDE"
            elif "diagnosis" in reading.reason:
                assert "diagnosis" not in resource
            else:
                assert not any({"service", "revenue"} & item.keys() for item in resource["item"])
            continue
        (ours,) = hccinfhir_codes([dict(reading.claim)])
        apart = [reading.claim.get("admittingDiagnosis")]
        diagnoses = ours["diagnosis"] + [code for code in apart if code]
        assert Counter(diagnoses) == Counter(theirs["diagnosis"])
        assert ours["procedure"] == theirs["procedure"]
    assert reasons == {
        "a pharmacy claim is not read": 35,
        "the field 'procedure' is missing": 80,
        "the field 'diagnosis' is missing": 1,
    }


def test_the_single_samples() -> None:
    (first,) = read_claims(SAMPLES / "sample_eob_1.json")
    assert isinstance(first, ClaimRecord)
    assert hccinfhir_codes([dict(first.claim)]) == PARSED["sample_eob_1.json"]
    assert first.claim["payer"] == "medicare-b"
    (second,) = read_claims(SAMPLES / "sample_eob_2.json")
    assert isinstance(second, RejectedClaim)
    assert second.reason.startswith("the field 'id' is missing")
    (third,) = read_claims(SAMPLES / "sample_eob_3.json")
    assert isinstance(third, ClaimRecord)
    assert "quantity" not in third.claim["item"][0]


def test_findings_of_fhir_say_the_path(read: Read) -> None:
    resource = copy.deepcopy(CLAIM)
    resource["diagnosis"][0]["diagnosisCodeableConcept"] = concept(ICD_10, "M54.5")
    (record,) = read(bundle(*OTHERS, resource), "b.json")
    assert isinstance(record, ClaimRecord)
    (finding,) = Checker(select=["DX-DATE"]).check_one(record).findings
    assert finding.source == "Bundle.entry[4].resource.diagnosis[0]"


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document."""
    found = [path] if path else []
    if isinstance(value, (dict, list)):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found += paths(inner, (*path, step))
    return found


WHOLE = bundle(*OTHERS, CLAIM, HOSPITAL)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=200)
@given(data=st.data())
def test_no_damage_makes_another_exception(tmp_path: Path, data: st.DataObject) -> None:
    document = copy.deepcopy(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(paths(document)))
        holder: Any = document
        for step in path[:-1]:
            holder = holder[step]
        if data.draw(st.booleans()):
            holder[path[-1]] = data.draw(JUNK)
        else:
            del holder[path[-1]]
        if not paths(document):
            return
    text = json.dumps(document).encode()
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.binary(max_size=3)) + text[at + 1 :]
    file = tmp_path / "b.json"
    file.write_bytes(text)
    try:
        for reading in read_claims(file, input_format="fhir"):
            assert isinstance(reading, (ClaimRecord, RejectedClaim))
            assert "\n" not in str(reading)
    except InputError as error:
        assert "\n" not in str(error)


def test_stay_accident_and_drug_are_read(read: Read) -> None:
    changed = {
        **CLAIM,
        "accident": {
            "date": "2026-05-01",
            "type": concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "MVA"),
            "locationAddress": {"state": "TX"},
        },
        "supportingInfo": [
            {
                "sequence": 1,
                "category": concept("c", "admissionperiod"),
                "timingPeriod": {"start": "2026-05-02", "end": "2026-05-05"},
            },
            {
                "sequence": 2,
                "category": concept("c", "discharge-status"),
                "code": concept("https://www.nubc.org/CodeSystem/PatDischargeStatus", "01"),
            },
            {"sequence": 3, "category": concept("c", "onset"), "timingDate": "2026-05-01"},
            {"sequence": 4, "category": concept("c", "admtype"), "code": concept("n", "1")},
            {"sequence": 5, "category": concept("c", "pointoforigin"), "code": concept("n", "2")},
        ],
    }
    ndc = concept("http://hl7.org/fhir/sid/ndc", "00409-1283-31")
    drug = {"sequence": 1, "productOrService": ndc, "quantity": {"value": 3}}
    changed["item"] = [{**CLAIM["item"][0], "detail": [drug]}]
    (claim,) = claims_of(read(bundle(*OTHERS, changed), "b.fhir"))
    assert claim["accident"] == {"date": "2026-05-01", "state": "TX", "cause": ["auto"]}
    names = ("admissionDate", "dischargeDate", "patientStatus", "onsetDate", "admissionType")
    assert [claim[name] for name in names] == [
        "2026-05-02",
        "2026-05-05",
        "01",
        "2026-05-01",
        "1",
    ]
    assert claim["admissionSource"] == "2"
    assert claim["item"][0]["drug"] == {"ndc": "00409128331", "quantity": 3}


def test_parts_of_a_group_name_it(read: Read) -> None:
    (claim,) = claims_of(read((CASES / "F3-fhir-detail-ignored.json").read_text(), "b.fhir"))
    assert [line.get("detailOf") for line in claim["item"]] == [None, 1, 1]


def test_subscriber_and_other_payers_are_read(read: Read) -> None:
    coverages = [
        {
            "resourceType": "Coverage",
            "id": "own",
            "identifier": [{"type": concept("v2", "MB"), "value": "1EG4TE5MK73"}],
            "relationship": concept("r", "self"),
            "payor": [{"reference": "Organization/payer"}],
        },
        {
            "resourceType": "Coverage",
            "id": "other",
            "subscriberId": "W-77",
            "relationship": concept("r", "parent"),
            "payor": [{"reference": "Organization/first"}],
        },
        {
            "resourceType": "Organization",
            "id": "first",
            "identifier": [{"value": "60054"}],
            "name": "Another payer",
        },
    ]
    insurance = [
        {"sequence": 1, "focal": False, "coverage": {"reference": "Coverage/other"}},
        {"sequence": 2, "focal": True, "coverage": {"reference": "Coverage/own"}},
    ]
    resource = copy.deepcopy({**HOSPITAL, "insurance": insurance})
    prior = {"category": concept("c", "priorpayerpaid"), "amount": {"value": 300}}
    resource["total"].append(prior)
    resource["item"][0].setdefault("adjudication", []).append(prior)
    readings = read(bundle(*OTHERS, *coverages, resource), "b.fhir")
    (claim,) = claims_of(readings)
    (record,) = readings
    assert isinstance(record, ClaimRecord)
    own = len(OTHERS)
    assert record.places["/subscriber/id"].startswith(f"Bundle.entry[{own}].resource.identifier[0]")
    assert claim["subscriber"] == {
        "id": "1EG4TE5MK73",
        "relationship": "self",
        "payerResponsibility": "S",
    }
    assert claim["otherPayer"] == [
        {
            "identifier": "60054",
            "memberNumber": "W-77",
            "payerResponsibility": "P",
            "paid": "300",
        }
    ]
    assert claim["item"][0]["adjudication"] == [{"identifier": "60054", "paid": "300"}]


def test_what_a_payer_decided_is_no_field_and_is_counted(tmp_path: Path) -> None:
    resource = {**HOSPITAL, "outcome": "complete", "payment": {"amount": {"value": 400}}}
    file = tmp_path / "e.fhir.json"
    file.write_text(json.dumps(bundle(*OTHERS, resource)))
    with counting_unread() as counts:
        list(read_claims(file))
    assert {"outcome", "payment.amount.value", "total by category"} <= set(counts)
