"""Pictures of how codes, rules and denials hang together, and the page of each topic's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from claimshapes.catalog.code_relations import BY_NAME, BY_TESTS, CodeRelations
from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import link, plain, table
from claimshapes.catalog.pages import (
    GeneratedFiles,
    Page,
    code_page,
    denial_page,
    rule_page,
    topic_page,
    value_set_page,
)
from claimshapes.catalog.relation_picture import Line, Node, picture
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.vocabulary import CARC_NS, HCPCS_NS, ICD_NS
from claimshapes.rules.code_lists import SET_NS
from claimshapes.rules.rule import Rule

_MOST = 14
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
_NAMED_IN_TABLES = "The tables of this page say the same."


def rule_picture(
    page: Page,
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    rule: Rule,
) -> str:
    """A rule between what it names and what it prevents; nothing where there is neither."""
    named = [
        *_sets(page, rule_data, knowledge_data, rule),
        *_codes(page, rule_data, knowledge_data, coded_pages, rule),
    ]
    shown = named[:_MOST]
    if len(named) > _MOST:
        shown.append(Node("more", f"{len(named) - _MOST} more", "listed below", "more"))
    denials = _denials(page, knowledge_data, [rule])
    lines = [
        Line(node.key, rule.id, "through" if node.kind == "set" else "direct") for node in shown
    ]
    lines += [Line(rule.id, node.key) for node in denials]
    columns = [("names", shown), ("rule", [_rule(page, rule, True)]), ("prevents", denials)]
    if not shown and not denials:
        return ""
    return picture(f"What {rule.id} names and prevents", _NAMED_IN_TABLES, columns, lines)


def add_topics(files: GeneratedFiles, root: Path, relations: CodeRelations) -> None:
    """Adds for each topic a page that shows its codes, the rules that name them, and denials."""
    for file in sorted((root / "docs" / "topics").glob("*.md")):
        text = file.read_text("utf-8")
        heading = _HEADING.search(text)
        title = heading.group(1) if heading else file.stem
        page = Page(topic_page(file.stem), f"{title}: relations")
        codes = [code for code in relations.coded_pages if f"/codes/{code}/index.md" in text]
        touching = {code: _touching(relations, code) for code in codes}
        # What touches every code says nothing of any.
        common = {
            rule.id
            for rule in relations.rule_data.book
            if all(_has(touching, c, rule) for c in codes)
        }
        rules = [
            rule
            for rule in relations.rule_data.book
            if rule.id not in common and any(_has(touching, code, rule) for code in codes)
        ]
        lines = [
            Line(code, rule.id, _kind(how))
            for code in codes
            for rule, how in touching[code]
            if rule.id not in common
        ]
        nodes = [
            Node(
                code,
                code,
                _title(relations.knowledge_data, relations.coded_pages, code),
                "code",
                _address(page, code_page(code)),
            )
            for code in codes
            if any(line.left == code for line in lines)
        ]
        page.add(
            link(plain(title), page.to(f"topics/{file.name}")),
            f"# {plain(title)} <small>codes, rules and denials</small>",
            "A line from a code to a rule says that the rule names the code (drawn through) or a "
            "value set that holds it (dashed); one from a rule to a denial, that it prevents it. "
            "Point at something, or reach it with the keyboard, and its lines stand out. Rules "
            "that check whole tables of codes, such as those on dates, name none and are not here.",
            picture(
                title,
                "The table below says the same.",
                [
                    ("codes", nodes),
                    ("rules", [_rule(page, rule, False) for rule in rules]),
                    ("denials", _denials(page, relations.knowledge_data, rules)),
                ],
                lines + _prevented(rules),
            ),
            "## The same in words",
            table(
                ("Code", "Title", "Rules that name it, or a value set with it"),
                [
                    (
                        link(code, page.to(code_page(code))),
                        plain(_title(relations.knowledge_data, relations.coded_pages, code)),
                        ", ".join(
                            link(rule.id, page.to(rule_page(rule.id))) for rule, _ in touching[code]
                        ),
                    )
                    for code in codes
                    if touching[code]
                ],
            ),
        )
        files.add_page(page)


def _touching(relations: CodeRelations, code: str) -> list[tuple[Rule, str]]:
    iri = relations.coded_pages[code]
    above = relations.codes.above(iri) if iri.startswith(ICD_NS) else ()
    return [
        (rule, how)
        for rule, how in relations.rules([iri, *(place.iri for place in above)], code)
        if how != BY_TESTS
    ]


def _has(touching: dict[str, list[tuple[Rule, str]]], code: str, rule: Rule) -> bool:
    return any(other.id == rule.id for other, _ in touching[code])


def _title(knowledge_data: KnowledgeData, coded_pages: CodedPages, code: str) -> str:
    return knowledge_data.title(coded_pages[code]) or "procedure code"


def _sets(
    page: Page, rule_data: RuleData, knowledge_data: KnowledgeData, rule: Rule
) -> Iterable[Node]:
    for name in rule_data.value_sets_of(rule):
        says = f"value set, {knowledge_data.ontology.label(SET_NS + name)}"
        yield Node(name, name, says, "set", _address(page, value_set_page(name)))


def _codes(
    page: Page,
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    rule: Rule,
) -> Iterable[Node]:
    for iri in sorted(rule_data.mentioned[rule.id]):
        code = last_part(iri)
        if iri.startswith((ICD_NS, HCPCS_NS)) and code in coded_pages:
            yield Node(
                code,
                code,
                _title(knowledge_data, coded_pages, code),
                "code",
                _address(page, code_page(code)),
            )


def _rule(page: Page, rule: Rule, chosen: bool) -> Node:
    href = None if chosen else _address(page, rule_page(rule.id))
    return Node(rule.id, rule.id, rule.label, rule.severity.value, href, chosen)


def _denials(page: Page, knowledge_data: KnowledgeData, rules: Iterable[Rule]) -> list[Node]:
    numbers = sorted({number for rule in rules for number in rule.denial_codes}, key=_order)
    return [
        Node(
            f"CARC {number}",
            f"CARC {number}",
            knowledge_data.ontology.label(CARC_NS + number),
            "denial",
            _address(page, denial_page("carc", number)),
        )
        for number in numbers
    ]


def _prevented(rules: Iterable[Rule]) -> list[Line]:
    return [Line(rule.id, f"CARC {number}") for rule in rules for number in rule.denial_codes]


def _order(number: str) -> tuple[int, str]:
    return (int(number) if number.isdigit() else 0, number)


def _kind(how: str) -> str:
    return {BY_NAME: "direct", BY_TESTS: "tested"}.get(how, "through")


def _address(page: Page, target: str) -> str:
    """A page's address from another page: both are folders once they are rendered."""
    return page.to(target).removesuffix("index.md")
