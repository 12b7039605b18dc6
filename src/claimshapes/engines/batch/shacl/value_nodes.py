"""Focus nodes, their value nodes, and what is done with sets of them.

A set of nodes is a relation with the variable ``this``; value nodes are one with ``this`` and
``value``, in which no solution is there twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import rdflib
from rdflib.namespace import RDF, RDFS
from rdflib.paths import Path, SequencePath, ZeroOrMore

from claimshapes.engines.batch.sparql.algebra import THIS, QueryCompiler, hinted
from claimshapes.engines.batch.sparql.paths import Hints, Triple
from claimshapes.engines.batch.sparql.relations import (
    Relation,
    column,
    kept,
    null,
    select,
    union,
)
from claimshapes.engines.batch.tables.property_tables import TYPE
from claimshapes.engines.batch.tables.terms import Kind, Term, is_literal

VALUE = "value"


@dataclass(frozen=True, slots=True)
class Nodes:
    """Focus nodes of a shape, and their value nodes.

    Attributes:
        compiler: the query that they are part of.
        focus: the focus nodes.
        values: the value nodes; of a node shape, each focus node itself.
        itself: whether they are those of a node shape.
    """

    compiler: QueryCompiler
    focus: Relation
    values: Relation
    itself: bool = False

    def alone(self) -> Relation:
        """The value nodes, each once, without the focus nodes that they are of."""
        return self.focus if self.itself else renamed(self.values, {VALUE: THIS})

    def those(self, nodes: Relation) -> Relation:
        """The value nodes that are among some of them."""
        if self.itself:
            return with_copy(nodes)
        return kept(self.values, renamed(nodes, {THIS: VALUE}))

    def others(self, nodes: Relation) -> Relation:
        """The value nodes that are not among some of them."""
        if self.itself:
            return with_copy(kept(self.focus, nodes, where=False))
        return kept(self.values, renamed(nodes, {THIS: VALUE}), where=False)

    @property
    def claim(self) -> str:
        """SQL for the number of the claim of a value, whose alias is ``v``."""
        return "v.c" if self.values.scoped else "NULL"

    def where(self, test: str) -> Relation:
        """The value nodes of which a test, over the alias ``v``, is true."""
        columns = self.values.columns("v")
        return replace(self.values, sql=select(columns, f"({self.values.sql}) v", [test]))

    def value(self) -> Term:
        """The columns of the value nodes, whose alias is ``v``."""
        return self.values.term(VALUE, "v")


def nodes_of(compiler: QueryCompiler, focus: Relation, path: Path | rdflib.URIRef | None) -> Nodes:
    """The value nodes that a path leads to from focus nodes; without a path these themselves."""
    if path is None:
        return Nodes(compiler, focus, with_copy(focus), itself=True)
    return Nodes(compiler, focus, objects(compiler, focus, path))


def objects(compiler: QueryCompiler, focus: Relation, path: Path | rdflib.URIRef) -> Relation:
    """What a path leads to from each focus node."""
    found = triples_from(compiler, focus, path, rdflib.Variable(VALUE))
    return renamed(kept(found, focus), {THIS: THIS, VALUE: VALUE})


def triples_from(
    compiler: QueryCompiler,
    focus: Relation,
    path: Path | rdflib.URIRef,
    end: rdflib.term.Node,
) -> Relation:
    """What a path leads to, of focus nodes and maybe of others, maybe several times."""
    triple: Triple = (rdflib.Variable(THIS), path, end)
    return compiler.triples([triple], focus, hinted(focus))


def distinct(relation: Relation) -> Relation:
    """The relation with every solution once."""
    sql = select(relation.columns("d"), f"({relation.sql}) d", distinct=True)
    return replace(relation, sql=sql, order=())


def renamed(relation: Relation, names: dict[str, str], *, once: bool = False) -> Relation:
    """Some variables of a relation under other names, every solution once.

    Args:
        relation: the solutions.
        names: the new name of each variable that stays.
        once: whether every solution of these is there once anyway.
    """
    kinds = {new: relation.kinds[old] for old, new in names.items()}
    columns = ["r.c"] if relation.scoped else []
    columns += [
        f"{sql} AS {column(new, kind)}"
        for old, new in names.items()
        for kind, sql in relation.term(old, "r").items()
    ]
    sql = select(columns, f"({relation.sql}) r", distinct=not once)
    bound = frozenset(new for old, new in names.items() if old in relation.bound)
    parts = {new: relation.parts[old] for old, new in names.items() if old in relation.parts}
    return Relation(
        sql,
        kinds,
        bound,
        relation.scoped,
        never=relation.never,
        needs=relation.needs,
        parts=parts,
    )


def with_copy(focus: Relation) -> Relation:
    """The focus nodes as value nodes of themselves."""
    return renamed_copy(focus, THIS, VALUE)


def renamed_copy(relation: Relation, name: str, copy: str) -> Relation:
    """The relation with a variable once more under another name."""
    columns = relation.columns("r")
    columns += [f"{sql} AS {column(copy, kind)}" for kind, sql in relation.term(name, "r").items()]
    kinds = {**relation.kinds, copy: relation.kinds[name]}
    sql = select(columns, f"({relation.sql}) r")
    bound = relation.bound | ({copy} if name in relation.bound else set())
    return replace(relation, sql=sql, kinds=kinds, bound=frozenset(bound))


def all_of(parts: list[Relation]) -> Relation:
    """The nodes that are in any of several sets, each once."""
    parts = [part for part in parts if not part.never] or parts[:1]
    return parts[0] if len(parts) == 1 else distinct(union(parts))


def nothing(like: Relation, *names: str) -> Relation:
    """No solution, of the variables named."""
    kinds: dict[str, tuple[Kind, ...]] = {name: like.kinds[name] for name in names}
    columns = ["c"] if like.scoped else []
    columns += [
        f"{null(kind)} AS {column(name, kind)}" for name, own in kinds.items() for kind in own
    ]
    source = "batch" if like.scoped else "(SELECT 1)"
    sql = f"SELECT {', '.join(columns)} FROM {source} WHERE FALSE"
    return Relation(sql, kinds, frozenset(kinds), like.scoped, never=True)


def instances(compiler: QueryCompiler, nodes: Relation, of: rdflib.term.Node) -> Relation:
    """Those of the nodes that are of a class, or of one below it (section 1.1)."""
    triples = [class_pattern(compiler, rdflib.Variable(THIS), of)]
    kinds = tuple(kind for kind in nodes.kinds[THIS] if not is_literal(kind))
    found = compiler.triples(triples, nodes, Hints({THIS: frozenset(kinds)}))
    return kept(nodes, found)


def class_pattern(
    compiler: QueryCompiler, subject: rdflib.term.Node, of: rdflib.term.Node
) -> Triple:
    """The triple pattern of what is of a class."""
    if not compiler.catalog.of(str(RDFS.subClassOf)):
        return subject, rdflib.URIRef(TYPE), of
    return subject, SequencePath(RDF.type, RDFS.subClassOf * ZeroOrMore), of  # type: ignore[operator]
