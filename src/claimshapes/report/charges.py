"""What a claim's lines charge, and which of it findings touch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimJson
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.tables import DESCRIPTION, read_table, table_rows
from claimshapes.rules.severity import Severity

_REVENUE_DIGITS = 4


@dataclass(slots=True)
class Charges:
    """Sums in US dollars.

    Attributes:
        total: of all lines.
        touched: of the lines that findings touch, each line under its most severe finding.
        lines: how many lines there are.
        without_charge: how many of them state no charge.
    """

    total: Decimal = Decimal()
    touched: dict[Severity, Decimal] = field(
        default_factory=lambda: dict.fromkeys(Severity, Decimal())
    )
    lines: int = 0
    without_charge: int = 0

    @property
    def at_risk(self) -> Decimal:
        """Charges of the lines that a violation or a warning touches."""
        return self.touched[Severity.VIOLATION] + self.touched[Severity.WARNING]

    def add(self, claim: ClaimJson, result: ClaimResult) -> Decimal:
        """Adds a claim's lines.

        Returns:
            The charges of its lines that a violation or a warning touches.
        """
        at_risk = total = Decimal()
        worst: dict[int, Severity] = {}
        # Findings come with the most severe first; waived ones put nothing at risk.
        for finding in result.findings:
            for index in lines_at(claim, finding.focus):
                worst.setdefault(index, finding.severity)
        items = claim["item"]
        self.lines += len(items)
        for index, item in enumerate(items):
            if "revenue" in item and is_total(item):
                self.lines -= 1
                continue
            charge = item.get("charge")
            if charge is None:
                self.without_charge += 1
                continue
            amount = Decimal(charge)
            total += amount
            if worst and (severity := worst.get(index)) is not None:
                self.touched[severity] += amount
                if severity is not Severity.INFO:
                    at_risk += amount
        self.total += total
        return at_risk

    def merge(self, other: Charges) -> None:
        """Adds the sums of other claims."""
        self.total += other.total
        self.lines += other.lines
        self.without_charge += other.without_charge
        for severity, amount in other.touched.items():
            self.touched[severity] += amount


def is_total(item: Mapping[str, Any]) -> bool:
    """Whether a line states the claim's total, by its revenue code, and no service."""
    return _is_total_line(str(item.get("revenue", "")))


@lru_cache(maxsize=2000)
def _is_total_line(revenue: str) -> bool:
    return revenue.zfill(_REVENUE_DIGITS) in _total_lines()


@cache
def _total_lines() -> frozenset[str]:
    table = read_table(resource_directory("ontology") / "tables" / f"value-sets{DESCRIPTION}")
    return frozenset(row["member"] for row in table_rows(table) if row["value_set"] == "total-line")


def charges_of(claim: ClaimJson, result: ClaimResult) -> Charges:
    """The charges of one claim."""
    charges = Charges()
    charges.add(claim, result)
    return charges


def charges_at(claim: ClaimJson, focus: str) -> Decimal | None:
    """Charges of the lines that a finding touches; none where none of them states a charge."""
    items = claim["item"]
    amounts = [
        Decimal(items[index]["charge"])
        for index in lines_at(claim, focus)
        if "charge" in items[index]
    ]
    return sum(amounts, Decimal()) if amounts else None


def dollars(amount: Decimal) -> str:
    """An amount as a person reads it, such as ``$1,204.50``."""
    return f"${amount:,.2f}"


def lines_at(claim: ClaimJson, focus: str) -> Iterable[int]:
    """Indexes of the lines that a finding touches.

    A finding on a line touches that line; one on a diagnosis the lines that point at it, and
    all lines where none does; any other all lines.

    Args:
        claim: the claim.
        focus: the finding's focus, a JSON Pointer.
    """
    items: list[Mapping[str, Any]] = claim["item"]
    match focus.split("/"):
        case ["", "item", index, *_] if index.isdecimal():
            return [int(index)]
        case ["", "diagnosis", index, *_] if index.isdecimal():
            sequence = claim["diagnosis"][int(index)]["sequence"]
            pointing = [
                number
                for number, item in enumerate(items)
                if sequence in item.get("diagnosisSequence", ())
            ]
            return pointing or range(len(items))
    return range(len(items))
