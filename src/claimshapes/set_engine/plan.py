"""What shapes and derivations were compiled to, and what of them could not be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

import rdflib
from rdflib.namespace import RDF, SH
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.checking.rules import RuleBook
from claimshapes.graph.derive import Derivation
from claimshapes.set_engine.catalog import TYPE, Catalog, Table
from claimshapes.set_engine.core import core_queries
from claimshapes.set_engine.patterns import is_variable, name_of
from claimshapes.set_engine.relations import Relation, column, select
from claimshapes.set_engine.sparql import THIS, QueryCompiler
from claimshapes.set_engine.terms import IRI, NODE, Kind, Uncompilable, constant, text_of

_SHAPE_TERMS = {
    SH.targetClass,
    SH.targetSubjectsOf,
    SH.targetObjectsOf,
    SH.severity,
    SH.message,
    SH.sparql,
    SH.property,
    SH.name,
    SH.description,
}
_CONSTRAINT_TERMS = {SH.prefixes, SH.select}


@dataclass(frozen=True, slots=True)
class Head:
    """A triple of a derivation's head: the table that it goes to, and how its rows are made.

    Attributes:
        table: the table.
        columns: the columns of its rows over the solutions.
        tests: what has to be true of a solution.
        adds: whether the table may have rows by then.
    """

    table: Table
    columns: tuple[str, ...]
    tests: tuple[str, ...]
    adds: bool

    def select(self, body: str) -> str:
        """The select of its rows from the solutions."""
        return select(self.columns, body, self.tests, distinct=True)


@dataclass(frozen=True, slots=True)
class DerivationStep:
    """A derivation: its solutions, and the tables that they go to.

    Attributes:
        iri: the derivation.
        body: the select of its solutions.
        heads: what is made of the solutions.
        needs: sets of tables of which each needs one with rows, or there is no solution.
    """

    iri: str
    body: str
    heads: tuple[Head, ...]
    needs: frozenset[frozenset[str]]


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
        needs: sets of tables of which each needs one with rows, or there is no result.
    """

    shape: str
    rule: str
    sql: str
    path: str | None
    variables: tuple[str, ...]
    messages: tuple[str, ...]
    formatted: bool
    needs: frozenset[frozenset[str]]


@dataclass(slots=True)
class Plan:
    """All that is run for a batch.

    Attributes:
        steps: the derivations in their order.
        checks: the constraints of all rules that could be compiled.
        problems: for each rule that could not be compiled, why not.
        left: for each derivation that could not be compiled, why not.
    """

    steps: list[DerivationStep] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

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
    for derivation in derivations:
        try:
            plan.steps.append(_step(derivation, catalog, filled))
        except Uncompilable as error:
            plan.left[derivation.iri] = str(error)
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
    body = compiler.with_tables(solutions.sql)
    return DerivationStep(derivation.iri, body, tuple(heads), solutions.needs)


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
            sql, variables, needs = _compiled(query.select, focus, catalog)
            yield Check(str(shape), rule, sql, query.path, variables, messages, False, needs)
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
        sql, variables, needs = _compiled(header + text, focus, catalog)
        yield Check(str(shape), rule, sql, None, variables, messages, True, needs)


@dataclass(frozen=True, slots=True)
class _Focus:
    """The focus nodes of a shape: the parts of a claim, and whether other nodes are some too."""

    nodes: Relation
    others: bool


def _focus(graph: rdflib.Graph, node: rdflib.term.Node | None, catalog: Catalog) -> _Focus:
    """The focus nodes of a shape: of a class, or subjects or objects of a property."""
    targets: list[tuple[Table, str]] = []
    for target in graph.objects(node, SH.targetClass):
        targets += [(table, "s") for table in catalog.of(TYPE) if table.value == str(target)]
    for target in graph.objects(node, SH.targetSubjectsOf):
        targets += [(table, "s") for table in catalog.of(str(target))]
    for target in graph.objects(node, SH.targetObjectsOf):
        targets += [(table, "o") for table in catalog.of(str(target))]
    name = column(THIS, NODE)
    selects: list[str] = []
    others = False
    once = False
    for table, end in targets:
        if (table.subject if end == "s" else table.object) != NODE:
            others = True
        else:
            once = not selects and table.value is not None
            selects.append(f"SELECT c, {end} AS {name} FROM {table.name}")
    if not selects:
        raise Uncompilable("a shape whose focus nodes are no parts of a claim")
    sql = " UNION ALL ".join(sorted(selects))
    if not once:
        # A node is a focus node once, however often it is a target.
        sql = f"SELECT DISTINCT c, {name} FROM ({sql}) t"
    needs = frozenset({frozenset(table.name for table, _ in targets)})
    return _Focus(Relation(sql, {THIS: (NODE,)}, frozenset({THIS}), True, needs=needs), others)


def _compiled(
    text: str, focus: _Focus, catalog: Catalog
) -> tuple[str, tuple[str, ...], frozenset[frozenset[str]]]:
    algebra = translateQuery(parseQuery(text)).algebra
    if algebra.name != "SelectQuery":
        raise Uncompilable("not a SELECT query")
    selected = [str(name) for name in algebra.PV]
    if THIS not in selected:
        raise Uncompilable("a query that does not select $this")
    if focus.others and not _elsewhere(algebra.p, catalog).never:
        raise Uncompilable("focus nodes that are no parts of a claim")
    compiler = QueryCompiler(catalog)
    solutions = compiler.seeded(algebra.p, focus.nodes)
    claim = "f.c"
    columns = [claim, f"f.{column(THIS, NODE)}"]
    for name in ("path", "value"):
        columns.append(text_of(solutions.term(name, "f"), claim))
    others = tuple(name for name in selected if name not in (THIS, "path", "value"))
    columns += [text_of(solutions.term(name, "f"), claim) for name in others]
    sql = select(columns, f"({solutions.sql}) f", distinct=True)
    return compiler.with_tables(sql), others, solutions.needs


def _elsewhere(pattern: CompValue, catalog: Catalog) -> Relation:
    """What a query finds on focus nodes that are no parts of a claim: nothing, if it is good."""
    kinds = {THIS: (IRI,)}
    nowhere = f"SELECT c, CAST(NULL AS VARCHAR) AS {column(THIS, IRI)} FROM batch"
    return QueryCompiler(catalog).seeded(pattern, Relation(nowhere, kinds, frozenset(kinds), True))
