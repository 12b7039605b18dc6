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
from collections.abc import Iterable, Iterator, Mapping
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
from claimshapes.resources import cache_folder, compiled_knowledge, resource_directory
from claimshapes.set_engine.batch_tables import BatchTables
from claimshapes.set_engine.catalog import TYPE, Catalog, Table, table_name
from claimshapes.set_engine.terms import (
    DAYS,
    IRI,
    NODE,
    STRING,
    Kind,
    days,
    literal_kind,
    quoted,
    sql_type,
)

_FORMAT = 1
_KINDS = {"string": "str", "date": "date", "integer": "int", "decimal": "dec"}


def knowledge_file() -> Path:
    """Where the DuckDB file is, or is to be: beside the compiled knowledge."""
    return compiled_knowledge().with_name("knowledge.duckdb")


def _current_file(ontology: Path) -> Path:
    """The DuckDB file, made if it is missing or stale: in the package, else in the user's cache."""
    file = knowledge_file()
    if is_current(ontology, file):
        return file
    try:
        build(ontology, file)
        return file
    except OSError:
        own = cache_folder() / file.name
        if not is_current(ontology, own):
            build(ontology, own)
        return own


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
                file = quoted(str(table.file))
                connection.execute(
                    f"CREATE TABLE rows_{number} AS SELECT * FROM read_csv({file},"
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
    for (predicate, kind, whole), number in tables.items():
        name = table_name("knowledge", predicate, IRI, kind, whole, names)
        names.add(f'"{name}"')
        object_ = "" if whole else f", CAST(o AS {sql_type(kind)}) AS o"
        connection.execute(
            f'CREATE TABLE "{name}" AS SELECT DISTINCT s{object_} FROM everything'
            f" WHERE n = {number} ORDER BY ALL"
        )
        connection.execute(
            "INSERT INTO catalog VALUES (?, ?, ?, ?, ?)", [name, predicate, IRI, kind, whole]
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
    kind = literal_kind(term.datatype.value, term.language)
    return kind, str(days(term.value)) if kind == DAYS else term.value


def _large_tables(ontology: Path) -> list[Path]:
    return sorted((ontology / "codes").glob("*/*.csv-metadata.json"))


@dataclass(frozen=True, slots=True)
class _LargeTable:
    """A large table, and the triples that the rows of a batch become.

    Attributes:
        number: its number in the file.
        keys: the columns by which rows are reached.
        tables: for each table of triples, the select that makes it of the batch's rows.
    """

    number: int
    keys: tuple[str, ...]
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
        try:
            file = _current_file(ontology)
            connection.execute(f"ATTACH {quoted(str(file))} AS knowledge (READ_ONLY)")
        except (OSError, duckdb.Error) as error:
            raise KnowledgeError(f"{knowledge_file()}: cannot be used ({error})") from error
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
        self._notations = catalog.claim_table(f"{CS_NS}notation", NODE, STRING)
        self._concepts = catalog.claim_table(f"{CS_NS}concept", NODE, IRI)

    @property
    def reached_by(self) -> set[Table]:
        """The tables of the codes by which rows are reached."""
        return {self._services, self._notations, self._concepts}

    def fill(self, batch: BatchTables, needed: Iterable[Table]) -> None:
        """Makes triples of the rows of large tables that a batch reaches.

        Args:
            batch: the database's tables, with the claims of the batch.
            needed: the tables that some query reads.
        """
        wanted = set(needed)
        batch.make(
            "reaching",
            f"SELECT DISTINCT c, regexp_extract(o, '[^/]*$') AS o FROM {self._services.name}"
            f" UNION SELECT n.c, n.o FROM {self._notations.name} n"
            f" SEMI JOIN {self._concepts.name} k ON k.c = n.c AND k.s = n.s",
        )
        for large in self._large:
            tables = {table: sql for table, sql in large.tables.items() if table in wanted}
            if not tables:
                continue
            rows = f"reached_{large.number}"
            names = range(len(large.keys))
            same = [f"k{number}.c = k0.c" for number in names[1:]]
            known = [f'r."{key}" = p.o{number}' for number, key in enumerate(large.keys)]
            found = batch.make(
                rows,
                "WITH p AS (SELECT DISTINCT"
                f" {', '.join(f'k{number}.o AS o{number}' for number in names)}"
                f" FROM {', '.join(f'reaching k{number}' for number in names)}"
                f" WHERE {' AND '.join(same) or 'TRUE'})"
                f" SELECT r.* FROM knowledge.rows_{large.number} r, p WHERE {' AND '.join(known)}",
            )
            for table, sql in tables.items():
                if found:
                    batch.make(table, sql)
                else:
                    batch.clear(table)


def _large_table(number: int, description: Path, catalog: Catalog) -> _LargeTable:
    table = read_table(description)
    keys = json.loads(description.read_text("utf-8"))["cs:reachedBy"]
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
        where = "" if column.virtual else f' WHERE "{column.name}" IS NOT NULL'
        made[entry] = f"SELECT DISTINCT {about} AS s{object_} FROM reached_{number}{where}"
    return _LargeTable(number, tuple(keys), made)


def _value(column: Column) -> tuple[Kind, str]:
    text = f'"{column.name}"'
    if column.separator is not None:
        text = f"unnest(string_split({text}, {quoted(column.separator)}))"
    if column.value_url is not None:
        return IRI, _template(column.value_url, {column.name: text})
    kind = _KINDS[column.datatype]
    return kind, f"CAST({text} AS {sql_type(kind)})"


def _template(template: str, columns: Mapping[str, str] | None = None) -> str:
    """A URI template of plain ``{column}`` expressions as SQL over the columns."""
    parts = []
    rest = template
    while rest:
        text, brace, rest = rest.partition("{")
        if text:
            parts.append(quoted(text))
        if brace:
            name, _, rest = rest.partition("}")
            value = (columns or {}).get(name, f"COALESCE(\"{name}\", '')")
            parts.append(f"url_encode({value})")
    return " || ".join(parts)
