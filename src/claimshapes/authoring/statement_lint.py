"""Mistakes in what a file of a pack says of rules, adjustments, terms, sources and tests.

Texts where a name belongs, values of the wrong datatype, what is missing or said twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, timedelta
from difflib import get_close_matches

import rdflib
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SH, SKOS
from rdflib.term import Node

from claimshapes.authoring.problems import Problem
from claimshapes.authoring.shipped_facts import PREFIXES
from claimshapes.rdf.namespaces import ADMS, CS, SCHEMA
from claimshapes.rdf.vocabulary import RULE_NS, XSD_NS

At = Callable[[Node, str, str, str, str], Problem]
"""A problem of a node, at a term that is said of it: lint, message and advice."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LEXICAL = {
    "integer": re.compile(r"[+-]?\d+"),
    "boolean": re.compile(r"true|false"),
    "decimal": re.compile(r"[+-]?\d+(\.\d+)?"),
    "dayTimeDuration": re.compile(r"-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?"),
}
_WRITTEN = {
    "date": '"2027-01-31"^^xsd:date',
    "integer": "90",
    "boolean": "true",
    "decimal": "0.1",
    "dayTimeDuration": '"P90D"^^xsd:dayTimeDuration',
}
_NAMES = {
    CS.payer: "payer:",
    CS.appliesToPayer: "payer:",
    CS.denialCode: "carc:",
    CS.remarkCode: "rarc:",
    CS.adjusts: "rule:",
    CS.exemptFrom: "rule:",
    CS.yieldsTo: "rule:",
    CS.overrides: "rule:",
    DCTERMS.isReplacedBy: "rule:",
    DCTERMS.source: "source:",
    CS.document: "source:",
}
_ONCE = (SCHEMA.validFrom, SCHEMA.validThrough, SH.severity, ADMS.status)
_ANY_PAYER = (CS.payer, CS.appliesToPayer)
_CHANGES = (SH.severity, CS.inForceFrom, CS.inForceThrough, ADMS.status)
_NEEDED: Mapping[Node, tuple[tuple[URIRef, ...], ...]] = {
    CS.Adjustment: (
        (CS.adjusts,),
        _ANY_PAYER,
        (SCHEMA.validFrom,),
        (DCTERMS.source,),
        _CHANGES,
    ),
    CS.Exemption: ((CS.exemptFrom,), _ANY_PAYER, (SCHEMA.validFrom,), (DCTERMS.source,)),
    CS.Citation: ((DCTERMS.title,), (CS.edition,), (CS.strength,)),
    # A documentation element, which no rule finds in a record without its notation and scheme.
    SKOS.Concept: ((SKOS.inScheme,), (SKOS.notation,), (SKOS.prefLabel,)),
}
_OF_TERMS = ((CS.decides,), (SCHEMA.validFrom,), (DCTERMS.source,))
_SEVERITIES = (SH.Violation, SH.Warning, SH.Info)


def statement_problems(
    graph: rdflib.Graph,
    at: At,
    ranges: Mapping[str, str],
    matters: Mapping[str, frozenset[str]],
    forms: Collection[Node],
) -> Iterator[Problem]:
    """The mistakes of a file that holds no tests.

    Args:
        graph: the file.
        at: makes a problem.
        ranges: datatype of the vocabulary's properties, by their IRIs.
        matters: the matters that shipped payers' terms of a class decide, by its IRI.
        forms: the nodes of forms, whose values have a lint of their own.
    """
    rules = set(graph.subjects(RDF.type, CS.Rule))
    for node, predicate, value in graph:
        prefix = _NAMES.get(URIRef(str(predicate)))
        if prefix and isinstance(value, Literal):
            what = f"{_term(predicate)} has the text {str(value)!r}, not a name"
            advice = f"write {prefix}{value} without quotation marks"
            yield at(node, _term(predicate), "text-not-name", what, advice)
        elif node not in rules and node not in forms:
            yield from _datatype(at, node, predicate, value, ranges)
    for node in set(graph.subjects()):
        for predicate in _ONCE:
            if len(set(graph.objects(node, predicate))) > 1:
                what = f"{_term(predicate)} has several values"
                yield at(node, _term(predicate), "several-values", what, "state one")
        if node not in rules:
            yield from _period(graph, at, node)
    for kind, needed in _NEEDED.items():
        for node in set(graph.subjects(RDF.type, kind)):
            # What a citation leaves out, its document says.
            if (node, CS.document, None) not in graph:
                yield from _missing(graph, at, node, needed)
    for node in set(graph.objects(None, CS["term"])):
        yield from _missing(graph, at, node, _OF_TERMS)
        matter = graph.value(node, CS.decides)
        for kind in graph.objects(node, RDF.type):
            known = matters.get(str(kind), frozenset())
            if known and matter is not None and str(matter) not in known:
                names = " or ".join(_term(URIRef(each)) for each in sorted(known))
                what = f"a {_term(kind)} does not decide {_term(matter)}"
                yield at(node, _term(matter), "wrong-matter", what, f"write {names}")
    adjustments = set(graph.subjects(RDF.type, CS.Adjustment))
    for node in rules | adjustments:
        for severity in set(graph.objects(node, SH.severity)).difference(_SEVERITIES):
            advice = "write sh:Violation, sh:Warning or sh:Info"
            yield at(node, "sh:severity", "bad-severity", f"{severity} is no severity", advice)
    for node in adjustments:
        status = graph.value(node, ADMS.status)
        if status is not None and status != CS.deprecated:
            advice = "write cs:deprecated, which switches the rule off"
            yield at(node, "adms:status", "bad-status", f"{status} is no status here", advice)


def statement_problems_of_tests(
    graph: rdflib.Graph, at: At, ranges: Mapping[str, str], payers: Collection[str], file: str
) -> Iterator[Problem]:
    """The mistakes of a file of tests.

    Args:
        graph: the file.
        at: makes a problem.
        ranges: datatype of the vocabulary's properties, by their IRIs.
        payers: ids of the payers.
        file: id of the rule that the file is named by; empty where it is no rule's.
    """
    # A rule that takes another's place may test that one, too.
    own = URIRef(RULE_NS + file)
    for node, predicate, value in graph:
        # Other values may be texts, as a claim's JSON has them.
        if ranges.get(str(predicate)) == "date" and not is_day(str(value)):
            what = f"{_term(predicate)} is a date, not {value}"
            advice = f"write it as {_WRITTEN['date']}"
            yield at(node, _term(predicate), "not-a-date", what, advice)
        if predicate == CS.payer and str(value) not in payers:
            # A test may be about a payer that nobody knows.
            close = get_close_matches(str(value), payers, 1, 0.9)
            if close:
                advice = f"did you mean {close[0]}?"
                yield at(node, "cs:payer", "unknown-payer", f"there is no payer {value}", advice)
        elif file and predicate == CS.testOf and (None, CS.testOf, own) not in graph:
            what = f"the test is of {str(value).removeprefix(RULE_NS)}, in a file of {file}"
            yield at(node, "cs:testOf", "test-of-another", what, "move it")
    for node in set(graph.subjects(RDF.type, CS.RuleTest)):
        for predicate in (CS.claim, CS.testOf):
            if len(set(graph.objects(node, predicate))) > 1:
                what = "two tests have this name"
                yield at(node, "", "duplicate-test", what, "give one of them another")
                break


def is_day(value: str) -> bool:
    """Whether a text is a day as XML Schema and CSV write it."""
    try:
        return bool(_DAY.fullmatch(value)) and date.fromisoformat(value) is not None
    except ValueError:
        return False


def day_after(day: str) -> date:
    """The day after a day (YYYY-MM-DD)."""
    return date.fromisoformat(day) + timedelta(days=1)


def _datatype(
    at: At, node: Node, predicate: Node, value: Node, ranges: Mapping[str, str]
) -> Iterator[Problem]:
    wanted = ranges.get(str(predicate))
    if predicate in (SCHEMA.validFrom, SCHEMA.validThrough):
        wanted = "date"
    if wanted not in _WRITTEN or not isinstance(value, Literal):
        return
    stated = str(value.datatype or "").removeprefix(XSD_NS)
    fits = stated == wanted or (wanted == "decimal" and stated == "integer")
    text = str(value)
    lexical = is_day(text) if wanted == "date" else _LEXICAL[wanted].fullmatch(text)
    if not fits or not lexical or text.endswith("P"):
        lint = "not-a-date" if wanted == "date" else "not-a-value"
        what = f"{_term(predicate)} takes a value of xsd:{wanted}, not {text}"
        yield at(node, _term(predicate), lint, what, f"write it as {_WRITTEN[wanted]}")


def _period(graph: rdflib.Graph, at: At, node: Node) -> Iterator[Problem]:
    for first, last in (
        (SCHEMA.validFrom, SCHEMA.validThrough),
        (CS.inForceFrom, CS.inForceThrough),
    ):
        start, end = (str(graph.value(node, each) or "") for each in (first, last))
        if is_day(start) and is_day(end) and start > end:
            what = f"{_term(last)} {end} is before {_term(first)} {start}"
            yield at(node, _term(last), "reversed-period", what, "correct the dates")


def _missing(
    graph: rdflib.Graph, at: At, node: Node, needed: tuple[tuple[URIRef, ...], ...]
) -> Iterator[Problem]:
    for alternatives in needed:
        if not any((node, each, None) in graph for each in alternatives):
            names = " or ".join(_term(each) for each in alternatives)
            yield at(node, "", "missing-statement", f"{names} is missing", "state it")


def _term(node: Node) -> str:
    """A term as files of rules write it."""
    name = str(node)
    prefix = next((each for each, space in PREFIXES.items() if name.startswith(space)), None)
    short = name if prefix is None else f"{prefix}:{name.removeprefix(PREFIXES[prefix])}"
    # Of schemes there is one.
    return f"{short} doc:" if node == SKOS.inScheme else short
