"""TOML of bounded size: the standard library's parser takes gigabytes for one long dotted key."""

from __future__ import annotations

import re
import tomllib
from typing import Any

_LONGEST = 4_000_000
"""Characters of a file; waivers have some 200 each."""

_DEEPEST = 16
"""Parts of a dotted key."""

_STRINGS_AND_COMMENTS = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*",
    re.DOTALL,
)
_DEEP_KEY = re.compile(rf'(?:[\w-]+|"")(?:[ \t]*\.[ \t]*(?:[\w-]+|"")){{{_DEEPEST},}}')


def loads(text: str) -> dict[str, Any]:
    """Reads TOML.

    Raises:
        tomllib.TOMLDecodeError: it is none, or larger or deeper than is read.
        RecursionError: its arrays are nested too deeply.
    """
    if len(text) > _LONGEST:
        raise tomllib.TOMLDecodeError(f"more than {_LONGEST:,} characters")
    outline = _STRINGS_AND_COMMENTS.sub(lambda found: '""' + "\n" * found[0].count("\n"), text)
    deep = _DEEP_KEY.search(outline)
    if deep is not None:
        line = outline.count("\n", 0, deep.start()) + 1
        raise tomllib.TOMLDecodeError(
            f"a key has more than {_DEEPEST} parts (at line {line}, column 1)"
        )
    return tomllib.loads(text)
