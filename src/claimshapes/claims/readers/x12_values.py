"""Values of elements of an 837 in the form of the claim format, none where they have another."""

from __future__ import annotations

import re
from decimal import Decimal

from claimshapes.claims.field_values import plain_number

_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4})?")
_NUMBER = re.compile(r"([0-9]{1,12})(\.[0-9]{0,6})?|\.[0-9]{1,6}")


def day_of(text: str) -> str | None:
    """The day of D8 or DT."""
    match = _DAY.fullmatch(text)
    return "-".join(match.groups()) if match else None


def number_of(text: str) -> int | Decimal | None:
    """The number, without a sign."""
    return plain_number(Decimal(text)) if _NUMBER.fullmatch(text) else None


def amount_of(text: str) -> str | None:
    """The amount with a digit before its point, and no point at its end."""
    digits = text.removeprefix("-")
    if not _NUMBER.fullmatch(digits):
        return None
    sign = "-" if text.startswith("-") else ""
    whole, _, cents = digits.partition(".")
    return f"{sign}{whole or 0}.{cents}" if cents else f"{sign}{whole}"
