"""Small writers of claims in formats that the package only reads: CSV, FHIR and X12 837."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from claimshapes.claims.field_terms import FieldTerm, claim_term

Claim = dict[str, Any]
ICD_10 = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"

FHIR_OF_CLAIM = frozenset(
    {
        *("id", "type", "typeOfBill", "payer", "patient", "billingProvider", "placeOfService"),
        *("priorAuthorization", "created", "total", "billablePeriod", "admittingDiagnosis"),
        *("reasonForVisit", "diagnosis", "item", "documentation"),
    }
)
FHIR_OF_ITEM = frozenset(
    {
        *("sequence", "revenue", "procedure", "modifier", "quantity", "charge", "allowed"),
        *("serviced", "servicedEnd", "diagnosisSequence", "placeOfService"),
    }
)
"""What the writer of FHIR has elements for; extensions carry the rest."""


def as_csv(claim: Claim) -> str:
    """One row a line; what is said of the claim stands on the first."""
    shared: dict[str, str] = {}
    for name, value in claim.items():
        if name == "diagnosis":
            shared[name] = "|".join(entry["code"] for entry in value)
        elif isinstance(value, dict):
            shared |= {f"{name}.{inner}": text for inner, text in value.items()}
        elif name == "history":
            for number, service in enumerate(value, start=1):
                for inner, part in service.items():
                    text = "|".join(part) if isinstance(part, list) else str(part)
                    shared[f"history.{number}.{inner}"] = text
        elif name not in ("item", "documentation"):
            shared[name] = "|".join(value) if isinstance(value, list) else value
    rows: list[tuple[int, dict[str, str]]] = []
    for item in claim["item"]:
        row = dict(shared) if not rows else {"id": claim["id"]}
        for name, value in item.items():
            many = isinstance(value, list)
            row[f"item.{name}"] = "|".join(map(str, value)) if many else str(value)
        rows.append((item["sequence"], row))
    for fact in claim.get("documentation", []):
        name = f"documentation.{fact['type']}"
        row = rows[0][1]
        if "item" in fact:
            name = f"item.{name}"
            row = next(row for sequence, row in rows if sequence == fact["item"])
        row[name] = f"{row[name]}|{fact['value']}" if name in row else fact["value"]
    names = list(dict.fromkeys(name for _, row in rows for name in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, restval="")
    writer.writeheader()
    writer.writerows(row for _, row in rows)
    return stream.getvalue()


def as_fhir(claim: Claim) -> str:
    """A Bundle of a patient, an organization and a Claim that refers to both."""
    documentation = claim_term().fields["documentation"].fields["type"].namespace
    patient = claim["patient"]
    provider = claim["billingProvider"]
    supporting = [
        {
            "sequence": number,
            "category": {"coding": [{"system": documentation, "code": fact["type"]}]},
            "valueString": fact["value"],
            "extension": extensions(
                fact,
                claim_term().fields["documentation"],
                frozenset({"type", "value", "item"}),
            ),
        }
        for number, fact in enumerate(claim.get("documentation", []), start=1)
    ]
    facts_of: dict[int, list[int]] = {}
    for number, fact in enumerate(claim.get("documentation", []), start=1):
        if "item" in fact:
            facts_of.setdefault(fact["item"], []).append(number)
    items = []
    for item in claim["item"]:
        place = item.get("placeOfService", claim.get("placeOfService"))
        entry: dict[str, Any] = {
            "sequence": item["sequence"],
            "modifier": [coded(CPT, modifier) for modifier in item.get("modifier", [])],
            "quantity": {"value": item["quantity"]},
            "diagnosisSequence": item.get("diagnosisSequence", []),
            "informationSequence": facts_of.get(item["sequence"], []),
            "extension": extensions(item, claim_term().fields["item"], FHIR_OF_ITEM),
        }
        if "procedure" in item:
            entry["productOrService"] = coded(CPT, item["procedure"])
        if "revenue" in item:
            entry["revenue"] = coded(
                "https://www.nubc.org/CodeSystem/RevenueCodes", item["revenue"]
            )
        if "servicedEnd" in item:
            entry["servicedPeriod"] = {"start": item["serviced"], "end": item["servicedEnd"]}
        elif "serviced" in item:
            entry["servicedDate"] = item["serviced"]
        if place:
            entry["locationCodeableConcept"] = coded(PLACES, place)
        if "charge" in item:
            entry["net"] = {"value": f"#{item['charge']}#", "currency": "USD"}
        if "allowed" in item:
            amount = {"value": f"#{item['allowed']}#"}
            entry["adjudication"] = [{"category": coded("c", "eligible"), "amount": amount}]
        items.append(entry)
    kinds = {"admittingDiagnosis": "admitting", "reasonForVisit": "patientreasonforvisit"}
    diagnoses = [
        {"sequence": entry["sequence"], "diagnosisCodeableConcept": coded(ICD_10, entry["code"])}
        for entry in claim["diagnosis"]
    ]
    for name, kind in kinds.items():
        codes = claim.get(name, [])
        for code in [codes] if isinstance(codes, str) else codes:
            diagnoses.append(
                {
                    "sequence": len(diagnoses) + 1,
                    "diagnosisCodeableConcept": coded(ICD_10, code),
                    "type": [coded("http://example.org/type", kind)],
                }
            )
    resource = {
        "resourceType": "Claim",
        "extension": extensions(claim, claim_term(), FHIR_OF_CLAIM),
        "identifier": [{"value": claim["id"]}],
        "type": coded(
            "http://terminology.hl7.org/CodeSystem/claim-type", claim.get("type", "professional")
        ),
        "subType": coded("https://www.nubc.org/CodeSystem/TypeOfBill", claim.get("typeOfBill", "")),
        "created": claim.get("created"),
        "total": {"value": f"#{claim['total']}#"} if "total" in claim else None,
        "billablePeriod": claim.get("billablePeriod"),
        "insurer": {"identifier": {"value": claim["payer"]}},
        "patient": {"reference": "Patient/p"},
        "provider": {"reference": "urn:uuid:provider"},
        "insurance": [{"sequence": 1, "preAuthRef": claim.get("priorAuthorization", [])}],
        "supportingInfo": supporting,
        "diagnosis": diagnoses,
        "item": items,
    }
    person = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"value": patient["id"]}],
        "birthDate": patient["birthDate"],
        "gender": patient["sex"],
    }
    organization = {
        "resourceType": "Organization",
        "id": "o",
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": provider["npi"]}],
        "specialty": [coded("http://nucc.org/provider-taxonomy", provider.get("taxonomy", ""))],
        "address": [{"state": state} for state in listed(provider.get("state", []))],
    }
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:claim", "resource": resource},
            {"fullUrl": "http://example.org/Patient/p", "resource": person},
            {"fullUrl": "urn:uuid:provider", "resource": organization},
        ],
    }
    # Amounts are numbers with their zeros, which no Python number keeps.
    return json.dumps(bundle, default=float).replace('"#', "").replace('#"', "")


def listed(value: Any) -> list[Any]:
    """The values of a field that may have several."""
    return value if isinstance(value, list) else [value]


def extensions(part: Claim, term: FieldTerm, written: frozenset[str]) -> list[dict[str, Any]]:
    """The fields that the writer has no element for."""
    return [
        extension(term.fields[name], value)
        for name in part
        if name not in written
        for value in listed(part[name])
    ]


def extension(term: FieldTerm, value: Any) -> dict[str, Any]:
    """A field as an extension that is named by its property."""
    if isinstance(value, dict):
        return {"url": term.predicate, "extension": extensions(value, term, frozenset())}
    return {
        "url": term.predicate,
        "valueString" if isinstance(value, str) else "valueDecimal": value,
    }


def coded(system: str, code: str) -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]}


NOT_IN_837 = ("minutes", "assistantMinutes", "allowed")
DATED_IN_837 = {"pain-onset": "DTP*431*D8*"}


def carried_by_837(claim: Claim) -> Claim:
    """What of a claim an 837 has a place for."""
    lost = ("therapyYearToDate", "history")
    kept = {name: value for name, value in claim.items() if name not in lost}
    kept.setdefault("type", "professional")
    kept["item"] = [
        {name: value for name, value in item.items() if name not in NOT_IN_837}
        for item in claim["item"]
    ]
    # What the writer below says of every claim.
    coverage = {"payerResponsibility": "P", "relationship": "self", "filingIndicator": "ZZ"}
    coverage |= {"id": claim["patient"]["id"]}
    kept |= {"subscriber": coverage, "assignment": "assigned", "benefitsAssigned": "yes"}
    facts = [fact for fact in claim.get("documentation", []) if fact["type"] in DATED_IN_837]
    if facts:
        # One date is both: that of the record and that of the claim.
        kept["onsetDate"] = facts[-1]["value"]
    kept.pop("documentation", None)
    return kept | ({"documentation": facts} if facts else {})


def as_837(claim: Claim) -> str:
    """An interchange of one claim."""

    def day(text: str) -> str:
        return text.replace("-", "")

    institutional = claim.get("type") == "institutional"
    patient = claim["patient"]
    place = f"{claim.get('placeOfService', '')}:B:1"
    if institutional:
        place = f"{claim['typeOfBill'][1:3]}:A:{claim['typeOfBill'][3]}"
    segments = [
        f"BHT*0019*00*1*{day(claim['created'])}*1200*CH",
        "HL*1**20*1",
        f"PRV*BI*PXC*{claim['billingProvider'].get('taxonomy', '')}",
        f"NM1*85*2*CLINIC*****XX*{claim['billingProvider']['npi']}",
        *(f"N4*TOWN*{state}*33101" for state in listed(claim["billingProvider"].get("state", []))),
        "HL*2*1*22*0",
        "SBR*P*18*******ZZ",
        f"NM1*IL*1*DOE*JO****MI*{patient['id']}",
        f"DMG*D8*{day(patient['birthDate'])}*{patient['sex'][0].upper()}",
        f"NM1*PR*2*A PAYER*****PI*{claim['payer']}",
        f"CLM*{claim['id']}*{claim.get('total', '')}***{place}*Y*A*Y*Y",
    ]
    if "billablePeriod" in claim:
        start, end = claim["billablePeriod"]["start"], claim["billablePeriod"]["end"]
        segments.append(f"DTP*434*RD8*{day(start)}-{day(end)}")
    for fact in claim.get("documentation", []):
        if fact["type"] in DATED_IN_837:
            segments.append(DATED_IN_837[fact["type"]] + day(fact["value"]))
    segments += [f"REF*G1*{number}" for number in claim.get("priorAuthorization", [])]
    codes = [entry["code"].replace(".", "") for entry in claim["diagnosis"]]
    qualifiers = ["ABK", *["ABF"] * (len(codes) - 1)]
    segments += [f"HI*{kind}:{code}" for kind, code in zip(qualifiers, codes, strict=True)]
    if "admittingDiagnosis" in claim:
        segments.append(f"HI*ABJ:{claim['admittingDiagnosis']}")
    segments += [f"HI*APR:{code}" for code in claim.get("reasonForVisit", [])]
    for item in claim["item"]:
        service = ":".join(["HC", item.get("procedure", ""), *item.get("modifier", [])])
        pointers = ":".join(map(str, item.get("diagnosisSequence", [])))
        amount, units = item.get("charge", ""), item["quantity"]
        segments.append(f"LX*{item['sequence']}")
        if institutional:
            service = service if "procedure" in item else ""
            segments.append(f"SV2*{item['revenue']}*{service}*{amount}*UN*{units}")
        else:
            own = item.get("placeOfService", "")
            segments.append(f"SV1*{service}*{amount}*UN*{units}*{own}**{pointers}")
        if "servicedEnd" in item:
            days = f"{day(item['serviced'])}-{day(item['servicedEnd'])}"
            segments.append(f"DTP*472*RD8*{days}")
        elif "serviced" in item:
            segments.append(f"DTP*472*D8*{day(item['serviced'])}")
    isa = (
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
        "*260504*1200*^*00501*000000001*0*P*:~"
    )
    inner = ["ST*837*0001*005010", *segments]
    envelope = ["GS*HC*S*R*20260504*1200*1*X*005010", *inner, f"SE*{len(inner) + 1}*0001"]
    return isa + "".join(f"{segment}~\n" for segment in [*envelope, "GE*1*1", "IEA*1*000000001"])
