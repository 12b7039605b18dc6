from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from claimshapes.knowledge.folder import KnowledgeFolder
from claimshapes.resources import shipped_directory
from tests.knowledge.small_ontology import small_ontology


@pytest.fixture(scope="session")
def small_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose tables have few rows; compiled once for each content."""
    return small_ontology(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def small(small_checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Uses the small ontology in place of the shipped one, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("claimshapes.resources._CHECKOUT", small_checkout)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        shipped_directory.cache_clear()
        yield small_checkout / "ontology"
    shipped_directory.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> KnowledgeFolder:
    """A user's knowledge folder without a release."""
    return KnowledgeFolder(tmp_path / "knowledge")
