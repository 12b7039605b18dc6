"""When rule files changed and why, as the commits of the checkout say."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

_MARK = "\x01"


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that changed a file: its day and the first line of its message."""

    day: str
    summary: str


@dataclass(slots=True)
class RuleHistory:
    """The changes of every file of a folder, the newest first; none outside a checkout."""

    root: Path
    changes: dict[str, list[Change]] = field(default_factory=dict)

    def of(self, file: Path) -> list[Change]:
        """The changes of a file."""
        try:
            return self.changes.get(file.relative_to(self.root).as_posix(), [])
        except ValueError:
            return []


def read_history(root: Path, folder: str) -> RuleHistory:
    """Asks git for the changes of a folder's files.

    Args:
        root: the checkout.
        folder: the folder in it.
    """
    history = RuleHistory(root)
    command = ["git", "-C", str(root), "log", "--no-merges", "--date=short", "--name-only"]
    command += [f"--format={_MARK}%ad %s", "--relative", "--", folder]
    try:
        log = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return history
    for entry in log.stdout.split(_MARK)[1:]:
        head, _, names = entry.partition("\n")
        day, _, summary = head.partition(" ")
        for name in filter(None, names.splitlines()):
            history.changes.setdefault(name, []).append(Change(day, summary))
    return history
