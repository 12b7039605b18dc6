"""The tests that stand beside the rules run from here too."""

import dataclasses
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS

from claimshapes.authoring.lint import lint
from claimshapes.authoring.rule_tests import (
    RuleTest,
    TestOutcome,
    load_rule_tests,
    rule_test_files,
    run_rule_tests,
)
from claimshapes.errors import RuleError
from claimshapes.rdf.namespaces import CS
from claimshapes.rules.rule_book import RuleBook, load_rules
from claimshapes.rules.written_rules import Written
from tests.conftest import QUERY_RULE

SHAPES = Path(__file__).parents[2] / "shapes"
SOURCE = Namespace("https://w3id.org/claimshapes/source/")


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules([SHAPES])


@cache
def rule_tests() -> list[RuleTest]:
    return load_rule_tests(rule_test_files([SHAPES]))


@pytest.fixture(scope="module")
def outcomes(book: RuleBook) -> Callable[[str], dict[str, TestOutcome]]:
    @cache
    def of_rule(rule: str) -> dict[str, TestOutcome]:
        """How the tests of a rule went, all of them with one checker."""
        own = [test for test in rule_tests() if test.rule == rule]
        return {outcome.name: outcome for outcome in run_rule_tests(book, own)}

    return of_rule


@pytest.mark.parametrize("test", rule_tests(), ids=lambda test: f"{test.rule}-{test.name}")
def test_rule_says_what_its_test_expects(
    outcomes: Callable[[str], dict[str, TestOutcome]], test: RuleTest
) -> None:
    outcome = outcomes(test.rule)[test.name]
    assert outcome.passed, f"{outcome.label}\n{outcome.problem}"


def test_every_rule_has_tests_that_pass_and_tests_that_fail(book: RuleBook) -> None:
    tests = rule_tests()
    for rule in book:
        own = [test for test in tests if test.rule == rule.id]
        assert any(test.expected == () for test in own), rule.id
        assert any(test.expected != () for test in own), rule.id


def test_at_most_a_third_of_the_rules_have_a_query(book: RuleBook) -> None:
    own = [rule.id for rule in book if rule.iri in book.own_queries]
    assert len(own) * 3 <= len(book.rules), own


def test_at_most_a_third_of_the_preconditions_have_a_query(book: RuleBook) -> None:
    own = sorted(book.own_queries & book.preconditions.keys())
    assert len(own) * 3 <= len(book.preconditions), own


def test_lint_asks_why_a_rule_has_a_query(book: RuleBook) -> None:
    bare = Graph()
    bare += book.graph
    bare.remove((URIRef(book.rules["CLM-PTR"].iri), CS.whyOwnQuery, None))
    bare.add((URIRef(book.rules["PX-MUE"].iri), CS.whyOwnQuery, Literal("counts")))
    precondition = URIRef(f"{book.rules['TH-GP'].iri}-precondition")
    bare.remove((precondition, CS.whyOwnQuery, None))
    written = Written(bare, book.forms, book.lists, book.own_queries)
    without = RuleBook(lambda: written, rules=book.rules, preconditions=book.preconditions)
    problems = lint(without, [SHAPES])
    assert "TH-GP-precondition: has a query and does not say why no family fits" in str(problems)
    assert "CLM-PTR: has a query and does not say why no family fits (cs:whyOwnQuery)" in problems
    assert "PX-MUE: has cs:whyOwnQuery and no query of its own" in problems


def test_rules_are_well_made(book: RuleBook) -> None:
    assert lint(book, [SHAPES]) == []


OTHER_EDITION = 'dcterms:title "Medicare Code Editor, ICD-10-CM code table" ; cs:edition "FY2015"'
SAME_EDITION = OTHER_EDITION.replace("FY2015", "FY2016 to FY2027, as of 2026-10-01")


def write_rule(folder: Path, *changes: tuple[str, str]) -> None:
    text = QUERY_RULE.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "DX-MANIF-FIRST.ttl").write_text(text, "utf-8")
    test = (SHAPES / "diagnosis" / "DX-MANIF-FIRST.test.ttl").read_text("utf-8")
    (folder / "DX-MANIF-FIRST.test.ttl").write_text(test, "utf-8")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([("cs:code ;", "cs:code ;")], None),
        (
            [("cs:firstListed", "cs:firstListet")],
            "nothing in the ontology is called cs:firstListet",
        ),
        ([("{?code} is a", "{?kode} is a")], "the message names {?kode}"),
        ([("cs:strength cs:primary", "cs:strength cs:hearsay")], "cs:strength"),
        ([("cs:strength cs:primary", "cs:strength cs:secondary")], "at most a warning"),
        ([("cs:strength cs:primary", "cs:strength cs:fictitious")], "of fictitious payers"),
        ([("cs:document source:mce-codes", OTHER_EDITION)], None),
        (
            [("cs:document source:mce-codes", SAME_EDITION)],
            "a citation of DX-MANIF-FIRST and source:mce-codes describe one document",
        ),
        ([("carc:16", "carc:999")], "cs:denialCode is a code of denials.ttl"),
        ([("rarc:M76", "rarc:X1")], "cs:remarkCode is a code of denials.ttl"),
        ([("    cs:remarkCode rarc:M76, rarc:MA63 ;\n", "")], "goes with a remark code"),
        (
            [("    cs:remarkCode rarc:M76, rarc:MA63 ;\n", ""), ("carc:16", "carc:146")],
            None,
        ),
        ([("    sh:severity ", '    cs:groupCode "XX" ;\n    sh:severity ')], "cs:groupCode is CO"),
        ([("cs:notation ?code }", "cs:notation ?code . ?code cs:service ?x }")], "SERVICE"),
        ([('"DX-MANIF-FIRST"', '"dx-manif"')], "dcterms:identifier, such as"),
        (
            [("    sh:severity ", "    sh:node <urn:none> ;\n    sh:severity ")],
            "DX-MANIF-FIRST: sh:node names no shape: urn:none",
        ),
        (
            [
                (
                    "    sh:severity ",
                    "    sh:or ( [ a sh:NodeShape ] <urn:none> ) ;\n    sh:severity ",
                )
            ],
            "DX-MANIF-FIRST: sh:or names no shape: urn:none",
        ),
    ],
)
def test_lint_names_what_is_wrong(
    tmp_path: Path, changes: list[tuple[str, str]], problem: str | None
) -> None:
    write_rule(tmp_path, *[change for change in changes if change[0] != "cs:code ;"])
    problems = lint(load_rules([tmp_path]), [tmp_path])
    if problem is None:
        assert problems == []
    else:
        assert any(problem in line for line in problems), problems


def test_source_that_nothing_describes_is_refused(tmp_path: Path) -> None:
    write_rule(tmp_path, ("source:mce-codes", "source:mce-kodes"))
    with pytest.raises(RuleError, match="cs:document names no source"):
        load_rules([tmp_path])


def test_source_that_nothing_rests_on_is_a_problem(book: RuleBook) -> None:
    bare = Graph()
    bare += book.graph
    bare.remove((None, CS.document, SOURCE["modifier-25"]))
    bare.remove((None, DCTERMS.source, SOURCE["modifier-25"]))
    written = Written(bare, book.forms, book.lists, book.own_queries)
    problems = lint(RuleBook(lambda: written, rules=book.rules), [SHAPES])
    assert "source:modifier-25: nothing rests on it" in problems


def test_lint_wants_tests(tmp_path: Path) -> None:
    write_rule(tmp_path)
    (tmp_path / "DX-MANIF-FIRST.test.ttl").unlink()
    problems = lint(load_rules([tmp_path]), [tmp_path])
    assert any("has no DX-MANIF-FIRST.test.ttl next to it" in line for line in problems)
    assert any("a test in which it finds something" in line for line in problems)
    assert any("a test in which it finds nothing" in line for line in problems)


@pytest.mark.parametrize(
    "line",
    [
        "    dcterms:identifier ",
        "    cs:rationale ",
        "    cs:remedy ",
        "    sh:severity ",
        "    sh:message ",
        "    dcterms:issued ",
        "    schema:validFrom ",
        "    adms:status ",
    ],
)
def test_rule_without_something_is_refused_by_name(tmp_path: Path, line: str) -> None:
    text = QUERY_RULE.read_text("utf-8")
    kept = [each for each in text.splitlines() if not each.startswith(line)]
    assert len(kept) == len(text.splitlines()) - 1
    (tmp_path / "DX-MANIF-FIRST.ttl").write_text("\n".join(kept), "utf-8")
    with pytest.raises(RuleError, match=r"DX-MANIF-FIRST\.ttl"):
        load_rules([tmp_path])


def test_error_in_a_rule_file_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "X-1.ttl").write_text("<urn:a> <urn:b> <urn:c> .\n<urn:a> oops .\n", "utf-8")
    with pytest.raises(RuleError, match=r"X-1\.ttl, line 2"):
        load_rules([tmp_path])


def test_same_rule_twice_is_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_rule(tmp_path / folder)
    with pytest.raises(RuleError, match="already defined"):
        load_rules([tmp_path])


def test_test_goes_red_when_the_expectation_is_another(book: RuleBook) -> None:
    test = next(
        test
        for test in rule_tests()
        if test.rule == "DX-DATE" and any(each.value.startswith("M") for each in test.expected)
    )
    wrong = dataclasses.replace(test, expected=())
    (outcome,) = run_rule_tests(book, [wrong])
    assert not outcome.passed
    assert "M79.1" in outcome.problem or "M54" in outcome.problem
