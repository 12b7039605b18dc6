"""How notes come to a code: its place in the tabular list, with the notes that each step gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape


def note_path(
    notation: str, steps: Sequence[tuple[str, Counter[str]]], naming: Counter[str]
) -> str:
    """A figure of the steps from the chapter down to a code, with how many notes each gives it.

    Args:
        notation: the code.
        steps: what it is under, the chapter first, and itself last: names and notes by kind.
        naming: notes at other codes that name it or what it is under, by kind.

    Returns:
        HTML; empty where all notes are the code's own, since there is nothing to show.
    """
    above = [(name, counts) for name, counts in steps[:-1] if counts]
    if not above and not naming:
        return ""
    lines = [f"<li><span>{escape(name)}</span>{_counts(counts)}</li>" for name, counts in above]
    lines.append(f'<li class="chosen"><span>{escape(notation)}</span>{_counts(steps[-1][1])}</li>')
    if naming:
        lines.append(f'<li class="naming"><span>at other codes</span>{_counts(naming)}</li>')
    return (
        f'<figure class="note-path"><figcaption>How notes reach {escape(notation)}</figcaption>'
        f"<ol>{''.join(lines)}</ol></figure>"
    )


def _counts(kinds: Counter[str]) -> str:
    return "".join(
        f'<a href="#{kind.lower().replace(" ", "-")}">{escape(kind)} {count}</a>'
        for kind, count in sorted(kinds.items())
    )
