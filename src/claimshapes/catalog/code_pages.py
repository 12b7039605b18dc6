"""A page for every code that a rule, an example or the back-pain topic names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import pyoxigraph as ox

from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.coverage_page import newest_day
from claimshapes.catalog.links import code_link, term_link
from claimshapes.catalog.markdown import (
    badge,
    bullets,
    code,
    days,
    filterable,
    link,
    plain,
    table,
)
from claimshapes.catalog.pages import GeneratedFiles, Page, code_page, example_page, rule_page
from claimshapes.catalog.relation_pages import code_picture
from claimshapes.catalog.site_data import VALUE_SET_NS, Material
from claimshapes.catalog.timeline import Span, timeline
from claimshapes.explain.code_facts import CodeFacts, Days, NoteLine
from claimshapes.explain.procedure_facts import said
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CS_NS, HCPCS_NS, ICD_NS, RDF_NS

LOOK_UP = "codes/index.md"
_TOLD_APART = f"{CS_NS}Membership"


def add_code_pages(files: GeneratedFiles, material: Material, relations: CodeRelations) -> None:
    """Adds the pages of codes."""
    for notation, iri in material.coded_pages.items():
        if iri.startswith(HCPCS_NS):
            files.add_page(_procedure(material, relations, notation, iri))
        else:
            files.add_page(_diagnosis(material, relations, relations.codes.facts(iri)))


def _diagnosis(material: Material, relations: CodeRelations, facts: CodeFacts) -> Page:
    title = facts.title or "(no title loaded)"
    page = Page(code_page(facts.notation), f"{facts.notation} {title}")
    above = relations.codes.above(facts.iri)
    iris = [facts.iri, *(place.iri for place in above)]
    undotted = facts.notation.replace(".", "")
    page.add(
        link("Codes", page.to(LOOK_UP)),
        f"# {facts.notation} <small>{plain(title)}</small>",
        f"ICD-10-CM {facts.kind}"
        + (f", on electronic claims {code(undotted)}." if undotted != facts.notation else "."),
        _validity(material, facts),
        "Also for: " + "; ".join(plain(term) for term in facts.terms) + "." if facts.terms else "",
        "## Hierarchy",
        table(
            ("Level", "Code", "Title"),
            [(place.kind, _place(page, material, place), plain(place.title)) for place in above],
        )
        if above
        else "",
        *_choices(page, material, relations, facts),
        *_notes(page, material, relations, facts, above),
        *_seventh(facts, above),
        *_common(page, material, relations, iris, facts.notation),
    )
    if facts.flags:
        page.add(
            "## What code editors hold it to be",
            bullets(f"{plain(flag)}: {_days(period)}" for flag, period in facts.flags),
        )
    return page


def _validity(material: Material, facts: CodeFacts) -> str:
    if not facts.periods:
        return "Not billable: code to a more specific code below it."
    end = newest_day(material)
    spans = [_span(period) for period in facts.periods]
    drawn = timeline(
        f"{facts.notation} is valid " + ", ".join(span.label for span in spans),
        [("", spans)],
        end,
    )
    return f"Valid {', '.join(map(_days, facts.periods))}.\n\n{drawn}"


def _span(period: Days) -> Span:
    last = date.fromisoformat(period.last) if period.last else None
    label = f"{period.first} to {period.last}" if period.last else f"from {period.first}"
    return Span(date.fromisoformat(period.first), last, label)


def _days(period: Days) -> str:
    span = _span(period)
    return days(span.first, span.last)


def _place(page: Page, material: Material, place: CodeFacts) -> str:
    if place.kind in {"block", "chapter"}:
        return plain(place.notation)
    return code_link(page, material, place.iri)


def _choices(
    page: Page, material: Material, relations: CodeRelations, facts: CodeFacts
) -> Iterable[str]:
    """Codes below a heading; beside a code that says unspecified, those that say more."""
    book = relations.codes
    if facts.down:
        offered, heading = [book.facts(iri) for iri in facts.down], "## Codes below it"
    elif facts.unspecified:
        beside = [
            book.facts(iri)
            for up in facts.up
            if up in book.codes
            for iri in book.facts(up).down
            if iri != facts.iri
        ]
        offered = [place for place in beside if not place.unspecified]
        heading = "## More specific choices"
    else:
        return
    rows = [
        (
            code_link(page, material, place.iri),
            plain(place.title),
            ", ".join(map(_days, place.periods)) or "heading",
        )
        for place in offered
    ]
    if rows:
        yield heading
        yield table(("Code", "Title", "Valid"), rows)


def _notes(
    page: Page,
    material: Material,
    relations: CodeRelations,
    facts: CodeFacts,
    above: Sequence[CodeFacts],
) -> Iterable[str]:
    own: list[tuple[NoteLine, CodeFacts]] = [
        (note, place) for place in (facts, *above) for note in place.notes
    ]
    kinds = sorted({note.kind for note, _ in own} | {"Excludes1", "Excludes2"})
    for kind in kinds:
        rows = [
            _note_row(page, material, note, place, "its own" if place is facts else "inherited")
            for note, place in own
            if note.kind == kind and not _is_heading(note, own)
        ]
        rows += [
            _note_row(page, material, note, relations.codes.facts(note.holder), "names this code")
            for note in relations.codes.notes_naming(facts.iri, kind)
        ]
        if rows:
            yield f"## {kind}"
            yield table(("Note", "Stands at", "Level", "How", "Tabular list of"), rows)


def _is_heading(note: NoteLine, own: Iterable[tuple[NoteLine, CodeFacts]]) -> bool:
    return any(other.heading == note.text and other.holder == note.holder for other, _ in own)


def _note_row(
    page: Page, material: Material, note: NoteLine, place: CodeFacts, how: str
) -> tuple[str, ...]:
    text = f"{note.heading} {note.text}" if note.heading else note.text
    return (
        plain(text),
        _place(page, material, place),
        place.kind,
        how,
        ", ".join(last_part(release)[:7] for release in note.releases),
    )


def _seventh(facts: CodeFacts, above: Sequence[CodeFacts]) -> Iterable[str]:
    for place in (facts, *above):
        if place.seventh:
            yield "## Seventh character"
            yield f"Defined at {place.kind} {place.notation}: {plain(place.seventh)}"
            return


def _procedure(material: Material, relations: CodeRelations, notation: str, iri: str) -> Page:
    page = Page(code_page(notation), f"{notation} procedure code")
    page.add(
        link("Codes", page.to(LOOK_UP)),
        f"# {notation} <small>CPT or HCPCS code</small>",
        "Descriptors of CPT codes belong to the American Medical Association and are not shown.",
    )
    page.add(*_in_tables(material, notation))
    page.add(*_common(page, material, relations, [iri], notation))
    pairs = [pair for pair in relations.pairs if notation in (pair.column_one, pair.column_two)]
    if pairs:
        headings = ("Paid", "Denied", "Modifier indicator", "Table", "Quarters")
        page.add(
            "## Correct coding edits",
            "With other services that have a page here: of the two on one day the first is paid; "
            "indicator 1 lets a modifier pay both, 0 never, 9 does not apply.",
            filterable(
                "edits",
                table(
                    headings,
                    [
                        (
                            code_link(page, material, HCPCS_NS + pair.column_one),
                            code_link(page, material, HCPCS_NS + pair.column_two),
                            pair.indicator,
                            plain(pair.table),
                            pair.quarters,
                        )
                        for pair in pairs
                    ],
                ),
                choices=("Table",),
            ),
        )
    return page


def _in_tables(material: Material, notation: str) -> Iterable[str]:
    facts = material.procedures.facts.get(notation)
    if facts is None:
        return
    yield "## What the tables say of it"
    lines: dict[str, list[str]] = {}
    for listed, values in facts.rows:
        lines.setdefault(listed.description, []).append(plain(said(listed, values)))
    rows = [(plain(description), "<br>".join(texts)) for description, texts in lines.items()]
    rows += [
        (
            plain(listed.description),
            f"paid rather than {first:,} other codes; denied beside {second:,}",
        )
        for listed, first, second in facts.pairs
    ]
    yield table(("Table", "What it says"), rows)


def _common(
    page: Page, material: Material, relations: CodeRelations, iris: Sequence[str], notation: str
) -> Iterable[str]:
    sets = relations.value_sets(iris)
    if sets:
        yield "## Value sets that hold it"
        yield bullets(term_link(page, material, VALUE_SET_NS + name) for name in sets)
    yield from _rows(page, material, iris)
    touching = relations.rules(iris, notation)
    if touching:
        yield "## Rules that touch it"
        yield code_picture(page, material, relations, iris, notation)
        yield table(
            ("Rule", "What it finds", "Severity", "How"),
            [
                (
                    link(rule.id, page.to(rule_page(rule.id))),
                    plain(rule.label),
                    badge(rule.severity.value, rule.severity.value),
                    plain(how),
                )
                for rule, how in touching
            ],
        )
    examples = relations.examples(notation)
    if examples:
        yield "## Example claims with it"
        yield bullets(link(plain(name), page.to(example_page(name))) for name in examples)


def _rows(page: Page, material: Material, iris: Sequence[str]) -> Iterable[str]:
    """What further tables say of a code."""
    graph = material.ontology
    items = []
    for iri in iris:
        for row in graph.rows_naming(iri):
            kinds = graph.iris(row, f"{RDF_NS}type")
            if _TOLD_APART in kinds or row.startswith((ICD_NS, HCPCS_NS)):
                continue
            parts = [
                f"{plain(graph.label(predicate))} "
                + (
                    term_link(page, material, value.value)
                    if isinstance(value, ox.NamedNode)
                    else plain(str(value.value))
                )
                for predicate, value in graph.facts(ox.NamedNode(row))
                if predicate != f"{RDF_NS}type" and not isinstance(value, ox.BlankNode)
            ]
            items.append("; ".join(parts))
    if items:
        yield "## Other tables that name it"
        yield bullets(items)
