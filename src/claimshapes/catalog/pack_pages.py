"""The pages of a pack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rdflib import URIRef

from claimshapes.catalog.markdown import badge, bullets, code, days, filterable, link, plain, table
from claimshapes.catalog.pack_adjustments import ADJUSTMENTS, adjusting, adjustments_page
from claimshapes.catalog.pack_links import (
    INDEX,
    day_of,
    list_page,
    naming_rules,
    payer_link,
    payer_links,
    rule_link,
    short_name,
)
from claimshapes.catalog.pack_payer_page import pack_payer_page
from claimshapes.catalog.pack_rule_page import pack_rule_page
from claimshapes.catalog.pages import Page, rule_page
from claimshapes.catalog.shown_pack import Pack
from claimshapes.files import bounded_toml
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import DOC_NS
from claimshapes.rules.code_lists import ListRow
from claimshapes.rules.pack import WAIVERS
from claimshapes.version import __version__

_SOURCES = "sources/index.md"


def pack_pages(pack: Pack) -> Iterator[Page]:
    """Every page of a pack's site.

    Raises:
        RuleError: a file of the pack cannot be used.
    """
    yield _front(pack)
    for rule in pack.rules:
        yield pack_rule_page(pack, rule)
    for payer in pack.payers:
        yield pack_payer_page(pack, payer)
    for iri, rows in pack.lists.items():
        yield _list(pack, iri, rows)
    yield from adjustments_page(pack)
    yield from _sources(pack)


def _front(pack: Pack) -> Page:
    page = Page(INDEX, pack.name(), wide=True)
    page.add(
        f"# {plain(pack.name())}",
        f"{len(pack.rules)} rules with {sum(map(len, pack.tests.values()))} tests, to be used with"
        f" the rules of Claimshapes {plain(__version__)}.",
    )
    rows = [
        (
            link(rule.id, page.to(rule_page(rule.id))),
            plain(rule.label),
            badge(rule.severity.value, rule.severity.value),
            payer_links(pack, page, rule.payers),
            days(rule.valid_from, rule.valid_through),
            ", ".join(f"CARC {number}" for number in rule.denial_codes),
            str(len(pack.tests.get(rule.id, ()))),
        )
        for rule in pack.rules
    ]
    head = ("Rule", "What it finds", "Severity", "Payer", "Dates of service", "Prevents", "Tests")
    if rows:
        page.add("## Rules", filterable("rules", table(head, rows), choices=("Severity", "Payer")))
    if pack.payers:
        page.add("## Payers", bullets(payer_link(pack, page, each) for each in pack.payers))
    if pack.lists:
        named = [
            (
                link(plain(pack.label(URIRef(iri))), page.to(list_page(iri))),
                code(short_name(iri)),
                str(len(rows)),
                naming_rules(pack, page, iri),
            )
            for iri, rows in pack.lists.items()
        ]
        page.add("## Lists and value sets", table(("List", "In rules", "Rows", "Named by"), named))
    elements = sorted(
        {node for node in pack.graph.subjects() if str(node).startswith(DOC_NS)}, key=str
    )
    if elements:
        page.add(
            "## Documentation elements",
            table(
                ("Element", "In rules and claims"),
                [(plain(pack.label(node)), code(last_part(str(node)))) for node in elements],
            ),
        )
    page.add("## Further", bullets(_further(pack, page)))
    return page


def _further(pack: Pack, page: Page) -> Iterator[str]:
    if any(adjusting(pack)):
        yield link("Adjustments and exemptions of shipped rules", page.to(ADJUSTMENTS))
    yield link("Sources and waivers", page.to(_SOURCES))


def _list(pack: Pack, iri: str, rows: Sequence[ListRow]) -> Page:
    page = Page(list_page(iri), pack.label(URIRef(iri)))
    named = naming_rules(pack, page, iri)
    page.add(
        link("Rules", page.to(INDEX)),
        f"# {plain(pack.label(URIRef(iri)))}",
        f"In rules: {code(short_name(iri))}{f'; named by {named}' if named else ''}.",
        filterable(
            "rows",
            table(
                ("Code", "Dates of service", "Source"),
                [
                    (
                        code(row.code),
                        days(day_of(row.valid_from), day_of(row.valid_through)),
                        plain(row.source),
                    )
                    for row in rows
                ],
            ),
        ),
    )
    return page


def _sources(pack: Pack) -> Iterator[Page]:
    page = Page(_SOURCES, "Sources and waivers")
    cited: dict[str, list[str]] = {}
    for rule in pack.rules:
        for citation in rule.citations:
            cited.setdefault(citation.with_copy, []).append(rule.iri)
    page.add(
        link("Rules", page.to(INDEX)),
        "# Sources and waivers",
        table(
            ("Document", "Rules"),
            [
                (plain(said), ", ".join(rule_link(pack, page, each) for each in rules))
                for said, rules in sorted(cited.items())
            ],
        ),
    )
    for folder in pack.folders:
        file = folder / WAIVERS
        if file.is_file():
            waivers = bounded_toml.loads(file.read_text("utf-8")).get("waiver", [])
            rows = [
                tuple(plain(str(each.get(name, ""))) for name in ("rule", "until", "reason", "by"))
                for each in waivers
            ]
            page.add("## Waivers", table(("Rule", "Until", "Reason", "By"), rows))
    yield page
