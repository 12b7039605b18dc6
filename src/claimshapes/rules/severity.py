"""How sure a rule is of a denial."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How sure a denial is (``sh:Violation``, ``sh:Warning``, ``sh:Info``)."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Position from most (0) to least (2) severe."""
        return list(Severity).index(self)
