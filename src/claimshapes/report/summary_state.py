"""A summary as JSON and back, so that a check that was stopped can go on counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from claimshapes.checking.waivers import Waivers
from claimshapes.report.charges import Charges
from claimshapes.report.summary import COUNTS, Coverage, PayerCounts, Summary
from claimshapes.rules.severity import Severity

_NUMBERS = (*COUNTS, "fewest_rules", "most_rules")


def summary_state(summary: Summary) -> dict[str, Any]:
    """All that a summary has counted, as JSON has it."""
    charges = summary.charges
    return {
        **{
            name: getattr(summary, name)
            for name in (*_NUMBERS, "by_rule", "by_denial", "unknown_payers")
        },
        "by_severity": {severity.value: n for severity, n in summary.by_severity.items()},
        "by_payer": {
            payer: [counts.claims, counts.clean, counts.findings, str(counts.at_risk)]
            for payer, counts in summary.by_payer.items()
        },
        "charges": {
            "total": str(charges.total),
            "touched": {severity.value: str(sum_) for severity, sum_ in charges.touched.items()},
            "lines": charges.lines,
            "without_charge": charges.without_charge,
        },
        "not_checked": summary.not_checked,
        "not_covered": {
            rule: {reason: [counts.claims, counts.places] for reason, counts in reasons.items()}
            for rule, reasons in summary.not_covered.items()
        },
        "without_record": summary.without_record,
        "left_to_original": summary.left_to_original,
        "waivers": summary.waivers.matched(),
    }


def summary_of(state: Mapping[str, Any], waivers: Waivers) -> Summary:
    """The summary that ``summary_state`` made the state of.

    Args:
        state: the state, perhaps through JSON.
        waivers: the same waivers as then; what they have matched is counted on.
    """
    waivers.count_on({int(number): count for number, count in state["waivers"].items()})
    charges = state["charges"]
    return Summary(
        waivers=waivers,
        **{name: state[name] for name in _NUMBERS},
        by_rule=Counter(state["by_rule"]),
        by_denial=Counter(state["by_denial"]),
        unknown_payers=Counter(state["unknown_payers"]),
        by_severity=Counter({Severity(name): n for name, n in state["by_severity"].items()}),
        by_payer={
            payer: PayerCounts(claims, clean, findings, Decimal(at_risk))
            for payer, (claims, clean, findings, at_risk) in state["by_payer"].items()
        },
        charges=Charges(
            Decimal(charges["total"]),
            {Severity(name): Decimal(sum_) for name, sum_ in charges["touched"].items()},
            charges["lines"],
            charges["without_charge"],
        ),
        not_checked={rule: Counter(reasons) for rule, reasons in state["not_checked"].items()},
        not_covered={
            rule: {reason: Coverage(*counts) for reason, counts in reasons.items()}
            for rule, reasons in state["not_covered"].items()
        },
        without_record=Counter(state["without_record"]),
        left_to_original=Counter(state["left_to_original"]),
    )
