"""Puts the files together that the playground's engine loads."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from claimshapes.catalog.pages import GeneratedFiles
from claimshapes.catalog.playground.claim_terms import claim_properties, claim_terms
from claimshapes.catalog.playground.fhir_terms import fhir_terms
from claimshapes.catalog.playground.knowledge_files import compressed, knowledge_files
from claimshapes.catalog.playground.rule_objects import (
    candidate_objects,
    check_objects,
    rule_objects,
)
from claimshapes.catalog.playground.sparql_queries import (
    constructions,
    names_in,
    rule_queries,
    targets_and_terms,
)
from claimshapes.catalog.playground.written_needs import NeedsWriter
from claimshapes.engines.one_by_one.required_patterns import kept_patterns
from claimshapes.errors import InputError
from claimshapes.knowledge.format_terms import format_terms
from claimshapes.knowledge.in_use import compiled_knowledge
from claimshapes.knowledge.resident import resident_quads
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.candidate_sources import read_candidate_sources
from claimshapes.rules.derivations import declared_prefixes, load_derivations
from claimshapes.rules.rule_book import RuleBook

FOLDER = "playground/data"
VENDORED = Path("vendor") / "oxigraph"
_NODE_BASE = "urn:claimshapes:node:"


def add_engine_files(files: GeneratedFiles, book: RuleBook, ontology: Path, root: Path) -> None:
    """Adds rules, knowledge and the SPARQL engine.

    Args:
        files: takes the files.
        book: the rules.
        ontology: the folder of the ontology.
        root: the checkout, which has the engine.

    Raises:
        RuleError: a derivation cannot be run by a browser.
        InputError: the vendored engine is missing or is not what its list of hashes says.
    """
    _add_oxigraph(files, root / VENDORED)
    prefixes = declared_prefixes(ontology / "rule.ttl")
    of_rules = rule_queries(book, prefixes)
    derivations = load_derivations(ontology / "derivations", prefixes)
    constructs = constructions(derivations, prefixes)
    sources = book.candidates(read_candidate_sources(ontology, prefixes))
    candidates = candidate_objects(sources, prefixes)
    named = targets_and_terms(of_rules.checks)
    asked = (candidate["query"] for candidate in candidates.values())
    for query in [*(check.query for check in of_rules.checks), *constructs, *asked]:
        named |= names_in(query, prefixes)
    resident = _without_blank_nodes(
        quad for quad in resident_quads() if quad.predicate.value in named
    )
    knowledge = knowledge_files(compiled_knowledge(), ontology, frozenset(named))
    patterns = kept_patterns()
    changing = claim_properties() | knowledge.properties
    for derivation in derivations:
        changing |= patterns.makes(derivation.construct) or set()
    needs = NeedsWriter(resident, patterns, changing)
    rules = {
        "rules": rule_objects(book),
        "checks": check_objects(of_rules.checks, needs),
        "left": of_rules.left,
        "derivations": [
            {"query": query, "needs": needs.of(derivation.construct)}
            for query, derivation in zip(constructs, derivations, strict=True)
        ],
        "candidates": candidates,
        "needed": {"properties": needs.properties, "objects": needs.objects},
        "changing": sorted(changing),
        "terms": claim_terms(),
        "schema": json.loads((ontology / "claim.schema.json").read_text("utf-8")),
        "vocabulary": CS_NS,
        "fhir": fhir_terms(),
        "onClaimForm": sorted(format_terms().on_claim_form),
        "resident": "".join(f"{q.subject} {q.predicate} {q.object} .\n" for q in resident),
    }
    patterns.keep()
    files.add_file(f"{FOLDER}/rules.z", compressed(rules))
    for name, content in knowledge.files.items():
        files.add_file(f"{FOLDER}/knowledge/{name}.z", content)


def _without_blank_nodes(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """The quads with names for what has none: what is derived refers to it, as text."""
    names: dict[ox.BlankNode, ox.NamedNode] = {}

    def named(term: Any) -> Any:
        if not isinstance(term, ox.BlankNode):
            return term
        return names.setdefault(term, ox.NamedNode(f"{_NODE_BASE}{len(names) + 1}"))

    return [ox.Quad(named(quad.subject), quad.predicate, named(quad.object)) for quad in quads]


def _add_oxigraph(files: GeneratedFiles, folder: Path) -> None:
    """Adds the engine's script as it is and its WebAssembly compressed: not every server does."""
    try:
        listed = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
        for line in listed:
            digest, _, name = line.partition("  ")
            content = (folder / name).read_bytes()
            if hashlib.sha256(content).hexdigest() != digest:
                raise InputError("is not the file that SHA256SUMS names", file=str(folder / name))
            if name.endswith(".wasm"):
                files.add_file(f"{FOLDER}/oxigraph.wasm.z", zlib.compress(content, 9))
            elif name.endswith(".js"):
                files.add_file(f"{FOLDER}/oxigraph.js", content)
    except OSError as error:
        raise InputError("the vendored SPARQL engine is missing", file=str(folder)) from error
