"""The playground: a page that judges the reader's claims in the browser; and those of rules."""

from __future__ import annotations

from pathlib import Path

from claimshapes.catalog.checked_claims import Run, claim_lines
from claimshapes.catalog.example_data import ExampleData
from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.pages import GeneratedFiles, Page
from claimshapes.catalog.playground.engine_files import add_engine_files
from claimshapes.catalog.rule_data import RuleData
from claimshapes.knowledge.ontology_graph import last_part
from claimshapes.rules.rule import Rule

PLAYGROUND = "playground/index.md"
_EXAMPLES = "playground/examples"


def add_playground(
    files: GeneratedFiles,
    rule_data: RuleData,
    knowledge_data: KnowledgeData,
    example_data: ExampleData,
    root: Path,
) -> None:
    """Adds the page, the example claims that it offers, and what its engine loads."""
    page = Page(PLAYGROUND, "Playground", wide=True)
    explanation = page.to("explanation/playground.md")
    page.add(
        "# Playground",
        "Claims in the "
        f"[claim format]({page.to('reference/claim-format.md')}), checked in your browser by the "
        f"{len(rule_data.book.rules)} rules of this site: the same shapes, and the same findings "
        "as `claimshapes check`, with the corrected claim. Paste a claim, an array of them or one "
        "a line, or FHIR; load or drop a file, or take an example. Nothing leaves this page: what "
        "you give it stays in this tab, and the browser is told to ask no other host for anything "
        f"([how]({explanation})).",
        _holder(
            page,
            {
                "examples": ",".join(map(_file_name, example_data.runs)),
                "payers": ",".join(sorted(last_part(iri) for iri in knowledge_data.payers())),
            },
        ),
    )
    files.add_page(page)
    for name, runs in example_data.runs.items():
        files.add_file(f"{_EXAMPLES}/{_file_name(name)}", _text(runs))
    add_engine_files(files, rule_data.book, knowledge_data.folder, root)


def rule_playground(page: Page, rule: Rule) -> str:
    """A playground about one rule, folded away on its page."""
    summary = f"Check a claim of your own by {rule.id}"
    payload = _holder(page, {"rule": rule.id})
    return f'<details class="try-rule"><summary>{summary}</summary>\n{payload}\n</details>'


def add_rule_claims(files: GeneratedFiles, rule: Rule, runs: dict[str, Run | None]) -> None:
    """Adds the claims of a rule's page as files that a playground loads."""
    for name, run in runs.items():
        if run is not None:
            files.add_file(f"rules/{rule.id}/{name}.json", _text([run]))


def _holder(page: Page, data: dict[str, str]) -> str:
    root = page.to("index.md").removesuffix("index.md")
    attributes = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return (
        f'<div class="playground" data-root="{root}"{attributes}>'
        "<noscript>The playground needs JavaScript; <code>claimshapes check FILE</code> tells the "
        "same.</noscript></div>"
    )


def _file_name(example: str) -> str:
    """The name of an example's claims as JSON, whatever form its file has."""
    return example if example.endswith(".json") else f"{example}.json"


def _text(runs: list[Run]) -> str:
    """One claim, or an array of several."""
    claims = ["\n".join(claim_lines(run.claim)) for run in runs]
    return claims[0] + "\n" if len(claims) == 1 else "[\n" + ",\n".join(claims) + "\n]\n"
