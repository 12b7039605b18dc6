"""The JSON claim that the loops of an 837 make together, with the places of its parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from claimshapes.claims.readers.x12_claim import COVERAGE, ClaimLoop, Placed, ServiceLine
from claimshapes.claims.readers.x12_fields import TakenFields, qualifier
from claimshapes.claims.readers.x12_loops import Level
from claimshapes.claims.schema import usual_type
from claimshapes.knowledge.format_terms import FormatTerms


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
    patient["sex"] = person.fields.get("sex", "unknown")
    institutional = claim.institutional
    claim_type = "institutional" if institutional else usual_type()
    sequences = _sequences(claim.lines)
    facts: list[Placed] = list(claim.facts)
    coverage = TakenFields()
    for level in (subscriber, *dependent):
        if COVERAGE in level.fields:
            coverage.content = _merged(coverage.content, level.fields[COVERAGE].content)
    for sequence, line in zip(sequences, claim.lines, strict=True):
        facts += [({**fact, "item": sequence}, place) for fact, place in line.facts]
    diagnoses = [*claim.diagnoses, *claim.external_causes]
    if institutional or not _is_ascending(diagnoses):
        diagnoses = [(number, placed) for number, (_, placed) in enumerate(diagnoses, start=1)]
    kind = claim.facility_kind
    # Some leave the qualifier of a place of service out.
    is_place = kind == qualifier("placeOfService") or not (kind or institutional)
    is_bill_type = kind == qualifier("typeOfBill") and institutional
    content = _without_empty(
        {
            "id": claim.number,
            "type": claim_type,
            "frequencyCode": "" if claim.frequency == qualifier("original") else claim.frequency,
            "typeOfBill": f"0{claim.facility}{claim.frequency}" if is_bill_type else "",
            "payer": _payer(subscriber, terms, claim_type) or "unknown",
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


def _payer(subscriber: Level, terms: FormatTerms, claim_type: str) -> str:
    """The payer's number, or the payer of ours that the filing indicator names."""
    payer = str(subscriber.fields.get("payer", ""))
    if payer in terms.payers:
        return payer
    indicator = subscriber.fields.get("filingIndicator", "")
    return terms.filing_indicators.get((claim_type, indicator), payer)


def payer_names(levels: Sequence[Level]) -> tuple[str, ...]:
    """The payer's number and name, as the subscriber's level of a claim states them."""
    subscriber = levels[1]
    named = (subscriber.fields.get(name, "") for name in ("payer", "payerName"))
    return tuple(dict.fromkeys(filter(None, named)))


def _sequences(lines: list[ServiceLine]) -> list[int]:
    """The numbers of LX01, or where they do not number the lines, the lines' order."""
    stated = [int(line.number) for line in lines if re.fullmatch(r"[1-9][0-9]{0,3}", line.number)]
    if len(set(stated)) == len(lines):
        return stated
    return list(range(1, len(lines) + 1))


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", [])}
