"""What a pack says of the shipped rules: adjustments and exemptions."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import URIRef
from rdflib.namespace import DCTERMS, RDF, SH

from claimshapes.catalog.markdown import badge, days, link, plain, table
from claimshapes.catalog.pack_links import INDEX, day_of, payer_links, rule_link
from claimshapes.catalog.pages import Page
from claimshapes.catalog.shown_pack import Pack
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import ADMS, CS, SCHEMA

ADJUSTMENTS = "adjustments/index.md"
_DATES = (SCHEMA.validFrom, SCHEMA.validThrough)


def adjusting(pack: Pack) -> Iterator[URIRef]:
    """The adjustments of a pack, then its exemptions."""
    for kind in (CS.Adjustment, CS.Exemption):
        for node in sorted(pack.graph.subjects(RDF.type, kind), key=str):
            if isinstance(node, URIRef):
                yield node


def adjustments_page(pack: Pack) -> Iterator[Page]:
    """Their page; none where the pack leaves the shipped rules as they are."""
    page = Page(ADJUSTMENTS, "Adjustments and exemptions")
    rows = []
    for node in adjusting(pack):
        about = pack.graph
        rules = [*about.objects(node, CS.adjusts), *about.objects(node, CS.exemptFrom)]
        payers = {
            str(each)
            for predicate in (CS.payer, CS.appliesToPayer)
            for each in about.objects(node, predicate)
        }
        first, last = (about.value(node, each) for each in _DATES)
        rows.append(
            (
                ", ".join(sorted(rule_link(pack, page, str(each)) for each in rules)),
                "; ".join(_adjusted(pack, node)),
                payer_links(pack, page, payers),
                days(day_of(first), day_of(last)),
                "; ".join(
                    plain(pack.document(each)) for each in about.objects(node, DCTERMS.source)
                ),
            )
        )
    if rows:
        head = ("Rule", "What changes", "For payers", "Dates of service", "Source")
        page.add(link("Rules", page.to(INDEX)), "# Adjustments and exemptions", table(head, rows))
        yield page


def _adjusted(pack: Pack, node: URIRef) -> Iterator[str]:
    graph = pack.graph
    exempt = (node, RDF.type, CS.Exemption) in graph
    if exempt or (node, ADMS.status, CS.deprecated) in graph:
        yield "switched off"
    for severity in graph.objects(node, SH.severity):
        name = last_part(str(severity)).lower()
        yield badge(name, name)
    for predicate, words in ((CS.inForceFrom, "from"), (CS.inForceThrough, "through")):
        for day in graph.objects(node, predicate):
            yield f"in force {words} {plain(str(day))}"
