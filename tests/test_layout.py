"""Arrows between modules point one way: no folder knows one above it, and no two each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "src"
LAYERS = (
    {"errors", "files", "names", "rdf", "resources", "version"},
    {"knowledge"},
    {"claims"},
    {"rules"},
    {"engines"},
    {"checking"},
    {"explain"},
    {"report"},
    {"authoring"},
    {"catalog"},
    {"serve"},
    {"cli", "spark"},
)
"""From the lowest: each may use those before it, and its own."""


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """The modules that each module names, wherever in the file, types included."""
    files = {_name(file): file for file in sorted((SOURCES / "claimshapes").rglob("*.py"))}
    return {name: set(_imported(file, files)) for name, file in files.items()}


def test_no_arrow_points_up(imports: dict[str, set[str]]) -> None:
    rank = {folder: number for number, layer in enumerate(LAYERS) for folder in layer}
    # The package itself names what is public, and so knows all of it.
    rank[""] = len(LAYERS)
    up = []
    for module, others in imports.items():
        folder = _folder(module)
        for other in map(_folder, others):
            own = folder == other or folder in {"", "__main__"} or other in LAYERS[0]
            if not own and rank[other] >= rank[folder]:
                up.append(f"{module} knows {other}")
    assert not up


def test_no_modules_know_each_other(imports: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"these know each other: {' -> '.join(error.args[1])}")


def test_one_engine_does_not_know_the_other(imports: dict[str, set[str]]) -> None:
    for module, others in imports.items():
        if module.startswith("claimshapes.engines.one_by_one."):
            assert not [name for name in others if name.startswith("claimshapes.engines.batch")]


def _name(file: Path) -> str:
    parts = file.relative_to(SOURCES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _folder(module: str) -> str:
    return module.removeprefix("claimshapes").lstrip(".").partition(".")[0]


def _imported(file: Path, files: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("claimshapes"):
            for name in node.names:
                full = f"{node.module}.{name.name}"
                yield full if full in files else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in files)
