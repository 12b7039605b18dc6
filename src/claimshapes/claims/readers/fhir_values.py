"""Amounts and other values of a FHIR resource in the form of the claim format."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from claimshapes.claims.field_terms import FieldTerm
from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_element import Element, FhirFault, References
from claimshapes.claims.readers.unread import count_part
from claimshapes.claims.schema import plain_number


@dataclass(frozen=True, slots=True)
class ClaimResource:
    """A Claim or an ExplanationOfBenefit of which a claim is made.

    Attributes:
        element: the resource.
        references: the resources that it may refer to.
        places: FHIRPaths of the parts that the claim was made of, by JSON Pointer.
    """

    element: Element
    references: References
    places: dict[str, str]


def money(amount: int | Decimal, path: str) -> str:
    """The amount as the claim format has it.

    Raises:
        FhirFault: it is negative, as no charge is.
    """
    if amount < 0:
        raise FhirFault("a negative amount", path)
    return as_text(amount)


def as_text(number: int | Decimal) -> str:
    """The number with the digits that it was written with."""
    return format(number, "f") if isinstance(number, Decimal) else str(number)


def plain(number: int | Decimal | None) -> Any:
    """The number as the claim format has it: whole where it is; ``""`` where there is none."""
    if isinstance(number, Decimal):
        return plain_number(number)
    return "" if number is None else number


def filled(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in ("", [], {}, None)}


def extensions(holder: Element, term: FieldTerm) -> dict[str, Any]:
    """Fields that FHIR has no element for, as extensions named by their property."""
    fields: dict[str, Any] = {}
    for extension in holder.each("extension"):
        field = term.by_property.get(extension.text("url"))
        if field is None:
            continue
        value: Any
        if field.fields:
            value = extensions(extension, field)
        elif field.kind in ("number", "integer"):
            numbers = (extension.number(name) for name in ("valueDecimal", "valueInteger"))
            value = plain(next((number for number in numbers if number is not None), None))
        else:
            value = extension.text("valueString") or extension.text("valueDate")
        if field.many:
            fields.setdefault(field.name, []).append(value)
        else:
            fields[field.name] = value
    return filled(fields)


def total(claim: ClaimResource) -> str:
    """A Claim's total, or the total of an ExplanationOfBenefit that was submitted."""
    for each in claim.element.each("total"):
        if each.get("category") is None:
            amount = each.number("value")
            if amount is not None:
                claim.places["/total"] = each.path
                return money(amount, each.path)
    return category_total(claim, "submittedAmount", "/total")


def category_total(claim: ClaimResource, categories: str, place: str = "") -> str:
    """The total of an ExplanationOfBenefit for one of the categories."""
    for each in claim.element.each("total"):
        if _is_of(each, categories):
            amount = each.number("amount", "value")
            if amount is not None:
                if place:
                    claim.places[place] = each.path
                return money(amount, each.path)
    return ""


def charge(item: Element) -> str:
    """What a line or a detail of it costs."""
    amount = item.number("net", "value")
    return adjudicated(item, "submittedAmount") if amount is None else money(amount, item.path)


def adjudicated(item: Element, categories: str) -> str:
    """The amount of a line for one of the categories of adjudication."""
    for adjudication in item.each("adjudication"):
        if _is_of(adjudication, categories):
            amount = adjudication.number("amount", "value")
            return "" if amount is None else money(amount, item.path)
    return ""


def _is_of(entry: Element, *categories: str) -> bool:
    known = {code for each in categories for code in fhir_codes()[each]}
    return not known.isdisjoint(entry.codes("category"))


def count_decision(claim: ClaimResource) -> None:
    """Counts, for who asks, the amounts by which a payer decided, which no field has."""
    for holder in (claim.element, *claim.element.each("item")):
        for name in ("adjudication", "total"):
            for entry in holder.each(name):
                if entry.get("category") is not None and not _is_of(
                    entry, "submittedAmount", "allowedAmount", "priorPayerPaid"
                ):
                    count_part(f"{entry.path} by category")
