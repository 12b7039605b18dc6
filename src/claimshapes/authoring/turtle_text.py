"""Turtle as the commands write it: prefixes at the top, text in quotation marks."""

from __future__ import annotations

import json
import re

from claimshapes.authoring.shipped_facts import PREFIXES
from claimshapes.authoring.turtle_tokens import turtle_tokens


def head(*names: str) -> str:
    """The declarations of prefixes, a line each."""
    return "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in sorted(names))


def with_head(body: str) -> str:
    """A whole file: the prefixes that statements have, and the statements."""
    used = [name for name in PREFIXES if re.search(rf"(?<![\w\"]){name}:", body)]
    return f"{head(*used)}\n{body}"


def quoted(text: str) -> str:
    """A text as Turtle writes it."""
    return json.dumps(text, ensure_ascii=False)


def with_missing_prefixes(text: str) -> str:
    """A file with those known prefixes declared that it has and does not declare."""
    tokens = turtle_tokens(text)
    declared: set[str] = set()
    used: set[str] = set()
    for number, token in enumerate(tokens):
        if token.kind == "prefix" and number + 2 < len(tokens):
            declared.add(tokens[number + 1].text.rstrip(":"))
        elif token.kind == "name" and tokens[number - 1].kind != "prefix":
            used.add(token.text.partition(":")[0])
    return head(*((used - declared) & PREFIXES.keys())) + text
