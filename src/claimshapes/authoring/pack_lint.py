"""Everything that a lint can tell of packs, and what it can correct without asking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from claimshapes.authoring.lint_context import LintContext
from claimshapes.authoring.list_lint import lint_list, lint_value_sets
from claimshapes.authoring.problems import Problem, meant
from claimshapes.authoring.shipped_facts import PREFIXES
from claimshapes.authoring.turtle_lint import lint_turtle
from claimshapes.authoring.turtle_text import with_missing_prefixes
from claimshapes.authoring.turtle_tokens import turtle_tokens
from claimshapes.checking.waivers import read_waivers
from claimshapes.errors import InputError, RuleError
from claimshapes.files import toml_lines
from claimshapes.rules.code_lists import VALUE_SETS, list_files
from claimshapes.rules.pack import WAIVERS, refuse_what_packs_cannot_hold

_BOM = b"\xef\xbb\xbf"


def lint_packs(folders: Iterable[Path]) -> list[Problem]:
    """The mistakes in packs, in the order of their places.

    Args:
        folders: the packs.
    """
    packs = list(folders)
    problems: set[Problem] = set()
    for file in list_files(packs):
        problems.update(lint_list(file))
    if packs:
        context = LintContext(packs)
        problems.update(_twice(context))
        for folder in packs:
            problems.update(_lint_tables(folder, context))
        problems.update(lint_turtle(context))
    if not problems:
        for folder in packs:
            try:
                refuse_what_packs_cannot_hold(folder)
            except RuleError as error:
                place, _, what = str(error).partition(": ")
                problems.add(Problem(place, 1, 1, "not-for-packs", what, ""))
    return sorted(replace(problem, file=_from_here(problem.file)) for problem in problems)


def placed(texts: Iterable[str], folders: Iterable[Path]) -> list[Problem]:
    """Problems that begin with the name of what they are about, at its place in the packs.

    Args:
        texts: the problems; one about something else keeps no place.
        folders: the packs.
    """
    places: dict[str, tuple[Path, int, int]] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*.ttl")):
            for token in turtle_tokens(file.read_text("utf-8", errors="replace")):
                if token.kind == "name" and token.text == token.subject:
                    prefix, _, local = token.text.partition(":")
                    for name in (local, f"{PREFIXES.get(prefix, prefix)}{local}"):
                        places.setdefault(name, (file, token.line, token.column))
    found = []
    for text in texts:
        name, _, what = text.partition(": ")
        if name in places:
            file, line, column = places[name]
            found.append(Problem(_from_here(str(file)), line, column, "shape", what, ""))
        else:
            found.append(Problem("", 0, 0, "", text, ""))
    return found


def _twice(context: LintContext) -> Iterator[Problem]:
    """Lists whose name another one has."""
    first: dict[str, Path] = {}
    for written in context.lists:
        if written.name in first:
            what = f"{first[written.name]} has a list {written.name}, too"
            sheet = "" if written.sheet is None else f"sheet {written.name}: "
            yield Problem(str(written.file), 1, 1, "list-twice", sheet + what, "rename one")
        first.setdefault(written.name, written.file)


def _from_here(file: str) -> str:
    """The path of a file as seen from the current folder, as GitHub and SARIF want it."""
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


def _lint_tables(folder: Path, context: LintContext) -> Iterator[Problem]:
    """The mistakes in the value sets and the waivers of a pack."""
    sets, waivers = folder / VALUE_SETS, folder / WAIVERS
    if sets.is_file():
        yield from lint_value_sets(sets, context.shipped.kinds)
    if waivers.is_file():
        try:
            read_waivers(str(waivers), context.names["rule"])
        except InputError as error:
            line = error.line or _line(waivers, error.pointer or "")
            advice = meant(error.message.partition(";")[0].split()[-1], context.names["rule"])
            yield Problem(str(waivers), line, 1, "waiver", error.message, advice)


def _line(file: Path, pointer: str) -> int:
    """The line of what a JSON Pointer leads to in a TOML file, else the first."""
    text = file.read_text("utf-8", errors="replace")
    return toml_lines.line_of(text, pointer.split("/")[1:]) or 1


def fix_packs(folders: Iterable[Path]) -> list[str]:
    """Corrects byte order marks, spaces and empty rows of lists, and known prefixes.

    Returns:
        What was corrected, a line for each file.
    """
    fixed = []
    for folder in folders:
        lists = [file for file in list_files([folder]) if file.suffix == ".csv"]
        for file in [*sorted(folder.rglob("*.ttl")), *lists]:
            before = file.read_bytes()
            after = before.removeprefix(_BOM)
            try:
                text = after.decode("utf-8")
            except UnicodeDecodeError:
                continue
            text = _turtle(text) if file.suffix == ".ttl" else _list(text)
            if text.encode() != before:
                file.write_bytes(text.encode())
                fixed.append(f"{file}: corrected")
    return fixed


def _turtle(text: str) -> str:
    tokens = turtle_tokens(text)
    for number, token in enumerate(tokens[:-2]):
        name, iri = tokens[number + 1].text.rstrip(":"), tokens[number + 2].text
        if token.kind == "prefix" and name in PREFIXES and iri.startswith("<"):
            wrong = f"@prefix {name}: {iri} ."
            text = text.replace(wrong, f"@prefix {name}: <{PREFIXES[name]}> .")
    return with_missing_prefixes(text)


def _list(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if '"' not in line:
            line = ",".join(cell.strip() for cell in line.split(","))
        if line.strip(","):
            lines.append(line)
    return "\n".join(lines) + "\n"
