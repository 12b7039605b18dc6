"""The look-up of every code: a page, and small files that it loads as needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.kept_between_builds import Memory
from claimshapes.catalog.links import LOOK_UP
from claimshapes.catalog.markdown import folded, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, code_page
from claimshapes.catalog.procedure_answers import procedure_periods, told_by_tables
from claimshapes.explain.code_facts import CodeBook, CodeFacts, Days, NoteLine
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import HCPCS_NS

_SHARD = 2


def add_look_up(files: GeneratedFiles, relations: CodeRelations, memory: Memory) -> None:
    """Adds the page and its files."""
    book = relations.codes
    page = Page(
        LOOK_UP,
        "Codes",
        wide=True,
        description="Look up any ICD-10-CM, CPT or HCPCS code by code or by words of its title.",
        words="ICD-10-CM CPT HCPCS diagnosis procedure code look-up",
    )
    periods = [facts.periods for facts in book.codes.values() if facts.periods]
    first = min(days[0].first for days in periods)
    paged = [link(notation, page.to(code_page(notation))) for notation in relations.coded_pages]
    procedures = sum(iri.startswith(HCPCS_NS) for iri in relations.coded_pages.values())
    page.add(
        "# Codes",
        f"{len(periods):,} ICD-10-CM codes since {first} with their headings, by code or by words "
        "of their titles and inclusion terms; "
        f"{len(relations.knowledge_data.procedures.facts):,} CPT and HCPCS codes by code. "
        "Nothing is sent anywhere.",
        '<div id="code-look-up"><noscript>The look-up needs JavaScript; '
        "<code>claimshapes explain CODE</code> tells the same.</noscript></div>",
        *_chapters(book, page),
        folded(
            f"Codes with a page of their own ({len(paged)}, {procedures} of them procedure codes)",
            '<p class="code-list" markdown>' + " ".join(paged) + "</p>",
        ),
    )
    files.add_page(page)
    made_from = (
        relations.knowledge_data.state,
        relations.rule_data.digests.of_all,
        frozenset(relations.coded_pages),
    )
    kept = memory.recall(
        "look-up",
        made_from,
        lambda: _written(_data(book, relations)),
    )
    for name, text in kept.items():
        files.add_file(f"codes/data/{name}.json", text)


def _chapters(book: CodeBook, page: Page) -> Iterator[str]:
    """The chapters of the tabular list, to begin with where there is no code yet."""
    chapters = [place for place in book.headings.values() if place.kind == "chapter"]
    rows = [
        (
            link(place.notation, page.to(f"{LOOK_UP}?code={_key(place).replace(' ', '-')}")),
            plain(place.title),
        )
        for place in sorted(chapters, key=lambda place: int(place.notation))
    ]
    listed = table(("Chapter", "Title"), rows)
    yield f'<div id="code-chapters" markdown>\n\n## Chapters of ICD-10-CM\n\n{listed}\n\n</div>'


def _data(book: CodeBook, relations: CodeRelations) -> dict[str, Any]:
    diagnoses = shards(book, relations)
    procedures = procedure_shards(relations)
    about = {
        "tabularLists": relations.tabular_lists,
        "tables": [
            {"says": listed.description, "titles": listed.titles}
            for listed in relations.knowledge_data.procedures.tables
        ],
        "rules": {rule.id: [rule.label, rule.severity.value] for rule in relations.rule_data.book},
        "diagnoses": sorted(diagnoses),
        "procedures": sorted(procedures),
    }
    made: dict[str, Any] = {"about": about, "headings": headings(book), **diagnoses}
    made |= {f"procedures/{name}": content for name, content in procedures.items()}
    return made | {f"rules/{name}": content for name, content in rule_shards(relations)}


def headings(book: CodeBook) -> dict[str, Any]:
    """The blocks and chapters with what is right below each."""
    made = {_key(place): _entry(book, place) | {"below": []} for place in book.headings.values()}
    for place in (*book.headings.values(), *book.codes.values()):
        for up in place.up:
            if up in book.headings:
                made[_key(book.headings[up])]["below"].append([_key(place), place.title])
    for entry in made.values():
        entry["below"].sort()
    return made


def rule_shards(relations: CodeRelations) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rules that touch each code and how, by the first two characters of the code.

    A file has the lists that occur, and of each code the number of its list.
    """
    book = relations.codes
    shards: dict[str, dict[str, Any]] = {}
    numbers: dict[str, dict[str, int]] = {}
    every = [(facts.notation, facts.iri) for facts in book.codes.values()]
    every += [(code, HCPCS_NS + code) for code in relations.knowledge_data.procedures.facts]
    for notation, iri in sorted(every):
        above = book.above(iri) if iri in book.codes else ()
        touching = relations.rules([iri, *(place.iri for place in above)], notation)
        if touching:
            shard = shards.setdefault(notation[:_SHARD], {"lists": [], "codes": {}})
            known = numbers.setdefault(notation[:_SHARD], {})
            listed = [[rule.id, how] for rule, how in touching]
            number = known.setdefault(json.dumps(listed), len(known))
            if number == len(shard["lists"]):
                shard["lists"].append(listed)
            shard["codes"][notation] = number
    yield from shards.items()


def procedure_shards(relations: CodeRelations) -> dict[str, dict[str, Any]]:
    """What tables say of all procedure codes, by the first two characters of the code.

    Tables are named by their place in the list of tables.
    """
    book = relations.knowledge_data.procedures
    numbers = {listed.name: number for number, listed in enumerate(book.tables)}
    made: dict[str, dict[str, Any]] = {}
    for code, facts in sorted(book.facts.items()):
        entry: dict[str, Any] = {
            "rows": [[numbers[listed.name], *values] for listed, values in facts.rows],
            "pairs": [[numbers[listed.name], *counts] for listed, *counts in facts.pairs],
        }
        if told := list(told_by_tables(facts)):
            entry["says"] = told
        if spans := procedure_periods(facts):
            entry["days"] = [
                [str(day) for day in (span.first, span.last) if day is not None] for span in spans
            ]
        if code in relations.coded_pages:
            entry["page"] = True
        sets = relations.value_sets([HCPCS_NS + code])
        if sets:
            entry["sets"] = sets
        made.setdefault(code[:_SHARD], {})[code] = entry
    return made


def shards(book: CodeBook, relations: CodeRelations) -> dict[str, dict[str, Any]]:
    """The facts of all codes, by the first two characters of the code.

    Beside its codes a file holds the blocks and chapters that these stand under. A place's key
    is its notation, for blocks and chapters with the kind before it.
    """
    made: dict[str, dict[str, Any]] = {}
    for facts in book.codes.values():
        shard = made.setdefault(facts.notation[:_SHARD], {})
        entry = _entry(book, facts)
        if facts.notation in relations.coded_pages:
            entry["page"] = True
        sets = relations.value_sets([facts.iri])
        if sets:
            entry["sets"] = sets
        shard[facts.notation] = entry
        for place in book.above(facts.iri):
            if place.kind in {"block", "chapter"} and _key(place) not in shard:
                shard[_key(place)] = _entry(book, place)
    return made


def _written(made: dict[str, Any]) -> dict[str, bytes]:
    return {
        name: json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        for name, content in made.items()
    }


def _key(place: CodeFacts) -> str:
    heading = place.kind in {"block", "chapter"}
    return f"{place.kind} {place.notation}" if heading else place.notation


def _entry(book: CodeBook, facts: CodeFacts) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": facts.title}
    if facts.unspecified:
        entry["unspecified"] = True
    if facts.periods:
        entry["days"] = [_days(period) for period in facts.periods]
    if facts.up:
        entry["up"] = [_key(book.facts(iri)) for iri in facts.up]
    if facts.terms:
        entry["terms"] = facts.terms
    if facts.notes:
        headings = {note.heading for note in facts.notes}
        entry["notes"] = [_note(note) for note in facts.notes if note.text not in headings]
    if facts.seventh:
        entry["seventh"] = facts.seventh
    if facts.flags:
        entry["flags"] = [[flag, *_days(period)] for flag, period in facts.flags]
    named = [
        [_key(book.facts(note.holder)), *_note(note)]
        for note in book.naming.get(facts.iri, ())
        if note.holder != facts.iri
    ]
    if named:
        entry["named"] = named
    return entry


def _days(period: Days) -> list[str]:
    return [period.first, period.last] if period.last else [period.first]


def _note(note: NoteLine) -> list[Any]:
    text = f"{note.heading} {note.text}" if note.heading else note.text
    return [note.kind, text, [last_part(release) for release in note.releases]]
