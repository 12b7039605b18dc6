"""Pieces of Markdown, with what comes from the graph kept from acting as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape

_ACTS = re.compile(r"([\\`*_{}\[\]|#~^])")
_BACKTICKS = re.compile(r"`+")


def plain(text: str) -> str:
    """Text that reads as it is written, on one line."""
    return _ACTS.sub(r"\\\1", escape(" ".join(text.split()), quote=False))


def code(text: str) -> str:
    """Text in the type of code; a bar in it would end a table's cell."""
    return f"<code>{escape(text).replace('|', '&#124;')}</code>"


def link(text: str, target: str) -> str:
    """A link; ``text`` is Markdown already."""
    return f"[{text}]({target})"


def badge(kind: str, text: str) -> str:
    """A short coloured label; the stylesheet knows the kinds."""
    return f'<span class="badge badge-{kind}">{escape(text)}</span>'


def days(first: date | None, last: date | None) -> str:
    """A span of days, marked so that the as-of switch can judge it; the first date is none."""
    first = None if first == date.min else first
    attributes = "".join(
        f' data-{name}="{day}"' for name, day in (("from", first), ("through", last)) if day
    )
    if first is None and last is None:
        words = "any day"
    elif first is None:
        words = f"up to {last}"
    else:
        words = f"{first} to {last}" if last else f"from {first}"
    return f'<span class="days"{attributes}>{words}</span>'


def fence(language: str, source: str, *, marked: Iterable[int] = ()) -> str:
    """A block of code.

    Args:
        language: name of the language, for its colours.
        source: the code.
        marked: numbers of the lines to mark, from 1.
    """
    longest = max((len(ticks) for ticks in _BACKTICKS.findall(source)), default=0)
    ticks = "`" * max(3, longest + 1)
    lines = " ".join(map(str, marked))
    head = f'{language} hl_lines="{lines}"' if lines else language
    return f"{ticks}{head}\n{source.rstrip()}\n{ticks}"


_SENTENCE = 7


def _words(cell: str) -> int:
    return len(re.sub(r"<[^>]*>|\]\([^)]*\)", " ", cell).split())


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already. A column of sentences is kept from getting narrow."""
    rows = list(rows)
    names = [
        f"{name} {{ .sentences }}"
        if any(_words(row[place]) > _SENTENCE for row in rows if place < len(row))
        else name
        for place, name in enumerate(headings)
    ]
    lines = [
        "| " + " | ".join(names) + " |",
        "|" + "---|" * len(headings),
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def filterable(
    name: str,
    markdown: str,
    *,
    choices: Sequence[str] = (),
    offers: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """A table that the reader can filter and sort.

    Args:
        name: what a row is, in the plural.
        markdown: the table.
        choices: headings of columns whose values are offered in a list.
        offers: values offered in a list in their order, by the name of the list; a row has those
            of its ``offered`` in its first cell. The page's address keeps what is chosen.
    """
    offered = escape(",".join(choices))
    listed = f' data-offers="{escape(json.dumps(offers))}"' if offers else ""
    return (
        f'<div class="filterable" data-rows="{escape(name)}" data-choices="{offered}"{listed}'
        f" markdown>\n\n{markdown}\n\n</div>"
    )


def cards(markdown: str) -> str:
    """A table whose rows a narrow screen shows one below the other, as those of a filterable one.

    Args:
        markdown: the table.
    """
    return f'<div class="cards" markdown>\n\n{markdown}\n\n</div>'


def offered(values: Mapping[str, Sequence[str]]) -> str:
    """What a row of a filterable table has of each list, for its first cell."""
    listed = escape(json.dumps(values)).replace("|", "&#124;")
    return f'<span hidden data-offered="{listed}"></span>'


def folded(summary: str, *blocks: str, within: str = "") -> str:
    """Blocks that show when the reader opens them; their id is made of the summary.

    Args:
        summary: what is in there, in plain words.
        blocks: Markdown; empty ones are left out.
        within: what the summary repeats in on a page; comes before it in the id.
    """
    name = re.sub(r"[^a-z0-9]+", "-", f"{within} {summary.partition(' (')[0]}".lower()).strip("-")
    body = "\n\n".join(block for block in blocks if block)
    return (
        f'<details markdown id="{name}"><summary>{escape(summary)}</summary>\n\n'
        f"{body}\n\n</details>"
    )


def answers(pairs: Iterable[tuple[str, str]]) -> str:
    """Questions with their answers, in a list that a wide screen shows in columns.

    Args:
        pairs: a word or two, and Markdown on one line.
    """
    rows = "\n".join(
        f'<div markdown="1"><dt>{escape(name)}</dt><dd markdown="span">{value}</dd></div>'
        for name, value in pairs
    )
    return f'<dl class="answers" markdown="1">\n{rows}\n</dl>'


def bullets(items: Iterable[str]) -> str:
    """A list; items are Markdown already."""
    return "\n".join(f"- {item}" for item in items)


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names with their values; values are Markdown already."""
    return bullets(f"**{name}:** {value}" for name, value in pairs)
