"""Which claim a row of a table is of, where cells, line breaks or quotation marks are damaged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from claimshapes.claims.readers.csv_rows import (
    LINE_BREAK,
    STRAY,
    Row,
)
from claimshapes.claims.readers.table_columns import Column

TORN = "a row of one cell, which may be of the row before"
REST = "it may go on from the row before, of which a cell is not closed"
BREAKS = re.compile(r"\s*[\r\n]+\s*")
ID = ("id",)


@dataclass(slots=True)
class BegunClaim:
    """The rows of one claim, as far as they have come."""

    number: str
    line: int
    shared: dict[Column, str] = field(default_factory=dict)
    lines: list[tuple[int, dict[Column, str]]] = field(default_factory=list)
    fault: str = ""

    def blame(self, reason: str) -> None:
        """Notes why it is not read; the first reason counts."""
        self.fault = self.fault or reason


def doubt(row: Row, unit: str) -> str:
    """Why a claim is not judged, of which a row may be that cannot be read."""
    return f"a row may be of this claim that cannot be read: {row.fault} ({unit} {row.line})"


def bare(row: Row, number_at: int) -> str:
    """The number of a row without a quotation mark before it, and without line breaks."""
    number = row.cells[number_at].strip(f' "{STRAY}') if number_at < len(row.cells) else ""
    return BREAKS.sub("", number) if row.fault == LINE_BREAK else number


def is_number(text: str) -> bool:
    """Whether a cell can be a claim's number."""
    return bool(text) and text.isprintable() and not set(text) & {'"', "\\"}


def may_be_rest(row: Row, header: list[Column | None]) -> bool:
    """Whether a row may be the rest of the cell that the row before it left open."""
    return len(row.cells) != len(header) or any('"' in cell for cell in row.cells)


def is_rest_of_last_cell(
    row: Row, number: str, claim: BegunClaim, header: list[Column | None]
) -> bool:
    """Whether a row is but one cell, as where a line break came into the last one."""
    return len(row.cells) == 1 < len(header) and not row.fault and number != claim.number


def is_rest(row: Row, number: str, header: list[Column | None]) -> bool:
    """Whether a row that may be the rest of another is no damaged row of its own."""
    more = abs(len(row.cells) - len(header))
    return more > 1 or (more == 1 and not is_number(number))


def own_rows(
    rows: list[Row], claim: BegunClaim, header: list[Column | None], number_at: int
) -> Iterator[Row]:
    """The rows without a number that may be of the claim before them."""
    for row in rows:
        says_nothing = not _is_torn(row, header) and says_nothing_of_claim(row.cells, header)
        if not says_nothing and not may_be_of(row, claim, header, number_at):
            # It begins another claim, of which are the rows after it.
            return
        yield row


def _is_torn(row: Row, header: list[Column | None]) -> bool:
    """Whether it is not known which cell of a row is of which column."""
    return row.is_torn or len(row.cells) != len(header)


def may_be_of(row: Row, claim: BegunClaim, header: list[Column | None], number_at: int) -> bool:
    """Whether a row whose number is none may be of a claim."""
    if row.is_torn or row.fault in (TORN, REST):
        return True
    if len(row.cells) != len(header):
        is_cut = len(row.cells) <= number_at
        return is_cut or has_number(row, claim, header, number_at)
    number = row.cells[number_at].strip(" ")
    is_unknown = not number or BREAKS.search(number) is not None
    return (is_unknown or _may_have_been(number, claim.number)) and _says_the_same(
        row, claim, header
    )


def _may_have_been(text: str, number: str) -> bool:
    """Whether a number may have become a text, by signs that no number has.

    Each of these may stand for one of the number, or have come between two.
    """
    pattern = "".join(re.escape(sign) if is_number(sign) else ".?" for sign in text)
    return re.fullmatch(pattern, number, re.DOTALL) is not None


def said_of_number(row: Row, header: list[Column | None], number_at: int) -> list[str]:
    """The cells of a row in the number's place and where it came by what is missing or too much."""
    moved = number_at + len(row.cells) - len(header)
    places = dict.fromkeys(place for place in (number_at, moved) if place >= 0)
    return ["".join(row.cells[place : place + 1]).strip() for place in places]


def is_of(row: Row, begun: BegunClaim, header: list[Column | None], number_at: int) -> bool:
    """Whether a row before the first of a claim has its number."""
    if bare(row, number_at) == begun.number:
        return True
    is_other = len(row.cells) != len(header)
    return is_other and has_number(row, begun, header, number_at, exactly=True)


def is_same(said: list[str], told: list[str]) -> bool:
    """Whether two rows that follow each other say the same of their number.

    What is said of a claim on its first row may not stand on the others.
    """
    pairs = [pair for pair in zip(said, told, strict=False) if all(pair)]
    return bool(pairs) and all(one == other for one, other in pairs)


def has_number(
    row: Row,
    claim: BegunClaim,
    header: list[Column | None],
    number_at: int,
    *,
    exactly: bool = False,
) -> bool:
    """Whether a row of too many or too few cells has a claim's number.

    It may have moved by what is missing or too much, have become two cells, or be in one with what
    stood next to it.

    Args:
        row: the row.
        claim: the claim.
        header: the columns.
        number_at: which of them has the number.
        exactly: whether every sign of the number has to be there.
    """
    more = len(row.cells) - len(header)
    start, end = sorted((max(0, number_at + more), number_at))
    near = [cell.strip() for cell in row.cells[start : end + 1]]
    halves = pairwise(cell.strip() for cell in row.cells[start : end + 2])
    # A delimiter that came into the number may have taken the place of a sign.
    joined = [("" if exactly else STRAY).join(pair) for pair in halves] if more > 0 else []
    matches = str.__eq__ if exactly else _may_have_been
    if any(matches(cell, claim.number) for cell in [*near, *joined]):
        return True
    length = len(claim.number)
    return more < 0 and any(
        matches(part, claim.number)
        and _may_be_value(rest, place, row, at, claim, header, number_at)
        for at, cell in enumerate(near, start=start)
        for part, rest, place in (
            (cell[:length], cell[length:], number_at + 1),
            (cell[-length:], cell[:-length], number_at - 1),
        )
    )


def _may_be_value(
    rest: str,
    place: int,
    row: Row,
    at: int,
    claim: BegunClaim,
    header: list[Column | None],
    number_at: int,
) -> bool:
    """Whether what stands in a cell with a claim's number may be of the column next to it.

    Args:
        rest: what stands there, perhaps with a sign in the delimiter's place.
        place: the column.
        row: the row.
        at: where the cell is in it.
        claim: the claim.
        header: the columns.
        number_at: which of them has the number.
    """
    if not 0 <= place < len(header):
        return False
    column = header[place]
    said = None if column is None or column.of_line else claim.shared.get(column)
    if said is None or said in (rest, rest[1:], rest[:-1]):
        return True
    others = [cell for other, cell in enumerate(row.cells) if other != at]
    columns = [each for other, each in enumerate(header) if other not in (number_at, place)]
    return len(others) == len(columns) and says_nothing_of_claim(others, columns)


def other_width(cells: list[str], header: list[Column | None]) -> str:
    """Says that a row has more or fewer cells than the header."""
    return f"expected {len(header)} cells as in the header, found {len(cells)}"


def _says_the_same(row: Row, claim: BegunClaim, header: list[Column | None]) -> bool:
    """Whether a row whose number is none says of its claim what the rows of another say of theirs.

    What is no sound text in it is passed over, since it may be part of the damage.
    """
    if len(row.cells) != len(header):
        return False
    said = [
        claim.shared.get(column) == cell.strip()
        for column, cell in zip(header, row.cells, strict=True)
        if column is not None and not column.of_line and column.field != ID
        if cell.strip() and cell.isprintable()
    ]
    return bool(said) and all(said)


def says_nothing_of_claim(cells: list[str], header: list[Column | None]) -> bool:
    """Whether a row says of its claim nothing but the number."""
    return not any(
        cell.strip()
        for column, cell in zip(header, cells, strict=True)
        if column is not None and not column.of_line and column.field != ID
    )
