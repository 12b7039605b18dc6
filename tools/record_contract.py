"""Writes down what others rely on: tests/contract/record.json, which tests hold the code against.

    python tools/record_contract.py

Rule ids and IRIs, the command line, the Python API and the JSON report. What is new may be recorded
at any time; what is taken away or changed needs a line in CHANGELOG.md that names it.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import claimshapes
from claimshapes.cli import program
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.report.formats import CONTINUABLE_FORMATS, REPORT_FORMATS
from claimshapes.rules.rule_book import load_rules

RECORD = Path(__file__).resolve().parents[1] / "tests" / "contract" / "record.json"


def contract() -> dict[str, str]:
    """What others rely on, by name."""
    return dict(
        sorted([*_rules(), *_commands(program, "claimshapes"), *_api(), *_report(), *_formats()])
    )


def _rules() -> Iterator[tuple[str, str]]:
    for rule in load_rules():
        yield f"rule {rule.id}", rule.iri


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    yield f"command {path}", "a group" if isinstance(command, click.Group) else "a command"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            name = f"option {path} {max(parameter.opts, key=len)}"
            kinds = parameter.type
            if isinstance(kinds, click.Choice):
                for choice in kinds.choices:
                    yield f"{name} {choice}", "a choice"
            yield name, "a flag" if parameter.is_flag else "a value"
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _commands(inner, f"{path} {name}")


def _api() -> Iterator[tuple[str, str]]:
    for name in claimshapes.__all__:
        value = getattr(claimshapes, name)
        yield f"api {name}", "a class" if inspect.isclass(value) else "a name"
        if inspect.isclass(value):
            for member, content in vars(value).items():
                if not member.startswith("_"):
                    yield f"api {name}.{member}", "a member"
                    yield from _parameters(f"api {name}.{member}", content)
        yield from _parameters(f"api {name}", value)


def _parameters(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if callable(value) and not isinstance(value, type(Path)):
        try:
            parameters = inspect.signature(value).parameters.values()
        except (TypeError, ValueError):
            return
        for each in parameters:
            needed = each.default is each.empty and each.kind not in (
                each.VAR_POSITIONAL,
                each.VAR_KEYWORD,
            )
            yield f"{name}({each.name})", "needed" if needed else "may be left out"


def _report() -> Iterator[tuple[str, str]]:
    ontology = resource_directory("ontology")
    for file in ("findings.schema.json", "claim.schema.json"):
        schema = json.loads((ontology / file).read_text("utf-8"))
        yield from _fields(schema, f"field {file.partition('.')[0]}", schema)


def _fields(part: Any, path: str, whole: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    if not isinstance(part, dict) or depth > 12:
        return
    if "$ref" in part:
        name = str(part["$ref"]).rpartition("/")[2]
        part = {**whole.get("$defs", {}).get(name, {}), **part}
    needed = set(part.get("required", ()))
    for name, inner in part.get("properties", {}).items():
        yield f"{path}.{name}", "always there" if name in needed else "may be missing"
        yield from _fields(inner, f"{path}.{name}", whole, depth + 1)
    if "items" in part:
        yield from _fields(part["items"], f"{path}[]", whole, depth + 1)


def _formats() -> Iterator[tuple[str, str]]:
    for name in REPORT_FORMATS:
        yield f"report {name}", "can go on" if name in CONTINUABLE_FORMATS else "one document"


def main() -> None:
    """Writes the record."""
    RECORD.write_text(json.dumps(contract(), indent=0, sort_keys=True) + "\n", "utf-8")
    print(f"{len(contract()):,} entries in {RECORD}")


if __name__ == "__main__":
    main()
