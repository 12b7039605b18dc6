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
from typing import Any

import jsonschema_rs
import msgspec

from claimshapes.claims.schema import claim_schema, plain_number, resolve
from claimshapes.claims.typed_claim import is_plain, typed_claim

# Rust's text has no surrogates, and its patterns cannot name them; a text with one is refused.
_SURROGATES = r"\ud800-\udfff"
# Python has no year 0.
_YEARS = "^([1-9]|0[1-9]|00[1-9]|000[1-9])"
# A claim has lists of objects of lists.
_DEPTH = 5

_typed_claim = cache(typed_claim)
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
    claim = (_plain_claim(line) if is_plain(line) else None) or _any_claim(line)
    if claim is None:
        return None
    # Decoders keep the last of two fields with one name, and one leaves out what has no type.
    # Written anew, the claim is then not the same text, and the text has more names; a colon is
    # counted where it follows at once.
    if line.startswith(_encoder().encode(claim)):
        return claim
    loose = b" :" in line or b"\t:" in line or b"\r:" in line or b"\n:" in line
    if loose or line.count(b'":') != _counter()(claim):
        return None
    return claim


def _plain_claim(line: bytes) -> dict[str, Any] | None:
    """The claim in a plain line, where its fields have their types and its numbers are whole."""
    try:
        claim: dict[str, Any] = _typed_decoder().decode(line)
        valid = _typed_validator().is_valid(claim)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return claim if valid and _has_numbers_once(claim) else None


def _any_claim(line: bytes) -> dict[str, Any] | None:
    try:
        claim = _decoder().decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return claim if _has_format(claim) else None


def _has_format(claim: Any) -> bool:
    try:
        if not _validator().is_valid(claim):
            return False
    except (ValueError, RecursionError):
        # It holds what Rust has no word for, or is nested too deeply.
        return False
    return _has_numbers_once(claim)


def _has_numbers_once(claim: Mapping[str, Any]) -> bool:
    """Whether no two entries of a list have the same sequence number."""
    for name in _numbered():
        entries = claim.get(name, ())
        number = len(entries)
        if number > 1 and len({entry["sequence"] for entry in entries}) != number:
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
    return plain_number(Decimal(text))


@cache
def _decoder() -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(float_hook=_exact)


@cache
def _typed_decoder() -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_typed_claim()[0])


@cache
def _encoder() -> msgspec.json.Encoder:
    return msgspec.json.Encoder(decimal_format="number")


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return _validator_of(claim_schema())


@cache
def _typed_validator() -> jsonschema_rs.Draft202012Validator:
    return _validator_of(_typed_claim()[1])


def _validator_of(stated: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(json.dumps(stated, default=float), object_hook=_for_rust)
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
