"""Codes, qualifiers and dates are data of the ontology: no module has one of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimshapes.claims.readers.x12_loops import known_segments

SOURCES = Path(__file__).parents[1] / "src" / "claimshapes"
READERS = "claims/readers"
DAY = re.compile(r"20[0-9]{2}-?(0[1-9]|1[0-2])-?([0-2][0-9]|3[01])")
CODE = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?|[A-Z][0-9]{4}|[0-9]{4}[0-9A-Z]")
QUALIFIER = re.compile(r"(?!0+$)[A-Z0-9]{1,3}")
SYSTEM = re.compile(r"https?://[\w.-]+(/\S*)?|urn:oid:[0-9.]+")


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts of a module, without docstrings and parts of longer texts."""
    nodes = list(ast.walk(tree))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    parts |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node


def days(tree: ast.AST) -> Iterator[ast.Call]:
    """Where a day is made of numbers of this century, or of a month that is not the first."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("date"):
            numbers = [at.value if isinstance(at, ast.Constant) else None for at in node.args[:2]]
            if len(numbers) == 2 and all(isinstance(at, int) for at in numbers if at is not None):
                year, month = numbers
                is_of_rule = year is not None and 2000 <= int(str(year)) < 2100
                if is_of_rule or (year is None and month not in (None, 1)):
                    yield node


def facts(tree: ast.AST, name: str) -> Iterator[str]:
    """What a module says that is for the ontology to say."""
    for node in texts(tree):
        text = str(node.value)
        if DAY.fullmatch(text):
            yield f"{name}:{node.lineno} has the day {text}"
        elif CODE.fullmatch(text) and text not in known_segments():
            yield f"{name}:{node.lineno} has the code {text}"
        elif f"{READERS}/x12" in name:
            if QUALIFIER.fullmatch(text) and text not in known_segments():
                yield f"{name}:{node.lineno} has the qualifier {text}"
        elif f"{READERS}/fhir" in name and SYSTEM.fullmatch(text):
            yield f"{name}:{node.lineno} has the code system {text}"
    yield from (f"{name}:{node.lineno} has the day {ast.unparse(node)}" for node in days(tree))


def test_no_module_has_a_fact_of_its_own() -> None:
    found: list[str] = []
    for file in sorted(SOURCES.rglob("*.py")):
        name = file.relative_to(SOURCES).as_posix()
        found += facts(ast.parse(file.read_text("utf-8")), name)
    assert not found


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("claims/readers/x12_claim.py", 'is_npi = segment.value(8) == "XX"'),
        ("claims/readers/x12_claim.py", '_SEXES = {"M": "male"}'),
        ("claims/readers/x12_loops.py", 'is_facility = rest[0] in ("A", "B")'),
        ("claims/readers/x12_claim.py", 'match loop:\n    case "DTP" if value == "472": pass'),
        ("claims/readers/fhir_lines.py", 'is_npi = system == "http://hl7.org/fhir/sid/us-npi"'),
        ("rules/selection.py", 'FIRST = "2015-10-01"'),
        ("rules/selection.py", "first = date(2015, 10, 1)"),
        ("knowledge/recognition.py", "first = date(year - 1, 10, 1)"),
        ("checking/verdicts.py", 'is_therapy = code == "97110"'),
        ("checking/verdicts.py", 'is_pain = code in ("M54.5", "M545")'),
    ],
)
def test_what_is_a_fact(name: str, line: str) -> None:
    assert [*facts(ast.parse(line), name)]
