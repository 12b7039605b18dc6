"""An installation that cannot be written, without a home, as in a container."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimshapes.engines.batch.tables.knowledge_file import knowledge_file
from claimshapes.resources import shipped_directory
from tests.cli.conftest import ONLY, SOURCES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="drops what root may on Linux")

ROOT = Path(__file__).parents[2]
CLAIM = ROOT / "examples" / "01-clean-therapy.json"
_DROP, _PAST_MODES = 24, (1, 2, 3)
"""PR_CAPBSET_DROP, and the capabilities by which root passes modes over."""


def without_power() -> None:
    """Run in a new process: modes of files hold for root too."""
    if os.geteuid() == 0:
        for number in _PAST_MODES:
            ctypes.CDLL(None).prctl(_DROP, number, 0, 0, 0)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package as a wheel installs it, after `knowledge build`; no folder can be written."""
    if not knowledge_file().is_file():
        pytest.skip("run `claimshapes knowledge build` first")
    folder = tmp_path_factory.mktemp("installed")
    package = folder / "claimshapes"

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)

    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(SOURCES) / "claimshapes", package, copy_function=link, ignore=left_out)
    for name in ("ontology", "shapes"):
        shutil.copytree(
            shipped_directory(name), package / name, copy_function=link, ignore=left_out
        )
    folders = [folder, *(each for each in folder.rglob("*") if each.is_dir())]
    for each in folders:
        each.chmod(0o555)
    yield folder
    for each in folders:
        each.chmod(0o755)


def run(installed: Path, temporary: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "claimshapes", *arguments],
        env={
            "PYTHONPATH": str(installed),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(installed / "home"),
            "TMPDIR": str(temporary),
        },
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=without_power,
    )


@pytest.mark.parametrize("engine", ["reference", "set"])
def test_claims_are_checked(installed: Path, tmp_path: Path, engine: str) -> None:
    ended = run(installed, tmp_path, "check", "--engine", engine, *ONLY, str(CLAIM))
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_made_is_told(installed: Path, tmp_path: Path) -> None:
    ended = run(installed, tmp_path, "knowledge", "build")
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "cannot be written" in ended.stderr
