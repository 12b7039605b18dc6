"""A quick yes for claims that have the claim format.

``claim_faults`` says what is wrong with a claim, in plain words, and needs a millisecond for it;
jsonschema-rs needs some microseconds to say that nothing is. Nothing is let in here that
``claim_faults`` would refuse; where there is any doubt, the answer is no and that one decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, cast

import jsonschema_rs
import msgspec

from claimshapes.claims.schema import claim_schema, resolve

# Rust's text has no surrogates, and its patterns cannot name them; a text with one is refused.
_SURROGATES = r"\ud800-\udfff"
# Python has no year 0.
_YEARS = "^([1-9]|0[1-9]|00[1-9]|000[1-9])"
# A claim has lists of objects of lists.
_DEPTH = 5

_Counter = Callable[[Mapping[str, Any]], int]


def is_surely_claim(claim: Any) -> bool:
    """Whether an object has the claim format; a no may be wrong.

    Args:
        claim: a claim given as a Python object of whatever type.
    """
    return _is_plain(claim) and _has_format(claim)


def read_claim(line: bytes) -> dict[str, Any] | None:
    """The claim that a line of JSON is; none where that is in doubt.

    Args:
        line: the line, with or without its end.
    """
    try:
        claim = _decoder().decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not _has_format(claim):
        return None
    # The decoder keeps the last of two fields with one name. Written anew, the claim is then not
    # the same text, and the text has more names; a colon is counted where it follows at once.
    if line.startswith(_encoder().encode(claim)):
        return cast(dict[str, Any], claim)
    loose = b" :" in line or b"\t:" in line or b"\r:" in line or b"\n:" in line
    if loose or line.count(b'":') != _counter()(claim):
        return None
    return cast(dict[str, Any], claim)


def _has_format(claim: Any) -> bool:
    try:
        if not _validator().is_valid(claim):
            return False
    except (ValueError, RecursionError):
        # It holds what Rust has no word for, or is nested too deeply.
        return False
    for name in _numbered():
        entries = claim.get(name)
        if entries and len({entry["sequence"] for entry in entries}) != len(entries):
            return False
    return True


def _is_plain(value: Any, depth: int = _DEPTH) -> bool:
    """Whether it is made of what the JSON decoder makes, so that both validators see the same.

    An object may hold itself, therefore only some levels are looked at.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return True
    if kind is Decimal:
        return bool(value.is_finite() and value != value.to_integral_value())
    if kind is dict:
        return depth > 0 and all(
            type(name) is str and _is_plain(entry, depth - 1) for name, entry in value.items()
        )
    return kind is list and depth > 0 and all(_is_plain(entry, depth - 1) for entry in value)


def _exact(text: str) -> int | Decimal:
    """A number with decimals as the exact decoder has it."""
    if len(text) > 30 or "e" in text or "E" in text:
        raise ValueError("in doubt")
    number = Decimal(text)
    whole = int(number)
    return whole if number == whole else number.normalize()


@cache
def _decoder() -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(float_hook=_exact)


@cache
def _encoder() -> msgspec.json.Encoder:
    return msgspec.json.Encoder(decimal_format="number")


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(json.dumps(claim_schema(), default=float), object_hook=_for_rust)
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def _for_rust(schema: dict[str, Any]) -> dict[str, Any]:
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        schema["pattern"] = pattern.replace(_SURROGATES, "")
    elif schema.get("format") == "date":
        schema["pattern"] = _YEARS
    return schema


@cache
def _numbered() -> tuple[str, ...]:
    """The claim's arrays whose entries have a sequence number."""
    return tuple(
        name
        for name, field in claim_schema()["properties"].items()
        if "sequence" in resolve(field.get("items", {})).get("required", ())
    )


@cache
def _counter() -> _Counter:
    return _names_of(claim_schema())


def _names_of(schema: Mapping[str, Any]) -> _Counter:
    """A function that counts the names in an object that has the schema, at all depths."""
    objects: list[tuple[str, _Counter]] = []
    arrays: list[tuple[str, _Counter]] = []
    for name, field in schema["properties"].items():
        resolved = resolve(field)
        entries = resolve(resolved.get("items", {}))
        if "properties" in resolved:
            objects.append((name, _names_of(resolved)))
        elif "properties" in entries:
            arrays.append((name, _names_of(entries)))
    if not objects and not arrays:
        return len

    def count(value: Mapping[str, Any]) -> int:
        number = len(value)
        for name, of in objects:
            if name in value:
                number += of(value[name])
        for name, of in arrays:
            if name in value:
                number += sum(map(of, value[name]))
        return number

    return count
