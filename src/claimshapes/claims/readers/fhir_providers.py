"""The providers of a FHIR claim: who bills, who gave services and where, by their roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_element import Element, FhirFault, References
from claimshapes.claims.readers.fhir_names import is_near
from claimshapes.claims.readers.fhir_values import ClaimResource
from claimshapes.claims.schema import has_form


def billing_provider(claim: ClaimResource) -> dict[str, str]:
    """Who asks for payment: NPI, taxonomy code and state."""
    found: dict[str, str] = {}
    for name in ("provider", "organization"):
        for reference in claim.element.each(name):
            for holder in _parts(reference, claim.references):
                npi = _npi(holder)
                if npi and "npi" not in found:
                    found["npi"] = npi
                    claim.places["/billingProvider"] = holder.path
                taxonomy = _taxonomy(holder)
                if taxonomy:
                    found.setdefault("taxonomy", taxonomy)
                for address in holder.each("address"):
                    state = address.text("state")
                    if has_form(("billingProvider", "state"), state):
                        found.setdefault("state", state)
    return found


def named_provider(reference: Element | None, references: References) -> dict[str, str]:
    """NPI and taxonomy code of who a reference means, as far as they have the claim's form."""
    found: dict[str, str] = {}
    for holder in () if reference is None else _parts(reference, references):
        npi, taxonomy = _npi(holder), _taxonomy(holder)
        if has_form(("serviceFacility", "npi"), npi):
            found.setdefault("npi", npi)
        if taxonomy:
            found.setdefault("taxonomy", taxonomy)
    return found


def care_team(claim: ClaimResource, items: list[dict[str, Any]]) -> dict[str, Any]:
    """The providers by role: of lines where lines name them, else of the claim."""
    lines: dict[Any, list[int]] = {}
    for index, item in enumerate(claim.element.each("item")):
        for pointer in item.each("careTeamSequence"):
            lines.setdefault(pointer.number(), []).append(index)
    found: dict[str, Any] = {}
    for member in claim.element.each("careTeam"):
        names = map(fhir_codes()["careTeam"].get, member.codes("role"))
        name = next(filter(None, names), None)
        provider = named_provider(member.get("provider"), claim.references)
        if name is None or not provider:
            continue
        own = lines.get(member.number("sequence"), [])
        if (own and len(own) < len(items)) or name == "orderingProvider":
            for index in own:
                items[index].setdefault(name, provider)
        else:
            found.setdefault(name, provider)
    return found


def _parts(reference: Element, references: References) -> Iterator[Element]:
    """The reference, its resource, and what a PractitionerRole refers to."""
    yield reference
    resource = references.resolve(reference)
    if resource is None:
        return
    yield resource
    for name in ("organization", "practitioner"):
        part = resource.get(name)
        if part is not None and isinstance(part.content, Mapping):
            yield part
            further = references.resolve(part)
            if further is not None:
                yield further


def _npi(holder: Element) -> str:
    codes = fhir_codes()
    for identifier in holder.each("identifier"):
        types = identifier.codes("type")
        system = identifier.text("system")
        if any(is_near(system, known) for known in codes["npi"]):
            raise FhirFault("the system differs from that of NPIs in one sign", identifier.path)
        if system in codes["npi"] or not set(types).isdisjoint(codes["npiType"]):
            value = identifier.text("value")
            if value:
                return value
    return ""


def _taxonomy(holder: Element) -> str:
    concepts = [*holder.each("specialty")]
    for qualification in holder.each("qualification"):
        concepts += qualification.each("code")
    codes = (concept.code(fhir_codes()["taxonomy"]) for concept in concepts)
    return next(filter(None, codes), "")
