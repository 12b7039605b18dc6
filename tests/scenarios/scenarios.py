"""Everyday claims made of the scenarios in ``claims/``; README.md says how they are written."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from claimshapes.claims import run_days
from tests.generator.claims import npi

Claim = dict[str, Any]

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2026, 11, 20)

FAULTY_DAYS = (date(2024, 7, 1), date(2026, 6, 30))
"""The days that every table covers."""

SETTINGS = {
    "primary care": ("office",),
    "therapy": ("therapy",),
    "chiropractic": ("chiropractic",),
    "behavioral": ("behavioral",),
    "imaging": ("imaging",),
    "laboratory": ("laboratory",),
    "surgery": ("surgery",),
    "anesthesia": ("anesthesia",),
    "durable medical equipment": ("equipment", "supplies"),
    "ambulance": ("ambulance",),
    "dialysis": ("dialysis",),
    "preventive": ("preventive",),
    "eye": ("eye",),
    "obstetrics": ("obstetrics",),
    "emergency department": ("emergency",),
    "hospital outpatient": ("hospital-outpatient",),
    "inpatient": ("inpatient",),
    "home health": ("home-health",),
    "telehealth": ("telehealth",),
    "drugs": ("drugs",),
}
"""The files of each setting."""

_LINE = re.compile(
    r"(?:(?P<revenue>[0-9]{4})(?: |$))?(?P<procedure>[A-Z0-9]{5})?(?P<modifiers>(?:-[A-Z0-9]{2})*)"
    r"(?: ?x(?P<units>[0-9]+))?(?: (?P<minutes>[0-9]+)m)?(?: @(?P<pointers>[0-9,]+))?"
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of visit, stay or supply.

    Attributes:
        name: its name, unique among all.
        setting: the file that it is in.
        spec: what the file says of it.
        faults: the changes that make it wrong.
    """

    name: str
    setting: str
    spec: dict[str, Any]
    faults: tuple[dict[str, Any], ...]


@cache
def scenarios() -> tuple[Scenario, ...]:
    """All of them, in the order of the files."""
    found = []
    for file in sorted((Path(__file__).parent / "claims").glob("*.toml")):
        for name, spec in tomllib.loads(file.read_text("utf-8")).items():
            faults = tuple(spec.pop("faults", ()))
            found.append(Scenario(name, file.stem, spec, faults))
    return tuple(found)


def claims(seed: int, number: int) -> Iterator[tuple[Scenario, Claim]]:
    """Correct claims: every scenario in turn, until there are enough."""
    every = scenarios()
    for place in range(number):
        scenario = every[place % len(every)]
        yield scenario, claim(scenario.spec, f"{seed} {place}", f"{scenario.name}-{place}")


def faulty(scenario: Scenario, fault: dict[str, Any], seed: int) -> tuple[Claim, Claim]:
    """A correct claim of a scenario, and the same with a fault."""
    key, identifier = f"{seed} {fault['name']}", scenario.name
    spec = deepcopy(scenario.spec)
    if "payer" in fault:
        spec["payers"] = [fault["payer"]]
    right = claim(spec, key, identifier, days=FAULTY_DAYS)
    if "line" in fault:
        spec["lines"][fault["line"] - 1] = fault["to"]
    elif "diagnosis" in fault:
        spec["diagnosis"][fault["diagnosis"]] = fault["to"]
    spec["lines"] = fault.get("lines", spec["lines"])
    spec["diagnosis"] = fault.get("diagnoses", spec["diagnosis"])
    spec["sex"] = fault.get("sex", spec.get("sex"))
    if "swap-diagnoses" in fault:
        one, other = fault["swap-diagnoses"]
        codes = spec["diagnosis"]
        codes[one], codes[other] = codes[other], codes[one]
    if "drop-line" in fault:
        del spec["lines"][fault["drop-line"] - 1]
    spec["lines"] += [fault["add-line"]] if "add-line" in fault else []
    spec["diagnosis"] += [fault["add-diagnosis"]] if "add-diagnosis" in fault else []
    late = fault.get("days", 0)
    wrong = claim(spec, key, identifier, days=FAULTY_DAYS, late=late)
    return right, {**wrong, **fault.get("set", {})}


def claim(
    spec: dict[str, Any],
    key: str,
    identifier: str,
    *,
    days: tuple[date, date] = (FIRST_DAY, LAST_DAY),
    late: int = 0,
) -> Claim:
    """One claim of a scenario.

    Args:
        spec: the scenario.
        key: what chance is drawn from.
        identifier: the claim's number.
        days: the first and the last day on which it may be dated.
        late: days after today on which it is dated, instead of a day of the period.
    """
    rnd = random.Random(key)
    day = days[0] + timedelta(days=rnd.randint(0, (days[1] - days[0]).days))
    if late:
        day = run_days.today() + timedelta(days=late)
    first, last = spec["age"]
    # Born before the anniversary, so that the age is that on the whole day and stay.
    born = day - timedelta(days=round(rnd.randint(first, last) * 365.25) + rnd.randint(2, 300))
    if last == 0:
        born = day
    stay = timedelta(days=rnd.randint(*spec["stay"])) if "stay" in spec else timedelta()
    kind = spec.get("type", "professional")
    codes = list(spec["diagnosis"])
    also = [code for code in spec.get("also", ()) if spec.get("sex") or not code.startswith("N4")]
    codes += rnd.sample(also, min(len(also), rnd.randint(0, 3)))
    made: Claim = {
        "id": identifier,
        "type": kind,
        "payer": rnd.choice(spec["payers"]),
        "patient": {
            "id": f"P-{identifier}",
            "birthDate": born.isoformat(),
            "sex": spec.get("sex") or rnd.choice(["female", "male"]),
        },
        "billingProvider": {
            "npi": npi(rnd),
            "taxonomy": spec.get("taxonomy", "282N00000X" if "bill" in spec else "207Q00000X"),
        },
        "created": (day + stay + timedelta(days=rnd.randint(1, 6))).isoformat(),
        "diagnosis": [{"sequence": n, "code": code} for n, code in enumerate(codes, 1)],
        "item": [_line(text, number, day, rnd) for number, text in enumerate(spec["lines"], 1)],
    }
    for text, before in spec.get("earlier", ()):
        earlier = _line(text, 1, day - timedelta(days=before), rnd)
        service: Claim = {
            name: earlier[name] for name in ("procedure", "modifier") if name in earlier
        }
        service |= {"serviced": earlier["serviced"], "npi": made["billingProvider"]["npi"]}
        made.setdefault("history", []).append(service)
    if kind == "professional":
        made["placeOfService"] = spec.get("pos", "11")
    else:
        made["typeOfBill"] = spec["bill"]
        made["billablePeriod"] = {"start": day.isoformat(), "end": (day + stay).isoformat()}
        for name, field in (("admitting", "admittingDiagnosis"), ("reason", "reasonForVisit")):
            if name in spec:
                made[field] = spec[name] if name == "admitting" else [spec[name]]
    return made


def _line(text: str, number: int, day: date, rnd: random.Random) -> Claim:
    found = _LINE.fullmatch(text)
    if found is None:
        raise ValueError(f"not a line: {text!r}")
    parts = found.groupdict()
    line: Claim = {
        "sequence": number,
        "quantity": int(parts["units"] or 1),
        "charge": f"{rnd.randint(20, 900)}.{rnd.randint(0, 99):02}",
        "serviced": day.isoformat(),
    }
    for name in ("revenue", "procedure"):
        if parts[name]:
            line[name] = parts[name]
    if parts["modifiers"]:
        line["modifier"] = parts["modifiers"].strip("-").split("-")
    if parts["minutes"]:
        line["minutes"] = int(parts["minutes"])
    if parts["pointers"]:
        line["diagnosisSequence"] = [int(pointer) for pointer in parts["pointers"].split(",")]
    return line
