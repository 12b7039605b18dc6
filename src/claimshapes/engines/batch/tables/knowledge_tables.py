"""The knowledge as tables: a DuckDB file made once, and what a batch reaches of it.

The file has a table for each property and kinds of subject and object (``catalog``), made of
what every claim's graph holds and of the graphs of ontology/codes. Of those with many rows a batch
takes what its diagnosis codes reach, as a claim's graph does (``graph.knowledge``), so that each
of its statements reads that and not all. The rows of the large tables stay rows; those that the
codes of a batch reach become triples for the batch. What has triples of both kinds, or of several
large tables, is one table in a batch.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import lzma
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyoxigraph as ox

from claimshapes.engines.batch.sparql.relations import select
from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.property_tables import TYPE, Catalog, Table, table_name
from claimshapes.engines.batch.tables.terms import (
    BLANK_NUMBER,
    DAYS,
    IRI,
    IRI_NUMBER,
    Kind,
    days,
    iri_number,
    literal_kind,
    quoted,
    sql_type,
)
from claimshapes.errors import KnowledgeError, RuleError
from claimshapes.files.cache import cache_files
from claimshapes.files.compiled_record import is_as_recorded
from claimshapes.files.made_once import making
from claimshapes.knowledge.compile import CATEGORY, followed_properties, source_hashes
from claimshapes.knowledge.in_use import compiled_knowledge, resource_directory
from claimshapes.knowledge.recorded import refuse_changed
from claimshapes.knowledge.resident import resident_quads
from claimshapes.knowledge.tables import Column, LargeTable, large_tables
from claimshapes.knowledge.tables import Table as DescribedTable
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, ICD_NS

_FORMAT = 4
_log = logging.getLogger("claimshapes")
_making_log = logging.getLogger("claimshapes.making")
_MANY = 2000
"""Rows of a table from which taking what a batch reaches costs less than reading all."""

_CODES_OF_SERVICES = (
    "procedureCode",
    "modifierCode",
    "revenueCode",
    "taxonomyCode",
    "npiCode",
    "ndcCode",
)
"""The properties of what a claim says in codes beside diagnoses, by which knowledge is reached."""

_LENGTHS = f"range({CATEGORY}, 9) AS lengths(length)"
"""How long a diagnosis code is, and those of what it is within."""

_RESIDENT, _REACHES = -1, -2
"""Numbers of what the file holds beside the tables of triples, while it is made."""

_TRIPLES_READ, _TRIPLES_MADE = 0.4, 0.75
"""How much of making the file is done after each step; its time goes into these."""

_NUMBER = "CASE WHEN starts_with({0}, '_:') THEN blank_number({0}) ELSE iri_number({0}) END"
"""SQL for the number of a text that is an IRI or names a blank node."""

_BETWEEN = 50_000
"""Triples between two words about how far it has come."""

_KINDS = {"string": "str", "date": "date", "integer": "int", "decimal": "dec"}


def knowledge_file() -> Path:
    """Where the DuckDB file is, or is to be: beside the compiled knowledge."""
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
    row = connection.execute("SELECT fingerprint FROM knowledge.meta").fetchone()
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
    # Another version of DuckDB could give IRIs other numbers.
    parts: list[object] = [_FORMAT, dict(sources), iri_number(CS_NS)]
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
            for macro in (IRI_NUMBER, BLANK_NUMBER):
                connection.execute(macro.replace("MACRO", "TEMP MACRO"))
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
                "CREATE TABLE meta AS SELECT ? AS fingerprint",
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


@dataclass(frozen=True, slots=True)
class _Source:
    """What a batch's table is made of.

    Attributes:
        sql: the select of its rows.
        large: number of the large table whose reached rows it reads, if it reads any.
        iris: SQL for lists of the IRIs that a row of these becomes.
    """

    sql: str
    large: int | None = None
    iris: tuple[str, ...] = ()


class KnowledgeTables:
    """The tables of the knowledge, for any number of batches.

    Args:
        catalog: where the tables are entered.
        connection: the database that the file is attached to, as ``knowledge``.

    """

    def __init__(self, catalog: Catalog, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("INSERT INTO term FROM knowledge.term")
        self._sources: dict[Table, list[_Source]] = {}
        self._large = large_tables(resource_directory("ontology"))
        spaces = {ICD_NS: None}
        for number, large in enumerate(self._large):
            spaces |= dict.fromkeys((*large.namespaces, *map(large.namespace, large.reaches)))
            self._enter_large(number, large.table, catalog)
        self._systems = {space: number for number, space in enumerate(spaces)}
        self._reached_systems = {
            self._systems[large.namespace(name)] for large in self._large for name in large.reaches
        }
        for name, predicate, kind, value, rows in connection.execute(
            "SELECT name, predicate, object, value, rows FROM knowledge.catalog"
        ).fetchall():
            self._enter(
                Table(f'knowledge."{name}"', predicate, False, IRI, kind, value), rows, catalog
            )
        self._services = [
            table
            for name in _CODES_OF_SERVICES
            for table in catalog.of(CS_NS + name)
            if table.scoped
        ]
        self._notations, self._concepts, self._nearest = (
            _column(catalog, name) for name in ("notation", "concept", "nearestConcept")
        )

    @property
    def reached_by(self) -> set[Table]:
        """The tables of the codes by which knowledge is reached."""
        return {*self._services, self._notations, self._concepts, self._nearest}

    def fill(self, batch: BatchTables, needed: Iterable[Table]) -> None:
        """Makes the tables of what a batch reaches.

        Args:
            batch: the database's tables, with the claims of the batch.
            needed: the tables that some query reads.
        """
        wanted = set(needed) & self._sources.keys()
        batch.make(
            "reached",
            f"WITH RECURSIVE reached(s) AS ({_values(self._concepts)}"
            f" UNION {_values(self._nearest)}"
            " UNION SELECT r.o FROM reached, knowledge.reaches r WHERE r.s = reached.s)"
            " SELECT s FROM reached UNION SELECT s FROM knowledge.resident",
        )
        batch.make("reaching", self._codes_of_claims())
        batch.make("codes", "SELECT DISTINCT n, o FROM reaching")
        further = ", ".join(map(str, sorted(self._reached_systems))) or "NULL"
        batch.make("through", f"SELECT n, o, n AS m, o AS base FROM codes WHERE n IN ({further})")
        read = {source.large for table in wanted for source in self._sources[table]}
        for number, large in enumerate(self._large):
            if number in read or large.reaches:
                batch.make(_reached(number), self._rows_of(number, large))
            if large.reaches and batch.make("further", self._codes_of(number, large)):
                batch.extend("through", "FROM further")
                batch.extend(
                    "codes", "SELECT DISTINCT n, o FROM further ANTI JOIN codes USING (n, o)"
                )
        batch.add_terms(
            f"SELECT unnest(flatten([{', '.join(iris)}])) AS text FROM {_reached(number)}"
            for number, iris in self._iris_of(wanted).items()
            if batch.rows(_reached(number))
        )
        for table in wanted:
            selects = [
                source.sql
                for source in self._sources[table]
                if source.large is None or batch.rows(_reached(source.large))
            ]
            if selects:
                batch.make(table, " UNION ".join(selects))
            else:
                batch.clear(table.name)
        for name in (
            "reached",
            "reaching",
            "codes",
            "through",
            "further",
            *map(_reached, range(len(self._large))),
        ):
            batch.drop(name)

    def _iris_of(self, tables: Iterable[Table]) -> dict[int, dict[str, None]]:
        """SQL for lists of the IRIs that the rows of each large table become, for some tables."""
        found: dict[int, dict[str, None]] = {}
        for table in tables:
            for source in self._sources[table]:
                if source.large is not None:
                    found.setdefault(source.large, {}).update(dict.fromkeys(source.iris))
        return found

    def _codes_of_claims(self) -> str:
        """The select of the codes of each claim, with the number of their system.

        A diagnosis has its own code and those of the headings above it.
        """
        services = " UNION ALL ".join(_values(table, claim=True) for table in self._services)
        spaces = ", ".join(
            f"({number}, {quoted(space)}, {len(space) + 1})"
            for space, number in self._systems.items()
        )
        code = self._notations.end
        return (
            f"WITH services AS MATERIALIZED ({services}), named AS"
            " (SELECT term.n AS iri, systems.n, text[begins:] AS o FROM term SEMI JOIN services s"
            f" ON s.o = term.n, (VALUES {spaces}) systems(n, space, begins)"
            " WHERE starts_with(text, space))"
            " SELECT k.n, s.c, k.o FROM services s JOIN named k ON k.iri = s.o"
            f" UNION ALL SELECT DISTINCT {self._systems[ICD_NS]} AS n, c, {code}[:length] AS o"
            f" FROM {self._notations.name}, {_LENGTHS}"
            f" WHERE {self._concepts.end} IS NOT NULL AND length <= len({code})"
        )

    def _rows_of(self, number: int, large: LargeTable) -> str:
        """The select of a large table's rows, all of whose codes one claim has.

        Of several keys the codes of a claim are paired only once those are left out that no row
        has with the codes of the batch. Of a key whose codes are reached through those of claims,
        the latter are paired: where each service has many policies, a batch has fewer pairs of
        diagnoses and services than of diagnoses and policies.
        """
        systems = [self._systems[space] for space in large.namespaces]
        possible = f"SELECT r.* FROM knowledge.rows_{number} r"
        for each, (key, system) in enumerate(zip(large.keys, systems, strict=True)):
            codes = f"(SELECT o FROM codes WHERE n = {system}) k{each}"
            possible += f' SEMI JOIN {codes} ON r."{key}" = k{each}.o'
        if len(systems) == 1:
            return possible
        owns, columns, joins, known = [], [], "", []
        for each, (key, system) in enumerate(zip(large.keys, systems, strict=True)):
            if system in self._reached_systems:
                through = f'through t{each} ON t{each}.n = {system} AND t{each}.o = r."{key}"'
                owns.append(
                    f"(SELECT k.c, k.n, k.o FROM reaching k SEMI JOIN"
                    f" (SELECT t{each}.m, t{each}.base FROM possible r JOIN {through}) t"
                    " ON k.n = t.m AND k.o = t.base)"
                )
                columns.append(f"k{each}.n AS n{each}, k{each}.o AS o{each}")
                joins += f" JOIN {through}"
                known.append(f"t{each}.m = p.n{each} AND t{each}.base = p.o{each}")
            else:
                owns.append(
                    f"(SELECT k.c, k.o FROM reaching k SEMI JOIN possible r"
                    f' ON k.n = {system} AND k.o = r."{key}")'
                )
                columns.append(f"k{each}.o AS o{each}")
                known.append(f'r."{key}" = p.o{each}')
        codes = ", ".join(f"{own} k{each}" for each, own in enumerate(owns))
        same = " AND ".join(f"k{each}.c = k0.c" for each in range(1, len(owns)))
        return (
            f"WITH possible AS MATERIALIZED ({possible})"
            f" SELECT {'DISTINCT ' if joins else ''}r.* FROM possible r{joins}"
            f" SEMI JOIN (SELECT DISTINCT {', '.join(columns)} FROM {codes} WHERE {same}) p"
            f" ON {' AND '.join(known)}"
        )

    def _codes_of(self, number: int, large: LargeTable) -> str:
        """The select of the codes that the rows of a large table add, with those of claims.

        A row's own key may be reached through another code.
        """
        system, key = self._systems[large.namespaces[0]], large.keys[0]
        own = f'{system} AS m, r."{key}" AS base FROM {_reached(number)} r'
        if system in self._reached_systems:
            own = f"t.m, t.base FROM {_reached(number)} r JOIN through t"
            own += f' ON t.n = {system} AND t.o = r."{key}"'
        return " UNION ".join(
            f'SELECT {self._systems[large.namespace(name)]} AS n, r."{name}" AS o, {own}'
            f' WHERE r."{name}" IS NOT NULL'
            for name in large.reaches
        )

    def _enter(self, table: Table, rows: int, catalog: Catalog) -> None:
        """Enters a table of the file: itself, or what a batch takes of it."""
        made = _batch_table(catalog, table.predicate, table.object, table.value)
        if rows < _MANY and made not in self._sources:
            catalog.add(table)
            return
        catalog.add(made)
        columns = "k.s" if table.value else "k.s, k.o"
        narrowed = " SEMI JOIN reached r ON r.s = k.s" if rows >= _MANY else ""
        self._sources.setdefault(made, []).append(
            _Source(f"SELECT {columns} FROM {table.name} k{narrowed}")
        )

    def _enter_large(self, number: int, table: DescribedTable, catalog: Catalog) -> None:
        """Enters the tables of the triples that the rows of a large table become."""
        about = _template(table.about_url)
        for column in table.columns:
            if column.property_url is None:
                continue
            kind, sql = _value(column)
            whole = sql[1:-1] if column.property_url == TYPE and sql.startswith("'") else None
            where = "" if column.virtual else f' WHERE "{column.name}" IS NOT NULL'
            iris = [f"[{about}]"]
            if kind == IRI:
                iris.append(_listed(column))
                sql = f"iri_number({sql})"
            made = catalog.add(_batch_table(catalog, column.property_url, kind, whole))
            object_ = "" if whole else f", {sql} AS o"
            self._sources.setdefault(made, []).append(
                _Source(
                    f"SELECT DISTINCT iri_number({about}) AS s{object_}"
                    f" FROM {_reached(number)}{where}",
                    number,
                    tuple(iris),
                )
            )


def _column(catalog: Catalog, name: str) -> Table:
    """The column of diagnoses for what their code means."""
    return next(table for table in catalog.of(CS_NS + name) if table.part)


def _values(table: Table, *, claim: bool = False) -> str:
    """The select of a table's objects."""
    columns = ["c"] if claim else []
    return select([*columns, f"{table.end} AS o"], table.name, table.present())


def _batch_table(catalog: Catalog, predicate: str, kind: Kind, value: str | None) -> Table:
    """The table for what a batch reaches; the one that is entered already, if one is."""
    for known in catalog.tables.get(predicate, ()):
        if not known.scoped and (known.object, known.value) == (kind, value):
            return known
    name = table_name("reached", predicate, IRI, kind, value, catalog.names)
    return Table(f'"{name}"', predicate, False, IRI, kind, value)


def _reached(number: int) -> str:
    """Name of the table of a large table's rows that a batch reaches."""
    return f"reached_{number}"


def _value(column: Column) -> tuple[Kind, str]:
    text = f'"{column.name}"'
    if column.separator is not None:
        text = f"unnest(string_split({text}, {quoted(column.separator)}))"
    if column.value_url is not None:
        return IRI, _template(column.value_url, {column.name: text})
    kind = _KINDS[column.datatype]
    return kind, f"CAST({text} AS {sql_type(kind)})"


def _listed(column: Column) -> str:
    """SQL for the list of the IRIs that a row has in a column."""
    if column.separator is None:
        return f"[{_value(column)[1]}]"
    texts = f'string_split("{column.name}", {quoted(column.separator)})'
    return f"[{_template(column.value_url or '', {column.name: 'x'})} for x in {texts}]"


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
