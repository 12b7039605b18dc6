"""Links between the pages of a pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from claimshapes.catalog.markdown import code, link, plain
from claimshapes.catalog.pages import Page, payer_page, rule_page, value_set_page
from claimshapes.catalog.shown_pack import Pack
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import DOC_NS
from claimshapes.rules.code_lists import LIST_NS, SET_NS

INDEX = "index.md"


def payer_links(pack: Pack, page: Page, payers: Iterable[str]) -> str:
    """Payers in words, linked where the pack speaks of them."""
    return ", ".join(payer_link(pack, page, each) for each in sorted(payers)) or "all"


def payer_link(pack: Pack, page: Page, payer: str) -> str:
    """A payer, linked where the pack speaks of it."""
    name = plain(pack.ontology.label(payer))
    return link(name, page.to(payer_page(last_part(payer)))) if payer in pack.payers else name


def rule_link(pack: Pack, page: Page, iri: str) -> str:
    """A rule, linked where it is one of the pack."""
    own = any(rule.iri == iri for rule in pack.rules)
    name = last_part(iri)
    return link(name, page.to(rule_page(name))) if own else code(name)


def naming_rules(pack: Pack, page: Page, iri: str) -> str:
    """The rules of the pack whose form names a list or value set, linked."""
    return ", ".join(
        link(rule.id, page.to(rule_page(rule.id)))
        for rule in pack.rules
        if (form := pack.book.forms.get(rule.iri)) is not None
        and any(str(value) == iri for values in form.values.values() for value in values)
    )


def list_page(iri: str) -> str:
    """The page of a list or value set."""
    if iri.startswith(LIST_NS):
        return f"lists/{iri.removeprefix(LIST_NS)}/index.md"
    return value_set_page(iri.removeprefix(SET_NS))


def short_name(iri: str) -> str:
    """A list, value set or element as rules name it."""
    for prefix, namespace in (("list", LIST_NS), ("set", SET_NS), ("doc", DOC_NS)):
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return last_part(iri)


def day_of(said: object) -> date | None:
    """A day as a graph or a list has it."""
    return None if said is None else date.fromisoformat(str(said))
