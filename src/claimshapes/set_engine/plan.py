"""What shapes and derivations were compiled to, and what of them could not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

import rdflib
from rdflib.namespace import RDF, SH
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery

from claimshapes.checking.rules import RuleBook
from claimshapes.graph.derive import Derivation
from claimshapes.set_engine.catalog import TYPE, Catalog, Table
from claimshapes.set_engine.core import core_queries
from claimshapes.set_engine.patterns import is_variable, name_of
from claimshapes.set_engine.relations import Relation, column, select
from claimshapes.set_engine.sparql import THIS, QueryCompiler
from claimshapes.set_engine.terms import NODE, Kind, Uncompilable, constant, text_of

_SHAPE_TERMS = {
    SH.targetClass,
    SH.severity,
    SH.message,
    SH.sparql,
    SH.property,
    SH.name,
    SH.description,
}
_CONSTRAINT_TERMS = {SH.prefixes, SH.select}


@dataclass(frozen=True, slots=True)
class DerivationStep:
    """A derivation: its solutions, and the tables that they go to.

    Attributes:
        iri: the derivation.
        body: the select of its solutions.
        heads: for each table, the select over ``body`` that makes its rows, and whether the
            table has rows by then.
    """

    iri: str
    body: str
    heads: tuple[tuple[Table, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A constraint of a rule or precondition: each row is a validation result.

    Attributes:
        shape: IRI, or blank node, of the shape.
        rule: id of the rule.
        sql: the select of claim, focus node, path, value, and the message's variables.
        path: path of every result, where the constraint has one.
        variables: names of the variables after the first four columns.
        messages: the shape's messages, whose variables are still to be filled in.
        formatted: whether they are filled in at all.
    """

    shape: str
    rule: str
    sql: str
    path: str | None
    variables: tuple[str, ...]
    messages: tuple[str, ...]
    formatted: bool


@dataclass(slots=True)
class Plan:
    """All that is run for a batch.

    Attributes:
        steps: the derivations in their order.
        checks: the constraints of all rules that could be compiled.
        problems: for each rule that could not be compiled, why not.
    """

    steps: list[DerivationStep] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    def needed(self, catalog: Catalog) -> set[Table]:
        """The tables that some query reads."""
        queries = [step.body for step in self.steps] + [check.sql for check in self.checks]
        text = "\n".join(queries)
        return {
            table for tables in catalog.tables.values() for table in tables if table.name in text
        }


def compile_plan(
    book: RuleBook,
    derivations: Iterable[Derivation],
    catalog: Catalog,
    prefixes: dict[str, str],
) -> Plan:
    """Compiles derivations, in their order, and then every rule.

    Args:
        book: the rules.
        derivations: in the order in which they are made.
        catalog: the tables of claims and knowledge; those of derived properties are added.
        prefixes: prefixes that the rules' queries use.
    """
    plan = Plan()
    filled = {table for tables in catalog.tables.values() for table in tables}
    reasons: list[str] = []
    for derivation in derivations:
        try:
            plan.steps.append(_step(derivation, catalog, filled))
        except Uncompilable as error:
            reasons.append(f"{derivation.iri}: {error}")
            catalog.unknowable.update(_heads(derivation))
    header = "".join(f"PREFIX {name}: <{space}>\n" for name, space in sorted(prefixes.items()))
    for shapes in (book.by_node, book.preconditions):
        for shape, rule in shapes.items():
            if rule.id in plan.problems:
                continue
            try:
                checks = list(_checks(book, rdflib.URIRef(shape), rule.id, header, catalog))
            except Uncompilable as error:
                plan.problems[rule.id] = str(error)
                continue
            plan.checks += checks
    plan.checks = [check for check in plan.checks if check.rule not in plan.problems]
    return plan


def _heads(derivation: Derivation) -> Iterator[str]:
    template = translateQuery(parseQuery(derivation.construct)).algebra.template
    for _, predicate, _ in template:
        yield str(predicate)


def _step(derivation: Derivation, catalog: Catalog, filled: set[Table]) -> DerivationStep:
    algebra = translateQuery(parseQuery(derivation.construct)).algebra
    if algebra.name != "ConstructQuery":
        raise Uncompilable("not a CONSTRUCT query")
    claims = Relation(
        f"SELECT c, '' AS {column(THIS, NODE)} FROM batch", {THIS: (NODE,)}, frozenset({THIS}), True
    )
    compiler = QueryCompiler(catalog)
    solutions = compiler.seeded(algebra.p, claims)
    heads: list[tuple[Table, str, bool]] = []
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
            heads.append((table, select(columns, "body", tests, distinct=True), table in filled))
            filled.add(table)
    return DerivationStep(derivation.iri, compiler.with_tables(solutions.sql), tuple(heads))


def _ends(term: rdflib.term.Node, solutions: Relation) -> list[tuple[Kind, str]]:
    if is_variable(term):
        return list(solutions.term(name_of(term)).items())
    return [constant(term)]


def _checks(
    book: RuleBook, shape: rdflib.URIRef, rule: str, header: str, catalog: Catalog
) -> Iterator[Check]:
    graph = book.graph
    node: rdflib.term.Node = shape
    if (node, None, None) not in graph:
        node = rdflib.BNode(str(shape))
    messages = tuple(sorted(str(text) for text in graph.objects(node, SH.message)))
    if (node, SH.path, None) in graph:
        focus = _focus(graph, graph.value(predicate=SH.property, object=node), catalog)
        for query in core_queries(graph, node):
            compiled = _compiled(query.select, focus, catalog)
            yield Check(str(shape), rule, compiled[0], query.path, compiled[1], messages, False)
        return
    for predicate in graph.predicates(node, None):
        if str(predicate).startswith(str(SH)) and predicate not in _SHAPE_TERMS:
            raise Uncompilable(f"sh:{str(predicate).removeprefix(str(SH))} has no SQL")
    focus = _focus(graph, node, catalog)
    for constraint in graph.objects(node, SH.sparql):
        for predicate in graph.predicates(constraint, None):
            if predicate not in _CONSTRAINT_TERMS and predicate != RDF.type:
                raise Uncompilable(f"sh:sparql with {predicate}")
        text = str(graph.value(constraint, SH.select))
        sql, variables = _compiled(header + text, focus, catalog)
        yield Check(str(shape), rule, sql, None, variables, messages, True)


def _focus(graph: rdflib.Graph, node: rdflib.term.Node | None, catalog: Catalog) -> Relation:
    """The focus nodes of a shape with ``sh:targetClass``."""
    selects = []
    for target in sorted(graph.objects(node, SH.targetClass), key=str):
        for table in catalog.of(TYPE):
            if table.value != str(target):
                continue
            if not table.scoped or table.subject != NODE:
                raise Uncompilable(f"focus nodes that are no parts of a claim: {target}")
            selects.append(f"SELECT c, s AS {column(THIS, NODE)} FROM {table.name}")
    if not selects:
        raise Uncompilable("a shape without focus nodes of a class")
    return Relation(" UNION ".join(selects), {THIS: (NODE,)}, frozenset({THIS}), True)


def _compiled(text: str, focus: Relation, catalog: Catalog) -> tuple[str, tuple[str, ...]]:
    algebra = translateQuery(parseQuery(text)).algebra
    if algebra.name != "SelectQuery":
        raise Uncompilable("not a SELECT query")
    selected = [str(name) for name in algebra.PV]
    if THIS not in selected:
        raise Uncompilable("a query that does not select $this")
    compiler = QueryCompiler(catalog)
    solutions = compiler.seeded(algebra.p, focus)
    claim = "f.c"
    columns = [claim, f"f.{column(THIS, NODE)}"]
    for name in ("path", "value"):
        columns.append(text_of(solutions.term(name, "f"), claim))
    others = tuple(name for name in selected if name not in (THIS, "path", "value"))
    columns += [text_of(solutions.term(name, "f"), claim) for name in others]
    sql = select(columns, f"({solutions.sql}) f", distinct=True)
    return compiler.with_tables(sql), others
