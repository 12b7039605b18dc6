"""The page of a pack's payer: its terms, and the rules for its claims."""

from __future__ import annotations

from rdflib import URIRef

from claimshapes.catalog.markdown import badge, code, days, filterable, link, plain, table
from claimshapes.catalog.pack_links import INDEX, payer_link, rule_link
from claimshapes.catalog.pages import Page, payer_page
from claimshapes.catalog.payer_pages import terms_of
from claimshapes.catalog.shown_pack import Pack
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.knowledge.payers import with_broader


def pack_payer_page(pack: Pack, payer: str) -> Page:
    """The page of a payer that the pack speaks of."""
    name = pack.ontology.label(payer)
    page = Page(payer_page(last_part(payer)), name)
    above = with_broader(last_part(payer))
    page.add(
        link("Rules", page.to(INDEX)),
        f"# {plain(name)}",
        f"On a claim: {code(last_part(payer))}.",
    )
    broader = sorted(above - {payer})
    if broader:
        page.add(f"Belongs to: {', '.join(payer_link(pack, page, each) for each in broader)}.")
    terms = [
        (term.matter, term.says, term.held, term.source)
        for term in terms_of(pack.ontology, payer, lambda iri: pack.document(URIRef(iri)))
    ]
    if terms:
        page.add(
            "## Its terms",
            "What it does not decide itself is decided by the nearest broader payer.",
            table(("Matter", "What holds", "Dates of service", "Source"), sorted(terms)),
        )
    rows = []
    for rule in pack.book.select(above, "professional") + tuple(
        rule
        for rule in pack.book.select(above, "institutional")
        if rule.claim_types and not rule.applies_to(above, "professional")
    ):
        changes = [
            f"{badge(each.severity.value, each.severity.value)} "
            f"{days(each.valid_from, each.valid_through)}"
            for each in rule.adjustments
            if each.severity is not None
        ]
        changes += [
            f"not in force {days(each.valid_from, each.valid_through)}" for each in rule.exemptions
        ]
        rows.append(
            (
                rule_link(pack, page, rule.iri),
                plain(rule.label),
                badge(rule.severity.value, rule.severity.value),
                "its own" if payer in rule.payers else "inherited" if rule.payers else "general",
                days(rule.valid_from, rule.valid_through),
                "; ".join(changes),
            )
        )
    head = ("Rule", "What it finds", "Severity", "Whose", "Dates of service", "Adjusted")
    page.add(
        "## Rules for its claims",
        filterable("rules", table(head, rows), choices=("Severity", "Whose")),
    )
    return page
