"""Where the rules come from: every citation, with how far it carries."""

from __future__ import annotations

import pyoxigraph as ox

from claimshapes.catalog.markdown import badge, filterable, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, rule_page
from claimshapes.catalog.site_data import Material
from claimshapes.rdf.vocabulary import CS_NS, RDFS_NS
from claimshapes.rules.rule_book import Citation

INDEX = "sources/index.md"


def add_sources(files: GeneratedFiles, material: Material) -> None:
    """Adds the table of sources."""
    page = Page(INDEX, "Sources", wide=True)
    cited: dict[Citation, list[str]] = {}
    for rule in material.book:
        for citation in rule.citations:
            cited.setdefault(citation, []).append(rule.id)
    strengths = sorted(material.ontology.instances("SourceStrength"))
    meanings = [
        (
            badge(iri.removeprefix(CS_NS), iri.removeprefix(CS_NS)),
            "; ".join(
                plain(str(value.value))
                for predicate, value in material.ontology.facts(ox.NamedNode(iri))
                if predicate == f"{RDFS_NS}comment"
            ),
            str(
                sum(
                    any(CS_NS + citation.strength == iri for citation in rule.citations)
                    for rule in material.book
                )
            ),
        )
        for iri in strengths
    ]
    rows = [
        (
            plain(citation.title),
            plain(citation.section or ""),
            plain(citation.edition or ""),
            badge(citation.strength, citation.strength),
            plain(citation.seen_at or ""),
            ", ".join(link(rule, page.to(rule_page(rule))) for rule in rules),
        )
        for citation, rules in sorted(
            cited.items(), key=lambda item: (item[0].title, item[0].section or "")
        )
    ]
    page.add(
        "# Sources",
        table(("Strength", "Meaning", "Rules with such a source"), meanings),
        filterable(
            "citations",
            table(("Document", "Section", "Edition", "Strength", "Read at", "Rules"), rows),
            choices=("Strength",),
        ),
    )
    files.add_page(page)
