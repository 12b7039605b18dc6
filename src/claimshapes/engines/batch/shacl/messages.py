"""The messages of validation results, with values in the place of variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

_VARIABLE = re.compile(r"(\{[?$]\w+\})")


@dataclass(frozen=True, slots=True)
class Message:
    """A text of a shape that may name variables.

    Attributes:
        text: the text.
        formatted: whether values are filled in for variables at all.
    """

    text: str
    formatted: bool

    def filled(self, values: Mapping[str, str | None]) -> str:
        """The text; a variable without a value stays as it is written."""
        if not self.formatted:
            return self.text
        parts = _parts(self.text).copy()
        for place in range(1, len(parts), 2):
            value = values.get(parts[place][2:-1])
            if value is not None:
                parts[place] = value
        return "".join(parts)


@cache
def _parts(text: str) -> list[str]:
    """The parts of a text, at every odd place a variable as it is written."""
    return _VARIABLE.split(text)
