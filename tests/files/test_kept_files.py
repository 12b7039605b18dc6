"""What is made of rules, kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from claimshapes.engines.batch.engine import SetEngine
from claimshapes.errors import RuleError
from claimshapes.files.kept_files import KeptFiles, key_of
from claimshapes.knowledge.compiled_knowledge import Knowledge
from claimshapes.knowledge.in_use import resource_directory
from claimshapes.rules.derivations import declared_prefixes, load_derivations
from claimshapes.rules.rule_book import load_rules

SHIPPED = "CLM-DUP.ttl"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one rule, in a place without anything kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path / "cache"))
    (file,) = resource_directory("shapes").rglob(SHIPPED)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / SHIPPED).write_bytes(file.read_bytes())
    return tmp_path / "rules"


def kept(folder: Path) -> list[Path]:
    return sorted((folder.parent / "cache" / "claimshapes" / "kept").glob("*"))


def test_a_kept_book_says_what_was_read(folder: Path) -> None:
    read = load_rules([folder])
    assert len(kept(folder)) == 1
    again = load_rules([folder])
    assert again.key == read.key
    assert list(again) == list(read)
    assert again.by_node == read.by_node
    assert again.preconditions == read.preconditions
    assert set(again.graph) == set(read.graph)


def test_changed_rules_are_read_anew(folder: Path) -> None:
    load_rules([folder])
    book = load_rules([folder])
    file = folder / SHIPPED
    file.write_text(file.read_text("utf-8").replace("sh:Violation", "sh:Warning"), "utf-8")
    with pytest.raises(RuleError, match="changed while they were used"):
        _ = book.graph
    (rule,) = load_rules([folder])
    assert rule.severity == "warning"


def test_a_kept_plan_is_what_was_compiled(folder: Path, tmp_path: Path) -> None:
    ontology = resource_directory("ontology")
    prefixes = declared_prefixes(ontology / "rule.ttl")
    derivations = load_derivations(ontology / "derivations", prefixes)
    plans = KeptFiles("plan", [tmp_path / "plans"])
    compiled, again = (
        SetEngine(load_rules([folder]), derivations, prefixes, Knowledge.open(), plans=plans).plan
        for _ in range(2)
    )
    assert len(list((tmp_path / "plans").iterdir())) == 1
    assert compiled == again
    assert compiled.checks


def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    files = KeptFiles("x", [tmp_path])
    files.add("key", b"content")
    assert files.get("key") == b"content"
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes().replace(b"content", b"cortent"))
    assert files.get("key") is None
    assert files.get("other") is None


def test_old_files_go(tmp_path: Path) -> None:
    files = KeptFiles("x", [tmp_path])
    for number in range(20):
        files.add(str(number), b"")
        os.utime(tmp_path / f"x-{number}.json", (number, number))
    assert len(list(tmp_path.iterdir())) == 12
    assert files.get("19") == b""


def test_a_key_tells_parts_apart(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("ab")
    keys = [key_of("ab"), key_of("a", "b"), key_of(file), key_of(b"ab ")]
    assert len(set(keys)) == 4
    assert key_of("ab") == keys[0]
