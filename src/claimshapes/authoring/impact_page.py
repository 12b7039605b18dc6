"""The impact of rules as one HTML page with charts; it loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TextIO

from claimshapes.authoring.impact import Impact, Side
from claimshapes.report.html_markup import Markup, element, together
from claimshapes.report.html_report import document_start
from claimshapes.report.lines import counted

_MOST = 20
_CLASSES = ("fill-violation", "fill-clean")


def write_impact_page(stream: TextIO, impact: Impact) -> None:
    """Writes what rules would have done to claims: figures, a chart for each view, examples."""
    sides = (impact.newly, impact.no_longer)
    stream.write(document_start("Impact of rules"))
    stream.write(
        element(
            "dl",
            _figure(
                "claims compared",
                f"{impact.claims:,}",
                f"{impact.unconcerned:,} of payers that no difference is for",
            ),
            _figure("claims rejected", f"{impact.rejected:,}"),
            _figure("newly flagged", f"{sides[0].claims:,}", f"${sides[0].charges:,.2f} charged"),
            _figure(
                "no longer flagged", f"{sides[1].claims:,}", f"${sides[1].charges:,.2f} charged"
            ),
            class_="figures",
        )
    )
    charts = [
        _chart("Findings by rule", "Rule", [side.findings for side in sides]),
        _chart("Claims by payer", "Payer", [side.by_payer for side in sides]),
        _chart("Claims by billing provider", "NPI", [side.by_provider for side in sides]),
    ]
    stream.write(element("div", *charts, class_="plots"))
    for title, side in zip(("Newly flagged", "No longer flagged"), sides, strict=True):
        stream.write(_examples(title, side))
    stream.write("\n</main>\n</body>\n</html>\n")


def _figure(name: str, value: str, beside: str = "") -> Markup:
    parts = [element("dt", name), element("dd", value)]
    if beside:
        parts.append(element("dd", beside, class_="beside-figure"))
    return element("div", *parts)


def _chart(title: str, heading: str, counters: list[Mapping[str, int]]) -> Markup:
    """Bars of what is newly flagged and what no longer, with the same figures as a table."""
    names = sorted({*counters[0], *counters[1]}, key=lambda name: -sum(_both(counters, name)))
    most = max((max(_both(counters, name)) for name in names), default=1)
    rows = []
    for name in names[:_MOST]:
        cells = [element("th", name or "(none)", scope="row")]
        cells.append(element("td", _bars(_both(counters, name), most), class_="bar"))
        cells += [element("td", f"{number:,}", class_="number") for number in _both(counters, name)]
        rows.append(element("tr", *cells))
    heads = [element("th", text, scope="col") for text in (heading, "")]
    heads += [
        element("th", key, " ", text, scope="col", class_="number")
        for key, text in zip(map(_key, _CLASSES), ("newly", "no longer"), strict=True)
    ]
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows))
    left = len(names) - _MOST
    more = element("p", f"and {counted(left, 'other')}", class_="meta") if left > 0 else Markup("")
    return element("figure", element("figcaption", title), table, more)


def _both(counters: Iterable[Mapping[str, int]], name: str) -> tuple[int, ...]:
    return tuple(counter.get(name, 0) for counter in counters)


def _key(name: str) -> Markup:
    return element("span", class_=f"key {name}")


def _bars(numbers: Iterable[int], most: int) -> Markup:
    bars = [
        element(
            "rect",
            x="0",
            y=str(place * 6),
            width=f"{100 * number / most:.2f}",
            height="5",
            class_=name,
        )
        for place, (number, name) in enumerate(zip(numbers, _CLASSES, strict=True))
    ]
    return element(
        "svg", *bars, viewBox="0 0 100 11", preserveAspectRatio="none", aria_hidden="true"
    )


def _examples(title: str, side: Side) -> Markup:
    if not side.examples:
        return together(element("h2", title), element("p", "No claim."))
    rows = [
        element("tr", *(element("td", example[name]) for name in ("claim", "rule", "message")))
        for example in side.examples
    ]
    heads = [element("th", name, scope="col") for name in ("Claim", "Rule", "Finding")]
    return together(
        element("h2", f"{title}: the first {counted(len(rows), 'claim')}"),
        element("table", element("thead", element("tr", *heads)), element("tbody", *rows)),
    )
