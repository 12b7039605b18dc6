"""Finds diagnosis codes and rules by words."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.denials import denial_texts, remark_texts
from claimshapes.knowledge.synonyms import read_synonyms
from claimshapes.rdf.vocabulary import SKOS_NS
from claimshapes.rules.rule import Rule

_TITLE = ox.NamedNode(f"{SKOS_NS}prefLabel")
_TERM = ox.NamedNode(f"{SKOS_NS}altLabel")
_NOTATION = ox.NamedNode(f"{SKOS_NS}notation")
_MARKS = "()[],;:"
_NONE = 4
_SHORT = 3
"""Letters of an abbreviation, such as MBI, which is looked for as a word and in no other."""

_ALIKE = 0.75
_SPLIT = re.compile(r"[^a-z0-9]+")
_LITTLE = frozenset({"a", "and", "code", "for", "of", "on", "or", "rule", "rules", "the", "to"})


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A code that words lead to.

    Attributes:
        rank: how well it fits; 0 is best.
        notation: the code.
        title: its title.
        term: the inclusion term that has the words, where the title does not.
    """

    rank: int
    notation: str
    title: str
    term: str


def find_codes(knowledge: Knowledge, words: str) -> list[Found]:
    """The codes, blocks and chapters whose title or inclusion term has all words, best first.

    A word of more than three letters may be a part of one.

    Args:
        knowledge: the compiled knowledge.
        words: what is looked for, in any case.
    """
    wanted = words.casefold().split()
    if not wanted:
        return []
    found = []
    for iri in knowledge.mentioning(wanted):
        notation, title, terms = "", "", []
        for triple in knowledge.describe(iri):
            if not isinstance(triple.object, ox.Literal):
                continue
            if triple.predicate == _TITLE:
                title = triple.object.value
            elif triple.predicate == _TERM:
                terms.append(triple.object.value)
            elif triple.predicate == _NOTATION:
                notation = triple.object.value
        ranked = [(_rank(text, wanted), text) for text in (title, *terms)]
        rank, text = min(ranked, key=lambda entry: entry[0])
        if notation and rank < _NONE:
            named = f"chapter {notation}" if notation.isdecimal() else notation
            found.append(Found(rank, named, title, "" if text == title else text))
    return sorted(found)


def find_rules(rules: Iterable[Rule], words: str, *, deep: bool) -> list[Rule]:
    """The rules whose id fits the pattern, or whose label and id have all words.

    Args:
        rules: the rules.
        words: what is looked for, in any case.
        deep: whether rules whose label and description have the words between them are found,
            where no label has all.
    """
    rules = list(rules)
    pattern = words.strip().upper()
    if "*" in pattern:
        return [rule for rule in rules if fnmatch.fnmatchcase(rule.id, pattern)]
    if "-" in pattern and " " not in pattern:
        # Meant for an id; what is near it is told elsewhere.
        return []
    wanted = _wanted(words)
    if not wanted:
        return []
    found = [rule for rule in rules if _has(f"{rule.id} {rule.label}", wanted)]
    if found or not deep:
        return found
    return [rule for rule in rules if _has(f"{rule.label} {rule.description}", wanted)]


def find_denials(words: str) -> list[tuple[str, str]]:
    """The adjustment reason and remark codes whose meaning has all words, with it."""
    wanted = _wanted(words)
    texts = {f"CARC {code}": text for code, text in denial_texts().items()}
    texts |= {f"RARC {code}": text for code, text in remark_texts().items()}
    return [(code, text) for code, text in texts.items() if wanted and _has(text, wanted)]


def _wanted(words: str) -> list[str]:
    return [word for word in _SPLIT.split(words.casefold()) if word and word not in _LITTLE]


def _has(text: str, wanted: list[str]) -> bool:
    own = _SPLIT.split(text.casefold())
    return all(any(_begins(word, each) for word in own) for each in wanted)


def _begins(word: str, wanted: str) -> bool:
    return word.startswith(wanted) if len(wanted) > _SHORT else word == wanted


def near_words(knowledge: Knowledge, rules: Iterable[Rule], words: str) -> str | None:
    """The words with those that no title has replaced by the nearest that some title has.

    Args:
        knowledge: the compiled knowledge.
        rules: the rules, whose labels are titles, too.
        words: what was looked for in vain.

    Returns:
        None where a word has no near one, or all are known.
    """
    known = {
        part.strip(_MARKS)
        for text in (*knowledge.values(_TITLE, _TERM), *(rule.label for rule in rules))
        for part in text.casefold().split()
    }
    meant = []
    for word in words.casefold().split():
        near = [word] if word in known else difflib.get_close_matches(word, known, 1, _ALIKE)
        if not near:
            return None
        meant += near
    return None if meant == words.casefold().split() else " ".join(meant)


def meanings(words: str) -> list[str]:
    """What words mean in the words of the rules, if they are others: `unbundling`, `bcbs`."""
    own = f" {' '.join(_SPLIT.split(words.casefold()))} "
    found = []
    for written, meant in read_synonyms():
        part = f" {written} "
        if part in own:
            found.append((-len(part), own.replace(part, f" {meant} ").strip()))
    return [meant for _, meant in sorted(found)]


def _rank(text: str, wanted: list[str]) -> int:
    """0 where it is those words, 1 where it begins with them, 2 where it has them, 3 parts."""
    own = text.casefold()
    parts = [part.strip(_MARKS) for part in own.split()]
    if not all(word in (own if len(word) > _SHORT else parts) for word in wanted):
        return _NONE
    if parts == wanted:
        return 0
    if parts[: len(wanted)] == wanted:
        return 1
    return 2 if set(wanted) <= set(parts) else 3
