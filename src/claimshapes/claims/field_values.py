"""Values of a claim's fields: their form in the claim format, and whether a field may have them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from claimshapes.claims.schema import claim_schema, resolve


def plain_number(number: Decimal) -> int | Decimal:
    """The number as the claim format has it: whole where it is, else without zeros at its end."""
    whole = int(number)
    return whole if whole == number else number.normalize()


@cache
def described(path: tuple[str, ...]) -> Mapping[str, Any]:
    """The schema of the field at a path of names; of one of several values, that of the value."""
    schema: Mapping[str, Any] = claim_schema()
    for name in path:
        schema = resolve(schema["properties"][name])
        if schema.get("type") == "array":
            schema = resolve(schema["items"])
    return schema


@cache
def _validator(path: tuple[str, ...]) -> Draft202012Validator:
    return Draft202012Validator({**described(path), "$defs": claim_schema()["$defs"]})


def fits(path: tuple[str, ...], value: Any) -> bool:
    """Whether the field at a path may have a value, or one of several have it."""
    return bool(_validator(path).is_valid(value))
