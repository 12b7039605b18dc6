"""The days of a run that are facts of every claim it checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from claimshapes.rdf.vocabulary import CS_NS

CHECKED_ON = f"{CS_NS}checkedOn"
SENT_ON = f"{CS_NS}sentOn"
AS_OF = f"{CS_NS}asOf"

RUN_DAY_PROPERTIES = (CHECKED_ON, SENT_ON, AS_OF)


def today() -> date:
    """The day of the run, where the machine is."""
    return date.today()


@dataclass(frozen=True, slots=True)
class RunDays:
    """What a run adds to each claim's own facts.

    Attributes:
        checked_on: the day of the run, on which a claim without a date of its own is sent.
        sent_on: the day on which every claim is taken as sent, whatever it says.
        as_of: date to go by instead of the dates of service.
    """

    checked_on: date
    sent_on: date | None = None
    as_of: date | None = None

    def facts(self) -> Iterator[tuple[str, date]]:
        """The properties that are stated, with their days."""
        for name, day in zip(
            RUN_DAY_PROPERTIES, (self.checked_on, self.sent_on, self.as_of), strict=True
        ):
            if day is not None:
                yield name, day
