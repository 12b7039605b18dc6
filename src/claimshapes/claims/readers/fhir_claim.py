"""The claim that a FHIR Claim or ExplanationOfBenefit is.

What codes of FHIR mean for a claim stands in ontology/fhir.json. The older names of STU3
(``service``, ``diagnosisLinkId``), which published samples have, are read as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from claimshapes.claims.field_terms import claim_term
from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_coverage import coverages, payer_names, payer_of
from claimshapes.claims.readers.fhir_element import Element, FhirFault, References
from claimshapes.claims.readers.fhir_lines import claim_lines, claim_period, coded, common_place
from claimshapes.claims.readers.fhir_providers import billing_provider, care_team, named_provider
from claimshapes.claims.readers.fhir_supporting_info import documentation, stay, type_of_bill
from claimshapes.claims.readers.fhir_values import (
    ClaimResource,
    count_decision,
    extensions,
    filled,
    total,
)
from claimshapes.claims.schema import has_form, usual_type


def claim_json(
    resource: Element, references: References
) -> tuple[dict[str, Any], dict[str, str], tuple[str, ...]]:
    """The claim of one resource, not yet validated.

    Args:
        resource: a Claim or an ExplanationOfBenefit.
        references: the resources that it may refer to.

    Returns:
        The claim, the FHIRPaths of the parts that it was made of by JSON Pointer, and what the
        resource calls the payer.

    Raises:
        FhirFault: a part is not what FHIR says, or is of a kind that is not read.
    """
    refused = fhir_codes()["refusedStatus"].get(resource.text("status"))
    if refused is not None:
        raise FhirFault(refused, f"{resource.path}.status")
    of = ClaimResource(resource, references, {"": resource.path})
    kind, payer = _type(of)
    items = claim_lines(of)
    if any("revenue" in item for item in items):
        # No professional claim has revenue codes; some servers call outpatient ones so.
        kind = "institutional"
    institutional = kind != usual_type()
    place = common_place(items)
    claim: dict[str, Any] = {
        "id": resource.text("identifier", "value") or resource.text("id"),
        "type": kind,
        "use": _use(of),
        "typeOfBill": type_of_bill(of) if institutional else "",
        "payer": payer_of(of, names := payer_names(of), payer) or "unknown",
        "patient": _patient(of),
        "billingProvider": billing_provider(of),
        "placeOfService": place,
        "priorAuthorization": _authorizations(of),
        "created": resource.day("created"),
        "total": total(of),
        "billablePeriod": claim_period(of) if institutional else {},
    }
    diagnoses, sequences = _diagnoses(of)
    claim |= diagnoses
    for item in items:
        pointers = item.get("diagnosisSequence", [])
        if sequences and pointers:
            item["diagnosisSequence"] = [sequences.get(p, p) for p in pointers]
    claim |= care_team(of, items)
    claim["serviceFacility"] = named_provider(resource.get("facility"), references)
    claim["originalClaimNumber"] = _original(of)
    claim["accident"] = _accident(of)
    claim |= stay(of, institutional=institutional)
    claim["item"] = items
    claim["documentation"] = documentation(of, items)
    extended = extensions(resource, claim_term())
    claim |= coverages(of, items, extended)
    count_decision(of)
    if not claim["typeOfBill"] and "frequencyCode" not in extended:
        claim["frequencyCode"] = _frequency(of)
    return extended | filled(claim), of.places, names


def _type(claim: ClaimResource) -> tuple[str, str]:
    """The kind of the claim, and the payer that its type means."""
    concept = claim.element.get("type")
    if concept is None:
        return usual_type(), ""
    found = list(concept.codings())
    for entry in fhir_codes()["type"]:
        for system, code in found:
            if system == entry["system"] and code in entry["codes"]:
                meaning = entry["codes"][code]
                if "refused" in meaning:
                    raise FhirFault(f"{meaning['refused']} is not read", concept.path)
                claim.places["/type"] = concept.path
                return meaning["type"], meaning.get("payer", "")
    if found:
        raise FhirFault("expected a claim type of HL7, with its system", concept.path)
    return usual_type(), ""


def _use(claim: ClaimResource) -> str:
    code = claim.element.text("use")
    if not code:
        return ""
    claim.places["/use"] = f"{claim.element.path}.use"
    # STU3's names of uses are no codes of R4; they stay, and the claim format says so.
    return str(fhir_codes()["use"].get(code, code))


def _frequency(claim: ClaimResource) -> str:
    """The frequency code of a claim that names the one that it takes the place of."""
    for related in claim.element.each("related"):
        relationship, original = related.get("relationship"), related.get("claim")
        if relationship is None or original is None:
            continue
        if original.text("reference") or original.text("identifier", "value"):
            for system, code in relationship.codings():
                frequency = fhir_codes()["relationship"].get(system, {}).get(code)
                if frequency is not None:
                    claim.places["/frequencyCode"] = related.path
                    return str(frequency)
    return ""


def _original(claim: ClaimResource) -> str:
    """The payer's number of the claim that this one replaces or voids."""
    known = {code for codes in fhir_codes()["relationship"].values() for code in codes}
    for related in claim.element.each("related"):
        if not known.isdisjoint(related.codes("relationship")):
            return related.text("claim", "identifier", "value")
    return ""


def _patient(claim: ClaimResource) -> dict[str, Any]:
    reference, *others = [*claim.element.each("patient"), None]
    if reference is None:
        return {"sex": "unknown"}
    if len(others) > 1:
        raise FhirFault("expected one patient", reference.path)
    person = claim.references.resolve(reference)
    if person is not None and person.text("resourceType") != "Patient":
        raise FhirFault("expected a reference to a Patient", reference.path)
    claim.places["/patient"] = reference.path if person is None else person.path
    number = reference.text("reference").rpartition("/")[2].lstrip("#")
    if person is None:
        return {"id": reference.text("identifier", "value") or number, "sex": "unknown"}
    sex = person.text("gender")
    return {
        "id": person.text("identifier", "value") or person.text("id") or number,
        "birthDate": person.day("birthDate"),
        "sex": sex if has_form(("patient", "sex"), sex) else "unknown",
    }


def _accident(claim: ClaimResource) -> dict[str, Any]:
    accident = claim.element.get("accident")
    if accident is None:
        return {}
    causes = map(fhir_codes()["accidentCause"].get, accident.codes("type"))
    return filled(
        {
            "date": accident.day("date"),
            "state": accident.text("locationAddress", "state"),
            "cause": list(dict.fromkeys(filter(None, causes))),
        }
    )


def _authorizations(claim: ClaimResource) -> list[str]:
    references = [*claim.element.each("preAuthRef")]
    for insurance in claim.element.each("insurance"):
        references += insurance.each("preAuthRef")
    numbers = [(reference.text(), reference.path) for reference in references]
    kept = {number: path for number, path in numbers if number}
    for index, path in enumerate(kept.values()):
        claim.places[f"/priorAuthorization/{index}"] = path
    return list(kept)


def _diagnoses(claim: ClaimResource) -> tuple[dict[str, Any], dict[Any, int]]:
    """The fields that diagnoses become by their types, and sequences that changed.

    The principal diagnosis comes first, wherever it is in the list.
    """
    codes, places = fhir_codes(), claim.places
    diagnoses: list[dict[str, Any]] = []
    reasons: list[str] = []
    fields: dict[str, Any] = {}
    principal: list[int] = []
    for index, entry in enumerate(claim.element.each("diagnosis")):
        concept = entry.get("diagnosisCodeableConcept")
        if concept is None:
            condition = claim.references.resolve(entry.get("diagnosisReference"))
            concept = None if condition is None else condition.get("code")
        if concept is None:
            raise FhirFault("expected a diagnosis's code", entry.path)
        code = coded(concept, "Diagnosis", "ICD-10-CM")
        types = {kind for concept in entry.each("type") for _, kind in concept.codings()}
        if types and types <= set(codes["admitting"]):
            fields["admittingDiagnosis"] = code
            places["/admittingDiagnosis"] = entry.path
        elif types and types <= set(codes["reasonForVisit"]):
            places[f"/reasonForVisit/{len(reasons)}"] = entry.path
            reasons.append(code)
        else:
            places[f"/diagnosis/{len(diagnoses)}"] = entry.path
            if types & set(codes["principal"]):
                principal.append(len(diagnoses))
            sequence = entry.number("sequence")
            diagnoses.append(
                {"sequence": index + 1 if sequence is None else sequence, "code": code}
            )
    fields |= {"reasonForVisit": reasons, "diagnosis": diagnoses}
    # Blue Button marks several so; then the sequence alone decides.
    if len(principal) != 1:
        return fields, {}
    return fields, _put_first(diagnoses, principal[0])


def _put_first(diagnoses: list[dict[str, Any]], principal: int) -> dict[Any, int]:
    """Gives the principal diagnosis the first number; returns the numbers that changed."""
    first = diagnoses[principal]
    others = [entry for entry in diagnoses if entry is not first]
    if all(first["sequence"] < entry["sequence"] for entry in others):
        return {}
    ordered = [first, *sorted(others, key=lambda entry: entry["sequence"])]
    sequences = {entry["sequence"]: number for number, entry in enumerate(ordered, start=1)}
    if len(sequences) < len(diagnoses):
        # The claim format says that two have one number.
        return {}
    for entry in diagnoses:
        entry["sequence"] = sequences[entry["sequence"]]
    return sequences


def is_stu3(resource: Element) -> bool:
    """Whether a resource has names of FHIR STU3 that R4 has replaced."""
    names = set(resource.content)
    items = resource.content.get("item")
    for item in items if isinstance(items, list) else []:
        names |= set(item) if isinstance(item, Mapping) else set()
    return not names.isdisjoint(fhir_codes()["stu3"])
