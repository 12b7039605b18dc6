"""A shapes graph that was kept is the one that it was."""

from pathlib import Path

import pytest

from claimshapes.engines.one_by_one.kept_shapes import shapes_of
from claimshapes.engines.one_by_one.needed_derivations import reading_of
from claimshapes.engines.one_by_one.needed_triples import needs_beside
from claimshapes.knowledge.resident import resident_quads
from claimshapes.rules.rule_book import RuleBook, load_rules


def test_shapes_and_what_they_read_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    book = load_rules()
    rules = list(book)
    needs = needs_beside(resident_quads())
    made, read = set(shapes_of(book, rules)), reading_of(book, rules, (), (), needs).written()
    assert {
        file.name.partition("-")[0] for file in (tmp_path / "claimshapes" / "kept").iterdir()
    } > {
        "shapes",
        "reading",
    }
    again = load_rules()
    # Without reading the rules' files.
    monkeypatch.setattr(RuleBook, "shapes_of", None)
    assert set(shapes_of(again, rules)) == made
    assert reading_of(again, rules, (), (), needs).written() == read
