"""The payers of a FHIR claim, and the coverages of its patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_element import Element
from claimshapes.claims.readers.fhir_values import (
    ClaimResource,
    adjudicated,
    category_total,
    filled,
)
from claimshapes.knowledge.format_terms import format_terms


def payer_names(claim: ClaimResource) -> tuple[str, ...]:
    """What insurer and coverages call the payer: numbers, names, and ids of their resources."""
    names: list[str] = []
    for reference in _payers(claim):
        claim.places.setdefault("/payer", reference.path)
        for holder in _holders(claim, reference):
            names += [found.text("value") for found in holder.each("identifier")]
            names += [holder.text("name"), holder.text("display")]
        names.append(reference.text("reference").rpartition("/")[2].lstrip("#"))
    return tuple(dict.fromkeys(name for name in names if name))


def payer_of(claim: ClaimResource, names: Iterable[str], of_type: str) -> str:
    """The payer of ours that insurer or coverage name or the coverage's type means.

    Else the insurer's own name, or where it has none the payer that the claim's type means.
    """
    known = [name for name in names if name in format_terms().payers]
    return next(iter([*known, *_coverage_types(claim), *names]), of_type)


def _coverage_types(claim: ClaimResource) -> Iterator[str]:
    """The payers that the types of the claim's coverages mean, those of the first first."""
    for insurance in claim.element.each("insurance"):
        coverage = claim.references.resolve(insurance.get("coverage"))
        concept = None if coverage is None else coverage.get("type")
        if concept is not None:
            for system, code in concept.codings():
                payer = format_terms().payer_of_coverage(system, code)
                if payer is not None:
                    yield payer


def _payers(claim: ClaimResource) -> Iterator[Element]:
    yield from claim.element.each("insurer")
    for insurance in _insurances(claim):
        coverage = claim.references.resolve(insurance.get("coverage"))
        if coverage is not None:
            yield from coverage.each("payor")


def _insurances(claim: ClaimResource) -> list[Element]:
    """The insurances, that first which the claim is for."""
    return sorted(claim.element.each("insurance"), key=_is_not_focal)


def _is_not_focal(insurance: Element) -> bool:
    focal = insurance.get("focal")
    return focal is None or focal.content is not True


def coverages(
    claim: ClaimResource, items: list[dict[str, Any]], extensions: dict[str, Any]
) -> dict[str, Any]:
    """The subscriber of the coverage that the claim is for, and the payers of the others.

    What one other payer paid, by an explanation of benefits, is added to it and to the lines.
    """
    insurances = _insurances(claim)
    subscriber: dict[str, str] = {}
    others: list[dict[str, Any]] = []
    for insurance in insurances:
        coverage = claim.references.resolve(insurance.get("coverage"))
        member = {} if coverage is None else _member(coverage)
        if len(insurances) > 1:
            order = str(insurance.number("sequence"))
            member["payerResponsibility"] = fhir_codes()["payerOrder"].get(order, "")
        if insurance is insurances[0]:
            subscriber = member
            if coverage is not None:
                claim.places.update(_places_of_member(coverage))
        else:
            member["memberNumber"] = member.pop("id", "")
            member.pop("relationship", None)
            payors = [] if coverage is None else [*coverage.each("payor")]
            others.append({"identifier": _payer_number(claim, payors), **member})
    others = list(filter(None, map(filled, others)))
    if len(others) == 1:
        paid = category_total(claim, "priorPayerPaid")
        others[0] |= {"paid": paid} if paid else {}
        for line, item in zip(items, claim.element.each("item"), strict=False):
            part = adjudicated(item, "priorPayerPaid")
            if part and "identifier" in others[0]:
                line.setdefault("adjudication", []).append(
                    {"identifier": others[0]["identifier"], "paid": part}
                )
    found: dict[str, Any] = {"subscriber": extensions.get("subscriber", {}) | subscriber}
    return found | ({} if "otherPayer" in extensions else {"otherPayer": others})


def _member(coverage: Element) -> dict[str, str]:
    """Member number and relationship to the subscriber, as far as a coverage has them."""
    number = coverage.text("subscriberId")
    for identifier in _member_identifiers(coverage):
        number = number or identifier.text("value")
    known = fhir_codes()["subscriberRelationship"]
    relationships = [known[code] for code in coverage.codes("relationship") if code in known]
    return filled({"id": number, "relationship": next(iter(relationships), "")})


def _places_of_member(coverage: Element) -> dict[str, str]:
    """Where the coverage has what ``_member`` reads."""
    places = {"/subscriber": coverage.path}
    identifiers = _member_identifiers(coverage)
    if coverage.text("subscriberId"):
        places["/subscriber/id"] = f"{coverage.path}.subscriberId"
    elif identifiers:
        places["/subscriber/id"] = identifiers[0].path
    if coverage.get("relationship") is not None:
        places["/subscriber/relationship"] = f"{coverage.path}.relationship"
    return places


def _member_identifiers(coverage: Element) -> list[Element]:
    """The identifiers of a coverage that are member numbers by their type."""
    kinds = set(fhir_codes()["memberNumberType"])
    identifiers = coverage.each("identifier")
    return [each for each in identifiers if not kinds.isdisjoint(each.codes("type"))]


def _payer_number(claim: ClaimResource, payors: Iterable[Element]) -> str:
    """The number of an other payer, or its name where there is none."""
    for payor in payors:
        for holder in _holders(claim, payor):
            named = holder.text("name") or holder.text("display")
            if text := holder.text("identifier", "value") or named:
                return text
    return ""


def _holders(claim: ClaimResource, reference: Element) -> Iterator[Element]:
    """Who can say the number and the name of what is referred to: the resource, the reference."""
    resource = claim.references.resolve(reference)
    if resource is not None:
        yield resource
    yield reference
