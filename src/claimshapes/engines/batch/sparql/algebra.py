"""SPARQL's algebra, as rdflib makes it, as SQL (SPARQL 1.1, section 18).

``$this`` and the variables of a query around an EXISTS are a *seed*: solutions that every part
of the inner pattern may ask for, and that its own solutions are joined with in the end. So a
pattern is evaluated for all claims and focus nodes at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import rdflib
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue

from claimshapes.engines.batch.sparql.aggregates import aggregated
from claimshapes.engines.batch.sparql.asked_values import asked_rows, named_values
from claimshapes.engines.batch.sparql.exists import (
    EXISTS,
    has_exists,
    is_true_test,
    outer_variables,
    tests_in,
)
from claimshapes.engines.batch.sparql.expressions import (
    condition,
    expression_term,
    variables_of,
)
from claimshapes.engines.batch.sparql.paths import (
    AnyProperty,
    Choice,
    Hints,
    Triple,
    any_property,
    walked,
)
from claimshapes.engines.batch.sparql.patterns import basic_pattern
from claimshapes.engines.batch.sparql.relations import (
    ROW,
    Relation,
    column,
    compatible,
    join,
    kept,
    left_join,
    scoped,
    select,
    union,
)
from claimshapes.engines.batch.sparql.scope import Scope
from claimshapes.engines.batch.tables.property_tables import Catalog
from claimshapes.engines.batch.tables.terms import (
    NODE,
    Kind,
    Names,
    Term,
    Uncompilable,
    constant,
    is_text,
)
from claimshapes.engines.possible_values import conjuncts

THIS = "this"


class _SeedNeeded(Exception):
    """A pattern that is tried by itself asks for a variable of the query around it."""


class QueryCompiler:
    """Compiles one query.

    Args:
        catalog: the tables.

    Attributes:
        tables: common tables that the query's SQL begins with, in their order.
        texts: the selects of the texts that the query makes IRIs of.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.tables: list[str] = []
        self.texts: list[str] = []
        self._numbers = 0
        self._outside: frozenset[str] = frozenset()

    def with_tables(self, sql: str) -> str:
        """The select with the common tables that it needs before it."""
        return f"WITH RECURSIVE {', '.join(self.tables)} {sql}" if self.tables else sql

    def named(self, relation: Relation) -> Relation:
        """The relation as a common table, evaluated once."""
        name = self._name("q")
        self.tables.append(f"{name} AS MATERIALIZED ({relation.sql})")
        return replace(relation, sql=f"SELECT * FROM {name}")

    def pattern(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        """Solutions of a node of the algebra.

        Args:
            node: the node.
            seed: solutions around the pattern, of which it may ask for more variables.
            hints: what variables can be, by what binds them around the pattern.

        Raises:
            Uncompilable: the node, or something in it, has no SQL.
        """
        compiler = _NODES.get(node.name)
        if compiler is None:
            raise Uncompilable(f"{node.name} has no SQL")
        return compiler(self, node, seed, hints)

    def seeded(self, node: CompValue, seed: Relation) -> Relation:
        """Solutions of a pattern that are compatible with the seed, with the seed's variables."""
        made = self.pattern(node, seed, hinted(seed))
        if (
            seed.whole
            and seed.kinds.keys() == {THIS}
            and made.parts.get(THIS) == seed.whole
            and made.kinds[THIS] == (NODE,)
        ):
            return made
        if any(kinds == (ROW,) for name, kinds in made.kinds.items() if name in seed.kinds):
            return made
        if not seed.sql.startswith("SELECT DISTINCT ") and all(
            name in made.bound and made.kinds[name] == own for name, own in seed.kinds.items()
        ):
            # All of a table leaves little out, so its join need not be planned with the others;
            # with what is some of a table they may begin.
            return kept(made, seed)
        return join(seed, made)

    def asked(self, name: str, relation: Relation, seed: Relation | None) -> Relation:
        """The relation with a variable of the seed, where it has none of that name itself."""
        if name in relation.kinds:
            return relation
        if seed is not None and name in seed.kinds:
            return join(seed, relation)
        if name in self._outside:
            raise _SeedNeeded
        return relation

    def alone(self) -> bool:
        """Whether the pattern at hand is tried without what stands around it."""
        return bool(self._outside)

    def scope(self, relation: Relation, alias: str, marks: Mapping[int, str]) -> Scope:
        """Where expressions over a relation are evaluated."""

        def exists(expression: CompValue) -> str:
            if id(expression) not in marks:
                raise Uncompilable("EXISTS in this place")
            return f"{alias}.{marks[id(expression)]}"

        return Scope(
            variable=lambda name: relation.term(name, alias),
            # Names are joined with the rows, as a join can begin with either.
            names=Names(f"{alias}.c" if relation.scoped else "NULL", {}),
            exists=exists,
            evaluate=expression_term,
        )

    def _name(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}{self._numbers}"

    def _bgp(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        return self.triples([tuple(triple) for triple in node.triples], seed, hints)

    def triples(self, triples: list[Triple], seed: Relation | None, hints: Hints) -> Relation:
        """Solutions of triple patterns, whose properties may be paths or variables."""
        relation, later = basic_pattern(triples, self.catalog, hints)
        for part in later:
            for end in (part.subject, part.object):
                if isinstance(end, rdflib.Variable):
                    relation = self.asked(str(end), relation, seed)
            if isinstance(part, AnyProperty):
                around = hints.given(relation)
                relation = join(relation, any_property(part, self.catalog, around))
            elif isinstance(part, Choice):
                around = hints.given(relation)
                ways = [
                    self.triples([(part.subject, path, part.object)], relation, around)
                    for path in part.paths
                ]
                relation = join(relation, union(ways))
            else:
                table, relation = walked(relation, part, self._name("w"), self._step)
                self.tables.append(table)
        return relation

    def _step(self, triple: Triple, hints: Hints) -> Relation:
        return self.triples([triple], None, hints)

    def _join(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        left = self.pattern(node.p1, seed, hints)
        return join(left, self.pattern(node.p2, seed, hints.given(left)))

    def _left_join(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        left = self.pattern(node.p1, seed, hints)
        right = self.pattern(node.p2, seed, hints.given(left))
        if right.is_unit:
            return left
        for name in right.kinds:
            if seed is not None and name in seed.kinds:
                left = self.asked(name, left, seed)
        test = node.expr
        if is_true_test(test):
            return left_join(left, right, None)
        if has_exists(test):
            if variables_of(test) & (left.kinds.keys() - right.kinds.keys()):
                raise Uncompilable("EXISTS in OPTIONAL that asks for what is before it")
            return left_join(left, self._filtered(test, right, seed), None)
        for name in sorted(variables_of(test) - right.kinds.keys()):
            left = self.asked(name, left, seed)

        def variable(name: str) -> Term:
            if name in left.bound or name not in right.kinds:
                return left.term(name, "l")
            if name in left.kinds:
                raise Uncompilable("OPTIONAL with a test of a variable that may be bound before")
            return right.term(name, "r")

        def no_exists(expression: CompValue) -> str:
            raise Uncompilable("EXISTS in this place")

        claim = "l.c" if left.scoped else "r.c" if right.scoped else "NULL"
        scope = Scope(variable, Names(claim), no_exists, expression_term)
        return left_join(left, right, condition(test, scope))

    def _union(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        parts = [self.pattern(part, seed, hints) for part in (node.p1, node.p2)]
        if seed is not None:
            names = {name for part in parts for name in part.kinds if name in seed.kinds}
            parts = [part if names <= part.kinds.keys() else join(seed, part) for part in parts]
        return union(parts)

    def _minus(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        left = self.pattern(node.p1, seed, hints)
        right = self.pattern(node.p2, None, hinted(left))
        # A node takes the place of $this before the query is evaluated.
        shared = left.kinds.keys() & right.kinds.keys()
        if not shared - {THIS}:
            return left
        if not shared <= left.bound & right.bound:
            raise Uncompilable("MINUS by a variable that may be unbound")
        if right.scoped and not left.scoped:
            left = scoped(left)
        tests = " AND ".join(compatible(left, right))
        sql = f"SELECT l.* FROM ({left.sql}) l ANTI JOIN ({right.sql}) r ON {tests}"
        return replace(left, sql=sql)

    def _filter(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        return self._filtered(node.expr, self.pattern(node.p, seed, hints), seed)

    def _filtered(self, test: Any, relation: Relation, seed: Relation | None) -> Relation:
        parts = list(conjuncts(test))
        plain = [part for part in parts if not has_exists(part)]
        if plain:
            for name in sorted(variables_of(plain)):
                relation = self.asked(name, relation, seed)
            scope = self.scope(relation, "r", {})
            tests = [condition(part, scope) for part in plain]
            source = f"({relation.sql}) r{scope.names.joins()}"
            sql = f"SELECT r.* FROM {source} WHERE {' AND '.join(tests)}"
            relation = replace(
                relation,
                sql=sql,
                needs=relation.needs | asked_rows(plain, relation),
                among={**relation.among, **named_values(plain, relation)},
            )
        for part in parts:
            if not has_exists(part):
                continue
            if isinstance(part, CompValue) and part.name in EXISTS:
                relation = self._where_exists(part, relation, seed)
                continue
            for name in sorted(outer_variables(part)):
                relation = self.asked(name, relation, seed)
            relation, marks = self._marked(part, relation, seed)
            scope = self.scope(relation, "r", marks)
            tests = [condition(part, scope)]
            sql = select(relation.columns("r"), f"({relation.sql}) r{scope.names.joins()}", tests)
            relation = replace(relation, sql=sql)
        return relation

    def _extend(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        name = str(node.var)
        relation = self.pattern(node.p, seed, hints.but(name))
        if name in relation.kinds:
            # A group's key that is kept under its own name beside rdflib's.
            return relation
        for outer in sorted(outer_variables(node.expr)):
            relation = self.asked(outer, relation, seed)
        marks: dict[int, str] = {}
        if has_exists(node.expr):
            relation, marks = self._marked(node.expr, relation, seed)
        scope = self.scope(relation, "r", marks)
        term = expression_term(node.expr, scope)
        columns = relation.columns("r")
        columns += [f"{sql} AS {column(name, kind)}" for kind, sql in term.items()]
        source = f"({relation.sql}) r{scope.names.joins()}"
        self.texts += [select([f"{text} AS text"], source, distinct=True) for text in scope.made]
        bound = relation.bound
        if isinstance(node.expr, (rdflib.Literal, rdflib.URIRef)) or (
            isinstance(node.expr, rdflib.Variable) and str(node.expr) in bound
        ):
            bound |= {name}
        return Relation(
            select(columns, source),
            {**relation.kinds, name: tuple(term)},
            bound,
            relation.scoped,
            relation.order,
            relation.never,
            relation.needs,
            relation.parts,
            read_from={key: own for key, own in relation.read_from.items() if key != name},
        )

    def _where_exists(self, test: CompValue, relation: Relation, seed: Relation | None) -> Relation:
        relation, inner = self._inner(test, relation, seed)
        if inner.scoped and not relation.scoped:
            relation = scoped(relation)
        kind = "SEMI" if test.name == "Builtin_EXISTS" else "ANTI"
        tests = " AND ".join(compatible(relation, inner)) or "TRUE"
        kept = _without_own_rows(relation, inner)
        columns = ", ".join(kept.columns("l")) or "1"
        sql = f"SELECT {columns} FROM ({relation.sql}) l {kind} JOIN ({inner.sql}) r ON {tests}"
        needs = kept.needs | inner.needs if kind == "SEMI" else kept.needs
        return replace(kept, sql=sql, needs=needs)

    def _marked(
        self, expression: Any, relation: Relation, seed: Relation | None
    ) -> tuple[Relation, dict[int, str]]:
        """The relation with a column for each EXISTS in an expression: whether it holds."""
        marks: dict[int, str] = {}
        for test in tests_in(expression):
            relation, inner = self._inner(test, relation, seed, numbered=True)
            mark = self._name("mark")
            (row,) = inner.kinds
            sign = "IS NOT NULL" if test.name == "Builtin_EXISTS" else "IS NULL"
            number = column(row, ROW)
            kept = _without_own_rows(relation, inner)
            columns = "".join(f"{name}, " for name in kept.columns("l"))
            others = "".join(f"l.{known}, " for known in marks.values())
            relation = replace(
                kept,
                sql=f"SELECT {columns}{others}"
                f" r.{number} {sign} AS {mark} FROM ({relation.sql}) l"
                f" LEFT JOIN (SELECT DISTINCT {number} FROM ({inner.sql}) i) r"
                f" ON l.{number} = r.{number}",
            )
            marks[id(test)] = mark
        return relation, marks

    def _inner(
        self,
        test: CompValue,
        relation: Relation,
        seed: Relation | None,
        *,
        numbered: bool = False,
    ) -> tuple[Relation, Relation]:
        """The pattern of an EXISTS, to be compared with the relation it is asked for.

        Where the pattern binds by itself what it shares with the relation, it is evaluated by
        itself; else the relation's rows are numbered and the pattern is evaluated for them.
        """
        graph = test.graph
        if graph.name not in _NODES:
            graph = translateGroupGraphPattern(graph)
            test["graph"] = graph
        names = variables_of(graph)
        for name in sorted(names):
            relation = self.asked(name, relation, seed)
        shared = names & relation.kinds.keys()
        if not numbered:
            inner = self._by_itself(graph, relation, shared)
            if inner is not None:
                return relation, inner
        row = self._name("row")
        columns = ["*", f"row_number() OVER () AS {column(row, ROW)}"]
        counted = self.named(
            Relation(
                select(columns, f"({relation.sql}) n"),
                {**relation.kinds, row: (ROW,)},
                relation.bound | {row},
                relation.scoped,
                relation.order,
                relation.never,
                relation.needs,
                read_from=relation.read_from,
            )
        )
        around = _only(counted, shared | {row})
        outside, self._outside = self._outside, frozenset()
        try:
            inner = self.seeded(graph, around)
        finally:
            self._outside = outside
        inner = Relation(
            select([column(row, ROW)], f"({inner.sql}) k"),
            {row: (ROW,)},
            frozenset({row}),
            False,
            needs=inner.needs,
        )
        return counted, inner

    def _by_itself(self, graph: CompValue, relation: Relation, shared: set[str]) -> Relation | None:
        """The pattern without what stands around it, if it asks for nothing of that."""
        if not shared <= relation.bound:
            return None
        kept, texts = len(self.tables), len(self.texts)
        outside, self._outside = self._outside, frozenset(shared)
        try:
            # Of what is asked for by each row only what the rows can ask for is read.
            hints = replace(hinted(relation), among=relation.among)
            inner = self.pattern(graph, None, hints)
        except _SeedNeeded:
            inner = None
        finally:
            self._outside = outside
        if inner is None or not shared <= inner.bound:
            del self.tables[kept:], self.texts[texts:]
            return None
        return _only(inner, shared)

    def _project(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        names = [str(name) for name in node.PV]
        # What $this is, is known within a sub-select too, whether it selects it or not.
        relation = self.pattern(node.p, seed, hints.of([*names, THIS]))
        for name in names:
            relation = self.asked(name, relation, seed)
        rows = {name for name, kinds in relation.kinds.items() if kinds == (ROW,)}
        return _only(relation, {*names, *rows, THIS})

    def _distinct(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        relation = self.pattern(node.p, seed, hints)
        sql = select(relation.columns("d"), f"({relation.sql}) d", distinct=True)
        return replace(relation, sql=sql)

    def _order_by(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        relation = self.pattern(node.p, seed, hints)
        order = []
        for part in node.expr:
            name = str(part.expr)
            if not isinstance(part.expr, rdflib.Variable) or name not in relation.bound:
                return replace(relation, order=())
            kinds = relation.kinds[name]
            # Oxigraph orders texts by their characters, whatever their language.
            if len(kinds) > 1 and not all(map(is_text, kinds)):
                return replace(relation, order=())
            columns = tuple(column(name, kind) for kind in kinds)
            order.append((columns, part.order == "DESC"))
        return replace(relation, order=tuple(order))

    def _aggregate_join(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        keys = [] if node.p.expr is None else list(node.p.expr)
        if not all(isinstance(key, rdflib.Variable) for key in keys):
            raise Uncompilable("GROUP BY what is no variable")
        names = [str(key) for key in keys]
        if not names and self.alone():
            raise _SeedNeeded
        relation = self.pattern(node.p.p, seed, hints.of([*names, THIS]))
        wanted = [*names, *(seed.kinds if seed is not None and not names else ())]
        for name in (*wanted, *sorted(variables_of(node.A))):
            relation = self.asked(name, relation, seed)
        base = None if names else seed
        return aggregated(
            node.A, relation, names, self.scope(relation, "g", {}), base, prebound={THIS}
        )

    def _subquery(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        return self.pattern(node.p, seed, hints)

    def _values(self, node: CompValue, seed: Relation | None, hints: Hints) -> Relation:
        rows = []
        for row in node.res:
            values = {str(name): value for name, value in row.items() if value != "UNDEF"}
            terms = {name: constant(value) for name, value in values.items()}
            columns = [f"{sql} AS {column(name, kind)}" for name, (kind, sql) in terms.items()]
            kinds: dict[str, tuple[Kind, ...]] = {}
            kinds = {name: (kind,) for name, (kind, _) in terms.items()}
            rows.append(
                Relation(f"SELECT {', '.join(columns) or '1'}", kinds, frozenset(kinds), False)
            )
        return union(rows)


_NODES = {
    "BGP": QueryCompiler._bgp,
    "Join": QueryCompiler._join,
    "LeftJoin": QueryCompiler._left_join,
    "Union": QueryCompiler._union,
    "Minus": QueryCompiler._minus,
    "Filter": QueryCompiler._filter,
    "Extend": QueryCompiler._extend,
    "Project": QueryCompiler._project,
    "Distinct": QueryCompiler._distinct,
    "Reduced": QueryCompiler._subquery,
    "OrderBy": QueryCompiler._order_by,
    "AggregateJoin": QueryCompiler._aggregate_join,
    "ToMultiSet": QueryCompiler._subquery,
    "values": QueryCompiler._values,
}


def hinted(relation: Relation) -> Hints:
    """What a relation leaves for the variables which it always binds."""
    return Hints().given(relation)


def _only(relation: Relation, names: set[str]) -> Relation:
    """The relation with some of its variables; its order stays where their columns do."""
    kinds = {name: kinds for name, kinds in relation.kinds.items() if name in names}
    made = Relation(
        relation.sql,
        kinds,
        relation.bound & names,
        relation.scoped,
        never=relation.never,
        needs=relation.needs,
        parts={name: part for name, part in relation.parts.items() if name in names},
        read_from={name: own for name, own in relation.read_from.items() if name in names},
    )
    columns = made.columns("k")
    ordering = {f"k.{name}" for names_, _ in relation.order for name in names_}
    order = relation.order if ordering <= set(columns) else ()
    return replace(made, sql=select(columns, f"({relation.sql}) k"), order=order)


def _without_own_rows(relation: Relation, inner: Relation) -> Relation:
    """The relation without the numbers that its rows were given for an EXISTS.

    They would keep apart what GROUP BY and DISTINCT put together.
    """
    kinds = {
        name: kinds
        for name, kinds in relation.kinds.items()
        if kinds != (ROW,) or name not in inner.kinds
    }
    return replace(relation, kinds=kinds, bound=relation.bound.intersection(kinds))
