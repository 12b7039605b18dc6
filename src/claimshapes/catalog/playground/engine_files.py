"""Puts the files together that the playground's engine loads."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

from claimshapes.catalog.pages import GeneratedFiles
from claimshapes.catalog.playground.claim_terms import claim_terms
from claimshapes.catalog.playground.knowledge_files import compressed, knowledge_files
from claimshapes.catalog.playground.rule_objects import check_objects, rule_objects
from claimshapes.catalog.playground.sparql_queries import (
    insertions,
    names_in,
    rule_queries,
    targets_and_terms,
)
from claimshapes.catalog.site_data import Material
from claimshapes.errors import InputError
from claimshapes.knowledge.format_terms import format_terms
from claimshapes.knowledge.resident import resident_quads
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.resources import compiled_knowledge
from claimshapes.rules.derivations import declared_prefixes, load_derivations

FOLDER = "playground/data"
VENDORED = Path("vendor") / "oxigraph"


def add_engine_files(files: GeneratedFiles, material: Material) -> None:
    """Adds rules, knowledge and the SPARQL engine.

    Raises:
        RuleError: a derivation cannot be run by a browser.
        InputError: the vendored engine is missing or is not what its list of hashes says.
    """
    _add_oxigraph(files, material.root / VENDORED)
    ontology = material.ontology_folder
    prefixes = declared_prefixes(ontology / "rule.ttl")
    of_rules = rule_queries(material.book, prefixes)
    derived = insertions(load_derivations(ontology / "derivations", prefixes), prefixes)
    named = targets_and_terms(of_rules.checks)
    for query in [*(check.query for check in of_rules.checks), *derived]:
        named |= names_in(query, prefixes)
    resident = [quad for quad in resident_quads() if quad.predicate.value in named]
    rules = {
        "rules": rule_objects(material.book),
        "checks": check_objects(of_rules.checks),
        "left": of_rules.left,
        "insertions": derived,
        "terms": claim_terms(),
        "schema": json.loads((ontology / "claim.schema.json").read_text("utf-8")),
        "vocabulary": CS_NS,
        "onClaimForm": sorted(format_terms().on_claim_form),
        "resident": "".join(f"{q.subject} {q.predicate} {q.object} .\n" for q in resident),
    }
    files.add_file(f"{FOLDER}/rules.z", compressed(rules))
    knowledge = knowledge_files(compiled_knowledge(), ontology, frozenset(named))
    for name, content in knowledge.items():
        files.add_file(f"{FOLDER}/knowledge/{name}.z", content)


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
