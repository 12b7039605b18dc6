"""What claim adjustment reason codes mean, as ontology/denials.ttl paraphrases them."""

from __future__ import annotations

from functools import cache

import pyoxigraph as ox

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CARC_NS, RARC_NS, SKOS_NS

_LABEL = ox.NamedNode(f"{SKOS_NS}prefLabel")


@cache
def denial_texts() -> dict[str, str]:
    """The meaning of each claim adjustment reason code by its number, in our own words.

    Raises:
        RuleError: the file is not Turtle.
    """
    return _texts(CARC_NS)


@cache
def remark_texts() -> dict[str, str]:
    """The meaning of each remittance advice remark code by its number, in our own words.

    Raises:
        RuleError: the file is not Turtle.
    """
    return _texts(RARC_NS)


def _texts(namespace: str) -> dict[str, str]:
    return {
        triple.subject.value.removeprefix(namespace): triple.object.value
        for triple in read_triples(resource_directory("ontology") / "denials.ttl")
        if triple.predicate == _LABEL
        and triple.subject.value.startswith(namespace)
        and triple.subject.value != namespace
    }


def name_denial(code: str, texts: dict[str, str] | None = None) -> str:
    """A reason code with its meaning, such as ``CARC 50 (not shown to be ...)``."""
    meaning = (denial_texts() if texts is None else texts).get(code)
    return f"CARC {code} ({meaning})" if meaning else f"CARC {code}"
