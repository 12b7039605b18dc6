"""The catalogue's counts, from the shipped sources; the script says why some differ."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def script() -> ModuleType:
    file = Path(__file__).parents[2] / "tools" / "count_catalogue.py"
    spec = importlib.util.spec_from_file_location("count_catalogue", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["count_catalogue"] = module
    spec.loader.exec_module(module)
    return module


def test_every_difference_is_explained(script: ModuleType) -> None:
    results = script.count_all()
    assert len(results) > 100
    assert script.problems(results) == []


def test_unexplained_and_idle_reasons_are_told(script: ModuleType) -> None:
    plain = next(count for count in script.COUNTS if count.here is None)
    differs = next(count for count in script.COUNTS if count.here is not None)
    assert script.problems([(plain, plain.catalogue)]) == []
    assert len(script.problems([(plain, plain.catalogue + 1)])) == 1
    assert len(script.problems([(differs, differs.catalogue)])) == 1
    assert len(script.problems([(dataclasses.replace(plain, why="because"), plain.catalogue)])) == 1
    idle = dataclasses.replace(differs, here=differs.catalogue)
    assert len(script.problems([(idle, differs.catalogue)])) == 1
