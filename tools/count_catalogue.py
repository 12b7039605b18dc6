"""Counts the catalogue's section B again, straight from the shipped sources, and says what differs.

Each count has the catalogue's number and, where the sources give another one, that number and
why. A count that is neither, or that no longer differs although a reason is given, is an error.

Usage: python tools/count_catalogue.py
"""

from __future__ import annotations

import csv
import gzip
import lzma
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from claimshapes.sources.icd10cm.references import find_references
from claimshapes.sources.icd10cm.tabular import read_tabular
from claimshapes.sources.icd10cm.union_tree import UnionTree, build_union_tree

_CODES = Path(__file__).parents[1] / "ontology" / "codes"
_SOURCES = _CODES / "icd10cm" / "sources"
_NEWEST = _SOURCES / "tabular-2026-04-01.xml.xz"
_CODE = re.compile(r"\b[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]*)?")
_SIDE = re.compile(r"\b(right|left|bilateral)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Node:
    """A code of the newest tabular list, with the nodes above it from its parent upwards."""

    name: str
    title: str
    element: ET.Element
    above: tuple[ET.Element, ...]

    @property
    def titles(self) -> list[str]:
        """Its title and those of the codes above it."""
        above = [element for element in self.above if element.tag == "diag"]
        return [self.title, *(_text(element, "desc") for element in above)]

    @property
    def is_leaf(self) -> bool:
        """Whether no code stands below it."""
        return self.element.find("diag") is None


class Sources:
    """What is counted; each part is read once."""

    @cached_property
    def xml(self) -> ET.Element:
        """The newest tabular list."""
        return ET.fromstring(lzma.decompress(_NEWEST.read_bytes()))

    @cached_property
    def nodes(self) -> list[Node]:
        """Its codes."""
        found: list[Node] = []

        def walk(element: ET.Element, above: tuple[ET.Element, ...]) -> None:
            found.append(Node(_text(element, "name"), _text(element, "desc"), element, above))
            for child in element.findall("diag"):
                walk(child, (element, *above))

        for chapter in self.xml.findall("chapter"):
            for section in chapter.findall("section"):
                for element in section.findall("diag"):
                    walk(element, (section, chapter))
        return found

    @cached_property
    def leaves(self) -> list[Node]:
        """Its codes without codes below them."""
        return [node for node in self.nodes if node.is_leaf]

    @cached_property
    def umbrellas(self) -> list[ET.Element]:
        """Sections without codes of their own; as in the catalogue, no code inherits from them."""
        return [s for s in self.xml.iter("section") if s.find("diag") is None]

    @cached_property
    def tree(self) -> UnionTree:
        """The newest list alone as the importer sees it, for what notes name."""
        return build_union_tree([read_tabular(_NEWEST, date(2026, 4, 1))], {})

    @cached_property
    def rows(self) -> list[tuple[str, str, str, list[str]]]:
        """Rows of the date table: code, first and last day, flags."""
        with gzip.open(_SOURCES / "date-table.csv.gz", "rt", newline="") as stream:
            return [
                (row["code"], row["valid_from"], row["valid_to"], row["edits"].split())
                for row in csv.DictReader(stream)
            ]

    def flagged(self, flag: str, day: str) -> set[str]:
        """Codes with a flag of the date table on a day."""
        return {
            c for c, start, end, flags in self.rows if flag in flags and _holds(start, end, day)
        }

    def valid(self, day: str) -> set[str]:
        """Codes that may be reported on a day."""
        return {c for c, start, end, _ in self.rows if _holds(start, end, day)}

    @cached_property
    def outpatient(self) -> list[dict[str, str]]:
        """The diagnosis table of the outpatient code editor, April 2026."""
        with gzip.open(_CODES / "ioce" / "ioce-diagnosis.csv.gz", "rt", newline="") as stream:
            return [
                row
                for row in csv.DictReader(stream)
                if _holds(row["valid_from"], row["valid_to"], "2026-04-01")
            ]

    @cached_property
    def first_listed(self) -> list[str]:
        """The codes of the value set of reasons that are only listed first."""
        with (_CODES.parent / "tables" / "value-sets.csv").open(newline="") as stream:
            rows = csv.DictReader(stream)
            return [row["member"] for row in rows if row["value_set"] == "first-listed-only"]

    @cached_property
    def expansion(self) -> tuple[int, set[str], set[str]]:
        """Leaves that take a seventh character, what these become, and all codes with them."""
        stems, made, others = 0, set(), set()
        for node in self.leaves:
            characters = next(iter(_seventh(node)), [])
            key = node.name.replace(".", "")
            if characters and len(key) < 7:
                stems += 1
                made |= {f"{key[:3]}.{key[3:].ljust(3, 'X')}{c}" for c in characters}
            else:
                others.add(node.name)
        return stems, made, made | others

    @cached_property
    def pairs(self) -> dict[str, set[int]]:
        """Pairs of leaves that an Excludes1 note excludes, by where the note stands."""
        order = {node.name: number for number, node in enumerate(self.leaves)}
        below: dict[ET.Element, list[int]] = {}
        for node in self.leaves:
            for element in (node.element, *node.above):
                below.setdefault(element, []).append(order[node.name])
        found: dict[str, set[int]] = {
            "diag": set(),
            "section": set(),
            "chapter": set(),
            "T88.7": set(),
        }
        leaves_of: dict[str, list[int]] = {}
        for holder, members in below.items():
            kind = "T88.7" if _text(holder, "name") == "T88.7" else holder.tag
            for text in _lines(holder, "excludes1"):
                for target in find_references(text, self.tree).targets:
                    named = leaves_of.get(target)
                    if named is None:
                        named = leaves_of[target] = sorted(
                            order[name] for name in self._leaves_under(target) if name in order
                        )
                    found[kind].update(
                        _pair(one, other) for one in members for other in named if one != other
                    )
        return found

    def _leaves_under(self, identifier: str) -> Iterator[str]:
        concept = self.tree.concepts[identifier]
        if concept.kind == "block" and not concept.children:
            first, _, last = concept.name.partition("-")
            for category in self.tree.categories(first, last or first):
                yield from self._leaves_under(category)
        if concept.kind == "code" and not concept.children:
            yield concept.name
        for child in concept.children:
            yield from self._leaves_under(child)


def _holds(start: str, end: str, day: str) -> bool:
    return start <= day and (not end or day <= end)


def _pair(one: int, other: int) -> int:
    return min(one, other) * 100_000 + max(one, other)


def _text(element: ET.Element, tag: str) -> str:
    return " ".join((element.findtext(tag) or "").split())


def _lines(element: ET.Element, kind: str) -> list[str]:
    return [
        " ".join((note.text or "").split())
        for block in element.findall(kind)
        for note in block.findall("note")
    ]


def _seventh(node: Node) -> list[list[str]]:
    definitions = [e.find("sevenChrDef") for e in (node.element, *node.above)]
    return [
        [x.get("char", "") for x in d.findall("extension")] for d in definitions if d is not None
    ]


def _all_lines(s: Sources, kind: str, *tags: str) -> list[str]:
    return [
        line
        for tag in tags or ("chapter", "section", "diag")
        for element in s.xml.iter(tag)
        for line in _lines(element, kind)
    ]


def _inheriting(s: Sources, kind: str, *without: str) -> int:
    return sum(
        any(e.tag not in without and e.find(kind) is not None for e in (n.element, *n.above))
        for n in s.leaves
    )


def _holders(s: Sources, kind: str) -> int:
    return sum(element.find(kind) is not None for element in s.xml.iter())


def _from_above(s: Sources, tag: str) -> int:
    return sum(
        any(e.tag == tag and e.find("excludes1") is not None for e in n.above) for n in s.leaves
    )


def _with_code(lines: list[str]) -> int:
    return sum(bool(_CODE.search(line)) for line in lines)


def _headers(s: Sources, kind: str) -> int:
    return sum(line.rstrip().endswith(":") for line in _all_lines(s, kind))


def _parents_with_sides(s: Sources, *more: str) -> int:
    found = 0
    for node in s.nodes:
        leaves = [child for child in node.element.findall("diag") if child.find("diag") is None]
        titles = [_text(child, "desc").lower() for child in leaves]
        found += all(
            any(re.search(rf"\b{w}\b", t) for t in titles) for w in ("right", "left", *more)
        )
    return found


def _leaves_with(s: Sources, pattern: str) -> int:
    return sum(bool(re.search(pattern, node.title, re.IGNORECASE)) for node in s.leaves)


def _manifestation_leaves(s: Sources) -> tuple[set[str], set[str]]:
    worded = {
        n.name for n in s.leaves if any("classified elsewhere" in t.lower() for t in n.titles)
    }
    return worded, s.flagged("manifestation", "2026-04-01")


def _excluded_leaves(s: Sources, *kinds: str) -> int:
    pairs = set().union(*(s.pairs[kind] for kind in kinds))
    return len({p // 100_000 for p in pairs} | {p % 100_000 for p in pairs})


def _only_from(s: Sources, kind: str) -> int:
    others = set().union(*(pairs for k, pairs in s.pairs.items() if k != kind))
    return len(s.pairs[kind] - others)


_COUNTED_FLAGS = {"external-cause", "manifestation", "secondary-only", "code-first"}


def _age(s: Sources, low: str, high: str) -> int:
    return sum((row["least_age"], row["greatest_age"]) == (low, high) for row in s.outpatient)


def _outpatient(s: Sources, flag: str) -> set[str]:
    return {row["code"] for row in s.outpatient if flag in row["flags"].split()}


def _definitions(s: Sources, length: int) -> int:
    elements = [n for n in s.nodes if n.element.find("sevenChrDef") is not None]
    return sum(len(n.name.replace(".", "")) == length for n in elements)


def _charsets(s: Sources, characters: str) -> int:
    sets = Counter(
        "".join(sorted(x.get("char", "") for x in d.findall("extension")))
        for d in s.xml.iter("sevenChrDef")
    )
    return sets["".join(sorted(characters))]


def _tokens(s: Sources) -> Counter[str]:
    """Forms of the references in the parentheses of Excludes1 notes."""
    names = {n.name: n.is_leaf for n in s.nodes}
    found: Counter[str] = Counter()
    for line in _all_lines(s, "excludes1"):
        spans = re.findall(r"\(([^()]*)\)", line)
        coded = [span for span in spans if re.search(r"[A-Z]\d", span)]
        found["parentheses without codes"] += len(spans) - len(coded)
        for span in coded:
            for token in re.split(r"[,;]|\band\b|\bor\b", span):
                text = token.strip().rstrip(".")
                if re.fullmatch(r"[A-Z]\w\w(\.\w+)?-[A-Z]\w\w(\.\w+)?", text):
                    found["range"] += 1
                elif re.fullmatch(r"[A-Z]\w\w(\.\w*)?\.?-", text):
                    found["dash"] += 1
                elif text in names:
                    found["leaf" if names[text] else "heading"] += 1
    return found


@dataclass(frozen=True, slots=True)
class Count:
    """A number of the catalogue.

    Attributes:
        what: what is counted.
        catalogue: the catalogue's number.
        count: counts it.
        here: what the sources give, where that is another number.
        why: why it differs.
    """

    what: str
    catalogue: int
    count: Callable[[Sources], int]
    here: int | None = None
    why: str = ""


# Why a count differs from the catalogue's.
_READ_OTHERWISE = (
    "the importer resolves a few references that the catalogue's reader does not "
    "(character tests, slips of punctuation)"
)
_ROUNDED = "the catalogue rounds"
_SECTIONS = (
    "546,866 pairs come from sections; 75,094 of them also from a code, which the "
    "catalogue does not seem to take off"
)
_THREE_MORE = "three more name codes by any reading of the notes"
_SIDE_WORDS = (
    "right, left or bilateral; the catalogue counts titles of an unspecified side too, by "
    "words that it does not give"
)
_BLANK = "a range written with a blank before its dash is split otherwise"

COUNTS: tuple[Count, ...] = (
    Count("codes and headings of the newest list", 46_881, lambda s: len(s.nodes)),
    Count("codes without codes below them (leaves)", 36_343, lambda s: len(s.leaves)),
    Count("headings (DX-NOT-BILLABLE)", 10_538, lambda s: len(s.nodes) - len(s.leaves)),
    Count("chapters", 22, lambda s: len(s.xml.findall("chapter"))),
    Count("sections", 297, lambda s: sum(1 for _ in s.xml.iter("section"))),
    Count("sections without codes", 12, lambda s: len(s.umbrellas)),
    Count("rows of the date table", 85_122, lambda s: len(s.rows)),
    Count("codes of the date table", 75_909, lambda s: len({row[0] for row in s.rows})),
    Count("codes valid on 2025-10-01", 74_719, lambda s: len(s.valid("2025-10-01"))),
    Count("codes valid on 2026-04-01", 74_719, lambda s: len(s.valid("2026-04-01"))),
    Count("codes valid on 2026-10-01", 74_879, lambda s: len(s.valid("2026-10-01"))),
    Count(
        "rows that start on 2026-10-01", 190, lambda s: sum(r[1] == "2026-10-01" for r in s.rows)
    ),
    Count("rows that end on 2026-09-30", 30, lambda s: sum(r[2] == "2026-09-30" for r in s.rows)),
    Count(
        "rows that end on 2024-09-30", 4_019, lambda s: sum(r[2] == "2024-09-30" for r in s.rows)
    ),
    Count(
        "definitions of seventh characters",
        508,
        lambda s: sum(1 for _ in s.xml.iter("sevenChrDef")),
    ),
    Count("... on categories", 421, lambda s: _definitions(s, 3)),
    Count("... on codes of four characters", 32, lambda s: _definitions(s, 4)),
    Count("... on codes of five characters", 55, lambda s: _definitions(s, 5)),
    Count("... with ADS", 409, lambda s: _charsets(s, "ADS")),
    Count("... with 1239", 25, lambda s: _charsets(s, "1239")),
    Count("... with ADGKPS", 24, lambda s: _charsets(s, "ADGKPS")),
    Count("... with 01234", 16, lambda s: _charsets(s, "01234")),
    Count("... with 0123459", 15, lambda s: _charsets(s, "0123459")),
    Count("... with ABDGKPS", 6, lambda s: _charsets(s, "ABDGKPS")),
    Count("... with 16 letters", 3, lambda s: _charsets(s, "ABCDEFGHJKMNPQRS")),
    Count("leaves that take a seventh character", 12_929, lambda s: s.expansion[0]),
    Count("codes that these become", 51_381, lambda s: len(s.expansion[1])),
    Count("codes with all seventh characters", 74_795, lambda s: len(s.expansion[2])),
    Count(
        "of them not valid on 2026-04-01", 76, lambda s: len(s.expansion[2] - s.valid("2026-04-01"))
    ),
    Count(
        "leaves below two definitions", 80, lambda s: sum(len(_seventh(n)) > 1 for n in s.leaves)
    ),
    Count("leaves of seven characters", 180, lambda s: sum(len(n.name) == 8 for n in s.leaves)),
    Count(
        "codes with placeholder=true",
        246,
        lambda s: sum(n.element.get("placeholder") == "true" for n in s.nodes),
    ),
    Count("codes with an X in their name", 1_727, lambda s: sum("X" in n.name for n in s.nodes)),
    Count("Excludes1 notes", 5_407, lambda s: len(_all_lines(s, "excludes1"))),
    Count("Excludes1 elements", 2_644, lambda s: sum(1 for _ in s.xml.iter("excludes1"))),
    Count("Excludes1 notes with a code", 5_279, lambda s: _with_code(_all_lines(s, "excludes1"))),
    Count("... on codes", 5_137, lambda s: _with_code(_all_lines(s, "excludes1", "diag"))),
    Count("... on sections", 140, lambda s: _with_code(_all_lines(s, "excludes1", "section"))),
    Count("... on chapters", 2, lambda s: _with_code(_all_lines(s, "excludes1", "chapter"))),
    Count(
        "Excludes1 notes without a code",
        128,
        lambda s: len(_all_lines(s, "excludes1")) - _with_code(_all_lines(s, "excludes1")),
    ),
    Count(
        "... about a current injury",
        9,
        lambda s: sum("current injury" in line for line in _all_lines(s, "excludes1")),
    ),
    Count("leaves that hold or inherit Excludes1", 23_367, lambda s: _inheriting(s, "excludes1")),
    Count(
        "leaves with an Excludes1 of their own",
        1_234,
        lambda s: sum(n.element.find("excludes1") is not None for n in s.leaves),
    ),
    Count("leaves that inherit one from a code", 17_390, lambda s: _from_above(s, "diag")),
    Count("leaves that inherit one from a section", 7_484, lambda s: _from_above(s, "section")),
    Count("leaves that inherit one from a chapter", 3_225, lambda s: _from_above(s, "chapter")),
    Count(
        "leaves in a pair",
        32_587,
        lambda s: _excluded_leaves(s, "diag", "section", "chapter", "T88.7"),
        32_588,
        _READ_OTHERWISE,
    ),
    Count(
        "leaves in a pair, without T88.7",
        28_665,
        lambda s: _excluded_leaves(s, "diag", "section", "chapter"),
        28_671,
        _READ_OTHERWISE,
    ),
    Count(
        "pairs of leaves, in thousands",
        1_450,
        lambda s: round(len(set().union(*s.pairs.values())) / 1000),
        1_449,
        _ROUNDED,
    ),
    Count(
        "pairs of leaves without T88.7, in thousands",
        1_420,
        lambda s: round(
            len(set().union(*(s.pairs[k] for k in ("diag", "section", "chapter")))) / 1000
        ),
        1_427,
        "the catalogue rounds, and leaves out some references that are read here",
    ),
    Count(
        "pairs that come from sections only",
        543_008,
        lambda s: _only_from(s, "section"),
        471_772,
        _SECTIONS,
    ),
    Count("pairs that come from chapters", 42_180, lambda s: len(s.pairs["chapter"])),
    Count("headings among Excludes1 notes", 54, lambda s: _headers(s, "excludes1")),
    Count(
        "Excludes1 notes of V00-V99",
        5,
        lambda s: sum(len(_lines(u, "excludes1")) for u in s.umbrellas if u.get("id") == "V00-V99"),
    ),
    Count(
        "Excludes2 notes of T20-T32",
        3,
        lambda s: sum(len(_lines(u, "excludes2")) for u in s.umbrellas if u.get("id") == "T20-T32"),
    ),
    Count("Excludes2 notes", 2_520, lambda s: len(_all_lines(s, "excludes2"))),
    Count("Excludes2 elements", 1_165, lambda s: sum(1 for _ in s.xml.iter("excludes2"))),
    Count("leaves that hold or inherit Excludes2", 32_297, lambda s: _inheriting(s, "excludes2")),
    Count("Excludes2 notes of chapters", 112, lambda s: len(_all_lines(s, "excludes2", "chapter"))),
    Count("code first notes", 809, lambda s: len(_all_lines(s, "codeFirst"))),
    Count("code first elements", 363, lambda s: sum(1 for _ in s.xml.iter("codeFirst"))),
    Count("code first notes of sections", 9, lambda s: len(_all_lines(s, "codeFirst", "section"))),
    Count("leaves that hold or inherit code first", 4_049, lambda s: _inheriting(s, "codeFirst")),
    Count(
        "code first notes with a code",
        596,
        lambda s: _with_code(_all_lines(s, "codeFirst")),
        599,
        _THREE_MORE,
    ),
    Count(
        "code first notes with 'such as'",
        118,
        lambda s: sum("such as" in line.lower() for line in _all_lines(s, "codeFirst")),
    ),
    Count("headings among code first notes", 134, lambda s: _headers(s, "codeFirst")),
    Count("use additional notes", 1_485, lambda s: len(_all_lines(s, "useAdditionalCode"))),
    Count(
        "chapters, sections and codes with use additional",
        806,
        lambda s: _holders(s, "useAdditionalCode"),
    ),
    Count(
        "use additional notes of chapters",
        10,
        lambda s: len(_all_lines(s, "useAdditionalCode", "chapter")),
    ),
    Count(
        "leaves that hold or inherit use additional",
        17_052,
        lambda s: _inheriting(s, "useAdditionalCode"),
    ),
    Count(
        "... without those of chapters",
        8_371,
        lambda s: _inheriting(s, "useAdditionalCode", "chapter"),
    ),
    Count(
        "use additional notes with a condition",
        369,
        lambda s: sum(
            bool(re.search(r"if applicable|any\b|if known", line, re.I))
            for line in _all_lines(s, "useAdditionalCode")
        ),
    ),
    Count("headings among use additional notes", 174, lambda s: _headers(s, "useAdditionalCode")),
    Count("code also notes", 655, lambda s: len(_all_lines(s, "codeAlso"))),
    Count("chapters, sections and codes with code also", 319, lambda s: _holders(s, "codeAlso")),
    Count("leaves that hold or inherit code also", 6_085, lambda s: _inheriting(s, "codeAlso")),
    Count("manifestations", 422, lambda s: len(s.flagged("manifestation", "2026-04-01"))),
    Count("... by the outpatient editor", 422, lambda s: len(_outpatient(s, "manifestation"))),
    Count(
        "leaves titled 'classified elsewhere' themselves or above",
        386,
        lambda s: len(_manifestation_leaves(s)[0]),
    ),
    Count(
        "... that are flagged",
        308,
        lambda s: len(_manifestation_leaves(s)[0] & _manifestation_leaves(s)[1]),
    ),
    Count(
        "... that are not",
        78,
        lambda s: len(_manifestation_leaves(s)[0] - _manifestation_leaves(s)[1]),
    ),
    Count(
        "flagged codes without those words",
        114,
        lambda s: len(_manifestation_leaves(s)[1] - _manifestation_leaves(s)[0]),
    ),
    Count("external causes", 7_461, lambda s: len(s.flagged("ecodepdx", "2026-04-01"))),
    Count("... by the outpatient editor", 7_461, lambda s: len(_outpatient(s, "external-cause"))),
    Count("leaves of V00-Y99", 2_817, lambda s: sum("V" <= n.name[0] <= "Y" for n in s.leaves)),
    Count("codes never listed first", 1_592, lambda s: len(_outpatient(s, "secondary-only"))),
    Count(
        "codes unacceptable for inpatients",
        2_652,
        lambda s: len(s.flagged("unacceptable", "2026-04-01")),
    ),
    Count(
        "leaves that are only listed first",
        141,
        lambda s: sum(any(n.name.startswith(c) for c in s.first_listed) for n in s.leaves),
    ),
    Count("leaves titled 'unspecified'", 10_273, lambda s: _leaves_with(s, r"unspecified")),
    Count(
        "codes with the flag 'unspecified'",
        3_465,
        lambda s: len(s.flagged("unspecified", "2026-04-01")),
    ),
    Count("... on 2022-03-31", 0, lambda s: len(s.flagged("unspecified", "2022-03-31"))),
    Count("headings of leaves with right and left", 4_012, lambda s: _parents_with_sides(s)),
    Count("... and unspecified", 3_960, lambda s: _parents_with_sides(s, "unspecified")),
    Count(
        "leaves whose title names a side",
        14_341,
        lambda s: _leaves_with(s, _SIDE.pattern),
        11_105,
        _SIDE_WORDS,
    ),
    Count("leaves titled 'bilateral'", 927, lambda s: _leaves_with(s, r"bilateral")),
    Count(
        "R codes valid on 2026-04-01",
        773,
        lambda s: sum(c[0] == "R" for c in s.valid("2026-04-01")),
    ),
    Count(
        "... of R00-R94", 767, lambda s: sum("R00" <= c[:3] <= "R94" for c in s.valid("2026-04-01"))
    ),
    Count("codes for newborns", 42, lambda s: _age(s, "0", "0")),
    Count("codes for children", 125, lambda s: _age(s, "0", "17")),
    Count("codes for the age of maternity", 2_543, lambda s: _age(s, "9", "64")),
    Count("codes for adults", 856, lambda s: _age(s, "15", "124")),
    Count(
        "codes of the outpatient editor's table",
        13_035,
        lambda s: sum(
            bool(row["least_age"] or {*row["flags"].split()} & _COUNTED_FLAGS)
            for row in s.outpatient
        ),
    ),
    Count(
        "codes for one sex, on 2024-10-01",
        0,
        lambda s: len(s.flagged("male", "2024-10-01") | s.flagged("female", "2024-10-01")),
    ),
    Count(
        "codes and headings of M54", 40, lambda s: sum(n.name.startswith("M54") for n in s.nodes)
    ),
    Count("leaves of M54", 33, lambda s: sum(n.name.startswith("M54") for n in s.leaves)),
    Count("references to a leaf", 3_283, lambda s: _tokens(s)["leaf"]),
    Count("references to a heading without a dash", 273, lambda s: _tokens(s)["heading"]),
    Count("references with a dash", 1_783, lambda s: _tokens(s)["dash"]),
    Count("references to a range", 267, lambda s: _tokens(s)["range"], 268, _BLANK),
    Count("parentheses without codes", 446, lambda s: _tokens(s)["parentheses without codes"]),
)


def count_all() -> list[tuple[Count, int]]:
    """Every count with what the sources give."""
    sources = Sources()
    return [(count, count.count(sources)) for count in COUNTS]


def problems(results: list[tuple[Count, int]]) -> list[str]:
    """Counts that differ without a reason, or from what their reason says."""
    found = []
    for count, number in results:
        if number != (count.catalogue if count.here is None else count.here):
            found.append(
                f"{count.what}: {number}, where {count.here or count.catalogue} was expected"
            )
        if (count.here is None) != (not count.why):
            found.append(f"{count.what}: a difference and its reason go together")
        if count.here == count.catalogue:
            found.append(f"{count.what}: a reason is given for a difference that is none")
    return found


def main() -> int:
    """Prints the table; 0 when every difference is explained."""
    results = count_all()
    print(f"{'':55}{'catalogue':>10}{'here':>10}{'':>8}")
    for count, number in results:
        difference = f"{number - count.catalogue:+,}" if number != count.catalogue else ""
        numbers = f"{count.catalogue:>10,}{number:>10,}{difference:>8}"
        print(f"{count.what:<55}{numbers}  {count.why}".rstrip())
    wrong = problems(results)
    for line in wrong:
        print(f"NOT EXPLAINED  {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
