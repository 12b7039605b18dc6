"""Plausible claims that are coded correctly, made from the tables and from chance.

``claims(seed, number)`` gives the same claims for the same seed; each claim depends on the seed
and its own place only, so that a part of them can be made anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.generator import tables

Claim = dict[str, Any]

FIRST_DAY, LAST_DAY = date(2024, 7, 1), date(2026, 9, 30)
"""Days that all tables cover, so that next to nothing is left unchecked."""

COMMON = [
    *("I10", "E11.9", "E78.5", "E03.9", "J06.9", "K21.9", "J45.909", "E11.65", "I25.10", "I48.91"),
    *("N39.0", "J02.9", "H66.91", "L57.0", "L82.1", "D22.5", "G47.33", "F41.1", "F33.1", "R05.9"),
    *("R07.89", "R10.9", "R51.9", "R53.83", "M54.6", "M54.2", "M54.50", "M25.561", "M17.11"),
    *("M79.7", "G43.909", "N18.31", "E66.9", "Z00.00", "Z23", "Z12.31", "H25.13", "H40.11X1"),
    *("C50.911", "C61", "S93.401A", "S52.501A", "S61.411A", "B34.9", "K52.9", "A09", "O09.91"),
]
CHRONIC = [
    "I10",
    "E11.9",
    "E78.5",
    "E03.9",
    "K21.9",
    "G47.33",
    "I25.10",
    "N18.31",
    "M81.0",
    "J44.9",
]
FOR_THERAPY = [
    *("M54.6", "M54.2", "M54.50", "M54.59", "M62.81", "M25.511", "M25.512", "M25.561", "M25.562"),
    *("M17.11", "M17.12", "M19.011", "M48.061", "R26.89", "I69.351", "G20.A1", "S83.511D"),
]
CAUSES = ["W19.XXXA", "W01.0XXA", "W10.9XXA", "V43.52XA", "W22.8XXA"]

TAXONOMIES = ["207Q00000X", "207R00000X", "225100000X", "208100000X", "207X00000X", "2085R0202X"]


Draw = Callable[[random.Random], str]
Choice = Callable[[random.Random, Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a claim is to have; chance decides the rest.

    Attributes:
        codes: its diagnoses.
        services: its services, for visits, therapy and imaging.
        payer: its payer.
        day: its first date of service.
        draw: how chance takes a diagnosis; without it, the half are common ones.
        choose: how chance takes a service of many of a sort.
    """

    codes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    payer: str = ""
    day: date | None = None
    draw: Draw | None = None
    choose: Choice = random.Random.choice


@dataclass(slots=True)
class Draft:
    """A claim in the making."""

    rnd: random.Random
    wish: Wish
    payer: str
    kind: str
    day: date
    age: int
    sex: str
    claim: Claim = field(default_factory=dict)

    def line(self, procedure: str, quantity: int = 1, *modifiers: str, **more: Any) -> Claim:
        """Adds a line for all diagnoses, four at most."""
        items = self.claim["item"]
        item: Claim = {
            "sequence": len(items) + 1,
            "procedure": procedure,
            "modifier": list(modifiers),
            "quantity": quantity,
            "charge": f"{self.rnd.randint(20, 900)}.{self.rnd.randint(0, 99):02}",
            "serviced": self.day.isoformat(),
            "diagnosisSequence": [d["sequence"] for d in self.claim["diagnosis"]][:4],
            **more,
        }
        if not item["modifier"]:
            del item["modifier"]
        items.append(item)
        return item

    def record(self, kind: str, value: str, **about: int) -> None:
        """Adds a fact of the record."""
        self.claim["documentation"].append({"type": kind, "value": value, **about})


def npi(rnd: random.Random) -> str:
    """A provider identifier with its check digit (ISO/IEC 7812-1 with the prefix 80840)."""
    digits = [1, *(rnd.randint(0, 9) for _ in range(8))]
    total = 24 + sum(
        sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit
        for place, digit in enumerate(digits)
    )
    return "".join(map(str, [*digits, -total % 10]))


def _draft(rnd: random.Random, number: int, wish: Wish, kind: str, payers: list[str]) -> Draft:
    payer = wish.payer or rnd.choice(payers)
    day = wish.day or FIRST_DAY + timedelta(days=rnd.randint(0, (LAST_DAY - FIRST_DAY).days))
    age = rnd.randint(66, 92) if payer.startswith("medicare") else rnd.randint(19, 63)
    born = day - timedelta(days=age * 365 + age // 4 + rnd.randint(2, 360))
    age = (day - born).days * 100 // 36525
    draft = Draft(rnd, wish, payer, kind, day, age, rnd.choice(["female", "male"]))
    draft.claim = {
        "id": f"G-{number}",
        "type": kind,
        "payer": payer,
        "patient": {"id": f"P-{number}", "birthDate": born.isoformat(), "sex": draft.sex},
        "billingProvider": {"npi": npi(rnd), "taxonomy": rnd.choice(TAXONOMIES)},
        "created": (day + timedelta(days=rnd.randint(8, 40))).isoformat(),
        "diagnosis": [],
        "item": [],
        "documentation": [],
    }
    if kind == "professional":
        draft.claim["placeOfService"] = "11"
    else:
        draft.claim["typeOfBill"] = "0131"
        draft.claim["billablePeriod"] = {"start": day.isoformat(), "end": day.isoformat()}
    return draft


def _diagnose(draft: Draft, first: list[str]) -> None:
    """Gives the claim its diagnoses: one of ``first``, and what people have beside it."""
    codes = list(draft.wish.codes)
    rnd = draft.rnd
    draw = draft.wish.draw
    while not codes:
        if draw is not None:
            code = draw(rnd)
        else:
            code = rnd.choice(first) if rnd.random() < 0.5 else rnd.choice(tables.all_codes())
        if tables.may_be_first(code) and tables.fits(code, draft.age, draft.sex, draft.day):
            codes = [code]
            if code[0] == "S" and code.endswith("A") and rnd.random() < 0.5:
                codes.append(rnd.choice(CAUSES))
            for _ in range(rnd.choice([0, 0, 1, 1, 2, 3])):
                if draw is not None:
                    other = draw(rnd)
                elif rnd.random() < 0.7:
                    other = rnd.choice(CHRONIC)
                else:
                    other = rnd.choice(tables.all_codes())
                if (
                    other[0] not in "RSTVWXYZOP"
                    and not (code[0] in "ST" and other[0] == "M")
                    and not (code[0] == "R" and other not in CHRONIC)
                    and tables.fits(other, draft.age, draft.sex, draft.day)
                    and tables.go_together([*codes, other], draft.day)
                ):
                    codes.append(other)
    draft.claim["diagnosis"] = [{"sequence": n, "code": code} for n, code in enumerate(codes, 1)]


def _unrelated(draft: Draft, services: Sequence[str]) -> bool:
    """Whether one of the services has nothing to do with any of the diagnoses."""
    codes = [part["code"] for part in draft.claim["diagnosis"]]
    return any(tables.plainly_unrelated(service, codes) for service in services)


def _record_pain(draft: Draft) -> None:
    for kind, value in (
        ("pain-confirmed", "true"),
        ("pain-onset", (draft.day - timedelta(days=20)).isoformat()),
        ("pain-severity", "5 of 10"),
        ("pain-progression", "unchanged"),
        ("exam-finding", "tender on palpation"),
    ):
        draft.record(kind, value)


def visit(rnd: random.Random, number: int, wish: Wish = Wish()) -> Claim:
    """A visit to a practice."""
    payers = ["medicare-b", "medicare-b", "commercial", "example-strict", "example-managed"]
    draft = _draft(rnd, number, wish, "professional", payers)
    _diagnose(draft, COMMON)
    service = wish.services[0] if wish.services else rnd.choice([*tables.VISITS, "99213", "99214"])
    draft.line(service)
    if rnd.random() < 0.5:
        draft.record("visit-minutes", str(rnd.randint(60, 75)))
    else:
        draft.record("decision-making", rnd.choice(["low", "moderate", "high"]))
    draft.record("chief-complaint", draft.claim["diagnosis"][0]["code"])
    _record_pain(draft)
    return draft.claim


def therapy(rnd: random.Random, number: int, wish: Wish = Wish()) -> Claim:
    """A day of physical therapy, in a practice or in a hospital."""
    payers = ["medicare-b", "medicare-b", "medicare-outpatient", "commercial", "example-strict"]
    payer = wish.payer or rnd.choice(payers)
    kind = "institutional" if payer == "medicare-outpatient" else "professional"
    draft = _draft(rnd, number, wish, kind, [payer])
    codes = wish.codes or (rnd.choice(FOR_THERAPY),)
    draft.claim["diagnosis"] = [{"sequence": n, "code": code} for n, code in enumerate(codes, 1)]
    draft.claim["billingProvider"]["taxonomy"] = "225100000X"
    chosen = list(wish.services)
    while not chosen:
        chosen = rnd.sample(tables.TIMED_THERAPY, rnd.randint(1, 3))
        if rnd.random() < 0.3:
            chosen.append(rnd.choice(tables.UNTIMED_THERAPY))
        if tables.bundled(kind, chosen, draft.day):
            chosen = []
    beyond = payer.startswith("medicare") and rnd.random() < 0.2
    with_assistant = rnd.random() < 0.15 and payer.startswith("medicare")
    revenue = {"revenue": "0420"} if kind == "institutional" else {}
    timed = 0
    spare = rnd.randint(0, 7)
    for service in chosen:
        # An assistant does not evaluate.
        assistant = with_assistant and service not in tables.THERAPY_EVALUATIONS
        modifiers = ["GP", *(["KX"] if beyond else []), *(["CQ"] if assistant else [])]
        if service in tables.TIMED_THERAPY:
            most = min(tables.most_units(kind)[service][0], 3)
            units = rnd.randint(1, most)
            minutes = 15 * units + spare
            spare = 0
            timed += minutes
            by_assistant = {"assistantMinutes": minutes} if assistant else {}
        else:
            units, minutes = 1, rnd.randint(10, 30)
            by_assistant = {"assistantMinutes": minutes} if assistant else {}
        draft.line(
            service, units, *modifiers, allowed="31.20", minutes=minutes, **by_assistant, **revenue
        )
    if payer.startswith("medicare"):
        amount = rnd.randint(2600, 2900) if beyond else rnd.randint(0, 1500)
        draft.claim["therapyYearToDate"] = {"ptSlp": f"{amount}.00", "ot": "0.00"}
    day = draft.day
    total = sum(line["minutes"] for line in draft.claim["item"])
    draft.record("pain-site", "unspecified")
    if timed:
        draft.record("treatment-note-timed-minutes", str(timed))
    draft.record("treatment-note-total-minutes", str(total))
    draft.record("treatment-note-signed", day.isoformat())
    draft.record("therapy-response", "walks further than last week")
    draft.record("therapy-start", "10:00")
    draft.record("therapy-stop", f"{10 + total // 60}:{total % 60:02}")
    established = day - timedelta(days=rnd.randint(1, 40))
    draft.record("plan-of-care-established", established.isoformat())
    draft.record("plan-of-care-signed", (established + timedelta(days=5)).isoformat())
    draft.record("progress-report", day.isoformat())
    draft.record("order", established.isoformat())
    _record_pain(draft)
    return draft.claim


def imaging(rnd: random.Random, number: int, wish: Wish = Wish()) -> Claim:
    """An image, whole in a practice or read in a hospital."""
    payers = ["medicare-b", "commercial", "example-managed"]
    draft = _draft(rnd, number, wish, "professional", payers)
    thoracic = not wish.services and rnd.random() < 0.2
    if wish.services:
        services = list(wish.services)
    elif thoracic:
        services = ["72146"]
    else:
        services = [wish.choose(rnd, tables.palette(tables.IMAGING))]
    if thoracic and not wish.codes:
        draft.claim["diagnosis"] = [{"sequence": 1, "code": rnd.choice(["M54.6", "M54.14"])}]
    else:
        _diagnose(draft, COMMON)
        while not wish.codes and wish.draw is None and _unrelated(draft, services):
            _diagnose(draft, COMMON)
    for service in services:
        fees = tables.fee_schedule()[service]
        in_hospital = fees.non_facility_na or rnd.random() < 0.3
        draft.line(service, 1, *(["26"] if in_hospital else []))
        if in_hospital:
            draft.claim["item"][-1]["placeOfService"] = "22"
    draft.record("order", (draft.day - timedelta(days=6)).isoformat())
    draft.record("report", draft.day.isoformat())
    draft.record("conservative-care-weeks", str(rnd.randint(6, 12)))
    draft.record("neurological-deficit", "present")
    draft.record("pain-site", "thoracic")
    _record_pain(draft)
    if draft.payer == "example-managed":
        draft.claim["priorAuthorization"] = [f"A{rnd.randint(10000, 99999)}"]
    return draft.claim


def outpatient(rnd: random.Random, number: int, wish: Wish = Wish()) -> Claim:
    """A day in the outpatient department of a hospital."""
    draft = _draft(rnd, number, wish, "institutional", ["medicare-outpatient", "commercial"])
    _diagnose(draft, COMMON)
    chosen = list(wish.services)
    revenue = {tables.IMAGING: "0320", tables.DIAGNOSTIC: "0920", tables.MINOR_SURGERY: "0360"}
    sorts: dict[str, str] = {}
    while not chosen:
        for _ in range(rnd.randint(1, 3)):
            sort = rnd.choice(list(revenue))
            service = wish.choose(rnd, tables.for_outpatients(tables.palette(sort)))
            sorts[service] = sort
            chosen.append(service)
        chosen = list(dict.fromkeys(chosen))
        if tables.bundled("institutional", chosen, draft.day) or (
            wish.draw is None and _unrelated(draft, chosen)
        ):
            chosen = []
    for service in chosen:
        draft.line(service, 1, revenue=revenue[sorts.get(service, tables.DIAGNOSTIC)])
    return draft.claim


def specialty(rnd: random.Random, number: int, wish: Wish = Wish()) -> Claim:
    """A procedure of any specialty, some with a visit on the same day."""
    draft = _draft(rnd, number, wish, "professional", ["medicare-b", "medicare-b", "commercial"])
    _diagnose(draft, tables.all_codes())
    sort = rnd.choice(
        [tables.MINOR_SURGERY, tables.MINOR_SURGERY, tables.DIAGNOSTIC, tables.SURGERY]
    )
    service = wish.services[0] if wish.services else wish.choose(rnd, tables.palette(sort))
    fees = tables.fee_schedule()[service]
    in_hospital = fees.non_facility_na or (fees.global_days == "090" and not fees.facility_na)
    component = ["26"] if in_hospital and fees.component == "1" else []
    draft.line(service, 1, *component, placeOfService="22" if in_hospital else "11")
    if fees.global_days in ("000", "010") and rnd.random() < 0.5:
        seen = rnd.choice(["99212", "99213", "99214"])
        draft.line(seen, 1, "25", placeOfService="22" if in_hospital else "11")
        draft.record("visit-minutes", "50")
    return draft.claim


Maker = Callable[[random.Random, int, Wish], Claim]
MAKERS: dict[str, tuple[int, Maker]] = {
    "visit": (30, visit),
    "therapy": (25, therapy),
    "imaging": (12, imaging),
    "outpatient": (13, outpatient),
    "specialty": (20, specialty),
}
"""What makes each sort of claim, with its share in a hundred."""


def claim(seed: int, place: int) -> Claim:
    """The claim at a place of the sequence of a seed."""
    rnd = random.Random(f"claim {seed} {place}")
    weights = [share for share, _ in MAKERS.values()]
    maker = rnd.choices([make for _, make in MAKERS.values()], weights)[0]
    return maker(rnd, place, Wish())


def claims(seed: int, number: int) -> Iterator[Claim]:
    """So many claims that are coded correctly; the same for the same seed."""
    return (claim(seed, place) for place in range(number))
