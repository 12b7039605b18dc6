"""Facility claims of many kinds for the two CMS editors, the same for the same seed.

Each outpatient claim has one or two things that an edit of the outpatient code editor speaks of:
a code with one of its flags, a modifier, a revenue code, units, a bill, a date, a diagnosis or an
age. Each inpatient claim is a stay with diagnoses that an edit of the Medicare Code Editor speaks
of. Codes are drawn from the tables of ontology/codes.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

Claim = dict[str, Any]
Line = dict[str, Any]
Row = dict[str, str]

SEED = 20261127
CODES = Path(__file__).parents[1] / "ontology" / "codes"
FIRST, LAST = date(2019, 7, 1), date(2026, 6, 30)
BILLS = ("0131", "0131", "0131", "0131", "0121", "0141", "0221", "0231", "0341", "0721", "0751")
"""Types of bill, those of hospital outpatients most often."""

_ORDINARY = ("J18.9", "R07.9", "M54.50", "I48.91", "N39.0", "E11.9", "S93.401A", "K57.30")
_VISIT = ("99284", "0450")


@cache
def services() -> list[Row]:
    """The outpatient code editor's rows of services."""
    return _rows("ioce", "ioce-hcpcs.csv.gz")


def outpatient_claims(each: int = 16, seed: int = SEED) -> Iterator[tuple[str, Claim]]:
    """So many claims of each kind, with the name of the kind."""
    for kind, make in _OUTPATIENT.items():
        rnd = random.Random(f"{seed} {kind}")
        for number in range(each):
            yield kind, {**make(rnd), "id": f"OP-{_name(kind)}-{number}"}
    for flag in _flags():
        rnd = random.Random(f"{seed} {flag}")
        for number in range(each // 2 + 1):
            row = rnd.choice([row for row in services() if flag in row["flags"].split()])
            day = _day_of(rnd, row)
            yield f"flag {flag}", {**_flagged(rnd, row, day), "id": f"OP-flag-{flag}-{number}"}


def inpatient_claims(each: int = 45, seed: int = SEED) -> Iterator[tuple[str, Claim]]:
    """So many stays of each kind, with the name of the kind."""
    for kind, make in _INPATIENT.items():
        rnd = random.Random(f"{seed} {kind}")
        for number in range(each):
            yield kind, {**make(rnd), "id": f"IP-{_name(kind)}-{number}"}


def _name(kind: str) -> str:
    return kind.replace(",", "").replace(" ", "-")


def _rows(folder: str, name: str) -> list[Row]:
    with gzip.open(CODES / folder / name, "rt", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def _revenues() -> list[Row]:
    return _rows("ioce", "ioce-revenue-codes.csv.gz")


@cache
def _diagnoses() -> list[Row]:
    with gzip.open(CODES / "icd10cm" / "sources" / "date-table.csv.gz", "rt") as stream:
        return [row for row in csv.DictReader(stream) if row["valid_from"] <= str(LAST)]


@cache
def _flags() -> list[str]:
    return sorted({flag for row in services() for flag in row["flags"].split()})


def _any_day(rnd: random.Random) -> date:
    return FIRST + timedelta(rnd.randrange((LAST - FIRST).days))


def _day_of(rnd: random.Random, row: Row) -> date:
    first = max(FIRST, date.fromisoformat(row["valid_from"]))
    last = min(LAST, date.fromisoformat(row["valid_to"] or str(LAST)))
    return first + timedelta(rnd.randrange(max(1, (last - first).days)))


def _line(code: str | None, revenue: str, *modifiers: str, units: int = 1) -> Line:
    line: Line = {"revenue": revenue, "quantity": units, "charge": "100.00"}
    if code is not None:
        line["procedure"] = code
    if modifiers:
        line["modifier"] = list(modifiers)
    return line


def _claim(
    day: date,
    lines: list[Line],
    bill: str = "0131",
    diagnoses: tuple[str, ...] = ("M54.6",),
    born: str = "1950-03-08",
    sex: str = "female",
) -> Claim:
    return {
        "type": "institutional",
        "typeOfBill": bill,
        "payer": "medicare-outpatient" if bill[1:3] != "11" else "medicare",
        "patient": {"id": "P-1", "birthDate": born, "sex": sex},
        "billingProvider": {"npi": "1234567893", "taxonomy": "282N00000X"},
        "billablePeriod": {"start": str(day), "end": str(day)},
        "diagnosis": [{"sequence": i, "code": code} for i, code in enumerate(diagnoses, 1)],
        "item": [{"sequence": i, "serviced": str(day), **line} for i, line in enumerate(lines, 1)],
    }


def _flagged(rnd: random.Random, row: Row, day: date) -> Claim:
    lines = [_line(row["code"], rnd.choice(("0360", "0510", "0636", "0960")))]
    if rnd.random() < 0.5:
        lines.append(_line(*_VISIT))
    return _claim(day, lines, rnd.choice(BILLS))


def _of_status(*statuses: str) -> Callable[[random.Random], Claim]:
    def make(rnd: random.Random) -> Claim:
        row = rnd.choice([row for row in services() if row["status_indicator"] in statuses])
        return _flagged(rnd, row, _day_of(rnd, row))

    return make


def _of_flag(flag: str, *modifiers: str, units: int = 1) -> Callable[[random.Random], Claim]:
    def make(rnd: random.Random) -> Claim:
        row = rnd.choice([row for row in services() if flag in row["flags"].split()])
        carried = [modifier for modifier in modifiers if rnd.random() < 0.7]
        line = _line(row["code"], "0360", *carried, units=rnd.choice((1, units)))
        return _claim(_day_of(rnd, row), [line], rnd.choice(("0131", "0131", "0141", "0121")))

    return make


def _fixed(*choices: list[Line]) -> Callable[[random.Random], Claim]:
    def make(rnd: random.Random) -> Claim:
        return _claim(_any_day(rnd), [dict(line) for line in rnd.choice(choices)])

    return make


def _first_listed(flag: str) -> Callable[[random.Random], Claim]:
    def make(rnd: random.Random) -> Claim:
        row = rnd.choice([row for row in _diagnoses() if flag in row["edits"].split()])
        day = _diagnosis_day(rnd, row)
        order = (row["code"], "J18.9") if rnd.random() < 0.7 else ("J18.9", row["code"])
        return _claim(day, [_line(*_VISIT)], rnd.choice(("0131", "0121")), order)

    return make


def _diagnosis_day(rnd: random.Random, row: Row) -> date:
    first = max(FIRST, date.fromisoformat(row["valid_from"]))
    last = min(LAST, date.fromisoformat(row["valid_to"] or str(LAST)))
    return first + timedelta(rnd.randrange(max(1, (last - first).days)))


def _aged(flag: str) -> Callable[[random.Random], Claim]:
    def make(rnd: random.Random) -> Claim:
        row = rnd.choice(
            [
                row
                for row in _diagnoses()
                if flag in row["edits"].split() and (row["valid_to"] or "2027") > str(FIRST)
            ]
        )
        day = _diagnosis_day(rnd, row)
        age = rnd.choice((0, 1, 8, 9, 11, 12, 14, 15, 17, 18, 40, 55, 56, 64, 65, 80))
        born = str(date(day.year - age, 1, 1))
        return _claim(day, [_line(*_VISIT)], "0131", (row["code"],), born)

    return make


def _aged_service(rnd: random.Random) -> Claim:
    row = rnd.choice([row for row in services() if row["least_age"]])
    day = _day_of(rnd, row)
    least, greatest = int(row["least_age"]), int(row["greatest_age"])
    age = rnd.choice((max(0, least - 1), least, min(110, greatest), min(110, greatest + 1)))
    born = str(date(day.year - age, 1, 1))
    return _claim(day, [_line(row["code"], "0510")], born=born)


def _dated(rnd: random.Random) -> Claim:
    row = rnd.choice([row for row in services() if row["date_edit"] and row["approved"] > "2019"])
    day = date.fromisoformat(row["approved"]) + timedelta(rnd.choice((-3, -1, 0, 2)))
    if row["terminated"] and row["terminated"] < str(LAST) and rnd.random() < 0.4:
        day = date.fromisoformat(row["terminated"]) + timedelta(rnd.choice((-1, 0, 1, 3)))
    day = min(max(day, FIRST), LAST)
    return _claim(day, [_line(row["code"], "0636"), _line(*_VISIT)])


def _invalid_diagnosis(rnd: random.Random) -> Claim:
    code = rnd.choice(("M54", "M54.5", "XYZ", "S93.401", "E11.99", "Z99", "J18.9X"))
    return _claim(date(2026, 5, 4), [_line(*_VISIT)], diagnoses=(code,))


def _revenue_line(flag: str) -> Callable[[random.Random], Claim]:
    def make(rnd: random.Random) -> Claim:
        row = rnd.choice([row for row in _revenues() if flag in row["flags"].split()])
        code = None if rnd.random() < 0.7 else "96372"
        line = _line(code, row["revenue_code"])
        return _claim(_day_of(rnd, row), [line, _line(*_VISIT)])

    return make


def _any_revenue(rnd: random.Random) -> Claim:
    row = rnd.choice([row for row in _revenues() if row["revenue_code"] != "0001"])
    bill = rnd.choice(BILLS)
    return _claim(_day_of(rnd, row), [_line(None, row["revenue_code"]), _line(*_VISIT)], bill)


def _add_on(rnd: random.Random) -> Claim:
    row = rnd.choice(_rows("ioce", "ioce-add-on.csv.gz"))
    lines = [_line(row["add_on"], "0360")]
    if rnd.random() < 0.5:
        lines.append(_line(row["primary"], rnd.choice(("0360", "0960"))))
    return _claim(_day_of(rnd, row), lines, "0851")


def _partner(rnd: random.Random) -> Claim:
    row = rnd.choice(_rows("ioce", "ioce-pairs.csv.gz"))
    bill = "0851" if row["kind"] == "drug-administration" else "0131"
    lines = [_line(row["code"], "0278" if row["kind"] == "pass-through" else "0360")]
    if rnd.random() < 0.5:
        lines.append(_line(row["partner"], "0360"))
    elif rnd.random() < 0.5:
        lines.append(_line("29881", "0360"))
    claim = _claim(_day_of(rnd, row), lines, bill)
    if rnd.random() < 0.2:
        claim["conditionCode"] = [rnd.choice(("41", "92"))]
    return claim


def _program(rnd: random.Random) -> Claim:
    flags = {"ph-not-mh", "iop-not-mh", "opioid-treatment-program", "blood-product"}
    row = rnd.choice([row for row in services() if flags & {*row["flags"].split()}])
    lines = [_line(row["code"], "0900"), _line("90834", "0914")]
    claim = _claim(_day_of(rnd, row), lines, rnd.choice(BILLS))
    claim["conditionCode"] = [rnd.choice(("09", "41", "89", "92"))]
    return claim


def _blood_lines(rnd: random.Random) -> Claim:
    code = rnd.choice(("P9016", "P9035", "P9040"))
    lines = [_line("36430", "0391")]
    for _ in range(rnd.randrange(1, 4)):
        modifiers = ("BL",) if rnd.random() < 0.7 else ()
        revenue = rnd.choice(("0381", "0384", "0390", "0390"))
        lines.append(_line(code, revenue, *modifiers, units=rnd.randrange(1, 3)))
    return _claim(_any_day(rnd), lines)


def _skin_substitute(rnd: random.Random) -> Claim:
    application = rnd.choice(("15271", "15275", "C5271", "C5275"))
    product = rnd.choice(("A2001", "A2037", "Q4100", "Q4151", "Q4101"))
    lines = [_line(application, "0360")]
    if rnd.random() < 0.7:
        lines.append(_line(product, "0636"))
    return _claim(_any_day(rnd), lines, rnd.choice(("0131", "0131", "0851")))


def _pair(rnd: random.Random) -> Claim:
    rows = _pairs()
    row = rnd.choice(rows)
    modifier = ("59",) if rnd.random() < 0.4 else ()
    lines = [_line(row["column1"], "0360"), _line(row["column2"], "0360", *modifier)]
    return _claim(date(2025, 5, 6), lines)


@cache
def _pairs() -> list[Row]:
    rows = _rows("ncci", "ptp-hospital.csv.gz")
    known = {row["code"] for row in services() if row["status_indicator"] in ("T", "S", "Q1", "A")}
    return [
        row
        for row in rows[::97]
        if (row["to_quarter_inclusive"] or "2026-04-01") >= "2026-04-01"
        and {row["column1"], row["column2"]} <= known
    ][::5]


def _correct(rnd: random.Random) -> Claim:
    lines = rnd.choice(CORRECT_VISITS)
    return _claim(
        _any_day(rnd), [dict(line) for line in lines], diagnoses=(rnd.choice(_ORDINARY[:2]),)
    )


CORRECT_VISITS: list[list[Line]] = [
    [_line("99284", "0450", "25"), _line("96374", "0450"), _line("71046", "0324")],
    [_line("72148", "0612")],
    [_line("G0463", "0510", "25"), _line("96365", "0260"), _line("J1745", "0636", units=40)],
    [_line("G0463", "0510")],
    [_line("97110", "0420", "GP", units=2), _line("97140", "0420", "GP")],
    [_line("77067", "0403")],
    [_line("45378", "0750"), _line(None, "0250"), _line(None, "0370")],
    [_line("29881", "0360", "RT"), _line(None, "0250"), _line(None, "0710")],
    [_line("99285", "0450"), _line("G0378", "0762", units=22), _line("93005", "0730")],
    [_line("80053", "0301"), _line("85025", "0305"), _line("36415", "0300")],
    [_line("27447", "0360", "LT"), _line("C1776", "0278"), _line(None, "0250")],
    [_line("36430", "0391"), _line("P9016", "0390")],
]
"""What hospitals bill every day."""

_OUTPATIENT: dict[str, Callable[[random.Random], Claim]] = {
    "correct": _correct,
    "status A": _of_status("A"),
    "status B, M": _of_status("B", "M"),
    "status C": _of_status("C"),
    "status E1, E2": _of_status("E1", "E2"),
    "status G, K": _of_status("G", "K"),
    "status J1": _of_status("J1"),
    "status N": _of_status("N"),
    "status S, T": _of_status("S", "T"),
    "status V, Q": _of_status("V", "J2", "Q1", "Q2"),
    "status L, R, F": _of_status("L", "R", "F"),
    "bilateral": _of_flag("bilateral-conditional", "50", units=2),
    "both sides": _of_flag("bilateral-independent", "50", "52", units=2),
    "inherently bilateral": _of_flag("bilateral-inherent", "76", units=2),
    "terminated": _of_flag("bilateral-conditional", "73", "50", units=2),
    "colorectal": _of_flag("colorectal", "PT"),
    "not colorectal": _of_flag("blood-service", "PT"),
    "modifier conflict": _fixed(
        [_line("G0463", "0510", "PO", "PN")],
        [_line("71046", "0324", "FX", "FY")],
        [_line("71250", "0352", "CT", "FX")],
        [_line("G0463", "0510", "PO", "25")],
    ),
    "visit and procedure": _fixed(
        [_line(*_VISIT), _line("96365", "0260")],
        [_line("G0463", "0510"), _line("11042", "0360")],
        [_line("99283", "0450", "25"), _line("12001", "0450")],
        [_line(*_VISIT), _line("G0378", "0762", units=9), _line("96365", "0260")],
        [_line(*_VISIT), _line("71046", "0324")],
    ),
    "observation": _fixed(
        [_line("G0379", "0762")],
        [_line("G0379", "0762"), _line("G0378", "0762", units=9)],
        [_line("G0378", "0762", units=9), _line("G0378", "0762", units=3), _line(*_VISIT)],
        [_line("96365", "0762")],
    ),
    "trauma": _fixed(
        [_line("G0390", "0681"), _line("99291", "0450")],
        [_line("G0390", "0681")],
        [_line("G0390", "0450"), _line("99291", "0450")],
    ),
    "cornea and transplant": _fixed(
        [_line("V2785", "0819")],
        [_line("V2785", "0819"), _line("65710", "0360")],
        [_line("38240", "0362")],
        [_line("38240", "0362"), _line(None, "0815")],
    ),
    "blood": _fixed(
        [_line("36430", "0391")],
        [_line("36430", "0391"), _line("P9016", "0390")],
        [_line("36430", "0391"), _line("P9016", "0382")],
    ),
    "device": _fixed(
        [_line("27447", "0360")],
        [_line("27447", "0360"), _line("C1776", "0278")],
        [_line("33249", "0360", "74")],
    ),
    "inpatient-only day": _fixed(
        [_line("27132", "0360"), _line("80053", "0301"), _line(None, "0250")],
        [_line("33533", "0360"), _line("71046", "0324")],
    ),
    "packaged": _fixed(
        [_line("J1100", "0636")],
        [_line("J1100", "0636"), _line(None, "0250")],
        [_line("J1100", "0636"), _line("96372", "0510")],
    ),
    "invalid code": _fixed(
        [_line("ABCDE", "0510")],
        [_line("99201", "0510")],
        [_line("G0463", "0510", "ZZ")],
        [_line("G0463", "9999")],
    ),
    "age of the diagnosis, maternity": _aged("maternity"),
    "age of the diagnosis, newborn": _aged("newborn"),
    "age of the diagnosis, children": _aged("pediatric"),
    "age of the diagnosis, adults": _aged("adult"),
    "age of the service": _aged_service,
    "manifestation": _first_listed("manifestation"),
    "external cause": _first_listed("ecodepdx"),
    "unacceptable": _first_listed("unacceptable"),
    "invalid diagnosis": _invalid_diagnosis,
    "approval": _dated,
    "revenue, excluded": _revenue_line("statutory-exclusion"),
    "revenue, not recognized": _revenue_line("not-recognized"),
    "revenue, any": _any_revenue,
    "add-on": _add_on,
    "pair": _pair,
    "partner": _partner,
    "program": _program,
    "blood lines": _blood_lines,
    "skin substitute": _skin_substitute,
}


def _stay(*flags: str, secondary: bool = False) -> Callable[[random.Random], Claim]:
    def make(rnd: random.Random) -> Claim:
        rows = [row for row in _diagnoses() if {*flags} <= {*row["edits"].split()}]
        rows = [row for row in rows if (row["valid_to"] or "2027") > str(FIRST)]
        row = rnd.choice(rows)
        age = rnd.choice((0, 5, 16, 30, 45, 66, 80))
        day = _diagnosis_day(rnd, row)
        codes: tuple[str, ...] = (row["code"], rnd.choice(_ORDINARY))
        if secondary or rnd.random() < 0.3:
            codes = (codes[1], codes[0])
        if rnd.random() < 0.2:
            codes = codes[:1]
        born, sex = str(date(day.year - age, 1, 1)), rnd.choice(("female", "male"))
        return _claim(day, [_line(None, "0120")], "0111", codes, born, sex)

    return make


def _any_stay(rnd: random.Random) -> Claim:
    rows = [rnd.choice(_diagnoses()) for _ in range(rnd.randrange(1, 5))]
    day = _any_day(rnd)
    born = str(date(day.year - rnd.randrange(90), 1, 1))
    codes = tuple(row["code"] for row in rows)
    return _claim(day, [_line(None, "0120")], "0111", codes, born, rnd.choice(("female", "male")))


def _correct_stay(rnd: random.Random) -> Claim:
    codes = rnd.choice(CORRECT_STAYS)
    return _claim(_any_day(rnd), [_line(None, "0120")], "0111", codes)


CORRECT_STAYS: list[tuple[str, ...]] = [
    ("J18.9", "I10", "E11.9"),
    ("M16.11", "I10", "Z79.82"),
    ("A41.9", "R65.20", "N17.9"),
    ("I11.0", "I50.23", "N18.30"),
    ("I63.512", "I10", "I48.91"),
    ("S72.141A", "W19.XXXA", "M81.0"),
]
"""Diagnoses of everyday stays."""


def _twice(rnd: random.Random) -> Claim:
    code = rnd.choice(_ORDINARY)
    codes = (code, rnd.choice(("I10", code)), code if rnd.random() < 0.5 else "E78.5")
    return _claim(date(2026, 5, 4), [_line(None, "0120")], "0111", codes)


def _invalid_stay(rnd: random.Random) -> Claim:
    bad = rnd.choice(("M54", "M54.5", "XYZ", "S93.401", "E11.99", "Z99", "A00"))
    codes = (bad, "I10") if rnd.random() < 0.5 else ("J18.9", bad)
    return _claim(date(2026, 5, 4), [_line(None, "0120")], "0111", codes)


_INPATIENT: dict[str, Callable[[random.Random], Claim]] = {
    "correct": _correct_stay,
    "any": _any_stay,
    "unacceptable": _stay("unacceptable"),
    "requires a secondary": _stay("reqsdx"),
    "questionable": _stay("qadm"),
    "manifestation": _stay("manifestation"),
    "external cause": _stay("ecodepdx"),
    "external cause, secondary": _stay("ecodepdx", secondary=True),
    "newborn": _stay("newborn"),
    "children": _stay("pediatric"),
    "maternity": _stay("maternity"),
    "adults": _stay("adult"),
    "female": _stay("female"),
    "male": _stay("male"),
    "unspecified side": _stay("unspecified"),
    "wrong procedure": _stay("wrngproc"),
    "twice": _twice,
    "invalid": _invalid_stay,
}
