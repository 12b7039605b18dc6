"""Rules, codes, payers and denials as resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from claimshapes.explain.code_entry import CodeEntry, read_code_entry
from claimshapes.explain.code_facts import Days
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.denials import denial_texts
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.knowledge.payers import closure, payer_labels, payer_tree
from claimshapes.rdf.vocabulary import PAYER_NS
from claimshapes.report.rule_page import whole_rule_object
from claimshapes.rules.pack import using_packs
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook


@dataclass(frozen=True)
class LookUp:
    """What is known of rules, codes, payers and denials.

    Args:
        book: the rules.
        knowledge: the code systems.
    """

    book: RuleBook
    knowledge: Knowledge

    @cached_property
    def payers(self) -> Mapping[str, dict[str, Any]]:
        """The payers by their ids, each with its name and the payers that it belongs to."""
        with using_packs(self.book.packs):
            labels = payer_labels()
        return {
            payer: {
                "id": payer,
                "broader": sorted(map(last_part, self._tree[PAYER_NS + payer])),
                "name": label,
            }
            for payer, label in labels.items()
        }

    @cached_property
    def _tree(self) -> Mapping[str, set[str]]:
        with using_packs(self.book.packs):
            return payer_tree()

    def rules(self, payer: str | None, severity: str | None) -> list[dict[str, Any]]:
        """The active rules in short, those for a payer or of a severity if asked for."""
        return [
            {
                "id": rule.id,
                "label": rule.label,
                "severity": rule.severity.value,
                "denialCodes": list(rule.denial_codes),
                "url": rule.url,
            }
            for rule in self.book
            if rule.status == "active"
            and (payer is None or self._is_for(rule, payer))
            and (severity is None or rule.severity.value == severity)
        ]

    def rule(self, identifier: str) -> dict[str, Any] | None:
        """Everything that a rule says of itself; none where there is none of that id."""
        rule = self.book.rules.get(identifier.upper())
        return None if rule is None else whole_rule_object(rule, self.book)

    def code(self, code: str, day: date) -> dict[str, Any] | None:
        """What is known of an ICD-10-CM code on a day; none where no release has it."""
        entry = read_code_entry(self.knowledge, code)
        return None if entry is None else _code_object(entry, day)

    def payer(self, identifier: str) -> dict[str, Any] | None:
        """A payer with the rules that are for it; none where there is none of that id."""
        payer = self.payers.get(identifier)
        if payer is None:
            return None
        rules = self.rules(identifier, None)
        return {**payer, "rules": [rule["id"] for rule in rules]}

    def denials(self) -> list[dict[str, str]]:
        """The claim adjustment reason codes (CARC) with what they mean."""
        return [{"carc": code, "meaning": text} for code, text in denial_texts().items()]

    def denial(self, carc: str) -> dict[str, Any] | None:
        """A claim adjustment reason code with the rules that prevent it; none where unknown."""
        meaning = denial_texts().get(carc)
        if meaning is None:
            return None
        rules = [
            rule.id for rule in self.book if rule.status == "active" and carc in rule.denial_codes
        ]
        return {"carc": carc, "meaning": meaning, "rules": rules}

    def _is_for(self, rule: Rule, payer: str) -> bool:
        return not rule.payers or bool(rule.payers & closure(PAYER_NS + payer, self._tree))


def _code_object(entry: CodeEntry, day: date) -> dict[str, Any]:
    facts = entry.facts
    characters = entry.seventh_characters
    return {
        "code": facts.notation,
        "kind": facts.kind,
        "title": facts.title,
        "on": day.isoformat(),
        "billable": entry.reportable_on(day),
        "valid": [_days(period) for period in facts.periods],
        "within": [
            {"kind": place.kind, "code": place.notation, "title": place.title}
            for place in entry.above
        ],
        "inclusionTerms": list(facts.terms),
        "includes": [text for place in entry.line for text in place.includes],
        "notes": [
            {
                "kind": note.kind,
                "text": note.text,
                "at": place.notation,
                **({"heading": note.heading} if note.heading else {}),
            }
            for note, place in entry.notes
        ],
        "seventhCharacters": [] if characters is None else characters[0],
        "edits": [{"edit": flag, **_days(period)} for flag, period in facts.flags],
        "children": [
            {
                "code": child.notation,
                "title": child.title,
                "valid": [_days(period) for period in child.periods],
            }
            for child in entry.children
        ],
    }


def _days(period: Days) -> dict[str, str | None]:
    return {"from": period.first, "through": period.last}
