"""A page for every code that a rule, an example or the back-pain topic names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

import pyoxigraph as ox

from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import code_link, term_link
from claimshapes.catalog.markdown import (
    answers,
    badge,
    bullets,
    code,
    days,
    filterable,
    folded,
    link,
    plain,
    table,
)
from claimshapes.catalog.note_path import note_path
from claimshapes.catalog.pages import GeneratedFiles, Page, code_page, example_page, rule_page
from claimshapes.catalog.procedure_answers import procedure_answers, procedure_periods
from claimshapes.catalog.timeline import Span, timeline
from claimshapes.explain.code_facts import CodeFacts, Days, NoteLine
from claimshapes.explain.procedure_facts import ProcedureFacts, ProcedureTable
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CS_NS, HCPCS_NS, ICD_NS, RDF_NS
from claimshapes.rules.code_lists import SET_NS

LOOK_UP = "codes/index.md"
_CODE = re.compile(r"\b[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?\b")
_CHARACTERS = re.compile(r"; (?=[A-Z0-9] )")
_FEW = 6
_KINDS = {
    "Code first": 0,
    "Use additional code": 1,
    "Code also": 2,
    "Excludes1": 3,
    "Excludes2": 4,
}
_TWO_SIDED = {"Excludes1", "Excludes2"}
"""Kinds of notes that bind the codes that they name as well as those that have them."""
_TOLD_APART = f"{CS_NS}Membership"


def add_code_pages(
    files: GeneratedFiles,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    relations: CodeRelations,
) -> None:
    """Adds the pages of codes."""
    for notation, iri in coded_pages.items():
        if iri.startswith(HCPCS_NS):
            files.add_page(_procedure(knowledge_data, coded_pages, relations, notation, iri))
        else:
            files.add_page(
                _diagnosis(knowledge_data, coded_pages, relations, relations.codes.facts(iri))
            )


def _diagnosis(
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    relations: CodeRelations,
    facts: CodeFacts,
) -> Page:
    title = facts.title or "(no title loaded)"
    above = relations.codes.above(facts.iri)
    page = Page(
        code_page(facts.notation),
        f"{facts.notation} {title}",
        wide=True,
        description=f"ICD-10-CM {facts.notation} {title}: {_state(facts)}; notes, codes and rules.",
    )
    iris = [facts.iri, *(place.iri for place in above)]
    page.add(
        " / ".join(
            [link("Codes", page.to(LOOK_UP))]
            + [_place(page, coded_pages, place) for place in reversed(above)]
        ),
        f"# {facts.notation} <small>{plain(title)}</small>",
        _badges(facts),
        _neighbors(page, coded_pages, relations, facts.iri),
        _drawn(knowledge_data, facts.notation, [_span(period) for period in facts.periods]),
        answers(_answers(page, coded_pages, relations, facts, above)),
        _reached(relations, facts, above),
        *_notes(page, coded_pages, relations, facts, above),
        *_choices(page, coded_pages, relations, facts),
        *_common(page, knowledge_data, coded_pages, relations, iris, facts.notation),
    )
    return page


def _state(facts: CodeFacts) -> str:
    if not facts.periods:
        return "not billable"
    last = facts.periods[-1].last
    return f"expired {last}" if last else "billable"


def _badges(facts: CodeFacts) -> str:
    state = _state(facts)
    kind = "clean" if state == "billable" else "violation"
    words = {"not billable": "not billable: code to a more specific code"}
    return f"{badge(kind, words.get(state, state))} {badge('code', f'ICD-10-CM {facts.kind}')}"


def _neighbors(page: Page, coded_pages: CodedPages, relations: CodeRelations, iri: str) -> str:
    """The codes before and after it."""
    before, after = relations.neighbors(iri)
    parts = []
    if before is not None:
        parts.append(f"← {code_link(page, coded_pages, before)}")
    if after is not None:
        parts.append(f"{code_link(page, coded_pages, after)} →")
    return " · ".join(parts)


def _drawn(knowledge_data: KnowledgeData, notation: str, spans: Sequence[Span]) -> str:
    """Its validity as a strip; nothing for a code that is always valid or never."""
    if not spans:
        return ""
    told = f"{notation} is valid " + ", ".join(span.label for span in spans)
    return timeline(told, [("", spans)], knowledge_data.newest_day)


def _answers(
    page: Page,
    coded_pages: CodedPages,
    relations: CodeRelations,
    facts: CodeFacts,
    above: Sequence[CodeFacts],
) -> Iterable[tuple[str, str]]:
    if facts.periods:
        yield "Valid", ", ".join(map(_days, facts.periods))
    later = relations.successors(facts)
    if later:
        named = (f"{code_link(page, coded_pages, each.iri)} {plain(each.title)}" for each in later)
        yield "Replaced by", "<br>".join(named)
    undotted = facts.notation.replace(".", "")
    if undotted != facts.notation:
        yield "On electronic claims", code(undotted)
    if facts.terms:
        yield "Also for", "<br>".join(plain(term) for term in facts.terms)
    for place in (facts, *above):
        if place.seventh:
            characters = "<br>".join(map(plain, _CHARACTERS.split(place.seventh)))
            yield "Seventh character", f"{characters}<br>(defined at {place.kind} {place.notation})"
            break
    if facts.flags:
        told = (f"{plain(flag)}: {_days(period)}" for flag, period in facts.flags)
        yield "In code editors", "<br>".join(told)


def _span(period: Days) -> Span:
    last = date.fromisoformat(period.last) if period.last else None
    label = f"{period.first} to {period.last}" if period.last else f"from {period.first}"
    return Span(date.fromisoformat(period.first), last, label)


def _days(period: Days) -> str:
    span = _span(period)
    return days(span.first, span.last)


def _place(page: Page, coded_pages: CodedPages, place: CodeFacts) -> str:
    if place.kind in {"block", "chapter"}:
        name = place.notation if place.kind == "block" else f"chapter {place.notation}"
        words = f"{name} {place.title}".replace(f" ({place.notation})", "")
        return link(plain(words), page.to(f"{LOOK_UP}?code={name.replace(' ', '-')}"))
    return code_link(page, coded_pages, place.iri)


def _choices(
    page: Page, coded_pages: CodedPages, relations: CodeRelations, facts: CodeFacts
) -> Iterable[str]:
    """Codes below a heading; of a code that says unspecified those that say more; its siblings."""
    book = relations.codes
    siblings = [
        book.facts(iri)
        for up in facts.up
        if up in book.codes
        for iri in book.facts(up).down
        if iri != facts.iri
    ]
    if facts.down:
        below = [book.facts(iri) for iri in facts.down]
        yield f"## Codes below it ({len(below)})"
        yield _code_table(page, coded_pages, below)
    elif facts.unspecified:
        specific = [place for place in siblings if not place.unspecified]
        if specific:
            yield "## More specific choices"
            yield _code_table(page, coded_pages, specific)
        siblings = [place for place in siblings if place.unspecified]
    if siblings:
        name = f"Other codes of {book.facts(facts.up[0]).notation} ({len(siblings)})"
        yield folded(name, _code_table(page, coded_pages, siblings))


def _code_table(page: Page, coded_pages: CodedPages, places: Iterable[CodeFacts]) -> str:
    rows = [
        (
            code_link(page, coded_pages, place.iri),
            plain(place.title),
            ", ".join(map(_days, place.periods)) or "not billable",
        )
        for place in places
    ]
    return table(("Code", "Title", "Valid"), rows)


def _notes(
    page: Page,
    coded_pages: CodedPages,
    relations: CodeRelations,
    facts: CodeFacts,
    above: Sequence[CodeFacts],
) -> Iterable[str]:
    """The notes of each kind by where they come from: itself, what it is under, other codes."""
    own = _own_notes(facts, above)
    kinds = {note.kind for note, _ in own} | _TWO_SIDED
    for kind in sorted(kinds, key=lambda kind: (kind not in _KINDS, _KINDS.get(kind, 0), kind)):
        groups: dict[str, list[str]] = {}
        for note, place in own:
            if note.kind == kind and not _is_heading(note, own):
                source = "Its own" if place is facts else f"From {place.kind} {place.notation}"
                groups.setdefault(source, []).append(_note(page, coded_pages, relations, note))
        for note in relations.codes.notes_naming(facts.iri, kind):
            place = relations.codes.facts(note.holder)
            holder = _place(page, coded_pages, place)
            groups.setdefault("At other codes, naming it", []).append(
                f"{holder}: {_note(page, coded_pages, relations, note)}"
            )
        if groups:
            yield f"## {kind}"
            for source, lines in groups.items():
                if len(lines) > _FEW:
                    yield folded(f"{source} ({len(lines)})", bullets(lines), within=kind)
                else:
                    yield f"**{source}**"
                    yield bullets(lines)


def _own_notes(facts: CodeFacts, above: Sequence[CodeFacts]) -> list[tuple[NoteLine, CodeFacts]]:
    """The notes at a code and at what it is under, each with where it is."""
    return [(note, place) for place in (facts, *above) for note in place.notes]


def _reached(relations: CodeRelations, facts: CodeFacts, above: Sequence[CodeFacts]) -> str:
    """How many notes come to a code from itself, what it is under, and other codes."""
    own = _own_notes(facts, above)
    steps = [
        (
            place.notation
            if place.iri in relations.codes.codes
            else f"{place.kind} {place.notation}",
            Counter(note.kind for note in place.notes if not _is_heading(note, own)),
        )
        for place in (*reversed(above), facts)
    ]
    naming = {
        kind: sum(1 for _ in relations.codes.notes_naming(facts.iri, kind))
        for kind in {note.kind for note, _ in own} | _TWO_SIDED
    }
    return note_path(facts.notation, steps, +Counter(naming))


def _is_heading(note: NoteLine, own: Iterable[tuple[NoteLine, CodeFacts]]) -> bool:
    return any(other.heading == note.text and other.holder == note.holder for other, _ in own)


def _note(page: Page, coded_pages: CodedPages, relations: CodeRelations, note: NoteLine) -> str:
    """A note with its codes linked, and the releases that have it where not all do."""
    text = plain(f"{note.heading} {note.text}" if note.heading else note.text)

    def linked(found: re.Match[str]) -> str:
        if found[0] not in relations.codes.by_notation:
            return found[0]
        own = code_page(found[0]) if found[0] in coded_pages else None
        return link(found[0], page.to(own or f"{LOOK_UP}?code={found[0]}"))

    some = ""
    if len(note.releases) < relations.tabular_lists:
        some = f" ({', '.join(last_part(release)[:4] for release in note.releases)} only)"
    return _CODE.sub(linked, text) + some


def _procedure(
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    relations: CodeRelations,
    notation: str,
    iri: str,
) -> Page:
    page = Page(
        code_page(notation),
        f"{notation} CPT or HCPCS code",
        wide=True,
        description=f"{notation}: units (MUE), NCCI PTP edits, fee schedule indicators and rules.",
    )
    facts = knowledge_data.procedures.facts.get(notation, ProcedureFacts())
    spans = procedure_periods(facts)
    page.add(
        link("Codes", page.to(LOOK_UP)),
        f"# {notation} <small>CPT or HCPCS code</small>",
        _procedure_badges(spans),
        _neighbors(page, coded_pages, relations, iri),
        _drawn(knowledge_data, notation, spans),
        answers(procedure_answers(facts, spans)),
        "Descriptors of CPT codes belong to the American Medical Association and are not shown.",
        *_in_tables(facts),
        *_edits(page, coded_pages, relations, notation),
        *_common(page, knowledge_data, coded_pages, relations, [iri], notation),
    )
    return page


def _procedure_badges(spans: Sequence[Span]) -> str:
    kind = badge("code", "CPT or HCPCS code")
    if not spans:
        return kind
    last = spans[-1].last
    state = badge("violation", f"expired {last}") if last else badge("clean", "valid")
    return f"{state} {kind}"


def _edits(
    page: Page, coded_pages: CodedPages, relations: CodeRelations, notation: str
) -> Iterable[str]:
    pairs = [pair for pair in relations.pairs if notation in (pair.column_one, pair.column_two)]
    if not pairs:
        return
    headings = ("Column 1", "Column 2", "Modifier indicator", "Table", "Quarters")
    rows = [
        (
            code_link(page, coded_pages, HCPCS_NS + pair.column_one),
            code_link(page, coded_pages, HCPCS_NS + pair.column_two),
            pair.indicator,
            plain(pair.table),
            pair.quarters,
        )
        for pair in pairs
    ]
    yield folded(
        f"NCCI PTP edits with codes that have a page ({len(pairs)})",
        "Column 2 bundles into column 1 on one day. Indicator 1: a modifier is allowed; 0: none; "
        "9: the edit does not apply.",
        filterable("edits", table(headings, rows), choices=("Table",)),
    )


def _in_tables(facts: ProcedureFacts) -> Iterable[str]:
    """A table for each table that has rows of the code, its columns those that are not empty."""
    rows: dict[ProcedureTable, list[tuple[str, ...]]] = {}
    for listed, values in facts.rows:
        rows.setdefault(listed, []).append(values)
    for listed, held in rows.items():
        used = [n for n, _ in enumerate(listed.titles) if any(row[n] for row in held)]
        if not used:
            continue
        name, _, rest = listed.description.partition(": ")
        yield folded(
            name.rstrip("."),
            plain(rest[:1].upper() + rest[1:]),
            table(
                [plain(listed.titles[n]) for n in used],
                [tuple(plain(row[n]) for n in used) for row in held],
            ),
        )


def _common(
    page: Page,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    relations: CodeRelations,
    iris: Sequence[str],
    notation: str,
) -> Iterable[str]:
    touching = relations.rules(iris, notation)
    if touching:
        yield f"## Rules that apply ({len(touching)})"
        yield filterable(
            "rules",
            table(
                ("Rule", "What it finds", "Severity", "How it comes to the code"),
                [
                    (
                        link(rule.id, page.to(rule_page(rule.id))),
                        plain(rule.label),
                        badge(rule.severity.value, rule.severity.value),
                        plain(how),
                    )
                    for rule, how in touching
                ],
            ),
            choices=("Severity",),
        )
    every = link("rules for every claim", page.to("rules/index.md"))
    yield f"The {every} apply too: format, dates, duplicates."
    sets = relations.value_sets(iris)
    if sets:
        items = bullets(
            term_link(page, knowledge_data, coded_pages, SET_NS + name) for name in sets
        )
        yield folded(f"Value sets that hold it ({len(sets)})", items)
    rows = list(_rows(page, knowledge_data, coded_pages, iris))
    if rows:
        yield folded(f"Other tables that name it ({len(rows)})", bullets(rows))
    examples = relations.examples(notation)
    if examples:
        items = bullets(link(plain(name), page.to(example_page(name))) for name in examples)
        yield folded(f"Example claims with it ({len(examples)})", items)


def _rows(
    page: Page, knowledge_data: KnowledgeData, coded_pages: CodedPages, iris: Sequence[str]
) -> Iterable[str]:
    """What further tables say of a code, a row on each line."""
    graph = knowledge_data.ontology
    for iri in iris:
        for row in graph.rows_naming(iri):
            kinds = graph.iris(row, f"{RDF_NS}type")
            if _TOLD_APART in kinds or row.startswith((ICD_NS, HCPCS_NS)):
                continue
            parts = [
                f"{plain(graph.label(predicate))} "
                + (
                    term_link(page, knowledge_data, coded_pages, value.value)
                    if isinstance(value, ox.NamedNode)
                    else plain(str(value.value))
                )
                for predicate, value in graph.facts(ox.NamedNode(row))
                if predicate != f"{RDF_NS}type" and not isinstance(value, ox.BlankNode)
            ]
            yield "; ".join(parts)
