"""Findings put together by rule, claim, payer or provider, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from claimshapes.checking.findings import ClaimResult, Finding
from claimshapes.claims.claim import ClaimRecord
from claimshapes.rules.severity import Severity

_MOST_GROUPS = 10_000
_MOST_EXAMPLES = 3
_WITHOUT_NPI = "no NPI on the claim"
_OTHERS = "others"


@dataclass(slots=True)
class FindingGroup:
    """Findings that belong together.

    Attributes:
        name: id of the rule, claim number, payer id, or NPI of the billing provider.
        findings: how many there are.
        claims: on how many claims they are; of a payer or provider, all its claims.
        clean: how many of these are clean.
        severities: findings by severity.
        rules: findings by rule.
        examples: the first ones, each with its claim; of a rule with several messages, one each.
    """

    name: str
    findings: int = 0
    claims: int = 0
    clean: int = 0
    severities: Counter[Severity] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[ClaimRecord, Finding]] = field(default_factory=list)

    @property
    def worst(self) -> Severity:
        """The severity of its most severe finding."""
        return min(self.severities, key=lambda severity: severity.rank, default=Severity.INFO)


class FindingGroups:
    """Groups of findings, filled claim by claim.

    Args:
        group_by: ``rule``, ``claim``, ``payer`` or ``provider``.
    """

    def __init__(self, group_by: str) -> None:
        self.group_by = group_by
        self._groups: dict[str, FindingGroup] = {}

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        """Enters a claim's findings."""
        if self.group_by != "rule":
            if result.findings or self.group_by != "claim":
                self._count(self._name(record, result), record, result, result.findings)
            return
        by_rule: dict[str, list[Finding]] = {}
        for finding in result.findings:
            by_rule.setdefault(finding.rule, []).append(finding)
        for rule, findings in by_rule.items():
            self._count(rule, record, result, findings)

    def ranked(self, most: int | None = None) -> Iterator[FindingGroup]:
        """Groups with findings, the most severe first, of those the ones with the most."""
        found = (group for group in self._groups.values() if group.findings)
        order = sorted(found, key=lambda each: (each.worst.rank, -each.findings, each.name))
        return iter(order[:most])

    def __len__(self) -> int:
        return sum(1 for group in self._groups.values() if group.findings)

    def _name(self, record: ClaimRecord, result: ClaimResult) -> str:
        if self.group_by == "claim":
            return result.claim
        if self.group_by == "payer":
            return str(record.claim["payer"])
        provider = record.claim.get("billingProvider") or {}
        return str(provider.get("npi") or _WITHOUT_NPI)

    def _count(
        self,
        name: str,
        record: ClaimRecord,
        result: ClaimResult,
        findings: Sequence[Finding],
    ) -> None:
        group = self._groups.get(name)
        if group is None:
            name = name if len(self._groups) < _MOST_GROUPS else _OTHERS
            group = self._groups.setdefault(name, FindingGroup(name))
        group.claims += 1
        group.clean += result.clean
        group.findings += len(findings)
        for finding in findings:
            group.severities[finding.severity] += 1
            group.rules[finding.rule] += 1
            if len(group.examples) < _MOST_EXAMPLES:
                told = any(finding.message == other.message for _, other in group.examples)
                if self.group_by == "rule" and not told:
                    group.examples.append((record, finding))
