"""Claims in X12 837P (005010X222A1): which segment becomes which field.

The loops are those of the implementation guide: 2000A billing provider, 2000B subscriber,
2000C patient, 2300 claim, 2400 service line. What the guide requires and real files leave out
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
from claimshapes.read.x12_segments import EnvelopeFault, Segment, read_segments

_SEXES = {"M": "male", "F": "female", "U": "unknown"}
_ICD_10 = {"ABK", "ABF"}
_ICD_9 = {"BK", "BF"}
_NUMBER = re.compile(r"([0-9]{1,12})(\.[0-9]{0,6})?|\.[0-9]{1,6}")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4}|-[0-9]{8})?")


def read_x12(stream: BinaryIO, file: str) -> Iterator[ClaimReading]:
    """Reads the professional claims of an X12 file, in memory for one claim at a time.

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


@dataclass(slots=True)
class _Line:
    """Loop 2400."""

    number: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        return bool(self.fields)


@dataclass(slots=True)
class _Claim:
    """Loop 2300 with its lines."""

    origin: Origin
    number: str
    place_of_service: str = ""
    diagnoses: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    day: str = ""
    within_other_loop: bool = False
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Header:
    """What loops 2000A to 2010CA say ahead of the claims."""

    created: str = ""
    npi: str = ""
    taxonomy: str = ""
    payer: str = ""
    subscriber: str = ""
    subscriber_person: dict[str, str] = field(default_factory=dict)
    patient_person: dict[str, str] | None = None
    entity: str = ""
    faults: dict[str, str] = field(default_factory=dict)

    def begin_level(self, level: str) -> None:
        """Forgets what belongs to the former provider, subscriber or patient."""
        self.patient_person = None
        self.entity = ""
        self.faults.pop("DMG", None)
        if level in ("20", "22"):
            self.payer = self.subscriber = ""
            self.subscriber_person = {}
        if level == "20":
            self.npi = self.taxonomy = ""


class _Collector:
    """Follows the segments and gives a claim when its last segment has come."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._admission = Admission(repeats=True, forgiven=_is_missing_birth_date)
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
                _guard(self._claim, _take_claim, segment)

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

    def _close(self) -> Iterator[ClaimReading]:
        if self._claim is None:
            return
        claim, self._claim = self._claim, None
        faults = [*claim.faults.values(), *self._header.faults.values()]
        if not faults and not claim.lines:
            faults = ["the claim has no service line (SV1)"]
        if faults:
            yield RejectedClaim(claim.origin, faults[0], shown_name(claim.number) or None)
            return
        yield self._admission.admit(_claim_json(self._header, claim), claim.origin)

    def _origin(self, number: int, line: int) -> Origin:
        return Origin(self._file, line, f"segment {number}")


def _is_missing_birth_date(fault: ClaimFault) -> bool:
    """Files leave DMG out, though the guide requires it of a subscriber who is the patient."""
    return fault.pointer == "/patient/birthDate" and "missing" in fault.reason


def _guard(holder: Any, take: Any, segment: Segment) -> None:
    """Keeps the first fault of each kind of segment, with the place that it is in."""
    try:
        take(holder, segment)
    except _Unreadable as error:
        holder.faults.setdefault(segment.id, f"{error} (segment {segment.number})")


def _take_header(header: _Header, segment: Segment) -> None:
    match segment.id, segment.value(1):
        case "BHT", _:
            header.created = _day("BHT04", segment.value(4)) if segment.value(4) else ""
        case "PRV", "BI":
            header.taxonomy = segment.value(3)
        case "SBR", _:
            # The filing indicator, or the plan's name, where no NM1*PR will follow.
            header.payer = segment.value(9) or segment.value(4) or segment.value(3)
        case "NM1", entity:
            header.entity = entity
            if entity == "85" and segment.value(8) == "XX":
                header.npi = segment.value(9)
            elif entity == "PR":
                header.payer = segment.value(9) or segment.value(3) or header.payer
            elif entity == "IL":
                header.subscriber = segment.value(9)
            elif entity == "QC":
                header.patient_person = {}
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
    claim = _Claim(origin, segment.value(1))
    # Qualifier B is the place of service; A is the bill type of an institution.
    if segment.value(5, 2) == "B":
        claim.place_of_service = segment.value(5)
    return claim


def _take_claim(claim: _Claim, segment: Segment) -> None:
    match segment.id:
        case "HI":
            for element in range(1, len(segment.elements) + 1):
                _take_diagnosis(claim, segment, element)
        case "LX":
            claim.lines.append(_Line(number=segment.value(1)))
            claim.within_other_loop = False
        case "SV1":
            if not claim.lines or claim.lines[-1].begun:
                claim.lines.append(_Line())
            claim.within_other_loop = False
            claim.lines[-1].fields = _service(segment)
        case "SV2":
            raise _Unreadable("institutional 837 (SV2) is not read yet")
        case "SV3":
            raise _Unreadable("dental 837 (SV3) is not read")
        case "DTP" if segment.value(1) == "472" and not claim.within_other_loop:
            day = _day("DTP03", segment.value(3))
            if claim.lines:
                claim.lines[-1].fields["serviced"] = day
            else:
                claim.day = day
        case "REF" if segment.value(1) == "G1" and not claim.within_other_loop:
            if segment.value(2) and segment.value(2) not in claim.authorizations:
                claim.authorizations.append(segment.value(2))
        case "NM1" | "SBR" | "SVD":
            # Loops 2310, 2320, 2420 and 2430 speak of other providers and payers.
            claim.within_other_loop = True


def _take_diagnosis(claim: _Claim, segment: Segment, element: int) -> None:
    qualifier, code = segment.value(element, 1), segment.value(element, 2)
    if qualifier in _ICD_9:
        raise _Unreadable(f"HI{element:02}: an ICD-9-CM code; only ICD-10-CM (ABK, ABF) is read")
    if qualifier in _ICD_10:
        if not code:
            raise _Unreadable(f"HI{element:02}-2: expected a diagnosis code")
        claim.diagnoses.append(code)


def _service(segment: Segment) -> dict[str, Any]:
    if segment.value(1, 1) != "HC":
        raise _Unreadable("SV101-1: expected HC, a CPT or HCPCS code")
    if segment.value(3) not in ("UN", "MJ"):
        raise _Unreadable("SV103: expected UN (units) or MJ (minutes)")
    service: dict[str, Any] = {"procedure": segment.value(1, 2)}
    modifiers = [segment.value(1, component) for component in range(3, 7)]
    service["modifier"] = [modifier for modifier in modifiers if modifier]
    service["quantity"] = _number("SV104", segment.value(4))
    if segment.value(3) == "MJ":
        service["minutes"] = service["quantity"]
    if segment.value(2):
        _number("SV102", segment.value(2))
        whole, _, cents = segment.value(2).partition(".")
        service["charge"] = f"{whole or '0'}.{cents}" if cents else whole
    pointers = [pointer.strip() for pointer in segment.components(7) if pointer.strip()]
    if any(not re.fullmatch(r"[0-9]{1,4}", pointer) for pointer in pointers):
        raise _Unreadable("SV107: expected numbers of diagnoses")
    service["diagnosisSequence"] = [int(pointer) for pointer in pointers]
    service["placeOfService"] = segment.value(5)
    return service


def _claim_json(header: _Header, claim: _Claim) -> dict[str, Any]:
    if header.patient_person is None:
        patient = {"id": header.subscriber, **header.subscriber_person}
    else:
        # The member number is the family's; a dependent has none of his own.
        patient = {**header.patient_person}
    patient.setdefault("sex", _SEXES["U"])
    return _without_empty(
        {
            "id": claim.number,
            "type": "professional",
            "payer": header.payer or "unknown",
            "patient": _without_empty(patient),
            "billingProvider": _without_empty({"npi": header.npi, "taxonomy": header.taxonomy}),
            "placeOfService": claim.place_of_service,
            "priorAuthorization": claim.authorizations,
            "created": header.created,
            "diagnosis": [
                {"sequence": sequence, "code": code}
                for sequence, code in enumerate(claim.diagnoses, start=1)
            ],
            "item": [
                _without_empty({"sequence": sequence, "serviced": claim.day, **line.fields})
                for sequence, line in zip(_sequences(claim.lines), claim.lines, strict=True)
            ],
        }
    )


def _sequences(lines: list[_Line]) -> list[int]:
    """The numbers of LX01, or where they do not number the lines, the lines' order."""
    stated = [int(line.number) for line in lines if re.fullmatch(r"[1-9][0-9]{0,3}", line.number)]
    if len(set(stated)) == len(lines):
        return stated
    return list(range(1, len(lines) + 1))


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", [])}


def _day(element: str, text: str) -> str:
    """The day of D8, or the first day of RD8, in the form of the claim format."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise _Unreadable(f"{element}: expected a date such as 20260504")
    return "-".join(match.groups())


def _number(element: str, text: str) -> int | Decimal:
    if not _NUMBER.fullmatch(text):
        raise _Unreadable(f"{element}: expected a number")
    number = Decimal(text)
    whole = int(number)
    return whole if whole == number else number.normalize()
