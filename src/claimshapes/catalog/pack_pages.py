"""The pages of a pack: its rules, payers, lists, sets, adjustments, sources and waivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import rdflib
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SH, SKOS
from rdflib.term import Node

from claimshapes.authoring.rule_tests import RuleTest, tests_by_rule
from claimshapes.catalog.checked_claims import example_pair
from claimshapes.catalog.markdown import (
    answers,
    badge,
    bullets,
    code,
    days,
    fence,
    filterable,
    folded,
    link,
    plain,
    table,
)
from claimshapes.catalog.pages import Page, payer_page, rule_page, value_set_page
from claimshapes.catalog.payer_pages import terms_of
from claimshapes.catalog.rule_pages import (
    badges,
    example,
    history_of,
    scope_rows,
    sources,
    tests,
    whole_claims,
    why_and_fix,
)
from claimshapes.explain.rule_history import RuleHistory, read_history
from claimshapes.files import bounded_toml
from claimshapes.knowledge.denials import denial_texts
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.knowledge.ontology_graph import OntologyGraph, last_part
from claimshapes.knowledge.payers import with_broader
from claimshapes.rdf.namespaces import ADMS, CS, SCHEMA
from claimshapes.rdf.shape_files import read_graph
from claimshapes.rdf.vocabulary import DOC_NS, PAYER_NS
from claimshapes.rules.code_lists import LIST_NS, SET_NS, ListRow
from claimshapes.rules.pack import WAIVERS
from claimshapes.rules.rule import Rule
from claimshapes.rules.rule_book import RuleBook, load_rules, rule_files
from claimshapes.version import __version__

_INDEX = "index.md"
_ADJUSTMENTS = "adjustments/index.md"
_SOURCES = "sources/index.md"
_DATES = (SCHEMA.validFrom, SCHEMA.validThrough)


@dataclass
class Pack:
    """Packs that are shown together, read once.

    Attributes:
        folders: their folders.
    """

    folders: tuple[Path, ...]

    @cached_property
    def book(self) -> RuleBook:
        """Their rules and the shipped ones."""
        return load_rules([resource_directory("shapes"), *self.folders])

    @cached_property
    def graph(self) -> rdflib.Graph:
        """What their Turtle files say, tests left out."""
        return read_graph(rule_files(self.folders))

    @cached_property
    def ontology(self) -> OntologyGraph:
        """The ontology with what they add."""
        return OntologyGraph()

    @cached_property
    def tests(self) -> dict[str, list[RuleTest]]:
        """Their tests by the id of the rule."""
        return tests_by_rule(self.folders)

    @cached_property
    def rules(self) -> list[Rule]:
        """Their own rules."""
        return [rule for rule in self.book if self._folder_of(rule.file) is not None]

    @cached_property
    def payers(self) -> list[str]:
        """The payers that they speak of."""
        return sorted(
            {str(node) for node in self.graph.subjects() if str(node).startswith(PAYER_NS)}
        )

    @cached_property
    def lists(self) -> dict[str, list[ListRow]]:
        """Their lists and value sets by IRI."""
        return {
            iri: self.book.lists.rows(iri) or []
            for iri in self.book.lists.names()
            if self._folder_of(self.book.lists.files[iri]) is not None
        }

    @cached_property
    def _histories(self) -> dict[Path, RuleHistory]:
        """When the files of each folder changed."""
        return {folder: read_history(folder, ".") for folder in self.folders}

    def history(self, rule: Rule) -> RuleHistory:
        """The history of the folder of one of their rules."""
        return next(
            history
            for folder, history in self._histories.items()
            if rule.file.is_relative_to(folder)
        )

    def name(self) -> str:
        """What the site is called."""
        names = [self.ontology.label(payer) for payer in self.payers]
        return f"Rules of {', '.join(names)}" if names else f"Rules in {self.folders[0].name}"

    def label(self, node: Node) -> str:
        """The name of something, as its pack or the ontology says."""
        said = self.graph.value(node, SKOS.prefLabel) if not isinstance(node, Literal) else node
        return str(said) if said is not None else self.ontology.label(str(node))

    def document(self, node: Node) -> str:
        """A source in words."""
        parts = [self.book.graph.value(node, each) for each in (DCTERMS.title, CS.edition)]
        return ", ".join(str(each) for each in parts if each is not None)

    def _folder_of(self, file: Path) -> Path | None:
        return next((each for each in self.folders if file.is_relative_to(each)), None)


def pack_pages(pack: Pack) -> Iterator[Page]:
    """Every page of a pack's site.

    Raises:
        RuleError: a file of the pack cannot be used.
    """
    yield _front(pack)
    for rule in pack.rules:
        yield _rule(pack, rule)
    for payer in pack.payers:
        yield _payer(pack, payer)
    for iri, rows in pack.lists.items():
        yield _list(pack, iri, rows)
    yield from _adjustments(pack)
    yield from _sources(pack)


def _front(pack: Pack) -> Page:
    page = Page(_INDEX, pack.name(), wide=True)
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
            _payers(pack, page, rule.payers),
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
        page.add("## Payers", bullets(_payer_link(pack, page, each) for each in pack.payers))
    if pack.lists:
        named = [
            (
                link(plain(pack.label(URIRef(iri))), page.to(_list_page(iri))),
                code(_short(iri)),
                str(len(rows)),
                _naming(pack, page, iri),
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


def _rule(pack: Pack, rule: Rule) -> Page:
    page = Page(rule_page(rule.id), f"{rule.id} {rule.label}")
    own = pack.tests.get(rule.id, [])
    pair = example_pair(pack.book, rule, own)
    page.add(
        link("Rules", page.to(_INDEX)),
        f"# {rule.id} <small>{plain(rule.label)}</small>",
        badges(rule),
        plain(rule.description),
        answers([*why_and_fix(rule), *_about(pack, page, rule)]),
        *example(rule, pair),
        *_form(pack, page, rule),
        folded("Sources", sources(rule)),
        *tests(rule, own),
        *whole_claims(pair),
        folded("Shape", fence("turtle", rule.file.read_text("utf-8"))),
        folded("History", history_of(rule, pack.history(rule))),
    )
    return page


def _about(pack: Pack, page: Page, rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.denial_codes:
        yield "Prevents", _denials(rule)
    yield from scope_rows(rule, _payers(pack, page, rule.payers))
    for words, others in (
        ("Silent where it finds the same", rule.yields_to),
        ("In place of", rule.overrides),
        ("Replaced by", map(str, pack.graph.objects(URIRef(rule.iri), DCTERMS.isReplacedBy))),
    ):
        named = ", ".join(_rule_link(pack, page, other) for other in sorted(others))
        if named:
            yield words, named


def _form(pack: Pack, page: Page, rule: Rule) -> Iterator[str]:
    form = pack.book.forms.get(rule.iri)
    if form is None:
        return
    yield "## Form"
    yield f"{plain(form.family.label)}: {plain(form.family.says)}."
    yield table(
        ("Field", "Says", "Values"),
        [
            (
                code(f"cs:{parameter.name}"),
                plain(parameter.label),
                ", ".join(_value(pack, page, value) for value in form.values[parameter.name]),
            )
            for parameter in form.family.parameters
            if parameter.name in form.values
        ],
    )


def _value(pack: Pack, page: Page, value: Node) -> str:
    iri = str(value)
    if not isinstance(value, URIRef):
        return code(iri)
    if iri in pack.lists:
        return link(plain(_short(iri)), page.to(_list_page(iri)))
    return code(_short(iri))


def _denials(rule: Rule) -> str:
    texts = denial_texts()
    return "<br>".join(
        f"CARC {number}: {plain(texts.get(number, ''))}" for number in rule.denial_codes
    )


def _payer(pack: Pack, payer: str) -> Page:
    name = pack.ontology.label(payer)
    page = Page(payer_page(last_part(payer)), name)
    above = with_broader(last_part(payer))
    page.add(
        link("Rules", page.to(_INDEX)),
        f"# {plain(name)}",
        f"On a claim: {code(last_part(payer))}.",
    )
    broader = sorted(above - {payer})
    if broader:
        page.add(f"Belongs to: {', '.join(_payer_link(pack, page, each) for each in broader)}.")
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
                _rule_link(pack, page, rule.iri),
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


def _list(pack: Pack, iri: str, rows: Sequence[ListRow]) -> Page:
    page = Page(_list_page(iri), pack.label(URIRef(iri)))
    named = _naming(pack, page, iri)
    page.add(
        link("Rules", page.to(_INDEX)),
        f"# {plain(pack.label(URIRef(iri)))}",
        f"In rules: {code(_short(iri))}{f'; named by {named}' if named else ''}.",
        filterable(
            "rows",
            table(
                ("Code", "Dates of service", "Source"),
                [
                    (
                        code(row.code),
                        days(_day(row.valid_from), _day(row.valid_through)),
                        plain(row.source),
                    )
                    for row in rows
                ],
            ),
        ),
    )
    return page


def _adjusting(pack: Pack) -> Iterator[URIRef]:
    for kind in (CS.Adjustment, CS.Exemption):
        for node in sorted(pack.graph.subjects(RDF.type, kind), key=str):
            if isinstance(node, URIRef):
                yield node


def _adjustments(pack: Pack) -> Iterator[Page]:
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
                ", ".join(sorted(_rule_link(pack, page, str(each)) for each in rules)),
                "; ".join(_adjusted(pack, node)),
                _payers(pack, page, payers),
                days(_day(first), _day(last)),
                "; ".join(
                    plain(pack.document(each)) for each in about.objects(node, DCTERMS.source)
                ),
            )
        )
    if rows:
        head = ("Rule", "What changes", "For payers", "Dates of service", "Source")
        page.add(link("Rules", page.to(_INDEX)), "# Adjustments and exemptions", table(head, rows))
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


def _sources(pack: Pack) -> Iterator[Page]:
    page = Page(_SOURCES, "Sources and waivers")
    cited: dict[str, list[str]] = {}
    for rule in pack.rules:
        for citation in rule.citations:
            cited.setdefault(citation.with_copy, []).append(rule.iri)
    page.add(
        link("Rules", page.to(_INDEX)),
        "# Sources and waivers",
        table(
            ("Document", "Rules"),
            [
                (plain(said), ", ".join(_rule_link(pack, page, each) for each in rules))
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


def _payers(pack: Pack, page: Page, payers: Iterable[str]) -> str:
    return ", ".join(_payer_link(pack, page, each) for each in sorted(payers)) or "all"


def _payer_link(pack: Pack, page: Page, payer: str) -> str:
    name = plain(pack.ontology.label(payer))
    return link(name, page.to(payer_page(last_part(payer)))) if payer in pack.payers else name


def _rule_link(pack: Pack, page: Page, iri: str) -> str:
    own = any(rule.iri == iri for rule in pack.rules)
    name = last_part(iri)
    return link(name, page.to(rule_page(name))) if own else code(name)


def _naming(pack: Pack, page: Page, iri: str) -> str:
    return ", ".join(
        link(rule.id, page.to(rule_page(rule.id)))
        for rule in pack.rules
        if (form := pack.book.forms.get(rule.iri)) is not None
        and any(str(value) == iri for values in form.values.values() for value in values)
    )


def _list_page(iri: str) -> str:
    if iri.startswith(LIST_NS):
        return f"lists/{iri.removeprefix(LIST_NS)}/index.md"
    return value_set_page(iri.removeprefix(SET_NS))


def _short(iri: str) -> str:
    for prefix, namespace in (("list", LIST_NS), ("set", SET_NS), ("doc", DOC_NS)):
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return last_part(iri)


def _day(said: object) -> date | None:
    return None if said is None else date.fromisoformat(str(said))
