"""The files of rules, and their graph, forms and components filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import URIRef
from rdflib.namespace import RDF, SH

from claimshapes.errors import RuleError
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.shape_files import read_graph, read_turtle
from claimshapes.rules.code_lists import CodeLists
from claimshapes.rules.component_queries import (
    constraint_components,
    expand_components,
    filled_queries,
)
from claimshapes.rules.filled_forms import Form, fill_forms
from claimshapes.rules.first_release import add_first_release
from claimshapes.rules.pack import TEST_SUFFIX
from claimshapes.rules.rule import Rule
from claimshapes.rules.sources import SOURCES, join_sources


@dataclass(frozen=True, slots=True)
class Written:
    """The rules as they are written.

    Attributes:
        graph: every rule's shape, components filled in.
        forms: the family's form of each rule that states one, by the rule's IRI.
        lists: the value sets and lists that forms may name.
        own_queries: IRIs of the rules and preconditions with a query that no family or component
            gives.
    """

    graph: rdflib.Graph
    forms: dict[str, Form]
    lists: CodeLists
    own_queries: frozenset[str]


def rule_files(directories: Iterable[Path]) -> list[Path]:
    """The rule files below the directories, without the tests next to them, in a stable order."""
    files = []
    for directory in directories:
        files += [
            file for file in sorted(directory.rglob("*.ttl")) if not file.name.endswith(TEST_SUFFIX)
        ]
    return files


def read_written(ontology: Path, directories: list[Path]) -> tuple[Written, dict[URIRef, Path]]:
    """Reads the files of rules.

    Args:
        ontology: the folder of the ontology.
        directories: folders of rule files.

    Returns:
        What is written in them, and the file of each rule.

    Raises:
        RuleError: a file is not Turtle, a rule is in two files, or what it states of a family or a
            component cannot be used.
    """
    own = ("rule.ttl", "components.ttl", "families.ttl", SOURCES)
    graph = read_graph(ontology / name for name in own)
    origin: dict[URIRef, Path] = {}
    for file in rule_files(directories):
        triples = read_turtle(file)
        for subject, predicate, value in triples:
            graph.add((subject, predicate, value))
            if predicate == RDF.type and value == CS.Rule and isinstance(subject, URIRef):
                if subject in origin:
                    raise RuleError(f"{file}: {subject} is already defined in {origin[subject]}")
                origin[subject] = file
    join_sources(graph)
    lists = CodeLists().read(ontology, directories)
    preconditions = set(graph.subjects(RDF.type, CS.Precondition))
    own_queries = frozenset(
        str(node) for node in {*origin, *preconditions} if (node, SH.sparql, None) in graph
    )
    forms = fill_forms(graph, origin, lists)
    expand_components(graph, [*origin, *preconditions])
    add_first_release(graph, origin)
    by_iri = {str(node): form for node, form in forms.items()}
    return Written(graph, by_iri, lists, own_queries), origin


def check_queries(
    graph: rdflib.Graph, shapes: Mapping[str, Rule], prefixes: dict[str, str]
) -> None:
    """Refuses what is not SPARQL.

    Args:
        graph: the graph of rules.
        shapes: the rules by the IRIs of shapes.
        prefixes: what queries may use without a declaration of their own.

    Raises:
        RuleError: a query is not SPARQL; names the rule's file.
    """
    components = constraint_components(graph)
    for iri, rule in shapes.items():
        shape = URIRef(iri)
        queries = [str(text) for text in graph.objects(shape, SH.sparql / SH.select)]
        queries += [query.select for query in filled_queries(graph, components, shape)]
        for query in queries:
            try:
                ox.Store().query(query, prefixes=prefixes)
            except SyntaxError as error:
                raise RuleError(f"{rule.file}: a query is not SPARQL: {error}") from error


def shape_parts(graph: rdflib.Graph, shape: rdflib.term.Node) -> list[rdflib.term.Node]:
    """A shape and the property shapes in it, which take its message where they have none."""
    parts = [shape]
    for known in parts:
        for part in graph.objects(known, SH.property):
            if (part, SH.message, None) not in graph:
                for message in graph.objects(known, SH.message):
                    graph.add((part, SH.message, message))
            if part not in parts:
                parts.append(part)
    return parts
