"""The claims that the rows of a table are, one row a service line.

Rows that follow each other and have the same claim number are one claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from claimshapes.claims.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.claims.format_check import Admission
from claimshapes.claims.readers.csv_rows import LINE_BREAK, Row
from claimshapes.claims.readers.row_content import add_row, finished_claim
from claimshapes.claims.readers.row_owners import (
    BREAKS,
    ID,
    REST,
    TORN,
    BegunClaim,
    bare,
    doubt,
    has_number,
    is_number,
    is_of,
    is_rest,
    is_rest_of_last_cell,
    is_same,
    may_be_of,
    may_be_rest,
    other_width,
    own_rows,
    said_of_number,
    says_nothing_of_claim,
)
from claimshapes.claims.readers.table_columns import Column, TableColumns
from claimshapes.claims.schema import claim_schema, shown_name
from claimshapes.errors import InputError

_NO_NUMBER = "its claim number has signs that no number has"
_NO_CLAIM = "it has another number and says of its claim nothing else"


def claims_of_rows(
    header: list[Column | None],
    rows: Iterable[Row],
    file: str,
    columns: TableColumns,
    unit: str,
) -> Iterator[ClaimReading]:
    """Reads the claims of rows.

    Args:
        header: for each cell of a row, the column that it is of, if any.
        rows: the rows, in their order.
        file: the table's name, for messages.
        columns: which column is which field.
        unit: what a row is called in messages.

    Raises:
        InputError: there is no row, or no column has the claims' numbers.
    """
    fixed = columns.fixed(file)
    number_at = next((i for i, c in enumerate(header) if c is not None and c.field == ID), None)
    if number_at is None:
        raise InputError("expected a column 'id' with the claims' numbers", file=file, line=1)
    admission = Admission()
    most = claim_schema()["properties"]["item"]["maxItems"]
    claim: BegunClaim | None = None
    # Rows of which cannot be told whose they are, since the last row of which it can.
    doubtful: list[Row] = []
    was_open, empty = False, True

    def finished(claim: BegunClaim | None, between: list[Row]) -> Iterator[ClaimReading]:
        if claim is not None:
            lost = next(own_rows(between, claim, header, number_at), None)
            if lost is not None:
                claim.blame(doubt(lost, unit))
            yield finished_claim(claim, file, columns, fixed, admission, unit)
        told: list[str] = []
        for row in between:
            said = said_of_number(row, header, number_at)
            if not is_same(said, told):
                shown = number_at == 0 and is_number(said[0]) and not row.is_torn
                named = shown_name(said[0]) if shown and row.fault != REST else None
                yield RejectedClaim(Origin(file, row.line), row.fault, named)
            told = said

    for row in rows:
        empty = False
        if not row.fault and not any(cell.strip() for cell in row.cells):
            # Spreadsheets write the empty rows below a table.
            continue
        number = row.cells[number_at] if number_at < len(row.cells) else ""
        if not BREAKS.search(number) or row.fault != LINE_BREAK:
            number = number.strip()
        elif claim is not None and bare(row, number_at) == claim.number:
            number = claim.number
        doubted = was_open and may_be_rest(row, header)
        goes_on = doubted and is_rest(row, number, header)
        was_open = row.is_open or goes_on
        if goes_on:
            # The rest of a cell that holds a line break; its row is rejected already.
            continue
        if claim is not None and is_rest_of_last_cell(row, number, claim, header):
            doubtful.append(replace(row, fault=TORN))
            continue
        if doubted:
            doubtful.append(replace(row, fault=row.fault or REST))
            continue
        if len(row.cells) != len(header):
            # What is in the number's place may be of another column, too.
            if claim is None or not has_number(row, claim, header, number_at, exactly=True):
                reason = row.fault or other_width(row.cells, header)
                doubtful.append(replace(row, fault=reason))
                continue
            number = claim.number
        if not is_number(number) and (row.fault or number):
            doubtful.append(replace(row, fault=row.fault or _NO_NUMBER))
            continue
        is_other = claim is not None and number != claim.number and not doubtful
        if claim is not None and is_other and says_nothing_of_claim(row.cells, header):
            # A claim's first row says whose it is: the number of this one was damaged.
            claim.blame(doubt(replace(row, fault=_NO_CLAIM), unit))
        if claim is None or number != claim.number:
            begun = BegunClaim(number, row.line)
            if row.fault:
                begun.fault = f"{row.fault} ({unit} {row.line})"
            else:
                add_row(begun, row.line, row.cells, header, unit)
            own: list[Row] = []
            while doubtful and is_of(doubtful[-1], begun, header, number_at):
                own.insert(0, doubtful.pop())
            yield from finished(claim, doubtful)
            claim = begun
            for each in own:
                claim.blame(f"{each.fault} ({unit} {each.line})")
            for each in doubtful:
                if each.fault != TORN and may_be_of(each, claim, header, number_at):
                    claim.blame(doubt(each, unit))
            doubtful = []
            continue
        if doubtful:
            claim.blame(doubt(doubtful[0], unit))
            doubtful = []
        if row.fault:
            claim.blame(f"{row.fault} ({unit} {row.line})")
        if not claim.fault:
            if len(claim.lines) >= most:
                claim.fault = f"a claim must not have over {most:,} lines"
            else:
                add_row(claim, row.line, row.cells, header, unit)
    # At the end of a file one cell is more likely the beginning of a row that was cut off.
    torn = [row for row in doubtful if row.fault == TORN]
    yield from finished(claim, [row for row in doubtful if row.fault != TORN])
    for row in torn:
        reason = other_width(row.cells, header)
        yield RejectedClaim(
            Origin(file, row.line), reason, shown_name(row.cells[0].strip()) or None
        )
    if empty:
        raise InputError("holds a header and no row", file=file)
