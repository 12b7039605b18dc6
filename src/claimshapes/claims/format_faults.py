"""What is wrong with a claim that does not have the claim format, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from claimshapes.claims.schema import (
    ClaimFault,
    claim_schema,
    found_kind,
    json_pointer,
    unknown_field,
)

_MISSING = "the field '{}' is missing"

_KINDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "object": "an object",
    "array": "an array",
    "boolean": "true or false",
}


def claim_faults(claim: Any) -> list[ClaimFault]:
    """Says where a claim departs from the claim format.

    Beside the JSON Schema it looks for a sequence number that stands twice, which a schema
    cannot express.

    Args:
        claim: a claim, its numbers ``int`` or ``Decimal``.

    Returns:
        The faults in the order of their place; none where the claim has the format.
    """
    faults = faults_of(_validator().iter_errors(claim))
    return faults + (list(_repeated_sequences(claim)) if isinstance(claim, Mapping) else [])


def faults_of(errors: Iterable[ValidationError]) -> list[ClaimFault]:
    """What a JSON Schema's validator says, in plain words and in the order of its place."""
    by_place = sorted(errors, key=lambda error: _order(error.path))
    faults = [fault for error in by_place for fault in _plain_words(error)]
    # A misspelt name explains why the right one is missing: it is told first.
    return sorted(faults, key=_is_missing)


@cache
def _validator() -> Any:
    types: TypeChecker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "number": lambda _, value: _is_number(value, (int, Decimal)),
            "integer": lambda _, value: _is_number(value, (int,)),
        }
    )
    validator: Any = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"pattern": _pattern, "multipleOf": _multiple_of}, type_checker=types
    )
    return validator(claim_schema(), format_checker=FormatChecker(["date"]))


def _is_number(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool) or not isinstance(value, kinds):
        return False
    return not isinstance(value, Decimal) or value.is_finite()


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    """The keyword ``pattern``, whose ``$`` is the end of the text as in ECMA 262.

    Python's ``$`` would also let a line break through at the end.
    """
    if isinstance(value, str) and not _ends_at_the_end(pattern).search(value):
        yield ValidationError("pattern")


def _multiple_of(_: Any, step: Decimal, value: Any, __: Any) -> Iterator[ValidationError]:
    """The keyword ``multipleOf``, exact for numbers of any length."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return
    number = Decimal(value)
    if not number.is_finite():
        return
    with localcontext() as context:
        # As many digits as the quotient has.
        context.prec = len(number.as_tuple().digits) + abs(number.adjusted()) - step.adjusted() + 1
        if number % step:
            yield ValidationError("multipleOf")


@cache
def _ends_at_the_end(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def _is_missing(fault: ClaimFault) -> bool:
    return fault.reason == _MISSING.format(fault.pointer.rpartition("/")[2])


def _order(path: Iterable[str | int]) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in path]


def _plain_words(error: ValidationError) -> Iterator[ClaimFault]:
    path = list(error.absolute_path)
    keyword = str(error.validator)
    value: Any = error.instance
    expected: Any = error.validator_value
    schema: Any = error.schema
    if keyword == "additionalProperties":
        known = list(schema["properties"])
        strange = sorted(str(name) for name in value if name not in known)
        for number, name in enumerate(strange):
            pointer = json_pointer([*path, name])
            # What there is to choose from is told once.
            yield ClaimFault(pointer, unknown_field(name, known, brief=number > 0))
    elif keyword == "required":
        # jsonschema reports each missing field apart, and names it only in its message.
        missing = next((name for name in expected if f"'{name}' is" in error.message), expected[0])
        yield ClaimFault(json_pointer([*path, missing]), _MISSING.format(missing))
    else:
        yield ClaimFault(json_pointer(path), _expectation(error))


def _expectation(error: ValidationError) -> str:
    value: Any = error.instance
    expected: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "type":
            if expected == "integer" and isinstance(value, Decimal):
                return "expected a whole number, found a number with decimals"
            kinds = [expected] if isinstance(expected, str) else expected
            named = " or ".join(_KINDS[kind] for kind in kinds)
            return f"expected {named}, found {found_kind(value)}"
        case "enum":
            return f"expected one of {', '.join(expected)}"
        case "const":
            return f"expected {expected}"
        case "format":
            return "expected a date of the calendar such as 2026-05-04"
        case "pattern":
            return f"expected {schema.get('x-expected', f'text that matches {expected}')}"
        case "minLength":
            return "expected text, found none"
        case "maxLength":
            return f"expected at most {expected} characters, found {len(value)}"
        case "minItems":
            return f"expected at least {expected}, found none"
        case "maxItems":
            return f"expected at most {expected} entries, found {len(value)}"
        case "minimum":
            return f"expected a number of at least {expected}"
        case "exclusiveMinimum":
            return f"expected a number above {expected}"
        case "maximum":
            return f"expected a number of at most {expected}"
        case "multipleOf":
            return f"expected a multiple of {expected}"
        case _:
            return "does not have the claim format"


def _repeated_sequences(claim: Mapping[str, Any]) -> Iterator[ClaimFault]:
    for name, entries in claim.items():
        if not isinstance(entries, list):
            continue
        seen: dict[int, int] = {}
        for index, entry in enumerate(entries):
            sequence = entry.get("sequence") if isinstance(entry, Mapping) else None
            if not isinstance(sequence, int):
                continue
            if sequence in seen:
                yield ClaimFault(
                    json_pointer([name, index, "sequence"]),
                    f"the same sequence is at {json_pointer([name, seen[sequence]])}",
                )
            seen.setdefault(sequence, index)
