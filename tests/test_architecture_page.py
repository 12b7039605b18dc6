"""The page on how it works names files and folders that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
PLACE = re.compile(r"`([\w.-]+(?:/[\w.-]*)+|[\w-]+\.(?:py|ttl|json|jsonld|svg))`")
"""A file or folder: with a slash in it, or with the ending of a file."""
PACKAGE = ROOT / "src" / "claimshapes"
WHERE = (
    ROOT,
    ROOT / "ontology",
    PACKAGE,
    PACKAGE / "claims" / "readers",
    PACKAGE / "engines" / "batch",
    PACKAGE / "report",
)
"""Where a name is looked for; the page says of which of them it tells."""
BEFORE = {"graph/", "set_engine/"}
"""What the page says was there before."""
MADE = {"queries.json"}
"""What is made at installation."""


def test_every_place_that_the_page_names_is_there() -> None:
    named = set(PLACE.findall(PAGE)) - BEFORE - MADE
    assert len(named) > 40
    there = {
        place
        for place in named
        for at in WHERE
        if (at / place).exists() or (at / f"{place}.py").is_file()
    }
    assert not named - there


def test_the_tree_of_the_page_has_every_folder() -> None:
    tree = PAGE.partition("## Before and after")[2].partition("```")[2].partition("```")[0]
    shown = set(re.findall(r"(\w+)/", tree))
    assert {each.parent.name for each in PACKAGE.glob("*/__init__.py")} <= shown
