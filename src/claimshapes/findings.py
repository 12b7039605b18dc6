"""What a check says: findings, what could not be judged, and the result for a claim."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How sure a denial is (``sh:Violation``, ``sh:Warning``, ``sh:Info``)."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Position from most (0) to least (2) severe."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about one claim that a rule objects to.

    Attributes:
        claim: the claim's own number.
        rule: id of the rule, such as ``DX-EXCL1``.
        severity: violation, warning or info.
        focus: JSON Pointer (RFC 6901) into the claim, such as ``/diagnosis/0``.
        path: name of the claim field that is wrong, where one is.
        value: the offending value as it stands on the claim.
        message: what is wrong, naming the value.
        remedy: what to do about it.
        denial_codes: the CARC numbers that acting on the finding prevents.
        url: page of the rule.
        source: where that stands in the form that the claim was read from, such as
            ``2400 SV1, segment 19, line 19``, where that is another form than the claim format.
    """

    claim: str
    rule: str
    severity: Severity
    focus: str
    path: str | None
    value: str | None
    message: str
    remedy: str
    denial_codes: tuple[str, ...]
    url: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A rule that could not be judged on a claim: neither clean nor a finding.

    Attributes:
        claim: the claim's own number.
        rule: id of the rule that was not judged.
        focus: JSON Pointer of what could not be judged.
        reason: what is missing.
    """

    claim: str
    rule: str
    focus: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Everything that a check says about one claim, in a stable order.

    Attributes:
        claim: the claim's own number.
        findings: what rules object to, most severe first.
        not_checked: what could not be judged.
        rules_judged: how many rules applied to the claim by payer, kind of claim and date.
    """

    claim: str
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    rules_judged: int = 0
