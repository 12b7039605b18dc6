"""What the segments of an 837 say of a claim: which segment becomes which field.

Each segment comes with the loop that it stands in: 2000A billing provider, 2000B subscriber,
2000C patient, 2300 claim, 2400 service line. What the guides require and real files leave out
(LX, DMG, NM1*PR) is missed only where the claim format cannot do without it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from claimshapes.claims.claim import Origin
from claimshapes.claims.readers.x12_fields import TakenFields
from claimshapes.claims.readers.x12_loops import (
    LINE_LOOP,
    Level,
    is_within,
    place_in_file,
    x12_terms,
)
from claimshapes.claims.readers.x12_segments import Segment
from claimshapes.knowledge.format_terms import FormatTerms

FACT_CHARACTERS = 1000
"""What is taken over of a note; the guides allow 80."""

_SEXES = {"M": "male", "F": "female", "U": "unknown"}
_ORIGINAL = "1"
_COVERAGE = "coverage"
# Qualifier, code, four modifiers, description, and the last code of a range.
_SERVICE_COMPONENTS = 8
_NUMBER = re.compile(r"([0-9]{1,12})(\.[0-9]{0,6})?|\.[0-9]{1,6}")
_STATE = re.compile(r"[A-Z]{2}")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4})?")


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
        return any(line.service == "SV2" for line in self.lines)


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
    level.fields.setdefault(_COVERAGE, TakenFields()).take(loop, segment)
    match loop, segment.id:
        case "2000A", "PRV":
            fields["taxonomy"] = segment.value(3)
            places["/billingProvider/taxonomy"] = place(loop, segment, 3)
        case "2010AA", "NM1":
            places["/billingProvider"] = place(loop, segment)
            if segment.value(8) == "XX":
                fields["npi"] = segment.value(9)
        case "2010AA", "N4" if _STATE.fullmatch(segment.value(2)):
            fields["state"] = segment.value(2)
            places["/billingProvider/state"] = place(loop, segment, 2)
        case "2000B", "SBR":
            # The filing indicator, or the plan's name, where no NM1*PR will follow.
            fields["payer"] = segment.value(9) or segment.value(4) or segment.value(3)
            fields["filingIndicator"] = segment.value(9)
            places["/payer"] = places["/subscriber"] = place(loop, segment)
        case "2010BB", "NM1":
            fields["payer"] = segment.value(9) or segment.value(3) or fields.get("payer", "")
            fields["payerName"] = segment.value(3)
            places["/payer"] = place(loop, segment)
        case "2010BA", "NM1":
            fields["id"] = segment.value(9)
            places["/patient"] = place(loop, segment)
            places["/subscriber/id"] = place(loop, segment, 9)
        case "2010CA", "NM1":
            # The member number is the family's; a dependent has none of his own.
            places["/patient"] = place(loop, segment)
        case "2010BA" | "2010CA", "DMG":
            fields |= _person(segment)


def _person(segment: Segment) -> dict[str, str]:
    person = {}
    if segment.value(2):
        person["birthDate"] = _day("DMG02", segment.value(2))
    if segment.value(3):
        if segment.value(3) not in _SEXES:
            raise Unreadable("DMG03: expected M, F or U")
        person["sex"] = _SEXES[segment.value(3)]
    return person


def begin_claim(segment: Segment, origin: Origin) -> ClaimLoop:
    """The claim that a CLM segment begins."""
    return ClaimLoop(
        origin,
        segment.value(1),
        place("2300", segment),
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
    match loop, segment.id:
        case "2300", "CLM":
            claim.total = _amount("CLM02", segment.value(2))
        case "2300", "HI":
            for element in range(1, segment.extent + 1):
                _take_code(claim, segment, element)
        case "2400", "LX":
            claim.lines.append(ServiceLine(number=segment.value(1), place=place(loop, segment)))
        case "2400", "SV1" | "SV2":
            if not claim.lines or claim.lines[-1].service:
                claim.lines.append(ServiceLine())
            line = claim.lines[-1]
            line.place, line.service = place(loop, segment), segment.id
            line.fields |= _professional(segment) if segment.id == "SV1" else _revenue(segment)
        case "2400", "SV3":
            raise Unreadable("dental 837 (SV3) is not read")
        case "2300" | "2400", "DTP" if segment.value(1) == "472":
            day, last = _days("DTP03", segment.value(3))
            if claim.lines:
                claim.lines[-1].fields["serviced"] = day
                if last != day:
                    claim.lines[-1].fields["servicedEnd"] = last
                claim.lines[-1].date_place = place(loop, segment)
            else:
                claim.day = (day, place(loop, segment))
        case "2300", "DTP" if segment.value(1) == "434":
            start, end = _days("DTP03", segment.value(3))
            claim.period = ({"start": start, "end": end}, place(loop, segment))
        case "2300" | "2400", "REF" if segment.value(1) == "G1":
            if segment.value(2):
                claim.authorizations.setdefault(segment.value(2), place(loop, segment))
        case "2300" | "2400", _:
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
    placed = (code, place("2300", segment, element))
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


def _professional(segment: Segment) -> dict[str, Any]:
    if segment.value(1, 1) != "HC":
        raise Unreadable("SV101-1: expected HC, a CPT or HCPCS code")
    if segment.value(3) not in ("UN", "MJ"):
        raise Unreadable("SV103: expected UN (units) or MJ (minutes)")
    service = _procedure(segment, 1)
    service["quantity"] = _number("SV104", segment.value(4))
    if segment.value(3) == "MJ":
        service["minutes"] = service["quantity"]
    service["charge"] = _amount("SV102", segment.value(2))
    pointers = [pointer.strip() for pointer in segment.components(7) if pointer.strip()]
    if any(not re.fullmatch(r"[0-9]{1,4}", pointer) for pointer in pointers):
        raise Unreadable("SV107: expected numbers of diagnoses")
    service["diagnosisSequence"] = [int(pointer) for pointer in pointers]
    service["placeOfService"] = segment.value(5)
    return service


def _revenue(segment: Segment) -> dict[str, Any]:
    if not segment.value(1):
        raise Unreadable("SV201: expected a revenue code")
    if segment.value(4) not in ("UN", "DA"):
        raise Unreadable("SV204: expected UN (units) or DA (days)")
    # SV202 may be absent, or hold a rate code (HP), which is no service.
    service = _procedure(segment, 2) if segment.value(2, 1) == "HC" else {}
    service["revenue"] = segment.value(1)
    service["charge"] = _amount("SV203", segment.value(3))
    service["quantity"] = _number("SV205", segment.value(5))
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
                try:
                    value = _day("DTP03", value)
                except Unreadable:
                    return None
        case _:
            return None
    # A note may hold any sign, and be of any length; the claim format has text of one line.
    value = "".join(sign if sign.isprintable() and sign != "\\" else " " for sign in value)
    value = value[:FACT_CHARACTERS].strip()
    return {"type": kind, "value": value} if kind and value else None


def claim_json(
    levels: Sequence[Level], claim: ClaimLoop, created: Placed, terms: FormatTerms
) -> tuple[dict[str, Any], dict[str, str]]:
    """The claim, and the places of its parts.

    Args:
        levels: the levels that it belongs to: billing provider, subscriber, perhaps patient.
        claim: its loop.
        created: the day of BHT04.
        terms: what the ontology says of the 837.
    """
    provider, subscriber, *dependent = levels
    person = dependent[0] if dependent else subscriber
    patient = {name: person.fields.get(name, "") for name in ("id", "birthDate")}
    patient["sex"] = person.fields.get("sex", _SEXES["U"])
    institutional = claim.institutional
    sequences = _sequences(claim.lines)
    facts: list[Placed] = list(claim.facts)
    coverage = TakenFields()
    for level in (subscriber, *dependent):
        if _COVERAGE in level.fields:
            coverage.content = _merged(coverage.content, level.fields[_COVERAGE].content)
    for sequence, line in zip(sequences, claim.lines, strict=True):
        facts += [({**fact, "item": sequence}, place) for fact, place in line.facts]
    diagnoses = [*claim.diagnoses, *claim.external_causes]
    if institutional or not _is_ascending(diagnoses):
        diagnoses = [(number, placed) for number, (_, placed) in enumerate(diagnoses, start=1)]
    # Qualifier B is the place of service, and some leave it out; A is an institution's bill type.
    is_place = claim.facility_kind == "B" or not (claim.facility_kind or institutional)
    bill_type = f"0{claim.facility}{claim.frequency}" if claim.facility_kind == "A" else ""
    content = _without_empty(
        {
            "id": claim.number,
            "type": "institutional" if institutional else "professional",
            "frequencyCode": "" if claim.frequency == _ORIGINAL else claim.frequency,
            "typeOfBill": bill_type if institutional else "",
            "payer": _payer(subscriber, terms, institutional) or "unknown",
            "patient": _without_empty(patient),
            "billingProvider": _without_empty(
                {name: provider.fields.get(name, "") for name in ("npi", "taxonomy", "state")}
            ),
            "placeOfService": claim.facility if is_place else "",
            "priorAuthorization": list(claim.authorizations),
            "created": created[0],
            "total": claim.total,
            "billablePeriod": claim.period[0] if institutional and claim.period else "",
            "admittingDiagnosis": claim.admitting[0] if claim.admitting else "",
            "reasonForVisit": [code for code, _ in claim.reasons],
            **coverage.filled(),
            **claim.taken.filled(),
            "diagnosis": [
                {"sequence": sequence, "code": code} for sequence, (code, _) in diagnoses
            ],
            "item": [
                _without_empty(
                    {
                        "sequence": sequence,
                        "serviced": claim.day[0],
                        **line.fields,
                        **line.taken.filled(),
                    }
                )
                for sequence, line in zip(sequences, claim.lines, strict=True)
            ],
            "documentation": [fact for fact, _ in facts],
        }
    )
    places = {"": claim.place}
    for level in levels:
        places |= level.places
    if created[0]:
        places["/created"] = created[1]
    for name, placed in (
        ("diagnosis", [placed for _, placed in diagnoses]),
        ("reasonForVisit", claim.reasons),
        ("documentation", facts),
    ):
        places |= {f"/{name}/{index}": place for index, (_, place) in enumerate(placed)}
    for index, place in enumerate(claim.authorizations.values()):
        places[f"/priorAuthorization/{index}"] = place
    if claim.admitting:
        places["/admittingDiagnosis"] = claim.admitting[1]
    if claim.period:
        places["/billablePeriod"] = claim.period[1]
    for index, line in enumerate(claim.lines):
        places[f"/item/{index}"] = line.place
        if line.date_place or claim.day[1]:
            places[f"/item/{index}/serviced"] = line.date_place or claim.day[1]
    return content, places


def _merged(outer: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    """What two levels say together; the inner one of a patient has the last word."""
    return {
        **outer,
        **{name: {**outer.get(name, {}), **value} for name, value in inner.items()},
    }


def _is_ascending(diagnoses: Sequence[tuple[int, Placed]]) -> bool:
    numbers = [number for number, _ in diagnoses]
    return numbers == sorted(numbers)


def _payer(subscriber: Level, terms: FormatTerms, institutional: bool) -> str:
    """The payer's number, or the payer of ours that the filing indicator names."""
    payer = str(subscriber.fields.get("payer", ""))
    if payer in terms.payers:
        return payer
    kind = "institutional" if institutional else "professional"
    return terms.filing_indicators.get((kind, subscriber.fields.get("filingIndicator", "")), payer)


def payer_names(levels: Sequence[Level]) -> tuple[str, ...]:
    """The payer's number and name, as the subscriber's level of a claim states them."""
    subscriber = levels[1]
    named = (subscriber.fields.get(name, "") for name in ("payer", "payerName"))
    return tuple(dict.fromkeys(filter(None, named)))


def created_day(segment: Segment) -> Placed:
    """The day of BHT04, and its place.

    Raises:
        Unreadable: it is no day.
    """
    text = segment.value(4)
    return (_day("BHT04", text) if text else "", place("header", segment, 4))


def _sequences(lines: list[ServiceLine]) -> list[int]:
    """The numbers of LX01, or where they do not number the lines, the lines' order."""
    stated = [int(line.number) for line in lines if re.fullmatch(r"[1-9][0-9]{0,3}", line.number)]
    if len(set(stated)) == len(lines):
        return stated
    return list(range(1, len(lines) + 1))


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", [])}


def _days(element: str, text: str) -> tuple[str, str]:
    """The first and last day of RD8, or twice the day of D8."""
    start, _, end = text.partition("-")
    first = _day(element, start)
    return first, _day(element, end) if end else first


def _day(element: str, text: str) -> str:
    """The day of D8 or DT in the form of the claim format."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise Unreadable(f"{element}: expected a date such as 20260504")
    return "-".join(match.groups())


def _amount(element: str, text: str) -> str:
    if not text:
        return ""
    _number(element, text)
    whole, _, cents = text.partition(".")
    return f"{whole or '0'}.{cents}" if cents else whole


def _number(element: str, text: str) -> int | Decimal:
    if not _NUMBER.fullmatch(text):
        raise Unreadable(f"{element}: expected a number")
    number = Decimal(text)
    whole = int(number)
    return whole if whole == number else number.normalize()
