"""A page for every value set: its members with their days and sources, and who names it."""

from __future__ import annotations

from claimshapes.catalog import coverage_page
from claimshapes.catalog.links import code_link
from claimshapes.catalog.markdown import code, days, filterable, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, rule_page, value_set_page
from claimshapes.catalog.site_data import VALUE_SET_NS, Material
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import DOC_NS, ICD_NS

INDEX = "value-sets/index.md"


def add_value_sets(files: GeneratedFiles, material: Material) -> None:
    """Adds the value sets' pages and their index."""
    index = Page(INDEX, "Value sets")
    rows = []
    for iri in material.ontology.instances("ValueSet"):
        name = iri.removeprefix(VALUE_SET_NS)
        members = material.memberships.get(name, [])
        rules = material.rules_naming(iri)
        page = Page(value_set_page(name), material.ontology.label(iri))
        page.add(
            link("Value sets", page.to(INDEX)),
            f"# {plain(material.ontology.label(iri))}",
            f"In rules: {code(f'set:{name}')}.",
        )
        if rules:
            named = ", ".join(link(rule.id, page.to(rule_page(rule.id))) for rule in rules)
            page.add(f"Named by {named}.")
        for each in material.lists_in_part:
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
                            code_link(page, material, member.member),
                            _meaning(material, member.member),
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
                link(plain(material.ontology.label(iri)), index.to(page.path)),
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


def _meaning(material: Material, iri: str) -> str:
    if iri.startswith(ICD_NS):
        match = material.knowledge.match(last_part(iri))
        return plain(material.title(match.concept)) if match.concept else ""
    return plain(material.ontology.label(iri)) if iri.startswith(DOC_NS) else ""
