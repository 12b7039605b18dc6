"""The messages of validation results, with values in the place of variables."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"(\{[?$]\w+\})")


class Message:
    """A text of a shape that may name variables.

    Args:
        text: the text.
        formatted: whether values are filled in for variables at all.
    """

    def __init__(self, text: str, *, formatted: bool) -> None:
        # At every odd place a variable as it is written.
        self._parts = _VARIABLE.split(text) if formatted else [text]
        self._names = {place: self._parts[place][2:-1] for place in range(1, len(self._parts), 2)}

    def filled(self, values: Mapping[str, str | None]) -> str:
        """The text; a variable without a value stays as it is written."""
        if not self._names:
            return self._parts[0]
        parts = self._parts.copy()
        for place, name in self._names.items():
            value = values.get(name)
            if value is not None:
                parts[place] = value
        return "".join(parts)
