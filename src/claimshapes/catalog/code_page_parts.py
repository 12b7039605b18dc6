"""What the pages of diagnoses and of procedures have alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import code_link, term_link
from claimshapes.catalog.markdown import badge, bullets, filterable, folded, link, plain, table
from claimshapes.catalog.pages import Page, example_page, rule_page
from claimshapes.catalog.timeline import Span, timeline
from claimshapes.rdf.vocabulary import CS_NS, HCPCS_NS, ICD_NS, RDF_NS
from claimshapes.rules.code_lists import SET_NS

_TOLD_APART = f"{CS_NS}Membership"


def neighbors(page: Page, relations: CodeRelations, iri: str) -> str:
    """The codes before and after it."""
    before, after = relations.neighbors(iri)
    parts = []
    if before is not None:
        parts.append(f"← {code_link(page, relations.coded_pages, before)}")
    if after is not None:
        parts.append(f"{code_link(page, relations.coded_pages, after)} →")
    return " · ".join(parts)


def validity_strip(knowledge_data: KnowledgeData, notation: str, spans: Sequence[Span]) -> str:
    """Its validity as a strip; nothing for a code that is always valid or never."""
    if not spans:
        return ""
    told = f"{notation} is valid " + ", ".join(span.label for span in spans)
    return timeline(told, [("", spans)], knowledge_data.newest_day)


def what_names_it(
    page: Page,
    relations: CodeRelations,
    iris: Sequence[str],
    notation: str,
) -> Iterable[str]:
    """The rules, value sets, further tables and example claims that come to a code or name it."""
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
            term_link(page, relations.knowledge_data, relations.coded_pages, SET_NS + name)
            for name in sets
        )
        yield folded(f"Value sets that hold it ({len(sets)})", items)
    rows = list(_rows(page, relations.knowledge_data, relations.coded_pages, iris))
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
