"""Counts what a check said, claim by claim, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from claimshapes.checking.findings import VOID, WITHOUT_RECORD, ClaimResult, Verdict
from claimshapes.checking.waivers import Waivers
from claimshapes.claims.claim import ClaimRecord, RejectedClaim
from claimshapes.knowledge.format_terms import format_terms
from claimshapes.report.charges import Charges
from claimshapes.rules.severity import Severity

_MOST_REASONS = 20
OTHER_REASONS = "other reasons"
NO_RULE = ""
"""Stands in counts by rule for no rule in force at all."""
_MOST_PAYERS = 100
OTHER_PAYERS = "other payers"
# Python 3.11 takes long to find a member of an enumeration by its name.
_CLEAN = Verdict.CLEAN
COUNTS = (
    "claims",
    "clean",
    "only_waived",
    "only_known",
    "incomplete",
    "rejected",
    "faults",
    "waived",
    "known",
    "claims_without_record",
    "voids",
)
"""The numbers of a summary that are sums over its claims."""


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
class Coverage:
    """How often something kept a rule from being evaluated that is specific to no claim.

    Attributes:
        claims: on how many claims.
        places: at how many places in them.
    """

    claims: int = 0
    places: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """What kept rules from being evaluated, for a whole check.

    Attributes:
        rules: ids of the rules.
        reason: what no loaded table holds, or no claim of the format carries.
        claims: on how many claims.
        places: at how many places in them.
    """

    rules: tuple[str, ...]
    reason: str
    claims: int
    places: int


@dataclass(slots=True)
class Summary:
    """What a check said of all its claims.

    Claims read are those checked and those rejected; each claim checked is clean, incomplete,
    with findings, or one on which all that was found is waived or known (``findings.Verdict``).

    Attributes:
        waivers: the waivers of the check.
        claims: how many claims were checked.
        clean: how many of them are clean.
        only_waived: how many have waived findings and no other.
        only_known: how many have findings of the baseline, and no others but waived ones.
        incomplete: how many have no finding, but something that was not checked.
        rejected: how many claims, or whole files, could not be read.
        faults: how many faults of files were told that are no claim's own.
        waived: how many findings are waived; they are in no other count of findings.
        known: how many findings the baseline has; they are in no other count of findings.
        by_severity: findings by severity.
        by_rule: findings by rule id.
        by_denial: findings by the claim adjustment reason code that they may lead to; a
            finding with several codes counts under each.
        by_payer: counts by payer id; payers beyond the first hundred are counted together.
        unknown_payers: claims by payer that is none of the ontology's, so that only the rules that
            hold for every payer were evaluated; those beyond the first hundred together.
        charges: what the lines charge, and how much of it findings touch.
        not_checked: by rule id, on how many claims each reason kept the rule from being
            evaluated; reasons beyond the first twenty of a rule are counted together. Under the
            empty id are the claims on which no rule was in force.
        not_covered: likewise for what is specific to no claim.
        without_record: by id of each rule that reads the record, how many claims came without.
        claims_without_record: on how many claims such rules were not evaluated.
        left_to_original: by id of each rule that does not apply to voids, on how many it was not
            evaluated.
        voids: how many claims were checked only as claims, since they repeat their original.
        fewest_rules: how many rules were in force on the claim with the fewest; none before the
            first claim.
        most_rules: how many on the claim with the most.
        is_part: whether it is about a part of the claims, so that it names all reasons and payers,
            for ``merge`` to count together what is beyond those.
        complete: whether the check came to its end.
        known_payers: the payers that the ontology has.
    """

    waivers: Waivers = field(default_factory=Waivers)
    claims: int = 0
    clean: int = 0
    only_waived: int = 0
    only_known: int = 0
    incomplete: int = 0
    rejected: int = 0
    faults: int = 0
    waived: int = 0
    known: int = 0
    by_severity: Counter[Severity] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    by_denial: Counter[str] = field(default_factory=Counter)
    by_payer: dict[str, PayerCounts] = field(default_factory=dict)
    unknown_payers: Counter[str] = field(default_factory=Counter)
    charges: Charges = field(default_factory=Charges)
    not_checked: dict[str, Counter[str]] = field(default_factory=dict)
    not_covered: dict[str, dict[str, Coverage]] = field(default_factory=dict)
    without_record: Counter[str] = field(default_factory=Counter)
    claims_without_record: int = 0
    left_to_original: Counter[str] = field(default_factory=Counter)
    voids: int = 0
    fewest_rules: int | None = None
    most_rules: int = 0
    is_part: bool = False
    complete: bool = True
    known_payers: frozenset[str] = field(
        default_factory=lambda: format_terms().payers, repr=False, compare=False
    )

    def reject(self, rejected: RejectedClaim) -> None:
        """Counts the claims that a rejection stands for, or a fault of a file."""
        self.rejected += rejected.claims
        self.faults += not rejected.claims

    def add(self, record: ClaimRecord, result: ClaimResult) -> None:
        """Counts a claim's result, its waived findings apart."""
        self.claims += 1
        if result.waived:
            self.waived += len(result.waived)
        if result.known:
            self.known += len(result.known)
        for finding in result.findings:
            self.by_severity[finding.severity] += 1
            self.by_rule[finding.rule] += 1
            self.by_denial.update(finding.denial_codes)
        verdict = result.verdict
        clean = verdict is _CLEAN
        if clean:
            self.clean += 1
        elif verdict is Verdict.WAIVED:
            self.only_waived += 1
        elif verdict is Verdict.KNOWN:
            self.only_known += 1
        elif verdict is Verdict.INCOMPLETE:
            self.incomplete += 1
        rules = result.rules_in_force
        if self.fewest_rules is None or rules < self.fewest_rules:
            self.fewest_rules = rules
        if rules > self.most_rules:
            self.most_rules = rules
        if result.not_checked:
            notes = {(item.rule or NO_RULE, item.reason) for item in result.not_checked}
            for rule, reason in notes:
                reasons = self.not_checked.setdefault(rule, Counter())
                reasons[self._bounded(reason, reasons)] += 1
        if result.not_covered or result.without_record or result.left_to_original:
            self._add_coverage(result)
        at_risk = self.charges.add(record.claim, result)
        name = str(record.claim["payer"])
        if name not in self.known_payers:
            self._add_unknown(name, 1)
        payer = self._payer(name)
        payer.claims += 1
        if clean:
            payer.clean += 1
        else:
            payer.findings += len(result.findings)
            payer.at_risk += at_risk

    def _add_coverage(self, result: ClaimResult) -> None:
        places: dict[tuple[str, str], int] = {}
        for item in result.not_covered:
            place = item.rule, item.reason
            places[place] = places.get(place, 0) + 1
        for (rule, reason), count in places.items():
            reasons = self.not_covered.setdefault(rule, {})
            coverage = reasons.setdefault(self._bounded(reason, reasons), Coverage())
            coverage.claims += 1
            coverage.places += count
        if result.without_record:
            self.without_record.update(result.without_record)
            self.claims_without_record += 1
        if result.left_to_original:
            self.left_to_original.update(result.left_to_original)
            self.voids += 1

    def _payer(self, name: str) -> PayerCounts:
        counts = self.by_payer.get(name)
        if counts is None:
            if len(self.by_payer) >= _MOST_PAYERS and not self.is_part:
                name = OTHER_PAYERS
            counts = self.by_payer.setdefault(name, PayerCounts())
        return counts

    def _add_unknown(self, payer: str, claims: int) -> None:
        known = payer in self.unknown_payers or len(self.unknown_payers) < _MOST_PAYERS
        self.unknown_payers[payer if known or self.is_part else OTHER_PAYERS] += claims

    def _bounded(self, reason: str, reasons: Collection[str]) -> str:
        """The reason, or the one that all beyond a number are counted under."""
        if reason in reasons or len(reasons) < _MOST_REASONS or self.is_part:
            return reason
        return OTHER_REASONS

    def merge(self, part: Summary) -> None:
        """Counts the claims of a part, which come after those counted so far."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(part, name))
        for name in ("by_severity", "by_rule", "by_denial", "without_record", "left_to_original"):
            getattr(self, name).update(getattr(part, name))
        self.waivers.count_on(part.waivers.matched())
        self.charges.merge(part.charges)
        if part.fewest_rules is not None:
            fewest = part.fewest_rules if self.fewest_rules is None else self.fewest_rules
            self.fewest_rules = min(fewest, part.fewest_rules)
        self.most_rules = max(self.most_rules, part.most_rules)
        for payer, claims in part.unknown_payers.items():
            self._add_unknown(payer, claims)
        for payer, counts in part.by_payer.items():
            own = self._payer(payer)
            own.claims += counts.claims
            own.clean += counts.clean
            own.findings += counts.findings
            own.at_risk += counts.at_risk
        for rule, noted in part.not_checked.items():
            reasons = self.not_checked.setdefault(rule, Counter())
            for reason, count in noted.items():
                reasons[self._bounded(reason, reasons)] += count
        for rule, covered in part.not_covered.items():
            gaps = self.not_covered.setdefault(rule, {})
            for reason, coverage in covered.items():
                gap = gaps.setdefault(self._bounded(reason, gaps), Coverage())
                gap.claims += coverage.claims
                gap.places += coverage.places

    @property
    def coverage(self) -> list[Gap]:
        """What no loaded table holds or no claim of the format carries, the most frequent first.

        The rules that read the record are told together, and so are those that leave voids alone.
        """
        gaps = [
            Gap((rule,), reason, counts.claims, counts.places)
            for rule, reasons in self.not_covered.items()
            for reason, counts in reasons.items()
        ]
        if self.claims_without_record:
            number = self.claims_without_record
            gaps.append(Gap(tuple(sorted(self.without_record)), WITHOUT_RECORD, number, number))
        if self.voids:
            gaps.append(Gap(tuple(sorted(self.left_to_original)), VOID, self.voids, self.voids))
        return sorted(gaps, key=lambda gap: (-gap.claims, gap.rules, gap.reason))

    @property
    def read(self) -> int:
        """How many claims were read: those that were checked, and those that were rejected."""
        return self.claims + self.rejected

    @property
    def findings(self) -> int:
        """How many findings there are, without those that are waived or known."""
        return self.by_severity.total()

    @property
    def with_findings(self) -> int:
        """How many claims have a finding that is neither waived nor known."""
        return self.claims - self.clean - self.incomplete - self.only_waived - self.only_known

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
