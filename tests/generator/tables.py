"""What the generator knows of codes and services: the source tables, read without the package."""

from __future__ import annotations

import csv
import gzip
import lzma
import random
import xml.etree.ElementTree as ET
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

from tests.judges.excludes1 import SOURCES, Verdict, periods, reportable
from tests.judges.excludes1 import verdict as excludes1
from tests.judges.ptp import Edit, Service, edits_among
from tests.judges.ptp import verdict as correct_coding

CODES = Path(__file__).parents[2] / "ontology" / "codes"


@dataclass(frozen=True, slots=True)
class Fees:
    """What the physician fee schedule says of a service, as far as claims are made of it."""

    procedure: str
    status: str
    component: str
    global_days: str
    non_facility_na: bool
    facility_na: bool


_Said = TypeVar("_Said")


def _rows(file: Path) -> list[dict[str, str]]:
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt") as stream:
        return list(csv.DictReader(stream))


def _steady(pairs: Iterable[tuple[str, _Said]]) -> dict[str, _Said]:
    """What every release says alike of a code, since claims are of the days of all releases."""
    found: dict[str, list[_Said]] = {}
    for code, value in pairs:
        found.setdefault(code, []).append(value)
    releases = max(map(len, found.values()))
    return {
        code: values[0]
        for code, values in found.items()
        if len(values) == releases and all(value == values[0] for value in values)
    }


@cache
def fee_schedule() -> dict[str, Fees]:
    """The rows for whole services, by code."""
    return _steady(
        (
            row["procedure"],
            Fees(
                row["procedure"],
                row["status"],
                row["component_indicator"],
                row["global_days"],
                bool(row["non_facility_na"]),
                bool(row["facility_na"]),
            ),
        )
        for row in _rows(CODES / "fee-schedule" / "physician-fee-schedule.csv.gz")
        if not row["component"]
    )


@cache
def most_units(kind: str) -> dict[str, tuple[int, str]]:
    """The medically unlikely edit of each service: units and adjudication indicator."""
    name = {"professional": "practitioner", "institutional": "outpatient"}[kind]
    return _steady(
        (row["procedure"], (int(row["units"]), row["adjudication_indicator"]))
        for row in _rows(CODES / "mue" / f"mue-{name}.csv.gz")
    )


@cache
def add_ons() -> dict[str, list[str]]:
    """Add-on codes of any type, each with the primary codes that its edit lists."""
    found: dict[str, list[str]] = {}
    for row in _rows(CODES / "add-on" / "add-on.csv.gz"):
        found.setdefault(row["add_on"], []).append(row["primary"])
    return found


@cache
def _edits(kind: str) -> dict[tuple[str, str], list[Edit]]:
    return edits_among(kind, services())


def bundled(kind: str, services_of_day: list[str], day: date) -> bool:
    """Whether a correct coding edit stands between two of the services on a day."""
    lines = [Service(code, day, ()) for code in services_of_day]
    return any(
        correct_coding(one, two, kind, _edits(kind)) for one in lines for two in lines if one != two
    )


@cache
def _kept_from_outpatients() -> frozenset[str]:
    """Services that the outpatient code editor ever objects to where they stand alone."""
    return frozenset(
        row["code"]
        for row in _rows(CODES / "ioce" / "ioce-hcpcs.csv.gz")
        if row["status_indicator"] in ("B", "C", "E1", "E2", "J2", "M", "N", "V")
        or row["least_age"]
        or {"blood-service", "device-procedure", "questionable"} & {*row["flags"].split()}
    )


def for_outpatients(codes: list[str]) -> list[str]:
    """Those that a hospital may bill for outpatients without more ado."""
    return [code for code in codes if code not in _kept_from_outpatients()]


MINOR_SURGERY = "minor surgery"
SURGERY = "surgery"
IMAGING = "imaging"
DIAGNOSTIC = "diagnostic"

VISITS = ["99202", "99203", "99204", "99205", "99212", "99213", "99214", "99215"]
TIMED_THERAPY = ["97110", "97112", "97116", "97140", "97530", "97035", "97032"]
THERAPY_EVALUATIONS = ["97161", "97162", "97164"]
UNTIMED_THERAPY = ["97012", *THERAPY_EVALUATIONS, "G0283"]


@cache
def _unrelated_headings() -> dict[str, list[tuple[str, str]]]:
    """By service: first and last category, or twice the code, of what is of another body system."""
    tables = CODES.parent / "tables"
    headings: dict[str, list[tuple[str, str]]] = {}
    for row in _rows(tables / "unrelated-diagnoses.csv"):
        first, _, last = row["diagnosis"].removeprefix("block-").partition("-")
        headings.setdefault(row["services"], []).append((first, last or first))
    return {
        row["member"]: headings[row["value_set"]]
        for row in _rows(tables / "value-sets.csv")
        if row["value_set"] in headings
    }


def plainly_unrelated(service: str, codes: Iterable[str]) -> bool:
    """Whether all diagnoses are of another body system or region than the service."""
    headings = _unrelated_headings().get(service, [])
    return all(
        any(first <= code[: len(first)] <= last for first, last in headings) for code in codes
    )


@cache
def palette(sort: str) -> list[str]:
    """Services of a sort that the fee schedule pays for, drawn once from all of them."""
    excluded = {*add_ons(), *VISITS, *TIMED_THERAPY, *UNTIMED_THERAPY}
    codes = [
        fees.procedure
        for fees in fee_schedule().values()
        if fees.status == "A"
        and fees.procedure.isdecimal()
        and fees.procedure not in excluded
        and fees.procedure in most_units("professional")
        and fees.procedure in most_units("institutional")
        and min(most_units(kind)[fees.procedure][0] for kind in ("professional", "institutional"))
        and _is_of(sort, fees)
    ]
    return sorted(random.Random(f"palette of {sort}").sample(sorted(codes), 60))


def _is_of(sort: str, fees: Fees) -> bool:
    number = int(fees.procedure)
    if sort == MINOR_SURGERY:
        return fees.global_days in ("000", "010") and fees.component == "0" and number < 70000
    if sort == SURGERY:
        return fees.global_days == "090" and fees.component == "0"
    if fees.component != "1" or fees.global_days != "XXX":
        return False
    return 70010 <= number < 76500 if sort == IMAGING else 91000 <= number < 97000


@cache
def services() -> frozenset[str]:
    """Every service that a generated claim may have."""
    drawn = {
        code for sort in (MINOR_SURGERY, SURGERY, IMAGING, DIAGNOSTIC) for code in palette(sort)
    }
    return frozenset(drawn | {*VISITS, *TIMED_THERAPY, *UNTIMED_THERAPY, "72146"})


# --- diagnoses


@cache
def flags() -> dict[str, frozenset[str]]:
    """The Medicare Code Editor's flags that a code ever had."""
    found: dict[str, set[str]] = {}
    for row in _rows(SOURCES / "date-table.csv.gz"):
        found.setdefault(row["code"], set()).update(row["edits"].split())
    return {code: frozenset(edits) for code, edits in found.items()}


@cache
def _outpatient_editor() -> dict[str, dict[str, str]]:
    """The newest row of each code."""
    return {row["code"]: row for row in _rows(CODES / "ioce" / "ioce-diagnosis.csv.gz")}


def ages(code: str) -> tuple[int, int]:
    """The youngest and the oldest age for a code."""
    row = _outpatient_editor().get(code)
    edits = flags()[code]
    if row is not None and row["least_age"]:
        return int(row["least_age"]), int(row["greatest_age"])
    if "newborn" in edits:
        return 0, 0
    if "pediatric" in edits:
        return 0, 17
    return (9, 64) if "maternity" in edits else (0, 124)


def sex_of(code: str) -> str | None:
    """The only sex that the editor ever let a code be for."""
    edits = flags()[code]
    return "male" if "male" in edits else "female" if edits & {"female", "maternity"} else None


@cache
def _below_code_first() -> frozenset[str]:
    """Codes, blocks' categories and headings that a code first note stands at, without dots."""
    found: set[str] = set()
    for file in sorted(SOURCES.glob("tabular-*.xml.xz")):
        root = ET.fromstring(lzma.decompress(file.read_bytes()))
        for section in root.iter("section"):
            if section.find("codeFirst") is not None:
                found.update(diag.findtext("name") or "" for diag in section.findall("diag"))
        for diag in root.iter("diag"):
            if diag.find("codeFirst") is not None:
                found.add((diag.findtext("name") or "").replace(".", ""))
    return frozenset(found)


def asks_for_another_first(code: str) -> bool:
    """Whether a code first note stands at a code or above it."""
    key = code.replace(".", "")
    return any(key[:length] in _below_code_first() for length in range(3, len(key) + 1))


def may_be_first(code: str) -> bool:
    """Whether a code may be the first-listed diagnosis of an outpatient."""
    row = _outpatient_editor().get(code)
    return (
        not flags()[code] & {"manifestation", "ecodepdx", "newborn"}
        and not asks_for_another_first(code)
        and (row is None or not {"secondary-only", "manifestation"} & {*row["flags"].split()})
    )


def fits(code: str, age: int, sex: str, day: date) -> bool:
    """Whether a code may be reported for a patient of this age and sex on a day."""
    youngest, oldest = ages(code)
    return youngest <= age <= oldest and sex_of(code) in (None, sex) and reportable(code, day)


def go_together(codes: list[str], day: date) -> bool:
    """Whether no note of any release excludes one of the codes beside another."""
    return all(
        one[:3] != other[:3] and excludes1(one, other, day)[0] is Verdict.CLEAN
        for place, one in enumerate(codes)
        for other in codes[:place]
    )


@cache
def all_codes() -> list[str]:
    """Every code that may be first-listed on some day, in order."""
    return sorted(code for code in periods() if may_be_first(code))


def codes_of(chapter: str) -> list[str]:
    """Those that begin with a letter."""
    codes = all_codes()
    return codes[bisect_left(codes, chapter) : bisect_left(codes, chapter + "~")]
