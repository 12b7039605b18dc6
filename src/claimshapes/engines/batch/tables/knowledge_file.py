"""The knowledge as a DuckDB file, made once.

It has a table for each property and kinds of subject and object (``catalog``), made of what every
claim's graph holds and of the graphs of ontology/codes. The rows of the large tables stay rows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import lzma
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pyoxigraph as ox

from claimshapes.engines.batch.tables.property_tables import TYPE, table_name
from claimshapes.engines.batch.tables.terms import (
    DAYS,
    IRI,
    IRI_NUMBER,
    Kind,
    days,
    literal_kind,
    quoted,
    sql_type,
)
from claimshapes.errors import KnowledgeError, RuleError
from claimshapes.files.cache import cache_files
from claimshapes.files.compiled_record import is_as_recorded
from claimshapes.files.made_once import making
from claimshapes.knowledge.compile import followed_properties, source_hashes
from claimshapes.knowledge.in_use import compiled_knowledge, resource_directory
from claimshapes.knowledge.recorded import refuse_changed
from claimshapes.knowledge.resident import resident_quads
from claimshapes.knowledge.tables import large_tables
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS

_FORMAT = 5

_log = logging.getLogger("claimshapes")

_making_log = logging.getLogger("claimshapes.making")

_RESIDENT, _REACHES = -1, -2
"""Numbers of what the file holds besides the tables of triples, while it is made."""

_TRIPLES_READ, _TRIPLES_MADE = 0.4, 0.75
"""How much of making the file is done after each step; its time goes into these."""

_NUMBER = "CASE WHEN starts_with({0}, '_:') THEN -1 - iri_number({0}) ELSE iri_number({0}) END"
"""SQL for the number of a text that is an IRI or names a blank node."""

_HASHED = f"hash({quoted(CS_NS)})"
"""What the numbers of IRIs are made by: another version of DuckDB could hash otherwise."""

_BETWEEN = 50_000
"""Triples between two words about how far it has come."""


def knowledge_file() -> Path:
    """Where the DuckDB file is, or is to be: next to the compiled knowledge."""
    return compiled_knowledge().with_name("knowledge.duckdb")


def attach_knowledge(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, str]) -> str:
    """Attaches the file to a database, as ``knowledge``, and tells what all it was made from.

    The file is made if it is missing or stale: in the package, else in the user's cache.

    Args:
        connection: the database.
        sources: hashes of what the compiled knowledge was made from (``Knowledge.sources``).

    Raises:
        KnowledgeError: the file cannot be made or opened.
    """
    ontology, file = resource_directory("ontology"), knowledge_file()
    places = [file, *cache_files(file.name)]
    try:
        made_from = fingerprint(ontology, sources)
        if any(_attached_if_current(connection, place, made_from) for place in places):
            return made_from
        return _attached(connection, _made(ontology, places))
    except (OSError, duckdb.Error) as error:
        raise KnowledgeError(f"{file}: cannot be used ({error})") from error


def _made(ontology: Path, places: Sequence[Path]) -> Path:
    """The file, made in the first of these places that takes it."""
    reason = ""
    for place in places:
        try:
            build(ontology, place, anew=False)
            return place
        except (OSError, duckdb.Error) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
    raise KnowledgeError(
        f"{places[0]}: the tables of the set engine cannot be made ({reason});"
        " run `claimshapes knowledge build` as a user who may write there, or set XDG_CACHE_HOME"
        " to a folder with 200 MB of room"
    )


def _attached(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """Attaches a file, and tells what all it was made from."""
    connection.execute(f"ATTACH {quoted(str(file))} AS knowledge (READ_ONLY)")
    known = f"SELECT fingerprint FROM knowledge.meta WHERE hashed = {_HASHED}"
    row = connection.execute(known).fetchone()
    return str(row[0]) if row else ""


def _attached_if_current(connection: duckdb.DuckDBPyConnection, file: Path, made_from: str) -> bool:
    """Attaches a file if it is as it was made, and from this; tells whether it is."""
    if not is_as_recorded(file):
        return False
    with suppress(duckdb.Error):
        if _attached(connection, file) == made_from:
            return True
    connection.execute("DETACH DATABASE IF EXISTS knowledge")
    return False


def fingerprint(ontology: Path, sources: Mapping[str, str]) -> str:
    """SHA-256 over all that the DuckDB file is made from.

    Args:
        ontology: the ontology folder.
        sources: hashes of what the compiled knowledge is made from.
    """
    parts: list[object] = [_FORMAT, dict(sources)]
    for pattern in ("*.ttl", "curated/*.ttl", "codes/*/*.ttl", "tables/*"):
        for file in sorted(ontology.glob(pattern)):
            parts.append((file.name, hashlib.sha256(file.read_bytes()).hexdigest()))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def is_current(ontology: Path, file: Path) -> bool:
    """Whether the DuckDB file is as it was made, and from the ontology as it is now."""
    made_from = fingerprint(ontology, source_hashes(ontology))
    with duckdb.connect() as connection:
        return _attached_if_current(connection, file, made_from)


def build(ontology: Path, output: Path, *, anew: bool = True) -> None:
    """Makes the DuckDB file anew; it is replaced only once it is whole.

    Args:
        ontology: the ontology folder.
        output: the file to write.
        anew: whether to make it even where another process has just done so.

    Raises:
        RuleError: a source cannot be read, or is not as it was recorded.
        OSError: the file cannot be written.
    """
    refuse_changed(ontology)
    with making(output) as made:
        if not anew and is_current(ontology, output):
            # Another process made it meanwhile.
            return
        if not anew:
            _log.warning("making the tables of the set engine, once: %s", output)
        with duckdb.connect(str(made)) as connection:
            connection.execute(IRI_NUMBER)
            _add_triples(connection, ontology, made.with_name("triples.csv"))
            larges = large_tables(ontology)
            for number, large in enumerate(larges):
                _tell(_TRIPLES_MADE + (1 - _TRIPLES_MADE) * number / len(larges))
                table = large.table
                columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in table.names)
                file = quoted(str(table.file))
                connection.execute(
                    f"CREATE TABLE rows_{number} AS SELECT * FROM read_csv({file},"
                    " auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"',"
                    f" nullstr = '', strict_mode = false, columns = {{{columns}}})"
                )
            connection.execute(
                f"CREATE TABLE meta AS SELECT ? AS fingerprint, {_HASHED} AS hashed",
                [fingerprint(ontology, source_hashes(ontology))],
            )
    _tell(1)


def _tell(share: float) -> None:
    """Says in the log how much of the file is made; ``share`` is on the record, for a display."""
    _making_log.info("%.0f%% of the set engine's tables made", 100 * share, extra={"share": share})


def _add_triples(connection: duckdb.DuckDBPyConnection, ontology: Path, file: Path) -> None:
    tables: dict[tuple[str, Kind, str | None], int] = {}
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        followed = set(followed_properties(ontology))
        expected = _recorded_triples(ontology)
        for quad in resident_quads():
            writer.writerow((_RESIDENT, _name(quad.subject), ""))
        for place, (subject, predicate, kind, value) in enumerate(_triples(ontology)):
            if place % _BETWEEN == 0:
                _tell(min(1.0, place / expected) * _TRIPLES_READ)
            whole = value if predicate == TYPE else None
            number = tables.setdefault((predicate, kind, whole), len(tables))
            writer.writerow((number, subject, value))
            if predicate in followed and kind == IRI:
                writer.writerow((_REACHES, subject, value))
    connection.execute(
        f"CREATE TEMP TABLE everything AS SELECT * FROM read_csv({quoted(str(file))},"
        " header = false, columns = {n: 'INTEGER', s: 'VARCHAR', o: 'VARCHAR'},"
        " quote = '\"', escape = '\"', allow_quoted_nulls = false, max_line_size = 10000000)"
    )
    links = [number for (_, kind, whole), number in tables.items() if kind == IRI and not whole]
    connection.execute(
        f"CREATE TABLE term AS SELECT {_NUMBER.format('text')} AS n, text FROM (SELECT s AS text"
        f" FROM everything UNION SELECT o FROM everything WHERE list_contains({links}, n))"
        " ORDER BY text"
    )
    alike = "SELECT min(text), max(text) FROM term GROUP BY n HAVING count(*) > 1"
    for one, other in connection.execute(alike).fetchall():
        raise RuleError(f"the IRIs {one} and {other} would have the same number")
    subject, value = _NUMBER.format("s"), _NUMBER.format("o")
    connection.execute(
        f"CREATE TABLE resident AS SELECT DISTINCT {subject} AS s FROM everything"
        f" WHERE n = {_RESIDENT}"
    )
    connection.execute(
        f"CREATE TABLE reaches AS SELECT DISTINCT {subject} AS s, {value} AS o FROM everything"
        f" WHERE n = {_REACHES} ORDER BY ALL"
    )
    connection.execute(
        "CREATE TABLE catalog (name VARCHAR, predicate VARCHAR, subject VARCHAR,"
        " object VARCHAR, value VARCHAR, rows BIGINT)"
    )
    names: set[str] = set()
    for (predicate, kind, whole), number in tables.items():
        _tell(_TRIPLES_READ + (_TRIPLES_MADE - _TRIPLES_READ) * number / len(tables))
        name = table_name("knowledge", predicate, IRI, kind, whole, names)
        names.add(f'"{name}"')
        kept = value if kind == IRI else f"CAST(o AS {sql_type(kind)})"
        object_ = "" if whole else f", {kept} AS o"
        made = connection.execute(
            f'CREATE TABLE "{name}" AS SELECT DISTINCT {subject} AS s{object_} FROM everything'
            f" WHERE n = {number} ORDER BY ALL"
        ).fetchall()
        connection.execute(
            "INSERT INTO catalog VALUES (?, ?, ?, ?, ?, ?)",
            [name, predicate, IRI, kind, whole, made[0][0]],
        )


def _recorded_triples(ontology: Path) -> int:
    """How many triples the graphs have, as their descriptions record them."""
    files = (ontology / "codes").glob("*/*.nt.xz-metadata.json")
    recorded = (int(json.loads(file.read_text("utf-8"))["cs:triples"]) for file in files)
    return max(1, sum(recorded))


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
