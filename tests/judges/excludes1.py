"""A judge of Excludes1 that reads the tabular XML, the date table and the table of words for parts
of the body, and nothing of the package.

A reference is a test that a code's characters pass or fail, so that no tree of codes, no
resolved target and no derivation is needed: what the package concludes can be held against it.
"""

from __future__ import annotations

import csv
import gzip
import lzma
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

ONTOLOGY = Path(__file__).parents[2] / "ontology"
SOURCES = ONTOLOGY / "codes" / "icd10cm" / "sources"

RELEASES = {
    date(2021, 1, 1): date(2021, 9, 30),
    date(2025, 4, 1): date(2025, 9, 30),
    date(2026, 4, 1): date(2026, 9, 30),
}
"""First day of each release at hand, and the last day that it speaks for without doubt."""


class Verdict(StrEnum):
    """What the notes say of a pair of diagnoses."""

    CLEAN = "clean"
    EXCLUDED = "excluded"
    BROAD = "excluded by an over-broad note"
    PART = "excluded by a note about a part of a code"
    IN_DOUBT = "the releases around the date disagree"
    UNKNOWN = "before the first release"


@dataclass(frozen=True, slots=True)
class Reference:
    """Codes that a note names: from ``first`` to ``last``, each compared to its own length.

    Attributes:
        first: first code named, without its dot.
        last: last code named; the same where it is no range.
        place: position from 0 of the characters that a qualifier tests.
        characters: what may stand there; all codes pass where there is no qualifier.
        title_word: a word that the title has to have, where a qualifier is in words.
    """

    first: str
    last: str
    place: int = 0
    characters: tuple[str, ...] = ("",)
    title_word: str = ""

    def names(self, key: str, title: str) -> bool:
        """Whether the code, without its dot, is one of those named."""
        if not self.first <= key[: len(self.first)] or not key[: len(self.last)] <= self.last:
            return False
        return key[self.place :].startswith(self.characters) and self.title_word in title


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an Excludes1 note: where it stands, its text and the codes it names."""

    holder: str
    text: str
    references: tuple[Reference, ...]


_CODE = re.compile(r"(?<![0-9A-Za-z.])[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]+)?(?![0-9A-Za-z])")
_RANGE = re.compile(r"-| -|--|- -|\.-|- - |-? to ")
_LIST = re.compile(r"[-.\s]*[,\s]\s*(and )?")
_ORDINALS = {"4th": 4, "fourth": 4, "5th": 5, "fifth": 5, "7th": 7, "seventh": 7}
_NOTHING_MORE = re.compile(
    r"[-.,)\s]*((,|-)? ?code to specified (conditions|intracranial injury))?", re.IGNORECASE
)


def references(text: str, open_fracture: tuple[str, ...] = ()) -> tuple[Reference, ...]:
    """What a line names.

    Args:
        text: the line.
        open_fracture: the seventh characters that mean an open fracture.

    Raises:
        ValueError: the line has a form that no release had so far.
    """
    in_parentheses = [part for part in re.findall(r"\(([^()]*)", text) if _CODE.search(part)]
    found: list[Reference] = []
    for part in in_parentheses or [text]:
        codes = list(_CODE.finditer(part))
        if not codes:
            continue
        bounds: list[list[str]] = [[codes[0].group()]]
        for before, code in pairwise(codes):
            between = part[before.end() : code.start()]
            if _RANGE.fullmatch(between) and len(bounds[-1]) == 1:
                bounds[-1].append(code.group())
            elif _LIST.fullmatch(between):
                bounds.append([code.group()])
            else:
                raise ValueError(f"{between!r} between two codes in: {text}")
        for bound in bounds:
            first, last = (code.replace(".", "") for code in (bound[0], bound[-1]))
            found.append(_qualified(first, last, part[codes[-1].end() :], text, open_fracture))
    return tuple(found)


def _qualified(
    first: str, last: str, tail: str, text: str, open_fracture: tuple[str, ...]
) -> Reference:
    if _NOTHING_MORE.fullmatch(tail):
        return Reference(first, last)
    words = re.sub(r"^[-.\s]*with ", "", tail)
    if match := re.fullmatch(r"(\w+)[- ]character \.?(\w)", words):
        return Reference(first, last, _ORDINALS[match[1]] - 1, (match[2],))
    if match := re.fullmatch(r"fifth to sixth characters (\w\w)", words):
        return Reference(first, last, 4, (match[1],))
    if match := re.fullmatch(r"final characters -(\w\w)", words):
        # I69 has one character more before them.
        return Reference(first, last, 4, (match[1],))
    if match := re.fullmatch(r"\.?(\w+)-?", words):
        # What follows the codes named: E08-E13 with .42, B27.0-B27.9 with 1.
        if match[1].isdecimal():
            return Reference(first, last, len(first), (match[1],))
        return Reference(first, last, title_word=match[1])
    if match := re.fullmatch(r"\.(\d\d)-\.(\d\d)", words):
        suffixes = tuple(str(n) for n in range(int(match[1]), int(match[2]) + 1))
        return Reference(first, last, len(first), suffixes)
    if words == "open fracture 7th character" and open_fracture:
        return Reference(first, last, 6, open_fracture)
    raise ValueError(f"{words!r} behind the codes in: {text}")


class Release:
    """The Excludes1 notes of one release, by what they stand at."""

    def __init__(self, first_day: date) -> None:
        file = SOURCES / f"tabular-{first_day}.xml.xz"
        root = ET.fromstring(lzma.decompress(file.read_bytes()))
        self._titles: dict[str, str] = {}
        self.terms: dict[str, list[str]] = {}
        self.inclusions: dict[str, int] = {}
        self.headings: set[str] = set()
        self._own: dict[str, list[Line]] = {}
        self._section_of: dict[str, str] = {}
        self._chapter_of: dict[str, str] = {}
        self._umbrellas: list[str] = []
        self._inherited: dict[str, tuple[Line, ...]] = {}
        self._open_fracture = tuple(
            sorted(
                {
                    extension.get("char", "")
                    for extension in root.iter("extension")
                    if "open fracture" in (extension.text or "")
                }
            )
        )
        for chapter in root.findall("chapter"):
            chapter_name = f"chapter {chapter.findtext('name')}"
            self._hold(chapter, chapter_name, chapter.findtext("name") or "")
            for section in chapter.findall("section"):
                name = section.get("id", "")
                self._hold(section, name, name)
                self._chapter_of[name] = chapter_name
                if section.find("diag") is None:
                    self._umbrellas.append(name)
                for diag in section.iter("diag"):
                    code = (diag.findtext("name") or "").strip()
                    key = code.replace(".", "")
                    self._titles[key] = diag.findtext("desc") or ""
                    self.terms[key] = [
                        note.text or ""
                        for kind in ("inclusionTerm", "includes")
                        for note in diag.findall(f"{kind}/note")
                    ]
                    self.inclusions[key] = len(diag.findall("inclusionTerm/note"))
                    if diag.find("diag") is not None:
                        self.headings.add(key)
                    self._hold(diag, key, code)
                    if len(key) == 3:
                        self._section_of[key] = name

    def lines(self) -> Iterator[Line]:
        """Every line of the release's Excludes1 notes."""
        for lines in self._own.values():
            yield from lines

    def holding_for(self, key: str) -> tuple[Line, ...]:
        """The lines that stand at a code, without its dot, or at anything above it."""
        if key not in self._inherited:
            places = [key[:length] for length in range(3, len(key) + 1)]
            section = self._section_of.get(key[:3]) or self._section_around(key[:3])
            places += [section, self._chapter_of.get(section, "")]
            places += [name for name in self._umbrellas if _within(key[:3], name)]
            self._inherited[key] = tuple(
                line for place in places for line in self._own.get(place, ())
            )
        return self._inherited[key]

    def title(self, key: str) -> str:
        """The title of a code, or of the longest code of the list that it begins with."""
        for length in range(len(key), 2, -1):
            if key[:length] in self._titles:
                return self._titles[key[:length]]
        return ""

    def lists(self, key: str) -> bool:
        """Whether the list has a code, without its dot and its seventh character."""
        return key in self._titles

    def siblings(self, key: str) -> list[str]:
        """The codes of the list that differ from this one in their last character."""
        return self._by_beginning[key[:-1]]

    @cached_property
    def _by_beginning(self) -> defaultdict[str, list[str]]:
        found = defaultdict(list)
        for key in self._titles:
            found[key[:-1]].append(key)
        return found

    def between(self, one: str, other: str) -> set[Line]:
        """The lines that hold for one of two codes, without dots, and name the other."""
        return {
            line
            for code, named in ((one, other), (other, one))
            for line in self.holding_for(code)
            if any(reference.names(named, self.title(named)) for reference in line.references)
        }

    @cached_property
    def over_broad(self) -> frozenset[str]:
        """Codes with a note that names half of the chapters or more."""
        chapters = set(self._chapter_of.values())
        broad = set()
        for line in self.lines():
            if all(reference.first[0] == reference.last[0] for reference in line.references):
                continue
            named = {
                self._chapter_of[self._section_of[key]]
                for key in self._section_of
                if any(reference.names(key, "") for reference in line.references)
            }
            if len(named) * 2 > len(chapters):
                broad.add(line.holder)
        return frozenset(broad)

    def _section_around(self, category: str) -> str:
        """The section of a category that a later release brought."""
        fitting = [
            name
            for name in self._chapter_of
            if name not in self._umbrellas and _within(category, name)
        ]
        return fitting[0] if fitting else ""

    def _hold(self, element: ET.Element, place: str, holder: str) -> None:
        for note in element.findall("excludes1/note"):
            text = re.sub(r"\s+", " ", note.text or "").strip()
            named = references(text, self._open_fracture)
            self._own.setdefault(place, []).append(Line(holder, text, named))


def _within(category: str, section: str) -> bool:
    first, _, last = section.partition("-")
    return first <= category <= (last or first)


@cache
def release(first_day: date) -> Release:
    """The release that begins on a day."""
    return Release(first_day)


def releases_for(day: date) -> list[Release]:
    """The releases that speak for a day: one, or the two around it, or none before the first."""
    before = [first for first in RELEASES if first <= day]
    if not before:
        return []
    after = [first for first in RELEASES if first > day]
    newest = max(before)
    if day > RELEASES[newest] and after:
        return [release(newest), release(min(after))]
    return [release(newest)]


def verdict(one: str, other: str, day: date) -> tuple[Verdict, set[str]]:
    """What is right to say of two diagnoses on one day.

    Args:
        one: a code with its dot.
        other: another.
        day: date of service.

    Returns:
        The verdict, and the notes that may be cited for it, each with where it stands.
    """
    if not (reportable(one, day) and reportable(other, day)):
        return Verdict.CLEAN, set()
    first, second = one.replace(".", ""), other.replace(".", "")
    if apart(first, second):
        return Verdict.CLEAN, set()
    speaking = releases_for(day)
    if not speaking:
        named = release(min(RELEASES)).between(first, second)
        return (Verdict.UNKNOWN if named else Verdict.CLEAN), set()
    found = [r.between(first, second) for r in speaking]
    strict = [
        {line for line in lines if line.holder not in r.over_broad}
        for r, lines in zip(speaking, found, strict=True)
    ]
    if all(strict):
        whole = any(not about_a_part(line) for lines in strict for line in lines)
        return Verdict.EXCLUDED if whole else Verdict.PART, _cited(strict)
    if all(found):
        return Verdict.BROAD, _cited(found)
    return (Verdict.IN_DOUBT if any(found) else Verdict.CLEAN), set()


def _cited(lines: list[set[Line]]) -> set[str]:
    return {f'note at {line.holder}: "{line.text}"' for some in lines for line in some}


_SIDES = ("right", "left", "bilateral")
_TOLD_OTHERWISE = {*_SIDES, "unspecified", "side", "dominant", "non", "eye", "ear", "of", "the"}


@cache
def listed(key: str) -> tuple[str, str]:
    """The longest listed code that a code begins with, and its newest title."""
    for length in range(len(key), 2, -1):
        for first_day in sorted(RELEASES, reverse=True):
            if release(first_day).lists(key[:length]):
                return key[:length], release(first_day).title(key[:length])
    return "", ""


def _plain(text: str) -> str:
    return f" {' '.join(re.findall('[a-z0-9]+', text.lower()))} "


@cache
def sides(key: str) -> frozenset[str]:
    """The sides that titles name, of a code or of what it begins with, as one of a pair."""
    found = set()
    stem = listed(key)[0]
    for length in range(4, len(stem) + 1):
        own = _side(stem[:length])
        if own and {"right", "left"} <= {
            _side(other)
            for other in _all_siblings(stem[:length])
            if _without_side(other) == _without_side(stem[:length])
        }:
            found.add(own)
    return frozenset(found)


@cache
def _all_siblings(key: str) -> frozenset[str]:
    return frozenset(code for day in RELEASES for code in release(day).siblings(key))


def _side(key: str) -> str:
    named = set(_plain(listed(key)[1]).split()) & set(_SIDES)
    return named.pop() if len(named) == 1 else ""


def _without_side(key: str) -> tuple[frozenset[str], int]:
    words = [word.rstrip("s") for word in _plain(listed(key)[1]).split()]
    return frozenset(words) - _TOLD_OTHERWISE, words.count("unspecified")


@cache
def _site_words() -> tuple[tuple[str, str], ...]:
    with (ONTOLOGY / "tables" / "site-words.csv").open() as stream:
        return tuple((_plain(row["words"]), row["site"]) for row in csv.DictReader(stream))


@cache
def sites(key: str) -> frozenset[str]:
    """The parts of the body that the title of a code names, or else one above it."""
    stem = listed(key)[0]
    for length in range(len(stem), 2, -1):
        if listed(stem[:length])[0] != stem[:length]:
            continue
        title = _plain(listed(stem[:length])[1])
        several = (" multiple ", " unspecified site ", " unspecified sites ", " site unspecified ")
        if any(words in title for words in several):
            continue
        if named := frozenset(site for words, site in _site_words() if words in title):
            return named
    return frozenset()


def apart(one: str, other: str) -> bool:
    """Whether the titles of two codes, without dots, say that the conditions are elsewhere."""
    if any(
        {side, opposite} == {"right", "left"} for side in sides(one) for opposite in sides(other)
    ):
        return True
    return bool(sites(one) and sites(other) and not sites(one) & sites(other))


_EMPTY_WORDS = re.compile(
    r"a|an|and|by|classified|due|elsewhere|for|from|in|nec|nos|not|of|or|other|see|the|to|with"
)


def _meaning(text: str) -> set[str]:
    text = re.sub(r"\[[^\]]*\]|\([^()]*\)", " ", text.lower().replace("'s", ""))
    words = re.findall("[a-z]+", text)
    return {
        word[:-1] if word[-1] == "s" and word[-2:] != "ss" else word
        for word in words
        if not _EMPTY_WORDS.fullmatch(word)
    }


@cache
def about_a_part(line: Line) -> bool:
    """Whether a line is about one of several conditions that one of the two codes is for."""
    holder = line.holder.replace(".", "")
    for first_day in RELEASES:
        here = release(first_day)
        residual = here.lists(holder) and " other " in _plain(here.title(holder))
        if residual and here.inclusions[holder] > 1 and line in here.holding_for(holder):
            return True
    if "NOS" in line.text.split() or len(line.references) != 1:
        return False
    reference = line.references[0]
    key, title = listed(reference.first)
    said = _meaning(line.text)
    if reference.first != reference.last or key != reference.first or said <= _meaning(title):
        return False
    newest = release(max(day for day in RELEASES if release(day).lists(key)))
    terms = [_meaning(term) for term in newest.terms[key]]
    if " other " in _plain(title) and len(terms) > 1:
        return True
    known = said <= _meaning(title).union(*terms)
    return key in newest.headings and known and any(term - said for term in terms)


@cache
def periods() -> dict[str, list[tuple[date, date]]]:
    """When each code may be reported."""
    found: dict[str, list[tuple[date, date]]] = {}
    with gzip.open(SOURCES / "date-table.csv.gz", "rt") as stream:
        for row in csv.DictReader(stream):
            end = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
            found.setdefault(row["code"], []).append((date.fromisoformat(row["valid_from"]), end))
    return found


def reportable(code: str, day: date) -> bool:
    """Whether a code may be reported on a day."""
    return any(start <= day <= end for start, end in periods().get(code, ()))
