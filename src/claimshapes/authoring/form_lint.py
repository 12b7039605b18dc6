"""Mistakes in what a rule states of a family: parameters, numbers, codes, and what never fires."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import rdflib
from rdflib import Literal
from rdflib.term import Node

from claimshapes.authoring.lint_context import CodeState, LintContext
from claimshapes.authoring.name_lint import with_prefix
from claimshapes.authoring.problems import Problem, meant
from claimshapes.authoring.shipped_facts import PREFIXES
from claimshapes.authoring.stated_rule import StatedRule
from claimshapes.authoring.statement_lint import day_after
from claimshapes.authoring.turtle_places import TurtlePlaces
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS
from claimshapes.rules.code_lists import WrittenList
from claimshapes.rules.code_tests import CodeKind
from claimshapes.rules.families import Family, Parameter, code_kind

_FORMATS = {
    "procedure": r"[A-Za-z0-9]{5}",
    "modifier": r"[A-Za-z0-9]{2}",
    "code": r"[A-Za-z][0-9][A-Za-z0-9](\.[A-Za-z0-9]{1,4})?",
    "placeOfService": r"\d{2}",
    "revenue": r"\d{3,4}",
    "typeOfBill": r"\d{2,3}",
    "taxonomy": r"[A-Za-z0-9]{9}[Xx]",
    "sex": r"female|male",
}


class FormLint:
    """Lints the forms that rules state.

    Args:
        context: what the forms may name.
        places: finds the places of problems.
    """

    def __init__(self, context: LintContext, places: TurtlePlaces) -> None:
        self._context = context
        self._at = places.at

    def problems(self, rule: StatedRule, graph: rdflib.Graph, family: Family) -> Iterator[Problem]:
        """The mistakes of a rule's form.

        Args:
            rule: the rule.
            graph: its file.
            family: the family that its form is of.
        """
        parameters = {parameter.name: parameter for parameter in family.parameters}
        form = f"cs:{rule.form}"
        for name in rule.values:
            if name not in parameters:
                what = f"{form} has no cs:{name}"
                advice = with_prefix(
                    meant(name, parameters, f"it has {', '.join(sorted(family.own))}")
                )
                yield self._at(rule.file, rule.iri, f"cs:{name}", "unknown-parameter", what, advice)
        for parameter in family.parameters:
            stated = list(graph.objects(rule.node, parameter.path))
            if not stated:
                needed = not parameter.optional and parameter.default is None
                needed |= parameter.or_condition and not rule.values.keys() - family.own
                if needed or (parameter.name == "beside" and rule.form.endswith("Beside")):
                    what = f"{form} lacks cs:{parameter.name}"
                    advice = f"state {parameter.label}"
                    yield self._at(rule.file, rule.iri, form, "missing-parameter", what, advice)
                continue
            if parameter.terms:
                continue
            if parameter.field is None:
                yield from self._number(rule, parameter, stated)
            else:
                for value in stated:
                    yield from self._code(rule, parameter, code_kind(parameter.field), value)
                if parameter.name in family.own:
                    yield from self._listed_late(rule, graph, parameter, stated)
        periods = [each.name for each in family.parameters if each.days_each]
        given = [each for each in periods if each in rule.values]
        if len(given) > 1:
            what = f"{form} has {' and '.join(f'cs:{each}' for each in given)}"
            yield self._at(rule.file, rule.iri, form, "several-values", what, "state one of them")
        elif periods and not given:
            what = f"{form} needs one of {', '.join(f'cs:{each}' for each in periods)}"
            yield self._at(rule.file, rule.iri, form, "missing-parameter", what, "state one")
        yield from self._never(rule)

    def _number(
        self, rule: StatedRule, parameter: Parameter, stated: list[Node]
    ) -> Iterator[Problem]:
        term = f"cs:{parameter.name}"
        if len(stated) > 1:
            what = f"{term} has several values"
            yield self._at(rule.file, rule.iri, term, "several-values", what, "state one")
        for value in stated:
            if not re.fullmatch(r"\d+(\.\d+)?|true", str(value)):
                what = f"{term} is a number, not {value}"
                yield self._at(rule.file, rule.iri, term, "not-a-number", what, "write digits")

    def _code(
        self, rule: StatedRule, parameter: Parameter, kind: CodeKind, value: Node
    ) -> Iterator[Problem]:
        if str(value).startswith(PREFIXES["list"]):
            yield from self._listed(rule, parameter.name, kind, str(value))
        if not isinstance(value, Literal):
            return
        code, term = str(value), f'"{value}"'

        def problem(lint: str, what: str, advice: str) -> Problem:
            return self._at(rule.file, rule.iri, term, lint, what, advice)

        if code != code.strip():
            yield problem("code-space", f"{code!r} has a space around it", "delete the space")
            return
        pattern = _FORMATS.get(kind.field, ".*")
        first, dash, last = code.partition("-")
        if code.endswith("*"):
            return
        parts = [first, last] if dash else [first]
        for part in parts:
            if not re.fullmatch(pattern, part):
                what = f"{part!r} is no code for cs:{parameter.name}"
                yield problem("not-a-code", what, "one code, a range A-B, or the beginning A*")
                return
        if dash:
            if first > last:
                what = f"the range {code} is reversed"
                yield problem("reversed-range", what, f"write {last}-{first}")
            return
        yield from self._known(kind, code, rule.first, rule.last, problem)

    def _listed(
        self, rule: StatedRule, parameter: str, kind: CodeKind, iri: str
    ) -> Iterator[Problem]:
        """Codes of a list that do not exist, or not while the list and the rule hold."""
        for written, line, cells in self._context.list_rows(iri.removeprefix(PREFIXES["list"])):
            code = cells["code"].strip()

            def problem(
                lint: str, what: str, advice: str, written: WrittenList = written, line: int = line
            ) -> Problem:
                place = "" if written.sheet is None else f"sheet {written.name}, row {line}: "
                return Problem(str(written.file), line, 1, lint, f"{place}{what}", advice)

            pattern = _FORMATS.get(kind.field, ".*")
            ranged = code.endswith("*") or "-" in code
            if code and not ranged and not re.fullmatch(pattern, code):
                what = f"{code!r} is no code for cs:{parameter}"
                yield problem("not-a-code", what, "correct the code, or name another list")
            if ranged or not re.fullmatch(pattern, code):
                continue

            first = max(rule.first, cells["valid_from"].strip())
            ends = [each for each in (rule.last, cells["valid_through"].strip()) if each]
            yield from self._known(kind, code, first, min(ends, default=None), problem)

    def _listed_late(
        self, rule: StatedRule, graph: rdflib.Graph, parameter: Parameter, stated: list[Node]
    ) -> Iterator[Problem]:
        """Lists of which no row holds while the rule does, or none on its first day."""
        lists = [self._context.code_lists.rows(str(value)) for value in stated]
        rows = [row for listed in lists for row in listed or ()]
        if any(listed is None for listed in lists) or not rule.first:
            return
        holding = [
            row
            for row in rows
            if (row.valid_from or "0") <= (rule.last or "9")
            and rule.first <= (row.valid_through or "9")
        ]
        begins = min((row.valid_from or "" for row in holding), default=None)
        term = f"cs:{parameter.name}"
        names = ", ".join(sorted(last_part(str(value)) for value in stated))
        if begins is None:
            what = f"no row of {names} holds while the rule does"
            advice = "the rule can never fire; add rows, or correct their dates"
            yield self._at(rule.file, rule.iri, term, "never-fires", what, advice)
        elif begins > rule.first and (rule.iri, CS.beforeFirstListed, None) not in graph:
            what = f"{names} has no code before {begins}; the rule begins on {rule.first}"
            advice = f"begin the rule on {begins}, or say what is not checked: cs:beforeFirstListed"
            yield self._at(rule.file, rule.iri, term, "listed-late", what, advice)

    def _known(
        self,
        kind: CodeKind,
        code: str,
        first: str,
        last: str | None,
        problem: Callable[[str, str, str], Problem],
    ) -> Iterator[Problem]:
        """Whether a code exists from the first to the last day, and what replaced it if not."""
        if kind.field == "code":
            yield from self._known_diagnosis(code, first, last, problem)
            return
        for field, lint, codes in (
            ("placeOfService", "unknown-place", self._context.shipped.places),
            ("taxonomy", "unknown-taxonomy", self._context.shipped.taxonomies),
        ):
            if kind.field == field and code.upper() not in codes:
                yield problem(lint, f"no list on file has {code}", meant(code, codes))
        state: CodeState
        if kind.field == "procedure":
            state, lint = self._context.service(code), "unknown-procedure"
        elif kind.field == "modifier":
            state, lint = self._context.modifier(code), "unknown-modifier"
        else:
            return
        if not state.known:
            yield problem(lint, f"no list on file has {code}", "check the code")
        elif first and not state.valid(first):
            ends = [end for _, end in state.periods if end]
            when = f"expired {max(ends)}" if ends and max(ends) < first else "is not valid yet"
            what = f"{code} {when}; the rule begins on {first}"
            yield problem("invalid-code", what, "take the code that is valid then")
        elif first and state.periods:
            ended = max(end or "9" for _, end in state.periods)
            if ended < (last or "9"):
                what = f"{code} ended on {ended}, while the rule holds"
                advice = "end the rule, or the row of the list, then"
                yield problem("ended-code", what, advice)

    def _known_diagnosis(
        self,
        code: str,
        first: str,
        last: str | None,
        problem: Callable[[str, str, str], Problem],
    ) -> Iterator[Problem]:
        state = self._context.diagnosis(code)
        if not state.known:
            near = ", ".join(self._context.knowledge.nearby(code, 3))
            advice = f"did you mean one of {near}?" if near else ""
            yield problem("unknown-diagnosis", f"no release has {code}", advice)
            return
        ended = max((end or "9" for _, end in state.periods), default="")
        if ended and ended < (last or "9"):
            replaced = self._context.successors(code, max(first, str(day_after(ended))))
            what = f"{code} ended on {ended}, while the rule holds"
            by = (
                f"replaced by {', '.join(replaced)}"
                if replaced
                else "take the code that came after"
            )
            yield problem("ended-diagnosis", what, by)
        elif len(code) > 3 and not self._context.billable(code):
            what = f"{code} is not billable: codes are below it"
            yield problem("heading-code", what, f"write {code}* for all of them")

    def _never(self, rule: StatedRule) -> Iterator[Problem]:
        for one, other in (
            ("withModifier", "withoutModifier"),
            ("withDiagnosis", "withoutDiagnosis"),
            ("atPlace", "notAtPlace"),
            ("anyModifier", "withModifier"),
        ):
            both = rule.values.get(one, frozenset()) & rule.values.get(other, frozenset())
            if both and rule.values[one] <= rule.values[other]:
                what = f"cs:{one} and cs:{other} both say {', '.join(sorted(both))}"
                advice = "the rule can never fire; take one out"
                yield self._at(rule.file, rule.iri, f"cs:{one}", "never-fires", what, advice)
        for least, most in (("fromAge", "throughAge"), ("least", "most")):
            low, high = (rule.values.get(name) for name in (least, most))
            if low and high and _float(min(low)) > _float(min(high)):
                what = f"cs:{least} {min(low)} is more than cs:{most} {min(high)}"
                yield self._at(
                    rule.file, rule.iri, f"cs:{least}", "reversed-limits", what, "exchange them"
                )


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
