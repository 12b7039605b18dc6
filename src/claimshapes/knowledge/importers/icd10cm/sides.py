"""Which side of the body a code's title names, and which code is the same without a side.

ICD-10-CM has no field for the side: only titles tell it, and in changing words ("Pain in
right knee" and "Pain in unspecified knee", "Sciatica, left side" and "Sciatica, unspecified
side"). Codes of one heading are therefore compared by the words of their titles.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from claimshapes.knowledge.importers.icd10cm.union_tree import Concept, UnionTree

_BOTH = "bilateral"
SIDES = ("right", "left", _BOTH)

_UNSPECIFIED = "unspecified"
# Words that one title of a set has and another has not, though both mean the same place.
_PASSED_OVER = {*SIDES, _UNSPECIFIED, "side", "dominant", "non-dominant", "eye", "ear", "of", "the"}

_Meaning = tuple[frozenset[str], int]


@dataclass(slots=True)
class Sides:
    """What titles say of the sides of codes.

    Attributes:
        named: the side that a code's title names, by the code's id; only where a code of the
            same heading names the other side.
        forms: for a code of an unspecified side, the codes that are the same but for their
            side, by that side.
    """

    named: dict[str, str] = field(default_factory=dict)
    forms: dict[str, dict[str, list[str]]] = field(default_factory=dict)


def find_sides(tree: UnionTree) -> Sides:
    """Compares the titles of the codes of each heading.

    Args:
        tree: every concept, as ``build_union_tree`` makes it.
    """
    found = Sides()
    for concept in tree.concepts.values():
        if concept.kind == "code" and concept.children:
            codes = {i: tree.concepts[i] for i in concept.children}
            _compare({i: code for i, code in codes.items() if code.entry is not None}, found)
    return found


def _compare(codes: dict[str, Concept], found: Sides) -> None:
    sets: dict[_Meaning, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for identifier, code in codes.items():
        words = _words(code.title)
        sides = [side for side in SIDES if side in words]
        if len(sides) == 1:
            sets[_meaning(words)][sides[0]].append(identifier)
    for meaning, forms in list(sets.items()):
        if not (forms["right"] and forms["left"]):
            del sets[meaning]
            continue
        for side, identifiers in forms.items():
            found.named.update(dict.fromkeys(identifiers, side))
    for identifier, code in codes.items():
        words = _words(code.title)
        without_side, unspecified = _meaning(words)
        # The title says "unspecified" once more than those that name a side.
        same = sets.get((without_side, unspecified - 1))
        if same is not None and not any(side in words for side in SIDES):
            found.forms[identifier] = {side: same[side] for side in SIDES if same[side]}
    _compare_without_halves(codes, found)


def _compare_without_halves(codes: dict[str, Concept], found: Sides) -> None:
    """Finds forms for both sides where no code is for the right or the left.

    "Contusion of lung" has the forms "unilateral", "bilateral" and "unspecified". Only the same
    title with one word for the other is certain: "unspecified" may be said of something else.
    """
    both = {
        code.title.lower(): identifier
        for identifier, code in codes.items()
        if _BOTH in _words(code.title)
    }
    for identifier, code in codes.items():
        if identifier in found.forms:
            continue
        title = code.title.lower()
        same = {
            both[form]
            for place in re.finditer(rf"\b{_UNSPECIFIED}\b", title)
            if (form := title[: place.start()] + _BOTH + title[place.end() :]) in both
        }
        if same:
            found.forms[identifier] = {_BOTH: sorted(same)}


def _meaning(words: list[str]) -> _Meaning:
    """The words without those about the side, and how often the title says "unspecified"."""
    return frozenset(words) - _PASSED_OVER, words.count(_UNSPECIFIED)


def _words(title: str) -> list[str]:
    """The words of a title, in small letters and the singular."""
    return [_singular(word) for word in re.findall(r"[a-z0-9'-]+", title.lower())]


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
