"""What supporting information of a FHIR claim says: of a stay, of the bill, and of the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from claimshapes.claims.field_terms import claim_term
from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_element import Element
from claimshapes.claims.readers.fhir_values import ClaimResource, as_text, extensions, filled


def type_of_bill(claim: ClaimResource) -> str:
    """The type of bill, as the claim's subtype or supporting information states it."""
    concept = claim.element.get("subType")
    code = "" if concept is None else concept.code(fhir_codes()["typeOfBill"])
    if concept is not None and code:
        claim.places["/typeOfBill"] = concept.path
        return code
    known = set(fhir_codes()["typeOfBillCategory"])
    for info in _infos(claim):
        concept = info.get("code")
        if concept is not None and not known.isdisjoint(info.codes("category")):
            claim.places["/typeOfBill"] = concept.path
            return concept.code()
    return ""


def stay(claim: ClaimResource, *, institutional: bool) -> dict[str, str]:
    """Days of onset, admission and discharge, and what supporting information says of a stay.

    An institutional claim has its discharge as the end of its statement period.
    """
    codes = fhir_codes()
    found: dict[str, str] = {}
    for info in _infos(claim):
        for kind in info.codes("category"):
            stated = {
                "date": info.day("timingDate"),
                "start": info.day("timingPeriod", "start"),
                "end": info.day("timingPeriod", "end"),
            }
            for name, field in codes["supportingDates"].get(kind, {}).items():
                if stated[name] and not (institutional and field == "dischargeDate"):
                    found.setdefault(field, stated[name])
            field, concept = codes["supportingCodes"].get(kind), info.get("code")
            if field is not None and concept is not None and (code := concept.code()):
                found.setdefault(field, code)
    return found


def documentation(claim: ClaimResource, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Supporting information whose category is a documentation type, or means one."""
    term = claim_term().fields["documentation"]
    scheme, known = term.fields["type"].namespace, fhir_codes()["documentation"]
    items: dict[Any, list[Any]] = {}
    # Behind the lines come their details, which have no such pointers.
    for line, item in zip(lines, claim.element.each("item"), strict=False):
        for pointer in item.each("informationSequence"):
            items.setdefault(pointer.number(), []).append(line["sequence"])
    facts: list[dict[str, Any]] = []
    for info in _infos(claim):
        category = info.get("category")
        if category is None:
            continue
        kinds = [
            code if system == scheme else known.get(code) for system, code in category.codings()
        ]
        kind = next(filter(None, kinds), None)
        value = _value(info)
        if kind is None or not value:
            continue
        for line in items.get(info.number("sequence"), [None]):
            claim.places[f"/documentation/{len(facts)}"] = info.path
            fact = filled({"type": kind, "value": value, "item": line})
            facts.append(extensions(info, term) | fact)
    return facts


def _infos(claim: ClaimResource) -> Iterator[Element]:
    return claim.element.each("supportingInfo", "information")


def _value(info: Element) -> str:
    """The value of a supporting information, as text."""
    for name in ("valueString", "timingDate"):
        if info.get(name) is not None:
            return info.text(name)
    flag = info.get("valueBoolean")
    if flag is not None and isinstance(flag.content, bool):
        return str(flag.content).lower()
    number = info.number("valueQuantity", "value")
    if number is not None:
        return as_text(number)
    concept = info.get("code")
    if concept is not None:
        return concept.code() or concept.text("text")
    return "attached" if info.at("valueReference") or info.at("valueAttachment") else ""
