"""What rules say of the other claims that they read: what these have in common, and since when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import rdflib
from rdflib import URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF

from claimshapes.errors import RuleError
from claimshapes.rdf.vocabulary import CS_NS

_GROUPED_BY = URIRef(f"{CS_NS}groupedBy")
_LOOK_BACK = URIRef(f"{CS_NS}lookBack")
_DAYS = re.compile(r"P([0-9]{1,5})D")

KeyPath = tuple[str, ...]
"""Properties, one after the other."""


@dataclass(frozen=True, slots=True)
class OtherClaims:
    """The other claims that a rule reads beside the one that it judges.

    Attributes:
        keys: paths from a claim, as IRIs of properties; claims with the same values belong
            together.
        look_back: how long before a claim's first service theirs may have been.
    """

    keys: frozenset[KeyPath]
    look_back: timedelta


def read_other_claims(
    graph: rdflib.Graph, rule: rdflib.term.Node, file: Path
) -> OtherClaims | None:
    """What a rule says of other claims (``cs:groupedBy``, ``cs:lookBack``); none if nothing.

    Args:
        graph: the shapes graph.
        rule: the rule's node.
        file: its file, for messages.

    Raises:
        RuleError: only one of the two is there, or a value is none.
    """
    keys = frozenset(_path(graph, value) for value in graph.objects(rule, _GROUPED_BY))
    look_back = graph.value(rule, _LOOK_BACK)
    if not keys and look_back is None:
        return None
    days = _DAYS.fullmatch(str(look_back))
    if not keys or days is None:
        raise RuleError(
            f"{file}: a rule that reads other claims needs cs:groupedBy, and cs:lookBack in days"
        )
    return OtherClaims(keys, timedelta(days=int(days[1])))


def united(declared: Iterable[OtherClaims]) -> OtherClaims | None:
    """The other claims that several rules need: what they all group by, the longest time."""
    all_declared = list(declared)
    if not all_declared:
        return None
    return OtherClaims(
        frozenset.intersection(*(each.keys for each in all_declared)),
        max(each.look_back for each in all_declared),
    )


def _path(graph: rdflib.Graph, value: rdflib.term.Node) -> KeyPath:
    if (value, RDF.first, None) in graph:
        return tuple(str(step) for step in Collection(graph, value))
    return (str(value),)
