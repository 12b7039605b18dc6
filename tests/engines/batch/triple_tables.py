"""An arbitrary RDF graph as tables of triples, for queries and shapes about any data.

The tables are those of the catalog: one for each property, kind of subject and kind of object,
and for ``rdf:type`` one for each class. None is of a claim.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import duckdb
import rdflib

from claimshapes.engines.batch.sparql.algebra import QueryCompiler
from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.property_tables import TYPE, Catalog, Table, table_name
from claimshapes.engines.batch.tables.terms import (
    IRI,
    Kind,
    iri_number,
    iris_in,
    same_constant,
    sql_type,
)

_Key = tuple[str, Kind, str | None]


def load_triples(
    triples: Iterable[tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]],
    catalog: Catalog,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Makes tables of triples, and enters them in the catalog.

    Args:
        triples: triples whose subjects are IRIs or blank nodes.
        catalog: where the tables are entered.
        connection: the database.
    """
    rows: dict[_Key, set[tuple[str, str]]] = defaultdict(set)
    named: dict[int, str] = {}
    BatchTables(connection)
    for subject, predicate, object_ in triples:
        for node in (subject, object_):
            if not isinstance(node, rdflib.Literal):
                named[_number(node)] = f"_:{node}" if isinstance(node, rdflib.BNode) else str(node)
        kind, sql = term_of(object_)
        whole = str(object_) if str(predicate) == TYPE and kind == IRI else None
        rows[str(predicate), kind, whole].add((term_of(subject)[1], sql))
    connection.execute(
        "INSERT INTO term SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[])",
        [list(named), list(named.values())],
    )
    for (iri, kind, whole), pairs in rows.items():
        name = table_name("triples", iri, IRI, kind, whole, catalog.names)
        table = catalog.add(Table(f'"{name}"', iri, False, IRI, kind, whole))
        values = ", ".join(f"({subject}, {value})" for subject, value in sorted(pairs))
        columns = "s" if whole else f"s, CAST(o AS {sql_type(kind)}) AS o"
        connection.execute(
            f"CREATE TABLE {table.name} AS SELECT {columns} FROM (VALUES {values}) t(s, o)"
        )


def term_of(term: rdflib.term.Node) -> tuple[Kind, str]:
    """A term of a graph as kind and SQL literal; a blank node by the name that it has here."""
    if isinstance(term, rdflib.BNode):
        return IRI, str(_number(term))
    return same_constant(term)


def _number(node: rdflib.term.Node) -> int:
    if isinstance(node, rdflib.BNode):
        return -1 - iri_number(f"_:{node}")
    return iri_number(str(node))


def know_terms(connection: duckdb.DuckDBPyConnection, sql: str, compiler: QueryCompiler) -> None:
    """Puts the texts of the IRIs that SQL names, or makes, where it looks them up."""
    tables = BatchTables(connection)
    named = list(iris_in(compiler.with_tables(sql)).values())
    tables.add_iris(named)
    tables.add_selected_iris(map(compiler.with_tables, compiler.texts))
