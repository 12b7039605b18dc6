"""A page for every rule, and its twins in Turtle and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from rdflib import URIRef

from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.example_data import ExampleData
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import term_link
from claimshapes.catalog.markdown import answers, bullets, code, fence, folded, link, plain, table
from claimshapes.catalog.pages import (
    GeneratedFiles,
    Page,
    code_page,
    denial_page,
    example_page,
    payer_page,
    rule_page,
)
from claimshapes.catalog.playground_page import add_rule_claims, rule_playground
from claimshapes.catalog.relation_pages import rule_picture
from claimshapes.catalog.rule_data import RuleData
from claimshapes.catalog.rule_index import INDEX
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
from claimshapes.explain.rule_history import RuleHistory
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.vocabulary import CARC_NS, CS_NS, HCPCS_NS, ICD_NS, RARC_NS
from claimshapes.report.rule_page import whole_rule_object
from claimshapes.rules.code_lists import SET_NS
from claimshapes.rules.rule import Rule

_IN_BRACES = re.compile(r"\{\?\w+\}")


def add_rule(
    files: GeneratedFiles,
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    example_data: ExampleData,
    coded_pages: CodedPages,
    repository: str | None,
    rule: Rule,
    history: RuleHistory,
) -> None:
    """Adds a rule's page and its twins.

    What, why, the fix, for whom and an example come first; what few readers need is folded.
    """
    page = Page(
        rule_page(rule.id),
        f"{rule.id} {rule.label}",
        wide=True,
        description=f"{rule.id}: {rule.description}",
        words=f"{rule.description} {_IN_BRACES.sub(' ', rule.message)} {rule.remedy}",
    )
    pair = example_data.pair(rule)
    index, area = page.to(INDEX), rule.file.parent.name
    page.add(
        f"{link('Rules', index)} / {link(area, f'{index}?area={area}')}",
        f"# {rule.id} <small>{plain(rule.label)}</small>",
        badges(rule),
        f"{plain(rule.description)}",
        answers([*why_and_fix(rule), *_scope(page, rule_data, knowledge_data, rule)]),
        *example(rule, pair),
        rule_playground(page, rule),
        *_not_checked(rule_data, rule),
        folded("Sources", sources(rule)),
        *_named(page, rule_data, knowledge_data, coded_pages, rule),
        *_related(page, rule_data, rule),
        *tests(rule, rule_data.tests.get(rule.id, ())),
        folded("In the example claims", "\n\n".join(_how_often(page, example_data, rule))),
        *whole_claims(pair),
        folded(
            "Shape",
            *_own_query(rule_data, rule),
            fence("turtle", rule.file.read_text("utf-8")),
            _downloads(page, rule_data, repository, rule),
        ),
        *_waiver(knowledge_data, rule),
        folded("History", history_of(rule, history)),
    )
    files.add_page(page)
    folder = f"rules/{rule.id}/{rule.id}"
    files.add_file(f"{folder}.ttl", rule.file.read_text("utf-8"))
    twin = json.dumps(full_object(rule_data, rule), indent=2, ensure_ascii=False)
    files.add_file(f"{folder}.json", twin + "\n")
    add_rule_claims(files, rule, {"fails": pair.failing, "passes": pair.passing})


def full_object(rule_data: RuleData, rule: Rule) -> dict[str, object]:
    """Everything that a rule says of itself, and what it names."""
    return {
        **whole_rule_object(rule, rule_data.book),
        "names": sorted(rule_data.mentioned[rule.id]),
    }


def _scope(
    page: Page, rule_data: RuleData, knowledge_data: KnowledgeData, rule: Rule
) -> list[tuple[str, str]]:
    payers = ", ".join(
        link(plain(knowledge_data.ontology.label(iri)), page.to(payer_page(last_part(iri))))
        for iri in sorted(rule.payers)
    )
    rows = scope_rows(rule, payers or "all")
    denials = _denials(page, rule_data, knowledge_data, rule)
    if denials:
        rows.insert(0, ("Prevents", "<br>".join(denials)))
    if rule.applies_to_voids:
        rows.append(("Voids", "checked too"))
    if rule.reads_documentation:
        rows.append(("Left out with", code("--no-documentation")))
    if rule.other_claims is not None:
        length = rule.other_claims.look_back.days
        since = f"up to {length} days before" if length else "of the same days"
        rows.append(("Reads other claims", f"{since}, with {code('--across-claims')}"))
    documents = [
        " ".join(filter(None, (plain(each.title), each.section and f"({plain(each.section)})")))
        for each in rule.citations
    ]
    if documents:
        more = f" and {len(documents) - 1} more" if len(documents) > 1 else ""
        rows.append(("Source", documents[0] + more))
    return rows


def _denials(
    page: Page, rule_data: RuleData, knowledge_data: KnowledgeData, rule: Rule
) -> list[str]:
    items = [
        f"{link(f'CARC {number}', page.to(denial_page('carc', number)))} "
        f"{plain(knowledge_data.ontology.label(CARC_NS + number))}"
        for number in rule.denial_codes
    ]
    items += [
        f"{link(f'RARC {number}', page.to(denial_page('rarc', number)))} "
        f"{plain(knowledge_data.ontology.label(RARC_NS + number))}"
        for number in remark_codes(rule_data, rule)
    ]
    if items and rule.group_code:
        items.append(f"group code {code(rule.group_code)}")
    return items


def remark_codes(rule_data: RuleData, rule: Rule) -> list[str]:
    """The remark codes that go with the denials of a rule."""
    return sorted(
        iri.removeprefix(RARC_NS) for iri in rule_data.mentioned[rule.id] if iri.startswith(RARC_NS)
    )


def _how_often(page: Page, example_data: ExampleData, rule: Rule) -> Iterable[str]:
    names = example_data.found_in(rule.id)
    total = len(example_data.runs)
    linked = ", ".join(link(plain(name), page.to(example_page(name))) for name in names)
    where = f": {linked}" if names else ""
    yield f"It finds something in {len(names)} of {total} example files{where}."
    unjudged = example_data.not_checked_in(rule.id)
    if unjudged:
        linked = ", ".join(link(plain(name), page.to(example_page(name))) for name in unjudged)
        yield f"It could not be evaluated in {len(unjudged)}: {linked}."


def _not_checked(rule_data: RuleData, rule: Rule) -> Iterable[str]:
    reasons = rule_data.book.reasons(rule)
    if reasons:
        yield folded(
            f"When it is not checked ({len(reasons)})",
            "The report then says *not checked*, with the reason; values in braces come from the "
            "claim.",
            bullets(plain(reason) for reason in reasons),
        )


def _own_query(rule_data: RuleData, rule: Rule) -> Iterable[str]:
    """Why no family fits a rule that has a query."""
    graph = rule_data.book.graph
    why = graph.value(URIRef(rule.iri), CS.whyOwnQuery)
    if why is not None:
        yield f"No family fits the rule, which has a query of its own: it {plain(str(why))}."


def _downloads(page: Page, rule_data: RuleData, repository: str | None, rule: Rule) -> str:
    place = rule.file.relative_to(rule_data.shapes.parent).as_posix()
    ways = [
        f'<a href="{rule.id}.ttl">Turtle</a>',
        f'<a href="{rule.id}.json">JSON</a>',
    ]
    if repository:
        ways.append(link("edit this rule", f"{repository}/{place}"))
    guide = link("how to change a rule", page.to("how-to/add-a-rule.md"))
    return f"{' · '.join(ways)} · file {code(place)}, {guide}"


def _waiver(knowledge_data: KnowledgeData, rule: Rule) -> Iterable[str]:
    """A waiver to copy, with what the schema of waivers requires."""
    file = knowledge_data.folder / "waivers.schema.json"
    if not file.is_file():
        return
    schema = json.loads(file.read_text("utf-8"))["$defs"]["waiver"]
    words = (
        "A finding that a person has looked at can be kept out of the exit status. Copy this into "
        f"a file, fill it in, and name the file with {code('--waivers')}."
    )
    lines = ["[[waiver]]"]
    for name, field in schema["properties"].items():
        value = rule.id if name == "rule" else ""
        mark = "" if name in schema["required"] else "# "
        lines.append(f'{mark}{name} = "{value}"  # {field["description"]}')
    yield folded("Waive a finding", words, fence("toml", "\n".join(lines)))


def _named(
    page: Page,
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    rule: Rule,
) -> Iterable[str]:
    """The codes, value sets and denials that a rule names, drawn and listed."""
    items = [
        f"{term_link(page, knowledge_data, coded_pages, SET_NS + name)} "
        f"({len(knowledge_data.memberships.get(name, ()))} members)"
        for name in rule_data.value_sets_of(rule)
    ]
    items += [
        link(last_part(iri), page.to(code_page(last_part(iri))))
        for iri in sorted(rule_data.mentioned[rule.id])
        if iri.startswith((ICD_NS, HCPCS_NS)) and last_part(iri) in coded_pages
    ]
    picture = rule_picture(page, rule_data, knowledge_data, coded_pages, rule)
    if items or picture:
        yield folded("Codes, value sets and denials", picture, bullets(items))


def _related(page: Page, rule_data: RuleData, rule: Rule) -> Iterable[str]:
    """The rules that a rule is silent for, or shares a value set or component with."""
    sets = set(rule_data.value_sets_of(rule))
    stated = rule_data.parameters[rule.id]
    rows = []
    for other in rule_data.book:
        if other.id == rule.id:
            continue
        shared = sorted(sets & set(rule_data.value_sets_of(other)))
        reasons = []
        if other.iri in rule.yields_to:
            reasons.append("stricter: this rule stays silent where it finds the same")
        if rule.iri in other.yields_to:
            reasons.append("weaker: it stays silent where this rule finds the same")
        if shared:
            reasons.append("same value set: " + ", ".join(shared))
        if stated and stated == rule_data.parameters[other.id]:
            reasons.append("same component: " + ", ".join(sorted(map(_term, stated))))
        if reasons:
            rows.append(
                (
                    link(other.id, page.to(rule_page(other.id))),
                    plain(other.label),
                    plain("; ".join(reasons)),
                )
            )
    if rows:
        yield folded(f"Related rules ({len(rows)})", table(("Rule", "What it finds", "How"), rows))


def _term(iri: str) -> str:
    return "cs:" + iri.removeprefix(CS_NS)
