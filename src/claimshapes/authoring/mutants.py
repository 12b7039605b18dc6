"""Damages a rule's file in every way that its tests have to notice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

_FAR = date(2100, 1, 1)
_SEVERITIES = {"Violation": "Warning", "Warning": "Info", "Info": "Violation"}
_TERM = re.compile(r"\b(set|doc|payer|dataset):([a-z0-9][a-z0-9-]*)")
_NUMBER = re.compile(r"(?<![\w?$:\"#./-])(\d+)(?![\w\"./-])")
_STRING = re.compile(r'(?<!")"([^"\n]*)"(?!"|\^\^|@)')
_SHAPE = re.compile(
    r"^rule:(\S+) a (?:sh:NodeShape, )?cs:(?:Rule|Precondition)(?:, sh:NodeShape)? ;", re.M
)
_SCOPE = re.compile(
    r"(?<=[;\s])(cs:(?:appliesTo\w+|payer|claimType|yieldsTo|overrides|exemptFrom) [^;\[\]]+;)"
)
_FORM_VALUE = re.compile(r'(?:set|list|doc):[a-z0-9-]+|"[^"]*"|(?<=[ ,])\d+(?=[ ,\]])')
_QUERY = re.compile(r'"""(.*?)"""', re.DOTALL)
_EXPLAINED = re.compile(r"# unnoticed (\S+): \S")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule's file with one thing in it changed.

    Attributes:
        rule: id of the rule.
        change: what changed, with its line.
        text: the file.
        day: where a first or last day moved, the day on which the rule now holds, or no longer.
    """

    rule: str
    change: str
    text: str
    day: date | None = None


_Found = tuple[Mutant, int, str]
"""A mutant, its line, and the value that changed."""


def mutants(
    rule: str, text: str, forms: Collection[str], others: Sequence[str], beginning: date
) -> Iterator[Mutant]:
    """Every mutant of a rule's file.

    Shapes are deactivated, messages and severities changed, dates moved, payers and kinds of claim
    taken away, and parameters, value sets, documentation elements, numbers, texts and truth values
    replaced. A value of which a comment on its line, or the one before, says
    ``# unnoticed VALUE: WHY`` is left as it is.

    Args:
        rule: its id.
        text: its file.
        forms: names of the families' forms, such as ``requiresModifier``.
        others: names of at least two value sets: one takes the place of a set or a documentation
            element that a form states.
        beginning: first day of rules that hold as long as their code set does.
    """
    explained = {
        (of_line, said[1])
        for number, line in enumerate(text.splitlines(), 1)
        for said in _EXPLAINED.finditer(line)
        for of_line in (number, number + 1)
    }
    for mutant, line, value in _mutants(rule, text, forms, others, beginning):
        if (line, value) not in explained:
            yield mutant


def _mutants(
    rule: str, text: str, forms: Collection[str], others: Sequence[str], beginning: date
) -> Iterator[_Found]:
    outside = _QUERY.sub(lambda query: re.sub(r"[^\n]", " ", query[0]), text)
    for shape in _SHAPE.finditer(text):
        damaged = text[: shape.end()] + "\n    sh:deactivated true ;" + text[shape.end() :]
        line = text.count("\n", 0, shape.start()) + 1
        yield Mutant(rule, f"line {line}: {shape[1]} deactivated", damaged), line, shape[1]
    for match in re.finditer(r'sh:message "((?:[^"\\]|\\.)*)"', text):
        yield _at(rule, text, 0, match, 1, match[1] + "!")
    for match in re.finditer(r"sh:severity sh:(\w+)", text):
        yield _at(rule, text, 0, match, 1, _SEVERITIES[match[1]])
    for match in re.finditer(r'schema:valid(From|Through) "([\d-]+)"', text):
        day = date.fromisoformat(match[2])
        moved = [_FAR] if day <= beginning else [day + timedelta(1), day - timedelta(1)]
        for moved_to in moved:
            mutant, line, value = _at(rule, text, 0, match, 2, moved_to.isoformat())
            touched = (min if match[1] == "From" else max)(day, moved_to)
            yield replace(mutant, day=touched), line, value
    for match in _SCOPE.finditer(outside):
        yield _at(rule, text, 0, match, 1, "")
    for match in re.finditer(r"(?<=[;\s])cs:field cs:(\w+) ;", outside):
        yield _at(rule, text, 0, match, 1, "nothing")
    for match in re.finditer(
        r"    cs:(?:for|requires|refuses|finds|on|indicator)\w+ ([^\s\[]\S*)", text
    ):
        yield _at(rule, text, 0, match, 1, "set:nothing")
    for form in re.finditer(r"\bcs:(\w+)\s*\[([^\[\]]*\])", outside):
        if form[1] in forms:
            for match in _FORM_VALUE.finditer(form[2]):
                for value in _other_values(match[0], others):
                    yield _at(rule, text, form.start(2), match, 0, value)
    for match in re.finditer(r"sh:(?:min|max)Count (\d+)", text):
        for step in (1, -1):
            yield _at(rule, text, 0, match, 1, str(int(match[1]) + step))
    for query in _QUERY.finditer(text):
        yield from _query_mutants(rule, text, query)


def _query_mutants(rule: str, text: str, query: re.Match[str]) -> Iterator[_Found]:
    start = query.start(1)
    inside = query[1]
    for match in _TERM.finditer(inside):
        yield _at(rule, text, start, match, 2, "nothing")
    for match in _NUMBER.finditer(inside):
        for step in (1, -1):
            yield _at(rule, text, start, match, 1, str(int(match[1]) + step))
    for match in _STRING.finditer(inside):
        yield _at(rule, text, start, match, 1, match[1] + "~")
    for match in re.finditer(r"\b(true|false)\b(?!\")", inside):
        yield _at(rule, text, start, match, 1, "false" if match[1] == "true" else "true")


def _other_values(value: str, others: Sequence[str]) -> list[str]:
    if value.isdigit():
        return [str(int(value) + step) for step in (1, -1) if int(value) + step >= 0]
    if value.startswith(("set:", "doc:")):
        kind = value.partition(":")[0]
        return [next(other for name in others if (other := f"{kind}:{name}") != value)]
    return ['"ZZZZZ"']


def _at(rule: str, text: str, start: int, match: re.Match[str], group: int, new: str) -> _Found:
    first, last = start + match.start(group), start + match.end(group)
    line = text.count("\n", 0, first) + 1
    change = f"line {line}: {match[group]!r} -> {new!r}"
    return Mutant(rule, change, text[:first] + new + text[last:]), line, match[group]
