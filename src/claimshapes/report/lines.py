"""Writes lines for people: wrapped to the width, coloured only where that is wanted."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WIDTH_WITHOUT_TERMINAL = 100
_NARROWEST = 40
_KEPT = 1024

Span = str | tuple[str, str]
"""Text, or text with the name of a style."""

_Part = Span | Text


class Page:
    """Lines on a stream. Values are written as they are: neither markup nor control characters.

    Args:
        stream: where to write. A terminal is written to its width and with colours, unless
            the environment says ``NO_COLOR`` or the terminal has none; anything else is
            written 100 characters wide and plain, unless it says ``CLICOLOR_FORCE``.
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(
            file=stream,
            width=None if stream.isatty() else WIDTH_WITHOUT_TERMINAL,
            color_system=_colors(),
            force_terminal=True if _forced() else None,
            markup=False,
            highlight=False,
            emoji=False,
        )
        self._stream = stream
        self._coloured = self._console.color_system is not None
        self._width = max(self._console.width, _NARROWEST)
        # The same remedies and sources come again and again.
        self._wrapped = lru_cache(_KEPT)(self._wrap)

    @property
    def console(self) -> Console:
        """The console that the page is written with."""
        return self._console

    def line(self, *spans: Span, indent: int = 0, hang: int = 0) -> None:
        """Writes a paragraph.

        Args:
            spans: its parts.
            indent: columns before every line.
            hang: further columns before every line but the first.
        """
        self._paragraph((), spans, indent, hang)

    def field(self, name: str, *spans: Span, indent: int = 0, column: int = 12) -> None:
        """Writes a name and, in a column beside it, its value."""
        self.beside([(name, "dim")], *spans, indent=indent, column=column)

    def beside(self, start: Sequence[Span], *spans: Span, indent: int = 0, column: int) -> None:
        """Writes a paragraph in a column, with something else at the left of its first line."""
        width = sum(cell_len(_words(span)) for span in start)
        self._paragraph((*start, " " * (column - width)), spans, indent, column)

    def unwrapped(self, *spans: Span) -> None:
        """Writes one line, however long, so that a program can read it."""
        self._print(spans)

    def link(self, name: str, address: str, *, indent: int = 0, column: int = 12) -> None:
        """Writes an address on one line, however long, so that it can be copied."""
        self._print((" " * indent, (name.ljust(column), "dim"), address))

    def space(self) -> None:
        """Writes an empty line."""
        self._print(())

    def turtle(self, source: str) -> None:
        """Writes Turtle, highlighted on a terminal that has colours."""
        if not self._coloured:
            self._console.out(source.rstrip(), highlight=False)
            return
        from rich.syntax import Syntax

        self._console.print(
            Syntax(source.rstrip(), "turtle", theme="ansi_dark", background_color="default"),
            soft_wrap=True,
        )

    def _paragraph(
        self, start: Sequence[Span], body: Sequence[Span], indent: int, hang: int
    ) -> None:
        before: Sequence[_Part] = (" " * indent, *start)
        for line in self._lines(body, self._width - indent - hang):
            self._print((*before, line))
            before = (" " * (indent + hang),)

    def _lines(self, body: Sequence[Span], width: int) -> Iterable[_Part]:
        if self._coloured:
            return _assembled(body).wrap(self._console, width)
        return self._wrapped("".join(map(_words, body)), width)

    def _wrap(self, text: str, width: int) -> tuple[str, ...]:
        if len(text) <= width and text.isascii():
            return (text,)
        return tuple(line.plain for line in Text(text).wrap(self._console, width))

    def _print(self, parts: Iterable[_Part]) -> None:
        if not self._coloured:
            # The console would take ten times as long for the same.
            self._stream.write("".join(map(_words, parts)).rstrip() + "\n")
            return
        text = _assembled(parts)
        text.rstrip()
        self._console.print(text, soft_wrap=True)


def _forced() -> bool:
    """Whether colors are wanted where there is no terminal either."""
    forced = os.environ.get("CLICOLOR_FORCE", "") or os.environ.get("FORCE_COLOR", "")
    return forced not in ("", "0") and not os.environ.get("NO_COLOR")


def _colors() -> Literal["auto", "standard"] | None:
    if os.environ.get("NO_COLOR"):
        return None
    return "standard" if _forced() else "auto"


def plain(text: str) -> str:
    """The text on one line, without characters that would act instead of being seen."""
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode()


def _words(part: _Part) -> str:
    if isinstance(part, Text):
        return part.plain
    return plain(part if isinstance(part, str) else part[0])


def _assembled(parts: Iterable[_Part]) -> Text:
    text = Text()
    for part in parts:
        if isinstance(part, Text):
            text.append_text(part)
        else:
            text.append(_words(part), "" if isinstance(part, str) else part[1])
    return text


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun, such as ``1 claim`` or ``1,204 claims``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
