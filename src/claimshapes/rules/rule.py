"""A rule as the program knows it: what it says to people, when it holds, and for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from claimshapes.rules.other_claims import OtherClaims
from claimshapes.rules.severity import Severity


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from.

    Attributes:
        title: the document.
        section: section in it, where it has sections.
        edition: edition or version, with its date.
        seen_at: where the text was read, when not in the document itself.
        strength: ``primary``, ``quoted``, ``secondary`` or ``fictitious``.
        document: IRI of the source that describes the document, where one does.
    """

    title: str
    section: str | None
    edition: str | None
    seen_at: str | None
    strength: str
    document: str | None = None

    def __str__(self) -> str:
        """The document itself, as findings cite it."""
        return ", ".join(part for part in (self.title, self.section, self.edition) if part)

    @property
    def with_copy(self) -> str:
        """The document and where its text was read, as the page of a rule cites it."""
        return f"{self} (read at {self.seen_at})" if self.seen_at else str(self)


@dataclass(frozen=True, slots=True)
class Scoped:
    """What is stated of a rule for some payers and dates of service.

    Attributes:
        iri: what states it.
        rule: IRI of the rule.
        payers: payers that it holds for, and for their narrower payers.
        claim_types: kinds of claim that it holds for; empty: every kind.
        valid_from: first date of service.
        valid_through: last date of service, if it ends.
    """

    iri: str
    rule: str
    payers: frozenset[str]
    claim_types: frozenset[str]
    valid_from: date
    valid_through: date | None

    def applies_to(self, payers: frozenset[str], claim_type: str) -> bool:
        """Whether it is for this payer (given with its broader payers) and kind of claim."""
        return bool(self.payers & payers) and _of_kind(self.claim_types, claim_type)


@dataclass(frozen=True, slots=True)
class Exemption(Scoped):
    """For whom, and on which dates of service, a rule is not evaluated.

    A ``cs:Exemption`` states it, or the rule that takes the place (``cs:overrides``).
    """

    def covers(self, first: date, last: date | None) -> bool:
        """Whether it holds on every date of service from the first to the last, or for ever."""
        return self.valid_from <= first and (
            self.valid_through is None or (last is not None and last <= self.valid_through)
        )


@dataclass(frozen=True, slots=True)
class Adjustment(Scoped):
    """For whom, and on which dates of service, a rule has another severity or other dates.

    A ``cs:Adjustment`` states it.

    Attributes:
        severity: the severity, if it gives one.
        in_force_from: the rule's first date of service, if it gives one.
        in_force_through: the rule's last date of service, if it gives one.
        authority: the document that says so.
    """

    severity: Severity | None
    in_force_from: date | None
    in_force_through: date | None
    authority: str

    def says(self, severity: Severity) -> str:
        """What it makes of a rule that has a severity, and who says so."""
        made = []
        if self.severity is not None and self.severity != severity:
            made.append(f"{severity.value} made {self.severity.value}")
        days = [
            f"{word} {day}"
            for word, day in (("from", self.in_force_from), ("through", self.in_force_through))
            if day is not None
        ]
        if days:
            made.append(f"in force {' '.join(days)}")
        return f"{', '.join(made)} by {self.authority}" if made else ""

    def holds(self, days: Iterable[date]) -> bool:
        """Whether it holds on one of the days."""
        return any(
            self.valid_from <= day and (self.valid_through is None or day <= self.valid_through)
            for day in days
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's metadata, as its shape file states it."""

    iri: str
    id: str
    label: str
    description: str
    rationale: str
    severity: Severity
    message: str
    remedy: str
    status: str
    denial_codes: tuple[str, ...]
    citations: tuple[Citation, ...]
    payers: frozenset[str]
    claim_types: frozenset[str]
    valid_from: date
    valid_through: date | None
    issued: date
    modified: date
    reads_documentation: bool
    applies_to_voids: bool
    yields_to: frozenset[str]
    overrides: frozenset[str]
    field_name: str | None
    url: str
    file: Path
    other_claims: OtherClaims | None = None
    exemptions: tuple[Exemption, ...] = ()
    remark_codes: tuple[str, ...] = ()
    group_code: str | None = None
    candidates: str | None = None
    adjustments: tuple[Adjustment, ...] = ()

    def adjusted(self, days: Iterable[date]) -> tuple[Severity, str]:
        """The rule's severity on some dates of service, and who adjusted the rule and how.

        A rule has adjustments once it was selected for a payer (``RuleBook.select``).

        Returns:
            The severity, and the words for people, which are empty where nothing was adjusted.
        """
        dates = tuple(days)
        holding = [each for each in self.adjustments if each.holds(dates)]
        severities = [each.severity for each in holding if each.severity is not None]
        words = [said for each in holding if (said := each.says(self.severity))]
        return severities[0] if severities else self.severity, "; ".join(words)

    def in_force(self, dates: Iterable[date]) -> bool:
        """Whether the rule holds, and no exemption does, on at least one of the dates of service.

        A rule has exemptions and adjustments once it was selected for a payer
        (``RuleBook.select``).
        """
        return any(
            any(first <= day <= last for first, last in self._periods(day))
            and not any(exemption.covers(day, day) for exemption in self.exemptions)
            for day in dates
        )

    def _periods(self, day: date) -> Iterator[tuple[date, date]]:
        """From when to when it holds, by itself and by the adjustments of a day."""
        end = self.valid_through or date.max
        yield self.valid_from, end
        for each in self.adjustments:
            if each.holds((day,)):
                yield each.in_force_from or self.valid_from, each.in_force_through or end

    def applies_to(self, payers: frozenset[str], claim_type: str) -> bool:
        """Whether the rule is for this payer (given with its broader payers) and kind of claim."""
        return (not self.payers or bool(self.payers & payers)) and _of_kind(
            self.claim_types, claim_type
        )


def _of_kind(kinds: frozenset[str], claim_type: str) -> bool:
    return not kinds or claim_type in kinds
