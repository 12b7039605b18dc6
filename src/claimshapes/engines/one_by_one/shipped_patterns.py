"""Reads what the queries that come with the package require, for the package to ship."""

from __future__ import annotations

from pathlib import Path

from rdflib.namespace import SH

from claimshapes.engines.one_by_one.required_patterns import RequiredPatterns
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.asked_payers import asked_payers
from claimshapes.rules.candidate_sources import read_candidate_sources
from claimshapes.rules.derivations import declared_prefixes, load_derivations
from claimshapes.rules.rule_book import load_rules


def keep_shipped_patterns(output: Path) -> None:
    """Writes down those of rules, derivations, candidates and payers; passes over what is there.

    Args:
        output: the file.

    Raises:
        RuleError: a rule file or derivation cannot be used.
        OSError: the file cannot be written.
    """
    ontology = resource_directory("ontology")
    prefixes = declared_prefixes(ontology / "rule.ttl")
    derivations = load_derivations(ontology / "derivations", prefixes)
    book = load_rules()
    queries = [derivation.construct for derivation in derivations]
    queries.append(asked_payers(ontology, prefixes))
    queries += (source.query for source in read_candidate_sources(ontology, prefixes).values())
    queries += (str(text) for text in book.shapes_of(book).objects(None, SH.select))
    patterns = RequiredPatterns([output])
    for query in queries:
        patterns.of(query)
    patterns.keep()
