"""The code table of the Medicare Code Editor: when a code may be reported, and its flags."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from claimshapes.errors import InputError

_COLUMNS = ["code", "valid_from", "valid_to", "edits"]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from ``start`` through ``end``; no end while the period lasts."""

    start: date
    end: date | None

    @property
    def name(self) -> str:
        """The period as part of an IRI, such as ``2015-10-01_2021-09-30``."""
        return f"{self.start.isoformat()}_{self.end.isoformat() if self.end else ''}"


@dataclass(slots=True)
class CodeDates:
    """What the table says of one code.

    Attributes:
        reportable: periods in which the code may be reported, merged where they touch.
        flags: periods in which the editor has a flag for it, merged likewise, by flag.
    """

    reportable: list[Period] = field(default_factory=list)
    flags: dict[str, list[Period]] = field(default_factory=dict)


def read_date_table(file: Path) -> dict[str, CodeDates]:
    """Reads the table, a gzipped CSV of ``code,valid_from,valid_to,edits``.

    A row that ends may only be a change of flags; a code ends when no later row follows.

    Raises:
        InputError: the columns are others, or a date is none; names the line.
    """
    rows: dict[str, list[tuple[Period, list[str]]]] = {}
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if reader.fieldnames != _COLUMNS:
            raise InputError(f"expected the columns {','.join(_COLUMNS)}", file=str(file), line=1)
        for row in reader:
            try:
                end = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
                period = Period(date.fromisoformat(row["valid_from"]), end)
            except ValueError as error:
                raise InputError(
                    "expected dates (YYYY-MM-DD)", file=str(file), line=reader.line_num
                ) from error
            rows.setdefault(row["code"], []).append((period, row["edits"].split()))
    table = {}
    for code, entries in rows.items():
        dates = CodeDates(reportable=merged(period for period, _ in entries))
        for flag in sorted({flag for _, flags in entries for flag in flags}):
            dates.flags[flag] = merged(period for period, flags in entries if flag in flags)
        table[code] = dates
    return table


def merged(periods: Iterable[Period]) -> list[Period]:
    """The periods with those that touch made one."""
    result: list[Period] = []
    for period in sorted(periods, key=lambda period: period.start):
        last = result[-1] if result else None
        if last is not None and (last.end is None or last.end + timedelta(days=1) >= period.start):
            open_end = last.end is None or period.end is None
            end = None if open_end else max(last.end or date.min, period.end or date.min)
            result[-1] = Period(last.start, end)
        else:
            result.append(period)
    return result
