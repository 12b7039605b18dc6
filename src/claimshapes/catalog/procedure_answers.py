"""What is asked of a procedure code first: its days, most units, indicators and edits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from claimshapes.catalog.markdown import days, plain
from claimshapes.catalog.timeline import Span
from claimshapes.explain.procedure_facts import ProcedureFacts, ProcedureTable, terms_said
from claimshapes.rdf.vocabulary import CS_NS, SCHEMA_NS

_FIRST, _LAST = f"{SCHEMA_NS}validFrom", f"{SCHEMA_NS}validThrough"
_STATUS = f"{CS_NS}statusIndicator"
_UNITS, _MAI = f"{CS_NS}mostUnits", f"{CS_NS}adjudicationIndicator"
_SCHEDULE = (
    ("status", f"{CS_NS}feeScheduleStatus"),
    ("global days", f"{CS_NS}globalDays"),
    ("PC/TC indicator", f"{CS_NS}componentIndicator"),
    ("bilateral indicator", f"{CS_NS}bilateralIndicator"),
)
_FOR_MODIFIER = f"{CS_NS}forModifier"
_RELEASE = f"{CS_NS}inRelease"
_FOR_WHOM = re.compile(r" for (.*?)(?:,|\.$)")


def procedure_periods(facts: ProcedureFacts) -> list[Span]:
    """The days on which a code is valid by the table of the outpatient code editor."""
    spans: list[Span] = []
    found = [row for _, row in _rows(facts) if _STATUS in row and _FIRST in row]
    for row in sorted(found, key=lambda row: row[_FIRST]):
        first = date.fromisoformat(row[_FIRST])
        last = date.fromisoformat(row[_LAST]) if _LAST in row else None
        if spans:
            before = spans[-1].last
            if before is None or before + timedelta(days=1) >= first:
                first = spans.pop().first
                last = max(before, last) if before and last else None
        spans.append(Span(first, last, f"{first} to {last}" if last else f"from {first}"))
    return spans


def procedure_answers(facts: ProcedureFacts, spans: Sequence[Span]) -> Iterable[tuple[str, str]]:
    """Questions that a biller has of a code, with what the newest rows of the tables answer.

    Args:
        facts: what the tables say of the code.
        spans: the days on which it is valid.
    """
    if spans:
        yield "Valid", ", ".join(days(span.first, span.last) for span in spans)
    for name, lines in told_by_tables(facts):
        yield name, "<br>".join(plain(line) for line in lines)


def told_by_tables(facts: ProcedureFacts) -> Iterable[tuple[str, list[str]]]:
    """What the newest rows of the tables say of a code but for its days, in lines of plain text.

    Args:
        facts: what the tables say of the code.
    """
    newest = {
        table.name: (table, row)
        for table, row in sorted(_rows(facts), key=lambda each: _day(each[1]))
        if not row.get(_FOR_MODIFIER)
    }
    limits = [
        f"{row[_UNITS]} for {_whom(table)} (MAI {row.get(_MAI, '')})"
        for table, row in newest.values()
        if row.get(_UNITS)
    ]
    if limits:
        yield "Most units (MUE)", limits
    for _, row in newest.values():
        told = [f"{name} {row[term]}" for name, term in _SCHEDULE if row.get(term)]
        if told:
            yield "Fee schedule", [f"{', '.join(told)} (release of {_day(row)})"]
    for _, row in newest.values():
        if row.get(_STATUS):
            yield "Outpatient status", [f"indicator {row[_STATUS]}"]
    edits = [
        f"{first:,} codes bundle into it, it bundles into {second:,} ({_whom(table)})"
        for table, first, second in facts.pairs
    ]
    if edits:
        yield "NCCI PTP edits", edits


def _rows(facts: ProcedureFacts) -> Iterable[tuple[ProcedureTable, Mapping[str, str]]]:
    """The rows of all tables, by the terms of their columns that are not empty."""
    for table, values in facts.rows:
        yield table, dict(terms_said(table, values))


def _day(row: Mapping[str, str]) -> str:
    return row.get(_RELEASE) or row.get(_FIRST) or ""


def _whom(table: ProcedureTable) -> str:
    """For whom a table is, by what it says of itself."""
    found = _FOR_WHOM.search(table.description)
    return found[1] if found else table.description
