"""The claim format's JSON Schema, and words for what departs from it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from claimshapes.knowledge.in_use import resource_directory

_MOST_NAMED = 12
_MOST_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class ClaimFault:
    """One way in which a claim does not have the claim format.

    Attributes:
        pointer: JSON Pointer of the offending field in the claim.
        reason: what was expected, in plain words, without the value that was found.
    """

    pointer: str
    reason: str


@cache
def claim_schema() -> Mapping[str, Any]:
    """The JSON Schema of one claim (ontology/claim.schema.json), decimals kept exact."""
    text = (resource_directory("ontology") / "claim.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return schema


def usual_type() -> str:
    """The kind of a claim that states none, as the schema says."""
    return str(claim_schema()["properties"]["type"]["default"])


def resolve(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A subschema together with the definition that its ``$ref`` names."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    definition = claim_schema()["$defs"][str(reference).rpartition("/")[2]]
    return {**definition, **schema}


@cache
def described(path: tuple[str, ...]) -> Mapping[str, Any]:
    """The schema of the field at a path of names; of one of several values, that of the value."""
    schema: Mapping[str, Any] = claim_schema()
    for name in path:
        schema = resolve(schema["properties"][name])
        if schema.get("type") == "array":
            schema = resolve(schema["items"])
    return schema


def has_form(path: tuple[str, ...], text: str) -> bool:
    """Whether a text is one of the values of the field at a path, or has its pattern."""
    field = described(path)
    return text in field["enum"] if "enum" in field else bool(re.search(field["pattern"], text))


def plain_number(number: Decimal) -> int | Decimal:
    """The number as the claim format has it: whole where it is, else without zeros at its end."""
    whole = int(number)
    return whole if whole == number else number.normalize()


def json_pointer(path: Iterable[str | int]) -> str:
    """A JSON Pointer (RFC 6901); names that the input invented are shortened and made printable."""
    return "".join(
        "/" + shown_name(str(step)).replace("~", "~0").replace("/", "~1") for step in path
    )


def shown_name(name: str, *, at_most: int = 40) -> str:
    """A name from the input as an error may show it: short, without control characters."""
    text = "".join(character if character.isprintable() else "?" for character in name)
    return text if len(text) <= at_most else text[:at_most] + "..."


def unknown_field(name: str, known: Iterable[str], *, brief: bool = False) -> str:
    """The words for a field that the format does not have, with the name that was perhaps meant.

    Args:
        name: the field.
        known: the fields that there are.
        brief: whether those are not listed where none is near.
    """
    names = [candidate for candidate in known if not candidate.startswith("@")]
    shown = shown_name(name)
    by_lower = {candidate.lower(): candidate for candidate in names}
    near = difflib.get_close_matches(name[:80].lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f"unknown field '{shown}'; did you mean '{by_lower[near[0]]}'?"
    if brief:
        return f"unknown field '{shown}'"
    if len(names) > _MOST_NAMED:
        some = ", ".join(names[:_MOST_EXAMPLES])
        return f"unknown field '{shown}'; expected one of {len(names)} fields, such as {some}"
    return f"unknown field '{shown}'; expected one of {', '.join(names)}"


def found_kind(value: Any) -> str:
    """What a JSON value is, in words that do not say the value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Decimal) and not value.is_finite():
        return "no finite number"
    if isinstance(value, (int, Decimal)):
        return "a number"
    if isinstance(value, float):
        return "a float (give an int or decimal.Decimal)"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "an array"
    return f"a {type(value).__name__}"
