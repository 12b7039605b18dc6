"""A page for every value set: its members with their days and sources, and who names it."""

from __future__ import annotations

from claimshapes.catalog import coverage_page
from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import code_link
from claimshapes.catalog.markdown import code, days, filterable, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, rule_page, value_set_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import DOC_NS, ICD_NS
from claimshapes.rules.code_lists import SET_NS

INDEX = "value-sets/index.md"


def add_value_sets(
    files: GeneratedFiles,
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
) -> None:
    """Adds the value sets' pages and their index."""
    index = Page(INDEX, "Value sets")
    rows = []
    for iri in knowledge_data.ontology.instances("ValueSet"):
        name = iri.removeprefix(SET_NS)
        members = knowledge_data.memberships.get(name, [])
        rules = rule_data.rules_naming(iri)
        label = knowledge_data.ontology.label(iri)
        page = Page(
            value_set_page(name),
            label,
            description=f"Value set {name}: {label}. Its codes with their dates and sources, and "
            "the rules that name it.",
        )
        page.add(
            link("Value sets", page.to(INDEX)),
            f"# {plain(label)}",
            f"In rules: {code(f'set:{name}')}.",
        )
        if rules:
            named = ", ".join(link(rule.id, page.to(rule_page(rule.id))) for rule in rules)
            page.add(f"Named by {named}.")
        for each in knowledge_data.lists_in_part:
            if each.value_set == iri:
                known = link("Known in part", page.to(coverage_page.INDEX))
                page.add(f"{known} ({plain(each.label)}): {plain(each.loaded)}.")
        headings = ("Member", "Meaning", "Dates of service", "Source")
        page.add(
            "## Members",
            filterable(
                "members",
                table(
                    headings,
                    [
                        (
                            code_link(page, coded_pages, member.member),
                            _meaning(knowledge_data, member.member),
                            days(member.first, member.last),
                            plain(member.source),
                        )
                        for member in members
                    ],
                ),
            ),
        )
        files.add_page(page)
        rows.append(
            (
                link(plain(label), index.to(page.path)),
                code(name),
                str(len(members)),
                ", ".join(link(rule.id, index.to(rule_page(rule.id))) for rule in rules),
            )
        )
    index.add(
        "# Value sets",
        "Codes that rules name together. A member counts on the dates of service between its "
        "first and last day.",
        filterable("value sets", table(("Value set", "Id", "Members", "Named by"), rows)),
    )
    files.add_page(index)


def _meaning(knowledge_data: KnowledgeData, iri: str) -> str:
    if iri.startswith(ICD_NS):
        match = knowledge_data.knowledge.match(last_part(iri))
        return plain(knowledge_data.title(match.concept)) if match.concept else ""
    return plain(knowledge_data.ontology.label(iri)) if iri.startswith(DOC_NS) else ""
