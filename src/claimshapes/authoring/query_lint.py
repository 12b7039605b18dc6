"""Mistakes in a rule's own query, and in the message that names what it selects."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import rdflib
from rdflib import URIRef
from rdflib.namespace import SH

from claimshapes.authoring.problems import Problem, meant
from claimshapes.authoring.turtle_places import TurtlePlaces


def query_problems(
    file: Path, graph: rdflib.Graph, node: URIRef, places: TurtlePlaces
) -> Iterator[Problem]:
    """The mistakes in the queries of a rule.

    Args:
        file: the rule's file.
        graph: what it says.
        node: the rule.
        places: finds the places of problems.
    """
    problem = partial(places.at, file, node)
    messages = [str(text) for text in graph.objects(node, SH.message)]
    for constraint in graph.objects(node, SH.sparql):
        for select in graph.objects(constraint, SH.select):
            query = str(select)
            if "$this" not in query:
                what, advice = "the query does not use $this", "begin with $this"
                yield problem("sh:select", "no-this", what, advice)
            names = Counter(re.findall(r"\?(\w+)", query))
            head = set(re.findall(r"[?$](\w+)", query.partition("WHERE")[0]))
            made = set(re.findall(r"\bAS\s+[?$](\w+)", query))
            for name, count in sorted(names.items()):
                others = names.keys() - {name}
                # One that stands alone is no mistake unless another is called almost so.
                if count > 1 or name in made:
                    continue
                if name in head:
                    what = f"?{name} is selected and never bound"
                    advice = meant(name, others, "bind it in the query")
                    yield problem("sh:select", "never-bound", what, advice)
                elif get_close_matches(name, others, 1, 0.8):
                    what = f"?{name} is used once in the query"
                    advice = meant(name, others)
                    yield problem("sh:select", "variable-once", what, advice)
            if _is_cross_product(query):
                what = "parts of the query have no variable in common"
                advice = "join them, or each combination is a result"
                yield problem("sh:select", "cross-product", what, advice)
            for text in messages:
                for name in re.findall(r"\{[?$](\w+)\}", text):
                    if name not in head:
                        what = f"the message names {{?{name}}}, which the query does not select"
                        yield problem("sh:message", "message-variable", what, "select it")
                if "{" not in text:
                    what = "the message names no value"
                    advice = "name what is wrong, such as {?procedure}"
                    yield problem("sh:message", "message-without-value", what, advice)


def _is_cross_product(query: str) -> bool:
    """Whether the triple patterns at the top of a query fall into parts without a common variable.

    Filters and optional parts do not count, since they keep or add and do not join.
    """
    body = query.partition("{")[2].rpartition("}")[0]
    while re.search(r"\{[^{}]*\}", body):
        body = re.sub(r"(FILTER\s+(NOT\s+)?EXISTS|OPTIONAL|MINUS|UNION)?\s*\{[^{}]*\}", " ", body)
    body = re.sub(r"(FILTER|BIND)\s*\((?:[^()]|\([^()]*\))*\)", " ", body)
    groups: list[set[str]] = []
    for statement in re.split(r"\s\.(?:\s|$)", body):
        names = set(re.findall(r"[?$](\w+)", statement))
        if not names:
            continue
        apart = [group for group in groups if not group & names]
        joined = names.union(*(group for group in groups if group & names))
        groups = [*apart, joined]
    return len(groups) > 1
