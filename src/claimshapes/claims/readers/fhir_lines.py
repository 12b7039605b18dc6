"""The lines of a FHIR claim, and the services and drugs of their details."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from claimshapes.claims.field_terms import claim_term
from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_element import Element, FhirFault
from claimshapes.claims.readers.fhir_values import (
    ClaimResource,
    adjudicated,
    charge,
    extensions,
    filled,
    plain,
)


def claim_lines(claim: ClaimResource) -> list[dict[str, Any]]:
    """The lines, and behind them the services of their details, which have no number there."""
    elements = list(claim.element.each("item"))
    items = [_line(claim, item, index) for index, item in enumerate(elements)]
    for line, element in zip(items[:], elements, strict=True):
        line |= _drug(element)
        details = list(_details(element))
        whole, *parts = map(charge, (element, *details))
        if whole and any(parts):
            # The amount of a group holds those of its details; what is left is its own.
            own = Decimal(whole) - sum(Decimal(part or 0) for part in parts)
            line["charge"] = f"{max(own, Decimal(0)):f}"
        for detail in details:
            fields = _line(claim, detail, len(items))
            fields["sequence"] = 1 + max(
                (item["sequence"] for item in items if isinstance(item["sequence"], int)),
                default=0,
            )
            if isinstance(line["sequence"], int):
                fields["detailOf"] = line["sequence"]
            for name in ("serviced", "servicedEnd", "diagnosisSequence", "placeOfService"):
                if name in line:
                    fields.setdefault(name, line[name])
            items.append(fields)
    if len({str(item["sequence"]) for item in items}) < len(items):
        # Lines that are not numbered are numbered in their order, as those of an 837.
        for sequence, item in enumerate(items, start=1):
            item["sequence"] = sequence
    return items


def common_place(items: list[dict[str, Any]]) -> str:
    """The place of service of all lines, which is then the claim's and no longer theirs."""
    places = {item.get("placeOfService", "") for item in items}
    if len(places) != 1:
        return ""
    for item in items:
        item.pop("placeOfService", None)
    return str(places.pop())


def coded(concept: Element, kind: str, name: str) -> str:
    """The code of a system that is known, of one that is refused the reason why not.

    Args:
        concept: the concept.
        kind: what it is, ``Procedure`` or ``Diagnosis``.
        name: its code systems, for messages.

    Raises:
        FhirFault: it has no code that is read.
    """
    known, refused = fhir_codes()[kind.lower()], fhir_codes()[f"refused{kind}"]
    code = concept.code(known)
    if code:
        return code
    for system, _ in concept.codings():
        if system in refused:
            raise FhirFault(refused[system], concept.path)
    raise FhirFault(f"expected a code of {name}, with its system", concept.path)


def _drug(item: Element) -> dict[str, Any]:
    """The drug of a line: a detail that is named by its National Drug Code."""
    for detail in item.each("detail"):
        service = _service(detail)
        ndc = "" if service is None else service.code(fhir_codes()["ndc"])
        digits = ndc.replace("-", "")
        if digits.isdecimal() and len(digits) == fhir_codes()["ndcDigits"]:
            drug = {"ndc": digits, "quantity": plain(detail.number("quantity", "value"))}
            return {"drug": filled(drug)}
    return {}


def _details(item: Element) -> Iterator[Element]:
    """The details of a line and theirs, without drugs that are named by their NDC only."""
    codes = fhir_codes()
    for name in ("detail", "subDetail"):
        for detail in item.each(name):
            service = _service(detail)
            is_drug = (
                service is not None
                and not service.code(codes["procedure"])
                and any(system in codes["refusedProcedure"] for system, _ in service.codings())
            )
            if not is_drug:
                yield detail
            yield from _details(detail)


def _service(item: Element) -> Element | None:
    return next(item.each("productOrService", "service"), None)


def _line(claim: ClaimResource, item: Element, index: int) -> dict[str, Any]:
    place = f"/item/{index}"
    claim.places[place] = item.path
    sequence = item.number("sequence")
    quantity = item.get("quantity")
    fields: dict[str, Any] = {
        "sequence": index + 1 if sequence is None else sequence,
        "quantity": "" if quantity is None else plain(quantity.number("value")),
        "charge": charge(item),
        "allowed": adjudicated(item, "allowedAmount"),
        "serviced": _serviced(claim, item),
        "servicedEnd": _serviced_end(item),
        "modifier": [code for each in item.each("modifier") if (code := each.code())],
        "diagnosisSequence": [
            pointer.number() for pointer in item.each("diagnosisSequence", "diagnosisLinkId")
        ],
    }
    revenue = item.get("revenue")
    if revenue is not None:
        fields["revenue"] = revenue.code()
        claim.places[f"{place}/revenue"] = revenue.path
    service = _service(item)
    if service is not None:
        claim.places[f"{place}/procedure"] = service.path
        if fields.get("revenue"):
            fields["procedure"] = service.code(fhir_codes()["procedure"])
        else:
            fields["procedure"] = coded(service, "Procedure", "CPT or HCPCS")
    location = item.get("locationCodeableConcept")
    if location is not None:
        fields["placeOfService"] = location.code(fhir_codes()["placeOfService"])
        if not fields["placeOfService"] and location.code():
            reason = "expected a place of service of CMS, with its system"
            raise FhirFault(reason, location.path)
    return extensions(item, claim_term().fields["item"]) | filled(fields)


def _serviced(claim: ClaimResource, item: Element) -> str:
    day = item.day("servicedDate") or item.day("servicedPeriod", "start")
    if day:
        return day
    period = claim_period(claim)
    return period["start"] if period and period["start"] == period["end"] else ""


def _serviced_end(item: Element) -> str:
    """The last day of a line of several days."""
    start, end = item.day("servicedPeriod", "start"), item.day("servicedPeriod", "end")
    return end if start and end != start else ""


def claim_period(claim: ClaimResource) -> dict[str, str]:
    """The first and the last day that the claim is for."""
    period = claim.element.get("billablePeriod")
    if period is None:
        return {}
    start, end = period.day("start"), period.day("end")
    claim.places["/billablePeriod"] = period.path
    return {"start": start or end, "end": end or start} if start or end else {}
