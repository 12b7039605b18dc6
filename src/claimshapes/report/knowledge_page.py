"""Which code sets and tables are at hand, for readers and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.datasets import Dataset
from claimshapes.knowledge.descriptions import DataSetImport
from claimshapes.knowledge.lists_in_part import ListInPart
from claimshapes.knowledge.recorded import RecordedFile
from claimshapes.report.lines import Page


def write_knowledge(
    page: Page,
    knowledge: Knowledge,
    datasets: Iterable[Dataset],
    recorded: Iterable[RecordedFile],
    missing: Mapping[str, DataSetImport],
    in_part: Sequence[ListInPart],
    day: date,
) -> None:
    """Writes data sets, their coverage and hashes, and what the compiled file holds.

    Args:
        page: where to write.
        knowledge: the compiled knowledge.
        datasets: the data sets that it was made from.
        recorded: the tables and graphs, with what is recorded of them.
        missing: the data sets that could be imported and are not there, by id.
        in_part: the lists of which a part is loaded.
        day: the day by which it is told what is out of date.
    """
    for dataset in datasets:
        page.line((dataset.id, "bold"), f"  {dataset.label}, {dataset.publisher}", hang=2)
        own = any(release.user for release in dataset.releases)
        page.field("shipped" if own else "holds", dataset.description, indent=2)
        page.field("releases", _releases(dataset), indent=2)
        for release in dataset.releases:
            if release.user:
                names = ", ".join(source.name for source in release.sources)
                said = f"{release.label}, {release.rows or 0:,} rows, from {names}"
                page.field("imported", said, indent=2)
        since = dataset.stale_since(day)
        if since is not None:
            page.field("OUT OF DATE", f"since {since}", indent=2)
        for start, end in dataset.covered():
            page.field("covers", f"{start} to {end}", indent=2)
        for first, last in dataset.not_covered():
            page.field("not covered", _open_span(first, last), indent=2)
        for source in dataset.sources:
            page.field("made from", f"{source.name}: {source.title}; {source.licence}", indent=2)
            page.link("", f"sha256 {source.sha256}", indent=2)
        page.space()
    if missing:
        page.line(("Not loaded", "bold"), ", but known to `claimshapes knowledge import`")
        for name, data_set in missing.items():
            page.line(f"{name}: {data_set.title}", indent=2, hang=14)
        page.space()
    if in_part:
        page.line(
            ("Known in part", "bold"), ": a rule finds what is loaded and is silent about the rest"
        )
        for part in in_part:
            whole = f"; whole with {part.whole_with}" if part.whole_with else ""
            rules = ", ".join(part.rules)
            page.line(f"{part.label}: {part.loaded}; read by {rules}{whole}", indent=2, hang=14)
        page.space()
    page.line(("Tables", "bold"), " and graphs, as they are and as they are recorded")
    for each in recorded:
        size = "" if each.count is None else f"{each.count:,} {_unit(each)}, "
        page.line(f"{each.name}: {size}{_state(each)}", indent=2, hang=14)
    page.space()
    page.line(("Compiled", "bold"))
    page.field("state", knowledge.problem() or "current", indent=2)
    for name, count in sorted(knowledge.counts.items()):
        page.line(f"{count:>12,}  {name}", indent=2)
    for file, digest in sorted(knowledge.sources.items()):
        page.field("made from", file, indent=2)
        page.link("", f"sha256 {digest}", indent=2)


def knowledge_object(
    knowledge: Knowledge,
    datasets: Iterable[Dataset],
    recorded: Iterable[RecordedFile],
    missing: Mapping[str, DataSetImport],
    in_part: Sequence[ListInPart],
    day: date,
) -> dict[str, Any]:
    """The same as ``write_knowledge`` says, as ``knowledge info --format json`` gives it."""
    return {
        "datasets": [
            {
                "id": dataset.id,
                "label": dataset.label,
                "publisher": dataset.publisher,
                "description": dataset.description,
                "releases": [
                    {
                        "label": release.label,
                        "validFrom": release.valid_from.isoformat(),
                        "coveredThrough": release.covered_through.isoformat(),
                        "suppliedBy": release.supplied_by,
                        "rows": release.rows,
                        "sources": [
                            {"name": source.name, "sha256": source.sha256}
                            for source in release.sources
                        ],
                    }
                    for release in dataset.releases
                ],
                "covered": [_span_object(*span) for span in dataset.covered()],
                "notCovered": [_span_object(*span) for span in dataset.not_covered()],
                "outOfDateSince": _iso(dataset.stale_since(day)),
                "sources": [
                    {
                        "name": source.name,
                        "title": source.title,
                        "license": source.licence,
                        "sha256": source.sha256,
                    }
                    for source in dataset.sources
                ],
            }
            for dataset in datasets
        ],
        "tables": [
            {
                "name": each.name,
                "file": each.file.name,
                _unit(each): each.count,
                "sha256": each.sha256 or None,
                "found": each.found() or None,
                "asRecorded": each.sha256 == each.found() if each.sha256 else None,
            }
            for each in recorded
        ],
        "missing": {name: each.title for name, each in missing.items()},
        "listsInPart": [
            {
                "list": each.label,
                "loaded": each.loaded,
                "rules": list(each.rules),
                "wholeWith": each.whole_with or None,
            }
            for each in in_part
        ],
        "compiled": {
            "current": knowledge.problem() is None,
            "problem": knowledge.problem(),
            "counts": dict(sorted(knowledge.counts.items())),
            "sources": dict(sorted(knowledge.sources.items())),
        },
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _unit(recorded: RecordedFile) -> str:
    return "triples" if recorded.is_graph else "rows"


def _state(recorded: RecordedFile) -> str:
    found = recorded.found()
    if not found:
        return "MISSING"
    if not recorded.sha256:
        return "not recorded"
    if found != recorded.sha256:
        return f"CHANGED: sha256 {found}, recorded is {recorded.sha256}"
    return f"as recorded, sha256 {found}"


def _releases(dataset: Dataset) -> str:
    first, last = dataset.releases[0], dataset.releases[-1]
    if len(dataset.releases) <= 4:
        return "; ".join(release.label for release in dataset.releases)
    return f"{len(dataset.releases)}, from {first.label} to {last.label}"


def _open_span(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return "anything"
    if first is None:
        return f"up to {last}"
    return f"from {first}" if last is None else f"{first} to {last}"


def _span_object(first: date | None, last: date | None) -> dict[str, str | None]:
    return {
        "from": first.isoformat() if first else None,
        "through": last.isoformat() if last else None,
    }
