"""RDF terms as SQL values.

Every term is of one kind, and each kind is a column type of its own: a variable is a set of
columns, one for each kind that it can have, of which at most one is not null. All null is
unbound, or an error of an expression; so SQL's three-valued logic is SPARQL's.

An IRI is a number made of its text, that of a blank node is below zero; the table ``term`` has the
texts, which are looked up where a query asks for them and for what is reported. A literal that has
no column type, or that is not written as its value's text would be, is kept as it is written, its
kind ``^`` and its datatype.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import duckdb
import rdflib
from rdflib.namespace import RDF, XSD

from claimshapes.errors import RuleError

Kind = str
"""One of those below, ``@`` and the tag of a language, or ``^`` and a datatype."""

NODE, MADE, IRI, STRING, DATE, INTEGER, DECIMAL, BOOLEAN, DAYS = (
    "node",
    "made",
    "iri",
    "str",
    "date",
    "int",
    "dec",
    "bool",
    "days",
)
"""``node`` is a part of a claim, kept as its number in the batch; the claim itself has its own.

``made`` is a node that a derivation names by a part of a claim, kept as what follows the claim's
IRI in its own.
"""

NUMERIC = (INTEGER, DECIMAL)
DECIMAL_TYPE = "DECIMAL(38,9)"
SQL_TYPES = {
    NODE: "INTEGER",
    IRI: "BIGINT",
    DATE: "DATE",
    INTEGER: "BIGINT",
    DECIMAL: DECIMAL_TYPE,
    BOOLEAN: "BOOLEAN",
}

Term = Mapping[Kind, str]
"""A term as SQL: for each kind an expression that is null unless the term is of that kind."""

_DATATYPES: dict[str | None, Kind] = {
    None: STRING,
    str(XSD.string): STRING,
    str(XSD.date): DATE,
    str(XSD.integer): INTEGER,
    str(XSD.decimal): DECIMAL,
    str(XSD.boolean): BOOLEAN,
    str(XSD.dayTimeDuration): DAYS,
}


INTEGER_PATTERN = r"[+-]?[0-9]+"
DECIMAL_PATTERN = r"[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)"

_CANONICAL: dict[Kind, str] = {
    DATE: r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    INTEGER: r"0|-?[1-9][0-9]{0,17}",
    DECIMAL: r"0|-?(?:0|[1-9][0-9]{0,27})\.[0-9]{0,8}[1-9]|-?[1-9][0-9]{0,27}",
    BOOLEAN: r"true|false",
    DAYS: r"PT0S|-?P[1-9][0-9]*D",
}


class Uncompilable(RuleError):
    """A query or shape that the set engine has no SQL for; the reference engine judges it."""


def is_text(kind: Kind) -> bool:
    """Whether terms of the kind are strings, with a language or without."""
    return kind == STRING or kind.startswith("@")


def is_written(kind: Kind) -> bool:
    """Whether terms of the kind are literals kept as they are written."""
    return kind.startswith("^")


def is_literal(kind: Kind) -> bool:
    """Whether terms of the kind are literals."""
    return kind not in (NODE, MADE, IRI)


def datatype_of(kind: Kind) -> str:
    """IRI of the datatype of a kind of literals."""
    if is_written(kind):
        return kind[1:]
    if kind.startswith("@"):
        return str(RDF.langString)
    return next(str(iri) for iri, own in _DATATYPES.items() if own == kind and iri is not None)


def sql_type(kind: Kind) -> str:
    """The column type of a kind."""
    return "BIGINT" if kind == DAYS else SQL_TYPES.get(kind, "VARCHAR")


def quoted(text: str) -> str:
    """A string as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


IRI_NUMBER = (
    "CREATE OR REPLACE MACRO iri_number(x) AS"
    " CASE WHEN x IS NOT NULL THEN CAST(hash(x) >> 1 AS BIGINT) END"
)
"""The number of an IRI: of 100 million IRIs two have the same one once in two thousand times."""

_texts: dict[int, str] = {}


@cache
def iri_number(text: str) -> int:
    """The number of an IRI."""
    (number,) = _database().cursor().execute("SELECT iri_number(?)", [text]).fetchone() or (0,)
    _texts[number] = text
    return int(number)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(IRI_NUMBER)
    return connection


def iri_sql(text: str) -> str:
    """An IRI as a SQL literal."""
    return str(iri_number(text))


def iris_in(sql: str) -> dict[int, str]:
    """The IRIs that SQL names, by their numbers."""
    numbers = map(int, re.findall(r"\b\d{7,19}\b", sql))
    return {number: _texts[number] for number in numbers if number in _texts}


def is_constant(sql: str) -> bool:
    """Whether SQL for an end of a triple is a literal and no column."""
    return sql[0] in "'-0123456789"


def is_blank(kind: Kind, sql: str) -> str:
    """SQL for whether a term of a kind is a blank node."""
    return f"({sql} < 0)" if kind == IRI else "FALSE"


def literal_kind(datatype: str | None, language: str | None) -> Kind:
    """The kind of literals with a datatype or a language.

    Raises:
        Uncompilable: the set engine keeps no such literals.
    """
    if language:
        return f"@{language.lower()}"
    kind = _DATATYPES.get(datatype)
    if kind is None:
        raise Uncompilable(f"literals of {datatype} are not kept in tables")
    return kind


def constant(term: rdflib.term.Node) -> tuple[Kind, str]:
    """A constant of a query as kind and SQL literal, of its value where that can be kept.

    Raises:
        Uncompilable: it is a blank node.
    """
    if isinstance(term, rdflib.URIRef):
        return IRI, iri_sql(str(term))
    if not isinstance(term, rdflib.Literal):
        raise Uncompilable(f"{term!r} is where a constant should be")
    kind, text = _kind_of(term), str(term)
    try:
        if is_text(kind):
            return kind, quoted(text)
        if kind == DATE:
            return kind, f"DATE '{date.fromisoformat(text).isoformat()}'"
        if kind == INTEGER and re.fullmatch(INTEGER_PATTERN, text):
            _check_size(text, 18, 0)
            return kind, f"CAST({int(text)} AS BIGINT)"
        if kind == DECIMAL and re.fullmatch(DECIMAL_PATTERN, text):
            _check_size(text, 28, 9)
            return kind, f"CAST({quoted(text)} AS {DECIMAL_TYPE})"
        if kind == DAYS:
            return kind, f"CAST({days(text)} AS BIGINT)"
        if kind == BOOLEAN:
            return kind, {"true": "TRUE", "1": "TRUE", "false": "FALSE", "0": "FALSE"}[text]
    except (ValueError, KeyError):
        pass
    return f"^{term.datatype}", quoted(text)


def _check_size(number: str, before: int, after: int) -> None:
    whole, _, fraction = number.strip("+-").partition(".")
    if len(whole.lstrip("0")) > before or len(fraction.rstrip("0")) > after:
        raise Uncompilable(f"the number {number} is too long for its column")


def same_constant(term: rdflib.term.Node) -> tuple[Kind, str]:
    """A term as kind and SQL literal, to be compared with others as it is written.

    Raises:
        Uncompilable: it is a blank node.
    """
    if isinstance(term, rdflib.Literal):
        kind, text = _kind_of(term), str(term)
        canonical = _CANONICAL.get(kind)
        if canonical is not None and not re.fullmatch(canonical, text):
            return f"^{term.datatype}", quoted(text)
    return constant(term)


def _kind_of(term: rdflib.Literal) -> Kind:
    if term.language:
        return f"@{term.language.lower()}"
    datatype = None if term.datatype is None else str(term.datatype)
    return _DATATYPES.get(datatype, f"^{datatype}")


def days(duration: str) -> int:
    """The days of an ``xsd:dayTimeDuration`` of whole days, such as ``P30D``.

    Raises:
        Uncompilable: it has hours, minutes or seconds.
    """
    if duration == "PT0S":
        return 0
    found = re.fullmatch(r"(-?)P(\d+)D", duration)
    if found is None:
        raise Uncompilable(f"the duration {duration} is not one of whole days")
    return int(found[1] + found[2])


def either(alternatives: Iterable[tuple[Kind, str]]) -> dict[Kind, str]:
    """One term of alternatives of which at most one is not null."""
    found: dict[Kind, list[str]] = {}
    for kind, sql in alternatives:
        found.setdefault(kind, []).append(sql)
    return {
        kind: parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"
        for kind, parts in found.items()
    }


def bound(term: Term) -> str:
    """SQL that is true where a term is bound, false elsewhere, never null."""
    if not term:
        return "FALSE"
    return "(" + " OR ".join(f"{sql} IS NOT NULL" for sql in term.values()) + ")"


@dataclass(slots=True)
class Names:
    """What nodes are called, looked up for each row, or joined with the rows beforehand.

    Attributes:
        claim: SQL for the number of the row's claim.
        joined: where they are to be joined, table, column and value of each join, and its alias.
    """

    claim: str
    joined: dict[tuple[str, str, str], str] | None = None

    def base(self) -> str:
        """SQL for the IRI of the row's claim."""
        return self._found("base", "batch", "c", self.claim)

    def place(self, node: str) -> str:
        """SQL for what follows the claim's IRI in that of one of its parts."""
        return self._found("place", "node", "n", node)

    def iri(self, number: str) -> str:
        """SQL for the text of an IRI."""
        return self._found("text", "term", "n", number)

    def joins(self) -> str:
        """SQL for the joins, to follow the rows."""
        return "".join(
            f" LEFT JOIN {table} {alias} ON {alias}.{key} = {value}"
            for (table, key, value), alias in (self.joined or {}).items()
        )

    def _found(self, name: str, table: str, key: str, value: str) -> str:
        if self.joined is None:
            return f"(SELECT {name} FROM {table} WHERE {table}.{key} = {value})"
        return f"{self.joined.setdefault((table, key, value), f'n{len(self.joined)}')}.{name}"


def text_of(term: Term, names: Names) -> str:
    """SQL for the string of a term (``STR``), null where it is unbound.

    Args:
        term: the term.
        names: by which a node's whole IRI is found.

    Raises:
        Uncompilable: Oxigraph may write it otherwise than it is kept.
    """
    for kind in term:
        if is_written(kind) and datatype_of(kind).startswith(str(XSD)):
            raise Uncompilable(f"the text of a literal of {datatype_of(kind)}")
    return written(term, names)


def written(term: Term, names: Names) -> str:
    """SQL for the string of a term as it is kept; see ``text_of``."""
    parts = [_text(kind, sql, names) for kind, sql in term.items()]
    if not parts:
        return "CAST(NULL AS VARCHAR)"
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"


def _text(kind: Kind, sql: str, names: Names) -> str:
    if kind == NODE:
        sql = names.place(sql)
    if kind in (NODE, MADE):
        return f"({names.base()} || {sql})"
    if kind == IRI:
        return names.iri(sql)
    if is_text(kind) or is_written(kind):
        return sql
    if kind == DECIMAL:
        return f"decimal_text({sql})"
    if kind == DAYS:
        return f"CASE {sql} WHEN 0 THEN 'PT0S' ELSE 'P' || {sql} || 'D' END"
    return f"CAST({sql} AS VARCHAR)"


MACROS = (
    # Oxigraph writes decimals without zeros at the end.
    "CREATE OR REPLACE MACRO decimal_text(x) AS CASE WHEN x = trunc(x) THEN"
    " CAST(CAST(x AS DECIMAL(38,0)) AS VARCHAR)"
    " ELSE rtrim(CAST(CAST(x AS DECIMAL(38,9)) AS VARCHAR), '0') END",
    # Nine digits, the rest cut off; DuckDB's own division would be in binary floating point.
    "CREATE OR REPLACE MACRO divided(x, y) AS CASE WHEN y = 0 THEN NULL ELSE"
    " CAST(CAST((CAST(CAST(x AS DECIMAL(38,9)) * 1000000000 AS HUGEINT) * 1000000000)"
    " // NULLIF(CAST(CAST(y AS DECIMAL(38,9)) * 1000000000 AS HUGEINT), 0) AS DECIMAL(38,0))"
    " * CAST(0.000000001 AS DECIMAL(10,9)) AS DECIMAL(38,9)) END",
    # What is kept as it is written: its value, null where it is ill-formed.
    "CREATE OR REPLACE MACRO binary_number(x) AS CASE"
    " WHEN regexp_full_match(x, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?')"
    " THEN TRY_CAST(x AS DOUBLE) WHEN x IN ('INF', '+INF') THEN CAST('Infinity' AS DOUBLE)"
    " WHEN x = '-INF' THEN CAST('-Infinity' AS DOUBLE)"
    " WHEN x = 'NaN' THEN CAST('NaN' AS DOUBLE) END",
    "CREATE OR REPLACE MACRO has_zone(x) AS regexp_matches(x, '(Z|[+-][0-9]{2}:[0-9]{2})$')",
    "CREATE OR REPLACE MACRO zone_minutes(x) AS CASE"
    " WHEN regexp_matches(x, '[+-][0-9]{2}:[0-9]{2}$')"
    " THEN (CASE WHEN x[-6] = '-' THEN -1 ELSE 1 END)"
    " * (CAST(x[-5:-4] AS BIGINT) * 60 + CAST(x[-2:] AS BIGINT)) ELSE 0 END",
    "CREATE OR REPLACE MACRO moment(x) AS CASE WHEN regexp_full_match(x,"
    " '[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?)?"
    "(Z|[+-][0-9]{2}:[0-9]{2})?')"
    " THEN TRY_CAST(replace(regexp_replace(x, '(Z|[+-][0-9]{2}:[0-9]{2})$', ''), 'T', ' ')"
    " AS TIMESTAMP) - to_minutes(zone_minutes(x)) END",
)
