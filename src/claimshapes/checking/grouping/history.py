"""What a claim gives to later ones of its group, and what it gets from earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import msgspec

from claimshapes.claims.claim import ClaimJson, ClaimRecord
from claimshapes.claims.schema import claim_schema, resolve


class Extract(msgspec.Struct, frozen=True):
    """What is needed of a claim to make the history of others, and its own.

    Attributes:
        number: its place in the input.
        claim: its own number.
        first: its first date of service, as ISO 8601 has it; empty where it has none.
        last: the last day of a service that a history can have.
        services: its services in the form of a history.
        facts: the facts of its record that count for later claims too.
        known: numbers of the claims that its own history speaks of already.
    """

    number: int
    claim: str
    first: str
    last: str
    services: list[dict[str, Any]]
    facts: list[dict[str, Any]]
    known: list[str]


class Addition(msgspec.Struct, frozen=True):
    """What the claims before it add to a claim.

    Attributes:
        number: the claim's place in the input.
        history: services, in the form of a history.
        documentation: facts of the record.
    """

    number: int
    history: list[dict[str, Any]]
    documentation: list[dict[str, Any]]

    def to_record(self, record: ClaimRecord) -> ClaimRecord:
        """The claim with these; its own come first, so that their places stay."""
        claim = record.claim
        made = dict(claim)
        if self.history:
            made["history"] = [*claim.get("history", ()), *self.history][: _most_services()]
        own = claim.get("documentation")
        if own is not None:
            # Facts of earlier claims add to a record and are none by themselves.
            facts = [fact for fact in self.documentation if fact not in own]
            made["documentation"] = [*own, *facts]
        return ClaimRecord(made, record.origin, record.places)


def extract(claim: ClaimJson, number: int, carried: frozenset[str]) -> Extract:
    """What others need of a claim.

    Args:
        claim: the claim.
        number: its place in the input.
        carried: types of the facts that count for later claims too.
    """
    head = {"claim": claim["id"], "npi": claim["billingProvider"]["npi"]}
    shared = _shared_fields()
    # Without a procedure or a day of its own it is no service that a history can have.
    services = [
        head | {name: item[name] for name in shared if name in item}
        for item in claim["item"]
        if "procedure" in item and "serviced" in item
    ]
    dates = [service["serviced"] for service in services]
    period = () if dates else claim.get("billablePeriod", {}).values()
    facts = [
        {"type": fact["type"], "value": fact["value"]}
        for fact in claim.get("documentation", ())
        if fact["type"] in carried and "value" in fact
    ]
    known = [service["claim"] for service in claim.get("history", ()) if "claim" in service]
    first = min(dates or period, default="")
    return Extract(number, claim["id"], first, max(dates, default=""), services, facts, known)


def additions(group: Iterable[Extract], look_back: timedelta) -> Iterator[Addition]:
    """What the claims of a group add to each other, where there is something to add.

    Args:
        group: the claims that belong together, by their first date of service and then by
            their place in the input.
        look_back: how long before a claim's first service those of the others may have been.
    """
    before: list[Extract] = []
    for claim in group:
        if claim.first:
            since = _days_before(claim.first, look_back)
            before = [each for each in before if each.last >= since]
            told = [each for each in before if each.claim not in claim.known]
            history = [
                service
                for each in told
                for service in each.services
                if service["serviced"] >= since
            ]
            facts = [fact for each in told for fact in each.facts]
            if history or facts:
                latest = history[-_most_services() :]
                yield Addition(claim.number, latest, list(_distinct(facts)))
        if claim.services:
            before.append(claim)


def _days_before(day: str, length: timedelta) -> str:
    try:
        return (date.fromisoformat(day) - length).isoformat()
    except OverflowError:
        return date.min.isoformat()


def _distinct(facts: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    seen = set()
    for fact in facts:
        key = (fact["type"], str(fact["value"]))
        if key not in seen:
            seen.add(key)
            yield dict(fact)


@cache
def _most_services() -> int:
    most: int = claim_schema()["properties"]["history"]["maxItems"]
    return most


@cache
def _shared_fields() -> tuple[str, ...]:
    """The fields that a service line and a service of the history both have."""
    properties = claim_schema()["properties"]
    line, service = (
        resolve(properties[name]["items"])["properties"] for name in ("item", "history")
    )
    return tuple(name for name in service if name in line)
