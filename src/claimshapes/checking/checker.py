"""Checks claims: loads rules and knowledge once, then judges claim after claim."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from claimshapes.checking.reference_engine import ReferenceEngine, ShapeResult
from claimshapes.checking.rules import Rule, RuleBook, load_rules
from claimshapes.claim import ClaimJson, ClaimRecord
from claimshapes.errors import InputError
from claimshapes.findings import ClaimResult, Finding, NotChecked
from claimshapes.graph.claim_graph import ClaimGraphBuilder, json_pointer, value_at
from claimshapes.graph.derive import declared_prefixes, derive, load_derivations
from claimshapes.graph.knowledge import Knowledge
from claimshapes.graph.resident import resident_quads
from claimshapes.graph.vocabulary import CS_NS
from claimshapes.resources import resource_directory

_SERVICE_DATE = ox.NamedNode(f"{CS_NS}serviceDate")
_ULTIMATE_PAYER = ox.NamedNode(f"{CS_NS}ultimatePayer")
_CLAIM_TYPE = ox.NamedNode(f"{CS_NS}claimType")


class Checker:
    """Rules, knowledge and settings, loaded once and used for any number of claims.

    Args:
        rules: folders of rule files beside the shipped ones.
        select: ids of the only rules to judge; all of them when absent.
        ignore: ids of rules to leave out.
        payer: payer id to take instead of each claim's own.
        as_of: date to judge by instead of the dates of service: it decides which
            rules, code validity periods and releases are in force.
        documentation: whether claims carry documentation facts at all; when not, the
            rules that read them are left out.
        book: rules that are loaded already, instead of the shipped ones.

    Raises:
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
        InputError: ``select`` or ``ignore`` names no rule.
    """

    def __init__(
        self,
        *,
        rules: Sequence[str | os.PathLike[str]] = (),
        select: Iterable[str] | None = None,
        ignore: Iterable[str] = (),
        payer: str | None = None,
        as_of: date | None = None,
        documentation: bool = True,
        book: RuleBook | None = None,
    ) -> None:
        ontology = resource_directory("ontology")
        if book is None:
            book = load_rules([resource_directory("shapes"), *map(Path, rules)])
        self.book = book
        self.knowledge = Knowledge.open()
        self._select = None if select is None else self._known(select)
        self._ignore = self._known(ignore)
        self._payer = payer
        self._as_of = as_of
        self._documentation = documentation
        self._engine = ReferenceEngine(book)
        self._builder = ClaimGraphBuilder()
        self._resident = resident_quads()
        self._derivations = load_derivations(
            ontology / "derivations", declared_prefixes(ontology / "rule.ttl")
        )

    def check(self, claims: Iterable[ClaimJson | ClaimRecord]) -> Iterator[ClaimResult]:
        """Judges claims one after the other.

        Args:
            claims: claims as the readers give them, or as the JSON claim format has them,
                which are then checked against its schema first.

        Yields:
            One result for each claim, in the same order.

        Raises:
            InputError: a claim does not have the claim format; names the field.
        """
        for claim in claims:
            yield self.check_one(claim)

    def check_one(self, claim: ClaimJson | ClaimRecord) -> ClaimResult:
        """Judges one claim; see ``check``.

        Raises:
            InputError: the claim does not have the claim format; names the field.
        """
        content = claim.claim if isinstance(claim, ClaimRecord) else _validated(claim)
        if self._payer is not None:
            content = {**content, "payer": self._payer}
        store, node = self.claim_store(content)
        payers = _objects(store, node, _ULTIMATE_PAYER)
        claim_types = _objects(store, node, _CLAIM_TYPE)
        rules = self.book.select(
            payers,
            next(iter(claim_types)),
            only=self._select,
            ignore=self._ignore,
            documentation=self._documentation,
        )
        results = self._engine.judge(store, rules)
        result = self._result(content, store, node, rules, results)
        return _with_sources(result, claim) if isinstance(claim, ClaimRecord) else result

    def claim_store(self, claim: ClaimJson) -> tuple[ox.Store, ox.NamedNode]:
        """The claim's graph as rules see it: its facts, the knowledge they reach, what follows.

        Args:
            claim: a claim that has the claim format.

        Returns:
            The graph, and the node of the claim in it.
        """
        store = ox.Store()
        graph = self._builder.build(claim, self.knowledge, as_of=self._as_of)
        store.bulk_extend(self._resident)
        store.extend(graph.quads)
        store.extend(
            ox.Quad(triple.subject, triple.predicate, triple.object)
            for triple in self.knowledge.slice(graph.diagnosis_codes, graph.procedure_codes)
        )
        derive(store, graph.claim, self._derivations)
        return store, graph.claim

    def _known(self, ids: Iterable[str]) -> frozenset[str]:
        chosen = frozenset(ids)
        for identifier in sorted(chosen - self.book.rules.keys()):
            raise InputError(f"there is no rule {identifier}; `claimshapes rules list` names them")
        return chosen

    def _result(
        self,
        claim: ClaimJson,
        store: ox.Store,
        node: ox.NamedNode,
        rules: tuple[Rule, ...],
        results: list[ShapeResult],
    ) -> ClaimResult:
        identifier = str(claim["id"])
        claim_dates = _dates(store, node)
        selected = {rule.iri: rule for rule in rules}
        findings: dict[Finding, Rule] = {}
        unjudged: set[NotChecked] = set()
        for result in results:
            stated = self.book.by_node.get(result.shape) or self.book.preconditions[result.shape]
            rule = selected[stated.iri]
            dates = _dates(store, ox.NamedNode(result.focus)) or claim_dates
            if not rule.in_force(dates):
                continue
            pointer = json_pointer(result.focus)
            if result.shape in self.book.preconditions:
                unjudged.add(NotChecked(identifier, rule.id, pointer, result.message))
                continue
            finding = _finding(claim, rule, pointer, result)
            findings[finding] = rule
        spoken = {(rule.iri, finding.focus) for finding, rule in findings.items()}
        kept = [
            finding
            for finding, rule in findings.items()
            if not any((stricter, finding.focus) in spoken for stricter in rule.yields_to)
        ]
        return ClaimResult(
            identifier,
            tuple(sorted(kept, key=_finding_order)),
            tuple(
                sorted(unjudged, key=lambda item: (item.rule, _natural(item.focus), item.reason))
            ),
            sum(rule.in_force(claim_dates) for rule in rules),
        )


def check(
    claims: str | os.PathLike[str] | ClaimJson | Iterable[ClaimJson], **settings: Any
) -> list[ClaimResult]:
    """Checks claims with a fresh ``Checker``.

    Args:
        claims: a file's name, a claim, or claims.
        settings: keyword arguments of ``Checker``.

    Returns:
        One result for each claim, in the same order.

    Raises:
        InputError: a claim cannot be read or does not have the claim format.
        RuleError: a rule file cannot be used.
        KnowledgeError: the compiled knowledge is missing or stale.
    """
    checker = Checker(**settings)
    if isinstance(claims, (str, os.PathLike)):
        from claimshapes.read import read_claims

        results = []
        for reading in read_claims(claims):
            if not isinstance(reading, ClaimRecord):
                raise InputError(
                    reading.reason,
                    file=reading.origin.file,
                    line=reading.origin.line,
                    pointer=reading.origin.pointer,
                )
            results.append(checker.check_one(reading))
        return results
    if isinstance(claims, Mapping):
        return [checker.check_one(claims)]
    return list(checker.check(claims))


def _validated(claim: ClaimJson) -> ClaimJson:
    from claimshapes.read import read_claim_objects

    reading = next(iter(read_claim_objects([claim])))
    if isinstance(reading, ClaimRecord):
        return reading.claim
    raise InputError(reading.reason, pointer=reading.origin.pointer)


def _finding(claim: ClaimJson, rule: Rule, pointer: str, result: ShapeResult) -> Finding:
    path = result.path.removeprefix(CS_NS) if result.path else rule.field_name
    value = result.value
    if value is None and path is not None:
        value = value_at(claim, pointer, path)
    return Finding(
        claim=str(claim["id"]),
        rule=rule.id,
        severity=rule.severity,
        focus=pointer,
        path=path,
        value=value,
        message=result.message,
        remedy=rule.remedy,
        denial_codes=rule.denial_codes,
        url=rule.url,
    )


def _with_sources(result: ClaimResult, record: ClaimRecord) -> ClaimResult:
    """The result, its findings with the places that they stood at in the claim's file."""
    if not record.places:
        return result
    findings = tuple(
        replace(
            finding,
            source=record.place(finding.focus + (f"/{finding.path}" if finding.path else "")),
        )
        for finding in result.findings
    )
    return replace(result, findings=findings)


def _finding_order(finding: Finding) -> tuple[object, ...]:
    return (
        finding.severity.rank,
        _natural(finding.focus),
        finding.rule,
        finding.value or "",
        finding.message,
    )


def _natural(pointer: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in pointer.split("/"))


def _objects(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> frozenset[str]:
    return frozenset(
        quad.object.value
        for quad in store.quads_for_pattern(node, predicate, None)
        if isinstance(quad.object, (ox.NamedNode, ox.Literal))
    )


def _dates(store: ox.Store, node: ox.NamedNode) -> tuple[date, ...]:
    return tuple(date.fromisoformat(value) for value in _objects(store, node, _SERVICE_DATE))
