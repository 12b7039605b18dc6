"""Runs the tests that stand beside the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from claimshapes.checking.checker import Checker
from claimshapes.checking.findings import ClaimResult
from claimshapes.claims.claim import ClaimJson, ClaimRecord, Origin
from claimshapes.claims.field_terms import property_of
from claimshapes.claims.from_triples import frame_claim
from claimshapes.claims.readers import read_claim_objects
from claimshapes.errors import InputError, RuleError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, RDF_NS, RDFS_NS, RULE_NS, SH_NS
from claimshapes.rules.pack import TEST_SUFFIX
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook

_TYPE = ox.NamedNode(f"{RDF_NS}type")
_LABEL = ox.NamedNode(f"{RDFS_NS}label")
_RULE_TEST = ox.NamedNode(f"{CS_NS}RuleTest")
_TEST_OF = ox.NamedNode(f"{CS_NS}testOf")
_CLAIM = ox.NamedNode(f"{CS_NS}claim")
_CLAIM_CLASS = ox.NamedNode(f"{CS_NS}Claim")
_BASED_ON = ox.NamedNode(f"{CS_NS}basedOn")
_SERVICED = ox.NamedNode(f"{CS_NS}serviced")
_EXPECTS = ox.NamedNode(f"{CS_NS}expects")
_NOTES = {
    "not checked": ox.NamedNode(f"{CS_NS}expectsNotChecked"),
    "not covered": ox.NamedNode(f"{CS_NS}expectsNotCovered"),
}
_POINTER = ox.NamedNode(f"{CS_NS}pointer")
_MESSAGE = ox.NamedNode(f"{SH_NS}resultMessage")
_SEVERITY = ox.NamedNode(f"{SH_NS}resultSeverity")
_VALUE = ox.NamedNode(f"{SH_NS}value")
_PATH = ox.NamedNode(f"{SH_NS}resultPath")


@dataclass(frozen=True, slots=True, order=True)
class Expectation:
    """A finding, or what was not evaluated (severity ``not checked`` or ``not covered``)."""

    pointer: str
    severity: str
    message: str
    value: str = ""
    field: str = ""

    def in_words(self) -> str:
        """What is said, with field and value where there are any."""
        about = " ".join(part for part in (self.field, self.value) if part)
        return f"{self.message} ({about})" if about else self.message


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A claim and what a rule must say of it."""

    rule: str
    name: str
    label: str
    claim: dict[str, Any]
    expected: tuple[Expectation, ...]
    file: Path


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """How a rule's test went; ``problem`` says what was expected and what came."""

    rule: str
    name: str
    label: str
    passed: bool
    problem: str = ""

    __test__ = False


@dataclass(slots=True)
class _BaseClaims:
    """The claims of base-claims.ttl, which tests state their differences from."""

    file: Path
    framed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def load(self) -> None:
        store = _load(self.file)
        for quad in store.quads_for_pattern(None, _TYPE, _CLAIM_CLASS):
            self.framed[str(quad.subject)] = frame_claim(store, quad.subject)


def rule_test_files(directories: Iterable[Path]) -> list[Path]:
    """The test files below the directories, in a stable order."""
    return [
        file for directory in directories for file in sorted(directory.rglob(f"*{TEST_SUFFIX}"))
    ]


def load_rule_tests(files: Iterable[Path]) -> list[RuleTest]:
    """Reads test files.

    A test's claim equals the claim that ``cs:basedOn`` names, but for the properties it
    states; ``cs:serviced`` on the claim is the date of every line.

    Raises:
        RuleError: a file is not Turtle, or a test lacks its rule, label or claim.
    """
    bases = _BaseClaims(resource_directory("shapes") / "base-claims.ttl")
    bases.load()
    tests: list[RuleTest] = []
    for file in files:
        store = _load(file)
        nodes = [quad.subject for quad in store.quads_for_pattern(None, _TYPE, _RULE_TEST)]
        for node in sorted(nodes, key=str):
            tests.append(_read_test(store, node, bases, file))
    return tests


def tests_by_rule(directories: Iterable[Path]) -> dict[str, list[RuleTest]]:
    """The tests below folders of rules, by the id of their rule.

    Raises:
        RuleError: a file is not Turtle, or a test lacks its rule, label or claim.
    """
    found: dict[str, list[RuleTest]] = {}
    for test in load_rule_tests(rule_test_files(directories)):
        found.setdefault(test.rule, []).append(test)
    return found


def tested_claims(rule: Rule) -> list[ClaimJson]:
    """The claims of a rule's own tests.

    Raises:
        RuleError: its test file is not Turtle, or a test lacks its rule, label or claim.
    """
    file = rule.file.with_suffix(TEST_SUFFIX)
    tests = load_rule_tests([file]) if file.exists() else []
    read = read_claim_objects([test.claim for test in tests if test.rule == rule.id])
    return [reading.claim for reading in read if isinstance(reading, ClaimRecord)]


def run_rule_tests(book: RuleBook, tests: Iterable[RuleTest]) -> Iterator[TestOutcome]:
    """Judges each test's claim by its rule, together with the rules that it yields to.

    Args:
        book: the rules.
        tests: as ``load_rule_tests`` returns them.

    Yields:
        One outcome for each test.
    """
    checkers: dict[str, Checker] = {}
    for test in tests:
        rule = book.rules.get(test.rule)
        if rule is None:
            yield TestOutcome(test.rule, test.name, test.label, False, "there is no such rule")
            continue
        checker = checkers.get(rule.id)
        if checker is None:
            checker = Checker(book=book, select=_in_play(book, rule), suggest=False)
            checkers[rule.id] = checker
        yield _run(checker, test)


def _in_play(book: RuleBook, rule: Rule) -> set[str]:
    return {rule.id} | {book.by_node[iri].id for iri in rule.yields_to if iri in book.by_node}


def _run(checker: Checker, test: RuleTest) -> TestOutcome:
    reading = next(iter(read_claim_objects([test.claim])))
    if not isinstance(reading, ClaimRecord):
        return TestOutcome(test.rule, test.name, test.label, False, f"claim: {reading}")
    result = checker.check_one(ClaimRecord(reading.claim, Origin(str(test.file))))
    said = _said(test.rule, result)
    if said == sorted(test.expected):
        return TestOutcome(test.rule, test.name, test.label, True)
    return TestOutcome(test.rule, test.name, test.label, False, _difference(test.expected, said))


def _difference(expected: Iterable[Expectation], said: Iterable[Expectation]) -> str:
    """What was expected and did not come, and what came, place by place, a line each."""
    missing = sorted(set(expected) - set(said))
    more = sorted(set(said) - set(expected))
    lines = []
    for place in sorted({(item.pointer, item.severity) for item in (*missing, *more)}):
        pointer, severity = place
        lines.append(f"{pointer or '/'} {severity}")
        gone = [item for item in missing if (item.pointer, item.severity) == place]
        came = [item for item in more if (item.pointer, item.severity) == place]
        for word, items in (("expected", gone), ("came", came)):
            lines += [f"  {word:<8} {item.in_words()}" for item in items]
            if not items:
                lines.append(f"  {word:<8} nothing")
    return "\n".join(lines)


def _said(rule: str, result: ClaimResult) -> list[Expectation]:
    findings = [
        Expectation(
            finding.focus,
            finding.severity.value,
            finding.message,
            finding.value or "",
            property_of(finding.focus, finding.path) if finding.path else "",
        )
        for finding in result.findings
        if finding.rule == rule
    ]
    notes = [
        Expectation(item.focus, severity, item.reason)
        for severity, items in (
            ("not checked", result.not_checked),
            ("not covered", result.not_covered),
        )
        for item in items
        if item.rule == rule
    ]
    return sorted(findings + notes)


def _load(file: Path) -> ox.Store:
    store = ox.Store()
    store.extend(statement.quad() for statement in read_triples(file))
    return store


def _read_test(store: ox.Store, node: Any, bases: _BaseClaims, file: Path) -> RuleTest:
    name = str(node.value).rpartition("#")[2]
    rule = _one(store, node, _TEST_OF)
    claim_node = _one(store, node, _CLAIM)
    label = _one(store, node, _LABEL)
    if rule is None or claim_node is None or label is None:
        raise RuleError(f"{file}: test {name} needs cs:testOf, rdfs:label and cs:claim")
    expected = [
        Expectation(
            pointer=_text(store, wanted, _POINTER),
            severity=_text(store, wanted, _SEVERITY).rpartition("#")[2].lower(),
            message=_text(store, wanted, _MESSAGE),
            value=_text(store, wanted, _VALUE),
            field=_text(store, wanted, _PATH).removeprefix(CS_NS),
        )
        for wanted in _values(store, node, _EXPECTS)
    ]
    expected += [
        Expectation(_text(store, wanted, _POINTER), severity, _text(store, wanted, _MESSAGE))
        for severity, predicate in _NOTES.items()
        for wanted in _values(store, node, predicate)
    ]
    try:
        claim = _claim(store, claim_node, bases)
    except (InputError, KeyError) as error:
        raise RuleError(f"{file}: test {name}: {error}") from error
    return RuleTest(
        rule=str(rule.value).removeprefix(RULE_NS),
        name=name,
        label=str(label.value),
        claim={**claim, "id": name},
        expected=tuple(sorted(expected)),
        file=file,
    )


def _claim(store: ox.Store, node: Any, bases: _BaseClaims) -> dict[str, Any]:
    base = _one(store, node, _BASED_ON)
    serviced = _one(store, node, _SERVICED)
    for predicate in (_BASED_ON, _SERVICED):
        for quad in list(store.quads_for_pattern(node, predicate, None)):
            store.remove(quad)
    stated = frame_claim(store, node)
    claim = {**(bases.framed[str(base)] if base is not None else {}), **stated}
    if serviced is not None:
        claim["item"] = [{**item, "serviced": serviced.value} for item in claim["item"]]
    return claim


def _values(store: ox.Store, node: Any, predicate: ox.NamedNode) -> list[Any]:
    return [quad.object for quad in store.quads_for_pattern(node, predicate, None)]


def _one(store: ox.Store, node: Any, predicate: ox.NamedNode) -> Any:
    values = _values(store, node, predicate)
    return values[0] if values else None


def _text(store: ox.Store, node: Any, predicate: ox.NamedNode) -> str:
    value = _one(store, node, predicate)
    return "" if value is None else str(value.value)
