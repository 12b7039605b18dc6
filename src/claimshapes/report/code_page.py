"""A diagnosis code in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from claimshapes.explain.code_entry import CodeEntry
from claimshapes.explain.code_facts import CodeFacts, NoteLine
from claimshapes.knowledge.datasets import Dataset, Release
from claimshapes.report.lines import Page, counted

_MOST_CHILDREN = 40


def write_code(page: Page, entry: CodeEntry, day: date, datasets: Iterable[Dataset]) -> None:
    """Writes what the tabular list and the date table say of a code.

    Args:
        page: where to write.
        entry: the code.
        day: the day for which notes and validity are told.
        datasets: the data sets at hand, for the sources.
    """
    place = entry.facts
    name = str(place) if place.kind == "chapter" else place.notation
    page.line((name, "bold"), f"  {place.title or '(no title on file)'}", hang=2)
    page.space()
    _validity(page, entry, day)
    for flag, period in place.flags:
        page.field("edit", f"{flag} ({period})", indent=2)
    name = "under"
    for above in entry.above:
        page.field(name, f"{above}  {above.title}", indent=2)
        name = ""
    for number, term in enumerate(place.terms):
        page.field("" if number else "also for", term, indent=2)
    said = [(text, holder) for holder in entry.line for text in holder.includes]
    said += [(text, holder) for holder in entry.line for text in holder.remarks]
    for text, holder in said:
        page.field("note", f"{text}{_from(holder, entry)}", indent=2)
    at_hand = list(datasets)
    listed = [
        release
        for dataset in at_hand
        for release in dataset.releases
        if release.iri in place.releases
    ]
    release = _speaking_on(day, listed)
    kept = [
        (note, holder)
        for note, holder in entry.notes
        if release is not None and release.iri in note.releases
    ]
    _notes(page, kept, entry)
    if entry.seventh_characters is not None:
        meanings, holder = entry.seventh_characters
        page.line((f"Seventh character{_from(holder, entry)}", "bold"), indent=2)
        for meaning in meanings:
            page.line(meaning, indent=4, hang=2)
    _children(page, entry, day)
    page.space()
    _releases(page, listed, release, day, len(entry.notes) - len(kept))
    for dataset in at_hand:
        if dataset.of_codes:
            page.field("source", f"{dataset.label} ({dataset.publisher})", indent=2)


def _validity(page: Page, entry: CodeEntry, day: date) -> None:
    periods = entry.facts.periods
    if not periods:
        page.field("billable", "never: a heading; code to the highest specificity", indent=2)
        return
    spans = ", ".join(map(str, periods))
    if entry.reportable_on(day):
        page.field("billable", ("yes", "green"), f" on {day} ({spans})", indent=2)
    else:
        page.field("billable", ("no", "red"), f", not on {day} (valid {spans})", indent=2)


def _notes(page: Page, notes: list[tuple[NoteLine, CodeFacts]], entry: CodeEntry) -> None:
    for (kind, _), group in groupby(notes, key=lambda noted: (noted[0].kind, noted[1].iri)):
        noted = list(group)
        holder = noted[0][1]
        page.line((f"{kind}{_from(holder, entry)}", "bold"), indent=2)
        lines = [note for note, _ in noted]
        headings = {note.heading for note in lines if note.heading}
        # A heading is a line too; it comes with what stands under it.
        for note in lines:
            if not note.heading and note.text not in headings:
                page.line(note.text, indent=4, hang=2)
        for heading in sorted(headings):
            page.line(heading, indent=4, hang=2)
            for note in lines:
                if note.heading == heading and note.text not in headings:
                    page.line(note.text, indent=6, hang=2)


def _from(holder: CodeFacts, entry: CodeEntry) -> str:
    return "" if holder is entry.facts else f" (of {holder})"


def _children(page: Page, entry: CodeEntry, day: date) -> None:
    if not entry.children:
        return
    page.line((f"Below it: {counted(len(entry.children), 'code')}", "bold"), indent=2)
    for child in entry.children[:_MOST_CHILDREN]:
        ended = child.periods and not any(period.hold(day) for period in child.periods)
        spans = ", ".join(map(str, child.periods))
        page.beside(
            [child.notation],
            child.title,
            (f"  (not on {day}: {spans})" if ended else "", "dim"),
            indent=4,
            column=10,
        )
    if len(entry.children) > _MOST_CHILDREN:
        page.line(f"and {len(entry.children) - _MOST_CHILDREN:,} more", indent=4)


def _speaking_on(day: date, releases: list[Release]) -> Release | None:
    """The release that speaks for a day: the last that had begun, or else the first."""
    in_order = sorted(releases, key=lambda release: release.valid_from)
    begun = [release for release in in_order if release.valid_from <= day]
    return begun[-1] if begun else next(iter(in_order), None)


def _releases(
    page: Page, listed: list[Release], used: Release | None, day: date, left_out: int
) -> None:
    labels = "; ".join(release.label for release in listed)
    page.field("listed in", labels or "no tabular list on file", indent=2)
    if used is not None:
        page.field("notes of", f"{used.label}{_beyond(used, day)}", indent=2)
    if left_out:
        other = counted(left_out, "line of a note is", "lines of notes are")
        page.field("", f"{other} in other releases only; see them with --on DATE", indent=2)


def _beyond(release: Release, day: date) -> str:
    if release.valid_from <= day <= release.covered_through:
        return ""
    return (
        f", the nearest on file; it speaks for {release.valid_from} to {release.covered_through}"
        f" and not for {day}"
    )
