"""Codes, rules and denials as columns with lines between them, drawn for the page to hold.

Columns are given, so that only the order within each is looked for: every node goes to the middle
of those that it hangs on, back and forth until nothing changes, which leaves few crossings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import fsum

_GAP = 46
_ROW = 24
_HEIGHT = 18
_LETTER = 6.4
_PADDING = 10
_HEADING = 22
_SWEEPS = 8
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Node:
    """Something in the picture.

    Attributes:
        key: names it in the picture.
        label: short text on it.
        says: what it is, in words.
        kind: for its colour, such as ``code`` or a severity.
        href: address of its page from the page that holds the picture, if it has one.
        chosen: whether the picture is about it.
    """

    key: str
    label: str
    says: str
    kind: str
    href: str | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A relation between nodes of neighbouring columns, the left one first."""

    left: str
    right: str
    kind: str = "direct"


def picture(
    title: str,
    description: str,
    columns: Sequence[tuple[str, Sequence[Node]]],
    lines: Sequence[Line],
) -> str:
    """An SVG of nodes in columns and the lines between them, its nodes links.

    Args:
        title: what it shows, for those who do not see it.
        description: where they find the same in words.
        columns: headings, each with its nodes in the order to begin with.
        lines: the relations.
    """
    shown = [(heading, list(nodes)) for heading, nodes in columns if nodes]
    if not shown:
        return ""
    ordered = _ordered([nodes for _, nodes in shown], lines)
    rows = max(len(nodes) for nodes in ordered)
    height = _HEADING + rows * _ROW
    parts, places = [], {}
    left = 0.0
    for (heading, _), nodes in zip(shown, ordered, strict=True):
        width = max(_width(heading), *(_width(node.label) for node in nodes))
        parts.append(
            f'<text class="heading" x="{left + width / 2:g}" y="12">{escape(heading)}</text>'
        )
        step = rows * _ROW / len(nodes)
        for number, node in enumerate(nodes):
            top = _HEADING + (number + 0.5) * step - _ROW / 2
            places[node.key] = (left, round(top, 1), width)
            parts.append(_drawn(node, *places[node.key]))
        left += width + _GAP
    curves = [_curve(line, places) for line in lines if {line.left, line.right} <= places.keys()]
    return (
        f'<figure class="relations"><svg viewBox="-1 0 {left - _GAP + 2:g} {height:g}" '
        f'role="group" aria-label="{escape(title)}" style="max-width:{(left - _GAP) * 1.35:.0f}px">'
        f"<desc>{escape(description)}</desc>"
        f"{''.join(curves)}{''.join(parts)}</svg></figure>"
    )


def _ordered(columns: list[list[Node]], lines: Sequence[Line]) -> list[list[Node]]:
    beside: dict[str, set[str]] = {}
    for line in lines:
        beside.setdefault(line.left, set()).add(line.right)
        beside.setdefault(line.right, set()).add(line.left)
    ordered = [list(nodes) for nodes in columns]
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        numbers = range(1, len(ordered)) if forward else range(len(ordered) - 2, -1, -1)
        for number in numbers:
            other = ordered[number - 1 if forward else number + 1]
            middle = (len(other) - 1) / 2
            place = {
                node.key: (position - middle) / len(other) for position, node in enumerate(other)
            }
            ordered[number].sort(key=lambda node: _middle(beside.get(node.key, ()), place))
    return ordered


def _middle(keys: Iterable[str], place: dict[str, float]) -> float:
    known = [place[key] for key in keys if key in place]
    # Keys come in any order; their sum must not depend on it.
    return fsum(known) / len(known) if known else 0.0


def _width(label: str) -> float:
    return len(_short(label)) * _LETTER + 2 * _PADDING


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"


def _drawn(node: Node, left: float, top: float, width: float) -> str:
    box = (
        f'<title>{escape(node.says)}</title><rect x="{left:g}" y="{top:g}" width="{width:g}" '
        f'height="{_HEIGHT}" rx="4"/><text x="{left + width / 2:g}" y="{top + 13:g}">'
        f"{escape(_short(node.label))}</text>"
    )
    kind = f"node {node.kind}" + (" chosen" if node.chosen else "")
    key = f'class="{kind}" data-key="{escape(node.key)}"'
    if node.href is None:
        return f"<g {key}>{box}</g>"
    says = escape(f"{node.label}: {node.says}")
    # The theme takes every plain href for one that it may set, which an SVG's is not.
    return f'<a {key} xlink:href="{escape(node.href)}" aria-label="{says}">{box}</a>'


def _curve(line: Line, places: dict[str, tuple[float, float, float]]) -> str:
    left, top, width = places[line.left]
    x1, y1 = left + width, top + _HEIGHT / 2
    x2, y2 = places[line.right][0], places[line.right][1] + _HEIGHT / 2
    bend = (x1 + x2) / 2
    return (
        f'<path class="{line.kind}" data-ends="{escape(line.left)} {escape(line.right)}" '
        f'd="M{x1:g} {y1:g}C{bend:g} {y1:g} {bend:g} {y2:g} {x2:g} {y2:g}"/>'
    )
