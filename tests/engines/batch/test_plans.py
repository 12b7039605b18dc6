"""What patterns about claims are compiled to: one scan for all that is said of one part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import duckdb
import pytest
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.claims.run_days import RunDays
from claimshapes.engines.batch.sparql.algebra import THIS, QueryCompiler
from claimshapes.engines.batch.sparql.paths import Hints
from claimshapes.engines.batch.tables.batch_tables import BatchTables
from claimshapes.engines.batch.tables.claim_tables import ClaimTables
from claimshapes.engines.batch.tables.property_tables import Catalog, Need, Table
from claimshapes.engines.batch.tables.terms import IRI, NODE, iri_sql
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.rdf.vocabulary import CS_NS

PLANS = {
    "columns of one part": (
        "?item cs:procedure ?code ; cs:quantity ?units . $this cs:item ?item",
        'SELECT t0.c AS c, t0.n AS "item node", t0."item.procedure str" AS "code str",'
        ' t0."item.quantity dec" AS "units dec", t0.parent AS "this node" FROM part_item t0'
        ' WHERE t0."item.procedure str" IS NOT NULL AND t0."item.quantity dec" IS NOT NULL',
    ),
    "a value that is asked for": (
        '$this cs:patient ?patient . ?patient cs:sex "female"',
        'SELECT t0.c AS c, t0.n AS "patient node", t0.parent AS "this node"'
        " FROM part_patient t0 WHERE t0.\"patient.sex str\" = 'female'",
    ),
    "two parts of one claim": (
        "$this cs:diagnosis ?diagnosis ; cs:item ?item . ?diagnosis cs:sequence ?number ."
        " ?item cs:sequence ?number",
        'SELECT t0.c AS c, t0.n AS "diagnosis node", t0."diagnosis.sequence int" AS "number int",'
        ' t1.n AS "item node", t0.parent AS "this node" FROM part_diagnosis t0, part_item t1'
        ' WHERE t0."diagnosis.sequence int" IS NOT NULL'
        ' AND t1."item.sequence int" = t0."diagnosis.sequence int" AND t1.parent = t0.parent',
    ),
    "a property of parts of two kinds": (
        "?any cs:sequence 1",
        'SELECT t0.c AS c, t0.s AS "any node" FROM (SELECT c, n AS s,'
        ' "diagnosis.sequence int" AS o FROM part_diagnosis WHERE "diagnosis.sequence int" IS NOT'
        ' NULL UNION ALL SELECT c, n AS s, "item.sequence int" AS o FROM part_item WHERE'
        ' "item.sequence int" IS NOT NULL) t0 WHERE t0.o = CAST(1 AS BIGINT)',
    ),
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    made = Catalog()
    ClaimTables(made, Knowledge.open())
    return made


@pytest.fixture(scope="module")
def compiled(catalog: Catalog) -> Callable[[str], str]:
    def compile_(pattern: str) -> str:
        query = prepareQuery(f"PREFIX cs: <{CS_NS}> SELECT * WHERE {{ {pattern} }}")
        patterns = [triple for node in _patterns(query.algebra) for triple in node.triples]
        return QueryCompiler(catalog).triples(patterns, None, Hints()).sql

    return compile_


def _patterns(node: CompValue) -> Iterator[CompValue]:
    if node.name == "BGP":
        yield node
    for name in ("p", "p1", "p2"):
        if name in node:
            yield from _patterns(node[name])


@pytest.mark.parametrize("name", PLANS)
def test_pattern_reads_each_part_once(compiled: Callable[[str], str], name: str) -> None:
    pattern, sql = PLANS[name]
    assert compiled(pattern) == sql


def test_property_of_a_part_known_elsewhere_is_read_from_its_table(catalog: Catalog) -> None:
    query = prepareQuery(f"PREFIX cs: <{CS_NS}> SELECT * WHERE {{ ?any cs:sequence 1 }}")
    (pattern,) = _patterns(query.algebra)
    hints = Hints(parts={"any": "part_item"})
    made = QueryCompiler(catalog).triples(pattern.triples, None, hints)
    assert made.sql == (
        'SELECT t0.c AS c, t0.n AS "any node" FROM part_item t0'
        ' WHERE t0."item.sequence int" = CAST(1 AS BIGINT)'
    )
    assert made.needs == {
        frozenset({Need('"item.sequence int"', "part_item", '"item.sequence int"', frozenset({1}))})
    }


def test_statement_is_left_out_where_no_row_has_its_value() -> None:
    tables = BatchTables(duckdb.connect())
    tables.make("visit", "SELECT unnest(['office', 'home']) AS o")
    assert tables.possible([[Need("visit", "visit", "o", frozenset({"home"}))]])
    assert not tables.possible([[Need("visit", "visit", "o", frozenset({"hospital"}))]])
    assert tables.possible(
        [[Need("visit", "visit", "o", frozenset({"hospital"})), Need("visit", "visit")]]
    )
    tables.begin()
    tables.make("visit", "SELECT unnest(['hospital']) AS o")
    assert tables.possible([[Need("visit", "visit", "o", frozenset({"hospital"}))]])


FILTERS = {
    "one of some": ('?code IN ("97110", "97112")', {"97110", "97112"}, ()),
    "one or another": ('?code = "97110" || ?code IN ("97112")', {"97110", "97112"}, ()),
    "in a range": ('STR(?code) >= "A0425" && STR(?code) <= "A0436"', set(), (("A0425", "A0436"),)),
    "within dates": ('?date >= ?first && (?code = "97110")', {"97110"}, ()),
}


@pytest.mark.parametrize("name", FILTERS)
def test_codes_that_a_filter_asks_for_are_needed(catalog: Catalog, name: str) -> None:
    test, values, ranges = FILTERS[name]
    pattern = f"?item cs:procedure ?code ; cs:serviced ?date, ?first . FILTER ({test})"
    query = prepareQuery(
        f"PREFIX cs: <{CS_NS}> SELECT * WHERE {{ $this cs:item ?item . {pattern} }}"
    )
    made = QueryCompiler(catalog).pattern(query.algebra.p, None, Hints())
    column = '"item.procedure str"'
    need = Need(column, "part_item", column, frozenset(values), ranges)
    assert frozenset({need}) in made.needs


def test_codes_that_may_be_any_are_not_needed(catalog: Catalog) -> None:
    for test in ('?code = "97110" || ?units = 1', '?code != "97110"', '!(?code = "97110")'):
        pattern = f"?item cs:procedure ?code ; cs:quantity ?units . FILTER ({test})"
        query = prepareQuery(f"PREFIX cs: <{CS_NS}> SELECT * WHERE {{ {pattern} }}")
        made = QueryCompiler(catalog).pattern(query.algebra.p, None, Hints())
        assert not any(need.values or need.ranges for needs in made.needs for need in needs)


def test_range_is_met_by_a_text_in_it() -> None:
    need = Need("item", "item", "o", ranges=(("A0425", "A0436"), ("Z", None)))
    assert need.met_by(frozenset({"A0430"}))
    assert need.met_by(frozenset({"Z9"}))
    assert not need.met_by(frozenset({"97110", None, 5}))


def test_only_parts_that_are_read_become_rows() -> None:
    catalog = Catalog()
    claims = ClaimTables(catalog, Knowledge.open())
    tables = BatchTables(duckdb.connect())
    claim = {
        "id": "C-1",
        "diagnosis": [{"sequence": 1, "code": "M54.50"}],
        "item": [{"sequence": 1, "procedure": "97110", "modifier": ["GP"]}],
    }
    (position,) = (
        table for table in catalog.of(f"{CS_NS}position") if table.name == "part_item_modifier"
    )
    claims.create(tables, {position})
    claims.fill(tables, [("urn:c", claim)], {position}, RunDays(date(2026, 1, 1)))
    assert tables.rows("part_item_modifier") == 1
    # An entry is within its line.
    assert tables.rows("part_item") == 1
    assert tables.rows("part_diagnosis") == 0


_ONE, _OTHER = iri_sql(f"{CS_NS}one"), iri_sql(f"{CS_NS}other")
_NAMED = f"SELECT v FROM (VALUES ({_ONE}), ({_OTHER})) named(v)"


@pytest.mark.parametrize(
    ("inner", "read"),
    [
        (
            "?second cs:procedureCode ?code ; cs:sequence 2",
            f'(SELECT s.* FROM part_item s SEMI JOIN ({_NAMED}) m ON s."item.procedureCode iri" ='
            " m.v) t0",
        ),
        ("OPTIONAL { ?second cs:procedureCode ?code ; cs:sequence 2 }", "part_item t0"),
    ],
    ids=["bound", "optional"],
)
def test_exists_reads_only_what_the_rows_can_ask_for(
    catalog: Catalog, inner: str, read: str
) -> None:
    query = prepareQuery(
        f"PREFIX cs: <{CS_NS}> SELECT * WHERE {{ $this cs:item/cs:procedureCode ?code ."
        " FILTER (?code IN (cs:one, cs:other))"
        f" FILTER NOT EXISTS {{ $this cs:item ?second . {inner} }} }}"
    )
    sql = QueryCompiler(catalog).pattern(query.algebra.p, None, Hints()).sql
    _, _, after = sql.partition(" ANTI JOIN ")
    assert read in after
    assert after.count("SEMI JOIN") == (read != "part_item t0")


def test_this_is_the_focus_node_in_a_sub_select_too() -> None:
    catalog = Catalog()
    ClaimTables(catalog, Knowledge.open())
    # A data set says for which kinds of claims it is, by the same property.
    catalog.add(Table('knowledge."of data sets"', f"{CS_NS}claimType", False, IRI, IRI))
    query = prepareQuery(
        f"PREFIX cs: <{CS_NS}> SELECT *"
        " { { SELECT DISTINCT ?type { $this cs:claimType ?type } } }"
    )
    hints = Hints({THIS: frozenset({NODE})})
    found = QueryCompiler(catalog).pattern(query.algebra.p.p, None, hints)
    assert found.kinds == {THIS: (NODE,), "type": (IRI,)}
    assert "of data sets" not in found.sql
