"""What an import did, for readers."""

from __future__ import annotations

from collections.abc import Iterator

from claimshapes.knowledge.comparison import Changes
from claimshapes.knowledge.importing import ImportReport
from claimshapes.report.lines import Page

_WORDS = {
    "added": "added",
    "removed": "no longer there",
    "ended": "ended",
    "redated": "with other dates",
    "changed": "with other values",
}


def write_import(page: Page, report: ImportReport) -> None:
    """Writes what was recognized, what changed, and what became of it."""
    release = report.release
    page.line((report.outcome, "bold"), f"  {release.name}: {release.label}", hang=2)
    page.field("speaks for", f"{release.valid_from} to {release.covered_through}", indent=2)
    page.field("rows", f"{report.rows:,}", indent=2)
    for reason, count in report.left_out.items():
        page.field("left out", f"{count:,}: {reason}", indent=2)
    if report.repeated:
        page.field("repeated", f"{report.repeated:,} rows that are there twice", indent=2)
    for layout in report.layouts:
        page.field("layout", layout, indent=2)
    for source in release.sources:
        page.field("file", source.name, indent=2)
        page.link("", f"sha256 {source.sha256}", indent=2)
    for name in report.passed_over:
        page.field("passed over", name, indent=2)
    if report.before is not None and report.changes is not None:
        before = f"{report.before.edition} ({report.before.supplied_by})"
        page.field("compared to", before, indent=2)
        for line in change_lines(report.changes):
            page.line(line, indent=4, hang=2)
    page.space()


def change_lines(changes: Changes) -> Iterator[str]:
    """How many keys changed in which way, with examples."""
    if changes.as_of is not None:
        yield f"what was in force on {changes.as_of}:"
    if not changes.total:
        yield "no differences"
    for kind, words in _WORDS.items():
        if changes.counts[kind]:
            yield f"{changes.counts[kind]:,} {words}"
            for example in changes.examples.get(kind, ()):
                yield f"  {example}"
