"""The ICD-10-CM tabular list as its XML has it: chapters, sections and nested codes."""

from __future__ import annotations

import lzma
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from claimshapes.errors import InputError

NOTE_KINDS = {
    "excludes1": "Excludes1Note",
    "excludes2": "Excludes2Note",
    "codeFirst": "CodeFirstNote",
    "useAdditionalCode": "UseAdditionalNote",
    "codeAlso": "CodeAlsoNote",
}


@dataclass(slots=True)
class Entry:
    """A chapter, section or code of one release.

    Attributes:
        kind: ``chapter``, ``block`` or ``code``.
        name: chapter number, section range, or code with its dot.
        title: the title as the list has it.
        parent: the entry that it stands in.
        notes: instructional notes, each a kind of ``NOTE_KINDS`` and its lines in order.
        inclusion_terms: terms that the code stands for.
        includes: lines of Includes notes.
        remarks: lines of other notes.
        seventh_characters: meaning by character, where the entry defines them.
        children: entries that stand in it.
    """

    kind: str
    name: str
    title: str
    parent: Entry | None
    notes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    inclusion_terms: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    seventh_characters: dict[str, str] = field(default_factory=dict)
    children: list[Entry] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The name without its dot, by which codes are ordered."""
        return self.name.replace(".", "")


@dataclass(frozen=True, slots=True)
class Tabular:
    """One release of the tabular list.

    Attributes:
        valid_from: first day on which the release was in force.
        chapters: the chapters in their order.
    """

    valid_from: date
    chapters: tuple[Entry, ...]

    def entries(self) -> Iterator[Entry]:
        """Every entry, parents before children."""
        pending = list(reversed(self.chapters))
        while pending:
            entry = pending.pop()
            yield entry
            pending.extend(reversed(entry.children))


def read_tabular(file: Path, valid_from: date) -> Tabular:
    """Reads the XML of one release, plain or compressed with xz.

    Args:
        file: the tabular XML as NCHS publishes it.
        valid_from: first day on which the release was in force; the file does not say it.

    Raises:
        InputError: the file is not XML, declares entities, or is no tabular list.
    """
    opener = lzma.open if file.suffix == ".xz" else open
    with opener(file, "rb") as stream:
        content = stream.read()
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise InputError("a document type declaration is not accepted", file=str(file))
    try:
        root = ET.fromstring(content)
    except ET.ParseError as error:
        raise InputError(f"not XML: {error}", file=str(file)) from error
    if root.tag != "ICD10CM.tabular":
        raise InputError("expected the element ICD10CM.tabular", file=str(file))
    chapters = tuple(_chapter(element) for element in root.findall("chapter"))
    return Tabular(valid_from, chapters)


def _chapter(element: ET.Element) -> Entry:
    chapter = Entry("chapter", _text(element, "name"), _text(element, "desc"), None)
    _describe(chapter, element)
    for section in element.findall("section"):
        block = Entry("block", section.get("id", ""), _text(section, "desc"), chapter)
        _describe(block, section)
        chapter.children.append(block)
        for code in section.findall("diag"):
            block.children.append(_code(code, block))
    return chapter


def _code(element: ET.Element, parent: Entry) -> Entry:
    entry = Entry("code", _text(element, "name"), _text(element, "desc"), parent)
    _describe(entry, element)
    for child in element.findall("diag"):
        entry.children.append(_code(child, entry))
    return entry


def _describe(entry: Entry, element: ET.Element) -> None:
    for child in element:
        lines = tuple(_clean(note.text) for note in child.findall("note"))
        if child.tag in NOTE_KINDS:
            # The list prints the kind of note before them: "Code first, if applicable, ...".
            entry.notes.append((child.tag, tuple(line.lstrip(", ") for line in lines)))
        elif child.tag == "inclusionTerm":
            entry.inclusion_terms.extend(lines)
        elif child.tag == "includes":
            entry.includes.extend(lines)
        elif child.tag == "notes":
            entry.remarks.extend(lines)
        elif child.tag == "sevenChrDef":
            for extension in child.findall("extension"):
                entry.seventh_characters[extension.get("char", "")] = _clean(extension.text)


def _text(element: ET.Element, tag: str) -> str:
    return _clean(element.findtext(tag))


def _clean(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()
