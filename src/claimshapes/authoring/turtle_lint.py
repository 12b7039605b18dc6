"""Mistakes in the Turtle files of a pack: what a rule lacks, and what other modules look for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import rdflib
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SH
from rdflib.term import Node

from claimshapes.authoring.conflict_lint import ConflictLint
from claimshapes.authoring.form_lint import FormLint
from claimshapes.authoring.lint_context import LintContext
from claimshapes.authoring.name_lint import name_problems
from claimshapes.authoring.problems import Problem, meant
from claimshapes.authoring.query_lint import query_problems
from claimshapes.authoring.stated_rule import StatedRule
from claimshapes.authoring.statement_lint import (
    is_day,
    statement_problems,
    statement_problems_of_tests,
)
from claimshapes.authoring.turtle_places import TurtlePlaces
from claimshapes.errors import RuleError
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS, SCHEMA
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.vocabulary import CS_NS, RULE_NS
from claimshapes.rules.pack import TEST_SUFFIX
from claimshapes.rules.sources import Document, described


class TurtleLint:
    """Lints the Turtle files of packs together.

    Args:
        context: what the files may name.
    """

    def __init__(self, context: LintContext) -> None:
        self._context = context
        self._places = TurtlePlaces()
        self._at = self._places.at
        self._forms = FormLint(context, self._places)
        self._stated: list[StatedRule] = []
        self._described: list[tuple[Path, Node, Document, str]] = []

    def problems(self) -> Iterator[Problem]:
        """The mistakes, file by file, and then those of files that contradict each other."""
        defined: dict[str, Path] = {}
        for file in self._context.pack_files():
            text = file.read_bytes().decode("utf-8", errors="replace")
            tokens = self._places.read(file, text.removeprefix("\ufeff"))
            if text.startswith("\ufeff"):
                what = "the file begins with a byte order mark"
                yield Problem(str(file), 1, 1, "turtle-bom", what, "save as UTF-8 without one")
            yield from name_problems(self._context, file, tokens)
            try:
                graph = read_graph([file])
            except RuleError as error:
                yield self._syntax(file, error)
                continue
            at = partial(self._said_of, file, graph)
            if file.name.endswith(TEST_SUFFIX):
                yield from self._tests(file, graph)
                payers = self._context.names["payer"]
                name = file.name.removesuffix(TEST_SUFFIX)
                if name not in self._context.names["rule"]:
                    # One of an exemption, say.
                    name = ""
                yield from statement_problems_of_tests(
                    graph, at, self._context.shipped.ranges, payers, name
                )
                continue
            forms = {
                value
                for form in self._context.families
                for value in graph.objects(None, URIRef(form))
            }
            yield from statement_problems(
                graph, at, self._context.shipped.ranges, self._context.shipped.matters, forms
            )
            for document, node in described(graph):
                name = str(node) if isinstance(node, URIRef) else ""
                self._described.append((file, _owner(graph, node), document, name))
            for node in sorted(set(graph.subjects(RDF.type, CS.Rule)), key=str):
                name = str(node).removeprefix(RULE_NS)
                if name in defined or name in self._context.shipped.names["rule"]:
                    other = defined.get(name) or "the shipped rules"
                    what = f"the rule {name} is also in {other}"
                    yield self._at(file, node, "", "duplicate-id", what, "give it another id")
                defined[name] = file
                if isinstance(node, URIRef):
                    yield from self._rule(file, graph, node)
        conflicts = ConflictLint(self._context.families, self._context.code_lists, self._places)
        yield from conflicts.problems(self._stated)
        yield from self._described_twice()

    def _said_of(self, file: Path, graph: rdflib.Graph, node: Node, *said: str) -> Problem:
        """A problem of a node, which may have no name of its own."""
        return self._at(file, _owner(graph, node), *said)

    def _described_twice(self) -> Iterator[Problem]:
        """Documents that are described a second time; named sources keep theirs."""
        known = dict(self._context.shipped.sources)
        for file, owner, document, node in sorted(self._described, key=lambda each: each[3] == ""):
            first = known.setdefault(document, node) if node else known.get(document)
            if first is None:
                known[document] = ""
            elif first != node or not node:
                what = f"{', '.join(document)} is described twice"
                advice = (
                    f"cite source:{last_part(first)}" if first else "describe it in sources.ttl"
                )
                yield self._at(file, owner, "", "duplicate-source", what, advice)

    def _syntax(self, file: Path, error: RuleError) -> Problem:
        named = re.search(r", line (\d+): (.*)", str(error), re.DOTALL)
        line, what = (int(named[1]), named[2]) if named else (1, str(error))
        column = 1
        try:
            list(ox.parse(path=str(file), format=ox.RdfFormat.TURTLE))
        except SyntaxError as syntax:
            column = syntax.offset or 1
        except (OSError, ValueError):
            pass
        advice = "look for a missing ; . ] or quotation mark before this place"
        return Problem(str(file), line, column, "turtle-syntax", what, advice)

    def _tests(self, file: Path, graph: rdflib.Graph) -> Iterator[Problem]:
        for node in sorted(set(graph.subjects(RDF.type, CS.RuleTest)), key=str):
            if graph.value(node, CS.testOf) is None:
                yield self._at(file, node, "", "test-of-no-rule", "the test names no rule", "")
            claim = graph.value(node, CS.claim)
            if claim is None:
                yield self._at(file, node, "", "test-without-claim", "the test has no claim", "")

    def _rule(self, file: Path, graph: rdflib.Graph, node: URIRef) -> Iterator[Problem]:
        name = str(node).removeprefix(RULE_NS)
        if name == str(node):
            advice = f"write rule:{last_part(name)}, with @prefix rule: <{RULE_NS}> ."
            yield self._at(file, node, "", "rule-id", f"{node} is no name of a rule", advice)
            return
        if file.name != f"{name}.ttl":
            what = f"the rule {name} is in {file.name}"
            yield self._at(file, node, "", "file-name", what, f"name the file {name}.ttl")
        if not file.with_name(f"{name}{TEST_SUFFIX}").is_file():
            what = f"the rule {name} has no tests"
            yield self._at(file, node, "", "no-tests", what, f"write {name}{TEST_SUFFIX}")
        if not re.fullmatch(r"[A-Z]{2,3}(-[A-Z0-9]+)+", name):
            yield self._at(file, node, "", "rule-id", f"{name} is no id", "write one like VH-59")
        for predicate, lint, what in (
            (SH.severity, "no-severity", "the rule has no sh:severity"),
            (DCTERMS.source, "no-source", "the rule has no dcterms:source"),
            (SCHEMA.validFrom, "no-valid-from", "the rule has no schema:validFrom"),
        ):
            if (node, predicate, None) not in graph:
                yield self._at(file, node, "", lint, what, "state it")
        if (node, CS.remarkCode, None) not in graph:
            for code in graph.objects(node, CS.denialCode):
                if str(code) in self._context.shipped.needing_remark:
                    what = f"CARC {last_part(str(code))} says too little alone"
                    advice = "state a remark code, such as cs:remarkCode rarc:M76"
                    yield self._at(file, node, "cs:denialCode", "no-remark-code", what, advice)
        first, last = graph.value(node, SCHEMA.validFrom), graph.value(node, SCHEMA.validThrough)
        days = []
        for said, term in ((first, "schema:validFrom"), (last, "schema:validThrough")):
            if said is None:
                continue
            if not _is_date(said):
                what = f"{said} is no date"
                advice = 'write it as "2027-01-31"^^xsd:date'
                yield self._at(file, node, term, "not-a-date", what, advice)
            else:
                days.append(str(said))
        if len(days) == 2 and days[0] > days[1]:
            what = f"the rule ends on {days[1]}, before it begins on {days[0]}"
            yield self._at(
                file, node, "schema:validThrough", "reversed-period", what, "correct the dates"
            )
        forms = [
            (str(form), value)
            for form in self._context.families
            for value in graph.objects(node, URIRef(form))
        ]
        if len({self._context.families[form].node for form, _ in forms}) > 1:
            what = f"the rule states forms of {len(forms)} families"
            yield self._at(file, node, "", "several-forms", what, "make a rule of each")
            forms = []
        elif not forms and not _states_a_constraint(graph, node):
            what = "the rule states nothing to check"
            yield self._at(file, node, "", "no-check", what, "state a family's form")
        for form, at in forms:
            payers = {str(each) for each in graph.objects(node, CS.payer)}
            payers |= {str(each) for each in graph.objects(node, CS.appliesToPayer)}
            stated = StatedRule(
                node,
                file,
                form.removeprefix(CS_NS),
                at,
                frozenset(payers),
                str(first) if first is not None and _is_date(first) else "",
                str(last) if last is not None and _is_date(last) else None,
                {
                    str(predicate).removeprefix(CS_NS): frozenset(
                        str(each) for each in graph.objects(at, predicate)
                    )
                    for predicate in graph.predicates(at)
                    if predicate != SH.message
                },
                frozenset(str(each) for each in graph.objects(node, DCTERMS.isReplacedBy)),
            )
            self._stated.append(stated)
            texts = [*graph.objects(node, SH.message), *graph.objects(at, SH.message)]
            head = self._context.families[form].select.partition("WHERE")[0]
            selected = set(re.findall(r"[?$](\w+)", head))
            for text in texts:
                for variable in sorted(set(re.findall(r"\{[?$](\w+)\}", str(text))) - selected):
                    what = f"the message names {{?{variable}}}, which the form does not give"
                    advice = meant(variable, selected, f"it gives {', '.join(sorted(selected))}")
                    yield self._at(file, node, "sh:message", "message-variable", what, advice)
            yield from self._forms.problems(stated, graph, self._context.families[form])
        yield from query_problems(file, graph, node, self._places)


def _owner(graph: rdflib.Graph, node: Node) -> Node:
    """What has a name and says something by way of a node."""
    while isinstance(node, rdflib.BNode):
        node = next(graph.subjects(None, node), URIRef(""))
    return node


def _is_date(value: Node) -> bool:
    return (
        is_day(str(value)) and isinstance(value, Literal) and str(value.datatype).endswith("#date")
    )


def _states_a_constraint(graph: rdflib.Graph, node: URIRef) -> bool:
    about = {str(predicate) for predicate in graph.predicates(node)}
    plain = {str(SH.message), str(SH.severity)}
    return any(name.startswith(str(SH)) and name not in plain for name in about)


def lint_turtle(context: LintContext) -> Iterable[Problem]:
    """The mistakes in the Turtle files of packs."""
    return sorted(set(TurtleLint(context).problems()))
