"""A summary in words, the same in every report."""

from __future__ import annotations

from collections.abc import Mapping

from claimshapes.report.charges import Charges, dollars
from claimshapes.report.lines import counted
from claimshapes.report.summary import NO_RULE, Gap, Summary, ranked
from claimshapes.rules.severity import Severity

_MOST_NAMED = 10


def summary_fields(summary: Summary) -> list[tuple[str, str]]:
    """The counts of a check with their names, findings as a whole."""
    rate = summary.clean_rate
    share = "" if rate is None else f" ({rate:.1%})"
    fields = [
        ("claims", claims_in_words(summary)),
        ("clean", f"{summary.clean:,}{share}"),
        ("incomplete", f"{summary.incomplete:,} with no findings, but not everything checked"),
        ("to correct", f"{summary.with_findings:,} with findings"),
    ]
    if summary.only_waived:
        fields.append(("waived", f"{summary.only_waived:,} with no findings but what is waived"))
    if summary.only_known:
        words = f"{summary.only_known:,} with no findings but those of the baseline"
        fields.append(("known", words))
    if summary.fewest_rules is not None:
        fields.append(("rules", f"{_span(summary.fewest_rules, summary.most_rules)} in force"))
    if summary.unknown_payers:
        fields.append(("payers", unknown_payers_in_words(summary)))
    fields.append(("charges", charges_in_words(summary.charges)))
    waived = f"; {summary.waived:,} waived" if summary.waived else ""
    known = f"; {summary.known:,} known from the baseline" if summary.known else ""
    fields.append(("findings", severities_in_words(summary.by_severity) + waived + known))
    return fields


def severities_in_words(counts: Mapping[Severity, int]) -> str:
    """How many findings there are of each severity."""
    return ", ".join(
        counted(counts.get(severity, 0), word, many)
        for severity, word, many in (
            (Severity.VIOLATION, "violation", "violations"),
            (Severity.WARNING, "warning", "warnings"),
            (Severity.INFO, "info", "info"),
        )
    )


def summary_lines(summary: Summary) -> list[str]:
    """The whole summary, a line each count, a rule with findings and what was not evaluated."""
    lines = [] if summary.complete else ["stopped before the end: only claims checked so far count"]
    lines += [f"{name}: {value}" for name, value in summary_fields(summary)]
    lines += [f"{rule}: {counted(count, 'finding')}" for rule, count in ranked(summary.by_rule)]
    for rule, reasons in sorted(summary.not_checked.items()):
        lines += [
            f"{f'{rule} ' if rule != NO_RULE else ''}not checked on {counted(count, 'claim')}:"
            f" {reason}"
            for reason, count in ranked(reasons)
        ]
    lines += [
        f"coverage: {gap_rules(gap)} not evaluated on {counted(gap.claims, 'claim')}: {gap.reason}"
        for gap in summary.coverage
    ]
    return lines


def claims_in_words(summary: Summary) -> str:
    """How many claims were read, and what became of them."""
    words = f"{summary.read:,} read = {summary.claims:,} checked + {summary.rejected:,} rejected"
    faults = f"; {counted(summary.faults, 'fault')} of files" if summary.faults else ""
    return words + faults


def unknown_payers_in_words(summary: Summary) -> str:
    """The payers that are none of the ontology's, with their claims, the most frequent first."""
    payers = ranked(summary.unknown_payers)
    named = [f"{payer} ({count:,})" for payer, count in payers[:_MOST_NAMED]]
    if len(payers) > _MOST_NAMED:
        named.append(f"{len(payers) - _MOST_NAMED:,} more")
    number = counted(summary.unknown_payers.total(), "claim")
    return f"unknown: {', '.join(named)}; {number} checked by the rules for every payer only"


def gap_rules(gap: Gap) -> str:
    """The rules that were not evaluated: by name where it is one, else how many."""
    return gap.rules[0] if len(gap.rules) == 1 else counted(len(gap.rules), "rule")


def _span(fewest: int, most: int) -> str:
    return f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"


def charges_in_words(charges: Charges) -> str:
    """What the lines charge, and how much of it those with findings, in one sentence."""
    parts = [
        f"{dollars(amount)} with {words}"
        for severity, words in (
            (Severity.VIOLATION, "a violation"),
            (Severity.WARNING, "a warning"),
            (Severity.INFO, "info only"),
        )
        if (amount := charges.touched[severity])
    ]
    told = ", ".join(parts).replace(" with", " on lines with", 1)
    told = told or "nothing on lines with findings"
    text = f"{dollars(charges.total)} billed; {told}"
    if charges.without_charge:
        text += f"; {charges.without_charge:,} of {counted(charges.lines, 'line')} without a charge"
    return text
