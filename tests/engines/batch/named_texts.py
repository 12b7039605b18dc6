"""Test data as names, each with a text that is indented below it."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data" / "set-engine"


def named_texts(file: str) -> dict[str, str]:
    """The texts of a file by their names, each on one line.

    A line that begins with ``#`` is a comment.
    """
    found: dict[str, str] = {}
    name = ""
    for line in (FOLDER / file).read_text("utf-8").splitlines():
        if line.startswith("    "):
            found[name] = f"{found[name]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            name = line
            assert name not in found, f"{file}: {name} is there twice"
            found[name] = ""
    return found
