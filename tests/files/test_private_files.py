"""Temporary folders for claims: who may read them, and that none stays."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from claimshapes.files.private_files import private_file, private_folder, sweep

HOLDS = """
import sys, time
from claimshapes.files.private_files import private_file, private_folder
with private_folder() as folder, private_file(folder / "claims") as stream:
    stream.write(b"C-1")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", os.fspath(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_only_the_owner_may_read(temporary: Path) -> None:
    with private_folder() as folder, private_file(folder / "claims") as stream:
        assert folder.parent == temporary
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(os.fstat(stream.fileno()).st_mode) == 0o600
    assert not list(temporary.iterdir())


def test_what_a_killed_process_leaves_is_removed(temporary: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    sweep()
    assert (folder / "claims").exists()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert folder.exists()
    sweep()
    assert not folder.exists()


def test_what_is_not_ours_stays(temporary: Path) -> None:
    (temporary / "claimshapes-notes").mkdir()
    (temporary / "claimshapes-claims.json").write_text("[]")
    sweep()
    assert len(list(temporary.iterdir())) == 2
