"""Lines in a row that are no JSON: one may go on where the one before was cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONCE_A_CLAIM = [re.compile(rf'"{name}"\s*:') for name in ("payer", "patient", "billingProvider")]
_LONGEST = 100
"""Characters that may be the beginning of a name and its colon."""


@dataclass(frozen=True, slots=True)
class BrokenLines:
    """What is kept of broken lines, however many they are.

    Attributes:
        named: how often they have each of the names that a claim has once.
        end: their last characters.
    """

    named: tuple[int, ...] = (0,) * len(_ONCE_A_CLAIM)
    end: str = ""

    def and_next(self, text: str) -> BrokenLines:
        """These lines and the next one."""
        together = self.end + text
        counts = zip(self.named, names_in(together), names_in(self.end), strict=True)
        return BrokenLines(
            tuple(known + found - again for known, found, again in counts), together[-_LONGEST:]
        )

    @property
    def claims(self) -> int:
        """How many claims they are, cut or run together."""
        return max(1, *self.named) if self.end else 0


NONE_BROKEN = BrokenLines()


def names_in(text: str) -> list[int]:
    """How often a text has each of the names that a claim has once."""
    return [len(pattern.findall(text)) for pattern in _ONCE_A_CLAIM]
