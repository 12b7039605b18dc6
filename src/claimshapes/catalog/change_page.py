"""The change log of rules: what the graphs of two releases say differently."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from claimshapes.authoring.pack_changes import Change, Item, changes
from claimshapes.authoring.pack_state import State, read_state
from claimshapes.authoring.revisions import extract, git
from claimshapes.catalog.markdown import bullets, code, days, filterable, link, plain, table
from claimshapes.catalog.pages import GeneratedFiles, Page, rule_page
from claimshapes.catalog.rule_data import RuleData
from claimshapes.rules.families import read_forms

INDEX = "changes/index.md"
_SHAPES = "shapes"


@dataclass(frozen=True, slots=True)
class RuleRelease:
    """A tagged state of the rules."""

    tag: str
    day: str
    state: State


def add_changes(files: GeneratedFiles, rule_data: RuleData, root: Path) -> None:
    """Adds the change log of rules."""
    page = Page(INDEX, "Changes of rules", wide=True)
    later = read_state(rule_data.shapes, read_forms())
    releases = list(released_rules(root))
    page.add(
        "# Changes of rules",
        "Made by comparing the graphs of two releases, property by property; "
        f"{code('claimshapes rules diff OLD NEW')} does the same for any two folders of rules.",
    )
    name = "Not yet released"
    if not releases:
        page.add("No release is tagged yet: every rule is new.")
    for release in reversed(releases):
        of_rules = [each for each in changes(release.state, later) if each.kind == "rule"]
        page.add(f"## {plain(name)}", _changes(page, rule_data, of_rules))
        later, name = release.state, f"{release.tag}, {release.day}"
    if releases:
        number = sum(kind == "rule" for kind, _ in later.things)
        page.add(f"## {plain(name)}", f"The first release, with {number} rules.")
    rows = [
        (
            link(rule.id, page.to(rule_page(rule.id))),
            plain(rule.label),
            f'<span class="days">{rule.issued}</span>',
            f'<span class="days">{rule.modified}</span>',
            days(rule.valid_from, rule.valid_through),
            rule.status,
        )
        for rule in rule_data.book
    ]
    headings = ("Rule", "What it finds", "Issued", "Modified", "Dates of service", "Status")
    page.add(
        "## All rules by their own dates",
        filterable("rules", table(headings, rows), choices=("Status",)),
    )
    files.add_page(page)


def released_rules(root: Path) -> Iterator[RuleRelease]:
    """The rules of every tag of the checkout that has any, from the first to the last.

    Raises:
        RuleError: a rule file of a release is not Turtle.
    """
    families = read_forms()
    listing = git(root, "tag", "--list", "v*", "--sort=creatordate", "--format=%(refname:short)")
    for tag in (listing or b"").decode().split():
        day = (git(root, "log", "-1", "--date=short", "--format=%ad", tag) or b"").decode().strip()
        with tempfile.TemporaryDirectory() as folder:
            if extract(root, tag, _SHAPES, Path(folder)):
                yield RuleRelease(tag, day, read_state(Path(folder) / _SHAPES, families))


def _changes(page: Page, rule_data: RuleData, found: list[Change]) -> str:
    if not found:
        return "No rule changed."
    items = []
    for change in found:
        name = change.name
        if name in rule_data.book.rules:
            name = link(name, page.to(rule_page(name)))
        said = "".join(f"\n    - {_property(item)}" for item in change.items)
        items.append(f"{name}: {change.became}{said}")
    return bullets(items)


def _property(item: Item) -> str:
    before = "; ".join(map(plain, item.before)) or "nothing"
    after = "; ".join(map(plain, item.after)) or "nothing"
    return f"{plain(item.name)}: {before} → {after}"
