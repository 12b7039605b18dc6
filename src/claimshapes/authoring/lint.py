"""What is wrong with the rules themselves, before any claim is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyshacl
import rdflib
from pyshacl.errors import ValidationFailure
from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper
from rdflib.namespace import DCTERMS, RDF, SH

from claimshapes.authoring.absence_lint import absence_problems
from claimshapes.authoring.rule_tests import rule_test_files
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.shape_files import read_graph, read_turtle
from claimshapes.rdf.vocabulary import CS_NS, RULE_NS
from claimshapes.rules.pack import TEST_SUFFIX
from claimshapes.rules.rule_book import RuleBook
from claimshapes.rules.sources import SOURCES, Document, described, join_sources

_ONTOLOGY_FILES = (
    "claim.ttl",
    "rule.ttl",
    "payer-terms.ttl",
    "payers.ttl",
    "denials.ttl",
    "denial-figures.ttl",
    "documentation.ttl",
    SOURCES,
)


_SHAPE_EXPECTING = (
    SH.node,
    SH.property,
    SH["not"],
    SH["and"],
    SH["or"],
    SH.xone,
    SH.qualifiedValueShape,
)


def lint(book: RuleBook, directories: Iterable[Path]) -> list[str]:
    """Problems of the rules below the directories, a line each, in a stable order.

    Checks the rules against ``rule-shapes.ttl``, that each stands in a file named by its id
    with its tests beside it, that queries use only properties which the ontology or the data
    know, the patterns that pySHACL passes over silently, and that no rule goes by a code's absence
    from a list of which only a part is loaded.

    Args:
        book: the rules, loaded from the same directories.
        directories: folders of rule and test files.

    Raises:
        RuleError: a file is not Turtle.
    """
    folders = list(directories)
    problems = [
        *_shape_problems(book, folders),
        *_file_problems(book),
        *_query_problems(book),
        *_unexplained_queries(book),
        *_missing_shapes(book),
        *absence_problems(book),
    ]
    return sorted(set(problems))


def _shape_problems(book: RuleBook, folders: list[Path]) -> Iterator[str]:
    ontology = resource_directory("ontology")
    files = [ontology / name for name in _ONTOLOGY_FILES]
    files += sorted((ontology / "curated").glob("*.ttl"))
    files += rule_test_files(folders)
    data = read_graph(files)
    # The rules as they are used, with what their families give them.
    for triple in book.graph:
        data.add(triple)
    # Rows of value sets cite by title.
    for row in set(data.subjects(RDF.type, CS.Membership)):
        data.remove((row, None, None))
    join_sources(data)
    all_rules = resource_directory("shapes") in folders
    shipped = read_graph([ontology / SOURCES]).subjects() if all_rules else ()
    yield from _source_problems(data, {*shipped})
    shapes = read_graph([ontology / "rule-shapes.ttl"])
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True)
    if not isinstance(report, rdflib.Graph):
        raise TypeError("pySHACL returned no report graph")
    for result in report.subjects(RDF.type, SH.ValidationResult):
        focus = report.value(result, SH.focusNode)
        owner = _owner(data, focus)
        message = min(str(text) for text in report.objects(result, SH.resultMessage))
        yield f"{owner}: {message}"


def _source_problems(data: rdflib.Graph, needed: set[rdflib.term.Node]) -> Iterator[str]:
    """Documents that are described twice, and needed ones that nothing rests on."""
    names_of: dict[Document, set[str]] = {}
    cited = set(data.objects(None, DCTERMS.source)) | set(data.objects(None, CS.document))
    for document, node in described(data):
        named = f"source:{last_part(str(node))}" if isinstance(node, rdflib.URIRef) else ""
        by = named or f"a citation of {_owner(data, node)}"
        names_of.setdefault(document, set()).add(by)
        if node in needed and node not in cited:
            yield f"{named}: nothing rests on it"
    for document, names in names_of.items():
        if len(names) > 1:
            said = " and ".join(sorted(names))
            yield f"{said} describe one document ({', '.join(document)}); keep one, and name it"


def _owner(data: rdflib.Graph, node: rdflib.term.Node | None) -> str:
    while isinstance(node, rdflib.BNode):
        node = next(data.subjects(None, node), None)
    return str(node).removeprefix(RULE_NS)


def _file_problems(book: RuleBook) -> Iterator[str]:
    for rule in book:
        if rule.iri != RULE_NS + rule.id:
            yield f"{rule.id}: the rule's IRI should be {RULE_NS}{rule.id}"
        if rule.file.name != f"{rule.id}.ttl":
            yield f"{rule.id}: is in {rule.file.name}; the file should be {rule.id}.ttl"
        test = rule.file.with_name(f"{rule.id}{TEST_SUFFIX}")
        if not test.is_file():
            yield f"{rule.id}: has no {test.name} next to it"


def _unexplained_queries(book: RuleBook) -> Iterator[str]:
    """Shipped rules and preconditions with a query that do not say why no family fits."""
    shipped = resource_directory("shapes")
    of_rules = {rule.iri: rule for rule in book}
    for iri, rule in sorted({**of_rules, **book.preconditions}.items()):
        name = iri.removeprefix(RULE_NS)
        own = iri in book.own_queries
        why = (rdflib.URIRef(iri), CS.whyOwnQuery, None) in book.graph
        if own and not why and rule.file.is_relative_to(shipped):
            yield f"{name}: has a query and does not say why no family fits (cs:whyOwnQuery)"
        if why and not own:
            yield f"{name}: has cs:whyOwnQuery and no query of its own"


def _query_problems(book: RuleBook) -> Iterator[str]:
    known = _known_properties()
    for node, rule in [*book.by_node.items(), *book.preconditions.items()]:
        of_shape = [str(text) for text in book.graph.objects(rdflib.URIRef(node), SH.message)]
        for constraint in book.graph.objects(rdflib.URIRef(node), SH.sparql):
            own = [str(text) for text in book.graph.objects(constraint, SH.message)]
            messages = own or of_shape
            for query in book.graph.objects(constraint, SH.select):
                for problem in _problems_of_query(str(query), messages, known):
                    yield f"{rule.id}: {problem}"


def _missing_shapes(book: RuleBook) -> Iterator[str]:
    """What stands where a shape has to and is none: everything conforms to it."""
    graph = book.graph
    for predicate in _SHAPE_EXPECTING:
        for node, value in graph.subject_objects(predicate):
            # A list's head, for sh:or and its like; its members are shapes.
            members = list(graph.items(value)) or [value]
            for member in members:
                if (member, None, None) not in graph:
                    owner = _owner(graph, node)
                    name = predicate.removeprefix(str(SH))
                    yield f"{owner}: sh:{name} names no shape: {member}"


def _problems_of_query(query: str, messages: list[str], known: set[str]) -> Iterator[str]:
    named = set(re.findall(r"\bcs:([A-Za-z][\w-]*)", query))
    named |= {
        iri.removeprefix(CS_NS)
        for iri in re.findall(r"<([^<>\s]+)>", query)
        if iri.startswith(CS_NS)
    }
    for name in sorted(named - known):
        yield f"nothing in the ontology is called cs:{name}"
    if "$this" not in query:
        yield "a query has to use $this"
    try:
        helper = SPARQLQueryHelper(None, None, query)  # type: ignore[no-untyped-call]
        helper.check_invalid_sparql(query)  # type: ignore[no-untyped-call]
    except ValidationFailure as error:
        yield f"pySHACL refuses the query: {error}"
    selected = query.split("WHERE", 1)[0]
    for message in messages:
        for name in sorted(set(re.findall(r"\{[?$](\w+)\}", message))):
            if not re.search(rf"[?$]{name}\b", selected):
                yield f"the message names {{?{name}}}, which a query does not select"


def _known_properties() -> set[str]:
    ontology = resource_directory("ontology")
    known: set[str] = set()
    for file in sorted([*ontology.glob("*.ttl"), *ontology.glob("derivations/*.ttl")]):
        for subject, predicate, value in read_turtle(file):
            if predicate == RDF.type and str(subject).startswith(CS_NS):
                known.add(str(subject).removeprefix(CS_NS))
            if file.parent.name == "derivations" and predicate == SH.construct:
                made = str(value).split("WHERE", 1)[0]
                known.update(re.findall(r"\bcs:([A-Za-z][\w-]*)", made))
    for file in sorted((ontology / "tables").glob("*.json")):
        known.update(re.findall(re.escape(CS_NS) + r"([A-Za-z][\w-]*)", file.read_text("utf-8")))
    known.update(str(term).removeprefix(CS_NS) for term in (CS.dataset, CS.release))
    return known
