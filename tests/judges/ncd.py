"""A judge of the laboratory NCDs that reads the CSV tables and nothing else."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Collection, Iterator
from datetime import date
from functools import cache
from pathlib import Path

CODES = Path(__file__).parents[2] / "ontology" / "codes"

FIRST_DAY = date(2015, 10, 1)
LISTS_THROUGH = date(2026, 3, 31)
EXPECTED_DENIALS = {"GA", "GX", "GY", "GZ"}

COVERED_UNLESS_LISTED = {"190.15"}
"""Determinations that list what does not support a test; all others list what does."""

Span = tuple[date, date]


def verdict(
    procedure: str, day: date, linked: Collection[str], modifiers: Collection[str]
) -> tuple[str, str] | None:
    """What is right to say of a line that Medicare is billed for.

    Args:
        procedure: the service.
        day: the date of service.
        linked: the diagnoses that the line is for.
        modifiers: its modifiers.

    Returns:
        The rule and the number of the determination, ``newer`` for a rule that cannot say, or
        nothing.
    """
    number, list_name = determinations().get(procedure, ("", ""))
    if not number or not linked or day < FIRST_DAY or EXPECTED_DENIALS & set(modifiers):
        return None
    said = [_said_of(code, list_name, number, day) for code in linked]
    if "covered" in said:
        return None
    if "newer" in said:
        return "newer", number
    if "invalid" in said:
        return None
    return ("MN-NCD-DENIED" if set(said) == {"denied"} else "MN-NCD-UNSUPPORTED"), number


def _said_of(code: str, list_name: str, number: str, day: date) -> str:
    spans = validity()[code]
    if not any(first <= day <= last for first, last in spans):
        return "invalid"
    for resolution, first, last in resolutions().get((list_name, code), ()):
        if first <= day <= last:
            return resolution
    if min(spans)[0] > LISTS_THROUGH:
        return "newer"
    return "covered" if number in COVERED_UNLESS_LISTED else "unsupported"


@cache
def determinations() -> dict[str, tuple[str, str]]:
    """The number of the determination of each service, and the name of its list."""
    return {
        row["procedure"]: (row["policy"].removeprefix("NCD-"), row["group"])
        for row in _rows(CODES / "ncd" / "ncd-procedures.csv")
    }


@cache
def resolutions() -> dict[tuple[str, str], list[tuple[str, date, date]]]:
    """By list and code: what a row says, and its first and last day."""
    found: dict[tuple[str, str], list[tuple[str, date, date]]] = {}
    for row in _rows(CODES / "ncd" / "ncd-diagnoses.csv.gz"):
        span = _day(row["valid_from"]), _day(row["valid_through"])
        found.setdefault((row["group"], row["diagnosis"]), []).append((row["resolution"], *span))
    return found


@cache
def validity() -> dict[str, list[Span]]:
    """The days on which each diagnosis code is valid."""
    found: dict[str, list[Span]] = {}
    for row in _rows(CODES / "icd10cm" / "sources" / "date-table.csv.gz"):
        found.setdefault(row["code"], []).append((_day(row["valid_from"]), _day(row["valid_to"])))
    return found


def codes_after(day: date) -> list[str]:
    """Any diagnosis codes; on a day after the lists, those that are newer than the lists."""
    return _newer() if day > LISTS_THROUGH else _all()


@cache
def _newer() -> list[str]:
    return [code for code, spans in validity().items() if min(spans)[0] > LISTS_THROUGH]


@cache
def _all() -> list[str]:
    return list(validity())


def _rows(file: Path) -> Iterator[dict[str, str]]:
    if file.suffix == ".gz":
        with gzip.open(file, "rt", encoding="utf-8") as stream:
            yield from csv.DictReader(stream)
    else:
        with file.open(encoding="utf-8") as stream:
            yield from csv.DictReader(stream)


def _day(text: str) -> date:
    return date.fromisoformat(text) if text else date.max
