"""Claims from JSON into tables of triples, many at once.

The claims of a batch are written down as one JSON object a line, and DuckDB reads them; which
fields there are says the claims' JSON Schema, and what a field means their JSON-LD context, so
that a table holds the very triples that ``graph.claim_graph`` makes of a claim.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import duckdb
import msgspec

from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.run_days import RUN_DAY_PROPERTIES, RunDays
from claimshapes.claims.to_triples import ClaimGraphBuilder, Field
from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.property_tables import TYPE, Catalog, Table
from claimshapes.engines.batch.tables.terms import (
    BOOLEAN,
    DATE,
    INTEGER,
    IRI,
    NODE,
    STRING,
    literal_kind,
    quoted,
    sql_type,
)
from claimshapes.files.private_files import private_file, private_folder
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.resources import resource_directory

_WHOLE = "claim_part"
_LARGEST_CLAIM = 1 << 25
_KINDS = {"string": STRING, "integer": INTEGER, "number": "dec", "boolean": BOOLEAN}


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the rows of a table come from.

    Attributes:
        part: the table of the claim's parts, with ``c``, ``s`` and ``x``.
        value: SQL for the value in it.
        many: whether the value is a list.
        lookup: the table of known values that gives the object, where not the value itself.
        result: its column.
    """

    part: str
    value: str
    many: bool
    lookup: str | None = None
    result: str = ""


@dataclass(slots=True)
class _Part:
    """A part of a claim that has parts or fields of its own."""

    name: str
    parent: str
    value: str
    field: str
    many: bool


@dataclass(slots=True)
class ClaimTables:
    """The tables of claims, and how they are filled.

    Attributes:
        catalog: where the tables are entered.
        knowledge: where diagnosis codes are looked up.
    """

    catalog: Catalog
    knowledge: Knowledge
    _parts: list[_Part] = field(default_factory=list)
    _sources: dict[Table, list[_Source]] = field(default_factory=dict)
    _lookups: dict[str, _Lookup] = field(default_factory=dict)
    _columns: str = ""
    _run_days: dict[Table, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        builder = ClaimGraphBuilder()
        schema = json.loads((resource_directory("ontology") / "claim.schema.json").read_text())
        claim = self.catalog.claim_table(TYPE, NODE, IRI, f"{CS_NS}Claim")
        self._sources[claim] = [_Source(_WHOLE, "", False)]
        self._columns = self._walk(schema, schema, builder.fields, _WHOLE, "x")
        for name in RUN_DAY_PROPERTIES:
            table = self.catalog.claim_table(name, NODE, DATE)
            self._run_days[table] = name
            self._sources.setdefault(table, [])

    def create(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Makes what stays from batch to batch."""
        for lookup in self._lookups.values():
            columns = ", ".join(f"{name} VARCHAR" for name in ("v", *lookup.columns))
            connection.execute(f"CREATE OR REPLACE TABLE {lookup.name} ({columns})")

    def fill(
        self,
        tables: BatchTables,
        claims: Iterable[tuple[str, ClaimJson]],
        needed: Iterable[Table],
        days: RunDays,
    ) -> None:
        """Puts a batch of claims into the tables, in place of the batch before.

        Args:
            tables: the database's tables.
            claims: claims that have the claim format, each with the IRI of its node; a claim's
                number is its place here.
            needed: the tables that some query reads.
            days: the days of the run, which become facts of each claim.
        """
        wanted = [table for table in self._sources if table in set(needed)]
        parts = {source.part for table in wanted for source in self._sources[table]}
        parts |= {part.parent for part in self._parts}
        with private_folder() as folder:
            file = folder / "batch.ndjson"
            # A decimal becomes text, which DuckDB takes every value for.
            encode = msgspec.json.Encoder().encode
            with private_file(file) as stream:
                for number, (base, claim) in enumerate(claims):
                    stream.write(encode({"c": number, "base": base, "x": claim}) + b"\n")
            tables.make(
                _WHOLE,
                "SELECT c, '' AS s, base, x"
                f" FROM read_json({quoted(str(file))}, format = 'newline_delimited',"
                f" columns = {{c: 'INTEGER', base: 'VARCHAR', x: {quoted(self._columns)}}},"
                f" maximum_object_size = {_LARGEST_CLAIM})",
            )
        tables.make("batch", f"SELECT c, base FROM {_WHOLE}")
        for part in self._parts:
            if part.name in parts and tables.rows(part.parent):
                tables.make(part.name, _select_part(part))
        for lookup in self._lookups.values():
            if any(s.lookup == lookup.name for table in wanted for s in self._sources[table]):
                lookup.learn(tables)
        stated = dict(days.facts())
        for table in wanted:
            if table in self._run_days:
                day = stated.get(self._run_days[table])
                where = "WHERE FALSE" if day is None else ""
                value = "CAST(NULL AS DATE)" if day is None else f"DATE '{day.isoformat()}'"
                tables.make(table, f"SELECT c, '' AS s, {value} AS o FROM batch {where}")
            elif any(tables.rows(s.part) for s in self._sources[table]):
                tables.make(table, self._rows(tables, table))
            else:
                tables.clear(table)
        for name in (_WHOLE, *(part.name for part in self._parts)):
            tables.drop(name)

    def _rows(self, tables: BatchTables, table: Table) -> str:
        return " UNION ALL ".join(
            _select_source(table, each) for each in self._sources[table] if tables.rows(each.part)
        )

    def _walk(
        self,
        schema: Mapping[str, Any],
        node: Mapping[str, Any],
        fields: Mapping[str, Field],
        part: str,
        value: str,
    ) -> str:
        """Enters the fields of an object of the schema; returns DuckDB's type for the object."""
        columns = []
        for name, entry in node["properties"].items():
            if name.startswith("@"):
                continue
            entry = _resolved(schema, entry)
            term = fields[name]
            many = entry.get("type") == "array"
            element = _resolved(schema, entry["items"]) if many else entry
            place = f"{value}.{_name(name)}"
            if element.get("type") == "object":
                inner = _Part(f"{part}_{name}", part, place, name, many)
                self._parts.append(inner)
                own = self.catalog.claim_table(term.predicate.value, NODE, NODE)
                self._sources.setdefault(own, []).append(_Source(inner.name, "parent", False))
                if term.node_class is not None:
                    typed = self.catalog.claim_table(TYPE, NODE, IRI, term.node_class.value)
                    self._sources.setdefault(typed, []).append(_Source(inner.name, "", False))
                around = {**fields, **term.fields}
                made = self._walk(schema, element, around, inner.name, "x")
                columns.append((name, made + ("[]" if many else "")))
                continue
            columns.append((name, "VARCHAR[]" if many else "VARCHAR"))
            self._enter(term, element, _Source(part, place, many))
            if many and term.ordered:
                # Each entry is also stated on a node of its own: equal triples would be one.
                entry = _Part(f"{part}_{name}", part, place, name, True)
                self._parts.append(entry)
                linked = self.catalog.claim_table(f"{CS_NS}entry", NODE, NODE)
                self._sources.setdefault(linked, []).append(_Source(entry.name, "parent", False))
                placed = self.catalog.claim_table(f"{CS_NS}position", NODE, INTEGER)
                self._sources.setdefault(placed, []).append(_Source(entry.name, "i", False))
                self._enter(term, element, _Source(entry.name, "x", False))
        return "STRUCT(" + ", ".join(f"{_name(name)} {made}" for name, made in columns) + ")"

    def _enter(self, term: Field, schema: Mapping[str, Any], source: _Source) -> None:
        predicate = term.predicate.value
        if term.namespace is not None:
            table = self.catalog.claim_table(predicate, NODE, IRI)
            # Absent, a claim's kind is professional; ``graph.claim_graph`` says so too.
            if predicate == f"{CS_NS}claimType":
                source = _Source(source.part, f"COALESCE({source.value}, 'professional')", False)
            namespace = term.namespace
            self._look_up(table, source, f"iri_{predicate}", lambda v: (namespace + quote(v),))
            return
        datatype = None if term.datatype is None else term.datatype.value
        if datatype is None:
            kind = _KINDS["string"] if "enum" in schema else _KINDS[schema["type"]]
        else:
            kind = literal_kind(datatype, None)
        table = self.catalog.claim_table(predicate, NODE, kind)
        self._sources.setdefault(table, []).append(source)
        if term.concept is not None:
            concept = term.concept
            table = self.catalog.claim_table(concept.predicate.value, NODE, IRI)
            self._look_up(
                table,
                source,
                f"concept_{predicate}",
                lambda v: (concept.iri(concept.code(v)),),
            )
        if predicate == f"{CS_NS}code":
            self._enter_code(source)

    def _enter_code(self, source: _Source) -> None:
        def matched(code: str) -> tuple[str | None, ...]:
            match = self.knowledge.match(code)
            if match.concept is not None:
                return match.concept, match.notation, None, None
            return None, code, match.nearest, match.excess if match.nearest else None

        names = ("concept", "notation", "nearestConcept", "excess")
        kinds = (IRI, STRING, IRI, STRING)
        for name, kind in zip(names, kinds, strict=True):
            table = self.catalog.claim_table(CS_NS + name, NODE, kind)
            self._look_up(table, source, "code", matched, names, name)

    def _look_up(
        self,
        table: Table,
        source: _Source,
        key: str,
        find: Callable[[str], tuple[str | None, ...]],
        columns: tuple[str, ...] = ("r",),
        result: str = "r",
    ) -> None:
        lookup = self._lookups.get(key)
        if lookup is None:
            lookup = _Lookup(f"lookup_{len(self._lookups)}", columns, find)
            self._lookups[key] = lookup
        if (source.part, source.value, source.many) not in lookup.sources:
            lookup.sources.append((source.part, source.value, source.many))
        made = _Source(source.part, source.value, source.many, lookup.name, result)
        self._sources.setdefault(table, []).append(made)


@dataclass(slots=True)
class _Lookup:
    """What Python makes of each value that claims have, asked once for each value."""

    name: str
    columns: tuple[str, ...]
    find: Callable[[str], tuple[str | None, ...]]
    sources: list[tuple[str, str, bool]] = field(default_factory=list)

    def learn(self, tables: BatchTables) -> None:
        """Adds the values of the batch that are not known yet."""
        values = " UNION ".join(
            f"SELECT {f'unnest({value})' if many else value} AS v FROM {part}"
            for part, value, many in self.sources
            if tables.rows(part)
        )
        if not values:
            return
        rows = tables.connection.execute(
            f"SELECT DISTINCT v FROM ({values}) u WHERE v IS NOT NULL"
            f" AND v NOT IN (SELECT v FROM {self.name})"
        ).fetchall()
        if not rows:
            return
        found = [(value, *self.find(value)) for (value,) in rows]
        columns = list(zip(*found, strict=True))
        unnested = ", ".join("unnest(?::VARCHAR[])" for _ in columns)
        tables.connection.execute(
            f"INSERT INTO {self.name} SELECT {unnested}", [list(column) for column in columns]
        )


def _select_part(part: _Part) -> str:
    place = f"'#/{part.field}'" if part.parent == _WHOLE else f"s || '/{part.field}'"
    if part.many:
        return (
            f"SELECT c, parent, {place.replace('s ||', 'parent ||')} || '/' || (i - 1) AS s, x, i"
            f" FROM (SELECT c, s AS parent, unnest({part.value}) AS x,"
            f" generate_subscripts({part.value}, 1) AS i FROM {part.parent}) u"
        )
    return (
        f"SELECT c, s AS parent, {place} AS s, {part.value} AS x FROM {part.parent}"
        f" WHERE {part.value} IS NOT NULL"
    )


def _select_source(table: Table, source: _Source) -> str:
    if table.value is not None:
        return f"SELECT c, s FROM {source.part}"
    if source.value == "parent":
        return f"SELECT c, parent AS s, s AS o FROM {source.part}"
    value = f"unnest({source.value})" if source.many else source.value
    if source.lookup is None:
        distinct = "DISTINCT " if source.many else ""
        return (
            f"SELECT {distinct}c, s, CAST(v AS {sql_type(table.object)}) AS o"
            f" FROM (SELECT c, s, {value} AS v FROM {source.part}) u WHERE v IS NOT NULL"
        )
    distinct = "DISTINCT " if source.many else ""
    return (
        f"SELECT {distinct}u.c, u.s, k.{source.result} AS o"
        f" FROM (SELECT c, s, {value} AS v FROM {source.part}) u, {source.lookup} k"
        f" WHERE k.v = u.v AND k.{source.result} IS NOT NULL"
    )


def _resolved(schema: Mapping[str, Any], entry: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = entry.get("$ref")
    if reference is None:
        return entry
    found: Any = schema
    for step in str(reference).removeprefix("#/").split("/"):
        found = found[step]
    return {**_resolved(schema, found), **entry}


def _name(name: str) -> str:
    return '"' + name + '"'
