"""The shapes graph of a selection of rules, kept between runs.

To read all rules and fill in their families takes longer than to check a claim.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import rdflib

from claimshapes.files.kept_files import kept_files, key_of
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

_MANY = 50
"""Rules from which on their shapes, and what these read, are kept."""

_Term = tuple[str, str, str]
"""Kind of a term, its text, and datatype or language of a literal."""


def are_kept(book: RuleBook, rules: Sequence[Rule]) -> bool:
    """Whether what is made of rules is kept between runs; not of few, as tests of rules choose."""
    return bool(book.key) and len(rules) >= _MANY


def shapes_of(book: RuleBook, rules: Sequence[Rule]) -> rdflib.Graph:
    """The part of the shapes graph that evaluates these rules, as it was kept or anew.

    Args:
        book: the rules' book.
        rules: the rules.
    """
    if not are_kept(book, rules):
        return book.shapes_of(rules)
    kept = kept_files("shapes")
    key = key_of(book.key, rdflib.__version__, *(rule.id for rule in rules))
    content = kept.get(key)
    if content is not None:
        graph = rdflib.Graph()
        for triple in msgspec.json.decode(content, type=list[tuple[_Term, _Term, _Term]]):
            subject, predicate, object_ = map(_read, triple)
            graph.add((subject, predicate, object_))
        return graph
    graph = book.shapes_of(rules)
    kept.add(key, msgspec.json.encode([tuple(map(_written, triple)) for triple in graph]))
    return graph


def _written(term: rdflib.term.Node) -> _Term:
    if isinstance(term, rdflib.URIRef):
        return "iri", str(term), ""
    if isinstance(term, rdflib.Literal):
        if term.language:
            return "in", str(term), term.language
        return "literal", str(term), str(term.datatype or "")
    return "blank", str(term), ""


def _read(term: _Term) -> rdflib.term.Node:
    kind, text, more = term
    if kind == "iri":
        return rdflib.URIRef(text)
    if kind == "blank":
        return rdflib.BNode(text)
    if kind == "in":
        return rdflib.Literal(text, lang=more)
    datatype = rdflib.URIRef(more) if more else None
    return rdflib.Literal(text, datatype=datatype, normalize=False)
