"""Links to whatever an IRI of the project names."""

from __future__ import annotations

from claimshapes.catalog.coded_pages import PROCEDURE, CodedPages
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import code, link, plain
from claimshapes.catalog.pages import Page, code_page, payer_page, value_set_page
from claimshapes.explain.code_facts import CodeFacts
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CS_NS, DOC_NS, HCPCS_NS, ICD_NS, PAYER_NS
from claimshapes.rules.code_lists import SET_NS

LOOK_UP = "codes/index.md"
VOCABULARY = "ns/index.md"
CLAIM_FIELDS = "reference/generated/claim-fields.md"


def code_link(page: Page, coded_pages: CodedPages, iri: str) -> str:
    """A code, linked to its page or to the look-up, or its plain notation."""
    notation = last_part(iri)
    if iri.startswith((ICD_NS, HCPCS_NS)) and notation in coded_pages:
        return link(code(notation), page.to(code_page(notation)))
    if iri.startswith(ICD_NS) or (iri.startswith(HCPCS_NS) and PROCEDURE.fullmatch(notation)):
        return link(code(notation), page.to(f"{LOOK_UP}?code={notation}"))
    if iri.startswith(DOC_NS):
        return link(code(notation), page.to(f"{CLAIM_FIELDS}#{notation}"))
    return code(notation)


def place_link(page: Page, coded_pages: CodedPages, place: CodeFacts) -> str:
    """A code, block or chapter of ICD-10-CM, linked; the latter two with their titles."""
    if place.kind in {"block", "chapter"}:
        name = place.notation if place.kind == "block" else f"chapter {place.notation}"
        words = f"{name} {place.title}".replace(f" ({place.notation})", "")
        return link(plain(words), page.to(f"{LOOK_UP}?code={name.replace(' ', '-')}"))
    return code_link(page, coded_pages, place.iri)


def term_link(page: Page, knowledge_data: KnowledgeData, coded_pages: CodedPages, iri: str) -> str:
    """A link to whatever page tells of something."""
    if iri.startswith(CS_NS):
        return link(code(f"cs:{last_part(iri)}"), page.to(f"{VOCABULARY}#{last_part(iri)}"))
    if iri.startswith(PAYER_NS):
        name = plain(knowledge_data.ontology.label(iri))
        return link(name, page.to(payer_page(last_part(iri))))
    if iri.startswith(SET_NS) and iri in knowledge_data.ontology.instances("ValueSet"):
        name = plain(knowledge_data.ontology.label(iri))
        return link(name, page.to(value_set_page(last_part(iri))))
    return code_link(page, coded_pages, iri)
