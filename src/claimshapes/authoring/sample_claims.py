"""Claims that a family's form objects to, and that it passes, made from the form itself."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from claimshapes.claims.from_triples import frame_claim
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.turtle_files import read_triples
from claimshapes.rules.code_lists import CodeLists
from claimshapes.rules.code_tests import DOCUMENTATION, is_stated, stated_codes
from claimshapes.rules.families import Parameter, code_kind, sample_codes
from claimshapes.rules.filled_forms import Form

_PLACE = re.compile(r"\{([^{}]+)\}")
_WHOLE = re.compile(r"\{([^{}]+)\}\Z")
_MOST_CODES = 200
"""Of one parameter, so that the tests of a list of thousands end."""
_LATER_DAYS = (31, 120)
"""After the first day of a rule, on which a calendar year may be too short."""
_BASE = ox.NamedNode("https://w3id.org/claimshapes/test/base#visit")


class NoSampleError(Exception):
    """A form of which no such claim can be made; says why."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Makes claims for a form.

    Attributes:
        graph: the shapes graph, with the families.
        lists: the value sets and lists that the form may name.
        form: the form.
        payer: id of the payer of the claims.
        chosen: the code of a parameter that a claim has, in place of the first one.
        above: whether claims are about the greatest of what a form limits on two sides, and not
            about the least.
    """

    graph: rdflib.Graph
    lists: CodeLists
    form: Form
    payer: str
    chosen: Mapping[str, str] = field(default_factory=dict)
    above: bool = False

    def failing(self, day: date, without: str = "") -> dict[str, Any]:
        """A claim that the rule objects to, with services of that day.

        Args:
            day: the date of service.
            without: name of a condition that the claim does not meet.

        Raises:
            NoSampleError: none can be made.
        """
        return self._claim(CS.failingClaim, day, without)

    def passing(self, day: date) -> dict[str, Any]:
        """A claim that differs from that, and that the rule passes.

        Raises:
            NoSampleError: none can be made.
        """
        return self._claim(CS.passingClaim, day, "")

    def excepted(self, day: date, exception: str, code: str) -> dict[str, Any]:
        """The failing claim with what makes an exception of it.

        Args:
            day: the date of service.
            exception: name of the exception.
            code: the code that it has for it.

        Raises:
            NoSampleError: none can be made.
        """
        claim = self.failing(day)
        match self._said(self._parameter(exception), CS.excepts):
            case "diagnosis":
                number = len(claim["diagnosis"]) + 1
                claim["diagnosis"].append({"sequence": number, "code": code})
                claim["item"][0]["diagnosisSequence"] = [
                    *claim["item"][0]["diagnosisSequence"],
                    number,
                ]
            case "place":
                claim["placeOfService"] = code
                for line in claim["item"]:
                    line.pop("placeOfService", None)
            case "modifier":
                for line in claim["item"]:
                    line["modifier"] = [*line.get("modifier", []), code]
            case "documentation":
                shown = {"type": code, "value": "true"}
                claim["documentation"] = [*claim.get("documentation", []), shown]
        return claim

    def possible_from(self, day: date, last: date | None) -> date:
        """The first day from one on of which a failing claim can be made.

        That is a later one where a value set or list of the form has no code yet, or where a
        calendar year has to have several days before it.

        Args:
            day: the day.
            last: the last one that counts, if there is one.

        Raises:
            NoSampleError: there is none; says why of the day.
        """
        starts = {
            date.fromisoformat(row.valid_from)
            for values in self.form.values.values()
            for value in values
            for row in self.lists.rows(str(value)) or ()
            if row.valid_from
        }
        starts |= {day + timedelta(days) for days in _LATER_DAYS}
        for each in (day, *sorted(start for start in starts if day < start <= (last or start))):
            try:
                self.failing(each)
            except NoSampleError:
                continue
            return each
        self.failing(day)
        return day

    def exceptions(self, day: date) -> Iterator[tuple[str, str]]:
        """The exceptions that the form states: name and code of each."""
        for each in self.form.family.parameters:
            if each.name in self.form.values and self._said(each, CS.excepts):
                for code in self._codes(each, day)[:_MOST_CODES]:
                    yield each.name, _first_of(code, each)

    def limits_both_sides(self) -> bool:
        """Whether the form states the least and the greatest of something."""
        stated = {
            each.name
            for each in self.form.family.parameters
            if each.default is not None and self.form.values[each.name] != [each.default]
        }
        return {"fromAge", "throughAge"} <= stated or {"least", "most"} <= stated

    def further_codes(self, day: date) -> Iterator[tuple[str, str]]:
        """The codes but the first of each parameter that a claim has a code of, with its name."""
        for parameter in self.form.family.parameters:
            if parameter.field is None or parameter.name not in self.form.values:
                continue
            if self._places(parameter.name) & {"each", "second"}:
                continue
            if self.fails_with(parameter.name) or self._in(CS.passingClaim, parameter.name):
                excepted = self._excepted_codes(parameter, day)
                for code in self._codes(parameter, day)[1:_MOST_CODES]:
                    if not is_stated(code_kind(parameter.field), excepted, code):
                        yield parameter.name, code

    def _excepted_codes(self, parameter: Parameter, day: date) -> list[str]:
        """The codes of the form's exceptions that are of the same field."""
        return [
            code
            for each in self.form.family.parameters
            if each.field == parameter.field and self._said(each, CS.excepts)
            for code in self._codes(each, day)
        ]

    def fails_with(self, name: str) -> bool:
        """Whether a claim that the rule objects to has a code of a parameter."""
        return self._in(CS.failingClaim, name) or self._is_made(self._parameter(name))

    def _in(self, pattern: rdflib.URIRef, name: str) -> bool:
        return f"{{{name}}}" in str(self.graph.value(self.form.family.node, pattern))

    def _places(self, name: str) -> set[str]:
        """The words with which the patterns call for a parameter, other than its name alone."""
        texts = (
            str(self.graph.value(self.form.family.node, pattern))
            for pattern in (CS.failingClaim, CS.passingClaim)
        )
        return {word for text in texts for word in re.findall(rf"\{{(\w+) {name}\}}", text)}

    def conditions(self) -> list[str]:
        """Names of the conditions that a claim is made to meet."""
        return [
            each.name
            for each in self.form.family.parameters
            if each.name in self.form.values and self._is_made(each)
        ]

    def _is_made(self, parameter: Parameter) -> bool:
        """Whether a claim can be made to meet a condition."""
        return self._said(parameter, CS.makes) not in (None, "none")

    def _said(self, parameter: Parameter, predicate: rdflib.URIRef) -> str | None:
        for node in self.graph.subjects(SH.path, parameter.path):
            said = self.graph.value(node, predicate)
            if said is not None:
                return str(said)
        return None

    def _claim(self, pattern: rdflib.URIRef, day: date, without: str) -> dict[str, Any]:
        text = self.graph.value(self.form.family.node, pattern)
        if text is None:
            raise NoSampleError("the family says of no claim what it needs")
        stated = self._filled(json.loads(str(text)), day)
        claim = copy.deepcopy(_base_claim())
        line = {**claim["item"][0], "serviced": day.isoformat(), "quantity": 1}
        line.pop("modifier", None)
        claim |= {"payer": self.payer, "created": (day + timedelta(1)).isoformat()}
        claim.pop("documentation", None)
        for name, value in stated.items():
            if isinstance(value, Mapping):
                claim[name] = {**claim.get(name, {}), **value}
            elif name not in ("item", "diagnosis"):
                claim[name] = value
        lines = [{**line, **each} for each in stated.get("item", [{}])]
        diagnoses = list(stated.get("diagnosis", claim["diagnosis"]))
        for parameter in self.form.family.parameters:
            if parameter.name == without:
                self._miss(parameter, claim, diagnoses, "diagnosis" in stated, day)
            elif parameter.name in self.form.values:
                self._meet(parameter, claim, lines, diagnoses, line, day)
        codes = list(dict.fromkeys(each["code"] for each in diagnoses))
        claim["diagnosis"] = [{"sequence": n, "code": code} for n, code in enumerate(codes, 1)]
        numbers = list(range(1, len(codes) + 1))
        claim["item"] = [
            {**each, "sequence": n, "diagnosisSequence": numbers} for n, each in enumerate(lines, 1)
        ]
        return claim

    def _miss(
        self,
        parameter: Parameter,
        claim: dict[str, Any],
        diagnoses: list[dict[str, Any]],
        stated: bool,
        day: date,
    ) -> None:
        """Has the claim that one starts from not meet a condition by accident."""
        made = self._said(parameter, CS.makes)
        if made == "place":
            claim["placeOfService"] = self._other(parameter, day)
        elif made == "diagnosis" and not stated:
            diagnoses[:] = [{"code": self._other(parameter, day)}]

    def _meet(
        self,
        parameter: Parameter,
        claim: dict[str, Any],
        lines: list[dict[str, Any]],
        diagnoses: list[dict[str, Any]],
        line: dict[str, Any],
        day: date,
    ) -> None:
        match self._said(parameter, CS.makes):
            case "none":
                raise NoSampleError(f"no claim is made for cs:{parameter.name}")
            case "line":
                lines.append({**line, "procedure": self._code(parameter, day)})
            case "diagnosis":
                diagnoses.append({"code": self._code(parameter, day)})
            case "place":
                claim["placeOfService"] = self._code(parameter, day)
            case "modifier":
                lines[0]["modifier"] = [*lines[0].get("modifier", []), self._code(parameter, day)]

    def _filled(self, value: Any, day: date) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(each, day) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(made, day) for each in value for made in self._each(each, day)]
        if not isinstance(value, str):
            return value
        whole = _WHOLE.match(value)
        if whole:
            return self._value(whole[1], day)
        return _PLACE.sub(lambda match: str(self._value(match[1], day)), value)

    def _each(self, value: Any, day: date) -> Iterator[Any]:
        """A member of a list, once for each code where it says so."""
        text = json.dumps(value)
        every = re.search(r"\{each (\w+)\}", text)
        if every:
            for code in self._codes(self._parameter(every[1]), day):
                yield json.loads(text.replace(every[0], code))
        elif "{most dates}" in text:
            for number in range(int(self._number("most"))):
                past = day - timedelta(number + 1)
                if past.year != day.year and "perCalendarYear" in self.form.values:
                    raise NoSampleError(f"the year of {day} has too few days before it")
                yield json.loads(text.replace("{most dates}", past.isoformat()))
        else:
            yield value

    def _value(self, said: str, day: date) -> Any:
        word, _, name = said.partition(" ")
        if word == "not":
            return self._other(self._parameter(name), day)
        if word == "second":
            return self._code(self._parameter(name), day, 1)
        if word == "birth":
            years = self._number("throughAge") + 1
            least = self._number("fromAge")
            if name == "inside":
                years = self._number("throughAge") if self.above else least
            elif least > 0 and not self.above:
                years = least - 1
            return _years_before(day, int(years))
        if word in ("amount", "number"):
            least = self._number("least")
            number = self._number("most") + 1
            if name == "inside":
                number = least if least > 0 and not self.above else self._number("most")
            elif least > 0 and not self.above:
                number = max(least - 1, Decimal(0))
            return f"{number:.2f}" if word == "amount" else int(number)
        if said.startswith("date"):
            further = sum(
                int(part) if part.isdigit() else int(self._number(part))
                for part in said.split("+")[1:]
            )
            return (day + timedelta(further)).isoformat()
        base, plus, more = said.partition("+")
        parameter = self._parameter(base)
        if parameter.field is None:
            number = self._number(base) + (int(more) if plus else 0)
            return int(number) if number == int(number) else str(number)
        return self._code(parameter, day)

    def _parameter(self, name: str) -> Parameter:
        return next(each for each in self.form.family.parameters if each.name == name)

    def _number(self, name: str) -> Decimal:
        return Decimal(str(self.form.values[name][0]))

    def _codes(self, parameter: Parameter, day: date) -> list[str]:
        assert parameter.field is not None
        values: list[Node] = self.form.values.get(parameter.name, [])
        kind = code_kind(parameter.field)
        codes = stated_codes(kind, values, self.lists, day.isoformat())
        if values and not codes:
            raise NoSampleError(f"no code of {parameter.name} is valid on {day}")
        return codes

    def _code(self, parameter: Parameter, day: date, place: int = 0) -> str:
        codes = self._codes(parameter, day)
        if parameter.name in self.chosen:
            codes = [self.chosen[parameter.name]]
        if not codes:
            # A form may leave the services out: any one will do.
            return self._other(parameter, day)
        if place >= len(codes):
            raise NoSampleError(f"{parameter.name} has one code only")
        return _first_of(codes[place], parameter)

    def _other(self, parameter: Parameter, day: date) -> str:
        """A code that the form does not state."""
        assert parameter.field is not None
        stated = self._codes(parameter, day)
        kind = code_kind(parameter.field)
        for code in sample_codes(self.graph, parameter.field):
            if not is_stated(kind, stated, code):
                return code
        raise NoSampleError(f"every sample code is one of {parameter.name}")


def _first_of(stated: str, parameter: Parameter) -> str:
    """A code of a range or of a beginning of codes."""
    if parameter.field == DOCUMENTATION:
        return stated
    code = stated.partition("-")[0]
    return re.sub(r"\.?\*$", ".0" if "." in code else "", code)


def _years_before(day: date, years: int) -> str:
    last = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return last.replace(year=last.year - years).isoformat()


def _base_claim() -> dict[str, Any]:
    """The plainest of the claims that rules' tests start from."""
    store = ox.Store()
    file = resource_directory("shapes") / "base-claims.ttl"
    store.extend(statement.quad() for statement in read_triples(file))
    return frame_claim(store, _BASE)
