"""Claims in FHIR R4: Claim and ExplanationOfBenefit, alone, in a Bundle, or one a line."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from claimshapes.claims.claim import ClaimReading, ClaimRecord, Origin, RejectedClaim
from claimshapes.claims.format_check import Admission, reject
from claimshapes.claims.readers.described_formats import fhir_codes
from claimshapes.claims.readers.fhir_claim import claim_json, is_stu3
from claimshapes.claims.readers.fhir_element import Element, FhirFault, References
from claimshapes.claims.readers.fhir_names import is_resource_type, refuse_damaged_names, shown_type
from claimshapes.claims.readers.json_document import read_value_document
from claimshapes.claims.readers.json_lines import read_value_lines
from claimshapes.claims.readers.json_places import ResourceLines
from claimshapes.claims.readers.json_values import (
    JsonValue,
    first_refusal,
    objects_within,
    without_repeated,
)
from claimshapes.claims.readers.limits import limit
from claimshapes.claims.readers.unread import count_unvisited, visits
from claimshapes.claims.schema import ClaimFault, json_pointer, shown_name

RESOURCE_BYTES = limit("RESOURCE_BYTES", 50_000_000)
"""The most bytes of one resource; a Bundle is held whole, since its entries refer to each other."""

_CLAIMS = ("Claim", "ExplanationOfBenefit")
_BUNDLE = "Bundle"
_DEEPEST_BUNDLE = 20
_MOST_NAMED = 5
_NAMES_OF_CLAIMS = {"insurer", "item"}
_ENTRIES = re.compile(r'"entry"\s*:\s*\[')
# What each claim has once.
_ONCE_A_CLAIM = [
    re.compile(rf'"resourceType"\s*:\s*"(?:{"|".join(_CLAIMS)})"'),
    re.compile(r'"insurance"\s*:'),
]
_FORGIVEN = ("/patient/birthDate", "/billingProvider", "/billingProvider/npi")


def read_fhir(stream: BinaryIO, file: str, *, lines: bool) -> Iterator[ClaimReading]:
    """Reads the claims of a FHIR file.

    A claim's origin has its line, and as pointer the JSON Pointer of its resource. References
    are followed within a Bundle and to contained resources; nothing is fetched.

    Args:
        stream: the file's bytes.
        file: its name, for messages.
        lines: whether each line is a resource, as in bulk data.

    Raises:
        InputError: the file is not JSON.
    """
    admission = Admission(forgiven=_is_forgiven)
    if lines:
        values = read_value_lines(stream, file, longest=RESOURCE_BYTES, as_written=True)
    else:
        values = read_value_document(
            stream, file, longest=RESOURCE_BYTES, is_whole=_is_document, as_written=True
        )
    for value in values:
        for reading in _read_value(value, admission):
            if value.lines is not None and isinstance(reading, ClaimRecord):
                yield replace(reading, places=ResourceLines(reading.places, value.lines))
            else:
                yield reading


def _read_value(value: JsonValue, admission: Admission) -> Iterator[ClaimReading]:
    content = value.content
    if not isinstance(content, Mapping):
        start = None if value.text is None else _ENTRIES.search(value.text)
        if value.text is not None and start is not None:
            yield from _read_damaged_bundle(value, value.text, start.end() - 1, admission)
            return
        fault = value.fault or ClaimFault("", "expected a FHIR resource, an object")
        rejected = reject([fault], value.origin, without_repeated(content))
        if value.is_note:
            rejected = replace(rejected, claims=0)
        elif value.text is not None:
            rejected = replace(rejected, claims=_claims_in(value.text))
        else:
            rejected = replace(rejected, claims=max(1, _claims_of(content)))
        yield rejected
        return
    kind = content.get("resourceType")
    if kind in _CLAIMS:
        resource, references = Element(content, str(kind)), References()
        references.add(resource)
        yield _read_claim(resource, value.origin, references, admission)
        yield from _name_inner(resource, value.origin)
    elif kind == _BUNDLE:
        bundle = Element(content, _BUNDLE)
        yield from _read_bundle(bundle, value.origin, admission, References())
    else:
        named = f"a {shown_type(kind)}" if isinstance(kind, str) else "no resource"
        reason = f"is {named}; a Claim, an ExplanationOfBenefit or a Bundle of them is read"
        # A Bundle whose own name is damaged holds several.
        inner = sum(1 for _ in _inner_claims(content))
        yield RejectedClaim(value.origin, reason, claims=max(1, inner))


def _is_document(value: Mapping[str, Any]) -> bool:
    return value.get("resourceType") in (*_CLAIMS, _BUNDLE)


def _read_damaged_bundle(
    value: JsonValue, text: str, start: int, admission: Admission
) -> Iterator[ClaimReading]:
    """Reads what can be read of a Bundle that is no JSON, and names the entries that cannot."""
    if value.fault is not None:
        reason = f"the Bundle {value.fault.reason}; its entries that are whole are read"
        yield RejectedClaim(value.origin, reason, claims=0)
    stream = io.BytesIO(text[start:].encode("utf-8", "surrogateescape"))
    entries: list[Any] = []
    for entry in read_value_document(
        stream,
        value.origin.file,
        longest=RESOURCE_BYTES,
        is_whole=lambda content: isinstance(content.get("resource"), Mapping),
        as_written=True,
    ):
        if entry.is_note:
            continue
        entries.append(entry.content)
        if entry.content is None and entry.fault is not None:
            pointer = f"{value.origin.pointer or ''}/entry{entry.origin.pointer}"
            rejected = reject([entry.fault], replace(value.origin, pointer=pointer))
            yield replace(rejected, claims=_claims_in(entry.text or ""))
    bundle = Element({"resourceType": _BUNDLE, "entry": entries}, _BUNDLE)
    yield from _read_bundle(
        bundle, value.origin, admission, References(is_whole=False), is_whole=False
    )


def _read_bundle(
    bundle: Element,
    origin: Origin,
    admission: Admission,
    references: References,
    *,
    is_whole: bool = True,
) -> Iterator[ClaimReading]:
    claims: list[tuple[Origin, Element]] = []
    bundles: list[tuple[Origin, Element]] = []
    others: Counter[str] = Counter()
    try:
        entries = list(enumerate(_entries(bundle)))
    except FhirFault as fault:
        yield RejectedClaim(origin, str(fault))
        return
    refused = 0
    for index, entry in entries:
        place = replace(origin, pointer=f"{origin.pointer or ''}/entry/{index}")
        try:
            resource = entry.get("resource")
            damaged = _damage(entry, resource)
            if damaged:
                refused += 1
                references.lose()
                yield RejectedClaim(place, damaged, claims=_claims_of(entry.content))
                continue
            if resource is None:
                yield from _name_inner(entry, place)
                continue
            kind = resource.text("resourceType")
            references.add(resource, entry.text("fullUrl"))
        except FhirFault as fault:
            refused += 1
            references.lose()
            refusal = first_refusal(entry.content)
            # A field that is given twice makes the whole object no object.
            rejected = reject([refusal], place) if refusal else RejectedClaim(place, str(fault))
            claims_in = _claims_of(entry.content)
            yield replace(rejected, claims=claims_in or int(not _is_other(entry.content)))
            continue
        place = replace(place, pointer=f"{place.pointer}/resource")
        if kind in _CLAIMS:
            claims.append((place, resource))
        elif kind == _BUNDLE:
            bundles.append((place, resource))
        elif _NAMES_OF_CLAIMS.issubset(resource.content):
            reason = f"is a {shown_type(kind)}, which is not read"
            known = kind in fhir_codes()["notClaims"]
            yield RejectedClaim(place, reason, claims=int(not known))
        else:
            others[shown_type(kind)] += 1
            if not is_resource_type(kind):
                references.lose()
                yield RejectedClaim(place, "has no resourceType of FHIR", claims=0)
            yield from _name_inner(resource, place)
    if not claims and not bundles and not refused and is_whole:
        held = ", ".join(f"{count} {kind}" for kind, count in others.most_common(_MOST_NAMED))
        reason = "the Bundle holds no Claim and no ExplanationOfBenefit"
        reason = f"{reason}; it holds {held}" if held else reason
        within = 0 if held else sum(1 for _ in _inner_claims(bundle.content))
        yield RejectedClaim(origin, reason, claims=within)
    readings: list[tuple[ClaimReading, set[str]]] = []
    for place, resource in claims:
        references.missed = set()
        reading = _read_claim(resource, place, references, admission)
        readings.append((reading, references.missed))
    unused = references.unused() - {*_CLAIMS, _BUNDLE}
    for (place, resource), (reading, missed) in zip(claims, readings, strict=True):
        lost = {kind for kind in missed if kind in unused or not is_resource_type(kind)}
        if isinstance(reading, ClaimRecord) and unused and lost:
            # Its reference or the name of the entry that it means was damaged.
            reason = "refers to no entry of the Bundle, which has one that nothing refers to"
            reading = reject([ClaimFault("", reason)], reading.origin, reading.claim)
        yield reading
        yield from _name_inner(resource, place)
    for place, inner in bundles:
        if place.pointer is not None and place.pointer.count("/entry/") > _DEEPEST_BUNDLE:
            claims_in = sum(1 for _ in _inner_claims(inner.content))
            reason = f"a Bundle must not be within more than {_DEEPEST_BUNDLE} others"
            yield RejectedClaim(place, reason, claims=claims_in)
        else:
            yield from _read_bundle(inner, place, admission, References(references))


def _damage(entry: Element, resource: Element | None) -> str:
    """Says what of an entry, or of a resource that is no claim, is not as FHIR has it."""
    held = entry.content.get("resource")
    if isinstance(held, list) and len(held) > 1:
        return f"expected one resource ({entry.path}.resource)"
    parts = [(entry, False)]
    if resource is not None and resource.text("resourceType") not in (*_CLAIMS, _BUNDLE):
        parts.append((resource, True))
    try:
        for part, deep in parts:
            refuse_damaged_names(part, deep=deep)
    except FhirFault as fault:
        return str(fault)
    return ""


def _claims_of(content: Any) -> int:
    """How many claims there are in a part of a Bundle that is not read."""
    return sum(
        value.get("resourceType") in _CLAIMS or _NAMES_OF_CLAIMS.issubset(value)
        for value in objects_within(content)
    )


def _is_other(content: Any) -> bool:
    """Whether a part of a Bundle says that it is another resource than a claim."""
    kinds = (value.get("resourceType") for value in objects_within(content))
    return any(isinstance(kind, str) and is_resource_type(kind) for kind in kinds)


def _claims_in(text: str) -> int:
    """How many claims there are in a text that is no JSON."""
    return max(len(pattern.findall(text)) for pattern in _ONCE_A_CLAIM)


def _entries(bundle: Element) -> Iterator[Element]:
    """The entries of a Bundle, those that could not be read as empty objects."""
    content = bundle.content.get("entry")
    if isinstance(content, list):
        for index, entry in enumerate(content):
            yield Element({} if entry is None else entry, f"{bundle.path}.entry[{index}]")
    else:
        yield from bundle.each("entry")


def _name_inner(resource: Element, origin: Origin) -> Iterator[RejectedClaim]:
    """Names claims within a resource, as contained ones, which are not read."""
    for path in _inner_claims(resource.content):
        pointer = f"{origin.pointer or ''}{json_pointer(path)}"
        reason = "a Claim within another resource is not read"
        yield RejectedClaim(replace(origin, pointer=pointer), reason)


def _inner_claims(content: Any) -> Iterator[tuple[str | int, ...]]:
    """The paths of claims below a resource, without recursion however deep it is nested."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), content)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, Mapping):
            if path and value.get("resourceType") in _CLAIMS:
                yield path
            stack.extend(((*path, str(name)), value[name]) for name in value)
        elif isinstance(value, list):
            stack.extend(((*path, index), inner) for index, inner in enumerate(value))


def _read_claim(
    resource: Element, origin: Origin, references: References, admission: Admission
) -> ClaimReading:
    refusal = first_refusal(resource.content)
    if refusal is not None:
        return reject([refusal], origin)
    try:
        refuse_damaged_names(resource)
        with visits():
            content, places, payers = claim_json(resource, references)
            count_unvisited(resource.content, resource.path)
    except FhirFault as fault:
        number = resource.content.get("id")
        shown = shown_name(number) if isinstance(number, str) and number else None
        reading: ClaimReading = RejectedClaim(origin, str(fault), shown)
    else:
        reading = admission.admit(content, origin, places, payers)
    if isinstance(reading, RejectedClaim) and is_stu3(resource):
        reason = f"{reading.reason}; the resource is of FHIR STU3, R4 is read"
        return replace(reading, reason=reason)
    return reading


def _is_forgiven(fault: ClaimFault) -> bool:
    """What an explanation of benefits may lack: the patient's and provider's own resources."""
    return fault.pointer in _FORGIVEN and "missing" in fault.reason
