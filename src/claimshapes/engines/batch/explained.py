"""What a statement of the set engine does: its SQL, to be read, and what each operator took."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from claimshapes.engines.batch.tables.batch_tables import BatchTables

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|[()]|[^\s()'"]+|\s+""")
_LINES = {"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "UNION", "LEFT", "SEMI", "ANTI"}
"""What begins a line of a select."""

_AROUND = {"RESULT_COLLECTOR", "EXPLAIN_ANALYZE"}
_ABOUT = ("Table", "CTE Name", "Join Type", "Conditions", "Filters", "Expression", "Groups")
_LONGEST = 80
_NUMBER = re.compile(r"\b\d{7,19}\b")
"""What may be the number of an IRI."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A step of a plan.

    Attributes:
        depth: how many operators its rows go through after it.
        name: what it is.
        about: the table, or the conditions.
        rows: rows that it gave.
        seconds: time that it took itself.
    """

    depth: int
    name: str
    about: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that was run.

    Attributes:
        sql: its SQL, with a line for each part of a select.
        operators: those of its plan, each before those whose rows it takes.
    """

    sql: str
    operators: tuple[Operator, ...]


def explained(tables: BatchTables, sql: str) -> Statement:
    """Runs a select over the tables of a batch and says how."""
    rows = tables.connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {sql}").fetchall()
    texts = tables.texts_of(map(int, _NUMBER.findall(sql)))

    def named(text: str) -> str:
        """The text with IRIs in place of their numbers."""
        return _NUMBER.sub(lambda n: f"<{texts[int(n[0])]}>" if int(n[0]) in texts else n[0], text)

    return Statement(formatted(named(sql)), tuple(_operators(json.loads(rows[0][1]), 0, named)))


def formatted(sql: str) -> str:
    """SQL with a line for each part of a select, and what is in parentheses further in."""
    tokens = [token for token in _TOKEN.findall(sql) if not token.isspace() or token == " "]
    text, within, before = "", [True], ""
    for place, token in enumerate(tokens):
        if token == "(":
            within.append(tokens[place + 1 : place + 2] in (["SELECT"], ["WITH"]))
            begins = False
        elif token == ")":
            begins = within.pop()
        else:
            # IS DISTINCT FROM compares.
            begins = token in _LINES and within[-1] and (token, before) != ("FROM", "DISTINCT")
        if begins and text:
            text = text.rstrip() + _line(within)
        text += token
        if token != " ":
            before = token
    return text


def _line(within: list[bool]) -> str:
    return "\n" + "  " * (sum(within) - 1)


def _operators(
    node: Mapping[str, Any], depth: int, named: Callable[[str], str]
) -> Iterator[Operator]:
    name = node.get("name")
    # What stands around the plan is no operator, and calls its children otherwise.
    counted = name is not None and name not in _AROUND
    if counted:
        facts = node.get("extra_info") or {}
        about = named("; ".join(_words(facts[key]) for key in _ABOUT if facts.get(key)))
        yield Operator(
            depth,
            str(name).strip().replace("_", " ").lower(),
            about if len(about) <= _LONGEST else about[:_LONGEST] + " …",
            int(node["intermediate_rows"]),
            float(node["timing"]),
        )
    for child in node.get("children") or node.get("operator") or ():
        yield from _operators(child, depth + counted, named)


def _words(fact: object) -> str:
    return " and ".join(map(str, fact)) if isinstance(fact, list) else str(fact)
