"""Damages every rule in turn and expects its own tests to notice.

Each of these makes a mutant of a rule's file: the shape deactivated, its message
or severity changed, a precondition deactivated, a date moved, a parameter, value
set, documentation element, number, text or truth value in it changed, a payer or
kind of claim taken away. A mutant that the tests beside the rule pass over is an
error: the tests say too little, or the constant does nothing. An undamaged rule
whose tests fail is an error too, since its mutants would tell nothing.

Usage: python tools/break_every_rule.py [RULE-ID...]
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from claimshapes.authoring.rule_tests import load_rule_tests, run_rule_tests
from claimshapes.errors import ClaimshapesError
from claimshapes.resources import resource_directory
from claimshapes.rules.rule_book import TEST_SUFFIX, load_rules, rule_files

# The first day of ICD-10-CM: rules that hold as long as the code set does, or longer.
_BEGINNING = date(2015, 10, 1)
_FAR = date(2100, 1, 1)
_SEVERITIES = {"Violation": "Warning", "Warning": "Info", "Info": "Violation"}
_TERM = re.compile(r"\b(set|doc|payer|dataset):([a-z0-9][a-z0-9-]*)")
_RULE = re.compile(r"\brule:([A-Z0-9][A-Z0-9-]*)")
_NUMBER = re.compile(r"(?<![\w?$:\"#./-])(\d+)(?![\w\"./-])")
_STRING = re.compile(r'(?<!")"([^"\n]*)"(?!"|\^\^|@)')


@dataclass(frozen=True)
class Mutant:
    """A rule's file with one thing in it changed."""

    rule: str
    change: str
    text: str


def mutants(rule: str, text: str) -> Iterator[Mutant]:
    """Every mutant of a rule's file."""
    for shape in re.finditer(r"^rule:(\S+) a sh:NodeShape, cs:(Rule|Precondition) ;", text, re.M):
        damaged = text[: shape.end()] + "\n    sh:deactivated true ;" + text[shape.end() :]
        yield Mutant(rule, f"{shape.group(1)} deactivated", damaged)
    for match in re.finditer(r'sh:message "((?:[^"\\]|\\.)*)"', text):
        yield _replaced(rule, text, match, 1, match.group(1) + "!")
    for match in re.finditer(r"sh:severity sh:(\w+)", text):
        yield _replaced(rule, text, match, 1, _SEVERITIES[match.group(1)])
    for match in re.finditer(r'schema:valid(?:From|Through) "([\d-]+)"', text):
        day = date.fromisoformat(match.group(1))
        moved = [_FAR] if day <= _BEGINNING else [day + timedelta(1), day - timedelta(1)]
        for other in moved:
            yield _replaced(rule, text, match, 1, other.isoformat())
    for match in re.finditer(
        r"    (cs:(?:appliesTo\w+|yieldsTo|overrides|exemptFrom) [^;]+;)\n", text
    ):
        yield _replaced(rule, text, match, 1, "")
    for match in re.finditer(r"    cs:field cs:(\w+) ;\n", text):
        yield _replaced(rule, text, match, 1, "nothing")
    for match in re.finditer(
        r"    cs:(?:for|requires|refuses|finds|on|indicator)\w+ ([^\s\[]\S*)", text
    ):
        yield _replaced(rule, text, match, 1, "set:nothing")
    for form in re.finditer(r"    cs:\w+ \[ cs:[^\]]* \]", text):
        for match in re.finditer(r"(?<=[ ,]) ?((?:set|doc):[a-z0-9-]+|\"[^\"]*\")", form.group()):
            yield _at(rule, text, form.start(), match, 1, _other_value(match.group(1)))
    for match in re.finditer(r"sh:(?:min|max)Count (\d+)", text):
        for step in (1, -1):
            yield _replaced(rule, text, match, 1, str(int(match.group(1)) + step))
    for query in re.finditer(r'"""(.*?)"""', text, re.S):
        yield from _query_mutants(rule, text, query)


def _query_mutants(rule: str, text: str, query: re.Match[str]) -> Iterator[Mutant]:
    start = query.start(1)
    inside = query.group(1)
    for match in _TERM.finditer(inside):
        yield _at(rule, text, start, match, 2, "nothing")
    for match in _NUMBER.finditer(inside):
        for step in (1, -1):
            yield _at(rule, text, start, match, 1, str(int(match.group(1)) + step))
    for match in _STRING.finditer(inside):
        yield _at(rule, text, start, match, 1, match.group(1) + "~")
    for match in re.finditer(r"\b(true|false)\b(?!\")", inside):
        yield _at(rule, text, start, match, 1, "false" if match.group(1) == "true" else "true")


def _other_value(value: str) -> str:
    return (
        '"ZZZZZ"' if value.startswith('"') else f"{value.partition(':')[0]}:unspecified-back-pain"
    )


def _at(rule: str, text: str, start: int, match: re.Match[str], group: int, new: str) -> Mutant:
    first, last = start + match.start(group), start + match.end(group)
    line = text.count("\n", 0, first) + 1
    change = f"line {line}: {match.group(group)!r} -> {new!r}"
    return Mutant(rule, change, text[:first] + new + text[last:])


def _replaced(rule: str, text: str, match: re.Match[str], group: int, new: str) -> Mutant:
    return _at(rule, text, 0, match, group, new)


def survives(mutant: Mutant) -> bool:
    """Whether the rule's tests pass although it is damaged."""
    files = _files()
    file = files[mutant.rule]
    tests = load_rule_tests([file.with_name(f"{mutant.rule}{TEST_SUFFIX}")])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rule in _related(mutant.rule):
            content = mutant.text if rule == mutant.rule else files[rule].read_text("utf-8")
            (folder / files[rule].name).write_text(content, "utf-8")
        try:
            book = load_rules([folder])
            return all(outcome.passed for outcome in run_rule_tests(book, tests))
        except ClaimshapesError:
            return False


@cache
def _files() -> dict[str, Path]:
    return {file.stem: file for file in rule_files([resource_directory("shapes")])}


@cache
def _named_rules() -> dict[str, set[str]]:
    """The rules that each rule's file names, itself among them."""
    return {
        rule: {rule, *_RULE.findall(file.read_text("utf-8"))} & _files().keys()
        for rule, file in _files().items()
    }


def _related(rule: str) -> set[str]:
    """The rules that have a say in a rule's tests: those it names, and those that name it."""
    named = _named_rules()
    related = {other for other, names in named.items() if rule in names}
    while grown := set().union(*(named[other] for other in related)) - related:
        related |= grown
    return related


def main(chosen: list[str]) -> int:
    """Tries every mutant; 0 when the tests noticed all of them."""
    started = time.monotonic()
    found = [
        mutant
        for file in rule_files([resource_directory("shapes")])
        if file.name != "base-claims.ttl" and (not chosen or file.stem in chosen)
        for mutant in mutants(file.stem, file.read_text("utf-8"))
    ]
    rules = sorted({mutant.rule for mutant in found})
    undamaged = [Mutant(rule, "nothing", _files()[rule].read_text("utf-8")) for rule in rules]
    failing, survivors = [], []
    with ProcessPoolExecutor() as pool:
        for mutant, alive in zip(undamaged, pool.map(survives, undamaged), strict=True):
            if not alive:
                failing.append(mutant)
                print(f"FAILS UNDAMAGED  {mutant.rule}", flush=True)
        for mutant, alive in zip(found, pool.map(survives, found, chunksize=4), strict=True):
            if alive:
                survivors.append(mutant)
                print(f"NOT NOTICED  {mutant.rule}: {mutant.change}", flush=True)
    print(
        f"{len(found)} mutants of {len(rules)} rules, {len(found) - len(survivors)} noticed, "
        f"{len(survivors)} not; {time.monotonic() - started:.0f} s"
    )
    return 1 if failing or survivors or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
