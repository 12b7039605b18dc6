"""Prints the lowest versions that pyproject.toml allows, one a line: what is needed, and ``serve``.

python tools/lowest_versions.py > lowest.txt && pip install -r lowest.txt
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_BOUND = re.compile(r"(?P<name>[\w.\[\]-]+)>=(?P<version>[\w.]+)(,<[\w.]+)?(?P<where>\s*;.*)?")


def lowest(requirement: str) -> str:
    """A requirement with its lower bound as the version.

    Raises:
        ValueError: it has no lower bound.
    """
    found = _BOUND.fullmatch(requirement)
    if found is None:
        raise ValueError(f"{requirement} has no lower bound")
    return f"{found['name']}=={found['version']}{found['where'] or ''}"


def main() -> None:
    """Prints them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    serve = project["optional-dependencies"]["serve"]
    print("\n".join(map(lowest, [*project["dependencies"], *serve])))


if __name__ == "__main__":
    main()
