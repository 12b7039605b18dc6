"""What a rule names: codes, value sets, documentation elements, payers."""

from __future__ import annotations

import re
from collections.abc import Mapping

import rdflib
from rdflib import Literal, URIRef

from claimshapes.rdf.vocabulary import BASE, CS_NS
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

_PREFIXED = re.compile(r"\b([a-z]+):([\w](?:[\w.-]*[\w])?)")
_WHOLE = re.compile(r"<([^<>\s]+)>")


def mentions(book: RuleBook, rule: Rule, prefixes: Mapping[str, str]) -> frozenset[str]:
    """The IRIs of this project that a rule's shape and its preconditions name.

    Args:
        book: the rules.
        rule: one of them.
        prefixes: the prefixes that queries use.

    Returns:
        IRIs of codes, sets and the like; terms of the vocabulary are left out.
    """
    found = named_terms(book, rule, prefixes)
    return frozenset(
        iri for iri in found if iri.startswith(BASE) and not iri.startswith((CS_NS, f"{BASE}rule/"))
    )


def named_terms(book: RuleBook, rule: Rule, prefixes: Mapping[str, str]) -> set[str]:
    """The IRIs that a rule's shape and its preconditions name, terms of the vocabulary too.

    Args:
        book: the rules.
        rule: one of them.
        prefixes: the prefixes that queries use.
    """
    found: set[str] = set()
    for _, _, value in book.shapes_of([rule]):
        if isinstance(value, URIRef):
            found.add(str(value))
        elif isinstance(value, Literal) and value.datatype in {None, rdflib.XSD.string}:
            found.update(in_query(str(value), prefixes))
    return found


def parameters(book: RuleBook, rule: Rule) -> frozenset[str]:
    """The properties with which a rule states values to constraint components."""
    stated = {str(predicate) for predicate in book.graph.predicates(URIRef(rule.iri), None)}
    paths = {
        str(path)
        for parameter in book.graph.objects(None, rdflib.SH.parameter)
        for path in book.graph.objects(parameter, rdflib.SH.path)
    }
    return frozenset(stated & paths)


def in_query(text: str, prefixes: Mapping[str, str]) -> set[str]:
    """The IRIs that a query names, whole or with a prefix.

    Args:
        text: the query.
        prefixes: the prefixes that it uses.
    """
    # The values of a component's parameters stand there as whole IRIs.
    return set(_WHOLE.findall(text)) - set(prefixes.values()) | {
        prefixes[prefix] + local for prefix, local in _PREFIXED.findall(text) if prefix in prefixes
    }
