"""The codes that an instructional note names, in all the forms in which notes name them.

``(M54.1-)``, ``(R07.1-R07.9)``, ``(I63.3-I63.5-)``, ``(E08-E13 with .42)``,
``(T36-T65 with fifth or sixth character 1-4)``, ``see categories E08-E10``, ...
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from claimshapes.knowledge.importers.icd10cm.union_tree import UnionTree

_CODE = re.compile(r"(?<![A-Za-z0-9.])[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]+)?(?![0-9A-Za-z])")
_IN_PARENTHESES = re.compile(r"\(([^()]*)\)(\s*,?\s*with [^()]*character[^()]*)?")
_QUALIFIER = re.compile(r",?\s*\bwith\b(.*)$", re.IGNORECASE | re.DOTALL)
_POSITIONS = {
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "six": 6,
    "sixth": 6,
    "6th": 6,
    "seventh": 7,
    "7th": 7,
}
_POSITION = re.compile(r"\b(" + "|".join(_POSITIONS) + r")\b[\s-]*", re.IGNORECASE)
_CHARACTERS = re.compile(r"characters?\s*[-.]?\s*(.*)$", re.IGNORECASE)
_SUFFIX = re.compile(r"\.([0-9A-Z]+)-?")

_Test = Callable[[str, str, str, int], bool]
"""Stem, key with its seventh character, title, and how many characters the line names."""


@dataclass(slots=True)
class References:
    """What a line names.

    Attributes:
        targets: ids of the concepts named, each with everything below it.
        unknown: codes that no release at hand knows.
        not_understood: qualifiers that were passed over; the codes before them are named whole.
    """

    targets: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)


def find_references(text: str, tree: UnionTree) -> References:
    """The concepts that a line of a note names.

    Args:
        text: one line of a note.
        tree: the tree in which ranges and character tests are resolved.
    """
    found = References()
    for expression, certain in _expressions(text):
        _resolve(expression, certain, tree, found)
    found.targets = sorted(set(found.targets))
    return found


def _expressions(text: str) -> list[tuple[str, bool]]:
    """Parts of the line that name codes, and whether everything code-like in them is a code."""
    inside = [
        match.group(1) + (match.group(2) or "")
        for match in _IN_PARENTHESES.finditer(text)
        if _CODE.search(match.group(1))
    ]
    if inside:
        return [(part, True) for part in inside]
    return [(text, False)]


def _resolve(expression: str, certain: bool, tree: UnionTree, found: References) -> None:
    codes = list(_CODE.finditer(expression))
    if not codes:
        return
    test: _Test | None = None
    qualifier = _QUALIFIER.search(expression, codes[-1].end())
    if qualifier is not None:
        test = _test(qualifier.group(1).strip())
        if test is None and "intent" not in qualifier.group(1):
            found.not_understood.append(expression)
    index = 0
    while index < len(codes):
        first = codes[index].group()
        last = None
        if index + 1 < len(codes):
            between = expression[codes[index].end() : codes[index + 1].start()]
            if _is_range(between):
                last = codes[index + 1].group()
                index += 1
        index += 1
        targets = _targets(first, last, test, tree)
        if not targets and certain:
            found.unknown.append(first if last is None else f"{first}-{last}")
        found.targets.extend(targets)


def _is_range(between: str) -> bool:
    """``-`` right before the next code or between blanks; a dash that ends a code is no range."""
    if re.fullmatch(r"[.-]*\s+to\s+", between):
        return True
    if re.search(r"[^\s.-]", between):
        return False
    return between.endswith("-") or re.search(r"\s-\s*$", between) is not None


def _targets(
    first: str,
    last: str | None,
    test: _Test | None,
    tree: UnionTree,
) -> list[str]:
    start, end = first.replace(".", ""), (last or first).replace(".", "")
    if test is None:
        if last is None:
            exact = tree.find(start)
            return [exact] if exact is not None else tree.covering(tree.leaves(start, end))
        block = tree.concepts.get(f"block-{first}-{last}")
        if block is not None and block.children:
            return [f"block-{first}-{last}"]
        if len(start) == len(end) == 3:
            return tree.covering(tree.categories(start, end))
        return tree.covering(tree.leaves(start, end))
    chosen = []
    for identifier in tree.leaves(start, end):
        concept = tree.concepts[identifier]
        if test(tree.stem(identifier).key, concept.key, concept.title, len(start)):
            chosen.append(identifier)
    return tree.covering(chosen)


def _test(qualifier: str) -> _Test | None:
    """The test that a qualifier puts to a code."""
    if "open fracture" in qualifier:
        return lambda stem, key, title, named: "open fracture" in title
    characters = _CHARACTERS.search(qualifier)
    if characters is None:
        suffixes = _suffixes(qualifier)
        if suffixes:
            return lambda stem, key, title, named: stem[named:].startswith(suffixes)
        # In words, such as "with ketoacidosis".
        return lambda stem, key, title, named: qualifier in title
    if re.search(r"\bfinal\b", qualifier):
        ends = tuple(re.findall(r"[0-9A-Z]+", characters.group(1)))
        # "-20": a character stands between the code named and these.
        between = 1 if re.search(r"\s-[0-9A-Z]", qualifier) else 0
        if ends:
            return lambda stem, key, title, named: stem[named + between :].endswith(ends)
        return None
    positions = [_POSITIONS[match.group(1).lower()] for match in _POSITION.finditer(qualifier)]
    allowed = _allowed(characters.group(1))
    if not positions or not allowed:
        return None
    if " to " in f" {qualifier[: characters.start()]} ":
        start, end = min(positions) - 1, max(positions)
        return lambda stem, key, title, named: stem[start:end] in allowed
    if len(positions) > 1:
        # "fifth or sixth": the last character before the seventh, wherever it stands.
        return lambda stem, key, title, named: len(stem) in positions and stem[-1] in allowed
    place = positions[0] - 1
    return lambda stem, key, title, named: key[place : place + 1] in allowed


def _suffixes(qualifier: str) -> tuple[str, ...]:
    suffixes: list[str] = []
    for part in re.split(r"[,;]|\bor\b|\.\s", qualifier):
        found = _SUFFIX.findall(part if part.strip().startswith(".") else f".{part.strip()}")
        if len(found) == 2 and re.search(r"[0-9A-Z]-\.", part):
            low, high = found
            suffixes += [str(n).zfill(len(low)) for n in range(int(low), int(high) + 1)]
        else:
            suffixes += found
    return tuple(suffixes)


def _allowed(text: str) -> frozenset[str]:
    allowed: set[str] = set()
    for part in re.split(r"[,;]|\bor\b", text):
        token = part.strip(" .-)")
        bounds = re.fullmatch(r"(\d)-(\d)", token)
        if bounds:
            allowed |= {str(n) for n in range(int(bounds.group(1)), int(bounds.group(2)) + 1)}
        elif re.fullmatch(r"[0-9A-Z]{1,2}", token):
            allowed.add(token)
        elif allowed:
            break
    return frozenset(allowed)
