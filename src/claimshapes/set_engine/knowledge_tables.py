"""The knowledge as tables: a DuckDB file made once, and what a batch reaches of large tables.

The file has a table for each property and kinds of subject and object (``catalog``), made of
what every claim's graph holds and of the graphs of ontology/codes. The rows of the large tables
stay rows; those that the services of a batch reach become triples for the batch.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import lzma
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyoxigraph as ox

from claimshapes.errors import KnowledgeError
from claimshapes.graph.compile import source_hashes
from claimshapes.graph.resident import resident_quads
from claimshapes.graph.tables import Column, read_table
from claimshapes.graph.turtle_files import read_triples
from claimshapes.graph.vocabulary import CS_NS
from claimshapes.resources import compiled_knowledge, resource_directory
from claimshapes.set_engine.catalog import TYPE, Catalog, Table, table_name
from claimshapes.set_engine.terms import (
    IRI,
    NODE,
    Kind,
    Uncompilable,
    literal_kind,
    quoted,
    sql_type,
)

_FORMAT = 1
_KINDS = {"string": "str", "date": "date", "integer": "int", "decimal": "dec"}


def knowledge_file() -> Path:
    """Where the DuckDB file is, or is to be."""
    return compiled_knowledge().with_name("knowledge.duckdb")


def fingerprint(ontology: Path) -> str:
    """SHA-256 over all that the DuckDB file is made from."""
    parts: list[object] = [_FORMAT, source_hashes(ontology)]
    for pattern in ("*.ttl", "curated/*.ttl", "codes/*/*.ttl", "tables/*"):
        for file in sorted(ontology.glob(pattern)):
            parts.append((file.name, hashlib.sha256(file.read_bytes()).hexdigest()))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def is_current(ontology: Path, file: Path) -> bool:
    """Whether the DuckDB file was made from the ontology as it is now."""
    if not file.is_file():
        return False
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            row = connection.execute("SELECT fingerprint FROM meta").fetchone()
    except duckdb.Error:
        return False
    return row is not None and row[0] == fingerprint(ontology)


def build(ontology: Path, output: Path) -> None:
    """Makes the DuckDB file anew; it is replaced only once it is whole.

    Args:
        ontology: the ontology folder.
        output: the file to write.

    Raises:
        RuleError: a source cannot be read.
        OSError: the file cannot be written.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        made = Path(folder) / output.name
        with duckdb.connect(str(made)) as connection:
            _add_triples(connection, ontology, Path(folder) / "triples.csv")
            for number, description in enumerate(_large_tables(ontology)):
                table = read_table(description)
                columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in table.names)
                connection.execute(
                    f"CREATE TABLE rows_{number} AS SELECT * FROM read_csv({quoted(str(table.file))},"
                    " auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"',"
                    f" nullstr = '', strict_mode = false, columns = {{{columns}}})"
                )
            connection.execute(
                "CREATE TABLE meta AS SELECT ? AS fingerprint", [fingerprint(ontology)]
            )
        made.replace(output)


def _add_triples(connection: duckdb.DuckDBPyConnection, ontology: Path, file: Path) -> None:
    tables: dict[tuple[str, Kind, str | None], int] = {}
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        for subject, predicate, kind, value in _triples(ontology):
            whole = value if predicate == TYPE else None
            number = tables.setdefault((predicate, kind, whole), len(tables))
            writer.writerow((number, subject, value))
    connection.execute(
        f"CREATE TEMP TABLE everything AS SELECT * FROM read_csv({quoted(str(file))},"
        " header = false, columns = {n: 'INTEGER', s: 'VARCHAR', o: 'VARCHAR'},"
        " quote = '\"', escape = '\"', allow_quoted_nulls = false, max_line_size = 10000000)"
    )
    connection.execute(
        "CREATE TABLE catalog (name VARCHAR, predicate VARCHAR, subject VARCHAR,"
        " object VARCHAR, value VARCHAR)"
    )
    names: set[str] = set()
    for (predicate, kind, value), number in tables.items():
        name = table_name("knowledge", predicate, IRI, kind, value, names)
        names.add(f'"{name}"')
        object_ = "" if value else f", CAST(o AS {sql_type(kind)}) AS o"
        connection.execute(
            f'CREATE TABLE "{name}" AS SELECT DISTINCT s{object_} FROM everything'
            f" WHERE n = {number} ORDER BY ALL"
        )
        connection.execute(
            "INSERT INTO catalog VALUES (?, ?, ?, ?, ?)", [name, predicate, IRI, kind, value]
        )


def _triples(ontology: Path) -> Iterator[tuple[str, str, Kind, str]]:
    for quad in resident_quads():
        yield (_name(quad.subject), quad.predicate.value, *_object(quad.object))
    upwards = {
        triple.subject.value
        for triple in read_triples(ontology / "code.ttl")
        if triple.predicate.value == f"{CS_NS}ancestry" and triple.object.value == "true"
    }
    above: dict[str, list[str]] = {}
    concepts: list[str] = []
    for file in sorted((ontology / "codes").glob("*/*.nt.xz")):
        with lzma.open(file, "rb") as stream:
            quads = ox.parse(io.BytesIO(stream.read()), format=ox.RdfFormat.N_TRIPLES)
            for quad in quads:
                subject, predicate = _name(quad.subject), quad.predicate.value
                if predicate in upwards:
                    above.setdefault(subject, []).append(_name(quad.object))
                elif predicate == f"{CS_NS}billable":
                    concepts.append(subject)
                yield (subject, predicate, *_object(quad.object))
    for concept in concepts:
        seen, pending = {concept}, [concept]
        while pending:
            for parent in above.get(pending.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    pending.append(parent)
        for ancestor in seen:
            yield concept, f"{CS_NS}within", IRI, ancestor


def _name(node: Any) -> str:
    return str(node.value) if isinstance(node, ox.NamedNode) else f"_:{node.value}"


def _object(term: Any) -> tuple[Kind, str]:
    if not isinstance(term, ox.Literal):
        return IRI, _name(term)
    return literal_kind(term.datatype.value, term.language), term.value


def _large_tables(ontology: Path) -> list[Path]:
    return sorted((ontology / "codes").glob("*/*.csv-metadata.json"))


@dataclass(frozen=True, slots=True)
class _LargeTable:
    """A large table, and the triples that the rows of a batch become.

    Attributes:
        number: its number in the file.
        keys: the columns by which rows are reached, each with what stands before its code in
            the code's IRI.
        tables: for each table of triples, the select that makes it of the batch's rows.
    """

    number: int
    keys: tuple[tuple[str, str], ...]
    tables: dict[Table, str]


class KnowledgeTables:
    """The tables of the knowledge, for any number of batches.

    Args:
        catalog: where the tables are entered.
        connection: the database that the file is attached to, as ``knowledge``.

    Raises:
        KnowledgeError: the file cannot be opened.
    """

    def __init__(self, catalog: Catalog, connection: duckdb.DuckDBPyConnection) -> None:
        ontology = resource_directory("ontology")
        file = knowledge_file()
        try:
            if not is_current(ontology, file):
                build(ontology, file)
            connection.execute(f"ATTACH {quoted(str(file))} AS knowledge (READ_ONLY)")
        except (OSError, duckdb.Error) as error:
            raise KnowledgeError(f"{file}: cannot be used ({error})") from error
        for name, predicate, subject, object_, value in connection.execute(
            "SELECT name, predicate, subject, object, value FROM knowledge.catalog"
        ).fetchall():
            catalog.tables.setdefault(predicate, []).append(
                Table(f'knowledge."{name}"', predicate, False, subject, object_, value)
            )
        self._large = [
            _large_table(number, description, catalog)
            for number, description in enumerate(_large_tables(ontology))
        ]
        self._services = catalog.claim_table(f"{CS_NS}procedureCode", NODE, IRI)

    @property
    def services(self) -> Table:
        """The table of the services by which rows are reached."""
        return self._services

    def fill(self, connection: duckdb.DuckDBPyConnection, needed: Iterable[Table]) -> None:
        """Makes triples of the rows of large tables that a batch reaches.

        Args:
            connection: the database, with the claims of the batch.
            needed: the tables that some query reads.
        """
        wanted = set(needed)
        for large in self._large:
            tables = {table: sql for table, sql in large.tables.items() if table in wanted}
            if not tables:
                continue
            rows = f"reached_{large.number}"
            codes = ", ".join(f"k{index}.o AS o{index}" for index in range(len(large.keys)))
            sources = ", ".join(f"codes k{index}" for index in range(len(large.keys)))
            same = [f"k{index}.c = k0.c" for index in range(1, len(large.keys))]
            known = [
                f"r.{key} = substr(p.o{index}, {len(before) + 1})"
                f" AND starts_with(p.o{index}, {quoted(before)})"
                for index, (key, before) in enumerate(large.keys)
            ]
            connection.execute(
                f"CREATE OR REPLACE TABLE {rows} AS"
                f" WITH codes AS (SELECT DISTINCT c, o FROM {self._services.name}),"
                f" p AS (SELECT DISTINCT {codes} FROM {sources}"
                f" WHERE {' AND '.join(same) or 'TRUE'})"
                f" SELECT r.* FROM knowledge.rows_{large.number} r, p WHERE {' AND '.join(known)}"
            )
            for table, sql in tables.items():
                connection.execute(f"CREATE OR REPLACE TABLE {table.name} AS {sql}")


def _large_table(number: int, description: Path, catalog: Catalog) -> _LargeTable:
    table = read_table(description)
    keys = json.loads(description.read_text("utf-8"))["cs:reachedBy"]
    by_name = {column.name: column for column in table.columns}
    about = _template(table.about_url)
    made: dict[Table, str] = {}
    for column in table.columns:
        if column.property_url is None:
            continue
        kind, sql = _value(column)
        whole = sql[1:-1] if column.property_url == TYPE and sql.startswith("'") else None
        name = table_name("reached", column.property_url, IRI, kind, whole, catalog.names)
        entry = Table(f'"{name}"', column.property_url, False, IRI, kind, whole)
        catalog.names.add(entry.name)
        catalog.tables.setdefault(column.property_url, []).append(entry)
        object_ = "" if whole else f", {sql} AS o"
        where = "" if column.virtual else f" WHERE {column.name} IS NOT NULL"
        made[entry] = f"SELECT DISTINCT {about} AS s{object_} FROM reached_{number}{where}"
    return _LargeTable(number, tuple((key, _before(by_name[key])) for key in keys), made)


def _before(column: Column) -> str:
    template = column.value_url or ""
    if not template.endswith("{" + column.name + "}"):
        raise Uncompilable(f"the column {column.name} is reached by no IRI that ends in it")
    return template[: -len(column.name) - 2]


def _value(column: Column) -> tuple[Kind, str]:
    if column.value_url is not None:
        return IRI, _template(column.value_url)
    kind = _KINDS[column.datatype]
    return kind, f"CAST({column.name} AS {sql_type(kind)})"


def _template(template: str) -> str:
    """A URI template of plain ``{column}`` expressions as SQL over the columns."""
    parts = []
    rest = template
    while rest:
        text, brace, rest = rest.partition("{")
        if text:
            parts.append(quoted(text))
        if brace:
            name, _, rest = rest.partition("}")
            parts.append(f"url_encode({name})")
    return " || ".join(parts)
