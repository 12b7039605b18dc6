"""The page of a diagnosis: its days, answers, notes, choices, and what names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from claimshapes.catalog.code_page_parts import neighbors, validity_strip, what_names_it
from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.diagnosis_notes import how_notes_reach, notes_by_kind
from claimshapes.catalog.links import LOOK_UP, code_link, place_link
from claimshapes.catalog.markdown import answers, badge, code, days, folded, link, plain, table
from claimshapes.catalog.pages import Page, code_page
from claimshapes.catalog.timeline import Span
from claimshapes.explain.code_entry import seventh_characters
from claimshapes.explain.code_facts import CodeFacts, Days


def diagnosis_page(
    relations: CodeRelations,
    facts: CodeFacts,
) -> Page:
    """The page of a code of ICD-10-CM."""
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
            + [place_link(page, relations.coded_pages, place) for place in reversed(above)]
        ),
        f"# {facts.notation} <small>{plain(title)}</small>",
        _badges(facts),
        neighbors(page, relations, facts.iri),
        validity_strip(
            relations.knowledge_data, facts.notation, [_span(period) for period in facts.periods]
        ),
        answers(_answers(page, relations, facts, above)),
        how_notes_reach(relations, facts, above),
        *notes_by_kind(page, relations, facts, above),
        *_choices(page, relations, facts),
        *what_names_it(page, relations, iris, facts.notation),
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


def _answers(
    page: Page,
    relations: CodeRelations,
    facts: CodeFacts,
    above: Sequence[CodeFacts],
) -> Iterable[tuple[str, str]]:
    if facts.periods:
        yield "Valid", ", ".join(map(_days, facts.periods))
    later = relations.successors(facts)
    if later:
        named = (
            f"{code_link(page, relations.coded_pages, each.iri)} {plain(each.title)}"
            for each in later
        )
        yield "Replaced by", "<br>".join(named)
    undotted = facts.notation.replace(".", "")
    if undotted != facts.notation:
        yield "On electronic claims", code(undotted)
    if facts.terms:
        yield "Also for", "<br>".join(plain(term) for term in facts.terms)
    for place in (facts, *above):
        if place.seventh:
            characters = "<br>".join(map(plain, seventh_characters(place)))
            yield "Seventh character", f"{characters}<br>(defined at {place.kind} {place.notation})"
            break
    if facts.flags:
        told = (f"{plain(flag)}: {_days(period)}" for flag, period in facts.flags)
        yield "In code editors", "<br>".join(told)


def _span(period: Days) -> Span:
    last = date.fromisoformat(period.last) if period.last else None
    return Span(date.fromisoformat(period.first), last, str(period))


def _days(period: Days) -> str:
    span = _span(period)
    return days(span.first, span.last)


def _choices(page: Page, relations: CodeRelations, facts: CodeFacts) -> Iterable[str]:
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
        yield _code_table(page, relations.coded_pages, below)
    elif facts.unspecified:
        specific = [place for place in siblings if not place.unspecified]
        if specific:
            yield "## More specific choices"
            yield _code_table(page, relations.coded_pages, specific)
        siblings = [place for place in siblings if place.unspecified]
    if siblings:
        name = f"Other codes of {book.facts(facts.up[0]).notation} ({len(siblings)})"
        yield folded(name, _code_table(page, relations.coded_pages, siblings))


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
