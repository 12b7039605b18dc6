"""Where rules, payers' terms and frequencies come from: each document, with what rests on it."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import badge, filterable, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, denial_page, payer_page, rule_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.ontology_graph import OntologyGraph, Term, last_part, term_text
from claimshapes.rdf.vocabulary import CS_NS, DCTERMS_NS, RDFS_NS
from claimshapes.rules.rule import Citation

INDEX = "sources/index.md"


def add_sources(files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData) -> None:
    """Adds the table of sources."""
    page = Page(INDEX, "Sources", wide=True)
    cited: dict[Citation, list[str]] = {}
    for rule in rule_data.book:
        for citation in rule.citations:
            cited.setdefault(citation, []).append(rule.id)
    strengths = sorted(knowledge_data.ontology.instances("SourceStrength"))
    meanings = [
        (
            badge(iri.removeprefix(CS_NS), iri.removeprefix(CS_NS)),
            "; ".join(
                plain(str(value.value))
                for predicate, value in knowledge_data.ontology.facts(ox.NamedNode(iri))
                if predicate == f"{RDFS_NS}comment"
            ),
            str(
                sum(
                    any(CS_NS + citation.strength == iri for citation in rule.citations)
                    for rule in rule_data.book
                )
            ),
        )
        for iri in strengths
    ]
    rows = []
    documents: dict[tuple[str, str], list[Citation]] = {}
    for citation in sorted(cited, key=lambda each: (each.title, each.section or "")):
        documents.setdefault((citation.title, citation.edition or ""), []).append(citation)
    terms = _cited_by_terms(page, knowledge_data) | _cited_by_figures(page, knowledge_data)
    for (title, edition), citations in sorted(documents.items()):
        document = citations[0].document or ""
        resting = [_resting(page, each, cited[each]) for each in citations]
        resting += sorted(terms.pop(document, ()))
        rows.append(
            (
                plain(title),
                plain(edition),
                " ".join(badge(each, each) for each in sorted({c.strength for c in citations})),
                "; ".join(dict.fromkeys(plain(c.seen_at) for c in citations if c.seen_at)),
                "; ".join(resting),
            )
        )
    graph = knowledge_data.ontology
    for document, citing in sorted(terms.items()):
        node = ox.NamedNode(document)
        strength = last_part(graph.text(node, f"{CS_NS}strength"))
        rows.append(
            (
                plain(graph.text(node, f"{DCTERMS_NS}title")),
                plain(graph.text(node, f"{CS_NS}edition")),
                badge(strength, strength),
                plain(graph.text(node, f"{CS_NS}seenAt")),
                "; ".join(sorted(citing)),
            )
        )
    page.add(
        "# Sources",
        table(("Strength", "Meaning", "Rules with such a source"), meanings),
        filterable(
            "documents",
            table(("Document", "Edition", "Strength", "Read at", "Cited by"), sorted(rows)),
            choices=("Strength",),
        ),
    )
    files.add_page(page)


def _resting(page: Page, citation: Citation, rules: list[str]) -> str:
    """The rules that rest on a section of a document."""
    named = ", ".join(link(rule, page.to(rule_page(rule))) for rule in rules)
    return f"{named} ({plain(citation.section)})" if citation.section else named


def _values(graph: OntologyGraph, subjects: Iterable[Term], predicate: str) -> list[Term]:
    return [
        value
        for subject in subjects
        if not isinstance(subject, ox.Literal)
        for value in graph.values(subject, predicate)
    ]


def _cited_by_terms(page: Page, knowledge_data: KnowledgeData) -> dict[str, set[str]]:
    """The payers whose terms rest on a document, by its IRI."""
    graph = knowledge_data.ontology
    found: dict[str, set[str]] = {}
    for payer in knowledge_data.payers():
        name = plain(knowledge_data.ontology.label(payer))
        said = f"terms of {link(name, page.to(payer_page(last_part(payer))))}"
        terms = graph.values(ox.NamedNode(payer), f"{CS_NS}term")
        sources = _values(graph, terms, f"{DCTERMS_NS}source")
        for source in sources:
            for document in _values(graph, [source], f"{CS_NS}document") or [source]:
                found.setdefault(term_text(document), set()).add(said)
    return found


def _cited_by_figures(page: Page, knowledge_data: KnowledgeData) -> dict[str, set[str]]:
    """The denial codes whose frequency a document tells, by its IRI."""
    graph = knowledge_data.ontology
    found: dict[str, set[str]] = {}
    for quad in graph.store.quads_for_pattern(None, ox.NamedNode(f"{CS_NS}ofDenial"), None):
        if not isinstance(quad.subject, ox.BlankNode) or not isinstance(quad.object, ox.NamedNode):
            continue
        number = last_part(quad.object.value)
        said = f"frequency of {link(f'CARC {number}', page.to(denial_page('carc', number)))}"
        for document in _values(
            graph, graph.values(quad.subject, f"{DCTERMS_NS}source"), f"{CS_NS}document"
        ):
            found.setdefault(term_text(document), set()).add(said)
    return found
