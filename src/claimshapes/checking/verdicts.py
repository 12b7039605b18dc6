"""What the results of rules on a claim come to: findings, and what was not evaluated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from claimshapes.checking.findings import (
    NO_RULE_IN_FORCE,
    WITHOUT_RECORD,
    ClaimResult,
    Finding,
    NotChecked,
    NotCovered,
)
from claimshapes.claims.claim import ClaimJson, ClaimRecord
from claimshapes.claims.field_terms import field_of
from claimshapes.claims.part_iris import json_pointer
from claimshapes.claims.to_triples import value_at
from claimshapes.engines.shape_result import ShapeResult
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook
from claimshapes.rules.selection import Selection

Entry = TypeVar("Entry")


class Verdicts:
    """Says what results come to.

    Args:
        book: the rules.
        strict: whether what is not covered counts as not checked.
    """

    def __init__(self, book: RuleBook, *, strict: bool) -> None:
        self._book = book
        self._strict = strict

    def _rule_of(self, result: ShapeResult) -> Rule:
        """The rule whose shape, or whose precondition, a result is of."""
        return self._book.by_node.get(result.shape) or self._book.preconditions[result.shape]

    def of(
        self,
        claim: ClaimJson,
        selection: Selection,
        results: Sequence[ShapeResult],
        dates_of: Callable[[str], tuple[date, ...]],
        claim_dates: tuple[date, ...],
    ) -> ClaimResult:
        """What the results on a claim come to.

        Args:
            claim: the claim.
            selection: the rules that were selected for it.
            results: what an engine says by their shapes and preconditions.
            dates_of: the dates of service of a part of the claim, by its IRI.
            claim_dates: those of the whole claim.
        """
        identifier = str(claim["id"])
        in_force = selection.in_force(claim_dates)
        if not results and in_force.evaluated and not self._strict:
            # Most claims, therefore by place, which is quicker.
            without, left = in_force.without_record, in_force.left_to_original
            return ClaimResult(identifier, (), (), in_force.evaluated, (), (), without, left)
        findings: dict[Finding, Rule] = {}
        unchecked: set[NotChecked] = set()
        uncovered: set[NotCovered] = set()
        for result in results:
            rule = selection.by_id[self._rule_of(result).id]
            days = dates_of(result.focus) or claim_dates
            if not rule.in_force(days):
                continue
            pointer = json_pointer(result.focus)
            if result.shape in self._book.not_covered and not self._strict:
                uncovered.add(NotCovered(identifier, rule.id, pointer, result.message))
                continue
            if result.shape in self._book.preconditions:
                unchecked.add(NotChecked(identifier, rule.id, pointer, result.message))
                continue
            finding = _finding(claim, rule, pointer, result)
            severity, words = rule.adjusted(days)
            if words:
                told = f"{finding.message} [{words}]"
                finding = replace(finding, severity=severity, message=told)
            findings[finding] = rule
        without_record = in_force.without_record
        if self._strict:
            unchecked |= {NotChecked(identifier, id_, "", WITHOUT_RECORD) for id_ in without_record}
            without_record = ()
        if not in_force.evaluated:
            unchecked.add(NotChecked(identifier, None, "", NO_RULE_IN_FORCE))
        return ClaimResult(
            identifier,
            findings=_in_order(_not_silent(findings), _finding_order),
            not_checked=_in_order(unchecked, _note_order),
            rules_in_force=in_force.evaluated,
            not_covered=_in_order(uncovered, _note_order),
            without_record=without_record,
            left_to_original=in_force.left_to_original,
        )


def with_sources(result: ClaimResult, record: ClaimRecord) -> ClaimResult:
    """The result, its findings with their places in the claim's file."""
    if not record.places:
        return result
    findings = tuple(
        replace(finding, source=record.place(finding.place), column=record.column(finding.place))
        for finding in result.findings
    )
    return replace(result, findings=findings)


def _finding(claim: ClaimJson, rule: Rule, pointer: str, result: ShapeResult) -> Finding:
    about = result.path.removeprefix(CS_NS) if result.path else rule.field_name
    path = field_of(pointer, about) if about else None
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


def _not_silent(findings: Mapping[Finding, Rule]) -> list[Finding]:
    """The findings of rules that yield to none that speaks of the same focus node."""
    spoken = {(rule.iri, finding.focus) for finding, rule in findings.items()}
    return [
        finding
        for finding, rule in findings.items()
        if not any((stricter, finding.focus) in spoken for stricter in rule.yields_to)
    ]


def _in_order(
    entries: Collection[Entry], key: Callable[[Entry], tuple[Any, ...]]
) -> tuple[Entry, ...]:
    # Most often there is one, or none.
    return tuple(entries if len(entries) < 2 else sorted(entries, key=key))


def _finding_order(finding: Finding) -> tuple[Any, ...]:
    return (
        finding.severity.rank,
        _natural(finding.focus),
        finding.rule,
        finding.value or "",
        finding.message,
    )


def _note_order(note: NotChecked | NotCovered) -> tuple[Any, ...]:
    return (note.rule or "", _natural(note.focus), note.reason)


def _natural(pointer: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in pointer.split("/"))
