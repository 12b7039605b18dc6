"""SHACL engines on the same shapes and claims.

None of them can derive what follows from a claim or look codes up as the shapes need it, so each
gets a claim's finished graph, made beforehand and not counted, as N-Triples, and the shapes of the
rules that apply to it. What they say is compared with the reference engine on the first claims.
"""

from __future__ import annotations

import importlib
import json
import lzma
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.namespace import RDF, SH

from bench.judged import Judge, Judged
from claimshapes.checking.checker import Checker
from claimshapes.claims.claim import ClaimJson
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.rule import Rule

Said = Counter[tuple[str, str]]
"""Shape and focus node of each result."""

_COMPARED = 50
_PAYER = ox.NamedNode(f"{CS_NS}ultimatePayer")
_KIND = ox.NamedNode(f"{CS_NS}claimType")


@dataclass(frozen=True, slots=True)
class _Prepared:
    claim: ClaimJson
    rules: tuple[Rule, ...]
    triples: str

    def expected(self) -> Said:
        """What the reference engine says."""
        with _checker().whole_graph(self.claim) as graph:
            results = _checker().reference.judge(graph, self.rules)
        return Counter((result.shape, result.focus) for result in results)


@cache
def _checker() -> Checker:
    return Checker(engine="reference")


def _prepared(line: bytes) -> _Prepared:
    claim = json.loads(line)
    with _checker().whole_graph(claim) as graph:
        store, node = graph.store, graph.claim
        payers, (kind,) = _objects(store, node, _PAYER), _objects(store, node, _KIND)
        triples = ox.serialize((quad.triple for quad in store), format=ox.RdfFormat.N_TRIPLES)
    rules = _checker().book.select(payers, kind)
    return _Prepared(claim, rules, triples.decode() if triples else "")


def _objects(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> frozenset[str]:
    return frozenset(
        quad.object.value
        for quad in store.quads_for_pattern(node, predicate, None)
        if isinstance(quad.object, ox.NamedNode)
    )


@cache
def _shapes(rules: tuple[Rule, ...]) -> str:
    """The shapes of the rules as N-Triples."""
    return _checker().book.shapes_of(rules).serialize(format="ntriples", encoding="utf-8").decode()


def _judge_each(validate: Callable[[_Prepared], Said], file: Path) -> Judged:
    seconds = 0.0
    claims = alike = compared = 0
    with file.open("rb") as lines:
        for line in lines:
            prepared = _prepared(line)
            start = time.perf_counter()
            said = validate(prepared)
            seconds += time.perf_counter() - start
            claims += 1
            if claims <= _COMPARED:
                compared += 1
                alike += said == prepared.expected()
    return Judged(f"{alike} of {compared} claims as the reference engine", seconds)


def start_shacl() -> Judge:
    """The package shacl; shapes are compiled once for each selection of rules."""
    package: Any = importlib.import_module("shacl")

    @cache
    def compiled(rules: tuple[Rule, ...]) -> Any:
        return package.Shapes.from_text(_shapes(rules), "ntriples")

    def validate(claim: _Prepared) -> Said:
        report = compiled(claim.rules).validate_text(claim.triples, "ntriples")
        return Counter((_bare(r.root_shape), _bare(r.focus_node)) for r in report.results)

    return partial(_judge_each, validate)


def start_shacl_rust() -> Judge:
    """The package shacl-rust; it has no shapes that are compiled once."""
    package: Any = importlib.import_module("shacl_rust")

    def validate(claim: _Prepared) -> Said:
        report = package.validate(
            claim.triples, _shapes(claim.rules), data_format="nt", shapes_format="nt"
        )
        return Counter(
            (_bare(result["sourceShape"]), _bare(result["focusNode"]))
            for result in report["results"]
        )

    return partial(_judge_each, validate)


def start_pyshacl_turbo() -> Judge:
    """The package pyshacl-turbo, through rdflib's graphs as pySHACL has it."""
    package: Any = importlib.import_module("pyshacl_turbo")

    @cache
    def compiled(rules: tuple[Rule, ...]) -> Any:
        return package.compile_shapes(_checker().book.shapes_of(rules))

    def validate(claim: _Prepared) -> Said:
        data = rdflib.Graph().parse(data=claim.triples, format="ntriples")
        _, report, _ = compiled(claim.rules).validate(data)
        return _said(report)

    return partial(_judge_each, validate)


def start_plain_pyshacl() -> Judge:
    """PySHACL as its own guide says: one graph with the claims and all diagnosis codes.

    The rows of the large tables, millions of triples more, are those that the claims reach.
    """
    import pyshacl

    data = rdflib.Graph()
    for file in sorted((resource_directory("ontology") / "codes").glob("*/*.nt.xz")):
        data.parse(data=lzma.decompress(file.read_bytes()).decode(), format="ntriples")
    shapes = _checker().book.shapes_of(tuple(_checker().book))

    def judge(file: Path) -> Judged:
        with file.open("rb") as lines:
            prepared = [_prepared(line) for line in lines]
        for claim in prepared:
            data.parse(data=claim.triples, format="ntriples")
        start = time.perf_counter()
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True)
        seconds = time.perf_counter() - start
        said = _said(report)
        return Judged(_agreement(said, islice(prepared, _COMPARED)), seconds)

    return judge


def _agreement(said: Said, claims: Iterable[_Prepared]) -> str:
    """How many claims' results are among those of one report on all of them."""
    alike = compared = 0
    for claim in claims:
        compared += 1
        alike += all(result in said for result in claim.expected())
    return f"the results of {alike} of {compared} claims among its own, rules of other payers too"


def _said(report: Any) -> Said:
    return Counter(
        (str(report.value(node, SH.sourceShape)), str(report.value(node, SH.focusNode)))
        for node in report.subjects(RDF.type, SH.ValidationResult)
    )


def _bare(term: str) -> str:
    return term[1:-1] if term.startswith("<") else term
