"""The union tree and its notes as triples."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import date

import pyoxigraph as ox

from claimshapes.knowledge.importers.icd10cm.date_table import Period
from claimshapes.knowledge.importers.icd10cm.references import References, find_references
from claimshapes.knowledge.importers.icd10cm.seventh_character import definition_for
from claimshapes.knowledge.importers.icd10cm.sides import find_sides
from claimshapes.knowledge.importers.icd10cm.tabular import NOTE_KINDS, Entry, Tabular
from claimshapes.knowledge.importers.icd10cm.title_words import (
    about_a_part,
    heading_in_other_words,
    lowest_listed,
    sites,
    trimester,
)
from claimshapes.knowledge.importers.icd10cm.union_tree import Concept, UnionTree, concept_id
from claimshapes.knowledge.importers.icd10cm.word_tables import WordTables
from claimshapes.rdf.vocabulary import (
    CS_NS,
    ICD_NS,
    PERIOD_NS,
    RDF_NS,
    RDFS_NS,
    RELEASE_NS,
    SCHEMA_NS,
    SKOS_NS,
    XSD_NS,
)

DATASET = "icd-10-cm-tabular"

_READINGS = {"condition": "conditional", "examples": "examplesOnly", "linked": "linkedByTitle"}
_CLASSES = {"chapter": "CodeChapter", "block": "CodeBlock", "code": "DiagnosisCode"}
_FLAGS = {
    "manifestation": "manifestationDuring",
    "ecodepdx": "externalCauseDuring",
    "unacceptable": "unacceptablePrincipalDuring",
    "unspecified": "unspecifiedLateralityDuring",
    "male": "maleDuring",
    "female": "femaleDuring",
    "newborn": "newbornDuring",
    "pediatric": "pediatricDuring",
    "maternity": "maternityDuring",
    "adult": "adultDuring",
}


def concept_triples(tree: UnionTree, words: WordTables) -> Iterator[ox.Triple]:
    """What the tree says of concepts: chapters, blocks and codes, their periods, sides and sites.

    Args:
        tree: every concept.
        words: how words of titles are read.
    """
    sides = find_sides(tree)
    for identifier in lowest_listed(tree):
        for site in sorted(sites(identifier, tree, words)):
            yield ox.Triple(ox.NamedNode(ICD_NS + identifier), _cs("bodySite"), ox.Literal(site))
    for identifier, concept in tree.concepts.items():
        subject = ox.NamedNode(ICD_NS + identifier)
        yield ox.Triple(subject, _rdf("type"), _cs(_CLASSES[concept.kind]))
        yield ox.Triple(subject, _skos("notation"), ox.Literal(concept.name))
        if concept.title:
            yield ox.Triple(subject, _skos("prefLabel"), ox.Literal(concept.title, language="en"))
            if re.search(r"\bunspecified\b", concept.title, re.IGNORECASE):
                yield ox.Triple(subject, _cs("unspecified"), _true())
        if concept.entry is not None and (named := trimester(concept.title)):
            yield ox.Triple(subject, _cs("trimester"), ox.Literal(named))
        if (same := heading_in_other_words(identifier, tree)) is not None:
            yield ox.Triple(subject, _cs(f"{same[0]}FormOf"), ox.NamedNode(ICD_NS + same[1]))
        if identifier in sides.named:
            yield ox.Triple(subject, _cs("side"), ox.Literal(sides.named[identifier]))
        for side, forms in sides.forms.get(identifier, {}).items():
            for form in forms:
                yield ox.Triple(subject, _cs(f"{side}Form"), ox.NamedNode(ICD_NS + form))
        if concept.parent:
            yield ox.Triple(subject, _skos("broader"), ox.NamedNode(ICD_NS + concept.parent))
        for umbrella in concept.umbrellas:
            yield ox.Triple(subject, _cs("umbrellaBlock"), ox.NamedNode(ICD_NS + umbrella))
        for release in concept.releases:
            yield ox.Triple(subject, _cs("inRelease"), release_node(release))
        yield from _entry_triples(subject, concept)
        yield from _date_triples(subject, concept)


def note_triples(
    tabulars: Iterable[Tabular],
    tree: UnionTree,
    words: WordTables,
    found: dict[str, References],
) -> Iterator[ox.Triple]:
    """The instructional notes of all releases, each line a node.

    A line that several releases have alike at the same place is one node.

    Args:
        tabulars: releases of the tabular list.
        tree: the tree in which references are resolved.
        words: how words of notes are read.
        found: receives what each line names, by the line's text.
    """
    for tabular in tabulars:
        for entry in tabular.entries():
            for kind, lines in entry.notes:
                yield from _lines(entry, kind, lines, tabular.valid_from, tree, words, found)


def release_node(valid_from: date) -> ox.NamedNode:
    """The node of a release of the tabular list."""
    return ox.NamedNode(f"{RELEASE_NS}{DATASET}/{valid_from.isoformat()}")


def _lines(
    entry: Entry,
    kind: str,
    lines: tuple[str, ...],
    release: date,
    tree: UnionTree,
    words: WordTables,
    found: dict[str, References],
) -> Iterator[ox.Triple]:
    heading = ""
    holder = concept_id(entry)
    subject = ox.NamedNode(ICD_NS + holder)
    for line in lines:
        if not line:
            continue
        digest = hashlib.sha256("|".join((kind, holder, heading, line)).encode()).hexdigest()[:16]
        node = ox.NamedNode(f"{ICD_NS}note/{digest}")
        yield ox.Triple(subject, _cs("hasNote"), node)
        yield ox.Triple(node, _rdf("type"), _cs(NOTE_KINDS[kind]))
        yield ox.Triple(node, _cs("noteText"), ox.Literal(line))
        yield ox.Triple(node, _cs("inRelease"), release_node(release))
        if heading:
            yield ox.Triple(node, _cs("underHeading"), ox.Literal(heading))
        if line not in found:
            found[line] = find_references(line, tree)
        targets = found[line].targets
        for target in targets:
            yield ox.Triple(node, _cs("target"), ox.NamedNode(ICD_NS + target))
        readings = words.readings(kind, f"{heading} {line}")
        for reading, term in _READINGS.items():
            if reading in readings:
                yield ox.Triple(node, _cs(term), _true())
        if "every-patient" in readings and "condition" not in readings:
            for target in targets:
                answer = ox.NamedNode(ICD_NS + tree.category_of(target))
                yield ox.Triple(node, _cs("answeredBy"), answer)
        if kind == "excludes1" and about_a_part(line, entry, targets, tree):
            yield ox.Triple(node, _cs("aboutAPart"), _true())
        if line.endswith(":"):
            heading = line


def _entry_triples(subject: ox.NamedNode, concept: Concept) -> Iterator[ox.Triple]:
    entry = concept.entry
    if entry is None:
        return
    for term in entry.inclusion_terms:
        yield ox.Triple(subject, _skos("altLabel"), ox.Literal(term, language="en"))
    for line in entry.includes:
        yield ox.Triple(subject, _cs("includes"), ox.Literal(line, language="en"))
    for line in entry.remarks:
        yield ox.Triple(subject, _skos("note"), ox.Literal(line, language="en"))
    if entry.kind == "code" and not entry.children:
        yield from _seventh_triples(subject, entry)


def _seventh_triples(subject: ox.NamedNode, entry: Entry) -> Iterator[ox.Triple]:
    definition = definition_for(entry)
    if not definition:
        return
    text = "; ".join(f"{character} {definition[character]}" for character in sorted(definition))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    node = ox.NamedNode(f"{ICD_NS}seventh-characters/{digest}")
    characters = sorted(definition)
    label = (
        ", ".join(characters[:-1]) + " or " + characters[-1] if characters[1:] else characters[0]
    )
    yield ox.Triple(subject, _cs("seventhCharacterSet"), node)
    yield ox.Triple(node, _rdfs("label"), ox.Literal(label))
    yield ox.Triple(node, _skos("definition"), ox.Literal(text))
    for character in characters:
        yield ox.Triple(node, _cs("seventhCharacter"), ox.Literal(character))


def _date_triples(subject: ox.NamedNode, concept: Concept) -> Iterator[ox.Triple]:
    if concept.kind != "code":
        return
    dates = concept.dates
    yield ox.Triple(
        subject,
        _cs("billable"),
        ox.Literal("true" if dates else "false", datatype=ox.NamedNode(f"{XSD_NS}boolean")),
    )
    if dates is None:
        return
    for period in dates.reportable:
        yield from _period(subject, "reportableDuring", period)
    for flag, periods in dates.flags.items():
        for period in periods:
            if flag in _FLAGS:
                yield from _period(subject, _FLAGS[flag], period)
            else:
                yield from _flagged(subject, flag, period)


def _period(subject: ox.NamedNode, predicate: str, period: Period) -> Iterator[ox.Triple]:
    node = ox.NamedNode(PERIOD_NS + period.name)
    yield ox.Triple(subject, _cs(predicate), node)
    yield from _bounds(node, period)


def _flagged(subject: ox.NamedNode, flag: str, period: Period) -> Iterator[ox.Triple]:
    node = ox.NamedNode(f"{PERIOD_NS}{flag}/{period.name}")
    yield ox.Triple(subject, _cs("editFlagDuring"), node)
    yield ox.Triple(node, _rdfs("label"), ox.Literal(flag))
    yield from _bounds(node, period)


def _bounds(node: ox.NamedNode, period: Period) -> Iterator[ox.Triple]:
    day = ox.NamedNode(f"{XSD_NS}date")
    start = ox.Literal(period.start.isoformat(), datatype=day)
    yield ox.Triple(node, ox.NamedNode(f"{SCHEMA_NS}validFrom"), start)
    if period.end is not None:
        end = ox.Literal(period.end.isoformat(), datatype=day)
        yield ox.Triple(node, ox.NamedNode(f"{SCHEMA_NS}validThrough"), end)


def _cs(name: str) -> ox.NamedNode:
    return ox.NamedNode(CS_NS + name)


def _rdf(name: str) -> ox.NamedNode:
    return ox.NamedNode(RDF_NS + name)


def _rdfs(name: str) -> ox.NamedNode:
    return ox.NamedNode(RDFS_NS + name)


def _skos(name: str) -> ox.NamedNode:
    return ox.NamedNode(SKOS_NS + name)


def _true() -> ox.Literal:
    return ox.Literal("true", datatype=ox.NamedNode(f"{XSD_NS}boolean"))
