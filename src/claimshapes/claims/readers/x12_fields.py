"""What elements of an 837 become fields of the claim by ontology/x12.json alone.

Providers by role, coverage, dates, codes of institutional claims, drugs and other payers: a table
says which element is which field, and the JSON Schema of claims what a field may be. What does not
fit the schema is not taken over, since a claim is no worse for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from claimshapes.claims.readers.described_formats import x12_terms
from claimshapes.claims.readers.x12_segments import Segment
from claimshapes.claims.schema import claim_schema, described, plain_number

_ADJUSTMENTS = 6
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4})?")
_NUMBER = re.compile(r"([0-9]{1,12})(\.[0-9]{0,6})?|\.[0-9]{1,6}")


@dataclass(slots=True)
class TakenFields:
    """The fields of a claim, of a line or of a subscriber that the table names.

    Attributes:
        part: ``item`` for a line, ``""`` for the claim.
        content: the fields so far, as the claim format has them.
    """

    part: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    _role: str = ""

    def take(self, loop: str, segment: Segment) -> None:
        """Takes over what the table names of a segment."""
        if "role" in next(iter(_entries(loop)), {}) and segment.id == "NM1":
            self._role = ""
        for entry in _entries(loop):
            if not _names(entry, segment):
                continue
            if "role" in entry:
                self._take_role(entry, segment)
            elif "adjustments" in entry:
                self._take_adjustments(entry, segment)
            elif "hi" not in entry:
                self._take(entry, segment, entry["element"])
            elif "of" not in entry:
                self._take_codes(entry["hi"], segment)

    def _take_role(self, entry: Mapping[str, Any], segment: Segment) -> None:
        if segment.id == "NM1":
            self._role = entry["field"]
            if segment.value(8) == qualifier("npi"):
                self._put((self._role, "npi"), segment.value(9))
        elif self._role == entry["field"] and segment.value(2) == qualifier("taxonomy"):
            self._put((self._role, "taxonomy"), segment.value(3))

    def _take_adjustments(self, entry: Mapping[str, Any], segment: Segment) -> None:
        if not self.content.get(entry["of"]):
            return
        path = (entry["of"], entry["field"])
        # Reason, amount and units, up to six times.
        for first in range(2, 2 + 3 * _ADJUSTMENTS, 3):
            reason, amount, units = (segment.value(first + at) for at in range(3))
            made: dict[str, Any] = {
                "group": segment.value(1),
                "reason": reason,
                "amount": amount_of(amount),
            }
            if units:
                made["quantity"] = number_of(units)
            if reason and _fits(self._whole(path), made):
                self.content[entry["of"]][-1].setdefault(entry["field"], []).append(made)

    def _take_codes(self, code: str, segment: Segment) -> None:
        entries = [entry for entry in _entries("2300") if entry.get("hi") == code]
        for element in range(1, segment.extent + 1):
            if segment.value(element, 1) == code:
                for entry in entries:
                    self._take(entry, segment, element)

    def _take(self, entry: Mapping[str, Any], segment: Segment, element: int) -> None:
        component = entry.get("component")
        text = segment.value(element) if component is None else segment.value(element, component)
        if "values" in entry:
            text = x12_terms()["values"][entry["values"]].get(text, "")
        if "begins" in entry:
            self.content.setdefault(entry["begins"], []).append({})
        holder = entry.get("begins") or entry.get("of")
        if holder is None:
            self._put(tuple(entry["field"].split(".")), text, many=entry.get("many", False))
        elif self.content.get(holder):
            self._put((holder, entry["field"]), text, last=entry.get("last", False))

    def _put(
        self, path: tuple[str, ...], text: str, *, many: bool = False, last: bool = False
    ) -> None:
        if not text:
            return
        value = _value(self._whole(path), text, last=last)
        if value is None or not _fits(self._whole(path), value):
            return
        target: dict[str, Any] = self.content
        for name in path[:-1]:
            inner = target.setdefault(name, {})
            target = inner[-1] if isinstance(inner, list) else inner
        if not many:
            target[path[-1]] = value
        elif value not in (values := target.setdefault(path[-1], [])):
            values.append(value)

    def _whole(self, path: tuple[str, ...]) -> tuple[str, ...]:
        return (self.part, *path) if self.part else path

    def filled(self) -> dict[str, Any]:
        """The fields, without entries of lists and parts that lack what they need."""
        filled: dict[str, Any] = {}
        for name, value in self.content.items():
            kept = value
            if isinstance(value, list) and isinstance(value[0], dict):
                kept = [entry for entry in value if entry and _fits(self._whole((name,)), entry)]
            elif isinstance(value, dict) and not _fits(self._whole((name,)), value):
                kept = {}
            if kept:
                filled[name] = kept
        return filled


def qualifier(name: str) -> str:
    """The code by which the 837 says something, such as that an identifier is an NPI."""
    return str(x12_terms()["qualifiers"][name])


def meaning(loop: str, segment: Segment) -> str:
    """The name of what the reader itself makes of a segment, ``""`` where that is nothing."""
    names: Mapping[str, str] = x12_terms()["meanings"].get(loop, {}).get(segment.id, {})
    return names.get(segment.value(1)) or names.get("", "")


def is_read(loop: str, segment: Segment) -> bool:
    """Whether the reader takes anything of a segment, whatever its values are."""
    return bool(meaning(loop, segment)) or any(_names(entry, segment) for entry in _entries(loop))


def unread_codes(segment: Segment) -> list[str]:
    """The qualifiers of an HI segment whose codes no field of the claim has."""
    terms = x12_terms()["hi"]
    known = {entry["hi"] for entry in _entries("2300") if "hi" in entry}
    known.update(*(terms[kind] for kind in terms if kind not in ("comment", "other", "refused")))
    found = (segment.value(element, 1) for element in range(1, segment.extent + 1))
    return [code for code in found if code in terms["other"] and code not in known]


def _names(entry: Mapping[str, Any], segment: Segment) -> bool:
    """Whether an entry of the table is about a segment."""
    if "role" in entry:
        return segment.id == "PRV" or (segment.id == "NM1" and segment.value(1) == entry["role"])
    if "adjustments" in entry:
        return bool(segment.id == entry["adjustments"])
    if "hi" in entry:
        return segment.id == "HI" and any(
            segment.value(element, 1) == entry["hi"] for element in range(1, segment.extent + 1)
        )
    if segment.id != entry["segment"]:
        return False
    at, expected = entry.get("where", (1, entry.get("qualifier")))
    return expected is None or segment.value(at) == expected


@cache
def _entries(loop: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(x12_terms()["fields"].get(loop, ()))


@cache
def _validator(path: tuple[str, ...]) -> Draft202012Validator:
    return Draft202012Validator({**described(path), "$defs": claim_schema()["$defs"]})


def _fits(path: tuple[str, ...], value: Any) -> bool:
    return bool(_validator(path).is_valid(value))


def _value(path: tuple[str, ...], text: str, *, last: bool) -> Any:
    """A value in the form of the claim format: a day, a number, an amount, or the text."""
    schema = described(path)
    if schema.get("format") == "date":
        start, _, end = text.partition("-")
        return day_of(end if last else start)
    if schema.get("type") == "number":
        return number_of(text)
    return amount_of(text) if "amount" in schema.get("x-expected", "") else text


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
