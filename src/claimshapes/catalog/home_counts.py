"""What the home page counts: rules, codes and the days that the loaded data speak for."""

from __future__ import annotations

from claimshapes.catalog.knowledge_data import KnowledgeData
from claimshapes.catalog.markdown import answers, link, plain
from claimshapes.catalog.pages import GeneratedFiles
from claimshapes.catalog.rule_data import RuleData

COUNTS = "find/counts.txt"
"""Named as no page: the home page takes it in."""


def add_counts(files: GeneratedFiles, rule_data: RuleData, knowledge_data: KnowledgeData) -> None:
    """Adds the counts of the home page."""
    tests = sum(map(len, rule_data.tests.values()))
    billable = sum(bool(facts.periods) for facts in knowledge_data.codes.codes.values())
    payers = link(f"{len(knowledge_data.payers())} payers", "payers/index.md")
    rows = [
        (
            "Rules",
            f"{link(f'{len(rule_data.book.rules):,}', 'rules/index.md')}, each with its source, "
            f"for {payers}, with {tests:,} tests",
        ),
        (
            "Codes",
            f"{link(f'{billable:,} ICD-10-CM', 'codes/index.md')}, "
            f"{len(knowledge_data.procedures.facts):,} CPT and HCPCS (without descriptors)",
        ),
    ]
    through = {
        dataset.label: max(end for _, end in dataset.covered())
        for dataset in knowledge_data.datasets
        if dataset.of_codes and dataset.covered()
    }
    told = "; ".join(f"{plain(label)} {end}" for label, end in sorted(through.items()))
    rest = link(f"{len(knowledge_data.datasets)} data sets by date", "coverage/index.md")
    rows.append(("Data through", f"{told}; {rest}"))
    files.add_file(COUNTS, answers(rows) + "\n")
