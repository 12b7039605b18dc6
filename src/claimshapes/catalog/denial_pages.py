"""A page for every denial code: what it means, how often payers use it, and what prevents it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import badge, cards, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, denial_page, rule_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.catalog.rule_pages import remark_codes
from claimshapes.knowledge.ontology_graph import OntologyGraph, Subject
from claimshapes.rdf.vocabulary import (
    CARC_NS,
    CS_NS,
    DCTERMS_NS,
    GROUP_NS,
    RARC_NS,
    SKOS_NS,
)
from claimshapes.rules.rule import Rule

INDEX = "denials/index.md"
_SYSTEMS = {
    "carc": (CARC_NS, "claim adjustment reason code"),
    "rarc": (RARC_NS, "remittance advice remark code"),
}
_MOST = 12
_MOST_RULES = 8
_FEW_RULES = 6


def add_denials(files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData) -> None:
    """Adds the pages of denial codes and their index."""
    index = Page(INDEX, "Denial codes", wide=True)
    index.add(
        "# Denial codes",
        "A remittance says with a reason code (CARC), and often a remark code (RARC), why a line "
        "was not paid in full. A group code comes before the reason: CO-50 leaves the amount "
        "with the provider, PR-50 with the patient. The words here are ours.",
        *_by_area(index, rule_data),
    )
    for kind, (namespace, name) in _SYSTEMS.items():
        rows = []
        for iri in knowledge_data.ontology.having(f"{SKOS_NS}inScheme", namespace):
            number = iri.removeprefix(namespace)
            rules = _preventing(rule_data, kind, number)
            files.add_page(_denial(knowledge_data, kind, number, name, rules))
            rows.append(
                (
                    link(_shown(kind, number), index.to(denial_page(kind, number))),
                    plain(knowledge_data.ontology.label(iri)),
                    _some(index, kind, number, rules),
                )
            )
        rows.sort(key=lambda row: _order(row[0]))
        listed = table(("Code", "Meaning", "Prevented by"), rows)
        index.add(f"## {name.capitalize()}s", cards(listed))
    files.add_page(index)


def _some(index: Page, kind: str, number: str, rules: Sequence[Rule]) -> str:
    """The rules that prevent a denial; of many the first, and how many more its page has."""
    shown = rules if len(rules) <= _MOST_RULES else rules[:_FEW_RULES]
    named = [link(rule.id, index.to(rule_page(rule.id))) for rule in shown]
    if len(shown) < len(rules):
        more = f"{len(rules) - len(shown)} more"
        named.append(link(more, index.to(denial_page(kind, number))))
    return ", ".join(named)


def _by_area(index: Page, rule_data: RuleData) -> Iterable[str]:
    """How many rules of each area prevent each of the most frequent reason codes."""
    counts: Counter[tuple[str, str]] = Counter(
        (number, rule.file.relative_to(rule_data.shapes).parts[0])
        for rule in rule_data.book
        for number in rule.denial_codes
    )
    chosen = {rule.file.parent.name for rule in rule_data.book}
    totals: Counter[str] = Counter()
    for (number, _), count in counts.items():
        totals[number] += count
    areas = sorted({area for _, area in counts})
    most = max(counts.values())
    rows = []
    for number, _ in totals.most_common(_MOST):
        cells = [link(_shown("carc", number), index.to(denial_page("carc", number)))]
        for area in areas:
            count = counts[number, area]
            address = f"{index.to('rules/index.md')}?area={area}&denial=CARC+{number}"
            shown = link(str(count), address) if area in chosen else str(count)
            share = round(100 * count / most)
            cells.append(f'<span style="--share:{share}%">{shown}</span>' if count else "")
        rows.append(tuple(cells))
    yield "## Rules by area and denial"
    yield f'<div class="heat" markdown>\n\n{table(("Denial", *areas), rows)}\n\n</div>'


def _denial(
    knowledge_data: KnowledgeData, kind: str, number: str, name: str, rules: list[Rule]
) -> Page:
    namespace = _SYSTEMS[kind][0]
    meaning = knowledge_data.ontology.label(namespace + number)
    shown = _shown(kind, number)
    groups = []
    if kind == "carc":
        groups = knowledge_data.ontology.having(f"{SKOS_NS}inScheme", GROUP_NS)
    # As remittances write it, one of the group codes first.
    written = [f"{group.removeprefix(GROUP_NS)}-{number}" for group in groups]
    page = Page(
        denial_page(kind, number),
        f"{shown}: {meaning}",
        description=f"{shown}, {name}: {meaning}. Which rules find its cause before the claim "
        "is sent, and what to do.",
        words=" ".join(written),
    )
    page.add(
        link("Denial codes", page.to(INDEX)),
        f"# {shown} <small>{plain(meaning)}</small>",
        f"A {name}, in our words.",
    )
    if kind == "carc":
        page.add(f"On a remittance: {', '.join(written)}.")
    page.add(*_figures(knowledge_data.ontology, namespace + number))
    if not rules:
        page.add("No rule prevents it: the claim alone does not show what it is about.")
        return page
    rows = [
        (
            link(rule.id, page.to(rule_page(rule.id))),
            plain(rule.label),
            badge(rule.severity.value, rule.severity.value),
            plain(rule.remedy),
        )
        for rule in rules
    ]
    page.add(
        "## Rules that prevent it",
        cards(table(("Rule", "What it finds", "Severity", "What to do"), rows)),
    )
    return page


def _figures(graph: OntologyGraph, denial: str) -> Iterable[str]:
    """How often payers used it, where a source says so."""
    about = ox.NamedNode(f"{CS_NS}ofDenial")
    found = graph.store.quads_for_pattern(None, about, ox.NamedNode(denial))
    figures = [quad.subject for quad in found if isinstance(quad.subject, ox.BlankNode)]
    if figures:
        rows = sorted(_figure(graph, figure) for figure in figures)
        yield "## How often payers use it"
        yield cards(table(("Payer", "How often", "Period", "Source"), rows))


def _figure(graph: OntologyGraph, figure: Subject) -> tuple[str, ...]:
    def said(name: str, node: Subject = figure) -> str:
        return plain(graph.text(node, f"{CS_NS}{name}"))

    often = []
    if rank := said("denialRank"):
        often.append("most frequent reason" if rank == "1" else f"number {rank} by frequency")
    if count := said("denialCount"):
        often.append(f"{int(count):,} denials")
    if share := said("denialShare"):
        often.append(f"{share}% of the denials")
    sources = [
        plain(graph.text(document, f"{DCTERMS_NS}title")) + f", {said('edition', document)}"
        for source in graph.values(figure, f"{DCTERMS_NS}source")
        if isinstance(source, ox.BlankNode)
        for document in graph.values(source, f"{CS_NS}document")
        if isinstance(document, ox.NamedNode)
    ]
    return said("deniedBy"), "; ".join(often), said("countedIn"), "; ".join(sources)


def _preventing(rule_data: RuleData, kind: str, number: str) -> list[Rule]:
    if kind == "carc":
        return [rule for rule in rule_data.book if number in rule.denial_codes]
    return [rule for rule in rule_data.book if number in remark_codes(rule_data, rule)]


def _shown(kind: str, number: str) -> str:
    return f"{kind.upper()} {number}"


def _order(cell: str) -> tuple[bool, int, str]:
    shown = cell.partition("]")[0].rpartition(" ")[2]
    digits = "".join(character for character in shown if character.isdigit())
    return (not shown.isdigit(), int(digits or 0), cell)
