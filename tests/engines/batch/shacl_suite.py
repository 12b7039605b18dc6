"""The W3C's SHACL test suite: its tests, and how the set engine's compiler does on each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import rdflib
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from claimshapes.engines.batch.shacl.focus import focus_nodes
from claimshapes.engines.batch.shacl.results import Results
from claimshapes.engines.batch.shacl.shape_queries import ShapeCompiler
from claimshapes.engines.batch.shacl.shapes import read_path
from claimshapes.engines.batch.sparql.algebra import THIS, QueryCompiler
from claimshapes.engines.batch.sparql.relations import Relation
from claimshapes.engines.batch.tables.property_tables import Catalog
from claimshapes.engines.batch.tables.terms import (
    IRI,
    MACROS,
    Names,
    Uncompilable,
    datatype_of,
    is_text,
    is_written,
    written,
)
from claimshapes.rules.component_queries import constraint_components
from tests.engines.batch.triple_tables import know_terms, load_triples

MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")

_SHAPES = (SH.NodeShape, SH.PropertyShape)
_TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.target)

Row = tuple[str, str | None, str | None, str, str, str]
"""A validation result: focus node, path, value, severity, component, source shape."""


@dataclass(frozen=True, slots=True)
class SuiteTest:
    """A test of the suite.

    Attributes:
        name: the manifest's file without its ending, relative to the suite.
        data: the data graph.
        shapes: the shapes graph.
        expected: the results in order, or none where the shapes have to be refused.
    """

    name: str
    data: rdflib.Graph
    shapes: rdflib.Graph
    expected: list[Row] | None


def suite_tests(folder: Path) -> Iterator[SuiteTest]:
    """The tests of every manifest below a folder, in order."""
    for file in sorted(folder.rglob("*.ttl")):
        manifest = _read(file)
        for node in sorted(manifest.subjects(RDF.type, SHT.Validate), key=str):
            action, result = manifest.value(node, MF.action), manifest.value(node, MF.result)
            graphs = []
            for predicate in (SHT.dataGraph, SHT.shapesGraph):
                place = Path(str(manifest.value(action, predicate)).removeprefix("file://"))
                graphs.append(manifest if place == file.resolve() else _read(place))
            expected = (
                None
                if result == SHT.Failure
                else sorted(
                    (expected_row(manifest, each) for each in manifest.objects(result, SH.result)),
                    key=str,
                )
            )
            name = str(file.relative_to(folder).with_suffix(""))
            yield SuiteTest(name, graphs[0], graphs[1], expected)


def _read(file: Path) -> rdflib.Graph:
    return read_graph(file.read_text("utf-8"), file.resolve().as_uri())


def read_graph(text: str, base: str | None = None) -> rdflib.Graph:
    """A graph from Turtle, its literals as they are written: "1" is not "true"."""
    normalized, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        return rdflib.Graph().parse(data=text, format="turtle", publicID=base)
    finally:
        rdflib.NORMALIZE_LITERALS = normalized


def expected_row(graph: rdflib.Graph, result: Node) -> Row:
    """A validation result of a report."""
    path = graph.value(result, SH.resultPath)
    value = graph.value(result, SH.value)
    return (
        _text(graph.value(result, SH.focusNode)),
        None if path is None else str(read_path(graph, path)),
        None if value is None else _text(value),
        str(graph.value(result, SH.resultSeverity)),
        str(graph.value(result, SH.sourceConstraintComponent)),
        _text(graph.value(result, SH.sourceShape)),
    )


def _text(node: Node | None) -> str:
    """A term as text; blank nodes are not told apart."""
    return "_:" if isinstance(node, rdflib.BNode) else node.n3() if node is not None else ""


def validation_results(data: rdflib.Graph, shapes: rdflib.Graph) -> list[Row]:
    """The results of the shapes that have targets, by the set engine's compiler, in order.

    Raises:
        Uncompilable: a shape has no SQL.
    """
    catalog = Catalog()
    rows: list[Row] = []
    with duckdb.connect() as connection:
        for macro in MACROS:
            connection.execute(macro)
        load_triples(data, catalog, connection)
        compiler = ShapeCompiler(shapes, catalog, components=constraint_components(shapes))
        for node in _shapes_of(shapes):

            def focus(query: QueryCompiler, node: Node = node) -> Relation:
                found = focus_nodes(shapes, node, query, None)
                assert found is not None
                return found

            if focus_nodes(shapes, node, QueryCompiler(catalog), None) is None:
                continue
            for results in compiler.results(node, focus):
                rows += _rows(results, connection)
    return sorted(rows, key=str)


def _shapes_of(graph: rdflib.Graph) -> list[Node]:
    found = {node for one in _SHAPES for node in graph.subjects(RDF.type, one)}
    found |= {node for one in _TARGETS for node in graph.subjects(one, None)}
    return sorted(found, key=str)


def _rows(results: Results, connection: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    relation = results.relation
    terms = [relation.term(name, "f") for name in (THIS, "path", "value")]
    columns = [
        f"CAST({written({kind: sql}, Names('NULL'))} AS VARCHAR)"
        for term in terms
        for kind, sql in term.items()
    ]
    sql = f"SELECT DISTINCT {', '.join(columns)} FROM ({relation.sql}) f"
    know_terms(connection, sql, results.compiler)
    shape = results.shape
    default = None if shape.path is None else str(shape.path)
    for row in connection.execute(results.compiler.with_tables(sql)).fetchall():
        cells = iter(row)
        found = [_first([(kind, next(cells)) for kind in term]) for term in terms]
        focus, path, value = found
        assert focus is not None
        if value is None and shape.path is None and not _is_core(results.component):
            value = focus
        yield (
            _text(focus),
            default if path is None else str(path),
            None if value is None else _text(value),
            shape.severity,
            results.component,
            _text(shape.node),
        )


def _is_core(component: str) -> bool:
    own = component.startswith(str(SH))
    return own and component != str(SH.SPARQLConstraintComponent)


def _first(cells: list[tuple[str, str | None]]) -> Node | None:
    for kind, text in cells:
        if text is not None:
            return term_of_kind(kind, text)
    return None


def term_of_kind(kind: str, text: str) -> Node:
    if kind == IRI:
        return rdflib.BNode(text[2:]) if text.startswith("_:") else rdflib.URIRef(text)
    if is_text(kind) and kind.startswith("@"):
        return rdflib.Literal(text, lang=kind[1:])
    if is_text(kind) and not is_written(kind):
        return rdflib.Literal(text)
    return rdflib.Literal(text, datatype=rdflib.URIRef(datatype_of(kind)), normalize=False)


def outcome(test: SuiteTest) -> tuple[str, str]:
    """How the compiler does on a test: ``passed``, ``not supported`` or ``wrong``, and why."""
    try:
        found = validation_results(test.data, test.shapes)
    except Uncompilable as error:
        # Shapes that have to be refused are, by the engine that they are left to.
        return ("passed" if test.expected is None else "not supported"), str(error)
    if test.expected is None:
        return "wrong", "not refused"
    if set(found) != set(test.expected):
        return "wrong", f"expected {test.expected}\nfound {found}"
    return "passed", ""
