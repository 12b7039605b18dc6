"""Compiles derivations and rules to the statements of a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import product

import rdflib

from claimshapes.engines.batch.plan import Check, DerivationStep, Head, Plan
from claimshapes.engines.batch.shacl.focus import focus_nodes
from claimshapes.engines.batch.shacl.messages import Message
from claimshapes.engines.batch.shacl.results import Results
from claimshapes.engines.batch.shacl.shape_queries import ShapeCompiler
from claimshapes.engines.batch.sparql.algebra import THIS, QueryCompiler, hinted
from claimshapes.engines.batch.sparql.paths import is_variable, name_of
from claimshapes.engines.batch.sparql.relations import Relation, column, join, null, select
from claimshapes.engines.batch.tables.claim_parts import WHOLE
from claimshapes.engines.batch.tables.property_tables import TYPE, Catalog, Table
from claimshapes.engines.batch.tables.terms import (
    IRI,
    NODE,
    Kind,
    Names,
    Uncompilable,
    constant,
    iri_sql,
    text_of,
)
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.component_queries import constraint_components
from claimshapes.rules.derivations import Derivation, prefix_declarations
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook


def made_properties(derivations: Iterable[Derivation], catalog: Catalog) -> set[str]:
    """The properties that derivations make."""
    return {predicate for each in derivations for predicate in _heads(each, catalog)}


def compile_plan(
    book: RuleBook,
    derivations: Iterable[Derivation],
    catalog: Catalog,
    prefixes: dict[str, str],
    rules: Collection[str] | None = None,
) -> Plan:
    """Compiles derivations, in their order, and then every rule.

    Args:
        book: the rules.
        derivations: in the order in which they are made.
        catalog: the tables of claims and knowledge; those of derived properties are added.
        prefixes: prefixes that the rules' queries use.
        rules: ids of the only rules to compile; all when absent.
    """
    plan = Plan()
    filled = {table for tables in catalog.tables.values() for table in tables}
    for derivation in derivations:
        try:
            plan.steps.append(_step(derivation, catalog, filled))
        except Uncompilable as error:
            plan.left[derivation.iri] = str(error)
            catalog.unknowable.update(_heads(derivation, catalog))
    header = prefix_declarations(dict(sorted(prefixes.items())))
    shapes = ShapeCompiler(book.graph, catalog, header, constraint_components(book.graph))
    for by_node in (book.by_node, book.preconditions):
        for name, rule in by_node.items():
            node = rdflib.URIRef(name)
            if name != rule.iri and (node, CS.preconditionOf, None) not in book.graph:
                # A part of another shape, which is compiled with that.
                continue
            if rule.id in plan.problems or (rules is not None and rule.id not in rules):
                continue
            try:
                plan.checks += list(_checks(shapes, node, rule))
            except Uncompilable as error:
                plan.problems[rule.id] = str(error)
    plan.checks = [check for check in plan.checks if check.rule not in plan.problems]
    catalog.queries.keep()
    return plan


def _heads(derivation: Derivation, catalog: Catalog) -> Iterator[str]:
    template = catalog.queries.algebra(derivation.construct).template
    for _, predicate, _ in template:
        yield str(predicate)


def _step(derivation: Derivation, catalog: Catalog, filled: set[Table]) -> DerivationStep:
    algebra = catalog.queries.algebra(derivation.construct)
    if algebra.name != "ConstructQuery":
        raise Uncompilable("not a CONSTRUCT query")
    claims = Relation(
        f"SELECT c, c AS {column(THIS, NODE)} FROM batch",
        {THIS: (NODE,)},
        frozenset({THIS}),
        True,
        whole=WHOLE,
    )
    compiler = QueryCompiler(catalog)
    solutions = compiler.pattern(algebra.p, claims, hinted(claims))
    if solutions.parts.get(THIS) == WHOLE and solutions.kinds[THIS] == (NODE,):
        pass
    elif THIS in solutions.bound and solutions.scoped and solutions.kinds[THIS] == (NODE,):
        # Of every claim its own node, which the pattern binds by itself.
        tests = [f"{column(THIS, NODE)} = c"]
        sql = select(solutions.columns(), f"({solutions.sql}) r", tests)
        solutions = replace(solutions, sql=sql, order=())
    else:
        solutions = join(claims, solutions)
    heads: list[Head] = []
    for subject, predicate, object_ in algebra.template:
        if not isinstance(predicate, rdflib.URIRef):
            raise Uncompilable("CONSTRUCT with a variable for a property")
        if isinstance(subject, rdflib.BNode) or isinstance(object_, rdflib.BNode):
            raise Uncompilable("CONSTRUCT with a blank node")
        for (start, from_), (end, to) in product(
            _ends(subject, solutions), _ends(object_, solutions)
        ):
            value = None
            if str(predicate) == TYPE:
                if is_variable(object_):
                    raise Uncompilable("CONSTRUCT with a variable for a class")
                value = str(object_)
            table = catalog.claim_table(str(predicate), start, end, value)
            columns = ["c", f"{from_} AS s"] + ([] if value else [f"{to} AS o"])
            tests = [f"{sql} IS NOT NULL" for sql in (from_, to) if sql.startswith('"')]
            heads.append(Head(table, tuple(columns), tuple(tests), table in filled))
            filled.add(table)
            for term, which in ((subject, "s"), (object_, "o")):
                part = solutions.parts.get(name_of(term)) if is_variable(term) else None
                catalog.leading_to(table, which, part)
    body = compiler.with_tables(solutions.sql)
    texts = tuple(map(compiler.with_tables, compiler.texts))
    return DerivationStep(derivation.iri, body, tuple(heads), solutions.needs, texts)


def _ends(term: rdflib.term.Node, solutions: Relation) -> list[tuple[Kind, str]]:
    if is_variable(term):
        return list(solutions.term(name_of(term)).items())
    return [constant(term)]


def _checks(shapes: ShapeCompiler, node: rdflib.URIRef, rule: Rule) -> Iterator[Check]:
    graph, catalog = shapes.graph, shapes.catalog
    everything = focus_nodes(graph, node, QueryCompiler(catalog), None)
    if everything is None or NODE not in everything.kinds[THIS]:
        raise Uncompilable("a shape whose focus nodes are no parts of a claim")
    if everything.kinds[THIS] != (NODE,):
        elsewhere = shapes.results(node, lambda _: _NOWHERE)
        if not all(results.relation.never for results in elsewhere):
            raise Uncompilable("focus nodes that are no parts of a claim")

    def focus(compiler: QueryCompiler) -> Relation:
        found = focus_nodes(graph, node, compiler, frozenset({NODE}))
        if found is None:
            raise Uncompilable("a shape whose focus nodes are no parts of a claim")
        return _of_kinds(found, rule.claim_types, catalog)

    for results in shapes.results(node, focus):
        if not results.relation.never:
            yield _check(results, rule.id)


def _of_kinds(focus: Relation, kinds: Collection[str], catalog: Catalog) -> Relation:
    """The focus nodes in claims of some kinds, or in all where none is given."""
    if not kinds:
        return focus
    (own,) = (table for table in catalog.of(f"{CS_NS}claimType") if table.name == WHOLE)
    named = ", ".join(map(iri_sql, sorted(kinds)))
    source = f"({focus.sql}) l SEMI JOIN {WHOLE} k ON k.c = l.c AND k.{own.end} IN ({named})"
    return replace(focus, sql=select(focus.columns("l"), source), whole="")


_NOWHERE = Relation(
    f"SELECT c, {null(IRI)} AS {column(THIS, IRI)} FROM batch",
    {THIS: (IRI,)},
    frozenset({THIS}),
    True,
)
"""A focus node that is no part of a claim, of which a good query says nothing."""


def _check(results: Results, rule: str) -> Check:
    solutions, claim = results.relation, "f.c"
    if solutions.kinds[THIS] != (NODE,) or not solutions.scoped:
        raise Uncompilable("focus nodes that are no parts of a claim")
    columns = [claim, f"f.{column(THIS, NODE)}"]
    iris: dict[int, str] = {}
    for name in ("path", "value", *results.variables):
        term = solutions.term(name, "f")
        # What parts of a claim and IRIs are called is looked up for the results alone.
        if IRI in term:
            iris[len(columns)] = term.pop(IRI)
        columns.append(term[NODE] if set(term) == {NODE} else text_of(term, Names(claim)))
    columns += iris.values()
    sql = select(columns, f"({solutions.sql}) f", distinct=True)
    return Check(
        str(results.shape.node),
        rule,
        results.compiler.with_tables(sql),
        results.shape.path_iri,
        results.variables,
        tuple(Message(text, formatted=results.formatted) for text in results.messages),
        solutions.needs,
        tuple(map(results.compiler.with_tables, results.compiler.texts)),
        tuple(iris),
    )
