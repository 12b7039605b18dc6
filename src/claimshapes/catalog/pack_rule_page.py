"""The page of a pack's rule."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from claimshapes.catalog.checked_claims import example_pair
from claimshapes.catalog.markdown import answers, code, fence, folded, link, plain, table
from claimshapes.catalog.pack_links import INDEX, list_page, payer_links, rule_link, short_name
from claimshapes.catalog.pages import Page, rule_page
from claimshapes.catalog.rule_page_parts import (
    badges,
    example,
    history_of,
    scope_rows,
    sources,
    tests,
    whole_claims,
    why_and_fix,
)
from claimshapes.catalog.shown_pack import Pack
from claimshapes.knowledge.denials import denial_texts
from claimshapes.rules.rule import Rule


def pack_rule_page(pack: Pack, rule: Rule) -> Page:
    """The page of one of the pack's rules."""
    page = Page(rule_page(rule.id), f"{rule.id} {rule.label}")
    own = pack.tests.get(rule.id, [])
    pair = example_pair(pack.book, rule, own)
    page.add(
        link("Rules", page.to(INDEX)),
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
    yield from scope_rows(rule, payer_links(pack, page, rule.payers))
    for words, others in (
        ("Silent where it finds the same", rule.yields_to),
        ("In place of", rule.overrides),
        ("Replaced by", map(str, pack.graph.objects(URIRef(rule.iri), DCTERMS.isReplacedBy))),
    ):
        named = ", ".join(rule_link(pack, page, other) for other in sorted(others))
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
        return link(plain(short_name(iri)), page.to(list_page(iri)))
    return code(short_name(iri))


def _denials(rule: Rule) -> str:
    texts = denial_texts()
    return "<br>".join(
        f"CARC {number}: {plain(texts.get(number, ''))}" for number in rule.denial_codes
    )
