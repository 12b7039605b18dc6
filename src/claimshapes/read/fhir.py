"""Claims in FHIR R4: Claim and ExplanationOfBenefit, alone, in a Bundle, or one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

from claimshapes.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.read.admission import Admission, reject
from claimshapes.read.claim_schema import ClaimFault, shown_name
from claimshapes.read.fhir_claim import ClaimMapping
from claimshapes.read.fhir_element import Element, FhirFault, References
from claimshapes.read.json_values import (
    JsonValue,
    first_refusal,
    read_value_document,
    read_value_lines,
)

RESOURCE_BYTES = 100_000_000
"""The most bytes of one resource; a Bundle is held whole, since its entries refer to each other."""

_CLAIMS = ("Claim", "ExplanationOfBenefit")
_FORGIVEN = ("/patient/birthDate", "/billingProvider", "/billingProvider/npi")


def read_fhir(stream: BinaryIO, file: str, *, lines: bool) -> Iterator[ClaimReading]:
    """Reads the claims of a FHIR file.

    A claim's origin has its line, and as pointer the JSON Pointer of its resource. References
    are followed within a Bundle and to contained resources; nothing is fetched.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        lines: whether each line is a resource, as in bulk data.

    Raises:
        InputError: the file is not JSON.
    """
    read = read_value_lines if lines else read_value_document
    admission = Admission(forgiven=_is_forgiven)
    for value in read(stream, file, longest=RESOURCE_BYTES, as_written=True):
        yield from _read_value(value, admission)


def _read_value(value: JsonValue, admission: Admission) -> Iterator[ClaimReading]:
    content = value.content
    if not isinstance(content, Mapping):
        fault = value.fault or ClaimFault("", "expected a FHIR resource, an object")
        yield reject([fault], value.origin)
        return
    kind = content.get("resourceType")
    if kind in _CLAIMS:
        references = References()
        yield _read_claim(Element(content, str(kind)), value.origin, references, admission)
    elif kind == "Bundle":
        yield from _read_bundle(Element(content, "Bundle"), value.origin, admission)
    else:
        named = f"a {shown_name(kind)}" if isinstance(kind, str) else "no resource"
        reason = f"is {named}; a Claim, an ExplanationOfBenefit or a Bundle of them is read"
        yield RejectedClaim(value.origin, reason)


def _read_bundle(bundle: Element, origin: Origin, admission: Admission) -> Iterator[ClaimReading]:
    references = References()
    claims: list[tuple[Origin, Element]] = []
    try:
        entries = list(bundle.each("entry"))
    except FhirFault as fault:
        yield RejectedClaim(origin, str(fault))
        return
    refused = 0
    for index, entry in enumerate(entries):
        place = replace(origin, pointer=f"{origin.pointer or ''}/entry/{index}")
        resource = Element(None, "")
        try:
            resource = entry.get("resource") or resource
            if resource.content is None:
                continue
            kind = resource.text("resourceType")
            references.add(resource, entry.text("fullUrl"))
        except FhirFault as fault:
            refused += 1
            refusal = first_refusal(entry.content)
            # A field that is given twice makes the whole object no object.
            yield reject([refusal], place) if refusal else RejectedClaim(place, str(fault))
            continue
        if kind in _CLAIMS:
            claims.append((replace(place, pointer=f"{place.pointer}/resource"), resource))
    if not claims and not refused:
        reason = "the Bundle holds no Claim and no ExplanationOfBenefit"
        yield RejectedClaim(origin, reason)
    for place, resource in claims:
        yield _read_claim(resource, place, references, admission)


def _read_claim(
    resource: Element, origin: Origin, references: References, admission: Admission
) -> ClaimReading:
    refusal = first_refusal(resource.content)
    if refusal is not None:
        return reject([refusal], origin)
    mapping = ClaimMapping(resource, references)
    try:
        content = mapping.claim()
    except FhirFault as fault:
        number = resource.content.get("id")
        shown = shown_name(number) if isinstance(number, str) and number else None
        return RejectedClaim(origin, str(fault), shown)
    return admission.admit(content, origin, mapping.places)


def _is_forgiven(fault: ClaimFault) -> bool:
    """What an explanation of benefits may lack: the patient's and provider's own resources."""
    return fault.pointer in _FORGIVEN and "missing" in fault.reason
