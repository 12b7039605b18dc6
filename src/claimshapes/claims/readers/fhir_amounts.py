"""The amounts of a FHIR claim: what was charged, allowed and paid."""

from __future__ import annotations

from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_element import Element
from claimshapes.claims.readers.fhir_values import ClaimResource, money
from claimshapes.claims.readers.unread import count_part


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
