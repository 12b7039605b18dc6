"""Expressions and aggregates mean in SQL what they mean to Oxigraph, which judges claims else."""

from __future__ import annotations

import duckdb
import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery

from claimshapes.engines.batch.sparql.algebra import QueryCompiler
from claimshapes.engines.batch.sparql.paths import Hints
from claimshapes.engines.batch.sparql.relations import UNIT
from claimshapes.engines.batch.tables.property_tables import Catalog
from claimshapes.engines.batch.tables.terms import MACROS, Names, Uncompilable, text_of
from tests.engines.batch.triple_tables import know_terms

PREFIX = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "


def by_sql(query: str) -> list[str | None]:
    """The values of ?r, as text, that the compiled query gives."""
    algebra = translateQuery(parseQuery(PREFIX + query)).algebra
    compiler = QueryCompiler(Catalog())
    made = compiler.pattern(algebra.p, None, Hints())
    sql = f"SELECT {text_of(made.term('r', 'f'), Names('NULL'))} FROM ({made.sql}) f"
    with duckdb.connect() as connection:
        for macro in MACROS:
            connection.execute(macro)
        know_terms(connection, sql, compiler)
        rows = connection.execute(compiler.with_tables(sql)).fetchall()
    return sorted((row[0] for row in rows), key=str)


def by_oxigraph(query: str) -> list[str | None]:
    """The values of ?r, as text, that Oxigraph gives."""
    found = ox.Store().query(PREFIX + query)
    assert isinstance(found, ox.QuerySolutions)
    return sorted((None if row["r"] is None else row["r"].value for row in found), key=str)


EXPRESSIONS = {
    "three-valued or": "?u || true",
    "three-valued or with an error": "?u || false",
    "three-valued and": "?u && false",
    "three-valued and with an error": "?u && true",
    "not of an error": "!?u",
    "empty string is false": 'IF("", 1, 2)',
    "a number is its own truth": "IF(0, 1, 2)",
    "an IRI has no truth": "IF(<urn:x>, 1, 2)",
    "condition in error": "IF(?u, 1, 2)",
    "coalesce past errors": "COALESCE(?u, 1/0, 3)",
    "integer equals decimal": "1 = 1.0",
    "integer is not the same term as decimal": "sameTerm(1, 1.0)",
    "string against number is unequal": '"a" = 1',
    "string against number, not equal": '"a" != 1',
    "string before number has no order": '"a" < 1',
    "language tag makes another term": '"x" = "x"@en',
    "text of one language has an order": '"a"@en < "b"@en',
    "text with language has no order against one without": '"a"@en < "b"',
    "IRI against string": '<urn:a> = "urn:a"',
    "IRIs have no order": "<urn:a> < <urn:b>",
    "dates": '"2020-01-01"^^xsd:date < "2020-01-02"^^xsd:date',
    "days between dates": '"2020-03-01"^^xsd:date - "2020-02-01"^^xsd:date',
    "no days between dates": '"2020-03-01"^^xsd:date - "2020-03-01"^^xsd:date',
    "days compare": '"2020-03-01"^^xsd:date - "2020-02-01"^^xsd:date'
    ' <= "P29D"^^xsd:dayTimeDuration',
    "earlier date": '"2020-03-01"^^xsd:date - "P30D"^^xsd:dayTimeDuration',
    "in": '1 IN (2, "a", 1.0)',
    "not in": '"b" NOT IN ("a", "c")',
    "in with an error": "1 IN (2, ?u)",
    "quotient of integers is a decimal": "5 / 2",
    "whole quotient": "6 / 3",
    "division by zero": "1 / 0",
    "decimal has no zeros at its end": "2.50 + 1",
    "whole decimal": "1.5 + 1.5",
    "difference": "3 - 1.5",
    "product": "2.5 * 2",
    "negative": "-(2.5)",
    "floor": "FLOOR(-2.5)",
    "ceiling": "CEIL(2.1)",
    "round half up": "ROUND(2.5)",
    "round half up below zero": "ROUND(-2.5)",
    "absolute": "ABS(-2)",
    "decimal of text": 'xsd:decimal("12.50")',
    "no decimal of text with blanks": 'xsd:decimal(" 12 ")',
    "no decimal of text with an exponent": 'xsd:decimal("1e3")',
    "integer of text": 'xsd:integer("012")',
    "no integer of text with a point": 'xsd:integer("7.0")',
    "integer of a decimal is cut": "xsd:integer(-7.9)",
    "date of text": 'xsd:date("2020-02-29")',
    "no date of text": 'xsd:date("2021-02-29")',
    "boolean of text": 'xsd:boolean("1")',
    "string of a decimal": "xsd:string(1.50)",
    "str of a boolean": "STR(true)",
    "str of an IRI": "STR(<urn:x>)",
    "upper case with a sharp s": 'UCASE("aß")',
    "lower case keeps the language": 'LANG(LCASE("X"@en))',
    "length in characters": 'STRLEN("aé漢")',
    "from a place": 'SUBSTR("hello", 2)',
    "from before the start": 'SUBSTR("hello", 0, 2)',
    "from behind the end": 'SUBSTR("hello", 9)',
    "part": 'SUBSTR("hello", 2, 3)',
    "text before": 'STRBEFORE("a-b-c", "-")',
    "text after": 'STRAFTER("a-b-c", "-")',
    "text after what is not there": 'STRAFTER("abc", "z")',
    "contains": 'CONTAINS("abc"@en, "b")',
    "contains asks for strings": 'CONTAINS("abc", 1)',
    "starts": 'STRSTARTS("abc", "ab")',
    "ends": 'STRENDS("abc", "ab")',
    "joined texts of one language": 'LANG(CONCAT("a"@en, "b"@en))',
    "joined texts of two kinds": 'LANG(CONCAT("a", "b"@en))',
    "joined with a number": 'CONCAT("a", 1)',
    "pattern": 'REGEX("M54.9", "^[A-Z][0-9]{2}")',
    "pattern in any case": 'REGEX("abc", "B", "i")',
    "digits": 'REGEX("a7", "\\\\d$")',
    "every match replaced": 'REPLACE("a.b.c", "[.]", "")',
    "group in a replacement": 'REPLACE("abc", "(b)", "[$1]")',
    "year": 'YEAR("2020-03-04"^^xsd:date)',
    "month": 'MONTH("2020-03-04"^^xsd:date)',
    "day": 'DAY("2020-03-04"^^xsd:date)',
    "a number is numeric": "isNumeric(1.5)",
    "a string is not": 'isNumeric("1")',
    "bound": "BOUND(?u)",
}


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS.keys())
def test_expression_means_what_it_means_to_oxigraph(expression: str) -> None:
    query = f"SELECT ?r {{ BIND ({expression} AS ?r) }}"
    assert by_sql(query) == by_oxigraph(query)


QUERIES = {
    "sum": "SELECT (SUM(?x) AS ?r) { VALUES ?x { 1 2 2 } }",
    "sum of distinct": "SELECT (SUM(DISTINCT ?x) AS ?r) { VALUES ?x { 1 2 2 } }",
    "sum of integers and decimals": "SELECT (SUM(?x) AS ?r) { VALUES ?x { 1.5 2 } }",
    "sum of nothing": "SELECT (SUM(?x) AS ?r) { VALUES ?x { 1 } FILTER (?x > 1) }",
    "sum with an error": 'SELECT (SUM(?x) AS ?r) { VALUES ?x { 1 "a" } }',
    "sum with an unbound row": "SELECT (SUM(?x) AS ?r) { VALUES ?x { 1 UNDEF } }",
    "count": "SELECT (COUNT(?x) AS ?r) { VALUES ?x { 1 UNDEF } }",
    "count of distinct terms": 'SELECT (COUNT(DISTINCT ?x) AS ?r) { VALUES ?x { 1 1.0 "a" "a" } }',
    "count of nothing": "SELECT (COUNT(*) AS ?r) { VALUES ?x { 1 } FILTER (?x > 1) }",
    "average": "SELECT (AVG(?x) AS ?r) { VALUES ?x { 1 2 } }",
    "least text": 'SELECT (MIN(?x) AS ?r) { VALUES ?x { "b" "a" "B" } }',
    "last date": "SELECT (MAX(?x) AS ?r)"
    ' { VALUES ?x { "2020-01-01"^^xsd:date "2021-01-01"^^xsd:date } }',
    "least with an unbound row": "SELECT (MIN(?x) AS ?r) { VALUES ?x { 1 UNDEF } }",
    "groups": "SELECT ?k (SUM(?x) AS ?r) { VALUES (?k ?x) { (1 2) (1 3) (2 4) } } GROUP BY ?k",
    "having": "SELECT ?k (SUM(?x) AS ?r) { VALUES (?k ?x) { (1 2) (1 3) (2 4) } } GROUP BY ?k"
    " HAVING (COUNT(?x) > 1)",
    "ordered texts joined": 'SELECT (GROUP_CONCAT(?x; separator=", ") AS ?r)'
    ' { { SELECT ?x { VALUES ?x { "b" "a"@en "c" } } ORDER BY ?x } }',
    "texts joined backwards": 'SELECT (GROUP_CONCAT(?x; separator="") AS ?r)'
    ' { { SELECT ?x { VALUES ?x { "b" "a" "c" } } ORDER BY DESC(?x) } }',
    "texts in the order of IRIs": 'SELECT (GROUP_CONCAT(?x; separator="") AS ?r) { { SELECT ?x ?y'
    ' { VALUES (?x ?y) { ("1" <urn:c>) ("2" <urn:a>) ("3" <urn:b>) } } ORDER BY ?y } }',
    "an IRI made of a text": "SELECT (STR(?made) AS ?r) { VALUES ?x { 1 2 }"
    ' BIND (IRI(CONCAT("urn:", STR(?x))) AS ?made) }',
    "a range of the texts of IRIs": "SELECT ?r { VALUES ?r { <urn:a> <urn:b> <urn:c> }"
    ' FILTER (STR(?r) >= "urn:b") }',
    "optional": "SELECT ?r { VALUES ?x { 1 2 } OPTIONAL { VALUES (?x ?r) { (1 5) } } }",
    "optional with a test of what is before": "SELECT ?r { VALUES ?x { 1 2 }"
    " OPTIONAL { VALUES ?r { 5 } FILTER (?x = 1) } }",
    "join over an unbound variable": "SELECT ?r { VALUES (?x ?r) { (UNDEF 1) (2 2) (3 3) }"
    " VALUES ?x { 2 4 } }",
    "union": "SELECT ?r { { VALUES ?r { 1 } } UNION { VALUES ?r { 1 2 } } }",
    "minus": "SELECT ?r { VALUES ?r { 1 2 } MINUS { VALUES ?r { 2 } } }",
    "minus without a shared variable": "SELECT ?r { VALUES ?r { 1 2 } MINUS { VALUES ?s { 2 } } }",
    "distinct": "SELECT DISTINCT ?r { VALUES ?r { 1 1 2 } }",
    "exists": "SELECT ?r { VALUES ?r { 1 2 } FILTER EXISTS { VALUES ?r { 2 3 } } }",
    "not exists with a test of what is outside": "SELECT ?r { VALUES ?r { 1 2 3 }"
    " FILTER NOT EXISTS { VALUES ?s { 2 } FILTER (?s < ?r) } }",
    "not exists in not exists": "SELECT ?r { VALUES ?r { 1 2 3 } FILTER NOT EXISTS {"
    " VALUES ?s { 2 3 } FILTER NOT EXISTS { VALUES ?t { 2 } FILTER (?t <= ?s && ?s < ?r) } } }",
    "exists as a value": "SELECT ?r { VALUES ?x { 1 2 }"
    " BIND (IF(EXISTS { VALUES ?x { 2 } }, ?x, 0) AS ?r) }",
    "exists in an alternative": "SELECT ?r { VALUES ?r { 1 2 3 }"
    " FILTER (?r = 1 || EXISTS { VALUES ?x { 3 } FILTER (?x = ?r) }) }",
    "groups after not exists": "SELECT (COUNT(?x) AS ?r) { VALUES (?k ?x) { (1 2) (1 3) (2 4) }"
    " FILTER NOT EXISTS { VALUES ?z { 4 } FILTER (?z = ?x) } } GROUP BY ?k",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_query_means_what_it_means_to_oxigraph(query: str) -> None:
    assert by_sql(query) == by_oxigraph(query)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ('SELECT (MD5("a") AS ?r) {}', "MD5 has no SQL"),
        ('SELECT (REGEX("a", "\\\\w") AS ?r) {}', "regular expression"),
        ('SELECT (GROUP_CONCAT(?x) AS ?r) { VALUES ?x { "a" "b" } }', "ORDER BY"),
        ("SELECT ?r { VALUES ?r { 1 2 } } LIMIT 1", "Slice"),
        ('SELECT ("1e3"^^xsd:double AS ?r) {}', "double"),
    ],
)
def test_what_has_no_sql_is_named(query: str, reason: str) -> None:
    with pytest.raises(Uncompilable, match=reason):
        by_sql(query)


def test_unit_binds_nothing() -> None:
    assert UNIT.is_unit
