"""What `claimshapes rules diff` sees."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from claimshapes.authoring.rule_changes import RuleChange, read_rule_facts, rule_changes

SHAPES = Path(__file__).parents[2] / "shapes" / "diagnosis"
RULE = "DX-DATE"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        for rule in (RULE, "DX-FMT"):
            shutil.copy(SHAPES / f"{rule}.ttl", tmp_path / name)
    return tmp_path / "old", tmp_path / "new"


def changes(folders: tuple[Path, Path]) -> list[RuleChange]:
    return rule_changes(*map(read_rule_facts, folders))


def edit(folder: Path, before: str, after: str) -> None:
    file = folder / f"{RULE}.ttl"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), "utf-8")


def test_the_same_rules(folders: tuple[Path, Path]) -> None:
    assert changes(folders) == []


def test_layout_is_no_change(folders: tuple[Path, Path]) -> None:
    edit(folders[1], " ;\n    ", " ;\n  # words\n  ")
    assert changes(folders) == []


def test_a_changed_property(folders: tuple[Path, Path]) -> None:
    edit(folders[1], "sh:Violation", "sh:Warning")
    (change,) = changes(folders)
    assert (change.rule, change.kind) == (RULE, "changed")
    (item,) = change.properties
    assert (item.name, item.before, item.after) == ("severity", ("Violation",), ("Warning",))


def test_added_and_removed(folders: tuple[Path, Path]) -> None:
    (folders[0] / "DX-FMT.ttl").unlink()
    (folders[1] / f"{RULE}.ttl").unlink()
    assert [(change.rule, change.kind) for change in changes(folders)] == [
        (RULE, "removed"),
        ("DX-FMT", "added"),
    ]
