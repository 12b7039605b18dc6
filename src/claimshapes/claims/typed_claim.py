"""The claim format as types of a decoder that checks while it reads, and what these do not say.

A claim is decoded with them in hardly more time than without, and a validator has less than half
of its work left. Both are made of the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, Required, TypedDict

import msgspec

from claimshapes.claims.schema import claim_schema, resolve

_SAYS_NOTHING = frozenset(
    ("$schema", "$id", "$ref", "$defs", "title", "description", "examples", "default")
)
_PLAIN = "".join(map(chr, range(0x20, 0x7F))).replace("\\", "")
# Text in which some characters may not be.
_WITHOUT_SOME = re.compile(r"\^\[\^[^\]]*\]\*\$")


def is_plain(line: bytes) -> bool:
    """Whether the texts in a line of JSON are printable ASCII without backslashes.

    JSON writes control characters and surrogates with a backslash.
    """
    return line.isascii() and b"\\" not in line and b"\x7f" not in line


def typed_claim() -> tuple[Any, dict[str, Any]]:
    """The type of claims with whole numbers in plain lines; a schema of what it does not say.

    What has this type, no other fields, and this schema has the claim format. A decoder leaves
    other fields out and does not say so.
    """
    return _typed(claim_schema())


def _typed(schema: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    left = {
        name: value
        for name, value in resolve(schema).items()
        if name not in _SAYS_NOTHING and not name.startswith("x-")
    }
    if "const" in left:
        return Literal[left.pop("const")], left
    if "enum" in left:
        return Literal[tuple(left.pop("enum"))], left
    match left.pop("type", None):
        case "object" if left.get("additionalProperties") is False:
            return _object(left), left
        case "array":
            entry, rest = _typed(left.pop("items"))
            if rest:
                left["items"] = rest
            kind = list[entry]  # type: ignore[valid-type]
            return _limited(kind, left, min_length="minItems", max_length="maxItems"), left
        case "string":
            left.pop("pattern", None)
            left |= _all_of(_patterns(schema))
            return _limited(str, left, min_length="minLength", max_length="maxLength"), left
        case "integer" | "number" if not 1 % left.get("multipleOf", 1):
            left.pop("multipleOf", None)
            return _limited(int, left, ge="minimum", le="maximum"), left
        case None:
            return Any, left
        case other:
            return Any, {"type": other, **left}


def _object(left: dict[str, Any]) -> Any:
    del left["additionalProperties"]
    required = left.pop("required", ())
    fields: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, schema in left.pop("properties").items():
        kind, remains = _typed(schema)
        fields[name] = Required[kind] if name in required else NotRequired[kind]
        if remains:
            rest[name] = remains
    if rest:
        left["properties"] = rest
    return TypedDict("_Object", fields)  # type: ignore[operator]


def _limited(kind: Any, left: dict[str, Any], **names: str) -> Any:
    limits = {limit: left.pop(name) for limit, name in names.items() if name in left}
    return Annotated[kind, msgspec.Meta(**limits)] if limits else kind


def _patterns(schema: Mapping[str, Any]) -> list[str]:
    """The patterns of a text that not every plain text has."""
    referred = resolve({"$ref": schema["$ref"]}) if "$ref" in schema else {}
    stated = (each["pattern"] for each in (schema, referred) if "pattern" in each)
    return [
        pattern
        for pattern in dict.fromkeys(stated)
        if not (_WITHOUT_SOME.fullmatch(pattern) and re.search(pattern, _PLAIN))
    ]


def _all_of(patterns: list[str]) -> dict[str, Any]:
    if len(patterns) == 1:
        return {"pattern": patterns[0]}
    return {"allOf": [{"pattern": pattern} for pattern in patterns]} if patterns else {}
