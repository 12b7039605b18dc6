"""A page for every rule, its twins in Turtle and JSON, and the index of rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from rdflib import URIRef

from claimshapes.authoring.rule_tests import RuleTest
from claimshapes.catalog.checked_claims import (
    Pair,
    Run,
    changed_lines,
    claim_lines,
    difference,
)
from claimshapes.catalog.coded_pages import CodedPages
from claimshapes.catalog.example_data import ExampleData
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.links import term_link
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
    offered,
    plain,
    table,
)
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
from claimshapes.claims.form_places import form_place
from claimshapes.explain.rule_history import RuleHistory
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rdf.namespaces import CS
from claimshapes.rdf.vocabulary import CARC_NS, CS_NS, HCPCS_NS, ICD_NS, RARC_NS
from claimshapes.report.rule_page import whole_rule_object
from claimshapes.rules.code_lists import SET_NS
from claimshapes.rules.rule import Rule

INDEX = "rules/index.md"
_ACTIVE = "active"
_IN_BRACES = re.compile(r"\{\?\w+\}")
_PLACEHOLDER = re.compile(r"\\\{\?(\w+?)\\\}")
_MOST_LINES = 8
"""Lines of a difference that an example shows."""


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


def add_rule_index(
    files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData
) -> None:
    """Adds the table of all rules."""
    page = Page(INDEX, "Rules", wide=True)
    above = {payer: knowledge_data.payers_above(payer) for payer in knowledge_data.payers()}
    lists = [_lists_of(rule_data, knowledge_data, rule, above) for rule in rule_data.book]
    rows = [
        (
            link(rule.id, page.to(rule_page(rule.id))) + offered(of_rule),
            plain(rule.label),
            badge(rule.severity.value, rule.severity.value),
            ", ".join(knowledge_data.ontology.label(iri) for iri in sorted(rule.payers)) or "all",
            days(rule.valid_from, rule.valid_through),
            ", ".join(
                link(f"CARC {number}", page.to(denial_page("carc", number)))
                for number in rule.denial_codes
            ),
        )
        for rule, of_rule in zip(rule_data.book, lists, strict=True)
    ]
    offers: dict[str, Sequence[str]] = {
        name: sorted({value for row in lists for value in row[name]}, key=_in_order)
        for name in lists[0]
    }
    page.add(
        "# Rules",
        "Each rule is one SHACL shape with its source and its tests, and each page is made from "
        "it. A payer's rules include those of the broader payers that it belongs to.",
        filterable("rules", table(_HEADINGS, rows), offers=offers),
        f"The same {link('by denial code', page.to('denials/index.md'))}, "
        f"{link('by payer', page.to('payers/index.md'))}, "
        f"{link('by source', page.to('sources/index.md'))}; "
        f"{link('what changed', page.to('changes/index.md'))}; "
        f"{link('all shapes as files', page.to('downloads/index.md'))}.",
    )
    files.add_page(page)


_HEADINGS = ("Rule", "What it finds", "Severity", "Payer", "Dates of service", "Prevents")
_SEVERITIES = ("violation", "warning", "info")


def _in_order(value: str) -> tuple[int, list[int | str]]:
    """Severities as they weigh, numbers by their value, anything else by the alphabet."""
    place = _SEVERITIES.index(value) if value in _SEVERITIES else len(_SEVERITIES)
    parts = re.split(r"(\d+)", value)
    return place, [int(part) if part.isdigit() else part.casefold() for part in parts]


def _lists_of(
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    rule: Rule,
    above: Mapping[str, frozenset[str]],
) -> dict[str, list[str]]:
    form = rule_data.book.forms.get(rule.iri)
    kinds = sorted(last_part(iri) for iri in rule.claim_types)
    return {
        "Severity": [rule.severity.value],
        "Payer": [
            knowledge_data.ontology.label(payer)
            for payer, broader in above.items()
            if not rule.payers or rule.payers & broader
        ],
        "Claim": kinds or ["institutional", "professional"],
        "Denial": [f"CARC {number}" for number in rule.denial_codes],
        "Area": [rule.file.parent.name],
        "Family": [str(form.family.label)] if form else [],
    }


def full_object(rule_data: RuleData, rule: Rule) -> dict[str, object]:
    """Everything that a rule says of itself, and what it names."""
    return {
        **whole_rule_object(rule, rule_data.book),
        "names": sorted(rule_data.mentioned[rule.id]),
    }


def badges(rule: Rule) -> str:
    """Severity, status and dates of a rule, in short."""
    shown = [
        badge(rule.severity.value, rule.severity.value),
        *([badge(rule.status, rule.status)] if rule.status != _ACTIVE else []),
        f'<span class="badge badge-days">{days(rule.valid_from, rule.valid_through)}</span>',
    ]
    if rule.reads_documentation:
        shown.append(badge("record", "reads the record"))
    return " ".join(shown)


def why_and_fix(rule: Rule) -> list[tuple[str, str]]:
    """Why a rule is and what to do where it finds something."""
    return [("Why", plain(rule.rationale)), ("Fix", plain(rule.remedy))]


def scope_rows(rule: Rule, payers: str) -> list[tuple[str, str]]:
    """For which payers, claims and days a rule is."""
    kinds = ", ".join(sorted(last_part(iri) for iri in rule.claim_types))
    return [
        ("Payers", payers),
        ("Claims", kinds or "professional and institutional"),
        ("Dates of service", days(rule.valid_from, rule.valid_through)),
    ]


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


def example(rule: Rule, pair: Pair) -> Iterable[str]:
    """What differs between a claim that a rule objects to and one that it passes, and the finding.

    Args:
        rule: the rule.
        pair: the two claims, checked.
    """
    if pair.failing is None:
        # No test has it find something: what a finding says, with the names of its values.
        says = _PLACEHOLDER.sub(r"<var>\1</var>", plain(rule.message))
        yield f"A finding says: {says}."
        return
    yield "## Example"
    yield (
        f"{_sentence(pair.failing.label)}:"
        if pair.passing is None
        else (f"{_sentence(pair.failing.label)}; passes: {plain(pair.passing.label)}.")
    )
    if pair.passing is not None:
        lines = difference(pair.failing.claim, pair.passing.claim)
        shown = lines[:_MOST_LINES]
        if len(lines) > len(shown):
            shown.append(f"  ... {len(lines) - len(shown)} more lines, in the whole claims below")
        yield fence("diff", "\n".join(shown))
    found = [each for each in pair.failing.result.findings if each.rule == rule.id]
    for finding in found[:1]:
        severity = finding.severity.value
        where = str(form_place(pair.failing.claim, finding.place))
        yield (
            f'<p class="found found-{severity}">{badge(severity, severity)} '
            f"{escape(finding.message)} <span>{escape(where)}</span></p>"
        )


def _sentence(text: str) -> str:
    words = plain(text)
    return words[:1].upper() + words[1:]


def whole_claims(pair: Pair) -> Iterable[str]:
    """The two claims of an example as they are in files, with their reports."""
    failing = claim_lines(pair.failing.claim) if pair.failing else []
    passing = claim_lines(pair.passing.claim) if pair.passing else []
    blocks = []
    for run, lines, others in ((pair.failing, failing, passing), (pair.passing, passing, failing)):
        if run is not None:
            marked = changed_lines(others, lines) if others else []
            blocks += [plain(run.label), *_shown(run, lines, marked)]
    if blocks:
        yield folded("The whole claims and their reports", *blocks)


def _shown(run: Run, lines: list[str], marked: list[int]) -> Iterable[str]:
    identifier = next((n for n, line in enumerate(lines, 1) if line.startswith('  "id"')), 0)
    yield fence("json", "\n".join(lines), marked=[n for n in marked if n != identifier])
    yield fence("text", f"$ {run.command}\n{run.output}")


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


def sources(rule: Rule) -> str:
    """The documents that a rule names."""
    rows = [
        (
            plain(citation.title),
            plain(citation.section or ""),
            plain(citation.edition or ""),
            badge(citation.strength, citation.strength)
            + (f" read at {plain(citation.seen_at)}" if citation.seen_at else ""),
        )
        for citation in rule.citations
    ]
    return table(("Document", "Section", "Edition", "Strength"), rows)


def _named(
    page: Page,
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    coded_pages: CodedPages,
    rule: Rule,
) -> Iterable[str]:
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


def tests(rule: Rule, own: Sequence[RuleTest]) -> Iterable[str]:
    """The tests of a rule, with what each expects; nothing where there are none."""
    if not own:
        return
    rows = []
    for test in own:
        found = [item for item in test.expected if item.severity != "not checked"]
        unjudged = [item for item in test.expected if item.severity == "not checked"]
        if found:
            says = "; ".join(sorted({item.message for item in found}))
            outcome = f"{badge(rule.severity.value, 'finds')} {plain(says)}"
        elif unjudged:
            says = "; ".join(sorted({item.message for item in unjudged}))
            outcome = f"{badge('unjudged', 'not checked')} {plain(says)}"
        else:
            outcome = badge("clean", "passes")
        rows.append((plain(test.label), outcome))
    yield folded(f"Tests ({len(rows)})", table(("Claim", "Outcome"), rows))


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


def history_of(rule: Rule, history: RuleHistory) -> str:
    """When a rule was issued, and how its file changed since."""
    items = [f"{rule.issued}: issued", f"{rule.modified}: last modified"]
    items += [f"{change.day}: {plain(change.summary)}" for change in history.of(rule.file)]
    return bullets(items)
