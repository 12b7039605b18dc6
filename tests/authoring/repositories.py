"""Repositories of git to compare revisions in."""

import subprocess
from pathlib import Path


def commit(folder: Path) -> None:
    """Makes a folder a repository whose only commit has all that is in it."""
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Begin"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
