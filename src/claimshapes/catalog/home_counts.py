"""What the home page counts: rules, codes and the days that the loaded data speak for."""

from __future__ import annotations

from claimshapes.catalog.markdown import answers, link, plain
from claimshapes.catalog.pages import GeneratedFiles
from claimshapes.catalog.site_data import Material

COUNTS = "find/counts.txt"
"""Named as no page: the home page takes it in."""


def add_counts(files: GeneratedFiles, material: Material) -> None:
    """Adds the counts of the home page."""
    tests = sum(map(len, material.tests.values()))
    billable = sum(bool(facts.periods) for facts in material.codes.codes.values())
    payers = link(f"{len(material.payers())} payers", "payers/index.md")
    rows = [
        (
            "Rules",
            f"{link(f'{len(material.book.rules):,}', 'rules/index.md')}, each with its source, "
            f"for {payers}, with {tests:,} tests",
        ),
        (
            "Codes",
            f"{link(f'{billable:,} ICD-10-CM', 'codes/index.md')}, "
            f"{len(material.procedures.facts):,} CPT and HCPCS (without descriptors)",
        ),
    ]
    through = {
        dataset.label: max(end for _, end in dataset.covered())
        for dataset in material.datasets
        if dataset.of_codes and dataset.covered()
    }
    told = "; ".join(f"{plain(label)} {end}" for label, end in sorted(through.items()))
    rest = link(f"{len(material.datasets)} data sets by date", "coverage/index.md")
    rows.append(("Data through", f"{told}; {rest}"))
    files.add_file(COUNTS, answers(rows) + "\n")
