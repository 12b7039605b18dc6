"""The upper part of the HTML report: figures, plots with their tables, and the coverage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from claimshapes.report.charges import dollars
from claimshapes.report.html_markup import Markup, element, rule_link, together
from claimshapes.report.lines import counted
from claimshapes.report.summary import NO_RULE, Summary, ranked
from claimshapes.rules.severity import Severity

if TYPE_CHECKING:
    from claimshapes.rules.rule import Rule

_LONGEST_TABLE = 100


def summary_section(
    summary: Summary, rules: Mapping[str, Rule], denials: Mapping[str, str]
) -> Markup:
    """Figures and plots of a whole check.

    Args:
        summary: what was counted.
        rules: the rules by their ids.
        denials: what each claim adjustment reason code means.
    """
    stopped = Markup()
    if not summary.complete:
        words = "The check was stopped before its end: this is about the claims checked so far."
        stopped = element("p", words, class_="left-out")
    return element(
        "section",
        element("h2", "Summary", id="summary-title"),
        stopped,
        _figures(summary),
        element(
            "div",
            element("div", _outcomes(summary), _by_severity(summary), _by_denial(summary, denials)),
            element("div", _by_payer(summary), _by_rule(summary, rules)),
            class_="plots",
        ),
        _not_checked(summary),
        _coverage(summary),
        _notices(summary),
        aria_labelledby="summary-title",
    )


def _figures(summary: Summary) -> Markup:
    rate = summary.clean_rate
    charges = summary.charges
    figures = [
        (
            "claims",
            "Claims read",
            f"{summary.read:,}",
            f"{summary.claims:,} checked, {summary.rejected:,} rejected",
        ),
        (
            "clean-rate",
            "Clean claims",
            "none checked" if rate is None else f"{rate:.1%}",
            f"{summary.clean:,} of {summary.claims:,}",
        ),
        (
            "findings",
            "Findings",
            f"{summary.findings:,}",
            "; ".join(_counted_apart(summary)),
        ),
        (
            "at-risk",
            "Charges at risk",
            dollars(charges.at_risk),
            f"of {dollars(charges.total)}",
        ),
    ]
    if summary.rejected:
        figures.append(("rejected", "Not read", f"{summary.rejected:,}", "claims or files"))
    tiles = [
        element(
            "div",
            element("dt", name),
            element("dd", value, id=f"figure-{key}"),
            element("dd", beside, class_="beside-figure") if beside else Markup(),
        )
        for key, name, value, beside in figures
    ]
    explained = (
        "A line's charge is at risk when a violation or a warning touches it: one on the line, "
        "on a diagnosis that it points at, or on the whole claim."
    )
    if charges.without_charge:
        explained += (
            f" {charges.without_charge:,} of {counted(charges.lines, 'line')} state no charge."
        )
    return together(element("dl", *tiles, class_="figures"), element("p", explained, class_="meta"))


def _counted_apart(summary: Summary) -> Iterator[str]:
    if summary.waived:
        yield f"{summary.waived:,} more waived"
    if summary.known:
        yield f"{summary.known:,} more known from the baseline"


def _outcomes(summary: Summary) -> Markup:
    outcomes = [
        ("clean", "Clean", summary.clean),
        ("unchecked", "Incomplete: no findings, not everything checked", summary.incomplete),
        ("waived", "No findings but what is waived", summary.only_waived),
        ("violation", "With findings", summary.with_findings),
    ]
    if summary.only_known:
        outcomes.append(("waived", "No findings but those of the baseline", summary.only_known))
    total = summary.claims or 1
    parts = []
    start = 0.0
    for kind, _, count in outcomes:
        width = 1000 * count / total
        parts.append(
            element(
                "rect",
                x=f"{start:.2f}",
                y=0,
                width=f"{width:.2f}",
                height=40,
                class_=f"fill-{kind}",
            )
        )
        start += width
    said = "; ".join(f"{name}: {count:,}" for _, name, count in outcomes)
    plot = element(
        "svg",
        element("title", f"Claims by outcome. {said}"),
        *parts,
        viewBox="0 0 1000 40",
        preserveAspectRatio="none",
        role="img",
        class_="stack",
    )
    rows = [
        (
            together(element("span", Markup("&nbsp;"), class_=f"key fill-{kind}"), f" {name}"),
            f"{count:,}",
            f"{count / total:.1%}",
        )
        for kind, name, count in outcomes
    ]
    return element(
        "figure",
        element("figcaption", "Claims by outcome"),
        plot,
        _table("outcomes", ("Outcome", "Claims", "Share"), rows, numbers={1, 2}),
    )


def _by_severity(summary: Summary) -> Markup:
    most = max(summary.by_severity.values(), default=0)
    rows = [
        (
            element("span", severity.value, class_=f"badge {severity.value}"),
            _bar(summary.by_severity[severity], most, severity.value),
            f"{summary.by_severity[severity]:,}",
            dollars(summary.charges.touched[severity]),
        )
        for severity in Severity
    ]
    heads = ("Severity", "", "Findings", "Charges touched")
    return _plot("severities", "Findings by severity", heads, rows, {2, 3})


def _by_rule(summary: Summary, rules: Mapping[str, Rule]) -> Markup:
    counts = ranked(summary.by_rule)
    most = counts[0][1] if counts else 0
    rows = []
    for identifier, count in counts:
        rule = rules.get(identifier)
        severity = rule.severity.value if rule else "info"
        named = together(
            element("a", identifier, href=f"#rule-{identifier}"), f" {rule.label}" if rule else ""
        )
        rows.append((named, _bar(count, most, severity), f"{count:,}"))
    return _plot("rules-found", "Findings by rule", ("Rule", "", "Findings"), rows, {2})


def _by_denial(summary: Summary, denials: Mapping[str, str]) -> Markup:
    counts = ranked(summary.by_denial)
    most = counts[0][1] if counts else 0
    rows = [
        (
            together(element("strong", f"CARC {code}"), f" {denials.get(code, '')}"),
            _bar(count, most, "info"),
            f"{count:,}",
        )
        for code, count in counts
    ]
    caption = "Denials (claim adjustment reason codes) that acting on findings prevents"
    return _plot("denials", caption, ("Denial", "", "Findings"), rows, {2})


def _by_payer(summary: Summary) -> Markup:
    payers = sorted(summary.by_payer.items(), key=lambda entry: (-entry[1].claims, entry[0]))
    rows = [
        (
            payer,
            _bar(counts.clean, counts.claims, "clean"),
            f"{counts.clean / counts.claims:.1%}",
            f"{counts.claims:,}",
            f"{counts.findings:,}",
            dollars(counts.at_risk),
        )
        for payer, counts in payers
    ]
    heads = ("Payer", "", "Clean", "Claims", "Findings", "At risk")
    return _plot("payers", "Clean claims by payer", heads, rows, {2, 3, 4, 5})


def _not_checked(summary: Summary) -> Markup:
    if not summary.not_checked:
        return Markup()
    rows = [
        (rule_link(rule) if rule != NO_RULE else "none", reason, f"{count:,}")
        for rule, reasons in sorted(summary.not_checked.items())
        for reason, count in ranked(reasons)
    ]
    return together(
        element("h3", "What was not checked on claims, and why"),
        _table("not-checked", ("Rule", "Reason", "Claims"), rows, numbers={2}),
    )


def _coverage(summary: Summary) -> Markup:
    gaps = summary.coverage
    if not gaps:
        return Markup()
    rows = [
        (
            together(*(together(rule_link(rule), " ") for rule in gap.rules)),
            gap.reason,
            f"{gap.claims:,}",
            f"{gap.places:,}",
        )
        for gap in gaps
    ]
    words = "What the format of the claims does not carry, and what no loaded table holds."
    return together(
        element("h3", "Coverage"),
        element("p", words, class_="meta"),
        _table("coverage", ("Rules", "Reason", "Claims", "Places"), rows, numbers={2, 3}),
    )


def _notices(summary: Summary) -> Markup:
    notices = summary.waivers.notices() if summary.complete else []
    if not notices:
        return Markup()
    return together(
        element("h3", "Waivers to look at"),
        element("ul", *(element("li", notice) for notice in notices)),
    )


def _plot(
    identifier: str,
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: set[int],
) -> Markup:
    if not rows:
        return Markup()
    return element(
        "figure",
        element("figcaption", caption),
        _table(identifier, heads, rows, numbers=numbers),
    )


def _table(
    identifier: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: set[int]
) -> Markup:
    def cells(row: Iterable[str]) -> Iterable[Markup]:
        for index, cell in enumerate(row):
            kind = "number" if index in numbers else "bar" if heads[index] == "" else None
            if index == 0:
                yield element("th", cell, scope="row")
            else:
                yield element("td", cell, class_=kind)

    left_out = Markup()
    if len(rows) > _LONGEST_TABLE:
        words = f"{len(rows) - _LONGEST_TABLE:,} more rows are not shown."
        left_out = element("p", words, class_="left-out")
    columns = [
        element(
            "th" if head else "td",
            head,
            scope="col" if head else None,
            class_="number" if index in numbers else "bar" if head == "" else None,
        )
        for index, head in enumerate(heads)
    ]
    table = element(
        "table",
        element("thead", element("tr", *columns)),
        element("tbody", *(element("tr", *cells(row)) for row in rows[:_LONGEST_TABLE])),
        id=identifier,
        class_="sortable",
    )
    return together(element("div", table, class_="scroll"), left_out)


def _bar(count: int, most: int, kind: str) -> Markup:
    """A bar for the number that stands beside it."""
    width = 100 * count / most if most else 0
    return element(
        "svg",
        element("rect", x=0, y=0, width=f"{width:.2f}", height=10, class_=f"fill-{kind}"),
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
