"""The page of a procedure: its days, answers, tables, edits, and what names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from claimshapes.catalog.code_page_parts import neighbors, validity_strip, what_names_it
from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.links import LOOK_UP, code_link
from claimshapes.catalog.markdown import answers, badge, filterable, folded, link, plain, table
from claimshapes.catalog.pages import Page, code_page
from claimshapes.catalog.procedure_answers import procedure_answers, procedure_periods
from claimshapes.catalog.timeline import Span
from claimshapes.explain.procedure_facts import ProcedureFacts, ProcedureTable
from claimshapes.rdf.vocabulary import HCPCS_NS


def procedure_page(
    relations: CodeRelations,
    notation: str,
    iri: str,
) -> Page:
    """The page of a CPT or HCPCS code, without its descriptor."""
    page = Page(
        code_page(notation),
        f"{notation} CPT or HCPCS code",
        wide=True,
        description=f"{notation}: units (MUE), NCCI PTP edits, fee schedule indicators and rules.",
    )
    facts = relations.knowledge_data.procedures.facts.get(notation, ProcedureFacts())
    spans = procedure_periods(facts)
    page.add(
        link("Codes", page.to(LOOK_UP)),
        f"# {notation} <small>CPT or HCPCS code</small>",
        _badges(spans),
        neighbors(page, relations, iri),
        validity_strip(relations.knowledge_data, notation, spans),
        answers(procedure_answers(facts, spans)),
        "Descriptors of CPT codes belong to the American Medical Association and are not shown.",
        *_in_tables(facts),
        *_edits(page, relations, notation),
        *what_names_it(page, relations, [iri], notation),
    )
    return page


def _badges(spans: Sequence[Span]) -> str:
    kind = badge("code", "CPT or HCPCS code")
    if not spans:
        return kind
    last = spans[-1].last
    state = badge("violation", f"expired {last}") if last else badge("clean", "valid")
    return f"{state} {kind}"


def _edits(page: Page, relations: CodeRelations, notation: str) -> Iterable[str]:
    pairs = [pair for pair in relations.pairs if notation in (pair.column_one, pair.column_two)]
    if not pairs:
        return
    headings = ("Column 1", "Column 2", "Modifier indicator", "Table", "Quarters")
    rows = [
        (
            code_link(page, relations.coded_pages, HCPCS_NS + pair.column_one),
            code_link(page, relations.coded_pages, HCPCS_NS + pair.column_two),
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
