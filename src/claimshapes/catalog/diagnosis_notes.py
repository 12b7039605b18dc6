"""The notes on a diagnosis's page: its own, of what it is under, and of codes that name it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.links import LOOK_UP, place_link
from claimshapes.catalog.markdown import bullets, folded, link, plain
from claimshapes.catalog.note_path import note_path
from claimshapes.catalog.pages import Page, code_page
from claimshapes.explain.code_facts import CodeFacts, NoteLine
from claimshapes.knowledge.ontology_graph import last_part

_CODE = re.compile(r"\b[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?\b")
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


def notes_by_kind(
    page: Page,
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
                groups.setdefault(source, []).append(_note(page, relations, note))
        for note in relations.codes.notes_naming(facts.iri, kind):
            place = relations.codes.facts(note.holder)
            holder = place_link(page, relations.coded_pages, place)
            groups.setdefault("At other codes, naming it", []).append(
                f"{holder}: {_note(page, relations, note)}"
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


def how_notes_reach(relations: CodeRelations, facts: CodeFacts, above: Sequence[CodeFacts]) -> str:
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


def _note(page: Page, relations: CodeRelations, note: NoteLine) -> str:
    """A note with its codes linked, and the releases that have it where not all do."""
    text = plain(f"{note.heading} {note.text}" if note.heading else note.text)

    def linked(found: re.Match[str]) -> str:
        if found[0] not in relations.codes.by_notation:
            return found[0]
        own = code_page(found[0]) if found[0] in relations.coded_pages else None
        return link(found[0], page.to(own or f"{LOOK_UP}?code={found[0]}"))

    some = ""
    if len(note.releases) < relations.tabular_lists:
        some = f" ({', '.join(last_part(release)[:4] for release in note.releases)} only)"
    return _CODE.sub(linked, text) + some
