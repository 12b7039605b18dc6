"""Finds the candidates of findings: what a claim could say so that they would be settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from claimshapes.checking.findings import Change, Finding, Suggestion
from claimshapes.claims.claim import ClaimJson
from claimshapes.claims.part_iris import json_pointer, part_iri
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.rules.candidate_sources import CandidateSource

if TYPE_CHECKING:
    from claimshapes.engines.one_by_one.whole_graph import WholeGraph

_MOST = 50
_MOST_LISTED = 1_000
_CODE = "code"
_CATEGORY = 3
"""Characters of an ICD-10-CM category."""

_THIS = ox.Variable("this")
_PART = ox.Variable("part")
_CONDITION = ox.Variable("condition")


class Suggester:
    """Gives findings their suggestions.

    Args:
        sources: where the candidates of each rule's findings come from, by the rule's id.
        knowledge: the codes of a category come from it.
    """

    def __init__(self, sources: Mapping[str, CandidateSource], knowledge: Knowledge) -> None:
        self._sources = sources
        self._knowledge = knowledge

    def queries(self, rules: Iterable[str]) -> list[str]:
        """The queries for the candidates of these rules' findings."""
        return [self._sources[rule].query for rule in rules if rule in self._sources]

    def concerns(self, findings: Iterable[Finding]) -> bool:
        """Whether one of the findings may have candidates."""
        return any(finding.rule in self._sources for finding in findings)

    def of(
        self, graph: WholeGraph, claim: ClaimJson, findings: Sequence[Finding]
    ) -> tuple[Finding, ...]:
        """The findings with their suggestions.

        Args:
            graph: the claim's graph; codes are added to it.
            claim: the claim.
            findings: its findings.
        """
        codes = {
            str(claim["diagnosis"][int(part[2])]["code"])
            for finding in findings
            if finding.rule in self._sources
            and (part := finding.focus.split("/"))[1:2] == ["diagnosis"]
        }
        found = [triple for code in sorted(codes) for triple in self._knowledge.akin(code)]
        found += self._listed(graph, claim, findings)
        graph.store.extend(
            ox.Quad(triple.subject, triple.predicate, triple.object) for triple in found
        )
        return tuple(self._suggested(graph, claim, finding) for finding in findings)

    def _listed(
        self, graph: WholeGraph, claim: ClaimJson, findings: Sequence[Finding]
    ) -> list[ox.Triple]:
        """What tables say of the codes of a line's categories, where a finding is on the line."""
        services, categories = set(), set()
        for finding in findings:
            source, part = self._sources.get(finding.rule), finding.focus.split("/")
            if source is None or source.field != _CODE or part[1:2] != ["item"]:
                continue
            item = claim["item"][int(part[2])]
            services.add(str(item.get("procedure", "")))
            pointers = item.get("diagnosisSequence")
            categories |= {
                str(diagnosis["code"])[:_CATEGORY]
                for diagnosis in claim["diagnosis"]
                if pointers is None or diagnosis["sequence"] in pointers
            }
        if not services:
            return []
        codes = [
            code
            for category in sorted(categories)
            for code in self._knowledge.beginning(category, _MOST_LISTED)
        ]
        return self._knowledge.slice(codes, services, graph.payers)

    def _suggested(self, graph: WholeGraph, claim: ClaimJson, finding: Finding) -> Finding:
        source = self._sources.get(finding.rule)
        if source is None:
            return finding
        focus = ox.NamedNode(part_iri(str(claim["id"]), finding.focus))
        found = graph.store.query(source.query, substitutions={_THIS: focus})
        assert isinstance(found, ox.QuerySolutions)
        # Of a finding on a line, a candidate may be for a part that the line points at.
        parted = _PART in found.variables
        conditioned = _CONDITION in found.variables
        suggestions = []
        for solution in found:
            value, title = solution["candidate"].value, solution["title"].value
            at = json_pointer(solution["part"].value) if parted else finding.focus
            own = solution["condition"] if conditioned else None
            condition = source.condition if own is None else own.value
            patch = _patch(claim, at, source, value)
            suggestions.append(Suggestion(value, title, condition, patch))
            if len(suggestions) == _MOST:
                break
        return replace(finding, suggestions=tuple(suggestions))


def _patch(claim: ClaimJson, focus: str, source: CandidateSource, value: str) -> tuple[Change, ...]:
    part: Any = claim
    for step in focus.split("/")[1:]:
        part = part[int(step)] if isinstance(part, list) else part[step]
    path = f"{focus}/{source.field}"
    given = part.get(source.field)
    if source.adds:
        added: Change = ("add", f"{path}/-", value) if given else ("add", path, (value,))
        there: tuple[Change, ...] = (("test", path, tuple(given)),) if given else ()
        return (*there, added)
    taken: str | int = value if isinstance(given, str) else int(Decimal(value))
    tested: tuple[Change, ...] = (("test", path, given),) if isinstance(given, (str, int)) else ()
    return (*tested, ("replace", path, taken))
