"""A summary in words, the same in every report."""

from __future__ import annotations

from claimshapes.findings import Severity
from claimshapes.report.charges import Charges, dollars
from claimshapes.report.page import counted
from claimshapes.report.summary import Summary, ranked


def summary_fields(summary: Summary) -> list[tuple[str, str]]:
    """The counts of a check with their names, findings as a whole."""
    rate = summary.clean_rate
    share = "" if rate is None else f" ({rate:.1%})"
    fields = [("claims", f"{summary.claims:,} checked"), ("clean", f"{summary.clean:,}{share}")]
    if summary.not_fully_checked:
        words = "with nothing found, but not everything checked"
        fields.append(("unfinished", f"{summary.not_fully_checked:,} {words}"))
    if summary.only_waived:
        fields.append(("waived", f"{summary.only_waived:,} with nothing found but what is waived"))
    if summary.rejected:
        fields.append(("not read", counted(summary.rejected, "claim or file", "claims or files")))
    fields.append(("charges", charges_in_words(summary.charges)))
    severities = ", ".join(
        counted(summary.by_severity[severity], word, many)
        for severity, word, many in (
            (Severity.VIOLATION, "violation", "violations"),
            (Severity.WARNING, "warning", "warnings"),
            (Severity.INFO, "info", "info"),
        )
    )
    waived = f"; {summary.waived:,} waived" if summary.waived else ""
    fields.append(("findings", severities + waived))
    return fields


def summary_lines(summary: Summary) -> list[str]:
    """The whole summary, a line each count, a rule with findings and a rule not judged."""
    lines = [] if summary.complete else ["stopped before the end: only claims checked so far count"]
    lines += [f"{name}: {value}" for name, value in summary_fields(summary)]
    lines += [f"{rule}: {counted(count, 'finding')}" for rule, count in ranked(summary.by_rule)]
    for rule, reasons in sorted(summary.not_checked.items()):
        lines += [
            f"{rule} not checked on {counted(count, 'claim')}: {reason}"
            for reason, count in ranked(reasons)
        ]
    return lines


def charges_in_words(charges: Charges) -> str:
    """What the lines charge and how much of it findings touch, in one sentence."""
    parts = [
        f"{dollars(amount)} by {words}"
        for severity, words in (
            (Severity.VIOLATION, "a violation"),
            (Severity.WARNING, "a warning"),
            (Severity.INFO, "info only"),
        )
        if (amount := charges.touched[severity])
    ]
    text = f"{dollars(charges.total)}, of which findings touch {', '.join(parts) or 'nothing'}"
    if charges.without_charge:
        text += f"; {charges.without_charge:,} of {counted(charges.lines, 'line')} without a charge"
    return text
