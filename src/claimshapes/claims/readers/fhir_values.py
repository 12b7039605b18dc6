"""What a resource of FHIR says of a claim, and values of its elements in the claim's form."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from claimshapes.claims.field_terms import FieldTerm
from claimshapes.claims.field_values import plain_number
from claimshapes.claims.readers.fhir_element import Element, FhirFault, References


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
