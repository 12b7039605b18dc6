"""What a batch reaches of the knowledge, as tables.

Of the file's tables with many rows a batch takes what its diagnosis codes reach, as a claim's graph
does, so that each of its statements reads that and not all. Rows of the large tables that the codes
of a batch reach become triples for the batch. What has triples of both kinds, or of several large
tables, is one table in a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from claimshapes.engines.batch.sparql.relations import select
from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.property_tables import TYPE, Catalog, Table, table_name
from claimshapes.engines.batch.tables.terms import IRI, Kind, quoted, sql_type
from claimshapes.knowledge.compile import CATEGORY
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.tables import Column, LargeTable, large_tables
from claimshapes.knowledge.tables import Table as DescribedTable
from claimshapes.rdf.vocabulary import CS_NS, ICD_NS

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

_KINDS = {"string": "str", "date": "date", "integer": "int", "decimal": "dec"}


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
        batch.add_selected_iris(
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
