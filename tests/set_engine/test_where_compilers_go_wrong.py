"""Queries on tables of a graph mean what they mean to Oxigraph and rdflib on the same graph.

By name, the places where compilers from SPARQL to SQL go wrong. Oxigraph is the engine that
judges claims; where rdflib says otherwise, the test says so.
"""

from __future__ import annotations

import duckdb
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery

from claimshapes.set_engine.catalog import Catalog
from claimshapes.set_engine.relations import Relation
from claimshapes.set_engine.sparql import QueryCompiler
from claimshapes.set_engine.terms import MACROS, written
from claimshapes.set_engine.triple_tables import load_triples
from tests.set_engine.shacl_suite import read_graph, term_of_kind

PREFIXES = """
PREFIX : <https://example.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""

DATA = """
@prefix : <https://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a :number 1 ; :price 1.5 ; :weight "1.5E0"^^xsd:double ; :flag true ; :knows :b .
:b :number 2 ; :price 0.1 ; :weight "1.0E-1"^^xsd:double ; :flag false ; :knows :c, :d .
:c :number 3 ; :weight "1.0E-1"^^xsd:float ; :knows :a .
:d :price 3 .
:a :name "x" ; :label "Haus"@de, "house"@en, "house" .
:b :name "y"@en ; :label "Baum"@de .
:c :name "x"@en-GB ; :label :c .
:a :seen "2020-01-01"^^xsd:date ; :at "2020-01-02T00:00:00Z"^^xsd:dateTime .
:b :seen "2020-01-01Z"^^xsd:date ; :at "2020-01-02T01:00:00+01:00"^^xsd:dateTime .
:c :seen "2020-01-02"^^xsd:date ; :at "2020-01-02T00:00:00"^^xsd:dateTime .
:d :seen "2020-01-01+05:00"^^xsd:date ; :at "2020-01-04T00:00:00"^^xsd:dateTime .
:a :odd "b"^^:letter . :b :odd "b"^^:letter . :c :odd "c"^^:letter .
:a :parts [ :of :a ; :number 7 ], [ :of :b ] .
:b :next :c . :c :next :d . :d :next :b .
"""

QUERIES = {
    # Three-valued logic.
    "error or true": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER (?p > 1 || ?n = 3)"
    " }",
    "error and false": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER (!(?p > 1 && ?n ="
    " 1)) }",
    "not of an error keeps nothing": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER (!(?p > 1)) }",
    "error in one alternative of IN": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER (?n IN (?p, 3, 2))"
    " }",
    "error in NOT IN": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER (?n NOT IN (?p, 1))"
    " }",
    "text against number is an error": 'SELECT ?s { ?s :number ?n FILTER (!(?n < "5")) }',
    "truth of what has none": "SELECT ?s { ?s :knows ?o FILTER (?o) }",
    "truth of a text, a number and a boolean": "SELECT ?s ?o { ?s :name|:number|:flag ?o FILTER (?o) }",
    "truth of a double": "SELECT ?s { ?s :weight ?w FILTER (?w) }",
    "COALESCE past an error": "SELECT ?s (COALESCE(?p / 0, ?n + 1) AS ?r) { ?s :number ?n OPTIONAL { ?s"
    " :price ?p } }",
    "IF with an error for a condition": "SELECT ?s (IF(?p > 1, 1, 2) AS ?r) { ?s :number ?n OPTIONAL { ?s :price ?p } }",
    # = against sameTerm.
    "equal values of two datatypes": "SELECT ?s ?t { ?s :price ?p . ?t :weight ?w FILTER (?p = ?w) }",
    "equal values are not the same term": "SELECT ?s ?t { ?s :price ?p . ?t :weight ?w FILTER (sameTerm(?p, ?w)) }",
    "a join is by term": "SELECT ?s ?t { ?s :price ?p . ?t :weight ?p }",
    "integer as decimal": "SELECT ?s ?t { ?s :price ?p . ?t :number ?n FILTER (?p = ?n) }",
    "terms of an unknown datatype": "SELECT ?s ?t { ?s :odd ?o . ?t :odd ?p FILTER (?o = ?p) }",
    "different terms of an unknown datatype": "SELECT ?s ?t { ?s :odd ?o . ?t :odd ?p FILTER (?o != ?p) }",
    "an IRI is no text": 'SELECT ?s { ?s :knows ?o FILTER (?o != "https://example.org/b") }',
    "constant of a pattern is by term": "SELECT ?s { ?s :price 3.0 }",
    # Decimal against double.
    "decimal before double": "SELECT ?s ?t { ?s :price ?p . ?t :weight ?w FILTER (?p < ?w) }",
    "decimal constant against doubles": "SELECT ?s { ?s :weight ?w FILTER (?w >= 0.1) }",
    "double constant against decimals": "SELECT ?s { ?s :price ?p FILTER (?p <= 1.5e0) }",
    "float is not quite the double": 'SELECT ?s { ?s :weight ?w FILTER (?w = "0.1"^^xsd:double) }',
    "not a number": 'SELECT ?s { ?s :weight ?w FILTER (?w = "NaN"^^xsd:double || !(?w <'
    ' "INF"^^xsd:double)) }',
    "a double is numeric": "SELECT ?s { ?s :weight|:name ?w FILTER (isNumeric(?w)) }",
    "datatypes": "SELECT ?s (DATATYPE(?w) AS ?r) { ?s :weight|:price|:name|:odd ?w }",
    "decimals are exact": "SELECT ?s { ?s :price ?p FILTER (?p + 0.2 = 0.3) }",
    # Language tags.
    "text with a tag is another term": 'SELECT ?s { ?s :label "house" }',
    "tag of a text": "SELECT ?s (LANG(?l) AS ?r) { ?s :label ?l }",
    "texts with tags are compared with them": 'SELECT ?s { ?s :name ?n FILTER (?n = "y") }',
    "tags match by their beginning": 'SELECT ?s { ?s :name ?n FILTER (LANGMATCHES(LANG(?n), "en")) }',
    "any tag": 'SELECT ?s { ?s :name ?n FILTER (LANGMATCHES(LANG(?n), "*")) }',
    "no tag": 'SELECT ?s { ?s :label ?n FILTER (LANG(?n) = "") }',
    "case of a tag": 'SELECT ?s { ?s :label "Haus"@DE }',
    "text of a tagged text": 'SELECT ?s { ?s :label ?l FILTER (STR(?l) = "house") }',
    # Dates with time zones.
    "one time in two zones": "SELECT ?s ?t { ?s :at ?a . ?t :at ?b FILTER (?a = ?b && ?s != ?t) }",
    "one time in two zones is two terms": "SELECT ?s ?t { ?s :at ?a . ?t :at ?a FILTER (?s != ?t) }",
    "earlier time in two zones": "SELECT ?s ?t { ?s :at ?a . ?t :at ?b FILTER (?a <= ?b) }",
    "without a zone a day later is later": 'SELECT ?s { ?s :at ?a FILTER (?a > "2020-01-03T00:00:00Z"^^xsd:dateTime) }',
    "without a zone it may be either": 'SELECT ?s { ?s :at ?a FILTER (!(?a < "2020-01-02T06:00:00Z"^^xsd:dateTime)) }',
    "dates with zones": "SELECT ?s ?t { ?s :seen ?a . ?t :seen ?b FILTER (?a < ?b) }",
    "date against time": "SELECT ?s { ?s :seen ?a ; :at ?b FILTER (?a = ?b) }",
    # Unbound variables.
    "filter outside OPTIONAL": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER (?p < 1) }",
    "filter inside OPTIONAL": "SELECT ?s ?p { ?s :number ?n OPTIONAL { ?s :price ?p FILTER (?n = 1) } }",
    "filter of what is unbound": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER (!BOUND(?p)) }",
    "join after OPTIONAL": "SELECT ?s ?t ?p { ?s :number ?n OPTIONAL { ?s :price ?p } ?t :price ?p }",
    "OPTIONAL after OPTIONAL": "SELECT ?s ?p ?w { ?s :number ?n OPTIONAL { ?s :price ?p } OPTIONAL { ?s"
    " :weight ?p } }",
    "OPTIONAL in OPTIONAL": "SELECT ?s ?t ?p { ?s :number ?n OPTIONAL { ?s :knows ?t OPTIONAL { ?t :price"
    " ?p } } }",
    "UNION leaves unbound": "SELECT ?s ?p ?n { { ?s :price ?p } UNION { ?s :number ?n } FILTER (?p > 1 ||"
    " ?n > 2) }",
    "MINUS": "SELECT ?s { ?s :number ?n MINUS { ?s :price ?p } }",
    "MINUS shares nothing": "SELECT ?s { ?s :number ?n MINUS { ?x :price ?p } }",
    "MINUS by value and by node": "SELECT ?s ?o { ?s :knows ?o MINUS { ?o :number 1 } }",
    "BIND of what is unbound": "SELECT ?s ?r { ?s :number ?n OPTIONAL { ?s :price ?p } BIND (?p + 1 AS ?r) }",
    "unbound in DISTINCT": "SELECT DISTINCT ?p { ?s :number ?n OPTIONAL { ?s :price ?p } }",
    "VALUES with UNDEF": "SELECT ?s ?n { VALUES (?s ?n) { (:a UNDEF) (UNDEF 2) (:c 9) } ?s :number ?n }",
    # Aggregates over empty groups.
    "count of nothing": "SELECT (COUNT(?x) AS ?r) { ?s :nothing ?x }",
    "sum of nothing": "SELECT (SUM(?x) AS ?r) { ?s :number ?x FILTER (?x > 9) }",
    "least of nothing": "SELECT (MIN(?x) AS ?r) { ?s :number ?x FILTER (?x > 9) }",
    "no group of nothing": "SELECT ?s (COUNT(?x) AS ?r) { ?s :number ?x FILTER (?x > 9) } GROUP BY ?s",
    "count of what is unbound": "SELECT ?s (COUNT(?p) AS ?r) { ?s :number ?n OPTIONAL { ?s :price ?p } } GROUP"
    " BY ?s",
    "count of rows": "SELECT ?s (COUNT(*) AS ?r) { ?s :number ?n OPTIONAL { ?s :price ?p } } GROUP"
    " BY ?s",
    "sum of integers and decimals": "SELECT (SUM(?x) AS ?r) { ?s :number|:price ?x }",
    "mean": "SELECT (AVG(?x) AS ?r) { ?s :number ?x }",
    "groups by what may be unbound": "SELECT ?p (COUNT(*) AS ?r) { ?s :number ?n OPTIONAL { ?s :price ?p } } GROUP"
    " BY ?p",
    "having": "SELECT ?s { ?s :label ?l } GROUP BY ?s HAVING (COUNT(DISTINCT ?l) > 1)",
    "count in a sub-select of none": "SELECT ?s ?r { ?s :number ?n OPTIONAL { SELECT ?s (COUNT(?k) AS ?r) { ?s"
    " :knows ?k FILTER (?k = :d) } GROUP BY ?s } }",
    # EXISTS with unbound variables.
    "EXISTS": "SELECT ?s { ?s :number ?n FILTER EXISTS { ?s :price ?p } }",
    "NOT EXISTS of what may be unbound": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER NOT EXISTS { ?t"
    " :price ?p } }",
    "EXISTS of what may be unbound": "SELECT ?s { ?s :number ?n OPTIONAL { ?s :price ?p } FILTER EXISTS { ?t :weight"
    " ?w FILTER (?w = ?p) } }",
    "NOT EXISTS with an outer test": "SELECT ?s { ?s :number ?n FILTER NOT EXISTS { ?t :number ?m FILTER (?m > ?n) }"
    " }",
    "EXISTS that shares nothing": "SELECT ?s { ?s :number ?n FILTER EXISTS { ?t :price ?p FILTER (?p > 2) } }",
    "EXISTS or a test": "SELECT ?s { ?s :number ?n FILTER (?n = 3 || EXISTS { ?s :price ?p FILTER (?p >"
    " 1) }) }",
    "NOT EXISTS in NOT EXISTS": "SELECT ?s { ?s :number ?n FILTER NOT EXISTS { ?s :knows ?o FILTER NOT EXISTS {"
    " ?o :price ?p } } }",
    # Paths, and properties that are variables.
    "any number of steps round a circle": "SELECT ?o { :b :next* ?o }",
    "at least one step round a circle": "SELECT ?s ?o { ?s :next+ ?o }",
    "steps backwards": "SELECT ?s { ?s (^:next)+ :c }",
    "no step or one": "SELECT ?s ?o { ?s :number ?n . ?s :knows? ?o }",
    "any number of steps of two kinds": "SELECT ?o { :a (:knows|:label)* ?o }",
    "steps of two parts": "SELECT ?s ?o { ?s (:knows/:knows)+ ?o }",
    "a choice of sequences": "SELECT ?s ?o { ?s (:knows/:number)|:price ?o }",
    "through nodes without names": "SELECT ?s ?n { ?s :parts/:number ?n }",
    "a node without a name": "SELECT ?s { ?s :parts ?x FILTER (isBlank(?x) && !isIRI(?x)) }",
    "any property": "SELECT ?p ?o { :d ?p ?o }",
    "any property to a node": "SELECT ?s ?p { ?s ?p :c }",
    "any property, joined": "SELECT ?s ?p { ?s ?p ?o . ?o :price ?x }",
}

_ERRORS = "takes an error in && or IN for one of the whole"
_FLOATS = "compares an xsd:float as an xsd:double"
_ZONES = "raises an error where one time has a zone and one has none, or reads it as UTC"

RDFLIB_DIFFERS = {
    "error and false": _ERRORS,
    "error in one alternative of IN": _ERRORS,
    "truth of a text, a number and a boolean": "gives a text with a language a truth value",
    "equal values of two datatypes": _FLOATS,
    "decimal before double": _FLOATS,
    "float is not quite the double": _FLOATS,
    "earlier time in two zones": _ZONES,
    "without a zone a day later is later": _ZONES,
    "without a zone it may be either": _ZONES,
    "dates with zones": _ZONES,
    "unbound in DISTINCT": "leaves out the solution that binds nothing",
    "least of nothing": "gives no solution",
    "EXISTS of what may be unbound": "asks for what is bound only",
    "any number of steps round a circle": "comes by the start twice",
    "any number of steps of two kinds": "comes by the start twice",
}
"""Where rdflib does, and what it does."""


def _compiled(query: str) -> tuple[Relation, QueryCompiler, duckdb.DuckDBPyConnection, list[str]]:
    graph = read_graph(DATA)
    catalog, connection = Catalog(), duckdb.connect()
    for macro in MACROS:
        connection.execute(macro)
    load_triples(graph, catalog, connection)
    algebra = translateQuery(parseQuery(PREFIXES + query)).algebra
    compiler = QueryCompiler(catalog)
    made = compiler.pattern(algebra.p, None, {})
    return made, compiler, connection, [str(name) for name in algebra.PV]


def by_sql(query: str) -> list[tuple[str | None, ...]]:
    made, compiler, connection, names = _compiled(query)
    terms = [made.term(name, "f") for name in names]
    columns = [
        f"CAST({written({kind: sql}, 'NULL')} AS VARCHAR)"
        for term in terms
        for kind, sql in term.items()
    ]
    sql = f"SELECT {', '.join(columns) or '1'} FROM ({made.sql}) f"
    found = []
    with connection:
        for row in connection.execute(compiler.with_tables(sql)).fetchall():
            cells = iter(row)
            values = [
                next((term_of_kind(k, text) for k, text in pairs if text is not None), None)
                for pairs in ([(kind, next(cells)) for kind in term] for term in terms)
            ]
            found.append(tuple(None if v is None else as_text(v) for v in values))
    return sorted(found, key=str)


def as_text(term: rdflib.term.Node) -> str:
    """A term without the choice of how a number is written; nodes without names are one."""
    if isinstance(term, rdflib.BNode):
        return "_:"
    if isinstance(term, rdflib.Literal) and isinstance(term.value, (int, float)):
        return f"{float(term.value)} {term.datatype}"
    if isinstance(term, rdflib.Literal) and str(term.datatype).endswith("decimal"):
        return f"{float(term)} {term.datatype}"
    if isinstance(term, rdflib.Literal) and str(term.datatype).endswith("string"):
        return rdflib.Literal(str(term)).n3()
    return term.n3()


def by_oxigraph(query: str) -> list[tuple[str | None, ...]]:
    store = ox.Store()
    store.load(DATA.encode(), format=ox.RdfFormat.TURTLE)
    found = store.query(PREFIXES + query)
    assert isinstance(found, ox.QuerySolutions)
    rows = []
    for row in found:
        values = [row[variable] for variable in found.variables]
        rows.append(tuple(None if v is None else as_text(_of_oxigraph(v)) for v in values))
    return sorted(rows, key=str)


def _of_oxigraph(term: object) -> rdflib.term.Node:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, ox.Literal)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def by_rdflib(query: str) -> list[tuple[str | None, ...]]:
    graph = read_graph(DATA)
    rows = graph.query(PREFIXES + query)
    return sorted(
        (tuple(None if v is None else as_text(v) for v in row) for row in rows),  # type: ignore[union-attr]
        key=str,
    )


@pytest.mark.parametrize("name", QUERIES)
def test_query_means_what_it_means_to_oxigraph(name: str) -> None:
    assert by_sql(QUERIES[name]) == by_oxigraph(QUERIES[name])


@pytest.mark.parametrize("name", QUERIES)
def test_query_means_what_it_means_to_rdflib(name: str) -> None:
    same = by_sql(QUERIES[name]) == by_rdflib(QUERIES[name])
    assert same != (name in RDFLIB_DIFFERS)
