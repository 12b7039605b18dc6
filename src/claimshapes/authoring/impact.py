"""What rules would have done to claims: what is found newly, and what no longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import tee
from typing import Any

from claimshapes.authoring.differing_rules import Differing
from claimshapes.checking.checker import BATCH, Checker
from claimshapes.checking.findings import ClaimResult, Finding
from claimshapes.claims.claim import ClaimJson, ClaimReading, ClaimRecord, RejectedClaim

_EXAMPLES = 5
_MOST_NAMES = 1000
_OTHERS = "(others)"

Checkers = Callable[[frozenset[str] | None], tuple[Checker, Checker]]
"""Makes what checks by the rules that are compared with, and by those in question; by all of them,
or by those with some ids."""


@dataclass(slots=True)
class Side:
    """Claims that differ in one direction.

    Attributes:
        claims: how many.
        findings: findings by rule.
        charges: what the lines with these findings charge; of the whole claim where a finding is
            about that.
        by_payer: claims by payer.
        by_provider: claims by the billing provider's NPI.
        examples: the first ones, each with its claim, rule and message.
    """

    claims: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    charges: Decimal = Decimal(0)
    by_payer: Counter[str] = field(default_factory=Counter)
    by_provider: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, str]] = field(default_factory=list)

    def add(self, claim: ClaimJson, findings: list[Finding]) -> None:
        """Counts a claim with the findings that only one side has."""
        self.claims += 1
        self.findings.update(finding.rule for finding in findings)
        self.charges += _charges(claim, findings)
        _count(self.by_payer, str(claim["payer"]))
        _count(self.by_provider, str(claim.get("billingProvider", {}).get("npi", "")))
        if len(self.examples) < _EXAMPLES:
            first = findings[0]
            self.examples.append(
                {"claim": str(claim["id"]), "rule": first.rule, "message": first.message}
            )

    def object(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "claims": self.claims,
            "findings": dict(self.findings.most_common()),
            "charges": f"{self.charges:.2f}",
            "byPayer": dict(self.by_payer.most_common()),
            "byProvider": dict(self.by_provider.most_common()),
            "examples": self.examples,
        }


@dataclass(slots=True)
class Impact:
    """The difference that rules make.

    Attributes:
        claims: how many claims were compared.
        unconcerned: how many of them were not checked, since nothing that differs is for their
            payers.
        rejected: how many could not be read.
        rejections: the first of these, where and why.
        newly: claims with findings that there were not before.
        no_longer: claims without findings that there were before.
    """

    claims: int = 0
    unconcerned: int = 0
    rejected: int = 0
    rejections: list[str] = field(default_factory=list)
    newly: Side = field(default_factory=Side)
    no_longer: Side = field(default_factory=Side)

    def object(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "claims": self.claims,
            "unconcerned": self.unconcerned,
            "rejected": self.rejected,
            "rejections": self.rejections,
            "newlyFlagged": self.newly.object(),
            "noLongerFlagged": self.no_longer.object(),
        }


def impact_of(readings: Iterable[ClaimReading], differing: Differing, checkers: Checkers) -> Impact:
    """Checks claims both ways, where that can make a difference, and counts the differences.

    Args:
        readings: the claims.
        differing: what differs between the rules.
        checkers: makes what checks them.
    """
    impact = Impact()
    every = cache(lambda: checkers(None))
    share = cache(differing.share)
    main = "every" if differing.only_every else "some"
    aside: list[ClaimReading] = []

    def of_main() -> Iterator[ClaimReading]:
        for reading in readings:
            own = share(str(reading.claim["payer"])) if isinstance(reading, ClaimRecord) else main
            if own == main:
                yield reading
            elif own == "every":
                aside.append(reading)
                if len(aside) == BATCH:
                    _compare(impact, aside, *every())
                    aside.clear()
            else:
                impact.claims += 1
                impact.unconcerned += 1

    _compare(impact, of_main(), *(every() if differing.only_every else checkers(differing.rules)))
    if aside:
        _compare(impact, aside, *every())
    return impact


def _compare(
    impact: Impact, readings: Iterable[ClaimReading], before: Checker, after: Checker
) -> None:
    for reading, one, two in _both(readings, before, after):
        if not isinstance(reading, ClaimRecord) or one is None or two is None:
            impact.rejected += 1
            if isinstance(reading, RejectedClaim) and len(impact.rejections) < _EXAMPLES:
                impact.rejections.append(f"{reading.origin}: {reading.reason}")
            continue
        claim = reading.claim
        impact.claims += 1
        newly, no_longer = (
            _only_in(two.findings, one.findings),
            _only_in(one.findings, two.findings),
        )
        if newly:
            impact.newly.add(claim, newly)
        if no_longer:
            impact.no_longer.add(claim, no_longer)


def _both(
    readings: Iterable[ClaimReading], before: Checker, after: Checker
) -> Iterator[tuple[ClaimReading, ClaimResult | None, ClaimResult | None]]:
    first, second = tee(readings)
    judged = zip(before.check_readings(first), after.check_readings(second), strict=True)
    for (reading, one), (_, two) in judged:
        yield reading, one, two


def _only_in(findings: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """The findings without a counterpart; one that is only worded anew, as by a limit, has one."""
    own = {(_place(each), each.message) for each in findings}
    messages = {(_place(other), other.message) for other in others}
    reworded = Counter(place for place, message in messages if (place, message) not in own)
    left = []
    for finding in findings:
        place = _place(finding)
        if (place, finding.message) in messages:
            continue
        if reworded[place] > 0:
            reworded[place] -= 1
        else:
            left.append(finding)
    return left


def _place(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.focus, finding.severity.value


def _charges(claim: ClaimJson, findings: list[Finding]) -> Decimal:
    lines = claim["item"]
    touched: set[int] = set()
    for finding in findings:
        parts = finding.focus.split("/")
        if len(parts) > 2 and parts[1] == "item":
            touched.add(int(parts[2]))
        else:
            touched.update(range(len(lines)))
    return sum((Decimal(str(lines[at].get("charge", 0))) for at in sorted(touched)), Decimal(0))


def _count(counter: Counter[str], name: str) -> None:
    counter[name if name in counter or len(counter) < _MOST_NAMES else _OTHERS] += 1
