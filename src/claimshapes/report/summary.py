"""Counts what a check said, claim by claim, in bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from claimshapes.claim import ClaimRecord
from claimshapes.findings import ClaimResult, Severity
from claimshapes.report.charges import Charges
from claimshapes.waivers import Waivers

_MOST_REASONS = 20
OTHER_REASONS = "other reasons"
_MOST_PAYERS = 100
OTHER_PAYERS = "other payers"


@dataclass(slots=True)
class PayerCounts:
    """What a check said of a payer's claims.

    Attributes:
        claims: how many there are.
        clean: how many of them are clean.
        findings: how many findings there are on them.
        at_risk: charges, in US dollars, of their lines that a violation or a warning touches.
    """

    claims: int = 0
    clean: int = 0
    findings: int = 0
    at_risk: Decimal = Decimal()


@dataclass(slots=True)
class Summary:
    """What a check said of all its claims.

    A claim is clean when nothing was found and nothing was left unjudged. A claim on which
    nothing was found, but something could not be judged, counts as ``not_fully_checked``; one
    on which all that was found is waived as ``only_waived``.

    Attributes:
        waivers: the waivers of the check.
        claims: how many claims were checked.
        clean: how many of them are clean.
        only_waived: how many have waived findings and no other.
        not_fully_checked: how many have no finding, but something that could not be judged.
        rejected: how many claims, or whole files, could not be read.
        waived: how many findings are waived; they are in no other count of findings.
        by_severity: findings by severity.
        by_rule: findings by rule id.
        by_denial: findings by the claim adjustment reason code that they may lead to; a
            finding with several codes counts under each.
        by_payer: counts by payer id; payers beyond the first hundred are counted together.
        charges: what the lines charge, and how much of it findings touch.
        not_checked: by rule id, how often each reason kept the rule from being judged on a
            claim; reasons beyond the first twenty of a rule are counted together.
        complete: whether the check came to its end.
    """

    waivers: Waivers = field(default_factory=Waivers)
    claims: int = 0
    clean: int = 0
    only_waived: int = 0
    not_fully_checked: int = 0
    rejected: int = 0
    waived: int = 0
    by_severity: Counter[Severity] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    by_denial: Counter[str] = field(default_factory=Counter)
    by_payer: dict[str, PayerCounts] = field(default_factory=dict)
    charges: Charges = field(default_factory=Charges)
    not_checked: dict[str, Counter[str]] = field(default_factory=dict)
    complete: bool = True

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        """Counts a claim's result, its waived findings apart."""
        self.claims += 1
        self.waived += len(result.waived)
        for finding in result.findings:
            self.by_severity[finding.severity] += 1
            self.by_rule[finding.rule] += 1
            self.by_denial.update(finding.denial_codes)
        if result.clean:
            self.clean += 1
        elif not result.findings and result.waived:
            self.only_waived += 1
        elif not result.findings:
            self.not_fully_checked += 1
        for rule, reason in {(item.rule, item.reason) for item in result.not_checked}:
            reasons = self.not_checked.setdefault(rule, Counter())
            if reason not in reasons and len(reasons) >= _MOST_REASONS:
                reason = OTHER_REASONS
            reasons[reason] += 1
        at_risk = self.charges.add(record.claim, result)
        payer = self._payer(str(record.claim["payer"]))
        payer.claims += 1
        payer.clean += result.clean
        payer.findings += len(result.findings)
        payer.at_risk += at_risk

    def _payer(self, name: str) -> PayerCounts:
        counts = self.by_payer.get(name)
        if counts is None:
            if len(self.by_payer) >= _MOST_PAYERS:
                name = OTHER_PAYERS
            counts = self.by_payer.setdefault(name, PayerCounts())
        return counts

    @property
    def findings(self) -> int:
        """How many findings there are, without those that are waived."""
        return self.by_severity.total()

    @property
    def with_findings(self) -> int:
        """How many claims have a finding that is not waived."""
        return self.claims - self.clean - self.not_fully_checked - self.only_waived

    @property
    def clean_rate(self) -> float | None:
        """Share of clean claims among those checked, from 0 to 1; none where none was."""
        return self.clean / self.claims if self.claims else None

    def reaches(self, severity: Severity) -> bool:
        """Whether there is a finding of this severity or a more severe one."""
        return any(
            count for found, count in self.by_severity.items() if found.rank <= severity.rank
        )


def ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    """Counts from the highest to the lowest, those that are equal by name."""
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
