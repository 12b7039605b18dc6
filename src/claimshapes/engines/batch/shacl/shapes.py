"""Shapes as the shapes graph states them (SHACL, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.term import Node

from claimshapes.engines.batch.tables.terms import Uncompilable

_REPEATED = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape, or a property shape.

    Attributes:
        node: the shape in its graph.
        path: the path to the value nodes; none for a node shape.
        path_node: the path in the shapes graph.
        severity: IRI of the severity of its results.
        messages: texts of its results, in order.
        deactivated: whether all conforms to it.
    """

    node: Node
    path: Path | rdflib.URIRef | None
    path_node: Node | None
    severity: str
    messages: tuple[str, ...]
    deactivated: bool

    @property
    def path_iri(self) -> str | None:
        """The path, where it is one property."""
        return str(self.path) if isinstance(self.path, rdflib.URIRef) else None


def read_shape(graph: rdflib.Graph, node: Node) -> Shape:
    """A shape of a shapes graph.

    Raises:
        Uncompilable: the path is none that SHACL knows.
    """
    path_node = graph.value(node, SH.path)
    return Shape(
        node=node,
        path=None if path_node is None else read_path(graph, path_node),
        path_node=path_node,
        severity=str(graph.value(node, SH.severity) or SH.Violation),
        messages=tuple(sorted(str(text) for text in graph.objects(node, SH.message))),
        deactivated=is_true(graph.value(node, SH.deactivated)),
    )


def is_true(value: Node | None) -> bool:
    """Whether a parameter of a shape is the literal true."""
    return isinstance(value, rdflib.Literal) and value.value is True


def members(graph: rdflib.Graph, node: Node) -> list[Node]:
    """The members of a list.

    Raises:
        Uncompilable: it is no list.
    """
    if node != RDF.nil and (node, RDF.first, None) not in graph:
        raise Uncompilable(f"{node} is where a list should be")
    return list(Collection(graph, node))


def read_path(graph: rdflib.Graph, node: Node) -> Path | rdflib.URIRef:
    """A SHACL property path (section 2.3.1) as one of SPARQL.

    Raises:
        Uncompilable: it is none.
    """
    if isinstance(node, rdflib.URIRef):
        return node
    if (node, RDF.first, None) in graph:
        steps = [read_path(graph, step) for step in members(graph, node)]
        if len(steps) < 2:
            raise Uncompilable("a path that is a list of one")
        return SequencePath(*steps)
    choices = graph.value(node, SH.alternativePath)
    if choices is not None:
        return AlternativePath(*(read_path(graph, each) for each in members(graph, choices)))
    inner = graph.value(node, SH.inversePath)
    if inner is not None:
        path = read_path(graph, inner)
        if _has_sequence(path):
            # pySHACL walks its steps in their order, not from the last to the first.
            raise Uncompilable("the inverse of a path of several steps")
        return InvPath(path)
    for predicate, mode in _REPEATED.items():
        inner = graph.value(node, predicate)
        if inner is not None:
            return MulPath(read_path(graph, inner), mode)  # type: ignore[arg-type]
    raise Uncompilable("a path that SHACL does not know")


def _has_sequence(path: Path | rdflib.URIRef) -> bool:
    if isinstance(path, AlternativePath):
        return any(map(_has_sequence, path.args))
    if isinstance(path, InvPath):
        return _has_sequence(path.arg)
    if isinstance(path, MulPath):
        return _has_sequence(path.path)
    return isinstance(path, SequencePath)


def path_text(path: Path | rdflib.URIRef) -> str:
    """A path as SPARQL writes it."""
    if isinstance(path, rdflib.URIRef):
        return path.n3()
    if isinstance(path, SequencePath):
        return "(" + "/".join(path_text(step) for step in path.args) + ")"
    if isinstance(path, AlternativePath):
        return "(" + "|".join(path_text(each) for each in path.args) + ")"
    if isinstance(path, InvPath):
        return f"^{path_text(path.arg)}"
    if isinstance(path, MulPath):
        return f"({path_text(path.path)}){path.mod}"
    raise Uncompilable(f"the path {path}")


def targets(graph: rdflib.Graph, node: Node) -> Iterator[tuple[rdflib.URIRef, Node]]:
    """What a shape's focus nodes are, by the property that says so (section 2.1.3).

    A shape that is a class is its own ``sh:targetClass``.

    Raises:
        Uncompilable: a target of SHACL's advanced features.
    """
    if (node, SH.target, None) in graph:
        raise Uncompilable("sh:target has no SQL")
    for predicate in (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf):
        for value in sorted(graph.objects(node, predicate), key=str):
            yield predicate, value
    classes = set(graph.transitive_subjects(RDFS.subClassOf, RDFS.Class))
    if any(each in classes for each in graph.objects(node, RDF.type)):
        yield SH.targetClass, node
