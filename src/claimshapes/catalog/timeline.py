"""Spans of days drawn as a strip, for the page itself to hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

_WIDTH = 720
_LEFT = 8
_BAR = 18
_TOP = 22
_YEAR = 34
_CHARACTER = 5.6
_LEAST = 12
_YEAR_STEPS = (1, 2, 5, 10)
_MOST_TICKS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last; without a last one, to the end of the strip.

    ``within`` is written into its bar as far as there is room.
    """

    first: date
    last: date | None
    label: str
    within: str = ""


def timeline(title: str, rows: Sequence[tuple[str, Sequence[Span]]], end: date) -> str:
    """An SVG with a bar for each span, a row above the other.

    Args:
        title: what it shows, for those who do not see it.
        rows: the name of each row, and its spans.
        end: the last day of the strip.
    """
    starts = [span.first for _, spans in rows for span in spans]
    if not starts:
        return ""
    begin = min(starts) - timedelta(days=90)
    last = max(end, *(span.last or span.first for _, spans in rows for span in spans))
    named = any(name for name, _ in rows)
    step = _BAR + (22 if named else 10)
    height = _TOP + step * len(rows) + 6

    def x(day: date) -> float:
        share = (day - begin).days / max((last - begin).days, 1)
        return round(_LEFT + share * (_WIDTH - 2 * _LEFT), 1)

    parts = [
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">'
    ]
    years = range(begin.year + 1, last.year + 1)
    every = next((n for n in _YEAR_STEPS if len(years) / n <= _MOST_TICKS), _YEAR_STEPS[-1])
    for year in years:
        if (year - years[0]) % every == 0:
            at = x(date(year, 1, 1))
            parts.append(f'<line class="tick" x1="{at}" x2="{at}" y1="16" y2="{height - 4}"/>')
            if at < _WIDTH - _YEAR:
                parts.append(f'<text class="year" x="{at + 3}" y="12">{year}</text>')
    for number, (name, spans) in enumerate(rows):
        top = _TOP + number * step
        if named:
            parts.append(f'<text class="row" x="{_LEFT}" y="{top + 10}">{escape(name)}</text>')
            top += 14
        for span in spans:
            left = x(span.first)
            right = x(span.last + timedelta(days=1) if span.last else last)
            width = max(round(right - left, 1), 2)
            kind = "bar" if span.last else "bar open"
            parts.append(
                f'<rect class="{kind}" x="{left}" y="{top}" width="{width}" height="{_BAR}" '
                f'rx="3"><title>{escape(span.label)}</title></rect>'
            )
            words = _fitting(span.within, width)
            if words:
                parts.append(
                    f'<text class="within" x="{left + 5}" y="{top + 13}" aria-hidden="true">'
                    f"{escape(words)}</text>"
                )
    return f'<figure class="strip">{"".join(parts)}</svg></figure>'


def _fitting(words: str, width: float) -> str:
    """What of some words has room in a bar; nothing where that would be a stump."""
    most = int((width - 10) / _CHARACTER)
    if len(words) <= most:
        return words
    return words[: most - 1].rstrip(" ;:,") + "…" if most >= _LEAST else ""
