"""What the set engine says of one claim, and the results that its rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from claimshapes.claims.claim import ClaimJson
from claimshapes.engines.batch.plan import Check
from claimshapes.engines.shape_result import ShapeResult
from claimshapes.rules.selection import Selection

NO_RULES = Selection((), record=False)


@dataclass(slots=True)
class JudgedClaim:
    """What the set engine says of one claim.

    Attributes:
        base: IRI of the claim's node.
        places: what follows that in the IRI of a part of a claim, by its number in the batch.
        texts: other IRIs, by their numbers.
        payers: IRIs of the claim's payer and its broader payers.
        claim_type: IRI of its kind.
        void: whether it takes an original back and repeats it.
        days: its dates of service.
        selection: the rules for it.
    """

    base: str
    places: Mapping[int, str]
    texts: Mapping[int, str]
    payers: frozenset[str] = frozenset()
    claim_type: str = ""
    void: bool = False
    days: tuple[date, ...] = ()
    selection: Selection = NO_RULES
    # Most claims have none of these.
    _rows: list[tuple[Check, tuple[Any, ...]]] | None = None
    _days_of_parts: dict[str, tuple[date, ...]] | None = None

    def add(self, check: Check, row: tuple[Any, ...]) -> None:
        """Adds a result of one of its rules, as the row of a constraint's select."""
        if self._rows is None:
            self._rows = []
        self._rows.append((check, row))

    def add_days(self, place: str, days: tuple[date, ...]) -> None:
        """Adds the dates of service of a part, which is named by what follows the claim's IRI."""
        if self._days_of_parts is None:
            self._days_of_parts = {}
        self._days_of_parts[place] = days

    def results(self) -> list[ShapeResult]:
        """The validation results of the rules for the claim."""
        return [_result(check, row, self) for check, row in self._rows or ()]

    def days_of(self, part: str) -> tuple[date, ...]:
        """The dates of service of a part of the claim, by its IRI, or of the claim itself."""
        place = part.removeprefix(self.base)
        return (self._days_of_parts or {}).get(place, ()) if place else self.days


def _result(check: Check, row: tuple[Any, ...], claim: JudgedClaim) -> ShapeResult:
    # A number is that of a part of the claim; those of other IRIs come last.
    cells = [
        claim.base + claim.places[cell] if type(cell) is int else cell
        for cell in row[1 : check.iris_from]
    ]
    for place, iri in zip(check.iris, row[check.iris_from :], strict=True):
        if iri is not None:
            cells[place - 1] = claim.texts[iri]
    focus, path, value, *others = cells
    values: dict[str, str | None] = dict(zip(check.variables, others, strict=True))
    values |= {"this": focus, "path": path, "value": focus if value is None else value}
    return ShapeResult(
        shape=check.shape,
        focus=focus,
        path=check.path if path is None else path,
        value=None if value == focus else value,
        message=min((message.filled(values) for message in check.messages), default=""),
    )


Select = Callable[[ClaimJson, JudgedClaim], Selection]
"""Selects the rules for a claim, once its payers, its kind and whether it is a void are known."""
