"""Which payers a claim asks, as ontology/policy.ttl says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from claimshapes.errors import RuleError
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, SH_NS
from claimshapes.rules.derivations import prefix_declarations

_QUERY = f"{CS_NS}asked-payers"
_SELECT = f"{SH_NS}select"


def asked_payers(ontology: Path, prefixes: Mapping[str, str]) -> str:
    """The query for the payers whose rows of tables can say something of the claim ``$this``.

    Args:
        ontology: the folder of the ontology.
        prefixes: those that the query uses.

    Raises:
        RuleError: the file is not Turtle, or has no such query.
    """
    file = ontology / "policy.ttl"
    for triple in read_triples(file):
        if triple.subject.value == _QUERY and triple.predicate.value == _SELECT:
            return prefix_declarations(prefixes) + str(getattr(triple.object, "value", ""))
    raise RuleError(f"{file}: has no query of {_QUERY}")
