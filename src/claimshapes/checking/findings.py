"""What a check says: findings, what could not be evaluated, and the result for a claim."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from claimshapes.rules.severity import Severity

NO_RULE_IN_FORCE = "no rule was in force"
"""Why a claim on which no rule was in force is not clean."""

WITHOUT_RECORD = "no record came with the claim"
VOID = "a void repeats its original; it was checked only as a claim"
"""Why the rules that read the record were not evaluated, where there was none to read."""

_SOURCE_LINE = re.compile(r"(?:^|, )line ([1-9][0-9]*)(?:, column ([1-9][0-9]*))?$")


Change = tuple[str, str, "str | int | tuple[str, ...]"]
"""A step of a JSON Patch (RFC 6902): operation, JSON Pointer into the claim, value."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the claim could say so that a finding would be settled, if a condition is true.

    Attributes:
        value: the candidate, such as ``M54.50`` or ``GP``.
        title: what it means, where that is known.
        condition: what has to be true before it is taken, such as ``if the record supports it``.
        patch: the steps of the JSON Patch that takes it.
    """

    value: str
    title: str
    condition: str
    patch: tuple[Change, ...]

    def __str__(self) -> str:
        return f"{self.value} ({self.title})" if self.title else self.value


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about one claim that a rule objects to.

    Attributes:
        claim: the claim's own number.
        rule: id of the rule, such as ``DX-EXCL1``.
        severity: violation, warning or info.
        focus: JSON Pointer (RFC 6901) into the claim, such as ``/diagnosis/0``.
        path: name of the claim field that is wrong, where one is.
        value: the offending value as it is on the claim.
        message: what is wrong, naming the value.
        remedy: what to do about it.
        denial_codes: the CARC numbers that acting on the finding prevents.
        url: page of the rule.
        source: where that is in the form that the claim was read from, such as
            ``2400 SV1, segment 19, line 19``, where that is another form than the claim format.
        suggestions: candidates that would settle it, where the knowledge has some and they were
            asked for; two findings are the same whatever theirs are.
        column: column of its line, where that is known and ``source`` does not name one.
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
    suggestions: tuple[Suggestion, ...] = field(default=(), compare=False)
    column: int | None = field(default=None, compare=False)

    @property
    def place(self) -> str:
        """JSON Pointer of the field that is wrong, or of the focus where no one field is."""
        return f"{self.focus}/{self.path}" if self.path else self.focus

    @property
    def source_line(self) -> int | None:
        """Line of the file that ``source`` ends with, where it names one."""
        named = _SOURCE_LINE.search(self.source or "")
        return int(named[1]) if named else None

    @property
    def source_column(self) -> int | None:
        """Column of that line, from 1, where it is known."""
        named = _SOURCE_LINE.search(self.source or "")
        return int(named[2]) if named and named[2] else self.column


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A rule that applies to a claim and lacks a fact: the claim is neither clean nor wrong.

    Attributes:
        claim: the claim's own number.
        rule: id of the rule that was not evaluated; none where no rule was in force at all.
        focus: JSON Pointer of what could not be checked.
        reason: what is missing from the claim, or from the tables for its date.
    """

    claim: str
    rule: str | None
    focus: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotCovered:
    """A rule that needs what no loaded table holds, or no claim of that format carries.

    It says nothing against the claim, which may be clean; a run counts it.

    Attributes:
        claim: the claim's own number.
        rule: id of the rule that was not evaluated.
        focus: JSON Pointer of what it was not evaluated for.
        reason: what is not covered.
    """

    claim: str
    rule: str
    focus: str
    reason: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person's decision that findings of a rule do not count, up to a day.

    Attributes:
        number: its place in the waiver file, counted from 1.
        rule: id of the rule.
        reason: why the findings do not count.
        reviewer: who decided it.
        until: the last day on which it holds.
        claim: the only claim that it is about, by its number; none for every claim.
        payer: the only payer, by its id.
        code: the only diagnosis or service code.
        pointer: the only place in the claim, as a JSON Pointer; what is below it counts too.
    """

    number: int
    rule: str
    reason: str
    reviewer: str
    until: date
    claim: str | None = None
    payer: str | None = None
    code: str | None = None
    pointer: str | None = None

    def __str__(self) -> str:
        about = ", ".join(
            f"{name} {value}"
            for name, value in (
                ("rule", self.rule),
                ("claim", self.claim),
                ("payer", self.payer),
                ("code", self.code),
                ("at", self.pointer),
            )
            if value is not None
        )
        return f"waiver {self.number} ({about})"


@dataclass(frozen=True, slots=True)
class WaivedFinding:
    """A finding that a waiver keeps from counting."""

    finding: Finding
    waiver: Waiver


class Verdict(StrEnum):
    """What a check comes to for a claim.

    ``KNOWN``: all that was found is in the baseline, or waived. ``WAIVED``: all that was found is
    waived. ``INCOMPLETE``: nothing was found, and something that is specific to the claim was not
    checked.
    """

    CLEAN = "clean"
    INCOMPLETE = "incomplete"
    KNOWN = "known"
    WAIVED = "waived"
    FINDINGS = "findings"


# Most claims are; Python 3.11 takes long to find a member of an enumeration by its name.
_CLEAN = Verdict.CLEAN


# Every claim has one, and to make one that is frozen takes four times as long. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class ClaimResult:
    """Everything that a check says about one claim, in a stable order.

    Attributes:
        claim: the claim's own number.
        findings: what rules object to, most severe first.
        not_checked: rules that apply to the claim and lack a fact that is specific to it.
        rules_in_force: how many rules were in force for the claim by payer, kind of claim, date
            and whether a record came with it.
        waived: what rules object to and a waiver allows; not among the findings.
        not_covered: rules that need what no loaded table holds or no claim of the format carries.
        without_record: ids of the rules in force that read the record, where none came with the
            claim; they were not evaluated.
        left_to_original: ids of the rules in force that do not apply to a void, where the claim is
            one; they were not evaluated.
        known: findings that the baseline has; not among the findings.
    """

    claim: str
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    rules_in_force: int = 0
    waived: tuple[WaivedFinding, ...] = ()
    not_covered: tuple[NotCovered, ...] = ()
    without_record: tuple[str, ...] = ()
    left_to_original: tuple[str, ...] = ()
    known: tuple[Finding, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether every rule that applies was evaluated and none fired, not even a waived one.

        A claim on which no rule was in force is not clean.
        """
        return self.verdict is Verdict.CLEAN

    @property
    def verdict(self) -> Verdict:
        """What it all comes to."""
        if self.findings:
            return Verdict.FINDINGS
        if self.known:
            return Verdict.KNOWN
        if self.waived:
            return Verdict.WAIVED
        if self.not_checked or not self.rules_in_force:
            return Verdict.INCOMPLETE
        return _CLEAN
