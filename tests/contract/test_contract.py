"""What others rely on stays as it was recorded, or CHANGELOG.md says that it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tools.record_contract import RECORD, contract

from tests.conftest import SUMMARY

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
SECTIONS = ("Changed", "Removed", "Deprecated")


def unexplained(recorded: dict[str, str], now: dict[str, str], changelog: str) -> list[str]:
    """What was recorded and is otherwise now, and no entry of the changelog names."""
    told = " ".join(
        section
        for section in re.split(r"^#### ", changelog, flags=re.MULTILINE)[1:]
        if section.startswith(SECTIONS)
    )
    broken = (name for name, said in recorded.items() if now.get(name) != said)
    return sorted(name for name in broken if not _named(name, told))


def _named(name: str, told: str) -> bool:
    """Whether the changelog names it, or what it is a part of, in backquotes."""
    last = re.split(r"[ .(]", name.rstrip(")"))[-1]
    return f"`{last}`" in told


def test_what_is_recorded_holds(record_property: Callable[[str, object], None]) -> None:
    recorded = json.loads(RECORD.read_text("utf-8"))
    assert len(recorded) > 1_000
    missing = unexplained(recorded, contract(), CHANGELOG.read_text("utf-8"))
    assert not missing, (
        "these were taken away or changed: name each in CHANGELOG.md under Changed or Removed, then"
        f" run tools/record_contract.py: {missing}"
    )
    record_property(SUMMARY, f"contract: {len(recorded):,} entries hold")


@pytest.mark.parametrize("name", ["rule DX-DATE", "option claimshapes check --format json"])
def test_what_is_taken_away_is_noticed(name: str) -> None:
    recorded = contract()
    now = {each: said for each, said in recorded.items() if each != name}
    assert unexplained(recorded, now, "") == [name]
    last = name.split()[-1]
    assert unexplained(recorded, now, f"#### Removed\n\n- `{last}` is gone.\n") == []
    assert unexplained(recorded, now, f"#### Added\n\n- `{last}` is here.\n") == [name]
    changed = recorded | {name: "something else"}
    assert unexplained(recorded, changed, "") == [name]
    assert unexplained(recorded, recorded | {"rule NEW-1": "new"}, "") == []
