"""Groups the claims of an input as its rules ask, and counts those that belong to no group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from claimshapes.checking.grouping.adjacent import follow
from claimshapes.checking.grouping.history import Extract, extract
from claimshapes.checking.grouping.spill import gather
from claimshapes.claims.claim import ClaimJson, ClaimReading, ClaimRecord
from claimshapes.claims.field_terms import claim_term
from claimshapes.errors import RuleError
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rdf.vocabulary import CS_NS, SKOS_NS
from claimshapes.rules.other_claims import KeyPath, OtherClaims, united
from claimshapes.rules.rule import Rule


class AcrossClaims:
    """Gives claims the services of earlier ones that belong to them, as a part of their history.

    Args:
        other_claims: which others the rules read.
        grouped: whether the claims of a group follow each other in the input.
        documentation: whether facts of the record count.
    """

    def __init__(self, other_claims: OtherClaims, *, grouped: bool, documentation: bool) -> None:
        self.paths = [_names(path) for path in sorted(other_claims.keys)]
        """Names of the fields, one within the other, whose values the claims of a group share."""
        if not self.paths:
            raise RuleError("the rules that read other claims have no key (cs:groupedBy) in common")
        self._look_back = other_claims.look_back
        self._give = follow if grouped else gather
        self._carried = _carried_types() if documentation else frozenset()
        self.alone = 0
        """How many claims lack what tells to which group they belong."""

    def with_history(self, readings: Iterable[ClaimReading]) -> Iterator[ClaimReading]:
        """The readings in the same order, claims with what earlier ones of their group add.

        Raises:
            InputError: the claims of a group do not follow each other although they should.
        """
        self.alone = 0
        return self._give(readings, self._extract, self._look_back)

    def _extract(self, record: ClaimRecord, number: int) -> tuple[str, Extract] | None:
        values = [_value(record.claim, path) for path in self.paths]
        if None in values:
            self.alone += 1
            return None
        # No text of a claim holds a line break.
        return "\n".join(map(str, values)), extract(record.claim, number, self._carried)


def across(rules: Iterable[Rule], *, grouped: bool, documentation: bool) -> AcrossClaims | None:
    """What gives claims the services of others, as rules read them; none where none does.

    Args:
        rules: the rules.
        grouped: whether the claims of a group follow each other in the input.
        documentation: whether facts of the record count.
    """
    others = united(rule.other_claims for rule in rules if rule.other_claims is not None)
    if others is None:
        return None
    return AcrossClaims(others, grouped=grouped, documentation=documentation)


def _value(claim: ClaimJson, path: tuple[str, ...]) -> Any:
    value: Any = claim
    for name in path:
        value = value.get(name)
        if value is None:
            return None
    return value


def _names(path: KeyPath) -> tuple[str, ...]:
    """The path's fields in the JSON claim."""
    term = claim_term()
    names = []
    for predicate in path:
        found = term.by_property.get(predicate)
        if found is None or found.many:
            raise RuleError(f"cs:groupedBy: {predicate} is no single field of a claim here")
        names.append(found.name)
        term = found
    return tuple(names)


def _carried_types() -> frozenset[str]:
    """The types of facts that count for later claims too (``cs:carriedOver``)."""
    triples = list(read_triples(resource_directory("ontology") / "documentation.ttl"))
    carried = {t.subject for t in triples if t.predicate.value == f"{CS_NS}carriedOver"}
    return frozenset(
        t.object.value
        for t in triples
        if t.subject in carried and t.predicate.value == f"{SKOS_NS}notation"
    )
