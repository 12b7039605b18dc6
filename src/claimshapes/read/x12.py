"""Claims in X12 837 (005010X222A1, 005010X223A2): which segment becomes which field.

The loops are those of the implementation guides: 2000A billing provider, 2000B subscriber,
2000C patient, 2300 claim, 2400 service line. What the guides require and real files leave out
(LX, DMG, NM1*PR) is missed only where the claim format cannot do without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO

from claimshapes.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.errors import InputError
from claimshapes.read.admission import Admission
from claimshapes.read.claim_schema import ClaimFault, shown_name
from claimshapes.read.terms import FormatTerms, format_terms
from claimshapes.read.x12_segments import EnvelopeFault, Segment, read_segments

CLAIM_SEGMENTS = 20_000
"""The most segments that one claim may have; 999 lines, the most of the guides, have fewer."""

FACT_CHARACTERS = 1000
"""What is taken over of a note; the guides allow 80."""

_SEXES = {"M": "male", "F": "female", "U": "unknown"}
_ICD_10 = {"ABK", "ABF", "ABN", "ABJ", "APR"}
_ICD_9 = {"BK", "BF", "BN", "BJ", "PR"}
_NUMBER = re.compile(r"([0-9]{1,12})(\.[0-9]{0,6})?|\.[0-9]{1,6}")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4})?")


def read_x12(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads the claims of an X12 file, in memory for one claim at a time.

    A claim's origin has the line of its CLM segment and, as pointer, ``segment`` with its number
    in the file, since many files have one line. The same claim number may come again.

    Args:
        stream: the file's bytes.
        file: its name, for messages.

    Raises:
        InputError: the file is not X12, or holds no transaction set.
    """
    collector = _Collector(file)
    for part in read_segments(stream, file):
        if isinstance(part, EnvelopeFault):
            yield from collector.envelope_fault(part)
        else:
            yield from collector.take(part)
    if not collector.transactions:
        raise InputError("holds no transaction set (ST)", file=file)


class _Unreadable(Exception):
    """An element from which no field can be made."""


Placed = tuple[Any, str]
"""A value, and the loop, segment and line that it was read from."""


@dataclass(slots=True)
class _Line:
    """Loop 2400."""

    number: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    place: str = ""
    service: str = ""
    date_place: str = ""
    facts: list[Placed] = field(default_factory=list)


@dataclass(slots=True)
class _Claim:
    """Loop 2300 with its lines."""

    origin: Origin
    number: str
    place: str
    facility: str = ""
    facility_kind: str = ""
    frequency: str = ""
    diagnoses: list[Placed] = field(default_factory=list)
    external_causes: list[Placed] = field(default_factory=list)
    admitting: Placed | None = None
    reasons: list[Placed] = field(default_factory=list)
    authorizations: dict[str, str] = field(default_factory=dict)
    facts: list[Placed] = field(default_factory=list)
    period: Placed | None = None
    day: Placed = ("", "")
    lines: list[_Line] = field(default_factory=list)
    segments: int = 0
    within_other_loop: bool = False
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def institutional(self) -> bool:
        """The lines tell, since real files give institutional numbers to professional claims."""
        return any(line.service == "SV2" for line in self.lines)


@dataclass(slots=True)
class _Header:
    """What loops 2000A to 2010CA say ahead of the claims; ``places`` by field of the claim."""

    created: str = ""
    npi: str = ""
    taxonomy: str = ""
    payer: str = ""
    filing_indicator: str = ""
    subscriber: str = ""
    subscriber_person: dict[str, str] = field(default_factory=dict)
    patient_person: dict[str, str] | None = None
    entity: str = ""
    places: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def begin_level(self, level: str) -> None:
        """Forgets what belongs to the former provider, subscriber or patient."""
        self.patient_person = None
        self.entity = ""
        self.faults.pop("DMG", None)
        if level in ("20", "22"):
            self.payer = self.filing_indicator = self.subscriber = ""
            self.subscriber_person = {}
            self.places.pop("/payer", None)
            self.places.pop("/patient", None)
        if level == "20":
            self.npi = self.taxonomy = ""
            self.places.pop("/billingProvider", None)
            self.places.pop("/billingProvider/taxonomy", None)


class _Collector:
    """Follows the segments and gives a claim when its last segment has come."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._admission = Admission(repeats=True, forgiven=_is_missing_birth_date)
        self._terms = format_terms()
        self._header = _Header()
        self._claim: _Claim | None = None
        self._is_claim_set = False
        self.transactions = 0

    def take(self, segment: Segment) -> Iterator[ClaimReading]:
        """Takes the next segment up; gives the claim that it ends."""
        match segment.id:
            case "ST":
                yield from self._close()
                yield from self._begin_transaction(segment)
            case "HL" | "SE" | "GE" | "IEA":
                yield from self._close()
                if segment.id == "HL":
                    self._header.begin_level(segment.value(3))
            case "CLM" if self._is_claim_set:
                yield from self._close()
                self._claim = _begin_claim(segment, self._origin(segment.number, segment.line))
            case _ if not self._is_claim_set:
                return
            case _ if self._claim is None:
                _guard(self._header, _take_header, segment)
            case _:
                self._take_claim(self._claim, segment)

    def envelope_fault(self, fault: EnvelopeFault) -> Iterator[RejectedClaim]:
        """Says that the claim at hand, or some of the envelope's, may not be whole."""
        if self._claim is None:
            yield RejectedClaim(self._origin(fault.number, fault.line), fault.reason)
            return
        claim, self._claim = self._claim, None
        number = shown_name(claim.number) or None
        yield RejectedClaim(claim.origin, f"may not be whole: {fault.reason}", number)

    def _begin_transaction(self, segment: Segment) -> Iterator[RejectedClaim]:
        self.transactions += 1
        self._header = _Header()
        self._is_claim_set = segment.value(1) == "837"
        if not self._is_claim_set:
            reason = f"transaction set {shown_name(segment.value(1))} is not read; only 837 is"
            yield RejectedClaim(self._origin(segment.number, segment.line), reason)

    def _take_claim(self, claim: _Claim, segment: Segment) -> None:
        claim.segments += 1
        if claim.segments > CLAIM_SEGMENTS:
            claim.faults.setdefault("", f"a claim must not have over {CLAIM_SEGMENTS:,} segments")
            return
        if not _guard(claim, _take_claim, segment) and not claim.within_other_loop:
            facts = claim.lines[-1].facts if claim.lines else claim.facts
            loop = "2400" if claim.lines else "2300"
            fact = _fact(segment, self._terms)
            if fact is not None:
                facts.append((fact, _place(loop, segment)))

    def _close(self) -> Iterator[ClaimReading]:
        if self._claim is None:
            return
        claim, self._claim = self._claim, None
        faults = [*claim.faults.values(), *self._header.faults.values()]
        if not faults and not claim.lines:
            faults = ["the claim has no service line (SV1 or SV2)"]
        if not faults and len({line.service for line in claim.lines if line.service}) > 1:
            faults = ["the claim has professional (SV1) and institutional (SV2) lines"]
        if faults:
            yield RejectedClaim(claim.origin, faults[0], shown_name(claim.number) or None)
            return
        content, places = _claim_json(self._header, claim, self._terms)
        yield self._admission.admit(content, claim.origin, places)

    def _origin(self, number: int, line: int) -> Origin:
        return Origin(self._file, line, f"segment {number}")


def _is_missing_birth_date(fault: ClaimFault) -> bool:
    """Files leave DMG out, though the guide requires it of a subscriber who is the patient."""
    return fault.pointer == "/patient/birthDate" and "missing" in fault.reason


def _guard(holder: Any, take: Any, segment: Segment) -> bool:
    """Lets a segment be taken up; keeps the first fault of each kind, with the place it is in.

    Returns:
        Whether the segment was one that became a field.
    """
    try:
        return bool(take(holder, segment))
    except _Unreadable as error:
        holder.faults.setdefault(segment.id, f"{error} (segment {segment.number})")
        return True


def _place(loop: str, segment: Segment, element: int | None = None) -> str:
    name = segment.id if element is None else f"{segment.id}{element:02}"
    return f"{loop} {name}, segment {segment.number}, line {segment.line}"


def _take_header(header: _Header, segment: Segment) -> None:
    match segment.id, segment.value(1):
        case "BHT", _:
            header.created = _day("BHT04", segment.value(4)) if segment.value(4) else ""
            header.places["/created"] = _place("header", segment, 4)
        case "PRV", "BI":
            header.taxonomy = segment.value(3)
            header.places["/billingProvider/taxonomy"] = _place("2000A", segment, 3)
        case "SBR", _:
            # The filing indicator, or the plan's name, where no NM1*PR will follow.
            header.payer = segment.value(9) or segment.value(4) or segment.value(3)
            header.filing_indicator = segment.value(9)
            header.places["/payer"] = _place("2000B", segment)
        case "NM1", entity:
            header.entity = entity
            if entity == "85":
                header.places["/billingProvider"] = _place("2010AA", segment)
                if segment.value(8) == "XX":
                    header.npi = segment.value(9)
            elif entity == "PR":
                header.payer = segment.value(9) or segment.value(3) or header.payer
                header.places["/payer"] = _place("2010BB", segment)
            elif entity == "IL":
                header.subscriber = segment.value(9)
                header.places["/patient"] = _place("2010BA", segment)
            elif entity == "QC":
                header.patient_person = {}
                header.places["/patient"] = _place("2010CA", segment)
        case "DMG", _:
            person = _person(segment)
            if header.entity == "QC":
                header.patient_person = person
            elif header.entity == "IL":
                header.subscriber_person = person


def _person(segment: Segment) -> dict[str, str]:
    person = {}
    if segment.value(2):
        person["birthDate"] = _day("DMG02", segment.value(2))
    if segment.value(3):
        if segment.value(3) not in _SEXES:
            raise _Unreadable("DMG03: expected M, F or U")
        person["sex"] = _SEXES[segment.value(3)]
    return person


def _begin_claim(segment: Segment, origin: Origin) -> _Claim:
    return _Claim(
        origin,
        segment.value(1),
        _place("2300", segment),
        facility=segment.value(5, 1),
        facility_kind=segment.value(5, 2),
        frequency=segment.value(5, 3),
    )


def _take_claim(claim: _Claim, segment: Segment) -> bool:
    """Takes a segment up; says whether it became, or was refused as, a field of its own."""
    match segment.id:
        case "HI":
            for element in range(1, len(segment.elements) + 1):
                _take_diagnosis(claim, segment, element)
        case "LX":
            claim.lines.append(_Line(number=segment.value(1), place=_place("2400", segment)))
            claim.within_other_loop = False
        case "SV1" | "SV2":
            if not claim.lines or claim.lines[-1].service:
                claim.lines.append(_Line())
            claim.within_other_loop = False
            line = claim.lines[-1]
            line.place, line.service = _place("2400", segment), segment.id
            line.fields |= _professional(segment) if segment.id == "SV1" else _revenue(segment)
        case "SV3":
            raise _Unreadable("dental 837 (SV3) is not read")
        case "DTP" if segment.value(1) == "472" and not claim.within_other_loop:
            day, _ = _days("DTP03", segment.value(3))
            if claim.lines:
                claim.lines[-1].fields["serviced"] = day
                claim.lines[-1].date_place = _place("2400", segment)
            else:
                claim.day = (day, _place("2300", segment))
        case "DTP" if segment.value(1) == "434" and not claim.lines:
            start, end = _days("DTP03", segment.value(3))
            claim.period = ({"start": start, "end": end}, _place("2300", segment))
        case "REF" if segment.value(1) == "G1" and not claim.within_other_loop:
            if segment.value(2):
                loop = "2400" if claim.lines else "2300"
                claim.authorizations.setdefault(segment.value(2), _place(loop, segment))
        case "NM1" | "SBR" | "SVD":
            # Loops 2310, 2320, 2420 and 2430 speak of other providers and payers.
            claim.within_other_loop = True
        case _:
            return False
    return True


def _take_diagnosis(claim: _Claim, segment: Segment, element: int) -> None:
    components = segment.components(element)
    qualifier, code = segment.value(element, 1), segment.value(element, 2)
    if qualifier in _ICD_9:
        raise _Unreadable(
            f"HI{element:02}: an ICD-9-CM code ({qualifier}); only ICD-10-CM is read, "
            "which begins with A (ABK, ABF)"
        )
    if not qualifier:
        return
    if qualifier not in _ICD_10:
        if len(components) == 1:
            raise _Unreadable(
                f"HI{element:02}: expected a qualifier and a code with the component separator "
                "of ISA16 between them"
            )
        # Procedures, value, condition, occurrence and treatment codes, DRG: no diagnoses.
        return
    if not code:
        raise _Unreadable(f"HI{element:02}-2: expected a diagnosis code")
    placed = (code, _place("2300", segment, element))
    match qualifier:
        case "ABJ":
            claim.admitting = placed
        case "APR":
            claim.reasons.append(placed)
        case "ABN":
            claim.external_causes.append(placed)
        case _:
            claim.diagnoses.append(placed)


def _professional(segment: Segment) -> dict[str, Any]:
    if segment.value(1, 1) != "HC":
        raise _Unreadable("SV101-1: expected HC, a CPT or HCPCS code")
    if segment.value(3) not in ("UN", "MJ"):
        raise _Unreadable("SV103: expected UN (units) or MJ (minutes)")
    service = _procedure(segment, 1)
    service["quantity"] = _number("SV104", segment.value(4))
    if segment.value(3) == "MJ":
        service["minutes"] = service["quantity"]
    service["charge"] = _amount("SV102", segment.value(2))
    pointers = [pointer.strip() for pointer in segment.components(7) if pointer.strip()]
    if any(not re.fullmatch(r"[0-9]{1,4}", pointer) for pointer in pointers):
        raise _Unreadable("SV107: expected numbers of diagnoses")
    service["diagnosisSequence"] = [int(pointer) for pointer in pointers]
    service["placeOfService"] = segment.value(5)
    return service


def _revenue(segment: Segment) -> dict[str, Any]:
    if not segment.value(1):
        raise _Unreadable("SV201: expected a revenue code")
    if segment.value(4) not in ("UN", "DA"):
        raise _Unreadable("SV204: expected UN (units) or DA (days)")
    # SV202 may be absent, or hold a rate code (HP), which is no service.
    service = _procedure(segment, 2) if segment.value(2, 1) == "HC" else {}
    service["revenue"] = segment.value(1)
    service["charge"] = _amount("SV203", segment.value(3))
    service["quantity"] = _number("SV205", segment.value(5))
    return service


def _procedure(segment: Segment, element: int) -> dict[str, Any]:
    modifiers = [segment.value(element, component) for component in range(3, 7)]
    return {
        "procedure": segment.value(element, 2),
        "modifier": [modifier for modifier in modifiers if modifier],
    }


def _fact(segment: Segment, terms: FormatTerms) -> dict[str, str] | None:
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
                except _Unreadable:
                    return None
        case _:
            return None
    # A note may hold any sign, and be of any length; the claim format has text of one line.
    value = "".join(sign if sign.isprintable() and sign != "\\" else " " for sign in value)
    value = value[:FACT_CHARACTERS].strip()
    return {"type": kind, "value": value} if kind and value else None


def _claim_json(
    header: _Header, claim: _Claim, terms: FormatTerms
) -> tuple[dict[str, Any], dict[str, str]]:
    """The claim, and the places of its parts."""
    if header.patient_person is None:
        patient = {"id": header.subscriber, **header.subscriber_person}
    else:
        # The member number is the family's; a dependent has none of his own.
        patient = {**header.patient_person}
    patient.setdefault("sex", _SEXES["U"])
    institutional = claim.institutional
    sequences = _sequences(claim.lines)
    facts: list[Placed] = list(claim.facts)
    for sequence, line in zip(sequences, claim.lines, strict=True):
        facts += [({**fact, "item": sequence}, place) for fact, place in line.facts]
    diagnoses = [*claim.diagnoses, *claim.external_causes]
    # Qualifier B is the place of service; A is the bill type of an institution.
    bill_type = f"0{claim.facility}{claim.frequency}" if claim.facility_kind == "A" else ""
    content = _without_empty(
        {
            "id": claim.number,
            "type": "institutional" if institutional else "professional",
            "typeOfBill": bill_type if institutional else "",
            "payer": _payer(header, terms, institutional) or "unknown",
            "patient": _without_empty(patient),
            "billingProvider": _without_empty({"npi": header.npi, "taxonomy": header.taxonomy}),
            "placeOfService": claim.facility if claim.facility_kind == "B" else "",
            "priorAuthorization": list(claim.authorizations),
            "created": header.created,
            "billablePeriod": claim.period[0] if institutional and claim.period else "",
            "admittingDiagnosis": claim.admitting[0] if claim.admitting else "",
            "reasonForVisit": [code for code, _ in claim.reasons],
            "diagnosis": [
                {"sequence": sequence, "code": code}
                for sequence, (code, _) in enumerate(diagnoses, start=1)
            ],
            "item": [
                _without_empty({"sequence": sequence, "serviced": claim.day[0], **line.fields})
                for sequence, line in zip(sequences, claim.lines, strict=True)
            ],
            "documentation": [fact for fact, _ in facts],
        }
    )
    places = {"": claim.place, **header.places}
    for name, placed in (
        ("diagnosis", diagnoses),
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


def _payer(header: _Header, terms: FormatTerms, institutional: bool) -> str:
    """The payer's number, or the payer of ours that the filing indicator names."""
    if header.payer in terms.payers or institutional:
        return header.payer
    return terms.filing_indicators.get(header.filing_indicator, header.payer)


def _sequences(lines: list[_Line]) -> list[int]:
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
        raise _Unreadable(f"{element}: expected a date such as 20260504")
    return "-".join(match.groups())


def _amount(element: str, text: str) -> str:
    if not text:
        return ""
    _number(element, text)
    whole, _, cents = text.partition(".")
    return f"{whole or '0'}.{cents}" if cents else whole


def _number(element: str, text: str) -> int | Decimal:
    if not _NUMBER.fullmatch(text):
        raise _Unreadable(f"{element}: expected a number")
    number = Decimal(text)
    whole = int(number)
    return whole if whole == number else number.normalize()
