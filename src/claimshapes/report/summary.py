"""Counts what a check said, claim by claim, in bounded memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from claimshapes.findings import ClaimResult, Severity

_MOST_REASONS = 20
OTHER_REASONS = "other reasons"


@dataclass(slots=True)
class Summary:
    """What a check said of all its claims.

    A claim is clean when nothing was found and nothing was left unjudged; a claim on which
    nothing was found, but something could not be judged, counts as ``not_fully_checked``.

    Attributes:
        claims: how many claims were checked.
        clean: how many of them are clean.
        not_fully_checked: how many have no finding, but something that could not be judged.
        rejected: how many claims, or whole files, could not be read.
        by_severity: findings by severity.
        by_rule: findings by rule id.
        not_checked: by rule id, how often each reason kept the rule from being judged on a
            claim; reasons beyond the first twenty of a rule are counted together.
        complete: whether the check came to its end.
    """

    claims: int = 0
    clean: int = 0
    not_fully_checked: int = 0
    rejected: int = 0
    by_severity: Counter[Severity] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    not_checked: dict[str, Counter[str]] = field(default_factory=dict)
    complete: bool = True

    def add(self, result: ClaimResult) -> None:
        """Counts a claim's result."""
        self.claims += 1
        for finding in result.findings:
            self.by_severity[finding.severity] += 1
            self.by_rule[finding.rule] += 1
        if not result.findings and not result.not_checked:
            self.clean += 1
        elif not result.findings:
            self.not_fully_checked += 1
        for rule, reason in {(item.rule, item.reason) for item in result.not_checked}:
            reasons = self.not_checked.setdefault(rule, Counter())
            if reason not in reasons and len(reasons) >= _MOST_REASONS:
                reason = OTHER_REASONS
            reasons[reason] += 1

    @property
    def findings(self) -> int:
        """How many findings there are."""
        return self.by_severity.total()

    @property
    def with_findings(self) -> int:
        """How many claims have a finding."""
        return self.claims - self.clean - self.not_fully_checked

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
