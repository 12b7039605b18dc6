"""A page for every code that a rule, an example or the back-pain topic names."""

from __future__ import annotations

from claimshapes.catalog.code_relations import CodeRelations
from claimshapes.catalog.diagnosis_page import diagnosis_page
from claimshapes.catalog.pages import GeneratedFiles
from claimshapes.catalog.procedure_page import procedure_page
from claimshapes.rdf.vocabulary import HCPCS_NS


def add_code_pages(
    files: GeneratedFiles,
    relations: CodeRelations,
) -> None:
    """Adds the pages of codes."""
    for notation, iri in relations.coded_pages.items():
        if iri.startswith(HCPCS_NS):
            files.add_page(procedure_page(relations, notation, iri))
        else:
            files.add_page(diagnosis_page(relations, relations.codes.facts(iri)))
