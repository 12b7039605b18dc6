"""What the words of titles and inclusion terms say of a code beyond its side.

The unspecified or uncomplicated form of a heading, the parts of the body that a code names,
and the Excludes1 lines that are about a part of what a code stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from claimshapes.knowledge.importers.icd10cm.tabular import Entry
from claimshapes.knowledge.importers.icd10cm.union_tree import Concept, UnionTree
from claimshapes.knowledge.importers.icd10cm.word_tables import WordTables

_ASIDE = re.compile(r"\[[^\]]*\]|\([^()]*\)")
_FILLING = frozenset(
    (
        "a",
        "an",
        "and",
        "by",
        "classified",
        "due",
        "elsewhere",
        "for",
        "from",
        "in",
        "nec",
        "nos",
        "not",
        "of",
        "or",
        "other",
        "see",
        "the",
        "to",
        "with",
    )
)
_RESIDUAL = re.compile(r"\bother\b", re.IGNORECASE)
_TRIMESTER = re.compile(r"\b(first|second|third) trimester\b")
_PART_UNSPECIFIED = re.compile(r"\bwith unspecified\b|\bunspecified complication", re.IGNORECASE)


def content_words(text: str) -> frozenset[str]:
    """The words that carry the meaning, in small letters and the singular."""
    plain = _ASIDE.sub(" ", text.lower().replace("'s", ""))
    return frozenset(
        word[:-1] if word.endswith("s") and not word.endswith("ss") else word
        for word in re.findall(r"[a-z]+", plain)
        if word not in _FILLING
    )


def heading_in_other_words(identifier: str, tree: UnionTree) -> tuple[str, str] | None:
    """The heading of which a code is the unspecified or the uncomplicated form.

    Args:
        identifier: id of a code.
        tree: every concept.

    Returns:
        ``unspecified`` or ``uncomplicated`` and the heading's id. Under a subcategory every
        title that says unspecified counts, under a category only one that says no more.
    """
    concept = tree.concepts[identifier]
    if concept.entry is None or not concept.parent:
        return None
    heading = tree.concepts[concept.parent]
    if heading.kind != "code":
        return None
    words, above = content_words(concept.title), content_words(heading.title)
    if words - {"without", "complication"} == above and "complication" in words - above:
        return "uncomplicated", concept.parent
    if "unspecified" not in words or _PART_UNSPECIFIED.search(concept.title):
        return None
    if len(heading.key) > 3 or words - {"unspecified"} == above - {"unspecified"}:
        return "unspecified", concept.parent
    return None


def trimester(title: str) -> str:
    """The trimester that a title names: first, second or third; empty where none or several."""
    named = set(_TRIMESTER.findall(title.lower()))
    return named.pop() if len(named) == 1 else ""


def sites(identifier: str, tree: UnionTree, words: WordTables) -> frozenset[str]:
    """The parts of the body that a code of the list names, or else the headings above it."""
    while identifier:
        concept = tree.concepts[identifier]
        if concept.kind != "code":
            break
        if found := words.sites_of(concept.title):
            return found
        identifier = concept.parent
    return frozenset()


def lowest_listed(tree: UnionTree) -> Iterator[str]:
    """Ids of the codes of the list that have no other below them but for seventh characters."""
    for identifier, concept in tree.concepts.items():
        if concept.kind == "code" and concept.entry is not None:
            below = (tree.concepts[child] for child in concept.children)
            if all(child.entry is None for child in below):
                yield identifier


def about_a_part(line: str, holder: Entry, targets: list[str], tree: UnionTree) -> bool:
    """Whether an Excludes1 line is about a part of what one of the two codes stands for.

    So it is where either is a code for several other conditions, or a heading of which the line
    names one inclusion term: a claim then does not show whether the two conditions are those
    that the line means. A term not otherwise specified (NOS) is the whole, and a line that
    names several codes means each of them.

    Args:
        line: the line.
        holder: the entry that it stands at.
        targets: ids of what it names.
        tree: every concept.
    """
    if _for_several(holder.title, holder.inclusion_terms):
        return True
    return len(targets) == 1 and _names_a_part(line, tree.concepts[targets[0]])


def _names_a_part(line: str, target: Concept) -> bool:
    entry = target.entry
    if entry is None or entry.kind != "code" or "NOS" in line.split():
        return False
    terms = [*entry.inclusion_terms, *entry.includes]
    said, title = content_words(line), content_words(entry.title)
    if said <= title:
        return False
    if _for_several(entry.title, terms):
        return True
    within = [content_words(term) for term in terms]
    known = title.union(*within)
    return bool(entry.children) and said <= known and any(words - said for words in within)


def _for_several(title: str, terms: list[str]) -> bool:
    return _RESIDUAL.search(title) is not None and len(terms) > 1
