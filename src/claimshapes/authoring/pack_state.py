"""A state of a pack or of the project: its rules, terms, lists and tables, thing by thing."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import rdflib
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF
from rdflib.term import Node

from claimshapes.authoring.effects import more_codes
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS, SCHEMA
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.vocabulary import CS_NS, PAYER_NS
from claimshapes.rules.code_lists import LIST_NS, SET_NS, VALUE_SETS, written_lists
from claimshapes.rules.families import SHORT_FORMS, Family
from claimshapes.rules.written_rules import rule_files

KINDS = {
    "Rule": "rule",
    "Exemption": "exemption",
    "Adjustment": "adjustment",
    "Payer": "payer",
    "FictitiousPayer": "payer",
    "ValueSet": "value set",
    "Citation": "source",
    "Concept": "documentation element",
}
_TEXT_COLUMNS = {"source", "comment", "note"}
DATE_COLUMNS = {"valid_from", "valid_through"}
Facts = dict[str, frozenset[str]]
_Thing = tuple[str, str]


@dataclass(slots=True)
class State:
    """What a folder says, thing by thing.

    Attributes:
        things: the facts of each by kind and name.
        rows: the rows of each table by its name: key, first and last day, source.
        forms: the family's form of each rule.
        uses: the parameters, with their families, that name a list or value set.
    """

    things: dict[_Thing, Facts] = field(default_factory=dict)
    rows: dict[_Thing, dict[str, list[dict[str, str]]]] = field(default_factory=dict)
    forms: dict[str, Family] = field(default_factory=dict)
    uses: dict[str, set[str]] = field(default_factory=dict)


def read_state(folder: Path, families: Mapping[str, Family]) -> State:
    """What a pack says, or a checkout of the project (with ``shapes`` and ``ontology``).

    Args:
        folder: a folder of any release: only Turtle and CSV have to be right.
        families: the families by the IRIs of their forms.

    Raises:
        RuleError: a file is not Turtle; names file and line.
    """
    state = State()
    for file in _turtle(folder):
        _read_things(state, read_graph([file]), families)
    for written in written_lists([folder]):
        _add_rows(state, "list", written.name, (row for _, row in written.rows()))
    for kind, file in _tables(folder):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            _add_rows(state, kind, file.stem, csv.DictReader(stream))
    return state


def _turtle(folder: Path) -> list[Path]:
    ontology = folder / "ontology"
    if not (ontology.is_dir() and (folder / "shapes").is_dir()):
        return rule_files([folder])
    files = [ontology / name for name in ("payers.ttl", "documentation.ttl")]
    files += sorted((ontology / "curated").glob("*.ttl"))
    return [*rule_files([folder / "shapes"]), *(file for file in files if file.is_file())]


def _tables(folder: Path) -> Iterator[tuple[str, Path]]:
    if (folder / VALUE_SETS).is_file():
        yield "value sets", folder / VALUE_SETS
    for file in sorted((folder / "ontology" / "tables").glob("*.csv")):
        yield "value sets" if file.name == VALUE_SETS else "table", file


def _read_things(state: State, graph: rdflib.Graph, families: Mapping[str, Family]) -> None:
    for node in sorted(set(graph.subjects()), key=str):
        if not isinstance(node, URIRef):
            continue
        types = {last_part(str(each)) for each in graph.objects(node, RDF.type)}
        kind = next((KINDS[each] for each in sorted(types) if each in KINDS), None)
        if str(node).startswith(PAYER_NS):
            kind = "payer"
            _read_terms(state, graph, node)
        if "Precondition" in types or kind is None:
            continue
        name = str(graph.value(node, DCTERMS.identifier) or last_part(str(node)))
        facts = state.things.setdefault((kind, name), {})
        for key, values in _facts(graph, node, families).items():
            facts[key] = facts.get(key, frozenset()) | values
        if kind == "rule":
            for precondition in graph.subjects(CS.preconditionOf, node):
                for key, values in _facts(graph, precondition, families).items():
                    facts[f"precondition, {key}"] = values
            _read_form(state, graph, node, name, families)


def _read_form(
    state: State, graph: rdflib.Graph, node: URIRef, name: str, families: Mapping[str, Family]
) -> None:
    for form in graph.predicates(node):
        family = families.get(str(form))
        if family is None:
            continue
        state.forms[name] = family
        for at in graph.objects(node, form):
            for parameter in family.parameters:
                for value in graph.objects(at, parameter.path):
                    if str(value).startswith((LIST_NS, SET_NS)):
                        effect = more_codes(family, parameter.name)
                        state.uses.setdefault(str(value), set()).add(effect)


def _read_terms(state: State, graph: rdflib.Graph, payer: URIRef) -> None:
    """Terms by payer, matter and order in time."""
    terms = sorted(
        graph.objects(payer, CS["term"]),
        key=lambda each: str(graph.value(each, SCHEMA.validFrom)),
    )
    seen: Counter[str] = Counter()
    for term in terms:
        matter = last_part(str(graph.value(term, CS.decides) or graph.value(term, RDF.type)))
        seen[matter] += 1
        number = f" ({seen[matter]})" if seen[matter] > 1 else ""
        name = f"{last_part(str(payer))}, {matter}{number}"
        state.things["term", name] = _facts(graph, term, {})


def _facts(graph: rdflib.Graph, node: Node, families: Mapping[str, Family]) -> Facts:
    found: dict[str, set[str]] = {}
    for predicate, value in graph.predicate_objects(node):
        if predicate == CS["term"]:
            continue
        if isinstance(predicate, URIRef):
            predicate = SHORT_FORMS.get(predicate, predicate)
        if str(predicate) in families and isinstance(value, BNode):
            for parameter, each in graph.predicate_objects(value):
                key = f"form/{last_part(str(parameter))}"
                found.setdefault(key, set()).add(_in_short(graph, each))
            continue
        found.setdefault(last_part(str(predicate)), set()).add(_in_short(graph, value))
    return {key: frozenset(values) for key, values in found.items()}


def _in_short(graph: rdflib.Graph, value: rdflib.term.Node) -> str:
    """A value as text; a blank node by what it says."""
    if isinstance(value, BNode):
        inner = sorted(
            f"{last_part(str(predicate))} {_in_short(graph, part)}"
            for predicate, part in graph.predicate_objects(value)
        )
        return "; ".join(inner)
    if isinstance(value, Literal):
        return " ".join(str(value).split())
    text = str(value)
    if isinstance(value, URIRef) and text.startswith(CS_NS):
        return f"cs:{text.removeprefix(CS_NS)}"
    return last_part(text)


def _add_rows(state: State, kind: str, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    for row in rows:
        cells = {name: str(cell or "") for name, cell in row.items() if isinstance(name, str)}
        name, own = table, kind
        if kind == "value sets":
            name, own = cells.pop("value_set", table), "value set"
        key = ", ".join(
            cell
            for column, cell in cells.items()
            if cell and column not in DATE_COLUMNS | _TEXT_COLUMNS
        )
        state.rows.setdefault((own, name), {}).setdefault(key, []).append(cells)
