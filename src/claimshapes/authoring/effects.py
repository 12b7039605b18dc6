"""What a change of a value makes of rules: stricter or looser, as their families' queries tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import cache

from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rdf.shape_files import read_turtle
from claimshapes.rdf.vocabulary import CS_NS
from claimshapes.rules.families import Family

STRICTER, LOOSER, OTHER = "stricter", "looser", "changed"

_OPPOSITE = {STRICTER: LOOSER, LOOSER: STRICTER, OTHER: OTHER}


def opposite(effect: str) -> str:
    """The effect of the change the other way round."""
    return _OPPOSITE[effect]


def more_codes(family: Family, name: str) -> str:
    """What a further code of a parameter makes of a rule.

    A code that the query looks for gives more findings, one whose absence it looks for fewer.
    """
    return _together(
        OTHER if test is None else _LOOKS[test]
        for line in _lines(family, name)
        for test in [_sense(line, rf"\?\w+ IN \${name}\b")]
    )


def more(family: Family, name: str) -> str:
    """What a larger number of a parameter makes of a rule."""
    return _together(_compared(line, name) for line in _lines(family, name))


def condition(family: Family, name: str) -> str:
    """What stating a parameter that may be left out makes of a rule: its line narrows the query."""
    return LOOSER if _lines(family, name) else OTHER


def more_of_term(name: str) -> str:
    """What a larger value of a payer's term makes of the rules that read it."""
    return _terms().get(name, OTHER)


def compared(before: str, after: str, effect: str) -> str:
    """The effect of one value in place of another, where that of a larger one is known."""
    one, two = _number(before), _number(after)
    if one is None or two is None or one == two:
        return OTHER
    return effect if two > one else opposite(effect)


_LOOKS = {True: STRICTER, False: LOOSER}


def _lines(family: Family, name: str) -> list[str]:
    text = family.select.replace("$conditions", family.pattern)
    return [line for line in text.splitlines() if re.search(rf"\${name}\b", line)]


def _sense(line: str, test: str) -> bool | None:
    """Whether a line looks for what passes a test, and not for its absence."""
    found = re.search(test, line)
    if found is None:
        return None
    before = line[: found.start()]
    absent = len(re.findall(r"NOT EXISTS", before)) + len(re.findall(r"!\(", before))
    return absent % 2 == 0


def _compared(line: str, name: str) -> str:
    found = re.search(rf"([<>])=? \${name}\b", line)
    if found is None:
        return OTHER
    sense = _sense(line, re.escape(found[0]))
    larger = LOOSER if found[1] == ">" else STRICTER
    return larger if sense else opposite(larger)


def _together(effects: Iterable[str]) -> str:
    found = set(effects)
    return found.pop() if len(found) == 1 else OTHER


@cache
def _terms() -> dict[str, str]:
    made = {}
    for subject, predicate, value in read_turtle(
        resource_directory("ontology") / "payer-terms.ttl"
    ):
        if str(predicate) == f"{CS_NS}moreIs":
            made[str(subject).removeprefix(CS_NS)] = str(value).removeprefix(CS_NS)
    return made


def _number(text: str) -> Decimal | None:
    duration = re.fullmatch(r"P(\d+)D", text)
    said = duration[1] if duration else {"true": "1", "false": "0"}.get(text, text)
    try:
        return Decimal(said)
    except InvalidOperation:
        return None
