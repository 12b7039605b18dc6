"""Other SHACL engines on exported rules and claims' graphs, and what each says."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib.namespace import RDF, SH, XSD

from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.export import EXPORT, PROPERTY
from tests.rules import queries_read_once
from tests.rules.topbraid import Topbraid

_PRECONDITION_OF = rdflib.URIRef(f"{CS_NS}preconditionOf")
_YIELDS_TO = rdflib.URIRef(f"{CS_NS}yieldsTo")
_NOT_FINDINGS = {f"{CS_NS}NotChecked", f"{CS_NS}NotCovered"}
_AS_WRITTEN = re.compile(r'\\*"(?:\^\^<[^>]*>|@[a-z]+)?')
_WHOLE = re.compile(r"\b(\d+)\.0\b")


class Said(NamedTuple):
    """A result of a rule or its precondition, on a part of a claim."""

    rule: str
    focus: str
    severity: str
    message: str


class Shapes:
    """Exported rules, and what their head leaves to whoever reads a report.

    Args:
        graph: as ``exported`` makes it.
    """

    def __init__(self, graph: rdflib.Graph) -> None:
        self.graph = graph
        self._rules = {
            str(node): str(rule) for node, rule in graph.subject_objects(_PRECONDITION_OF)
        }
        self._stricter: dict[str, set[str]] = {}
        for rule, other in graph.subject_objects(_YIELDS_TO):
            self._stricter.setdefault(str(rule), set()).add(str(other))

    def __bool__(self) -> bool:
        return (None, RDF.type, SH.NodeShape) in self.graph

    def lines(self) -> str:
        """The shapes as N-Triples, without the head, which names payer and day."""
        shapes = self.graph - rdflib.Graph().__iadd__(self.graph.triples((EXPORT, None, None)))
        return "".join(sorted(shapes.serialize(format="nt").splitlines(keepends=True)))

    def with_queries(self, pattern: re.Pattern[str]) -> set[str]:
        """Rules with a query that has something; those that yield to one, and their like."""
        queries = self.graph.subject_objects(SH.sparql / SH.select)
        having = {self._rule(str(shape)) for shape, text in queries if pattern.search(str(text))}
        return having | {rule for rule, others in self._stricter.items() if others & having}

    def left(self, results: Iterable[tuple[str, str, str, str]]) -> set[Said]:
        """Results, but for what yields to another of the same focus node."""
        said = {
            Said(self._rule(_bare(shape)), _bare(focus), _bare(severity), message)
            for shape, focus, severity, message in results
        }
        spoken = {(each.rule, each.focus) for each in said if each.severity not in _NOT_FINDINGS}
        return {
            each
            for each in said
            if each.severity in _NOT_FINDINGS or not self._yields(each, spoken)
        }

    def _rule(self, shape: str) -> str:
        whole = shape.partition(f"#{PROPERTY}")[0]
        return self._rules.get(whole, whole)

    def _yields(self, each: Said, spoken: set[tuple[str, str]]) -> bool:
        return any((other, each.focus) in spoken for other in self._stricter.get(each.rule, ()))


def by_command(shapes: Shapes, data: str, folder: Path) -> set[Said]:
    """What pySHACL's command line says, over rdflib's graphs."""
    shapes.graph.serialize(folder / "shapes.ttl", format="turtle")
    (folder / "data.nt").write_text(data, "utf-8")
    files = ["-s", str(folder / "shapes.ttl"), str(folder / "data.nt")]
    made = subprocess.run(
        [sys.executable, queries_read_once.__file__, "-f", "turtle", *files],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert made.returncode in (0, 1), made.stderr
    return _reported(shapes, rdflib.Graph().parse(data=made.stdout, format="turtle"))


def by_rdflib(shapes: Shapes, data: rdflib.Graph) -> set[Said]:
    """What pySHACL says in this process, over rdflib's graphs."""
    with queries_read_once.queries_read_once():
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes.graph, inplace=True)
    assert isinstance(report, rdflib.Graph)
    return _reported(shapes, report)


def by_shacl(shapes: Shapes, data: str) -> set[Said]:
    """What the package shacl says."""
    return shapes.left(
        (each.root_shape, each.focus_node, each.severity_iri, each.message)
        for each in _compiled(shapes.lines()).validate_text(data, "ntriples").results
    )


def by_shacl_rust(shapes: Shapes, data: str) -> set[Said]:
    """What the package shacl-rust says."""
    package: Any = importlib.import_module("shacl_rust")
    report = package.validate(data, shapes.lines(), data_format="nt", shapes_format="nt")
    return shapes.left(
        (each["sourceShape"], each["focusNode"], each["severity"], _own_message(each))
        for each in report["results"]
    )


def by_topbraid(engine: Topbraid, shapes: Shapes, data: str) -> set[Said]:
    """What TopQuadrant's engine says; it has the knowledge that all claims share."""
    return shapes.left(engine.results(shapes.lines(), data))


def without_quotes(said: Iterable[Said]) -> set[Said]:
    """Results without what shacl-rust writes around terms in messages: it has them as N-Triples."""
    return {each._replace(message=_AS_WRITTEN.sub("", each.message)) for each in said}


def without_zeros(said: Iterable[Said]) -> set[Said]:
    """Results without what TopQuadrant's engine writes of sums: 2.0 where others have 2."""
    return {each._replace(message=_WHOLE.sub(r"\1", each.message)) for each in said}


def as_lines(quads: Iterable[ox.Quad]) -> str:
    """Quads as N-Triples, each once."""
    triples = dict.fromkeys(quad.triple for quad in quads)
    written = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    assert written is not None
    return written.decode()


def as_rdflib(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    """Quads as a graph of rdflib, whose blank nodes keep their names."""
    graph = rdflib.Graph()
    for quad in quads:
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return graph


def _term(term: Any) -> rdflib.term.Identifier:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    kind = None if term.language or term.datatype.value == str(XSD.string) else term.datatype.value
    return rdflib.Literal(term.value, lang=term.language, datatype=kind)


def _own_message(result: dict[str, Any]) -> str:
    """A result's message; one of shacl-rust precedes that of a shape, and follows a query's."""
    of_query = "SPARQLConstraintComponent" in result["sourceConstraintComponent"]
    return str(result["messages"][0 if of_query else -1])


def _reported(shapes: Shapes, report: rdflib.Graph) -> set[Said]:
    about = (SH.sourceShape, SH.focusNode, SH.resultSeverity, SH.resultMessage)
    results = set(report.objects(None, SH.result))
    found = [[str(report.value(each, property_)) for property_ in about] for each in results]
    return shapes.left((shape, focus, severity, text) for shape, focus, severity, text in found)


@cache
def _compiled(shapes: str) -> Any:
    package: Any = importlib.import_module("shacl")
    return package.Shapes.from_text(shapes, "ntriples")


def _bare(term: str) -> str:
    return term.removeprefix("<").removesuffix(">")
