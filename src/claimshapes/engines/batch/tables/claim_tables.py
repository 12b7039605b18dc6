"""Claims from JSON into tables of triples, many at once.

The claims of a batch are written down as one JSON object a line, and DuckDB reads them; which
fields there are says the claims' JSON Schema, and what a field means their JSON-LD context, so
that a table holds the very triples that ``graph.claim_graph`` makes of a claim.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import msgspec

from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.run_days import RUN_DAY_PROPERTIES, RunDays
from claimshapes.claims.to_triples import ClaimGraphBuilder, Field
from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.claim_lookups import Lookup
from claimshapes.engines.batch.tables.claim_parts import (
    RAW,
    WHOLE,
    Part,
    ValueSource,
    quoted_name,
    select_part,
    select_source,
    type_of,
    within,
)
from claimshapes.engines.batch.tables.property_tables import TYPE, Catalog, Table
from claimshapes.engines.batch.tables.terms import (
    BOOLEAN,
    DATE,
    INTEGER,
    IRI,
    NODE,
    STRING,
    Kind,
    literal_kind,
    quoted,
    sql_type,
)
from claimshapes.files.private_files import private_file, private_folder
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.vocabulary import CS_NS

_LARGEST_CLAIM = 1 << 25
_KINDS = {"string": STRING, "integer": INTEGER, "number": "dec", "boolean": BOOLEAN}


@dataclass(slots=True)
class ClaimTables:
    """The tables of claims, and how they are filled.

    Attributes:
        catalog: where the tables are entered.
        knowledge: where diagnosis codes are looked up.
        derived: properties that derivations add triples of, which are no columns.
    """

    catalog: Catalog
    knowledge: Knowledge
    derived: Collection[str] = ()
    _parts: list[Part] = field(default_factory=list)
    _sources: dict[Table, list[ValueSource]] = field(default_factory=dict)
    _lookups: dict[str, Lookup] = field(default_factory=dict)
    _columns: str = ""
    _run_days: dict[Table, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        builder = ClaimGraphBuilder()
        schema = json.loads((resource_directory("ontology") / "claim.schema.json").read_text())
        claim = Part(WHOLE, "", "", "", False)
        self._parts.append(claim)
        self.catalog.part_column(WHOLE, TYPE, IRI, f"{CS_NS}Claim")
        self._walk(schema, schema, builder.fields, claim, "x")
        for name in RUN_DAY_PROPERTIES:
            self._run_days[self.catalog.part_column(WHOLE, name, DATE)] = name

    def create(self, tables: BatchTables, needed: Collection[Table]) -> None:
        """Makes what stays from batch to batch, and the tables of the parts, empty.

        Args:
            tables: the database's tables.
            needed: the tables that some query reads.
        """
        for lookup in self._lookups.values():
            columns = ", ".join(
                f"{name} {sql_type(kind)}" for name, kind in {"v": STRING, **lookup.columns}.items()
            )
            tables.connection.execute(f"CREATE OR REPLACE TABLE {lookup.name} ({columns})")
        for part in self._parts:
            own = [f"{table.end} {sql_type(table.object)}" for table in self._own(part, needed)]
            tables.declare_part(part.name, ["c INTEGER", "n INTEGER", "parent INTEGER", *own])
        tables.declare_part("node", ["n INTEGER", "place VARCHAR"])
        tables.declare(table for table in self._sources if table in needed)
        wanted = [table for table in self._sources if table in needed]
        sources = [source for table in wanted for source in self._sources[table]]
        sources += [
            part.columns[table] for part in self._parts for table in part.columns if table in needed
        ]
        read = {(source.part, source.value) for source in sources}
        for name in {source.lookup for source in sources if source.lookup is not None}:
            read |= {(part, value) for part, value, _ in self._lookup(name).sources}
        self._columns = type_of(self._parts[0], self._asked(needed, wanted), read)

    def fill(
        self,
        tables: BatchTables,
        claims: Iterable[tuple[str, ClaimJson]],
        needed: Collection[Table],
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
        with private_folder() as folder:
            file = folder / "batch.ndjson"
            # A decimal becomes text, which DuckDB takes every value for.
            encode = msgspec.json.Encoder().encode
            with private_file(file) as stream:
                for number, (base, claim) in enumerate(claims):
                    stream.write(encode({"c": number, "base": base, "x": claim}) + b"\n")
            total = tables.make(
                RAW + WHOLE,
                "SELECT c, c AS n, CAST(NULL AS INTEGER) AS parent, '' AS place, base, x"
                f" FROM read_json({quoted(str(file))}, format = 'newline_delimited',"
                f" columns = {{c: 'INTEGER', base: 'VARCHAR', x: {quoted(self._columns)}}},"
                f" maximum_object_size = {_LARGEST_CLAIM})",
            )
        tables.make("batch", f"SELECT c, base FROM {RAW}{WHOLE}")
        wanted = [table for table in self._sources if table in needed]
        asked = self._asked(needed, wanted)
        for part in self._parts[1:]:
            if part.name in asked and tables.rows(RAW + part.parent):
                total += tables.make(part.raw, select_part(part, total))
        there = [part for part in self._parts if tables.rows(part.raw)]
        tables.make(
            "node", " UNION ALL ".join(f"SELECT n, place FROM {part.raw}" for part in there)
        )
        own = {part.name: self._own(part, needed) for part in there}
        sources = [source for table in wanted for source in self._sources[table]]
        sources += [
            part.columns[table]
            for part in there
            for table in own[part.name]
            if table not in self._run_days
        ]
        lookups = {source.lookup for source in sources if source.lookup is not None}
        iris = [iri for name in lookups for iri in self._lookup(name).learn(tables)]
        tables.add_iris(iris)
        for part in self._parts:
            if part in there:
                tables.make_part(
                    part.name, self._select(part, own[part.name], days), own[part.name]
                )
            else:
                tables.clear(part.name)
        for table in wanted:
            if any(tables.rows(source.part) for source in self._sources[table]):
                tables.make(table, self._rows(tables, table))
            else:
                tables.clear(table.name)
        for part in self._parts:
            tables.drop(part.raw)

    def _asked(self, needed: Iterable[Table], wanted: Iterable[Table]) -> set[str]:
        """The tables of parts that some query reads, or something within which one reads."""
        raw = {source.part for table in wanted for source in self._sources[table]}
        asked = {table.name for table in needed if table.part}
        for part in reversed(self._parts):
            if part.name in asked or part.raw in raw:
                asked |= {part.name, part.parent}
        return asked

    def _own(self, part: Part, needed: Collection[Table]) -> list[Table]:
        """The columns of a table of parts that some query reads."""
        days = list(self._run_days) if part.name == WHOLE else []
        return [table for table in (*part.columns, *days) if table in needed]

    def _lookup(self, name: str) -> Lookup:
        return next(lookup for lookup in self._lookups.values() if lookup.name == name)

    def _select(self, part: Part, own: Iterable[Table], days: RunDays) -> str:
        """The select of a table of parts."""
        stated = dict(days.facts())
        columns = ["u.c", "u.n", "u.parent"]
        joins: dict[tuple[str | None, str], str] = {}
        for table in own:
            if table in self._run_days:
                day = stated.get(self._run_days[table])
                value = "CAST(NULL AS DATE)" if day is None else f"DATE '{day.isoformat()}'"
                columns.append(f"{value} AS {table.end}")
                continue
            source = part.columns[table]
            value = within(source.value)
            if source.lookup is None:
                columns.append(f"CAST({value} AS {sql_type(table.object)}) AS {table.end}")
                continue
            alias = joins.setdefault((source.lookup, value), f"k{len(joins)}")
            columns.append(f"{alias}.{source.result} AS {table.end}")
        text = f"SELECT {', '.join(columns)} FROM {part.raw} u"
        for (lookup, value), alias in joins.items():
            text += f" LEFT JOIN {lookup} {alias} ON {alias}.v = {value}"
        return text

    def _rows(self, tables: BatchTables, table: Table) -> str:
        return " UNION ALL ".join(
            select_source(table, each) for each in self._sources[table] if tables.rows(each.part)
        )

    def _walk(
        self,
        schema: Mapping[str, Any],
        node: Mapping[str, Any],
        fields: Mapping[str, Field],
        part: Part,
        value: str,
    ) -> None:
        """Enters the fields of an object of the schema."""
        for name, entry in node["properties"].items():
            if name.startswith("@"):
                continue
            entry = _resolved(schema, entry)
            term = fields[name]
            many = entry.get("type") == "array"
            element = _resolved(schema, entry["items"]) if many else entry
            place = f"{value}.{quoted_name(name)}"
            if element.get("type") == "object":
                inner = self._part_within(part, name, place, term.predicate.value, many=many)
                if term.node_class is not None:
                    self.catalog.part_column(inner.name, TYPE, IRI, term.node_class.value)
                around = {**fields, **term.fields}
                self._walk(schema, element, around, inner, "x")
                part.fields.append((name, "", inner))
                continue
            self._enter(term, element, part, place, many)
            entry = None
            if many and term.ordered:
                # Each entry is also stated on a node of its own: equal triples would be one.
                entry = self._part_within(part, name, place, f"{CS_NS}entry", many=True)
                self._add(entry, f"{CS_NS}position", INTEGER, ValueSource(entry.raw, "i", False))
                self._enter(term, element, entry, "x", False)
            part.fields.append((name, "VARCHAR[]" if many else "VARCHAR", entry))

    def _part_within(
        self, part: Part, name: str, place: str, predicate: str, *, many: bool
    ) -> Part:
        parent = "" if part.name == WHOLE else f"{part.name.removeprefix('part_')}_"
        inner = Part(f"part_{parent}{name}", part.name, place, name, many)
        self._parts.append(inner)
        self.catalog.part_link(inner.name, predicate, part.name)
        return inner

    def _add(self, part: Part, predicate: str, kind: Kind, source: ValueSource) -> None:
        """Enters a column, or a table where a part can have several values."""
        if source.many or predicate in self.derived:
            table = self.catalog.claim_table(predicate, NODE, kind)
            self._sources.setdefault(table, []).append(source)
            self.catalog.leading_to(table, "s", part.name)
        else:
            part.columns[self.catalog.part_column(part.name, predicate, kind)] = source

    def _enter(
        self, term: Field, schema: Mapping[str, Any], part: Part, value: str, many: bool
    ) -> None:
        predicate = term.predicate.value
        source = ValueSource(part.raw, value, many)
        if term.namespace is not None:
            # Absent, a claim's kind is professional; ``graph.claim_graph`` says so too.
            if predicate == f"{CS_NS}claimType":
                source = ValueSource(part.raw, f"COALESCE({value}, 'professional')", False)
            namespace = term.namespace
            key = f"iri_{predicate}"
            self._look_up(part, predicate, source, key, lambda v: (namespace + quote(v),))
            return
        datatype = None if term.datatype is None else term.datatype.value
        if datatype is None:
            kind = _KINDS["string"] if "enum" in schema else _KINDS[schema["type"]]
        else:
            kind = literal_kind(datatype, None)
        self._add(part, predicate, kind, source)
        if term.concept is not None:
            concept = term.concept
            self._look_up(
                part,
                concept.predicate.value,
                source,
                f"concept_{predicate}",
                lambda v: (concept.iri(concept.code(v)),),
            )
        if predicate == f"{CS_NS}code":
            self._enter_code(part, source)

    def _enter_code(self, part: Part, source: ValueSource) -> None:
        def matched(code: str) -> tuple[str | None, ...]:
            match = self.knowledge.match(code)
            if match.concept is not None:
                return match.concept, match.notation, None, None
            return None, code, match.nearest, match.excess if match.nearest else None

        columns = {"concept": IRI, "notation": STRING, "nearestConcept": IRI, "excess": STRING}
        for name in columns:
            self._look_up(part, CS_NS + name, source, "code", matched, columns, name)

    def _look_up(
        self,
        part: Part,
        predicate: str,
        source: ValueSource,
        key: str,
        find: Callable[[str], tuple[str | None, ...]],
        columns: Mapping[str, Kind] = MappingProxyType({"r": IRI}),
        result: str = "r",
    ) -> None:
        lookup = self._lookups.get(key)
        if lookup is None:
            lookup = Lookup(f"lookup_{len(self._lookups)}", columns, find)
            self._lookups[key] = lookup
        if (source.part, source.value, source.many) not in lookup.sources:
            lookup.sources.append((source.part, source.value, source.many))
        made = ValueSource(source.part, source.value, source.many, lookup.name, result)
        self._add(part, predicate, columns[result], made)


def _resolved(schema: Mapping[str, Any], entry: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = entry.get("$ref")
    if reference is None:
        return entry
    found: Any = schema
    for step in str(reference).removeprefix("#/").split("/"):
        found = found[step]
    return {**_resolved(schema, found), **entry}
