"""What the rows of one claim say: its fields, and those of its lines.

What is said of the claim may be on its first row only; where it is repeated, it has to be the
same.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from claimshapes.claims.claim import ClaimReading, Origin, RejectedClaim
from claimshapes.claims.format_check import Admission
from claimshapes.claims.readers.row_owners import BegunClaim, other_width
from claimshapes.claims.readers.table_columns import Column, TableColumns
from claimshapes.claims.schema import plain_number, shown_name

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?|\.[0-9]{1,15}")


def add_row(
    claim: BegunClaim, line: int, cells: list[str], header: list[Column | None], unit: str
) -> None:
    """Adds what a row says of a claim, and of the line that it is."""
    if len(cells) != len(header):
        claim.fault = f"{other_width(cells, header)} ({unit} {line})"
        return
    own: dict[Column, str] = {}
    for column, cell in zip(header, cells, strict=True):
        text = cell.strip()
        if column is None or not text:
            continue
        if column.of_line:
            own[column] = text
        elif claim.shared.setdefault(column, text) != text:
            name = ".".join(column.field)
            claim.fault = f"{name} differs between the lines of the claim ({unit} {line})"
            return
    claim.lines.append((line, own))


def finished_claim(
    claim: BegunClaim,
    file: str,
    columns: TableColumns,
    fixed: list[tuple[Column, str]],
    admission: Admission,
    unit: str,
) -> ClaimReading:
    """The claim of rows that have all come, or what is wrong with it."""
    origin = Origin(file, claim.line)
    if claim.fault:
        # The place of the claim is told already.
        fault = claim.fault.removesuffix(f" (line {claim.line})")
        return RejectedClaim(origin, fault, shown_name(claim.number) or None)
    content: dict[str, Any] = {}
    facts: list[dict[str, Any]] = []
    places = {"": f"{unit} {claim.line}"}
    history: dict[int, dict[str, Any]] = {}
    general = {column: text for column, text in fixed if not column.of_line} | claim.shared
    for column, text in general.items():
        if column.documentation:
            facts += _facts(column, text, columns, {})
        elif column.field[0] == "history":
            service = history.setdefault(column.place, {})
            _set(service, column.field[1:], replace(column, place=0), text, columns)
        else:
            _set(content, column.field, column, text, columns)
    items = []
    for index, (line, own) in enumerate(claim.lines):
        item: dict[str, Any] = {}
        lines_own = {column: text for column, text in fixed if column.of_line} | own
        for column, text in lines_own.items():
            if not column.documentation:
                _set(item, column.field[1:], column, text, columns)
        item = _without_gaps(item)
        item.setdefault("sequence", index + 1)
        for column, text in own.items():
            if column.documentation:
                facts += _facts(column, text, columns, {"item": item["sequence"]})
        places[f"/item/{index}"] = f"{unit} {line}"
        items.append(item)
    if "diagnosis" in content:
        # Diagnoses keep their numbers, since lines point at them.
        content["diagnosis"] = [
            {"sequence": sequence, "code": code}
            for sequence, code in enumerate(content["diagnosis"], start=1)
            if code
        ]
    content = _without_gaps(content)
    content["item"] = items
    if history:
        content["history"] = [history[place] for place in sorted(history)]
    if facts:
        content["documentation"] = facts
    return admission.admit(content, origin, places)


def _facts(
    column: Column, text: str, columns: TableColumns, about: dict[str, Any]
) -> list[dict[str, Any]]:
    return [
        {"type": column.documentation, "value": value.strip(), **about}
        for value in text.split(columns.separator)
        if value.strip()
    ]


def _set(
    holder: dict[str, Any],
    path: tuple[str, ...],
    column: Column,
    text: str,
    columns: TableColumns,
) -> None:
    for name in path[:-1]:
        holder = holder.setdefault(name, {})
    name = path[-1]
    if not column.many:
        holder[name] = _value(column, text, columns)
        return
    values: list[Any] = holder.setdefault(name, [])
    if column.place:
        values += [""] * (column.place - len(values))
        values[column.place - 1] = _value(column, text, columns)
    else:
        parts = (part.strip() for part in text.split(columns.separator))
        values += [_value(column, part, columns) for part in parts if part]


def _without_gaps(holder: dict[str, Any]) -> dict[str, Any]:
    """Leaves out what no numbered column filled."""
    return {
        name: [entry for entry in value if entry != ""] if isinstance(value, list) else value
        for name, value in holder.items()
    }


def _value(column: Column, text: str, columns: TableColumns) -> Any:
    """The cell as JSON; text that is no number stays text, and the schema says so."""
    if column.date:
        return columns.day(text)
    if column.kind == "string" or not _NUMBER.fullmatch(text):
        return text
    return plain_number(Decimal(text))
