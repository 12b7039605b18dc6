"""What a rule that reads a dated table says of the days before the first table on file."""

from __future__ import annotations

import re
from collections.abc import Iterable

import rdflib
from rdflib import URIRef
from rdflib.namespace import SH

from claimshapes.errors import RuleError
from claimshapes.rdf.namespaces import CS
from claimshapes.rules.added_shapes import add_precondition, add_query

_JUDGED = "cs:judgedBy ?release"
_FIRST = "$this cs:serviceDate ?date . ?release schema:validFrom ?first ."


def add_first_release(graph: rdflib.Graph, rules: Iterable[URIRef]) -> None:
    """Adds the precondition that ``cs:beforeFirstRelease`` of a rule stands for.

    It asks what the rule asks, of the release that follows on the date of service
    (``cs:precedes``) and not of the one in force (``cs:judgedBy``).

    Args:
        graph: shapes, with the queries of families and components; changed in place.
        rules: the rules.

    Raises:
        RuleError: no query of the rule reads a release; names the rule.
    """
    for rule in rules:
        message = graph.value(rule, CS.beforeFirstRelease)
        if message is None:
            continue
        queries = sorted(
            query
            for query in map(str, graph.objects(rule, SH.sparql / SH.select))
            if _JUDGED in query
        )
        if not queries:
            raise RuleError(f"{rule}: cs:beforeFirstRelease is for a rule that reads {_JUDGED}")
        node = URIRef(f"{rule}-before-first-release")
        add_precondition(graph, node, rule, CS.NotChecked, message)
        graph.add((node, SH.targetSubjectsOf, CS.precedes))
        for query in queries:
            add_query(graph, node, _before(query))


def _before(query: str) -> str:
    head, where, body = query.partition("WHERE {")
    if "GROUP BY" in body:
        raise RuleError("cs:beforeFirstRelease is for queries without GROUP BY")
    for variable in ("?date", "?first"):
        if not re.search(rf"\{variable}\b", head):
            head = f"{head.rstrip()} {variable} "
    return f"{head}{where} {_FIRST}{body.replace(_JUDGED, 'cs:precedes ?release')}"
