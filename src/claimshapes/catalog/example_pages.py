"""The example claims, each with the whole report on it."""

from __future__ import annotations

from claimshapes.catalog.checked_claims import Run, claim_lines, rules_found
from claimshapes.catalog.example_data import ExampleData
from claimshapes.catalog.markdown import badge, fence, filterable, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, example_page, rule_page

INDEX = "examples/index.md"


def add_examples(files: GeneratedFiles, example_data: ExampleData) -> None:
    """Adds a page for each example file, and their index."""
    index = Page(INDEX, "Example claims")
    rows = []
    for name, runs in example_data.runs.items():
        found = ", ".join(sorted(rules_found(runs))) or "no findings"
        page = Page(
            example_page(name),
            name,
            searched=False,
            description=f"Example claim {name} and the report of claimshapes check on it: {found}.",
        )
        page.add(
            link("Example claims", page.to(INDEX)),
            f"# {plain(name)}",
            *_shown(runs),
            _outcome(page, runs),
        )
        files.add_page(page)
        rows.append((link(plain(name), index.to(page.path)), _outcome(index, runs)))
    index.add(
        "# Example claims",
        "Made-up claims in the folder `examples`, checked by every rule when this site was built.",
        filterable("files", table(("File", "Outcome"), rows)),
    )
    files.add_page(index)


def _shown(runs: list[Run]) -> list[str]:
    blocks = [fence("json", "\n".join(claim_lines(run.claim))) for run in runs]
    output = "\n\n".join(run.output for run in runs)
    return [*blocks, "## What comes back", fence("text", f"$ {runs[0].command}\n{output}")]


def _outcome(page: Page, runs: list[Run]) -> str:
    severities = {f.rule: f.severity.value for run in runs for f in run.result.findings}
    parts = [
        f"{badge(severities[rule], severities[rule])} {link(rule, page.to(rule_page(rule)))}"
        for rule in sorted(rules_found(runs))
    ]
    parts += [
        f"{badge('unjudged', 'not checked')} {link(rule, page.to(rule_page(rule)))}"
        for rule in sorted(
            {item.rule for run in runs for item in run.result.not_checked if item.rule is not None}
        )
    ]
    return ", ".join(parts) or badge("clean", "clean")
