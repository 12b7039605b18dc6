"""The pages of a pack: the first one, its rules, payers, lists, adjustments and sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rdflib import URIRef
from rdflib.namespace import DCTERMS, RDF, SH

from claimshapes.catalog.markdown import badge, bullets, code, days, filterable, link, plain, table
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
from claimshapes.catalog.pack_rule_page import pack_rule_page
from claimshapes.catalog.pages import Page, payer_page, rule_page
from claimshapes.catalog.payer_pages import terms_of
from claimshapes.catalog.shown_pack import Pack
from claimshapes.files import bounded_toml
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.knowledge.payers import with_broader
from claimshapes.rdf.namespaces import ADMS, CS, SCHEMA
from claimshapes.rdf.vocabulary import DOC_NS
from claimshapes.rules.code_lists import ListRow
from claimshapes.rules.pack import WAIVERS
from claimshapes.version import __version__

_ADJUSTMENTS = "adjustments/index.md"
_DATES = (SCHEMA.validFrom, SCHEMA.validThrough)
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
        yield _payer(pack, payer)
    for iri, rows in pack.lists.items():
        yield _list(pack, iri, rows)
    yield from _adjustments(pack)
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
    if any(_adjusting(pack)):
        yield link("Adjustments and exemptions of shipped rules", page.to(_ADJUSTMENTS))
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


def _payer(pack: Pack, payer: str) -> Page:
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


def _adjusting(pack: Pack) -> Iterator[URIRef]:
    """The adjustments of a pack, then its exemptions."""
    for kind in (CS.Adjustment, CS.Exemption):
        for node in sorted(pack.graph.subjects(RDF.type, kind), key=str):
            if isinstance(node, URIRef):
                yield node


def _adjustments(pack: Pack) -> Iterator[Page]:
    """Their page; none where the pack leaves the shipped rules as they are."""
    page = Page(_ADJUSTMENTS, "Adjustments and exemptions")
    rows = []
    for node in _adjusting(pack):
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
