"""A page for every payer: what it asks for, and the rules for its claims."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple

import pyoxigraph as ox

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import (
    badge,
    bullets,
    cards,
    code,
    days,
    filterable,
    link,
    plain,
    table,
)
from claimshapes.catalog.pages import GeneratedFiles, Page, payer_page, rule_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.catalog.timeline import Span, timeline
from claimshapes.knowledge.ontology_graph import OntologyGraph, Term, last_part, term_text
from claimshapes.rdf.vocabulary import CS_NS, DCTERMS_NS, RDF_NS, RDFS_NS, SCHEMA_NS, SKOS_NS
from claimshapes.rules.rule import Citation

INDEX = "payers/index.md"
_TOLD_ELSEWHERE = frozenset(
    {
        f"{RDF_NS}type",
        f"{RDFS_NS}comment",
        f"{SKOS_NS}prefLabel",
        f"{SKOS_NS}broader",
        f"{CS_NS}x12",
        f"{CS_NS}fhirCoverage",
    }
)

_TERM = f"{CS_NS}term"
_DOCUMENT = f"{CS_NS}document"
_DATES = (f"{SCHEMA_NS}validFrom", f"{SCHEMA_NS}validThrough")


def add_payers(files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData) -> None:
    """Adds the payers' pages and their index."""
    index = Page(INDEX, "Payers")
    rows = []
    invented = knowledge_data.ontology.instances("FictitiousPayer")
    for iri in sorted(knowledge_data.payers(), key=lambda iri: iri in invented):
        identifier = last_part(iri)
        page = _payer(rule_data, knowledge_data, iri)
        files.add_page(page)
        own = [rule for rule in rule_data.book if iri in rule.payers]
        rows.append(
            (
                link(plain(knowledge_data.ontology.label(iri)), index.to(page.path)),
                f"`{identifier}`",
                f"{len(own)} {'rule' if len(own) == 1 else 'rules'}",
            )
        )
    index.add(
        "# Payers",
        "A claim names its payer by the id. Rules for a payer hold for every payer below it; "
        "rules that name no payer hold for all, known or not.",
        cards(table(("Payer", "Id on a claim", "Of its own"), rows)),
    )
    files.add_page(index)


def _payer(rule_data: RuleData, knowledge_data: KnowledgeData, iri: str) -> Page:
    graph = knowledge_data.ontology
    name = knowledge_data.ontology.label(iri)
    page = Page(
        payer_page(last_part(iri)),
        name,
        wide=True,
        description=f"{name}: what it asks for, by date of service, and the rules for its claims.",
    )
    above = knowledge_data.payers_above(iri)
    x12 = graph.text(ox.NamedNode(iri), f"{CS_NS}x12")
    in_837 = f"; in an 837, `{x12}`" if x12 else ""
    types = [
        code(term_text(value))
        for predicate, value in graph.facts(ox.NamedNode(iri))
        if predicate == f"{CS_NS}fhirCoverage"
    ]
    in_fhir = f"; in FHIR, the type of coverage {' or '.join(types)}" if types else ""
    page.add(
        link("Payers", page.to(INDEX)),
        f"# {plain(knowledge_data.ontology.label(iri))}",
        plain(graph.text(ox.NamedNode(iri), f"{RDFS_NS}comment")),
        f"On a claim: `{last_part(iri)}`{in_837}{in_fhir}.",
    )
    relatives = [("Belongs to", sorted(above - {iri}))]
    relatives.append(("Includes", graph.having(f"{SKOS_NS}broader", iri)))
    for name, payers in relatives:
        if payers:
            linked = ", ".join(
                link(
                    plain(knowledge_data.ontology.label(other)),
                    page.to(payer_page(last_part(other))),
                )
                for other in payers
            )
            page.add(f"{name}: {linked}.")
    wishes = [item for payer in sorted(above) for item in _wishes(knowledge_data, payer)]
    terms = sorted(
        (term for payer in above for term in _terms(knowledge_data, payer, page)),
        key=lambda found: (found[0].matter, found[0].first or date.min, found[0].says),
    )
    if wishes or terms:
        page.add("## What it asks for")
    if wishes:
        page.add(bullets(wishes))
    if terms:
        page.add(
            "Of terms on one matter, those of the nearest payer hold.",
            _drawn(knowledge_data, knowledge_data.ontology.label(iri), (term for term, _ in terms)),
            table(
                ("Matter", "What holds", "Dates of service", "Whose", "Source"),
                [(each.matter, each.says, each.held, whose, each.source) for each, whose in terms],
            ),
        )
    rules = [rule for rule in rule_data.book if not rule.payers or rule.payers & above]
    rows = [
        (
            link(rule.id, page.to(rule_page(rule.id))),
            plain(rule.label),
            badge(rule.severity.value, rule.severity.value),
            "its own" if iri in rule.payers else "inherited" if rule.payers else "general",
            days(rule.valid_from, rule.valid_through),
        )
        for rule in rules
    ]
    headings = ("Rule", "What it finds", "Severity", "Whose", "Dates of service")
    page.add(
        "## Rules for its claims",
        filterable("rules", table(headings, rows), choices=("Severity", "Whose")),
    )
    return page


def _terms(knowledge_data: KnowledgeData, payer: str, page: Page) -> list[tuple[PayerTerm, str]]:
    """A payer's terms, each with a link to whose it is."""
    graph = knowledge_data.ontology
    whose = link(plain(knowledge_data.ontology.label(payer)), page.to(payer_page(last_part(payer))))
    return [(term, whose) for term in terms_of(graph, payer, graph.label)]


def _drawn(knowledge_data: KnowledgeData, name: str, terms: Iterable[PayerTerm]) -> str:
    """The terms with a date as a strip for each matter; nothing where none has one."""
    begin = knowledge_data.oldest_day
    rows: dict[str, list[Span]] = {}
    for term in terms:
        if term.first or term.last:
            first = max(term.first or begin, begin)
            until = f"to {term.last}" if term.last else "on"
            words = f"{term.says}: from {term.first or 'any day'} {until}".replace("\\", "")
            within = term.value.replace("\\", "")
            rows.setdefault(term.matter, []).append(Span(first, term.last, words, within))
    return timeline(f"When terms of {name} hold", list(rows.items()), knowledge_data.newest_day)


class PayerTerm(NamedTuple):
    """What a payer decides on a matter, in Markdown, and the days of service that it is for.

    ``value`` is what ``says`` says apart from the kind of decision, where there is more.
    """

    matter: str
    says: str
    value: str
    first: date | None
    last: date | None
    source: str

    @property
    def held(self) -> str:
        """Its days, in words."""
        return days(self.first, self.last)


def terms_of(graph: OntologyGraph, payer: str, named: Callable[[str], str]) -> Iterator[PayerTerm]:
    """A payer's terms.

    Args:
        graph: the ontology.
        payer: its IRI.
        named: the words for a source that has an IRI.
    """
    for predicate, term in graph.facts(ox.NamedNode(payer)):
        if predicate != _TERM or isinstance(term, ox.Literal):
            continue
        matters: list[str] = []
        kinds: list[str] = []
        says: list[str] = []
        dates: dict[str, date] = {}
        sources: list[str] = []
        for name, value in graph.facts(term):
            if name == f"{CS_NS}decides":
                matters.append(_value(graph, value))
            elif name == f"{RDF_NS}type":
                kinds.append(_value(graph, value))
            elif name in _DATES:
                dates[name] = date.fromisoformat(term_text(value))
            elif name != f"{DCTERMS_NS}source":
                says += _held(graph, name, value)
            elif isinstance(value, ox.Literal):
                sources.append(plain(value.value))
            else:
                sources.append(_citation(graph, value, named))
        first, last = (dates.get(each) for each in _DATES)
        held = "; ".join(says or kinds)
        told = "; ".join([*kinds, *says])
        yield PayerTerm(", ".join(matters), told, held, first, last, "; ".join(sources))


def _held(graph: OntologyGraph, name: str, value: Term) -> list[str]:
    """A property of a term in words; nothing of a condition that does not hold."""
    label, said = plain(graph.label(name)), _value(graph, value)
    condition = label.removeprefix("true where ")
    if condition != label:
        return [condition] if said == "yes" else []
    if isinstance(value, ox.NamedNode):
        return [said]
    return [f"{label}: {said}"]


def _citation(
    graph: OntologyGraph, node: ox.NamedNode | ox.BlankNode, named: Callable[[str], str]
) -> str:
    """A citation in the words of a rule's."""
    facts = graph.facts(node)
    for document in graph.values(node, _DOCUMENT) or [node]:
        if isinstance(document, ox.NamedNode):
            described = graph.facts(document)
            if not described:
                # One that only the pack knows.
                described = [(f"{DCTERMS_NS}title", ox.Literal(named(document.value)))]
            facts = [*described, *facts]
    texts = {name: plain(term_text(value)) for name, value in facts}
    seen = texts.get(f"{CS_NS}seenAt")
    citation = Citation(
        title=texts.get(f"{DCTERMS_NS}title", ""),
        section=texts.get(f"{CS_NS}section"),
        edition=texts.get(f"{CS_NS}edition"),
        # An address may be broken behind a slash, so that it does not widen the table.
        seen_at=seen.replace("/", "/<wbr>") if seen else None,
        strength=texts.get(f"{CS_NS}strength", ""),
    )
    return citation.with_copy


def _wishes(knowledge_data: KnowledgeData, payer: str) -> list[str]:
    graph = knowledge_data.ontology
    return [
        f"{plain(graph.label(predicate))}: {_value(graph, value)}"
        for predicate, value in graph.facts(ox.NamedNode(payer))
        if predicate not in _TOLD_ELSEWHERE and predicate != _TERM
    ]


def _value(graph: OntologyGraph, value: Term) -> str:
    if isinstance(value, ox.Literal):
        whole_days = re.fullmatch(r"P(\d+)D", term_text(value))
        if whole_days:
            return f"{whole_days.group(1)} days"
        words = {"true": "yes", "false": "no"}
        return plain(words.get(term_text(value), term_text(value)))
    if isinstance(value, ox.NamedNode):
        return plain(graph.label(value.value))
    inner = graph.facts(value)
    kinds = [plain(graph.label(term_text(v))) for p, v in inner if p == f"{RDF_NS}type"]
    rest = [f"{plain(graph.label(p))} {_value(graph, v)}" for p, v in inner if p != f"{RDF_NS}type"]
    return "; ".join([*kinds, *rest])
