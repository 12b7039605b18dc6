"""What the segments of an 837 say of a claim: which segment becomes which field.

Each segment comes with the loop that it stands in: 2000A billing provider, 2000B subscriber,
2000C patient, 2300 claim, 2400 service line. What the guides require and real files leave out
(LX, DMG, NM1*PR) is missed only where the claim format cannot do without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from claimshapes.claims.claim import Origin
from claimshapes.claims.readers.described_formats import x12_terms
from claimshapes.claims.readers.x12_fields import (
    TakenFields,
    amount_of,
    day_of,
    meaning,
    number_of,
    qualifier,
)
from claimshapes.claims.readers.x12_loops import (
    CLAIM_LOOP,
    LINE_LOOP,
    Level,
    is_within,
    place_in_file,
)
from claimshapes.claims.readers.x12_segments import Segment
from claimshapes.claims.schema import has_form
from claimshapes.knowledge.format_terms import FormatTerms

FACT_CHARACTERS = 1000
"""What is taken over of a note; the guides allow 80."""

COVERAGE = "coverage"
"""Where a level has the fields of its coverage."""

# Qualifier, code, four modifiers, description, and the last code of a range.
_SERVICE_COMPONENTS = 8
_POINTER = re.compile(r"[0-9]{1,4}")


class Unreadable(Exception):
    """An element from which no field can be made."""


Placed = tuple[Any, str]
"""A value, and the loop, segment and line that it was read from."""


@dataclass(slots=True)
class ServiceLine:
    """Loop 2400."""

    number: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    place: str = ""
    service: str = ""
    date_place: str = ""
    facts: list[Placed] = field(default_factory=list)
    taken: TakenFields = field(default_factory=lambda: TakenFields("item"))


@dataclass(slots=True)
class ClaimLoop:
    """Loop 2300 with its lines."""

    origin: Origin
    number: str
    place: str
    facility: str = ""
    facility_kind: str = ""
    frequency: str = ""
    total: str = ""
    codes: int = 0
    diagnoses: list[tuple[int, Placed]] = field(default_factory=list)
    external_causes: list[tuple[int, Placed]] = field(default_factory=list)
    admitting: Placed | None = None
    reasons: list[Placed] = field(default_factory=list)
    authorizations: dict[str, str] = field(default_factory=dict)
    facts: list[Placed] = field(default_factory=list)
    period: Placed | None = None
    day: Placed = ("", "")
    lines: list[ServiceLine] = field(default_factory=list)
    taken: TakenFields = field(default_factory=TakenFields)
    segments: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def institutional(self) -> bool:
        """The lines tell, since real files give institutional numbers to professional claims."""
        services = (x12_terms()["services"].get(line.service, {}) for line in self.lines)
        return any(service.get("type") == "institutional" for service in services)


def place(loop: str, segment: Segment, element: int | None = None) -> str:
    """Says where a segment, or an element of it, stands."""
    name = segment.id if element is None else f"{segment.id}{element:02}"
    return f"{loop} {name}, {place_in_file(segment)}"


def take_level(level: Level, loop: str, segment: Segment) -> None:
    """Takes up a segment of a level ahead of the claims.

    Raises:
        Unreadable: an element is not what the guides say.
    """
    fields, places = level.fields, level.places
    fields.setdefault(COVERAGE, TakenFields()).take(loop, segment)
    match meaning(loop, segment):
        case "billing taxonomy":
            fields["taxonomy"] = segment.value(3)
            places["/billingProvider/taxonomy"] = place(loop, segment, 3)
        case "billing provider":
            places["/billingProvider"] = place(loop, segment)
            if segment.value(8) == qualifier("npi"):
                fields["npi"] = segment.value(9)
        case "billing address" if has_form(("billingProvider", "state"), segment.value(2)):
            fields["state"] = segment.value(2)
            places["/billingProvider/state"] = place(loop, segment, 2)
        case "coverage":
            # The filing indicator, or the plan's name, where no NM1*PR will follow.
            fields["payer"] = segment.value(9) or segment.value(4) or segment.value(3)
            fields["filingIndicator"] = segment.value(9)
            places["/payer"] = places["/subscriber"] = place(loop, segment)
        case "payer":
            fields["payer"] = segment.value(9) or segment.value(3) or fields.get("payer", "")
            fields["payerName"] = segment.value(3)
            places["/payer"] = place(loop, segment)
        case "subscriber":
            fields["id"] = segment.value(9)
            places["/patient"] = place(loop, segment)
            places["/subscriber/id"] = place(loop, segment, 9)
        case "dependent":
            # The member number is the family's; a dependent has none of his own.
            places["/patient"] = place(loop, segment)
        case "person":
            fields |= _person(segment)


def _person(segment: Segment) -> dict[str, str]:
    person = {}
    if segment.value(2):
        person["birthDate"] = _day("DMG02", segment.value(2))
    if segment.value(3):
        sexes = x12_terms()["values"]["sex"]
        if segment.value(3) not in sexes:
            *codes, last = sexes
            raise Unreadable(f"DMG03: expected {', '.join(codes)} or {last}")
        person["sex"] = sexes[segment.value(3)]
    return person


def begin_claim(segment: Segment, origin: Origin) -> ClaimLoop:
    """The claim that a CLM segment begins."""
    return ClaimLoop(
        origin,
        segment.value(1),
        place(CLAIM_LOOP, segment),
        facility=segment.value(5, 1),
        facility_kind=segment.value(5, 2),
        frequency=segment.value(5, 3),
    )


def is_torn(claim: ClaimLoop) -> bool:
    """Whether its CLM segment ended too early and nothing has come since."""
    return not claim.facility and not claim.segments


def take_claim(claim: ClaimLoop, loop: str, segment: Segment, terms: FormatTerms) -> None:
    """Takes a segment of a claim up.

    Raises:
        Unreadable: an element is not what the guides say.
    """
    _take_claim(claim, loop, segment, terms)
    if claim.lines:
        claim.lines[-1].taken.take(loop, segment)
    elif not is_within(loop, LINE_LOOP):
        # Else it is of a line whose first segments were damaged.
        claim.taken.take(loop, segment)


def _take_claim(claim: ClaimLoop, loop: str, segment: Segment, terms: FormatTerms) -> None:
    match meaning(loop, segment):
        case "claim":
            claim.total = _amount("CLM02", segment.value(2))
        case "codes":
            for element in range(1, segment.extent + 1):
                _take_code(claim, segment, element)
        case "line":
            claim.lines.append(ServiceLine(number=segment.value(1), place=place(loop, segment)))
        case "service":
            if not claim.lines or claim.lines[-1].service:
                claim.lines.append(ServiceLine())
            line = claim.lines[-1]
            line.place, line.service = place(loop, segment), segment.id
            line.fields |= _service(segment)
        case "service date":
            day, last = _days("DTP03", segment.value(3))
            if claim.lines:
                claim.lines[-1].fields["serviced"] = day
                if last != day:
                    claim.lines[-1].fields["servicedEnd"] = last
                claim.lines[-1].date_place = place(loop, segment)
            else:
                claim.day = (day, place(loop, segment))
        case "statement period":
            start, end = _days("DTP03", segment.value(3))
            claim.period = ({"start": start, "end": end}, place(loop, segment))
        case "authorization":
            if segment.value(2):
                claim.authorizations.setdefault(segment.value(2), place(loop, segment))
        case _ if loop in (CLAIM_LOOP, LINE_LOOP):
            fact = documentation_fact(segment, terms)
            if fact is not None:
                facts = claim.lines[-1].facts if claim.lines else claim.facts
                facts.append((fact, place(loop, segment)))


def _take_code(claim: ClaimLoop, segment: Segment, element: int) -> None:
    terms = x12_terms()["hi"]
    components = segment.components(element)
    qualifier, code = segment.value(element, 1), segment.value(element, 2)
    name = f"HI{element:02}"
    if qualifier in terms["refused"]:
        raise Unreadable(
            f"{name}: an ICD-9-CM code ({qualifier}); only ICD-10-CM is read, "
            "which begins with A (ABK, ABF)"
        )
    if qualifier in terms["other"]:
        # Procedures, value, condition, occurrence and treatment codes, DRG: no diagnoses.
        return
    if len(components) == 1 and len(qualifier) > 3:
        raise Unreadable(
            f"{name}: expected a qualifier and a code with the component separator "
            "of ISA16 between them"
        )
    kind = next((kind for kind in _CODE_KINDS if qualifier in terms[kind]), None)
    if kind is None:
        raise Unreadable(f"{name}-1: no qualifier of the guides")
    if not code:
        raise Unreadable(f"{name}-2: expected a diagnosis code")
    for number, component in enumerate(components, start=1):
        if component.strip() and number not in terms["diagnosisComponents"]:
            raise Unreadable(f"{name}-{number}: a diagnosis has no such component")
    claim.codes += 1
    placed = (code, place(CLAIM_LOOP, segment, element))
    match kind:
        case "admittingDiagnosis":
            if claim.admitting is not None:
                raise Unreadable(f"{name}: a second admitting diagnosis")
            claim.admitting = placed
        case "reasonForVisit":
            claim.reasons.append(placed)
        case "externalCause":
            claim.external_causes.append((claim.codes, placed))
        case _:
            claim.diagnoses.append((claim.codes, placed))


_CODE_KINDS = ("diagnosis", "externalCause", "admittingDiagnosis", "reasonForVisit")


def _service(segment: Segment) -> dict[str, Any]:
    """The fields of a line that its service has.

    Raises:
        Unreadable: it is none that is read, or an element is not what the guides say.
    """
    terms = x12_terms()["services"][segment.id]
    if "refused" in terms:
        raise Unreadable(terms["refused"])
    text = {name: segment.value(at) for name, at in terms.items() if isinstance(at, int)}
    name = {name: f"{segment.id}{at:02}" for name, at in terms.items() if isinstance(at, int)}
    has_procedure = text["procedure"] == qualifier("procedure")
    service: dict[str, Any] = {}
    if "revenue" in terms:
        # The procedure may be absent, or be a rate code (HP), which is no service.
        if not text["revenue"]:
            raise Unreadable(f"{name['revenue']}: expected a revenue code")
        service["revenue"] = text["revenue"]
    elif not has_procedure:
        expected = qualifier("procedure")
        raise Unreadable(f"{name['procedure']}-1: expected {expected}, a CPT or HCPCS code")
    if text["unit"] not in terms["units"]:
        units = " or ".join(f"{code} ({words})" for code, words in terms["units"].items())
        raise Unreadable(f"{name['unit']}: expected {units}")
    if has_procedure:
        service |= _procedure(segment, terms["procedure"])
    service["quantity"] = _number(name["quantity"], text["quantity"])
    if terms["units"][text["unit"]] == "minutes":
        service["minutes"] = service["quantity"]
    service["charge"] = _amount(name["charge"], text["charge"])
    service["placeOfService"] = text.get("placeOfService", "")
    if "diagnosisSequence" in terms:
        parts = segment.components(terms["diagnosisSequence"])
        pointers = [pointer.strip() for pointer in parts if pointer.strip()]
        if not all(map(_POINTER.fullmatch, pointers)):
            raise Unreadable(f"{name['diagnosisSequence']}: expected numbers of diagnoses")
        service["diagnosisSequence"] = [int(pointer) for pointer in pointers]
    return service


def _procedure(segment: Segment, element: int) -> dict[str, Any]:
    if any(segment.components(element)[_SERVICE_COMPONENTS:]):
        raise Unreadable(f"{segment.id}{element:02}: more components than the guides have")
    modifiers = [segment.value(element, component) for component in range(3, 7)]
    return {
        "procedure": segment.value(element, 2),
        "modifier": [modifier for modifier in modifiers if modifier],
    }


def documentation_fact(segment: Segment, terms: FormatTerms) -> dict[str, str] | None:
    """The documentation fact that an attachment, a note or a date of the record is."""
    match segment.id:
        case "PWK":
            own = terms.documentation.get(f"PWK*{segment.value(1)}")
            number = segment.value(6)
            kind = own or terms.documentation.get("PWK")
            value = f"{segment.value(1)} {number}".strip() if own is None else number or "attached"
        case "NTE":
            kind, value = terms.documentation.get("NTE"), segment.value(2)
        case "DTP":
            kind = terms.documentation.get(f"DTP*{segment.value(1)}")
            value = segment.value(3)
            if kind is not None:
                value = day_of(value) or ""
        case _:
            return None
    # A note may hold any sign, and be of any length; the claim format has text of one line.
    value = "".join(sign if sign.isprintable() and sign != "\\" else " " for sign in value)
    value = value[:FACT_CHARACTERS].strip()
    return {"type": kind, "value": value} if kind and value else None


def created_day(segment: Segment) -> Placed:
    """The day of BHT04, and its place.

    Raises:
        Unreadable: it is no day.
    """
    text = segment.value(4)
    return (_day("BHT04", text) if text else "", place("header", segment, 4))


def _days(element: str, text: str) -> tuple[str, str]:
    """The first and last day of RD8, or twice the day of D8."""
    start, _, end = text.partition("-")
    first = _day(element, start)
    return first, _day(element, end) if end else first


def _day(element: str, text: str) -> str:
    day = day_of(text)
    if day is None:
        raise Unreadable(f"{element}: expected a date such as 20260504")
    return day


def _amount(element: str, text: str) -> str:
    if not text:
        return ""
    _number(element, text)
    return str(amount_of(text))


def _number(element: str, text: str) -> int | Decimal:
    number = number_of(text)
    if number is None:
        raise Unreadable(f"{element}: expected a number")
    return number
