"""The words of a Turtle file with their places, whether or not the file is Turtle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      |(?P<text>\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''
         |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      |(?P<iri><[^<>\s]*>)
      |(?P<name>[A-Za-z][\w.-]*:(?:[\w-]|\.(?=[\w-]))*)
      |(?P<prefix>@prefix|PREFIX)
      |(?P<mark>[;,.\[\]()])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a file.

    Attributes:
        kind: ``name`` (prefix:local), ``iri``, ``text``, ``prefix`` or ``mark``.
        text: the word.
        line: its line, counted from 1.
        column: its column, counted from 1.
        subject: the subject that it is said of; empty before the first.
    """

    kind: str
    text: str
    line: int
    column: int
    subject: str


def turtle_tokens(text: str) -> list[Token]:
    """The words of a file in their order, comments left out."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    line, start, depth = 1, 0, 0
    subject, begins, declares = "", True, False
    last = 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", last, match.start())
        newline = text.rfind("\n", 0, match.start())
        start = newline + 1
        last = match.start()
        kind = str(match.lastgroup)
        if kind == "comment":
            continue
        word = match[0]
        if kind == "prefix":
            declares = True
        elif begins and not declares and kind in ("name", "iri"):
            subject, begins = word, False
        if kind == "mark":
            depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(word, 0)
            if word == "." and depth <= 0:
                begins, declares, depth = True, False, 0
        yield Token(kind, word, line, match.start() - start + 1, subject)
