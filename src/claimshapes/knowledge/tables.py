"""CSV tables as triples, by the description beside each.

A table's ``NAME.csv-metadata.json`` says in the words of CSV on the Web (W3C,
"Metadata Vocabulary for Tabular Data", 2015) what its rows mean: ``aboutUrl``
is the row's subject, each column's ``propertyUrl`` and ``valueUrl`` make a
triple. Only what the shipped tables use is understood: URI templates of plain
``{column}`` expressions, ``datatype``, ``required``, ``separator``,
``suppressOutput`` and virtual columns.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

import pyoxigraph as ox

from claimshapes.errors import RuleError
from claimshapes.knowledge.row_identity import RowIdentity
from claimshapes.rdf.vocabulary import RDF_NS, XSD_NS

_DATATYPES = {
    "string": None,
    "date": ox.NamedNode(f"{XSD_NS}date"),
    "integer": ox.NamedNode(f"{XSD_NS}integer"),
    "decimal": ox.NamedNode(f"{XSD_NS}decimal"),
}
DESCRIPTION = ".csv-metadata.json"
"""Ends the names of the files that describe tables."""
SHA256, ROWS, REACHED_BY, ONLY_FOR = "cs:sha256", "cs:rows", "cs:reachedBy", "cs:onlyFor"
_PLACE = re.compile(r"\{(\w+)\}")
_PATTERNS = {
    "integer": re.compile(r"-?\d+"),
    "decimal": re.compile(r"-?\d+(\.\d+)?"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one virtual column, of a table's description."""

    name: str
    property_url: str | None
    value_url: str | None
    datatype: str
    required: bool
    virtual: bool
    separator: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table and what its rows mean.

    Attributes:
        description: the metadata file, for messages.
        file: the CSV file, plain or gzipped.
        about_url: template of a row's subject.
        columns: the columns in their order, virtual ones last.
        sha256: hash of the file as its description records it; empty where it does not.
        rows: how many rows it records.
    """

    description: Path
    file: Path
    about_url: str
    columns: tuple[Column, ...]
    sha256: str = ""
    rows: int | None = None

    @property
    def names(self) -> list[str]:
        """Names of the columns that the file has."""
        return [column.name for column in self.columns if not column.virtual]

    @property
    def about_names(self) -> list[str]:
        """Names of the columns that make a row's subject."""
        return _PLACE.findall(self.about_url)


def read_table(description: Path) -> Table:
    """Reads a table's description.

    Raises:
        RuleError: the description is not JSON or lacks what is needed.
    """
    try:
        content = json.loads(description.read_text("utf-8"))
        schema = content["tableSchema"]
        columns = tuple(
            Column(
                name=str(entry.get("name", "")),
                property_url=_expanded(entry.get("propertyUrl")),
                value_url=_expanded(entry.get("valueUrl")),
                datatype=str(entry.get("datatype", "string")),
                required=bool(entry.get("required", False)),
                virtual=bool(entry.get("virtual", False)),
                separator=entry.get("separator"),
            )
            for entry in schema["columns"]
        )
        return Table(
            description,
            description.parent / content["url"],
            schema["aboutUrl"],
            columns,
            str(content.get(SHA256, "")),
            content.get(ROWS),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RuleError(f"{description}: not a table description: {error!r}") from error


@dataclass(frozen=True, slots=True)
class LargeTable:
    """A table of which a claim's graph takes only the rows that the claim reaches.

    Attributes:
        table: the table.
        keys: the columns by which a row is reached: the claim has the code of each.
        namespaces: for each of them what its value is, the beginning of its IRI.
        reaches: columns whose values, where a row is reached, count as codes of the claim.
        only_for: column of payers, of which the claim asks one; else the row, and those that
            reach it, say nothing of the claim.
    """

    table: Table
    keys: tuple[str, ...]
    namespaces: tuple[str, ...]
    reaches: tuple[str, ...]
    only_for: str | None = None

    def namespace(self, name: str) -> str:
        """What the values of a column are: the beginning of their IRIs."""
        return _namespace(self.column(name))

    def column(self, name: str) -> Column:
        """A column of the table."""
        return next(column for column in self.table.columns if column.name == name)

    def payers(self, row: Mapping[str, str]) -> frozenset[str] | None:
        """IRIs of the payers that a row is for; none where the table does not say so."""
        if self.only_for is None:
            return None
        column = self.column(self.only_for)
        values = row[column.name].split(column.separator)
        return frozenset(
            filled(column.value_url or "", {column.name: value}) for value in values if value
        )


def table_id(large: LargeTable) -> str:
    """The name by which a large table is known: that of its file."""
    return large.table.description.name.removesuffix(DESCRIPTION)


def read_large_table(description: Path) -> LargeTable:
    """Reads the description of a large table.

    Raises:
        RuleError: the description is not JSON or lacks what is needed, a key is no code, or a
            table that reaches others has several keys.
    """
    table = read_table(description)
    content = json.loads(description.read_text("utf-8"))
    keys, reaches = (
        tuple(str(name) for name in content.get(term, ())) for term in (REACHED_BY, "cs:reaches")
    )
    spaces = {column.name: _namespace(column) for column in table.columns if not column.virtual}
    only_for = content.get(ONLY_FOR)
    named = (*keys, *reaches) if only_for is None else (*keys, *reaches, only_for)
    if not keys or not all(spaces.get(name) for name in named):
        raise RuleError(
            f"{description}: {REACHED_BY}, cs:reaches and {ONLY_FOR} name columns with a valueUrl"
        )
    if reaches and len(keys) > 1:
        raise RuleError(f"{description}: a table with cs:reaches is reached by one column")
    return LargeTable(table, keys, tuple(spaces[key] for key in keys), reaches, only_for)


def large_tables(ontology: Path) -> list[LargeTable]:
    """The large tables of an ontology folder, those first that reach rows of others.

    Raises:
        RuleError: as ``read_large_table``.
    """
    found = [
        read_large_table(description)
        for description in sorted((ontology / "codes").glob(f"*/*{DESCRIPTION}"))
    ]
    return sorted(found, key=lambda large: not large.reaches)


def table_rows(table: Table) -> Iterator[dict[str, str]]:
    """The rows of a table's file, checked against its description.

    Raises:
        RuleError: the file is missing or not the one that its description records, its header
            is another, a value is not of its column's datatype, or two rows of a key hold on the
            same day; names file and line.
    """
    terms = {column.property_url: column.name for column in table.columns if not column.virtual}
    identity = RowIdentity(table.file, table.description, terms, table.about_names)
    rows = 0
    try:
        content = table.file.read_bytes()
        check_hash(table, content)
        with _opened(table.file, content) as stream:
            reader = csv.DictReader(stream)
            if reader.fieldnames != table.names:
                raise RuleError(
                    f"{table.file}, line 1: expected the columns {','.join(table.names)}"
                )
            for row in reader:
                for column in table.columns:
                    if not column.virtual:
                        _check(row, column, f"{table.file}, line {reader.line_num}")
                identity.see(row, reader.line_num)
                rows += 1
                yield row
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "is not a whole CSV file"
        raise RuleError(f"{table.file}: {reason}") from error
    if table.rows is not None and rows != table.rows:
        raise RuleError(
            f"{table.file}: {rows:,} rows; {table.rows:,} are recorded{_recording(table)}"
        )


def check_hash(table: Table, content: bytes) -> None:
    """Refuses a table's file that is not the one that its description records.

    Raises:
        RuleError: it is not.
    """
    found = hashlib.sha256(content).hexdigest()
    if table.sha256 and found != table.sha256:
        raise RuleError(
            f"{table.file}: was changed: sha256 {found[:12]}..., recorded is"
            f" {table.sha256[:12]}...{_recording(table)}"
        )


def _recording(table: Table) -> str:
    name = table.description.name.removesuffix(DESCRIPTION)
    return (
        f"; restore the file, or if the change is meant, run `claimshapes knowledge record {name}`"
    )


def row_triples(table: Table, row: Mapping[str, str]) -> Iterator[ox.Triple]:
    """The triples that one row of a table means."""
    subject = ox.NamedNode(filled(table.about_url, row))
    for column in table.columns:
        if column.property_url is None:
            continue
        text = row.get(column.name, "")
        if not text and not column.virtual:
            continue
        predicate = ox.NamedNode(filled(column.property_url, row))
        for value in text.split(column.separator) if column.separator else [text]:
            if column.value_url is not None:
                iri = filled(column.value_url, {**row, column.name: value})
                yield ox.Triple(subject, predicate, ox.NamedNode(iri))
            else:
                datatype = _DATATYPES[column.datatype]
                literal = ox.Literal(value, datatype=datatype) if datatype else ox.Literal(value)
                yield ox.Triple(subject, predicate, literal)


def table_triples(description: Path) -> Iterator[ox.Triple]:
    """Every triple that a table means.

    Raises:
        RuleError: as ``read_table`` and ``table_rows``.
    """
    table = read_table(description)
    for row in table_rows(table):
        yield from row_triples(table, row)


def triples_of_rows(table: Table, rows: Iterable[Mapping[str, str]]) -> list[ox.Triple]:
    """The triples that some rows of a table mean."""
    return [triple for row in rows for triple in row_triples(table, row)]


def _opened(file: Path, content: bytes) -> TextIO:
    stream = io.BytesIO(content)
    if file.suffix == ".gz":
        return gzip.open(stream, "rt", encoding="utf-8", newline="")
    return io.TextIOWrapper(stream, encoding="utf-8", newline="")


def _check(row: Mapping[str, str | None], column: Column, place: str) -> None:
    text = row[column.name]
    if text is None:
        raise RuleError(f"{place}: the row is too short; column {column.name} is missing")
    if not text:
        if column.required:
            raise RuleError(f"{place}: column {column.name} is empty")
        return
    if column.datatype not in _DATATYPES:
        raise RuleError(f"{place}: column {column.name} has the unknown datatype {column.datatype}")
    pattern = _PATTERNS.get(column.datatype)
    if pattern is not None and not pattern.fullmatch(text):
        raise RuleError(f"{place}: column {column.name} is no {column.datatype}")
    if column.datatype == "date":
        try:
            date.fromisoformat(text)
        except ValueError as error:
            raise RuleError(f"{place}: column {column.name} is no date (YYYY-MM-DD)") from error


def _namespace(column: Column) -> str:
    return (column.value_url or "").partition("{")[0]


def _expanded(url: str | None) -> str | None:
    if url is not None and url.startswith("rdf:"):
        return RDF_NS + url.removeprefix("rdf:")
    return url


def filled(template: str, row: Mapping[str, str]) -> str:
    """A URI template with a row's values in it."""
    if "{" not in template:
        return template
    return _PLACE.sub(lambda match: _escaped(row[match.group(1)]), template)


def _escaped(value: str) -> str:
    # Most values are codes, of which nothing is to be escaped.
    if value.isascii() and value.isalnum():
        return value
    return quote(value, safe="-._~")
