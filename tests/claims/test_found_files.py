"""Folders and patterns that name files of claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimshapes.claims.readers.found_files import find_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "claims/b.json",
        "claims/a.837",
        "claims/deep/er/c.ndjson.zst",
        "claims/.hidden.json",
        "claims/.git/d.json",
        "claims/notes.txt",
        "claims/deep/README.md",
        "other/e.csv",
        "other/[1].json",
        "empty/readme.txt",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "claims" / "loop").symlink_to(tmp_path / "claims", target_is_directory=True)
    return tmp_path


OF_CLAIMS = ("claims/a.837", "claims/b.json", "claims/deep/er/c.ndjson.zst")


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["claims"], OF_CLAIMS),
        (["claims/"], OF_CLAIMS),
        (["claims", "claims/*.json"], OF_CLAIMS),
        (["claims/**/*.ndjson.zst", "other"], (OF_CLAIMS[2], "other/[1].json", "other/e.csv")),
        (["cl*s"], OF_CLAIMS),
        (["other/[1].json"], ("other/[1].json",)),
        (["-", "missing.json", "claims/notes.txt"], ("-", "missing.json", "claims/notes.txt")),
        (["claims/b.json", "claims/b.json"], ("claims/b.json", "claims/b.json")),
    ],
)
def test_names_stand_for_files(names: list[str], files: tuple[str, ...], folder: Path) -> None:
    assert find_files(names).files == files


def test_what_is_skipped_is_said(folder: Path) -> None:
    (notice,) = find_files(["claims"]).notices()
    assert notice.startswith("claims: 2 files skipped")
    assert "deep/README.md, notes.txt" in notice
    for number in range(4):
        (folder / "claims" / f"{number}.txt").touch()
    (notice,) = find_files(["claims"]).notices()
    assert "6 files skipped" in notice
    assert "0.txt, 1.txt, 2.txt and 3 more" in notice
    assert find_files(["claims/b.json"]).notices() == []


@pytest.mark.parametrize("name", ["empty", "nothing/*.json"])
def test_names_that_stand_for_nothing_are_left_to_the_reader(name: str, folder: Path) -> None:
    assert find_files([name, "claims/b.json"]).files == (name, "claims/b.json")
