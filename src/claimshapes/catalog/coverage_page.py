"""Which data are at hand, which days they speak for, and what is therefore not checked."""

from __future__ import annotations

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import bullets, code, days, filterable, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, rule_page, value_set_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.catalog.timeline import Span, timeline
from claimshapes.knowledge.lists_in_part import ListInPart
from claimshapes.knowledge.ontology_graph import last_part

INDEX = "coverage/index.md"


def add_coverage(files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData) -> None:
    """Adds the page on coverage."""
    page = Page(INDEX, "Coverage")
    strips = [
        (
            dataset.label,
            [Span(start, end, f"{start} to {end}") for start, end in dataset.covered()],
        )
        for dataset in knowledge_data.datasets
    ]
    end = max(day for _, spans in strips for span in spans if (day := span.last))
    page.add(
        "# Coverage",
        "A bar is the days for which releases of a data set speak. On other days a rule goes by "
        "the releases around them as far as they agree, says *not checked*, or adds an "
        f"information: {link('what follows for which data', page.to('explanation/limits.md'))}.",
        timeline("Days covered by each data set", strips, end),
    )
    for dataset in knowledge_data.datasets:
        covered = [days(*span) for span in dataset.covered()]
        missing = [days(*span) for span in dataset.not_covered()]
        page.add(
            f"## {plain(_capital(dataset.label))}",
            f"{plain(dataset.description)} Publisher: {plain(dataset.publisher)}.",
            f"Covered: {', '.join(covered) or 'nothing'}. "
            f"Not covered: {', '.join(missing) or 'nothing'}.",
            bullets(
                f"{plain(source.title)} (`{source.name}`, {plain(source.licence)}), "
                f"SHA-256 `{source.sha256[:16]}…`"
                for source in dataset.sources
            ),
        )
        if len(dataset.releases) > 1:
            rows = [
                (plain(release.label), days(release.valid_from, release.covered_through))
                for release in dataset.releases
            ]
            summary = f"{len(rows)} releases"
            body = table(("Release", "Speaks for"), rows)
            page.add(f"<details markdown><summary>{summary}</summary>\n\n{body}\n\n</details>")
    rows = [
        (link(rule.id, page.to(rule_page(rule.id))), plain(reason))
        for rule in rule_data.book
        for reason in rule_data.book.reasons(rule)
    ]
    _add_lists_in_part(page, knowledge_data)
    counts = ", ".join(
        f"{count:,} {plain(name.replace('-', ' '))}"
        for name, count in sorted(knowledge_data.knowledge.counts.items())
    )
    page.add(
        "## What a rule may leave unchecked",
        "What is in braces is filled in from the claim.",
        filterable("reasons", table(("Rule", "Not checked, because"), rows)),
        f"In the compiled knowledge: {counts}.",
    )
    files.add_page(page)


def _add_lists_in_part(page: Page, knowledge_data: KnowledgeData) -> None:
    rows = [
        (
            _named_list(page, each),
            plain(each.loaded),
            ", ".join(link(rule, page.to(rule_page(rule))) for rule in each.rules),
            code(each.whole_with) if each.whole_with else "",
        )
        for each in knowledge_data.lists_in_part
    ]
    page.add(
        "## Lists known in part",
        "Of these official lists a part is loaded, or nothing. A rule finds what is loaded and is "
        "silent about the rest: that it says nothing of a code is no evidence that the code is not "
        "on the list.",
        table(("List", "Loaded", "Read by", "Whole once imported"), rows),
    )


def _named_list(page: Page, each: ListInPart) -> str:
    if not each.value_set:
        return plain(each.label)
    return link(plain(each.label), page.to(value_set_page(last_part(each.value_set))))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
