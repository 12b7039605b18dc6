"""What a claim gives to later ones of its group, and what it gets from earlier ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from claimshapes.claim import ClaimJson
from claimshapes.read.claim_schema import claim_schema, resolve


@dataclass(frozen=True, slots=True)
class Extract:
    """What is needed of a claim to make the history of others, and its own.

    Attributes:
        number: its place in the input.
        claim: its own number.
        first: its first date of service, as ISO 8601 has it.
        services: its services in the form of a history.
        facts: the facts of its record that count for later claims too.
        known: numbers of the claims that its own history speaks of already.
    """

    number: int
    claim: str
    first: str
    services: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Addition:
    """What the claims before it add to a claim.

    Attributes:
        number: the claim's place in the input.
        history: services, in the form of a history.
        documentation: facts of the record.
    """

    number: int
    history: list[dict[str, Any]]
    documentation: list[dict[str, Any]]

    def to(self, claim: ClaimJson) -> ClaimJson:
        """The claim with these; its own come first, so that their places stay."""
        made = dict(claim)
        if self.history:
            made["history"] = [*claim.get("history", ()), *self.history][: _most_services()]
        own = claim.get("documentation", [])
        facts = [fact for fact in self.documentation if fact not in own]
        if facts:
            made["documentation"] = [*own, *facts]
        return made


def extract(claim: ClaimJson, number: int, carried: frozenset[str]) -> Extract:
    """What others need of a claim.

    Args:
        claim: the claim.
        number: its place in the input.
        carried: types of the facts that count for later claims too.
    """
    npi = claim["billingProvider"]["npi"]
    services = []
    for item in claim["item"]:
        # Without a procedure or a day of its own it is no service that a history can have.
        if "procedure" in item and "serviced" in item:
            service = {name: item[name] for name in _shared_fields() if name in item}
            services.append({"claim": claim["id"], "npi": npi} | service)
    dates = [service["serviced"] for service in services]
    period = claim.get("billablePeriod", {})
    dates += [period[name] for name in ("start", "end") if name in period and not dates]
    return Extract(
        number,
        claim["id"],
        min(dates, default=""),
        services,
        [
            {"type": fact["type"], "value": fact["value"]}
            for fact in claim.get("documentation", ())
            if fact["type"] in carried and "value" in fact
        ],
        [service["claim"] for service in claim.get("history", ()) if "claim" in service],
    )


def additions(group: Iterable[Extract], look_back: timedelta) -> Iterator[Addition]:
    """What the claims of a group add to each other, where there is something to add.

    Args:
        group: the claims that belong together, by their first date of service and then by
            their place in the input.
        look_back: how long before a claim's first service those of the others may have been.
    """
    before: deque[Extract] = deque()
    for claim in group:
        if claim.first:
            since = _days_before(claim.first, look_back)
            before = deque(each for each in before if _last(each) >= since)
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


def _last(claim: Extract) -> str:
    return str(max(service["serviced"] for service in claim.services))


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
    line, service = (resolve(properties[name]["items"])["properties"] for name in ("item", "history"))
    return tuple(name for name in service if name in line)
