"""Rules of packs that contradict each other, say the same, or leave days between them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate

from claimshapes.authoring.problems import Problem
from claimshapes.authoring.stated_rule import StatedRule
from claimshapes.authoring.statement_lint import day_after
from claimshapes.authoring.turtle_places import TurtlePlaces
from claimshapes.rdf.vocabulary import CS_NS, RULE_NS
from claimshapes.rules.code_lists import CodeLists
from claimshapes.rules.families import Family

_OPPOSITES = [
    ({"requiresModifier", "requiresModifierBeside"}, "anyModifier", "forbidsModifier", "modifiers"),
    ({"allowedAt"}, "places", "notAllowedAt", "places"),
    ({"coveredFor"}, "diagnoses", "notCoveredFor", "diagnoses"),
    ({"firstListedOnly"}, "diagnoses", "secondaryOnly", "diagnoses"),
]
_SHORT_GAP = 31
"""Days: a longer one between rules that say the same is meant."""


class ConflictLint:
    """Holds the rules of packs against each other.

    Args:
        families: the families by the IRIs of their forms.
        lists: the lists that rules name.
        places: finds the places of problems.
    """

    def __init__(
        self, families: Mapping[str, Family], lists: CodeLists, places: TurtlePlaces
    ) -> None:
        self._families = families
        self._lists = lists
        self._at = places.at

    def problems(self, stated: Sequence[StatedRule]) -> Iterator[Problem]:
        """What two of the rules do to each other."""
        for number, rule in enumerate(stated):
            for other in stated[:number]:
                if rule.iri == other.iri:
                    continue
                if not _meet(rule, other):
                    yield from self._gap(rule, other)
                    continue
                name = str(other.iri).removeprefix(RULE_NS)
                if rule.form == other.form and rule.values == other.values:
                    what = f"the rule says what {name} says, for some of the same days"
                    yield self._at(rule.file, rule.iri, "", "same-rule", what, "delete one")
                elif rule.form == other.form:
                    yield from self._overlap(rule, other)
                for forms, own, opposite, values in _OPPOSITES:
                    for one, two in ((rule, other), (other, rule)):
                        if one.form in forms and two.form == opposite:
                            both = one.values.get(own, frozenset()) & two.values.get(
                                values, frozenset()
                            )
                            if both and (
                                "services" not in one.values or self._common_services(one, two)
                            ):
                                what = f"the rule and {name} contradict each other on {min(both)}"
                                yield self._at(
                                    rule.file, rule.iri, "", "contradiction", what, "decide which"
                                )

    def _overlap(self, rule: StatedRule, other: StatedRule) -> Iterator[Problem]:
        """Two rules of a form for the same days and some of the same codes, otherwise alike.

        They may differ in a number, which then contradicts the other one.
        """
        name = str(other.iri).removeprefix(RULE_NS)
        differing = {
            each
            for each in rule.values.keys() | other.values.keys()
            if rule.values.get(each) != other.values.get(each)
        }
        numbers = {
            each.name
            for each in self._families[CS_NS + rule.form].parameters
            if each.field is None and not each.terms
        }
        if not differing <= numbers | {"services"}:
            return
        common = self._common_services(rule, other)
        if not common:
            return
        codes = ", ".join(sorted(each.rsplit("/", 1)[-1] for each in common))
        if differing == {"services"}:
            what = f"the rule and {name} both say this of {codes}, for some of the same days"
            yield self._at(rule.file, rule.iri, "", "overlap", what, "leave it to one of them")
        else:
            limits = ", ".join(f"cs:{each}" for each in sorted(differing - {"services"}))
            what = f"the rule and {name} give {codes} different limits ({limits})"
            yield self._at(rule.file, rule.iri, "", "contradiction", what, "decide which")

    def _common_services(self, one: StatedRule, two: StatedRule) -> set[str]:
        """The services of a rule, as it states them, some of which another rule is about, too."""
        others = sorted(
            each for value in two.values.get("services", frozenset()) for each in self._spans(value)
        )
        begins = [first for first, _ in others]
        # How far the ranges reach that begin no later than each of them.
        reach = list(accumulate((last for _, last in others), max))

        def meets(first: str, last: str) -> bool:
            count = bisect_right(begins, last)
            return count > 0 and reach[count - 1] >= first

        return {
            value
            for value in one.values.get("services", frozenset())
            if any(meets(*span) for span in self._spans(value))
        }

    def _spans(self, value: str) -> list[tuple[str, str]]:
        """First and last code of each range that a code, range, beginning, set or list has."""
        rows = self._lists.rows(value)
        codes = [value] if rows is None else [row.code for row in rows]
        spans = []
        for code in codes:
            first, _, last = code.upper().partition("-")
            begun = first.removesuffix("*")
            spans.append((begun, last or (begun if begun == first else f"{begun}~")))
        return spans

    def _gap(self, rule: StatedRule, other: StatedRule) -> Iterator[Problem]:
        """A few days between two rules that say the same, or one of which replaces the other."""
        before, after = sorted((rule, other), key=lambda each: each.first)
        same = rule.form == other.form and rule.payers == other.payers
        replaces = str(after.iri) in before.replaced_by
        if (
            not before.first
            or not before.last
            or not (replaces or (same and rule.values == other.values))
        ):
            return
        days = (date.fromisoformat(after.first) - date.fromisoformat(before.last)).days - 1
        if days > 0 and (replaces or days <= _SHORT_GAP):
            name = str(before.iri).removeprefix(RULE_NS)
            what = f"from {day_after(before.last)} on neither this rule nor {name} is in force"
            advice = f"begin on {day_after(before.last)}, or end {name} later"
            yield self._at(after.file, after.iri, "schema:validFrom", "gap", what, advice)


def _meet(one: StatedRule, two: StatedRule) -> bool:
    """Whether two rules hold for a payer on a day."""
    payers = one.payers & two.payers or not one.payers or not two.payers
    return bool(payers) and one.first <= (two.last or "9") and two.first <= (one.last or "9")
